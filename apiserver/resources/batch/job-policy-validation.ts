/** When a job's failing pods count, and when it has succeeded early (pkg/apis/batch/validation). */
import type {
  V1JobSpec,
  V1PodFailurePolicy,
  V1PodFailurePolicyOnExitCodesRequirement,
  V1PodFailurePolicyRule,
  V1SuccessPolicy,
  V1SuccessPolicyRule,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkNonNegative, checkQualifiedName } from '../validation/formats.ts';
import { parseIndexes } from './indexes.ts';

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const PATTERNS_MAX = 20;
const INDEXES_BYTES_MAX = 64 * 1024;

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

/** @param specPath of the job's spec */
export function checkFailurePolicy(
  spec: V1JobSpec,
  policy: V1PodFailurePolicy,
  specPath: string,
  errors: FieldErrors,
): void {
  const path = `${specPath}.podFailurePolicy.rules`;
  // None at all is written as null, here and below.
  const rules = policy.rules ?? [];
  if (rules.length > RULES_MAX) errors.tooMany(path, rules.length, RULES_MAX);
  const { containers = [], initContainers = [] } = spec.template.spec ?? {};
  const names = [...containers, ...initContainers].map(({ name }) => name);
  for (const [index, rule] of rules.entries()) {
    checkFailureRule(rule, spec, names, `${path}[${index}]`, errors);
  }
}

function checkFailureRule(
  rule: V1PodFailurePolicyRule,
  spec: V1JobSpec,
  containers: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) {
      errors.invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set');
    }
  } else checkWord(action, ACTIONS, `${path}.action`, errors);
  if (onExitCodes !== undefined) checkExitCodes(onExitCodes, containers, `${path}.onExitCodes`, errors);
  const patternsPath = `${path}.onPodConditions`;
  if (onPodConditions.length > PATTERNS_MAX) errors.tooMany(patternsPath, onPodConditions.length, PATTERNS_MAX);
  for (const [index, { type, status }] of onPodConditions.entries()) {
    checkQualifiedName(type, `${patternsPath}[${index}].type`, errors);
    checkWord(status, STATUSES, `${patternsPath}[${index}].status`, errors);
  }
  if (onExitCodes !== undefined && onPodConditions.length > 0) {
    errors.invalidWhole(path, 'specifying both OnExitCodes and OnPodConditions is not supported');
  } else if (onExitCodes === undefined && onPodConditions.length === 0) {
    errors.invalidWhole(path, 'specifying one of OnExitCodes and OnPodConditions is required');
  }
}

function checkWord(value: string | undefined, words: readonly string[], path: string, errors: FieldErrors): void {
  if (!value) errors.required(path, `valid values: [${words.map((word) => JSON.stringify(word)).join(' ')}]`);
  else if (!words.includes(value)) errors.notSupported(path, value, words);
}

function checkExitCodes(
  requirement: V1PodFailurePolicyOnExitCodesRequirement,
  containers: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  const { operator, containerName } = requirement;
  const values = requirement.values ?? [];
  checkWord(operator, OPERATORS, `${path}.operator`, errors);
  if (containerName !== undefined && !containers.includes(containerName)) {
    const message = 'must be one of the container or initContainer names in the pod template';
    errors.invalid(`${path}.containerName`, containerName, message);
  }
  if (values.length === 0) errors.invalid(`${path}.values`, requirement.values, 'at least one value is required');
  else if (values.length > EXIT_CODES_MAX) errors.tooMany(`${path}.values`, values.length, EXIT_CODES_MAX);
  for (const [index, value] of values.entries()) {
    const at = `${path}.values[${index}]`;
    if (operator === 'In' && value === 0) errors.invalid(at, value, 'must not be 0 for the In operator');
    if (values.indexOf(value) < index) errors.duplicate(at, value);
  }
  const isOrdered = values.every((value, index) => index === 0 || (values[index - 1] ?? value) <= value);
  if (!isOrdered) errors.invalid(`${path}.values`, values, 'must be ordered');
}

export function checkSuccessPolicy(spec: V1JobSpec, policy: V1SuccessPolicy, path: string, errors: FieldErrors): void {
  const rules = policy.rules ?? [];
  if (rules.length === 0) {
    errors.required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified');
  }
  if (rules.length > RULES_MAX) errors.tooMany(`${path}.rules`, rules.length, RULES_MAX);
  for (const [index, rule] of rules.entries()) {
    checkSuccessRule(rule, spec.completions ?? 0, `${path}.rules[${index}]`, errors);
  }
}

function checkSuccessRule(
  { succeededCount: count, succeededIndexes: indexes }: V1SuccessPolicyRule,
  completions: number,
  path: string,
  errors: FieldErrors,
): void {
  if (count === undefined && indexes === undefined) {
    errors.required(path, 'at least one of succeededCount or succeededIndexes must be specified');
  }
  let total = 0;
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (Buffer.byteLength(indexes) > INDEXES_BYTES_MAX) errors.tooLong(at, INDEXES_BYTES_MAX);
    const parsed = parseIndexes(indexes, completions);
    if ('total' in parsed) total = parsed.total;
    else errors.invalid(at, indexes, `error parsing succeededIndexes: ${parsed.complaint}`);
  }
  if (count === undefined) return;
  const at = `${path}.succeededCount`;
  const atMost = (max: number, what: string): void => {
    if (count > max) errors.invalid(at, count, `must be less than or equal to ${max} (${what})`);
  };
  checkNonNegative(count, at, errors);
  atMost(completions, 'the number of specified completions');
  if (indexes !== undefined) atMost(total, 'the number of indexes in the specified succeededIndexes field');
}
