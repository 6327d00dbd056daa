/** What persistent volumes must be (pkg/apis/core/validation: ValidatePersistentVolume …). */
import { deepEqual } from '../../../base/deep-equal.ts';
import { quantityOf } from '../../../base/quantity.ts';
import type {
  V1PersistentVolume,
  V1PersistentVolumeSpec,
  V1VolumeNodeAffinity,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import type { Filled } from '../row.ts';
import { checkAccessModes, VOLUME_MODES } from '../validation/claims.ts';
import { addInvalid, checkLabel, checkSubdomain, IMMUTABLE } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkNodeSelector } from '../validation/node-selectors.ts';
import { checkNoBacksteps } from '../validation/paths.ts';
import { checkNonNegativeQuantity, checkPositiveQuantity } from '../validation/resource-names.ts';
import { jsonDiff } from '../validation/unified-diff.ts';
import {
  checkAzureDisk,
  checkCsiDriverName,
  checkDisk,
  checkFibreChannel,
  checkFlexVolume,
  checkFlocker,
  checkHostPath,
  checkNfs,
  checkPersistentIscsi,
  checkQuobyte,
  checkRequired,
  checkSecretNameAndNamespace,
  checkStorageOs,
  requires,
} from '../validation/volume-sources.ts';

type Volume = Filled<V1PersistentVolume>;
type SourceField = (typeof SOURCES)[number];

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

/** In the order in which they are checked. */
const SOURCES = [
  ...(['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd'] as const),
  ...(['quobyte', 'cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume', 'azureFile', 'vsphereVolume'] as const),
  ...(['photonPersistentDisk', 'portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi'] as const),
];

/** These alone take mount options by annotation. */
const MOUNTABLE: readonly SourceField[] = [
  ...(['gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder'] as const),
  ...(['cephfs', 'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk'] as const),
];

type Checks = {
  readonly [K in SourceField]: (
    source: NonNullable<V1PersistentVolumeSpec[K]>,
    path: string,
    errors: FieldErrors,
    volumeName: string,
  ) => void;
};

const checks: Checks = {
  hostPath: checkHostPath,
  gcePersistentDisk: (source, path, errors) =>
    checkDisk('pdName', source, path.replace('gcePersistentDisk', 'persistentDisk'), errors),
  awsElasticBlockStore: (source, path, errors) => checkDisk('volumeID', source, path, errors),
  glusterfs(source, path, errors) {
    checkRequired(source, ['endpoints', 'path'], path, errors);
    const { endpointsNamespace: namespace } = source;
    const at = `${path}.endpointsNamespace`;
    if (namespace === '') {
      errors.invalid(at, namespace, 'if the endpointnamespace is set, it must be a valid namespace name');
    } else if (namespace !== undefined) addInvalid(errors, at, namespace, dns1123LabelComplaints(namespace));
  },
  flocker: checkFlocker,
  nfs: checkNfs,
  rbd: requires('monitors', 'image'),
  quobyte: checkQuobyte,
  cephfs: requires('monitors'),
  iscsi: checkPersistentIscsi,
  cinder(source, path, errors) {
    checkRequired(source, ['volumeID'], path, errors);
    checkSecretNameAndNamespace(source.secretRef, `${path}.secretRef`, errors);
  },
  fc: checkFibreChannel,
  flexVolume: checkFlexVolume,
  azureFile(source, path, errors) {
    checkRequired(source, ['secretName', 'shareName'], path, errors);
    if (source.secretNamespace === '') errors.required(`${path}.secretNamespace`);
  },
  vsphereVolume: requires('volumePath'),
  photonPersistentDisk: requires('pdID'),
  portworxVolume: requires('volumeID'),
  azureDisk: checkAzureDisk,
  scaleIO: requires('gateway', 'system', 'volumeName'),
  local(source, path, errors) {
    if (source.path === '') errors.required(`${path}.path`);
    else checkNoBacksteps(source.path, `${path}.path`, errors);
  },
  storageos(source, path, errors) {
    checkStorageOs(source, path, errors);
    checkSecretNameAndNamespace(source.secretRef, `${path}.secretRef`, errors);
  },
  csi: checkCsi,
};

