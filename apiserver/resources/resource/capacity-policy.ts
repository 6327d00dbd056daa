/** How much of a device's capacity may be asked for at once: some amounts, or a range of them. */
import { type Quantity, quantityOf } from '../../../base/quantity.ts';
import type { V1CapacityRequestPolicy, V1CapacityRequestPolicyRange } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkSet } from './bounded-lists.ts';

const VALID_VALUES_MAX = 10;

/** @param capacity the most that there is */
export function checkRequestPolicy(
  policy: V1CapacityRequestPolicy,
  capacity: string,
  path: string,
  errors: FieldErrors,
): void {
  const { validValues, validRange } = policy;
  const usual = policy.default ?? undefined; // null on the wire when it is not set
  const field = validValues === undefined ? 'validRange' : 'validValues';
  if (validValues !== undefined && validRange !== undefined) {
    const both = 'cannot specify "validValues" and "validRange" at the same time';
    errors.forbidden(path, `exactly one policy can be specified, ${both}`);
    return;
  }
  if (validValues === undefined && validRange === undefined) return;
  if (usual === undefined) {
    errors.required(`${path}.default`, `required when ${field} is defined`);
    return;
  }
  const bounds = { usual: quantityOf(usual), capacity: quantityOf(capacity) };
  if (validValues !== undefined) checkValues(validValues, bounds, `${path}.${field}`, errors);
  if (validRange !== undefined) checkRange(validRange, bounds, `${path}.${field}`, errors);
}

interface Bounds {
  readonly usual: Quantity;
  readonly capacity: Quantity;
}

function checkValues(texts: readonly string[], { usual, capacity }: Bounds, path: string, errors: FieldErrors): void {
  const values = texts.map(quantityOf);
  for (const [i, value] of values.entries()) {
    const before = values[i - 1];
    if (before === undefined || before.compare(value) <= 0) continue;
    errors.invalid(`${path}[${i}]`, String(value), 'values must be sorted in ascending order');
  }
  const check = (value: Quantity, at: string) => {
    if (value.compare(capacity) <= 0) return;
    errors.invalid(at, String(value), `option is larger than capacity value: ${capacity}`);
  };
  checkSet(values, VALID_VALUES_MAX, path, errors, check, ({ value }) => String(value));
  // What is not looked at because there are too many values is not found either.
  const isKnown = values.length <= VALID_VALUES_MAX && values.some((value) => value.compare(usual) === 0);
  if (!isKnown) errors.invalid(path, String(usual), 'default value is not valid according to the requestPolicy');
}

function checkRange(
  range: Partial<V1CapacityRequestPolicyRange>,
  { usual, capacity }: Bounds,
  path: string,
  errors: FieldErrors,
): void {
  if (range.min === undefined) {
    errors.required(`${path}.min`, 'required when validRange is defined');
    return;
  }
  const min = quantityOf(range.min);
  const max = range.max === undefined ? undefined : quantityOf(range.max);
  const complain = (field: string, value: Quantity, what: string, bound: Quantity) =>
    errors.invalid(`${path}.${field}`, String(value), `${what}: ${bound}`);
  if (min.compare(capacity) > 0) complain('min', min, 'min is larger than capacity value', capacity);
  if (usual.compare(min) < 0) complain('min', usual, 'default is less than min', min);
  if (max !== undefined) {
    if (min.compare(max) > 0) complain('max', min, 'min is larger than max', max);
    if (max.compare(capacity) > 0) complain('max', max, 'max is larger than capacity value', capacity);
    if (usual.compare(max) > 0) complain('max', usual, 'default is more than max', max);
  }
  if (range.step === undefined) return;
  const step = quantityOf(range.step);
  const first = min.plus(step);
  if (first.compare(capacity) > 0) complain('step', step, `one step ${first} is larger than capacity value`, capacity);
  for (const value of max === undefined ? [usual] : [usual, max]) {
    // Nothing is a multiple of nothing.
    if (step.value !== 0 && (value.value - min.value) % step.value === 0) continue;
    const message = `value is not a multiple of a given step (${step}) from (${min})`;
    errors.invalid(`${path}.step`, String(value), message);
  }
}
