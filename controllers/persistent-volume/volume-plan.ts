/**
 * Binding claims to volumes, and what becomes of volumes whose claim is gone
 * (k8s.io/kubernetes/pkg/controller/volume/persistentvolume/pv_controller.go). Pure.
 *
 * A binding has two directions: the volume names the claim (`claimRef`), and the claim names the volume (`volumeName`). The
 * volume's comes first; whatever happens in between, the next turn finishes or undoes it.
 */
import type {
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1PersistentVolumeSpec,
  V1StorageClass,
} from '../../generated/kubernetes.d.ts';
import { referenceTo } from '../runtime/event-recorder.ts';
import { annotationsOf, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { SELECTED_NODE } from '../scheduler/pod-binder.ts';
import { classOf, isReservedFor } from './volume-match.ts';

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const STORAGE_PROVISIONER_OLD = 'volume.beta.kubernetes.io/storage-provisioner';

/** The provisioner that is built in: a folder on the node, as far as simulated nodes have folders. */
export const BUILT_IN_PROVISIONER = 'sampan.dev/hostpath';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

export interface VolumeEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export type ClaimPlan =
  | { readonly type: 'bind'; readonly volume: V1PersistentVolume }
  | { readonly type: 'provision'; readonly volume: V1PersistentVolume; readonly claim: V1PersistentVolumeClaim }
  /** Somebody else provisions: the claim is told whose turn it is. */
  | { readonly type: 'await'; readonly claim: V1PersistentVolumeClaim; readonly event: VolumeEvent }
  | { readonly type: 'pending'; readonly event?: VolumeEvent }
  | { readonly type: 'lost'; readonly event: VolumeEvent };

export interface ClaimFacts {
  /** The volume that the claim names, if it is there. */
  readonly named: V1PersistentVolume | undefined;
  /** The best of those that are free. */
  readonly match: () => V1PersistentVolume | undefined;
  readonly storageClass: V1StorageClass | undefined;
}

export function planClaim(claim: V1PersistentVolumeClaim, facts: ClaimFacts): ClaimPlan {
  const volumeName = claim.spec?.volumeName ?? '';
  const completed = annotationsOf(claim)[BIND_COMPLETED] !== undefined;
  if (completed) return planBound(claim, volumeName, facts.named);
  if (volumeName !== '') return planNamed(claim, volumeName, facts.named);
  const delayed = isDelayed(claim, facts.storageClass);
  const volume = delayed ? undefined : facts.match();
  if (volume !== undefined) return { type: 'bind', volume };
  if (delayed) {
    const message = 'waiting for first consumer to be created before binding';
    return { type: 'pending', event: { type: 'Normal', reason: 'WaitForFirstConsumer', message } };
  }
  if (classOf(claim) === '') {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return { type: 'pending', event: { type: 'Normal', reason: 'FailedBinding', message } };
  }
  return planProvision(claim, facts.storageClass);
}

function isDelayed(claim: V1PersistentVolumeClaim, storageClass: V1StorageClass | undefined): boolean {
  const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  return waits && annotationsOf(claim)[SELECTED_NODE] === undefined;
}

function planNamed(
  claim: V1PersistentVolumeClaim,
  volumeName: string,
  volume: V1PersistentVolume | undefined,
): ClaimPlan {
  if (volume === undefined) return { type: 'pending' };
  if (volume.spec?.claimRef === undefined || isReservedFor(volume, claim)) return { type: 'bind', volume };
  const message = `volume "${volumeName}" already bound to a different claim.`;
  return { type: 'pending', event: { type: 'Warning', reason: 'FailedBinding', message } };
}

function planBound(
  claim: V1PersistentVolumeClaim,
  volumeName: string,
  volume: V1PersistentVolume | undefined,
): ClaimPlan {
  const lost = (reason: string, message: string): ClaimPlan => ({
    type: 'lost',
    event: { type: 'Warning', reason, message },
  });
  if (volumeName === '') {
    return lost('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  }
  if (volume === undefined) {
    return lost('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  }
  if (volume.spec?.claimRef === undefined || isReservedFor(volume, claim)) return { type: 'bind', volume };
  return lost('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

function planProvision(claim: V1PersistentVolumeClaim, storageClass: V1StorageClass | undefined): ClaimPlan {
  if (storageClass === undefined) {
    const message = `storageclass.storage.k8s.io "${classOf(claim)}" not found`;
    return { type: 'pending', event: { type: 'Warning', reason: 'ProvisioningFailed', message } };
  }
  const { provisioner } = storageClass;
  if (provisioner === NO_PROVISIONER) {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return { type: 'pending', event: { type: 'Normal', reason: 'FailedBinding', message } };
  }
  const annotations = {
    ...annotationsOf(claim),
    [STORAGE_PROVISIONER]: provisioner,
    [STORAGE_PROVISIONER_OLD]: provisioner,
  };
  const told = { ...claim, metadata: { ...claim.metadata, annotations } };
  if (provisioner === BUILT_IN_PROVISIONER) {
    return { type: 'provision', claim: told, volume: provisionedVolume(claim, storageClass) };
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system ` +
    'administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  return { type: 'await', claim: told, event: { type: 'Normal', reason: 'ExternalProvisioning', message } };
}

function provisionedVolume(claim: V1PersistentVolumeClaim, storageClass: V1StorageClass): V1PersistentVolume {
  const name = `pvc-${uidOf(claim)}`;
  const node = annotationsOf(claim)[SELECTED_NODE];
  const spec: V1PersistentVolumeSpec = {
    capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '0' },
    accessModes: [...(claim.spec?.accessModes ?? [])],
    persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
    storageClassName: nameOf(storageClass),
    volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
    claimRef: claimReference(claim),
    hostPath: { path: `/var/lib/sampan/volumes/${name}`, type: 'DirectoryOrCreate' },
    ...(storageClass.mountOptions === undefined ? {} : { mountOptions: storageClass.mountOptions }),
    ...(node === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [onNode(node)] } } }),
  };
  const metadata = { name, annotations: { [PROVISIONED_BY]: BUILT_IN_PROVISIONER } };
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata, spec };
}

function onNode(name: string) {
  return { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] };
}

export function claimReference(claim: V1PersistentVolumeClaim) {
  return referenceTo({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim });
}

/** The volume with its half of the binding; undefined when it has it. */
export function boundVolume(
  volume: V1PersistentVolume,
  claim: V1PersistentVolumeClaim,
): V1PersistentVolume | undefined {
  const reference = volume.spec?.claimRef;
  if (reference?.uid === uidOf(claim)) return undefined;
  const ours = reference === undefined ? { [BOUND_BY_CONTROLLER]: 'yes' } : {};
  const annotations = { ...annotationsOf(volume), ...ours };
  return {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: { ...volume.spec, claimRef: claimReference(claim) },
  };
}

/** The claim with its half; undefined when it has it. */
export function boundClaim(
  claim: V1PersistentVolumeClaim,
  volume: V1PersistentVolume,
): V1PersistentVolumeClaim | undefined {
  const named = claim.spec?.volumeName === nameOf(volume);
  if (named && annotationsOf(claim)[BIND_COMPLETED] !== undefined) return undefined;
  const annotations = {
    ...annotationsOf(claim),
    [BIND_COMPLETED]: 'yes',
    ...(named ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }),
  };
  return {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: nameOf(volume) },
  };
}

export type VolumePlan =
  | { readonly type: 'phase'; readonly phase: 'Available' | 'Bound' | 'Released' }
  /** The claim must look first. */
  | { readonly type: 'wait' }
  /** Its claim went elsewhere: it is free again, or waits for its claim. */
  | { readonly type: 'release'; readonly volume: V1PersistentVolume }
  /** Its claim is gone, and its policy is to go too. */
  | { readonly type: 'delete' };

/** @param claim the claim that the volume names, with that uid, if it is there */
export function planVolume(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim | undefined): VolumePlan {
  const reference = volume.spec?.claimRef;
  if (reference === undefined || (reference.uid ?? '') === '') return { type: 'phase', phase: 'Available' };
  if (claim === undefined) {
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed') {
      return { type: 'phase', phase: 'Released' };
    }
    const mine = annotationsOf(volume)[PROVISIONED_BY] === BUILT_IN_PROVISIONER;
    return volume.spec?.persistentVolumeReclaimPolicy === 'Delete' && mine
      ? { type: 'delete' }
      : { type: 'phase', phase: 'Released' };
  }
  const volumeName = claim.spec?.volumeName ?? '';
  if (volumeName === '') return { type: 'wait' };
  if (volumeName === nameOf(volume)) return { type: 'phase', phase: 'Bound' };
  if (annotationsOf(volume)[PROVISIONED_BY] === BUILT_IN_PROVISIONER) return { type: 'delete' };
  const { [BOUND_BY_CONTROLLER]: ours, ...annotations } = annotationsOf(volume);
  const { claimRef: _claim, ...spec } = volume.spec ?? {};
  const kept = ours === undefined ? { claimRef: { ...reference, uid: '' } } : {};
  return {
    type: 'release',
    volume: { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...spec, ...kept } },
  };
}

export function describeClaim(claim: V1PersistentVolumeClaim): string {
  return `${namespaceOf(claim)}/${nameOf(claim)}`;
}
