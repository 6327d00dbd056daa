/** `describe` of persistent volumes and claims, and of what storage is made of. */
import { canonicalQuantity } from '../../base/quantity.ts';
import type {
  V1CSINode,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StorageClass,
  V1VolumeAttributesClass,
} from '../../generated/kubernetes.d.ts';
import { ageSince } from '../printers/age.ts';
import { byCodePoints } from '../printers/objects.ts';
import { accessModes, claim } from './claims.ts';
import { capital, described, goList, goTime, head, labelLine } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';
import { persistentSource } from './volumes.ts';

export function describePersistentVolume(
  w: PrefixWriter,
  { metadata, spec, status }: V1PersistentVolume,
  nowMs: number,
): void {
  head(w, metadata, false);
  described(w, metadata);
  w.line(0, `Finalizers:\t${goList(metadata?.finalizers)}`);
  const annotated = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'];
  w.line(0, `StorageClass:\t${annotated ?? spec?.storageClassName ?? ''}`);
  const gone = metadata?.deletionTimestamp;
  w.line(
    0,
    `Status:\t${gone === undefined || gone === null ? (status?.phase ?? '') : `Terminating (lasts ${ageSince(gone, nowMs)})`}`,
  );
  const reference = spec?.claimRef;
  w.line(0, `Claim:\t${reference === undefined ? '' : `${reference.namespace ?? ''}/${reference.name ?? ''}`}`);
  w.line(0, `Reclaim Policy:\t${spec?.persistentVolumeReclaimPolicy ?? ''}`);
  w.line(0, `Access Modes:\t${accessModes(spec?.accessModes)}`);
  if (spec?.volumeMode !== undefined) w.line(0, `VolumeMode:\t${spec.volumeMode}`);
  w.line(0, `Capacity:\t${canonicalQuantity(spec?.capacity?.storage ?? '0')}`);
  nodeAffinity(w, spec?.nodeAffinity);
  w.line(0, `Message:\t${status?.message ?? ''}`).line(0, 'Source:');
  if (spec !== undefined) persistentSource(w, spec);
}

function nodeAffinity(w: PrefixWriter, affinity: NonNullable<V1PersistentVolume['spec']>['nodeAffinity']): void {
  const terms = affinity?.required?.nodeSelectorTerms;
  if (terms === undefined) {
    w.line(0, 'Node Affinity:\t<none>');
    return;
  }
  w.line(0, 'Node Affinity:\t').line(1, `Required Terms:\t${terms.length === 0 ? '<none>' : ''}`);
  for (const [at, { matchExpressions = [] }] of terms.entries()) {
    w.write(2, `Term ${at}:\t`);
    if (matchExpressions.length === 0) w.end('<none>');
    for (const [index, { key, operator, values = [] }] of matchExpressions.entries()) {
      if (index > 0) w.write(2, '\t');
      w.end(`${key} ${operator.toLowerCase()}${values.length === 0 ? '' : ` [${values.join(', ')}]`}`);
    }
  }
}

export function describePersistentVolumeClaim(
  w: PrefixWriter,
  object: V1PersistentVolumeClaim,
  users: readonly V1Pod[],
  nowMs: number,
): void {
  claim(w, object, true, nowMs);
  w.write(0, 'Used By:\t');
  const names = users.map(({ metadata }) => metadata?.name ?? '').sort(byCodePoints);
  if (names.length === 0) w.end('<none>');
  for (const [at, name] of names.entries()) {
    if (at > 0) w.write(0, '\t');
    w.end(name);
  }
  const conditions = object.status?.conditions ?? [];
  if (conditions.length === 0) return;
  w.line(0, 'Conditions:')
    .line(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage')
    .line(1, '----\t------\t-----------------\t------------------\t------\t-------');
  for (const { type, status, lastProbeTime, lastTransitionTime, reason = '', message = '' } of conditions)
    w.line(
      1,
      `${type} \t${status} \t${goTime(lastProbeTime)} \t${goTime(lastTransitionTime)} \t${reason} \t${message}`,
    );
}

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export function describeStorageClass(w: PrefixWriter, object: V1StorageClass): void {
  const { metadata, provisioner, parameters, mountOptions = [], allowedTopologies } = object;
  head(w, metadata, false);
  const isDefault = DEFAULT_CLASS.some((key) => metadata?.annotations?.[key] === 'true');
  w.line(0, `IsDefaultClass:\t${isDefault ? 'Yes' : 'No'}`);
  w.line(0, `Annotations:\t${labelLine(metadata?.annotations)}`).line(0, `Provisioner:\t${provisioner}`);
  w.line(0, `Parameters:\t${labelLine(parameters)}`);
  w.line(0, `AllowVolumeExpansion:\t${capital(object.allowVolumeExpansion)}`);
  w.line(0, mountOptions.length === 0 ? 'MountOptions:\t<none>' : 'MountOptions:');
  for (const option of mountOptions) w.line(1, option);
  if (object.reclaimPolicy !== undefined) w.line(0, `ReclaimPolicy:\t${object.reclaimPolicy}`);
  if (object.volumeBindingMode !== undefined) w.line(0, `VolumeBindingMode:\t${object.volumeBindingMode}`);
  if (allowedTopologies === undefined) return;
  w.line(0, `AllowedTopologies:\t${allowedTopologies.length === 0 ? '<none>' : ''}`);
  for (const [at, { matchLabelExpressions = [] }] of allowedTopologies.entries()) {
    w.write(1, `Term ${at}:\t`);
    if (matchLabelExpressions.length === 0) w.end('<none>');
    for (const [index, { key, values }] of matchLabelExpressions.entries()) {
      if (index > 0) w.write(1, '\t');
      w.end(`${key} in${values.length === 0 ? '' : ` [${values.join(', ')}]`}`);
    }
  }
}

export function describeVolumeAttributesClass(
  w: PrefixWriter,
  { metadata, driverName, parameters }: V1VolumeAttributesClass,
): void {
  head(w, metadata, false);
  w.line(0, `Annotations:\t${labelLine(metadata?.annotations)}`).line(0, `DriverName:\t${driverName}`);
  w.line(0, `Parameters:\t${labelLine(parameters)}`);
}

export function describeCsiNode(w: PrefixWriter, { metadata, spec }: V1CSINode): void {
  head(w, metadata, false);
  described(w, metadata);
  w.line(0, `CreationTimestamp:\t${goTime(metadata?.creationTimestamp)}`).line(0, 'Spec:');
  if (spec.drivers === null || spec.drivers === undefined) return;
  w.line(1, 'Drivers:');
  for (const { name, nodeID, allocatable, topologyKeys } of spec.drivers) {
    w.line(2, `${name}:`).line(3, `Node ID:\t${nodeID}`);
    if (allocatable?.count !== undefined) w.line(3, 'Allocatables:').line(4, `Count:\t${allocatable.count}`);
    if (topologyKeys !== undefined && topologyKeys !== null) w.line(3, `Topology Keys:\t${goList(topologyKeys)}`);
  }
}
