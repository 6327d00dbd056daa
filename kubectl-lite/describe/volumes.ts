/** Volumes of pods and of persistent volumes: what each is made of. */
import type { V1PersistentVolumeSpec, V1Volume } from '../../generated/kubernetes.d.ts';
import { byCodePoints } from '../printers/objects.ts';
import { claim } from './claims.ts';
import type { PrefixWriter } from './prefix-writer.ts';

type Fields = Readonly<Record<string, unknown>>;
type Source = Readonly<Record<string, unknown>>;

export function volumes(w: PrefixWriter, list: readonly V1Volume[] | undefined, space: string): void {
  if (list === undefined || list.length === 0) {
    w.line(0, `${space}Volumes:\t<none>`);
    return;
  }
  w.line(0, `${space}Volumes:`);
  for (const volume of list) {
    w.line(1, `${space === '' ? '' : ' '}${volume.name}:`);
    volumeSource(w, volume as unknown as Source);
  }
}

/** What a type of volume is called, and which of its fields are shown: name, field, what stands for a missing one. */
interface Form {
  readonly title: string;
  readonly fields: readonly (readonly [string, string, string?])[];
}

const READ_ONLY = ['ReadOnly', 'readOnly', 'false'] as const;
const FS_TYPE = ['FSType', 'fsType', ''] as const;
const SECRET_REF = ['SecretRef', 'secretRef', 'nil'] as const;

const FORMS: Readonly<Record<string, Form>> = {
  hostPath: {
    title: 'HostPath (bare host directory volume)',
    fields: [
      ['Path', 'path'],
      ['HostPathType', 'type', '<none>'],
    ],
  },
  emptyDir: {
    title: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: [
      ['Medium', 'medium', ''],
      ['SizeLimit', 'sizeLimit', '<unset>'],
    ],
  },
  gcePersistentDisk: {
    title: 'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)',
    fields: [['PDName', 'pdName'], FS_TYPE, ['Partition', 'partition', '0'], READ_ONLY],
  },
  awsElasticBlockStore: {
    title: 'AWSElasticBlockStore (a Persistent Disk resource in AWS)',
    fields: [['VolumeID', 'volumeID'], FS_TYPE, ['Partition', 'partition', '0'], READ_ONLY],
  },
  gitRepo: {
    title: 'GitRepo (a volume that is pulled from git when the pod is created)',
    fields: [
      ['Repository', 'repository'],
      ['Revision', 'revision', ''],
    ],
  },
  secret: {
    title: 'Secret (a volume populated by a Secret)',
    fields: [
      ['SecretName', 'secretName', ''],
      ['Optional', 'optional', 'false'],
    ],
  },
  configMap: {
    title: 'ConfigMap (a volume populated by a ConfigMap)',
    fields: [
      ['Name', 'name', ''],
      ['Optional', 'optional', 'false'],
    ],
  },
  nfs: {
    title: 'NFS (an NFS mount that lasts the lifetime of a pod)',
    fields: [['Server', 'server'], ['Path', 'path'], READ_ONLY],
  },
  iscsi: {
    title: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    fields: [
      ['TargetPortal', 'targetPortal'],
      ['IQN', 'iqn'],
      ['Lun', 'lun'],
      ['ISCSIInterface', 'iscsiInterface', ''],
      FS_TYPE,
      READ_ONLY,
      ['Portals', 'portals', '[]'],
      ['DiscoveryCHAPAuth', 'chapAuthDiscovery', 'false'],
      ['SessionCHAPAuth', 'chapAuthSession', 'false'],
      SECRET_REF,
      ['InitiatorName', 'initiatorName', '<none>'],
    ],
  },
  glusterfs: {
    title: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    fields: [['EndpointsName', 'endpoints'], ['Path', 'path'], READ_ONLY],
  },
  persistentVolumeClaim: {
    title: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    fields: [['ClaimName', 'claimName'], READ_ONLY],
  },
  rbd: {
    title: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    fields: [
      ['CephMonitors', 'monitors'],
      ['RBDImage', 'image'],
      FS_TYPE,
      ['RBDPool', 'pool', ''],
      ['RadosUser', 'user', ''],
      ['Keyring', 'keyring', ''],
      SECRET_REF,
      READ_ONLY,
    ],
  },
  azureDisk: {
    title: 'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)',
    fields: [
      ['DiskName', 'diskName'],
      ['DiskURI', 'diskURI'],
      ['Kind', 'kind', ''],
      FS_TYPE,
      ['CachingMode', 'cachingMode', ''],
      READ_ONLY,
    ],
  },
  vsphereVolume: {
    title: 'vSphereVolume (a Persistent Disk resource in vSphere)',
    fields: [['VolumePath', 'volumePath'], FS_TYPE, ['StoragePolicyName', 'storagePolicyName', '']],
  },
  cinder: {
    title: 'Cinder (a Persistent Disk resource in OpenStack)',
    fields: [['VolumeID', 'volumeID'], FS_TYPE, READ_ONLY, SECRET_REF],
  },
  cephfs: {
    title: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    fields: [
      ['Monitors', 'monitors'],
      ['Path', 'path', ''],
      ['User', 'user', ''],
      ['SecretFile', 'secretFile', ''],
      SECRET_REF,
      READ_ONLY,
    ],
  },
  fc: {
    title: 'FC (a Fibre Channel disk)',
    fields: [['TargetWWNs', 'targetWWNs'], ['LUN', 'lun', '0'], FS_TYPE, READ_ONLY],
  },
  azureFile: {
    title: 'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    fields: [['SecretName', 'secretName'], ['ShareName', 'shareName'], READ_ONLY],
  },
  flexVolume: {
    title: 'FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)',
    fields: [['Driver', 'driver'], FS_TYPE, SECRET_REF, READ_ONLY, ['Options', 'options', 'map[]']],
  },
  image: {
    title: 'Image (a container image or OCI artifact)',
    fields: [
      ['Reference', 'reference', ''],
      ['PullPolicy', 'pullPolicy', ''],
    ],
  },
  local: {
    title: 'LocalVolume (a persistent volume backed by local storage on a node)',
    fields: [['Path', 'path']],
  },
};

