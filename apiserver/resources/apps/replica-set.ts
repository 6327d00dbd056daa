/** Replica sets (pkg/registry/apps/replicaset, pkg/apis/apps). */
import type { V1ReplicaSet } from '../../../generated/kubernetes.d.ts';
import { scaleOf } from '../autoscaling/scale.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { dropDisabledTemplateFields } from '../core/pod-features.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, containerImages, containerNames, formatSelector, nameOf } from '../table/cells.ts';
import {
  ageColumn,
  containersColumn,
  fieldDoc,
  imagesColumn,
  integerColumn,
  nameColumn,
  textColumn,
  wide,
} from '../table/columns.ts';
import { checkReplicaSet, checkReplicaSetStatus, checkReplicaSetUpdate } from './replica-set-validation.ts';
import { templateWarnings, workloadWarnings } from './workload-validation.ts';

type ReplicaSet = Filled<V1ReplicaSet>;

function setDefaults({ spec }: ReplicaSet): void {
  spec.replicas ??= 1;
  if (spec.template !== undefined) setPodTemplateDefaults(spec.template);
}

export const replicaSetRow = defineRow<V1ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  model: 'V1ReplicaSet',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(set) {
      set.status = { replicas: 0 };
      dropDisabledTemplateFields(set.spec.template);
    },
    prepareForUpdate(set, old) {
      keepField(set, old, 'status');
      dropDisabledTemplateFields(set.spec.template);
    },
    validate: checkReplicaSet,
    validateUpdate: checkReplicaSetUpdate,
    warnings: (set, old) => workloadWarnings(set, old, () => templateWarnings(set.spec.template, 'spec.template')),
  },
  table: {
    columns: [
      nameColumn,
      integerColumn('Desired', fieldDoc('V1ReplicaSetSpec.replicas')),
      integerColumn('Current', fieldDoc('V1ReplicaSetStatus.replicas')),
      integerColumn('Ready', fieldDoc('V1ReplicaSetStatus.readyReplicas')),
      ageColumn,
      containersColumn,
      imagesColumn,
      wide(
        textColumn(
          'Selector',
          "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
        ),
      ),
    ],
    cells(set, nowMs) {
      const containers = set.spec.template?.spec?.containers;
      return [
        nameOf(set),
        set.spec.replicas ?? 0,
        set.status.replicas,
        set.status.readyReplicas ?? 0,
        ageOf(set, nowMs),
        containerNames(containers),
        containerImages(containers),
        formatSelector(set.spec.selector),
      ];
    },
  },
  subresources: {
    scale: scaleOf('apps', 'replicasets'),
    status: statusPart<V1ReplicaSet>('V1ReplicaSet', {
      defaults: setDefaults,
      validateUpdate: (set, _old, errors) => checkReplicaSetStatus(set, errors),
    }),
  },
});