const CSI_SECRETS = [
  ...(['controllerPublishSecretRef', 'controllerExpandSecretRef'] as const),
  ...(['nodePublishSecretRef', 'nodeExpandSecretRef'] as const),
];

function checkCsi(source: NonNullable<V1PersistentVolumeSpec['csi']>, path: string, errors: FieldErrors): void {
  checkCsiDriverName(source.driver, `${path}.driver`, errors);
  checkRequired(source, ['volumeHandle'], path, errors);
  for (const field of CSI_SECRETS) {
    const { name = '', namespace = '' } = source[field] ?? { name: 'absent', namespace: 'absent' };
    if (name === '') errors.required(`${path}.${field}.name`);
    else checkSubdomain(name, `${path}.${field}.name`, errors);
    if (namespace === '') errors.required(`${path}.${field}.namespace`);
    else checkLabel(namespace, `${path}.${field}.namespace`, errors);
  }
}

export function checkVolume({ metadata, spec }: Volume, errors: FieldErrors): void {
  const { persistentVolumeReclaimPolicy: policy = '', volumeAttributesClassName: attributes } = spec;
  if ((spec.accessModes ?? []).length === 0) errors.required('spec.accessModes');
  checkAccessModes(spec.accessModes, 'spec.accessModes', errors);
  checkCapacity(spec.capacity ?? {}, 'spec.capacity', errors);
  if (policy !== '' && !RECLAIM_POLICIES.includes(policy)) {
    errors.notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES);
  }
  checkAffinity(spec.nodeAffinity, 'spec.nodeAffinity', errors);
  checkSource(spec, metadata.name ?? '', errors);
  if (policy === 'Recycle' && isRoot(spec.hostPath?.path)) {
    const message = "may not be 'recycle' for a hostPath mount of '/'";
    errors.forbidden('spec.persistentVolumeReclaimPolicy', message);
  }
  if (spec.storageClassName) checkSubdomain(spec.storageClassName, 'spec.storageClassName', errors);
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) {
    errors.notSupported('spec.volumeMode', spec.volumeMode, VOLUME_MODES);
  }
  if (attributes !== undefined) {
    const path = 'spec.volumeAttributesClassName';
    if (attributes === '') errors.required(path, 'an empty string is disallowed');
    else checkSubdomain(attributes, path, errors);
    if (spec.csi === undefined) {
      errors.required('spec.csi', 'has to be specified when using volumeAttributesClassName');
    }
  }
  const isMountable = MOUNTABLE.some((field) => spec[field] !== undefined);
  if (!isMountable && metadata.annotations?.[MOUNT_OPTIONS] !== undefined) {
    const path = `metadata.annotations.${MOUNT_OPTIONS}`;
    errors.forbidden(path, 'may not specify mount options for this volume type');
  }
}

function isRoot(path: string | undefined): boolean {
  return path !== undefined && /^\/+(\.?\/+)*\.?$/.test(path);
}

function checkCapacity(capacity: Readonly<Record<string, string>>, path: string, errors: FieldErrors): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.required(path);
  if (capacity['storage'] === undefined || names.length > 1) {
    errors.notSupported(path, names.length === 0 ? undefined : capacity, ['storage']);
  }
  for (const name of names.sort()) {
    const quantity = quantityOf(capacity[name]);
    checkNonNegativeQuantity(quantity, `${path}[${name}]`, errors);
    checkPositiveQuantity(quantity, `${path}[${name}]`, errors);
  }
}

function checkAffinity(affinity: V1VolumeNodeAffinity | undefined, path: string, errors: FieldErrors): void {
  if (affinity === undefined) return;
  if (affinity.required === undefined) errors.required(`${path}.required`, 'must specify required node constraints');
  else checkNodeSelector(affinity.required, `${path}.required`, errors);
}

