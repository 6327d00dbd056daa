/** Persistent volumes (pkg/registry/core/persistentvolume). */
import { timestamp } from '../../../base/clock.ts';
import type { V1PersistentVolume, V1Volume } from '../../../generated/kubernetes.d.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn, wide } from '../table/columns.ts';
import { nodeSelectorTermWarnings } from '../validation/node-warnings.ts';
import { formatAccessModes } from './access-modes.ts';
import { setResourceListDefaults } from './container-defaults.ts';
import { checkVolume, checkVolumeUpdate } from './persistent-volume-validation.ts';
import { storageClassName } from './storage-class-name.ts';
import { setNetworkVolumeDefaults } from './volume-defaults.ts';

type Volume = Filled<V1PersistentVolume>;

function setDefaults({ spec, status }: Volume): void {
  status.phase ??= 'Pending';
  spec.persistentVolumeReclaimPolicy ??= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
  setNetworkVolumeDefaults(spec as unknown as V1Volume);
  setResourceListDefaults(spec.capacity);
}

const outOfUse = {
  cephfs: 'cephfs: deprecated in v1.28, non-functional in v1.31+',
  photonPersistentDisk: 'photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'scaleIO: deprecated in v1.16, non-functional in v1.22+',
  storageos: 'storageOS: deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'glusterfs: deprecated in v1.25, non-functional in v1.26+',
  rbd: 'rbd: deprecated in v1.28, non-functional in v1.31+',
} as const;

const annotationAdvice: Readonly<Record<string, string>> = {
  'volume.beta.kubernetes.io/storage-class': 'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
};

function warningsOf({ metadata, spec }: Volume): string[] {
  const recycle =
    'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const sources = Object.keys(outOfUse) as (keyof typeof outOfUse)[];
  return [
    ...Object.entries(annotationAdvice).flatMap(([key, advice]) =>
      metadata.annotations?.[key] === undefined ? [] : [`metadata.annotations[${key}]: ${advice}`],
    ),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [`spec.persistentVolumeReclaimPolicy: ${recycle}`] : []),
    ...terms.flatMap((term, index) =>
      nodeSelectorTermWarnings(term, false, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`),
    ),
    ...sources.flatMap((field) => (spec[field] === undefined ? [] : [`spec.${outOfUse[field]}`])),
  ];
}

export const persistentVolumeRow = defineRow<V1PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  namespaced: false,
  shortNames: ['pv'],
  model: 'V1PersistentVolume',
  returnsDeletedObject: true,
  strategy: {
    defaults: setDefaults,
    prepareForCreate(volume, { nowMs }) {
      volume.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp(nowMs) };
    },
    prepareForUpdate: (volume, old) => keepField(volume, old, 'status'),
    validate: checkVolume,
    metaOnUpdate: ['content', 'content'],
    validateUpdate: checkVolumeUpdate,
    warnings: warningsOf,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Capacity', fieldDoc('V1PersistentVolumeSpec.capacity')),
      textColumn('Access Modes', fieldDoc('V1PersistentVolumeSpec.accessModes')),
      textColumn('Reclaim Policy', fieldDoc('V1PersistentVolumeSpec.persistentVolumeReclaimPolicy')),
      textColumn('Status', fieldDoc('V1PersistentVolumeStatus.phase')),
      textColumn(
        'Claim',
        'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding',
      ),
      textColumn('StorageClass', 'StorageClass of the pv'),
      textColumn('VolumeAttributesClass', 'VolumeAttributesClass of the pv'),
      textColumn('Reason', fieldDoc('V1PersistentVolumeStatus.reason')),
      ageColumn,
      wide(textColumn('VolumeMode', fieldDoc('V1PersistentVolumeSpec.volumeMode'))),
    ],
    cells(volume, nowMs) {
      const { metadata, spec, status } = volume;
      const { claimRef } = spec;
      return [
        nameOf(volume),
        spec.capacity?.storage ?? '0',
        formatAccessModes(spec.accessModes),
        spec.persistentVolumeReclaimPolicy ?? '',
        metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
        claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`,
        storageClassName(volume),
        spec.volumeAttributesClassName ?? '<unset>',
        status.reason ?? '',
        ageOf(volume, nowMs),
        spec.volumeMode ?? '<unset>',
      ];
    },
  },
  subresources: {
    status: statusPart<V1PersistentVolume>('V1PersistentVolume', {
      defaults: setDefaults,
      prepareForUpdate({ status }, { status: old }, { nowMs }) {
        const { lastPhaseTransitionTime: time } = old;
        if (status.phase !== old.phase) {
          const isOld = status.lastPhaseTransitionTime === undefined || status.lastPhaseTransitionTime === time;
          if (isOld) status.lastPhaseTransitionTime = timestamp(nowMs);
        } else if (status.lastPhaseTransitionTime === undefined && time !== undefined) {
          status.lastPhaseTransitionTime = time;
        }
      },
    }),
  },
});
