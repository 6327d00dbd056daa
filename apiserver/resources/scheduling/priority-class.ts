/** Priority classes: how much a pod matters, by name. Two of them are the system's own and cannot be deleted. */
import type { V1PriorityClass } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { WriteHook } from '../../machinery/resource-row.ts';
import { forbidden } from '../../machinery/status.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, booleanColumn, fieldDoc, integerColumn, nameColumn, textColumn } from '../table/columns.ts';
import { checkRequiredOneOf } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';

type PriorityClass = Filled<V1PriorityClass>;

const SYSTEM_PREFIX = 'system-';
const USER_VALUE_MAX = 1_000_000_000;

const systemClasses: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
]);

function validate(priorityClass: PriorityClass, errors: FieldErrors): void {
  const { value, preemptionPolicy } = priorityClass;
  const name = nameOf(priorityClass);
  if (name.startsWith(SYSTEM_PREFIX)) {
    const why = systemComplaint(priorityClass, name);
    if (why !== undefined) {
      const message = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${why}`;
      errors.forbidden('metadata.name', message);
    }
  } else if (value > USER_VALUE_MAX) {
    errors.forbidden('value', `maximum allowed value of a user defined priority is ${USER_VALUE_MAX}`);
  }
  if (preemptionPolicy !== undefined) {
    checkRequiredOneOf(preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'preemptionPolicy', errors);
  }
}

function systemComplaint({ value, globalDefault }: PriorityClass, name: string): string | undefined {
  const expected = systemClasses.get(name);
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

const keepSystemClasses: WriteHook = {
  name: 'keep system priority classes',
  async before(operation, { metadata }) {
    const name = metadata.name ?? '';
    if (operation !== 'delete' || !systemClasses.has(name)) return undefined;
    const resource = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };
    throw forbidden(resource, name, 'this is a system priority class and cannot be deleted');
  },
};

export const priorityClassRow = defineRow<V1PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  resource: 'priorityclasses',
  namespaced: false,
  shortNames: ['pc'],
  model: 'V1PriorityClass',
  strategy: {
    defaults(priorityClass) {
      priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
    },
    prepareForCreate(priorityClass) {
      priorityClass.metadata.generation = 1;
    },
    validate,
    validateUpdate(priorityClass, old, errors) {
      if (priorityClass.value !== old.value) errors.forbidden('value', 'may not be changed in an update.');
      checkImmutable(priorityClass.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy', errors);
    },
  },
  hooks: [keepSystemClasses],
  table: {
    columns: [
      nameColumn,
      integerColumn('Value', fieldDoc('V1PriorityClass.value')),
      booleanColumn('Global-Default', fieldDoc('V1PriorityClass.globalDefault')),
      ageColumn,
      textColumn('PreemptionPolicy', fieldDoc('V1PriorityClass.preemptionPolicy')),
    ],
    cells: (priorityClass, nowMs) => [
      nameOf(priorityClass),
      priorityClass.value,
      priorityClass.globalDefault ?? false,
      ageOf(priorityClass, nowMs),
      priorityClass.preemptionPolicy ?? '',
    ],
  },
});
