/** The volumes of pods: their names, and the place that each comes from (pkg/apis/core/validation: ValidateVolumes). */
import { quantityOf } from '../../../base/quantity.ts';
import type {
  V1ConfigMapVolumeSource,
  V1ObjectMeta,
  V1SecretVolumeSource,
  V1Volume,
} from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { checkClaimTemplate } from './claims.ts';
import { checkLabel } from './formats.ts';
import { checkDescendingPath, checkFileMode, checkKeyToPath } from './paths.ts';
import { checkDownwardVolume, checkProjectedVolume } from './projected-volumes.ts';
import { checkPullPolicy } from './pull-policy.ts';
import {
  checkAzureDisk,
  checkCsiDriverName,
  checkDisk,
  checkFibreChannel,
  checkFlexVolume,
  checkFlocker,
  checkHostPath,
  checkIscsi,
  checkNfs,
  checkQuobyte,
  checkRequired,
  checkSecretName,
  checkStorageOs,
  requires,
} from './volume-sources.ts';

/** The volumes that containers may mount, by name. */
export type VolumesByName = ReadonlyMap<string, V1Volume>;

type SourceField = Exclude<keyof V1Volume, 'name'>;

interface SourceRule<K extends SourceField> {
  readonly field: K;
  /** What paths call it, where that is not the name of the field. */
  readonly shownAs?: string;
  /** What the error of a second source calls it, where that is not the name of the field. */
  readonly secondAs?: string;
  check?(
    source: NonNullable<V1Volume[K]>,
    path: string,
    errors: FieldErrors,
    volume: { readonly name: string; readonly path: string; readonly podName: string | undefined },
  ): void;
}

function rule<K extends SourceField>(
  field: K,
  check?: SourceRule<K>['check'],
  names: Pick<SourceRule<K>, 'shownAs' | 'secondAs'> = {},
): SourceRule<SourceField> {
  return { field, ...names, ...(check === undefined ? {} : { check }) } as unknown as SourceRule<SourceField>;
}

function checkFiles(
  nameField: 'secretName' | 'name',
  source: V1SecretVolumeSource | V1ConfigMapVolumeSource,
  path: string,
  errors: FieldErrors,
): void {
  checkRequired(source, [nameField], path, errors);
  checkFileMode(source.defaultMode, `${path}.defaultMode`, errors);
  for (const [index, item] of (source.items ?? []).entries()) checkKeyToPath(item, `${path}.items[${index}]`, errors);
}

