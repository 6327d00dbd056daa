/**
 * The places that volumes come from and that pods and persistent volumes have in common
 * (pkg/apis/core/validation: validate…VolumeSource). Paths are of the source itself.
 */
import type {
  V1AWSElasticBlockStoreVolumeSource,
  V1AzureDiskVolumeSource,
  V1FCVolumeSource,
  V1FlexVolumeSource,
  V1FlockerVolumeSource,
  V1GCEPersistentDiskVolumeSource,
  V1HostPathVolumeSource,
  V1ISCSIVolumeSource,
  V1NFSVolumeSource,
  V1QuobyteVolumeSource,
  V1StorageOSVolumeSource,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkLabel, rangeComplaint } from './formats.ts';
import { checkNoBacksteps } from './paths.ts';

/** Fields of `source` that must be there and not be empty, in this order. */
export function checkRequired(source: object, fields: readonly string[], path: string, errors: FieldErrors): void {
  const values = source as Readonly<Record<string, string | readonly unknown[] | undefined>>;
  for (const field of fields) if ((values[field]?.length ?? 0) === 0) errors.required(`${path}.${field}`);
}

/** A check for a source of which only some fields are required. */
export function requires(...fields: readonly string[]) {
  return (source: object, path: string, errors: FieldErrors): void => checkRequired(source, fields, path, errors);
}

/** The secret that a source may name. */
export function checkSecretName(ref: object | undefined, path: string, errors: FieldErrors): void {
  if (ref !== undefined) checkRequired(ref, ['name'], path, errors);
}

export function checkSecretNameAndNamespace(ref: object | undefined, path: string, errors: FieldErrors): void {
  if (ref !== undefined) checkRequired(ref, ['name', 'namespace'], path, errors);
}

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate'];

export function checkHostPath(source: V1HostPathVolumeSource, path: string, errors: FieldErrors): void {
  if (source.path === '') {
    errors.required(`${path}.path`);
    return;
  }
  checkNoBacksteps(source.path, `${path}.path`, errors);
  const types = [...HOST_PATH_TYPES, 'Socket'];
  if (source.type !== undefined && !types.includes(source.type))
    errors.notSupported(`${path}.type`, source.type, types);
}

export function checkDisk(
  idField: 'pdName' | 'volumeID',
  source: V1GCEPersistentDiskVolumeSource | V1AWSElasticBlockStoreVolumeSource,
  path: string,
  errors: FieldErrors,
): void {
  checkRequired(source, [idField], path, errors);
  const { partition = 0 } = source;
  if (partition < 0 || partition > 255) errors.invalid(`${path}.partition`, partition, rangeComplaint(1, 255));
}

export function checkNfs(source: V1NFSVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ['server', 'path'], path, errors);
  if (!source.path.startsWith('/')) errors.invalid(`${path}.path`, source.path, 'must be an absolute path');
}

const iqnPattern = /iqn\.\d{4}-\d{2}\.[-.0-9A-Za-z]+:[^,;*&$|\s]+$/;
const initiatorPatterns: Readonly<Record<string, RegExp>> = {
  iqn: iqnPattern,
  eui: /^eui.[0-9A-Za-z]{16}$/,
  naa: /^naa.[0-9A-Za-z]{32}$/,
};

function iscsiNameComplaint(name: string, prefixComplaint: string): string | undefined {
  const pattern = initiatorPatterns[name.slice(0, 3)];
  if (pattern === undefined) return prefixComplaint;
  return pattern.test(name) ? undefined : 'must be valid format';
}

const ISCSI_PREFIXES = 'must be valid format starting with iqn, eui, or naa';
const ISCSI_TOO_LONG =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

/** A pod's: the error of a name too long is at the volume, of which `path` is a child. */
export function checkIscsi(
  source: V1ISCSIVolumeSource,
  path: string,
  errors: FieldErrors,
  volume: { readonly name: string; readonly path: string },
): void {
  checkRequired(source, ['targetPortal', 'iqn'], path, errors);
  checkIscsiNames(source, path, errors, ISCSI_PREFIXES);
  if (isIscsiTooLong(source, volume.name)) errors.invalid(`${volume.path}.name`, volume.name, ISCSI_TOO_LONG);
}

/** A persistent volume's. */
export function checkPersistentIscsi(
  source: V1ISCSIVolumeSource,
  path: string,
  errors: FieldErrors,
  volumeName: string,
): void {
  checkRequired(source, ['targetPortal'], path, errors);
  if (isIscsiTooLong(source, volumeName)) errors.invalid(`${path}.targetportal`, source.targetPortal, ISCSI_TOO_LONG);
  checkRequired(source, ['iqn'], path, errors);
  checkIscsiNames(source, path, errors, 'must be valid format');
}

function isIscsiTooLong(source: V1ISCSIVolumeSource, volumeName: string): boolean {
  return source.initiatorName !== undefined && `${volumeName}:${source.targetPortal}`.length > 64;
}

