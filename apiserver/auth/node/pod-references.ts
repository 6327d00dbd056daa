/** Which other objects a pod names: what its node must be able to read to run it. */
import type { V1Pod, V1PodSpec, V1Volume } from '../../../generated/kubernetes.d.ts';

export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly resourceClaims: ReadonlySet<string>;
  readonly serviceAccount: string;
}

/** Names in the pod's own namespace. */
export function podReferences(pod: V1Pod): PodReferences {
  const { spec } = pod;
  const secrets = new Set<string>();
  const configMaps = new Set<string>();
  const claims = new Set<string>();
  if (spec !== undefined) {
    addContainerReferences(spec, secrets, configMaps);
    for (const { name } of spec.imagePullSecrets ?? []) addName(secrets, name);
    for (const volume of spec.volumes ?? []) {
      addVolumeReferences(volume, secrets, configMaps);
      const { persistentVolumeClaim, ephemeral, name } = volume;
      addName(claims, persistentVolumeClaim?.claimName);
      if (ephemeral !== undefined) claims.add(`${pod.metadata?.name ?? ''}-${name}`);
    }
  }
  return {
    secrets,
    configMaps,
    claims,
    resourceClaims: resourceClaimsOf(pod),
    serviceAccount: spec?.serviceAccountName ?? '',
  };
}

function addContainerReferences(spec: V1PodSpec, secrets: Set<string>, configMaps: Set<string>): void {
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  for (const { env, envFrom } of containers) {
    for (const { valueFrom } of env ?? []) {
      addName(secrets, valueFrom?.secretKeyRef?.name);
      addName(configMaps, valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of envFrom ?? []) {
      addName(secrets, secretRef?.name);
      addName(configMaps, configMapRef?.name);
    }
  }
}

function addVolumeReferences(volume: V1Volume, secrets: Set<string>, configMaps: Set<string>): void {
  addName(secrets, volume.secret?.secretName);
  addName(configMaps, volume.configMap?.name);
  for (const { secret, configMap } of volume.projected?.sources ?? []) {
    addName(secrets, secret?.name);
    addName(configMaps, configMap?.name);
  }
  addName(secrets, volume.azureFile?.secretName);
  addName(secrets, volume.csi?.nodePublishSecretRef?.name);
  const { cephfs, flexVolume, rbd, scaleIO, iscsi, storageos } = volume;
  for (const source of [cephfs, flexVolume, rbd, scaleIO, iscsi, storageos]) addName(secrets, source?.secretRef?.name);
}

/** Claims named in the spec, and those that were made for the pod and are named in its status. */
function resourceClaimsOf({ spec, status }: V1Pod): Set<string> {
  const names = new Set<string>();
  for (const { resourceClaimName } of spec?.resourceClaims ?? []) addName(names, resourceClaimName);
  for (const { resourceClaimName } of status?.resourceClaimStatuses ?? []) addName(names, resourceClaimName);
  addName(names, status?.extendedResourceClaimStatus?.resourceClaimName);
  return names;
}

function addName(names: Set<string>, name: string | undefined): void {
  if (name !== undefined && name !== '') names.add(name);
}

/** What a pod without an API behind it cannot use: undefined when it names nothing, else what it names. */
export function apiReferenceOf(spec: V1PodSpec): string | undefined {
  if ((spec.serviceAccountName ?? '') !== '') return 'serviceaccounts';
  const { secrets, configMaps } = podReferences({ spec });
  if (secrets.size > 0) return 'secrets';
  if (configMaps.size > 0) return 'configmaps';
  if ((spec.resourceClaims ?? []).length > 0) return 'resourceclaims';
  for (const volume of spec.volumes ?? []) {
    if (volume.csi !== undefined) return 'csidrivers (via CSI volumes)';
    if (volume.glusterfs !== undefined) return 'endpoints (via glusterFS volumes)';
    if (volume.persistentVolumeClaim !== undefined) return 'persistentvolumeclaims';
    if (volume.ephemeral !== undefined) return 'persistentvolumeclaims (via ephemeral volumes)';
    for (const source of volume.projected?.sources ?? []) {
      if (source.serviceAccountToken !== undefined) return 'serviceaccounts (via projected volumes)';
      if (source.clusterTrustBundle !== undefined) return 'clustertrustbundles';
    }
  }
  return undefined;
}
