/** Stateful sets (pkg/registry/apps/statefulset, pkg/apis/apps). */
import type { V1StatefulSet } from '../../../generated/kubernetes.d.ts';
import { scaleOf } from '../autoscaling/scale.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { dropDisabledTemplateFields } from '../core/pod-features.ts';
import { setClaimSpecDefaults } from '../core/volume-defaults.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, containerImages, containerNames, nameOf } from '../table/cells.ts';
import { ageColumn, containersColumn, imagesColumn, nameColumn, textColumn } from '../table/columns.ts';
import { claimSpecWarnings } from '../validation/claim-warnings.ts';
import { checkStatefulSet, checkStatefulSetStatusUpdate, checkStatefulSetUpdate } from './stateful-set-validation.ts';
import { templateWarnings } from './workload-validation.ts';

type StatefulSet = Filled<V1StatefulSet>;

function setDefaults({ spec }: StatefulSet): void {
  spec.podManagementPolicy ??= 'OrderedReady';
  spec.updateStrategy ??= {};
  if (spec.updateStrategy.type === undefined) {
    spec.updateStrategy.type = 'RollingUpdate';
    spec.updateStrategy.rollingUpdate ??= {};
  }
  if (spec.updateStrategy.type === 'RollingUpdate' && spec.updateStrategy.rollingUpdate !== undefined) {
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  setPodTemplateDefaults(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.status ??= {};
    claim.status.phase ??= 'Pending';
    if (claim.spec !== undefined) setClaimSpecDefaults(claim.spec);
  }
}

/** How many may be unavailable during an update is not decided upstream yet: only those who have it keep it. */
function dropMaxUnavailable(set: StatefulSet, old?: StatefulSet): void {
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  if (rolling === undefined || old?.spec.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return;
  delete rolling.maxUnavailable;
}

function warningsOf(set: StatefulSet, old: StatefulSet | undefined): string[] {
  const isSame = old !== undefined && old.metadata.generation === set.metadata.generation;
  // Upstream's path has a capital letter when the claims are not new.
  const suffix = old === undefined ? '' : '.Spec';
  const limit = set.spec.revisionHistoryLimit ?? 0;
  return [
    ...(isSame ? [] : templateWarnings(set.spec.template, 'spec.template')),
    ...(set.spec.volumeClaimTemplates ?? []).flatMap((claim, index) =>
      claimSpecWarnings(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}]${suffix}`),
    ),
    ...(limit < 0
      ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
      : []),
  ];
}

export const statefulSetRow = defineRow<V1StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  shortNames: ['sts'],
  categories: ['all'],
  model: 'V1StatefulSet',
  // Its pods' names and hostnames begin with the name.
  nameRule: 'label',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(set) {
      set.status = { replicas: 0, availableReplicas: 0 };
      dropMaxUnavailable(set);
      dropDisabledTemplateFields(set.spec.template);
    },
    prepareForUpdate(set, old) {
      keepField(set, old, 'status');
      dropMaxUnavailable(set, old);
      dropDisabledTemplateFields(set.spec.template);
    },
    validate: checkStatefulSet,
    validateUpdate: checkStatefulSetUpdate,
    warnings: warningsOf,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Ready', 'Number of the pod with ready state'),
      ageColumn,
      containersColumn,
      imagesColumn,
    ],
    cells(set, nowMs) {
      const containers = set.spec.template.spec?.containers;
      return [
        nameOf(set),
        `${set.status.readyReplicas ?? 0}/${set.spec.replicas ?? 0}`,
        ageOf(set, nowMs),
        containerNames(containers),
        containerImages(containers),
      ];
    },
  },
  subresources: {
    scale: scaleOf('apps', 'statefulsets'),
    status: statusPart<V1StatefulSet>('V1StatefulSet', {
      defaults: setDefaults,
      validateUpdate: checkStatefulSetStatusUpdate,
    }),
  },
});