function checkIscsiNames(source: V1ISCSIVolumeSource, path: string, errors: FieldErrors, prefixes: string): void {
  const complaint = source.iqn === '' ? undefined : iscsiNameComplaint(source.iqn, prefixes);
  if (complaint !== undefined) errors.invalid(`${path}.iqn`, source.iqn, complaint);
  checkLun(source.lun, `${path}.lun`, errors);
  const needsSecret = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  if (needsSecret && source.secretRef === undefined) errors.required(`${path}.secretRef`);
  if (prefixes !== ISCSI_PREFIXES) checkSecretName(source.secretRef, `${path}.secretRef`, errors);
  if (source.initiatorName === undefined) return;
  const initiator = iscsiNameComplaint(source.initiatorName, prefixes);
  if (initiator !== undefined) errors.invalid(`${path}.initiatorname`, source.initiatorName, initiator);
}

function checkLun(lun: number, path: string, errors: FieldErrors): void {
  if (lun < 0 || lun > 255) errors.invalid(path, lun, rangeComplaint(0, 255));
}

export function checkFibreChannel(source: V1FCVolumeSource, path: string, errors: FieldErrors): void {
  const { targetWWNs = [], wwids = [], lun } = source;
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both');
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    const message = 'targetWWNs and wwids can not be specified simultaneously';
    errors.invalid(`${path}.targetWWNs`, targetWWNs, message);
  }
  if (targetWWNs.length === 0) return;
  if (lun === undefined) errors.required(`${path}.lun`, 'lun is required if targetWWNs is specified');
  else checkLun(lun, `${path}.lun`, errors);
}

const HOST_PORT_PAIRS = 'must be a host:port pair or multiple pairs separated by commas';

export function checkQuobyte(source: V1QuobyteVolumeSource, path: string, errors: FieldErrors): void {
  if (source.registry === '') errors.required(`${path}.registry`, HOST_PORT_PAIRS);
  else if ((source.tenant ?? '').length >= 65) {
    errors.required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters');
  } else {
    for (const pair of source.registry.split(',')) {
      if (!isHostPort(pair)) errors.invalid(`${path}.registry`, source.registry, HOST_PORT_PAIRS);
    }
  }
  checkRequired(source, ['volume'], path, errors);
}

/** As Go's net.SplitHostPort: one colon outside of brackets, brackets only around the whole host. */
function isHostPort(text: string): boolean {
  return /^(\[[^[\]]*\]|[^[\]:]*):[^[\]:]*$/.test(text);
}

export function checkFlocker(source: V1FlockerVolumeSource, path: string, errors: FieldErrors): void {
  const { datasetName = '', datasetUUID = '' } = source;
  if (datasetName === '' && datasetUUID === '') {
    errors.required(path, 'one of datasetName and datasetUUID is required');
  }
  if (datasetName !== '' && datasetUUID !== '') {
    errors.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
  }
  if (datasetName.includes('/')) errors.invalid(`${path}.datasetName`, datasetName, "must not contain '/'");
}

export function checkFlexVolume(source: V1FlexVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ['driver'], path, errors);
  for (const key of Object.keys(source.options ?? {})) {
    const [namespace = ''] = key.split('/');
    if (/\.(kubernetes|k8s)\.io$/.test(`.${namespace.toLowerCase()}`)) {
      errors.invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved');
    }
  }
}

const MANAGED_URI = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export function checkAzureDisk(source: V1AzureDiskVolumeSource, path: string, errors: FieldErrors): void {
  const { cachingMode, kind, diskURI } = source;
  checkRequired(source, ['diskName', 'diskURI'], path, errors);
  const modes = ['None', 'ReadOnly', 'ReadWrite'];
  if (cachingMode !== undefined && !modes.includes(cachingMode)) {
    errors.notSupported(`${path}.cachingMode`, cachingMode, modes);
  }
  const kinds = ['Dedicated', 'Managed', 'Shared'];
  if (kind === undefined) return;
  if (!kinds.includes(kind)) errors.notSupported(`${path}.kind`, kind, kinds);
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', MANAGED_URI] : ['https://', BLOB_URI];
  if (!diskURI.startsWith(start)) errors.notSupported(`${path}.diskURI`, diskURI, [form]);
}

/** Without its secret. */
export function checkStorageOs(
  source: Pick<V1StorageOSVolumeSource, 'volumeName' | 'volumeNamespace'>,
  path: string,
  errors: FieldErrors,
): void {
  const { volumeName = '', volumeNamespace = '' } = source;
  if (volumeName === '') errors.required(`${path}.volumeName`);
  else checkLabel(volumeName, `${path}.volumeName`, errors);
  if (volumeNamespace !== '') checkLabel(volumeNamespace, `${path}.volumeNamespace`, errors);
}

export function checkCsiDriverName(driver: string, path: string, errors: FieldErrors): void {
  if (driver === '') {
    errors.required(path);
    return;
  }
  if (driver.length > 63) errors.tooLong(path, 63);
  addInvalid(errors, path, driver, dns1123SubdomainComplaints(driver.toLowerCase()));
}