/** In upstream's order: when a volume has several sources, the first one is checked and the others are forbidden. */
const rules = [
  rule('emptyDir', ({ sizeLimit }, path, errors) => {
    if (sizeLimit === undefined || quantityOf(sizeLimit).sign >= 0) return;
    errors.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
  }),
  rule('hostPath', checkHostPath),
  rule('gitRepo', (source, path, errors) => {
    checkRequired(source, ['repository'], path, errors);
    checkDescendingPath(source.directory ?? '', `${path}.directory`, errors);
  }),
  rule('gcePersistentDisk', (source, path, errors) => checkDisk('pdName', source, path, errors), {
    shownAs: 'persistentDisk',
  }),
  rule('awsElasticBlockStore', (source, path, errors) => checkDisk('volumeID', source, path, errors)),
  rule('secret', (source, path, errors) => checkFiles('secretName', source, path, errors)),
  rule('nfs', checkNfs),
  rule('iscsi', checkIscsi),
  rule('glusterfs', requires('endpoints', 'path')),
  rule('flocker', checkFlocker),
  rule('persistentVolumeClaim', requires('claimName')),
  rule('rbd', requires('monitors', 'image')),
  rule('cinder', (source, path, errors) => {
    checkRequired(source, ['volumeID'], path, errors);
    checkSecretName(source.secretRef, `${path}.secretRef`, errors);
  }),
  rule('cephfs', requires('monitors'), { secondAs: 'cephFS' }),
  rule('quobyte', checkQuobyte),
  rule('downwardAPI', checkDownwardVolume, { secondAs: 'downwarAPI' }),
  rule('fc', checkFibreChannel),
  rule('flexVolume', checkFlexVolume),
  rule('configMap', (source, path, errors) => checkFiles('name', source, path, errors)),
  rule('azureFile', requires('secretName', 'shareName')),
  rule('vsphereVolume', requires('volumePath')),
  rule('photonPersistentDisk', requires('pdID')),
  rule('portworxVolume', requires('volumeID')),
  rule('azureDisk', checkAzureDisk),
  rule('storageos', (source, path, errors) => {
    checkStorageOs(source, path, errors);
    checkSecretName(source.secretRef, `${path}.secretRef`, errors);
  }),
  rule('projected', checkProjectedVolume),
  rule('scaleIO', requires('gateway', 'system', 'volumeName')),
  rule('csi', (source, path, errors) => {
    checkCsiDriverName(source.driver, `${path}.driver`, errors);
    const name = source.nodePublishSecretRef?.name ?? '';
    if (name === '') checkSecretName(source.nodePublishSecretRef, `${path}.nodePublishSecretRef`, errors);
    else for (const complaint of dns1123SubdomainComplaints(name)) errors.invalid(`${path}.name`, name, complaint);
  }),
  rule('ephemeral', (source, path, errors, volume) => {
    checkClaimTemplate(source.volumeClaimTemplate, `${path}.volumeClaimTemplate`, errors);
    if (!volume.podName || volume.name === '') return;
    const claim = `${volume.podName}-${volume.name}`;
    for (const complaint of dns1123SubdomainComplaints(claim)) {
      errors.invalid(`${volume.path}.name`, volume.name, `PVC name "${claim}": ${complaint}`);
    }
  }),
  rule('image', ({ reference = '', pullPolicy }, path, errors, { podName }) => {
    // A template may leave it to whoever makes a pod of it.
    if (podName !== undefined && reference === '') errors.required(`${path}.reference`);
    checkPullPolicy(pullPolicy, `${path}.pullPolicy`, errors);
  }),
];

/** Checks the volumes and returns those that may be mounted. @param metadata the pod's; undefined in a template */
export function checkVolumes(
  volumes: readonly V1Volume[] | undefined,
  metadata: V1ObjectMeta | undefined,
  path: string,
  errors: FieldErrors,
): VolumesByName {
  const podName = metadata === undefined ? undefined : (metadata.name ?? '');
  const sound = new Map<string, V1Volume>();
  const claims = new Set<string>();
  for (const volume of volumes ?? []) {
    if (podName && volume.ephemeral !== undefined) claims.add(`${podName}-${volume.name}`);
  }
  for (const [index, volume] of (volumes ?? []).entries()) {
    const at = `${path}[${index}]`;
    const own = new FieldErrors();
    checkVolumeSource(volume, at, own, podName);
    if (volume.name === '') own.required(`${at}.name`);
    else checkLabel(volume.name, `${at}.name`, own);
    if (sound.has(volume.name)) own.duplicate(`${at}.name`, volume.name);
    if (own.empty) sound.set(volume.name, volume);
    else errors.list.push(...own.list);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && claims.has(claim)) {
      const message = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.invalid(`${at}.persistentVolumeClaim.claimName`, claim, message);
    }
  }
  return sound;
}

function checkVolumeSource(volume: V1Volume, path: string, errors: FieldErrors, podName: string | undefined): void {
  let sources = 0;
  for (const { field, shownAs = field, secondAs = field, check } of rules) {
    const source = volume[field];
    if (source === undefined) continue;
    sources += 1;
    if (sources > 1) errors.forbidden(`${path}.${secondAs}`, 'may not specify more than 1 volume type');
    else check?.(source, `${path}.${shownAs}`, errors, { name: volume.name, path, podName });
  }
  if (sources === 0) errors.required(path, 'must specify a volume type');
}
