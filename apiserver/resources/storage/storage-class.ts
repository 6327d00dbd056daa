/** Storage classes: who makes volumes, of what kind, and when. */
import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1StorageClass,
  V1TopologySelectorLabelRequirement,
  V1TopologySelectorTerm,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { checkOneOf, checkQualifiedName } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { nodeLabelAdvice } from '../validation/node-warnings.ts';
import { checkParameters, checkProvisioner, shownMap } from './parameters.ts';

type StorageClass = Filled<V1StorageClass>;

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

function validate(storageClass: StorageClass, errors: FieldErrors): void {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies = [] } = storageClass;
  checkProvisioner(provisioner, 'provisioner', errors);
  checkParameters(parameters, 'parameters', errors);
  if (reclaimPolicy) checkOneOf(reclaimPolicy, ['Delete', 'Retain'], 'reclaimPolicy', errors);
  checkOneOf(volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode', errors);
  validateTopologies(allowedTopologies, 'allowedTopologies', errors);
}

type ValuesByKey = ReadonlyMap<string, ReadonlySet<string>>;

function validateTopologies(terms: readonly V1TopologySelectorTerm[], path: string, errors: FieldErrors): void {
  // Upstream begins its list of what it has seen with an empty term for each.
  const seen: ValuesByKey[] = terms.map(() => new Map());
  for (const [index, { matchLabelExpressions = [] }] of terms.entries()) {
    const at = `${path}[${index}].matchLabelExpressions`;
    const values = validateTerm(matchLabelExpressions, at, errors);
    for (const each of seen) if (deepEqual(plain(each), plain(values))) errors.duplicate(at, '');
    seen.push(values);
  }
}

function validateTerm(
  expressions: readonly V1TopologySelectorLabelRequirement[],
  path: string,
  errors: FieldErrors,
): ValuesByKey {
  const byKey = new Map<string, ReadonlySet<string>>();
  for (const [index, expression] of expressions.entries()) {
    const at = `${path}[${index}]`;
    const { key } = expression;
    const values = expression.values ?? [];
    if (values.length === 0) errors.required(`${at}.values`);
    for (const [i, value] of values.entries()) {
      if (values.indexOf(value) < i) errors.duplicate(`${at}.values[${i}]`, value);
    }
    checkQualifiedName(key, `${at}.key`, errors);
    if (byKey.has(key)) errors.duplicate(`${at}.key`, key);
    byKey.set(key, new Set(values));
  }
  return byKey;
}

function plain(values: ValuesByKey): object {
  return Object.fromEntries([...values].map(([key, set]) => [key, [...set].sort()]));
}

function validateUpdate(storageClass: StorageClass, old: StorageClass, errors: FieldErrors): void {
  validate(storageClass, errors);
  const { parameters } = storageClass;
  checkImmutable(parameters ?? {}, old.parameters ?? {}, 'parameters', errors, shownMap(parameters));
  for (const field of ['provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const) {
    checkImmutable(storageClass[field], old[field], field, errors);
  }
}

function warnings({ allowedTopologies = [] }: StorageClass): string[] {
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, index) =>
    matchLabelExpressions.flatMap(({ key }, i) => {
      const advice = nodeLabelAdvice(key);
      return advice === undefined ? [] : [`allowedTopologies[${index}].matchLabelExpressions[${i}].key: ${advice}`];
    }),
  );
}

export const storageClassRow = defineRow<V1StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  resource: 'storageclasses',
  namespaced: false,
  shortNames: ['sc'],
  model: 'V1StorageClass',
  returnsDeletedObject: true,
  strategy: {
    defaults(storageClass) {
      storageClass.reclaimPolicy ??= 'Delete';
      storageClass.volumeBindingMode ??= 'Immediate';
    },
    validate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate,
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Provisioner', fieldDoc('V1StorageClass.provisioner')),
      textColumn('ReclaimPolicy', fieldDoc('V1StorageClass.reclaimPolicy')),
      textColumn('VolumeBindingMode', fieldDoc('V1StorageClass.volumeBindingMode')),
      textColumn('AllowVolumeExpansion', fieldDoc('V1StorageClass.allowVolumeExpansion')),
      ageColumn,
    ],
    cells(storageClass, nowMs) {
      const { metadata, provisioner, reclaimPolicy, volumeBindingMode, allowVolumeExpansion } = storageClass;
      const isDefault = DEFAULT_CLASS.some((key) => metadata.annotations?.[key] === 'true');
      return [
        isDefault ? `${nameOf(storageClass)} (default)` : nameOf(storageClass),
        provisioner,
        reclaimPolicy ?? 'Delete',
        volumeBindingMode ?? 'Immediate',
        allowVolumeExpansion ?? false,
        ageOf(storageClass, nowMs),
      ];
    },
  },
});
