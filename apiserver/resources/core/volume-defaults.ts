/** Upstream's defaults of volumes (pkg/apis/core/v1/defaults.go and the `+default` markers of the types). */
import type { V1PersistentVolumeClaimSpec, V1Volume, V1VolumeProjection } from '../../../generated/kubernetes.d.ts';
import { setResourceListDefaults } from './container-defaults.ts';
import { defaultPullPolicy } from './image-name.ts';

/** 0644 */
const FILE_MODE = 0o644;

export function setVolumeDefaults(volume: V1Volume): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
  if (volume.secret !== undefined) volume.secret.defaultMode ??= FILE_MODE;
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= FILE_MODE;
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= FILE_MODE;
    for (const item of volume.downwardAPI.items ?? []) setFieldRefDefaults(item.fieldRef);
  }
  if (volume.projected !== undefined) {
    volume.projected.defaultMode ??= FILE_MODE;
    for (const source of volume.projected.sources ?? []) setProjectionDefaults(source);
  }
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  if (volume.image !== undefined) volume.image.pullPolicy ??= defaultPullPolicy(volume.image.reference ?? '');
  if (volume.ephemeral?.volumeClaimTemplate !== undefined)
    setClaimSpecDefaults(volume.ephemeral.volumeClaimTemplate.spec);
  setNetworkVolumeDefaults(volume);
}

/** The volume types of single vendors and protocols, which persistent volumes have too. */
export function setNetworkVolumeDefaults(source: Pick<V1Volume, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>): void {
  if (source.iscsi !== undefined) source.iscsi.iscsiInterface ??= 'default';
  if (source.rbd !== undefined) {
    source.rbd.pool ??= 'rbd';
    source.rbd.user ??= 'admin';
    source.rbd.keyring ??= '/etc/ceph/keyring';
  }
  if (source.azureDisk !== undefined) {
    source.azureDisk.cachingMode ??= 'ReadWrite';
    source.azureDisk.kind ??= 'Shared';
    source.azureDisk.fsType ??= 'ext4';
    source.azureDisk.readOnly ??= false;
  }
  if (source.scaleIO !== undefined) {
    source.scaleIO.storageMode ??= 'ThinProvisioned';
    source.scaleIO.fsType ??= 'xfs';
  }
}

function setProjectionDefaults(source: V1VolumeProjection): void {
  if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= 3600;
  for (const item of source.downwardAPI?.items ?? []) setFieldRefDefaults(item.fieldRef);
}

function setFieldRefDefaults(reference: { apiVersion?: string | undefined } | undefined): void {
  if (reference !== undefined) reference.apiVersion ??= 'v1';
}

export function setClaimSpecDefaults(spec: V1PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
  setResourceListDefaults(spec.resources?.limits);
  setResourceListDefaults(spec.resources?.requests);
}
