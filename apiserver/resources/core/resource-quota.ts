/** Resource quotas: what a namespace may have in all (pkg/apis/core: ResourceQuota). */
import { ownValue } from '../../../base/own-value.ts';
import { quantityOf } from '../../../base/quantity.ts';
import type {
  V1ResourceQuota,
  V1ResourceQuotaSpec,
  V1ScopedResourceSelectorRequirement,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { IMMUTABLE } from '../validation/formats.ts';
import { checkQuotaResourceName, checkResourceAmount, isQuotaResource } from '../validation/resource-names.ts';
import { setResourceListDefaults } from './container-defaults.ts';

type Quota = Filled<V1ResourceQuota>;
type Amounts = Readonly<Record<string, string>>;

const POD_RESOURCES = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];

/** What each scope can count. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  Terminating: POD_RESOURCES,
  NotTerminating: POD_RESOURCES,
  BestEffort: ['pods'],
  NotBestEffort: POD_RESOURCES,
  PriorityClass: POD_RESOURCES,
  CrossNamespacePodAffinity: POD_RESOURCES,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['NotTerminating', 'Terminating'],
];
/** These say all by being there. */
const WITHOUT_VALUES = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'];

function sorted(amounts: Amounts | undefined): [name: string, amount: string][] {
  return Object.entries(amounts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function checkAmounts(amounts: Amounts | undefined, path: string, errors: FieldErrors): void {
  for (const [name, amount] of sorted(amounts)) {
    checkQuotaResourceName(name, `${path}[${name}]`, errors);
    checkResourceAmount(name, amount, `${path}[${name}]`, errors);
  }
}

function checkSpec(spec: V1ResourceQuotaSpec, errors: FieldErrors): void {
  checkAmounts(spec.hard, 'spec.hard', errors);
  for (const scope of spec.scopes ?? []) {
    if (!Object.hasOwn(scopes, scope)) errors.invalid('spec.scopes', spec.scopes, 'unsupported scope');
    checkCountable(scope, spec, 'spec.scopes', spec.scopes, errors);
  }
  checkConflicts(spec.scopes ?? [], spec, 'spec.scopes', errors);
  const requirements = spec.scopeSelector?.matchExpressions;
  if (spec.scopeSelector === undefined) return;
  const path = 'spec.scopeSelector.matchExpressions';
  for (const requirement of requirements ?? []) checkRequirement(requirement, spec, path, errors);
  checkConflicts(
    (requirements ?? []).map(({ scopeName }) => scopeName),
    spec,
    path,
    errors,
  );
}

function checkCountable(
  scope: string,
  spec: V1ResourceQuotaSpec,
  path: string,
  shown: unknown,
  errors: FieldErrors,
): void {
  const countable = ownValue(scopes, scope);
  for (const [name] of sorted(spec.hard)) {
    if (countable === undefined || !isQuotaResource(name) || countable.includes(name)) continue;
    errors.invalid(path, shown, 'unsupported scope applied to resource');
  }
}

function checkConflicts(names: readonly string[], spec: V1ResourceQuotaSpec, path: string, errors: FieldErrors): void {
  for (const pair of CONFLICTS) {
    if (pair.every((scope) => names.includes(scope))) errors.invalid(path, spec.scopes, 'conflicting scopes');
  }
}

function checkRequirement(
  { scopeName, operator, values = [] }: V1ScopedResourceSelectorRequirement,
  spec: V1ResourceQuotaSpec,
  path: string,
  errors: FieldErrors,
): void {
  if (!Object.hasOwn(scopes, scopeName)) errors.invalid(`${path}.scopeName`, scopeName, 'unsupported scope');
  const shown = internalSelector(spec);
  checkCountable(scopeName, spec, path, shown, errors);
  if (WITHOUT_VALUES.includes(scopeName) && operator !== 'Exists') {
    const names = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort'].map(
      (name) => `ResourceQuotaScope${name}`,
    );
    const message = `must be 'Exists' when scope is any of ${names.join(', ')} or ResourceQuotaScopeCrossNamespacePodAffinity`;
    errors.invalid(`${path}.operator`, operator, message);
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return;
    const message = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    errors.required(`${path}.values`, message);
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length === 0) return;
    const message = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    errors.invalid(`${path}.values`, values, message);
  } else errors.invalid(`${path}.operator`, operator, 'not a valid selector operator');
}

/** As upstream shows it. */
function internalSelector(spec: V1ResourceQuotaSpec): object {
  const requirements = spec.scopeSelector?.matchExpressions ?? [];
  const shown = requirements.map(({ scopeName, operator, values }) => ({
    ScopeName: scopeName,
    Operator: operator,
    Values: values ?? null,
  }));
  return { MatchExpressions: shown };
}

function checkStatus({ status }: Quota, errors: FieldErrors): void {
  checkAmounts(status.hard, 'status.hard', errors);
  checkAmounts(status.used, 'status.used', errors);
}

function checkUpdate({ spec }: Quota, old: Quota, errors: FieldErrors): void {
  checkSpec(spec, errors);
  const [now, before] = [new Set(spec.scopes), new Set(old.spec.scopes)];
  const isSame = now.size === before.size && [...now].every((scope) => before.has(scope));
  if (!isSame) errors.invalid('spec.scopes', spec.scopes ?? null, IMMUTABLE);
}

/** A quota that promises more than it grants is seldom meant. */
function warningsOf({ spec }: Quota): string[] {
  const hard: Amounts = spec.hard ?? {};
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((name) => {
    const isBare = name === 'cpu' || name === 'memory';
    const requestName = hard[`requests.${name}`] === undefined && isBare ? name : `requests.${name}`;
    const [request, limit] = [hard[requestName], hard[`limits.${name}`]];
    if (request === undefined || limit === undefined) return [];
    if (quantityOf(request).compare(quantityOf(limit)) <= 0) return [];
    return [`ResourceQuota ${requestName} (${request}) should be less than limits.${name} (${limit})`];
  });
}

function setDefaults({ spec, status }: Quota): void {
  for (const amounts of [spec.hard, status.hard, status.used]) setResourceListDefaults(amounts);
}

export const resourceQuotaRow = defineRow<V1ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  shortNames: ['quota'],
  model: 'V1ResourceQuota',
  returnsDeletedObject: true,
  strategy: {
    defaults: setDefaults,
    prepareForCreate(quota) {
      quota.status = {};
    },
    prepareForUpdate: (quota, old) => keepField(quota, old, 'status'),
    validate: ({ spec }, errors) => checkSpec(spec, errors),
    validateUpdate: checkUpdate,
    warnings: (quota, old) => (old === undefined ? warningsOf(quota) : []),
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Request', 'Request represents a minimum amount of cpu/memory that a container may consume.'),
      textColumn(
        'Limit',
        'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      ),
      ageColumn,
    ],
    cells(quota, nowMs) {
      const { hard, used } = quota.status;
      const lines = sorted(hard).map(([name, amount]) => `${name}: ${ownValue(used, name) ?? '0'}/${amount}`);
      const isLimit = (line: string): boolean => line.startsWith('limits.');
      const requests = lines.filter((line) => !isLimit(line)).join(', ');
      return [nameOf(quota), requests, lines.filter(isLimit).join(', '), ageOf(quota, nowMs)];
    },
  },
  subresources: {
    status: statusPart<V1ResourceQuota>('V1ResourceQuota', {
      defaults: setDefaults,
      validateUpdate: (quota, _old, errors) => checkStatus(quota, errors),
    }),
  },
});
