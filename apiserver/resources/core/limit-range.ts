/** Limit ranges: what each pod, container and claim of a namespace may take (pkg/apis/core: LimitRange). */
import { ownValue } from '../../../base/own-value.ts';
import { type Quantity, quantityOf } from '../../../base/quantity.ts';
import type { V1LimitRange, V1LimitRangeItem } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { qualifiedNameComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled } from '../row.ts';
import { plainTable } from '../table/columns.ts';
import { addInvalid } from '../validation/formats.ts';
import { checkContainerResourceName, checkResourceName, isOvercommitAllowed } from '../validation/resource-names.ts';
import { setResourceListDefaults } from './container-defaults.ts';

type LimitRange = Filled<V1LimitRange>;

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
const BOUNDS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
type Bound = (typeof BOUNDS)[number];

/** A limit is as much as there may be at most, a request as much as the limit, else as there must be at least. */
function setItemDefaults(item: V1LimitRangeItem): void {
  if (item.type === 'Container') {
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
  for (const bound of BOUNDS) setResourceListDefaults(item[bound]);
}

function check({ spec }: LimitRange, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, item] of (spec.limits ?? []).entries()) {
    const path = `spec.limits[${index}]`;
    const complaints = qualifiedNameComplaints(item.type);
    addInvalid(errors, `${path}.type`, item.type, complaints);
    if (complaints.length === 0 && !item.type.includes('/') && !TYPES.includes(item.type)) {
      errors.invalid(`${path}.type`, item.type, 'must be a standard limit type or fully qualified');
    }
    if (seen.has(item.type)) errors.duplicate(`${path}.type`, item.type);
    seen.add(item.type);
    checkItem(item, path, errors);
  }
}

function checkItem(item: V1LimitRangeItem, path: string, errors: FieldErrors): void {
  const checkName = item.type === 'Pod' || item.type === 'Container' ? checkContainerResourceName : checkResourceName;
  const names = new Set<string>();
  for (const bound of BOUNDS) {
    const amounts = item[bound] ?? {};
    if (bound === 'maxLimitRequestRatio') checkClaimLimits(item, path, errors);
    if (item.type === 'Pod' && (bound === 'default' || bound === 'defaultRequest')) {
      if (Object.keys(amounts).length > 0) {
        errors.forbidden(`${path}.${bound}`, "may not be specified when `type` is 'Pod'");
      }
      continue;
    }
    for (const name of Object.keys(amounts).sort()) {
      checkName(name, `${path}.${bound}[${name}]`, errors);
      names.add(name);
    }
  }
  for (const name of [...names].sort()) checkAmounts(item, name, path, errors);
}

function checkClaimLimits(item: V1LimitRangeItem, path: string, errors: FieldErrors): void {
  if (item.type !== 'PersistentVolumeClaim') return;
  if (item.min?.storage !== undefined || item.max?.storage !== undefined) return;
  const message = 'either minimum or maximum storage value is required, but neither was provided';
  errors.required(`${path}.limits`, message);
}

function checkAmounts(item: V1LimitRangeItem, name: string, path: string, errors: FieldErrors): void {
  const amountOf = (bound: Bound): Quantity | undefined => {
    const amount = item.type === 'Pod' && bound.startsWith('default') ? undefined : ownValue(item[bound], name);
    return amount === undefined ? undefined : quantityOf(amount);
  };
  const [min, max, limit, request] = [
    amountOf('min'),
    amountOf('max'),
    amountOf('default'),
    amountOf('defaultRequest'),
  ];
  const order = (low: Quantity | undefined, lowName: string, high: Quantity | undefined, highName: string) => ({
    isBroken: low !== undefined && high !== undefined && low.compare(high) > 0,
    message: `${lowName} value ${low} is greater than ${highName} value ${high}`,
  });
  const demand = (rule: ReturnType<typeof order>, bound: Bound, shown: Quantity | undefined): void => {
    if (rule.isBroken) errors.invalid(`${path}.${bound}[${name}]`, String(shown), rule.message);
  };
  demand(order(min, 'min', max, 'max'), 'min', min);
  demand(order(min, 'min', request, 'default request'), 'defaultRequest', request);
  demand(order(request, 'default request', max, 'max'), 'defaultRequest', request);
  demand(order(request, 'default request', limit, 'default limit'), 'defaultRequest', request);
  demand(order(min, 'min', limit, 'default'), 'default', min);
  demand(order(limit, 'default', max, 'max'), 'default', max);
  checkRatio(amountOf('maxLimitRequestRatio'), min, max, `${path}.maxLimitRequestRatio[${name}]`, errors);
  if (limit !== undefined && request !== undefined && !isOvercommitAllowed(name) && limit.compare(request) !== 0) {
    const message = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    errors.invalid(`${path}.defaultRequest[${name}]`, String(request), message);
  }
}

function checkRatio(
  ratio: Quantity | undefined,
  min: Quantity | undefined,
  max: Quantity | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (ratio === undefined) return;
  if (ratio.milliValue < 1000) errors.invalid(path, String(ratio), `ratio ${ratio} is less than 1`);
  if (min === undefined || max === undefined) return;
  const greatest = max.milliValue / min.milliValue;
  if (ratio.milliValue / 1000 > greatest) {
    const shown = Number.isFinite(greatest) ? greatest.toFixed(6) : '+Inf';
    errors.invalid(path, String(ratio), `ratio ${ratio} is greater than max/min = ${shown}`);
  }
}

export const limitRangeRow = defineRow<V1LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  shortNames: ['limits'],
  model: 'V1LimitRange',
  allowCreateOnUpdate: true,
  strategy: {
    defaults({ spec }) {
      for (const item of spec?.limits ?? []) setItemDefaults(item);
    },
    prepareForCreate({ metadata }) {
      // One without a name gets one: any that is taken by nobody else.
      if (!metadata.name && metadata.uid !== undefined) metadata.name = metadata.uid;
    },
    validate: check,
    metaOnUpdate: ['content'],
    validateUpdate: (range, _old, errors) => check(range, errors),
  },
  table: plainTable,
});