function checkSource(spec: V1PersistentVolumeSpec, volumeName: string, errors: FieldErrors): void {
  let sources = 0;
  const check = <K extends SourceField>(field: K): void => {
    const source = spec[field];
    if (source === undefined) return;
    sources += 1;
    // A flex volume is checked beside another source, too.
    if (sources === 1 || field === 'flexVolume') checks[field](source, `spec.${field}`, errors, volumeName);
    else {
      const name = field === 'cephfs' ? 'cephFS' : field;
      errors.forbidden(`spec.${name}`, 'may not specify more than 1 volume type');
    }
    if (field === 'local' && sources === 1 && spec.nodeAffinity === undefined) {
      errors.required('spec.nodeAffinity', 'Local volume requires node affinity');
    }
  };
  for (const field of SOURCES) check(field);
  if (sources === 0) errors.required('spec', 'must specify a volume type');
}

export function checkVolumeUpdate(volume: Volume, old: Volume, errors: FieldErrors): void {
  checkVolume(volume, errors);
  // Upstream looks at the volume a second time, and says again what is wrong with it.
  checkVolume(volume, errors);
  const [now, before] = [sourceOf(volume.spec), sourceOf(old.spec)];
  if (old.spec.csi?.controllerExpandSecretRef === undefined && now.csi !== undefined && before.csi !== undefined) {
    const { controllerExpandSecretRef: _, ...rest } = now.csi;
    now.csi = rest;
  }
  if (!deepEqual(now, before)) {
    const form = (source: object): object => internalForm('PersistentVolumeSource', source);
    const message = `spec.persistentvolumesource is immutable after creation\n${jsonDiff(form(before), form(now))}`;
    errors.forbidden('spec.persistentvolumesource', message);
  }
  checkImmutable(volume.spec.volumeMode, old.spec.volumeMode, 'volumeMode', errors);
  checkAffinityUpdate(volume.spec.nodeAffinity, old.spec.nodeAffinity, errors);
  const path = 'spec.volumeAttributesClassName';
  if (old.spec.volumeAttributesClassName !== undefined && volume.spec.volumeAttributesClassName === undefined) {
    errors.forbidden(path, 'update from non-nil value to nil is forbidden');
  }
}

function sourceOf(spec: V1PersistentVolumeSpec): Pick<V1PersistentVolumeSpec, SourceField> {
  return Object.fromEntries(SOURCES.filter((field) => spec[field] !== undefined).map((field) => [field, spec[field]]));
}

/** The labels of nodes that got other names. */
const renamed: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

function checkAffinityUpdate(
  affinity: V1VolumeNodeAffinity | undefined,
  old: V1VolumeNodeAffinity | undefined,
  errors: FieldErrors,
): void {
  if (old === undefined || equalButForNames(affinity, old)) return;
  const required = affinity?.required;
  const shown =
    affinity === undefined
      ? null
      : { Required: required === undefined ? null : internalForm('NodeSelector', required) };
  errors.invalid('nodeAffinity', shown, `${IMMUTABLE}, except for updating from beta label to GA`);
}

function equalButForNames(affinity: V1VolumeNodeAffinity | undefined, old: V1VolumeNodeAffinity): boolean {
  const terms = affinity?.required?.nodeSelectorTerms ?? [];
  const oldTerms = old.required?.nodeSelectorTerms ?? [];
  if (affinity === undefined || terms.length !== oldTerms.length) return false;
  return oldTerms.every((before, index) => {
    const term = terms[index] ?? {};
    return (['matchExpressions', 'matchFields'] as const).every((list) => {
      const then = (before[list] ?? []).map((requirement, i) => {
        const key = term[list]?.[i]?.key;
        return key !== undefined && renamed[requirement.key] === key ? { ...requirement, key } : requirement;
      });
      return deepEqual(term[list] ?? [], then);
    });
  });
}
