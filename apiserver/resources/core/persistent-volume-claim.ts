/** Persistent volume claims: wishes for storage (pkg/registry/core/persistentvolumeclaim). */

import { quantityOf } from '../../../base/quantity.ts';
import type { V1PersistentVolumeClaim, V1PersistentVolumeClaimSpec } from '../../../generated/kubernetes.d.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn, wide } from '../table/columns.ts';
import { formatAccessModes } from './access-modes.ts';
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './persistent-volume-claim-validation.ts';
import { STORAGE_CLASS_ANNOTATION, storageClassName } from './storage-class-name.ts';
import { setClaimSpecDefaults } from './volume-defaults.ts';

type Claim = Filled<V1PersistentVolumeClaim>;

const MODEL = 'V1PersistentVolumeClaim';

function setDefaults({ spec, status }: Claim): void {
  status.phase ??= 'Pending';
  setClaimSpecDefaults(spec);
}

/** Sources of other kinds are named by `dataSourceRef` alone; sources in other namespaces are off by default. */
function dropSources(spec: V1PersistentVolumeClaimSpec, old?: V1PersistentVolumeClaimSpec): void {
  if (spec.dataSourceRef?.namespace && old?.dataSourceRef === undefined) delete spec.dataSourceRef;
  const wasInUse = old?.dataSource !== undefined || old?.dataSourceRef !== undefined;
  if (wasInUse || spec.dataSourceRef !== undefined) return;
  const { apiGroup, kind } = spec.dataSource ?? { kind: '' };
  const isKnown =
    (kind === 'PersistentVolumeClaim' && !apiGroup) ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');
  if (!isKnown) delete spec.dataSource;
}

/** Either of the two fields for a data source fills the other. */
function fillSources(spec: V1PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef !== undefined && dataSource === undefined && !dataSourceRef.namespace) {
    const { namespace: _, ...local } = dataSourceRef;
    spec.dataSource = local;
  }
}

function warnings({ metadata, spec }: Claim): string[] {
  const texts: string[] = [];
  if (metadata.annotations?.[STORAGE_CLASS_ANNOTATION] !== undefined) {
    const advice = 'deprecated since v1.8; use "storageClassName" attribute instead';
    texts.push(`metadata.annotations[${STORAGE_CLASS_ANNOTATION}]: ${advice}`);
  }
  for (const list of ['requests', 'limits'] as const) {
    const amount = spec.resources?.[list]?.storage;
    if (amount === undefined || quantityOf(amount).isInteger) continue;
    const path = `spec.resources.${list}[storage]`;
    texts.push(`${path}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`);
  }
  return texts;
}

export const persistentVolumeClaimRow = defineRow<V1PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  shortNames: ['pvc'],
  model: MODEL,
  returnsDeletedObject: true,
  strategy: {
    defaults: setDefaults,
    prepareForCreate(claim) {
      claim.status = { phase: 'Pending' };
      dropSources(claim.spec);
      fillSources(claim.spec);
    },
    prepareForUpdate(claim, old) {
      keepField(claim, old, 'status');
      dropSources(claim.spec, old.spec);
      fillSources(claim.spec);
    },
    validate: validateClaim,
    metaOnUpdate: ['change', 'content'],
    validateUpdate: validateClaimUpdate,
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Status', fieldDoc('V1PersistentVolumeClaimStatus.phase')),
      textColumn('Volume', fieldDoc('V1PersistentVolumeClaimSpec.volumeName')),
      textColumn('Capacity', fieldDoc('V1PersistentVolumeClaimStatus.capacity')),
      textColumn('Access Modes', fieldDoc('V1PersistentVolumeClaimStatus.accessModes')),
      textColumn('StorageClass', 'StorageClass of the pvc'),
      textColumn('VolumeAttributesClass', 'VolumeAttributesClass of the pvc'),
      ageColumn,
      wide(textColumn('VolumeMode', fieldDoc('V1PersistentVolumeClaimSpec.volumeMode'))),
    ],
    cells(claim, nowMs) {
      const { metadata, spec, status } = claim;
      const isBound = Boolean(spec.volumeName);
      return [
        nameOf(claim),
        metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
        spec.volumeName ?? '',
        isBound ? (status.capacity?.storage ?? '0') : '',
        isBound ? formatAccessModes(status.accessModes) : '',
        storageClassName(claim),
        spec.volumeAttributesClassName ?? '<unset>',
        ageOf(claim, nowMs),
        spec.volumeMode ?? '<unset>',
      ];
    },
  },
  subresources: {
    status: statusPart<V1PersistentVolumeClaim>(MODEL, {
      defaults: setDefaults,
      validateUpdate: (claim, _old, errors) => validateClaimStatus(claim, errors),
    }),
  },
});