function volumeSource(w: PrefixWriter, volume: Source): void {
  for (const [type, form] of Object.entries(FORMS)) {
    const source = volume[type];
    if (source === undefined || source === null) continue;
    fieldsOf(w, form, source as Fields);
    return;
  }
  const { ephemeral, downwardAPI, projected, csi } = volume as Record<string, Fields | undefined>;
  if (ephemeral !== undefined) {
    w.line(
      2,
      'Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
    );
    if (ephemeral.volumeClaimTemplate !== undefined) claim(w.nested(2), ephemeral.volumeClaimTemplate as never, false);
  } else if (downwardAPI !== undefined) downward(w, downwardAPI);
  else if (projected !== undefined) projections(w, projected);
  else if (csi !== undefined) csiVolume(w, csi, [['Driver', 'driver'], FS_TYPE, READ_ONLY]);
  else w.line(1, '<unknown>');
}

export function persistentSource(w: PrefixWriter, spec: V1PersistentVolumeSpec): void {
  const { csi } = spec as unknown as Record<string, Fields | undefined>;
  for (const [type, form] of Object.entries(FORMS)) {
    const source = (spec as unknown as Source)[type];
    if (source === undefined || source === null) continue;
    fieldsOf(w, form, source as Fields);
    return;
  }
  if (csi !== undefined)
    csiVolume(w, csi, [['Driver', 'driver'], FS_TYPE, ['VolumeHandle', 'volumeHandle', ''], READ_ONLY]);
  else w.line(1, '<unknown>');
}

function fieldsOf(w: PrefixWriter, { title, fields }: Form, source: Fields): void {
  w.line(2, `Type:\t${title}`);
  for (const [name, field, without = ''] of fields) {
    const value = source[field];
    w.line(2, `${name}:\t${value === undefined || value === null ? without : shown(value)}`);
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(' ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `&LocalObjectReference{Name:${String((value as { name?: string }).name ?? '')},}`;
}

function csiVolume(w: PrefixWriter, source: Fields, fields: Form['fields']): void {
  fieldsOf(w, { title: 'CSI (a Container Storage Interface (CSI) volume source)', fields }, source);
  const attributes = (source.volumeAttributes ?? {}) as Record<string, string>;
  const keys = Object.keys(attributes).sort(byCodePoints);
  w.write(2, 'VolumeAttributes:\t');
  if (keys.length === 0) w.end('<none>');
  for (const [at, key] of keys.entries()) {
    if (at > 0) w.write(2, '').write(2, '\t');
    const line = `${key}=${attributes[key] ?? ''}`;
    w.write(2, line.length > 140 ? `${line.slice(0, 140)}...\n` : `${line}\n`);
  }
}

function downward(w: PrefixWriter, source: Fields): void {
  w.line(2, 'Type:\tDownwardAPI (a volume populated by information about the pod)').line(2, 'Items:');
  for (const { path, fieldRef, resourceFieldRef } of (source.items ?? []) as {
    path: string;
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: { resource: string };
  }[]) {
    if (fieldRef !== undefined) w.line(3, `${fieldRef.fieldPath} -> ${path}`);
    if (resourceFieldRef !== undefined) w.line(3, `${resourceFieldRef.resource} -> ${path}`);
  }
}

interface Projection {
  readonly secret?: { readonly name?: string; readonly optional?: boolean };
  readonly configMap?: { readonly name?: string; readonly optional?: boolean };
  readonly downwardAPI?: unknown;
  readonly serviceAccountToken?: { readonly expirationSeconds?: number };
}

function projections(w: PrefixWriter, source: Fields): void {
  w.line(2, 'Type:\tProjected (a volume that contains injected data from multiple sources)');
  for (const { secret, configMap, downwardAPI, serviceAccountToken } of (source.sources ?? []) as Projection[]) {
    if (secret !== undefined)
      w.line(2, `SecretName:\t${secret.name ?? ''}`).line(2, `Optional:\t${secret.optional === true}`);
    else if (downwardAPI !== undefined) w.line(2, 'DownwardAPI:\ttrue');
    else if (configMap !== undefined)
      w.line(2, `ConfigMapName:\t${configMap.name ?? ''}`).line(2, `Optional:\t${configMap.optional === true}`);
    else if (serviceAccountToken !== undefined)
      w.line(2, `TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds ?? 0}`);
  }
}
