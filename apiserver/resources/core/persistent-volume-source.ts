/** Where a persistent volume comes from: exactly one place (pkg/apis/core/validation: ValidatePersistentVolumeSpec). */
import type {
  V1CSIPersistentVolumeSource,
  V1FlexPersistentVolumeSource,
  V1FlexVolumeSource,
  V1ISCSIVolumeSource,
  V1PersistentVolumeSpec,
  V1SecretReference,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkLabel, checkSubdomain } from '../validation/formats.ts';
import { checkNoBacksteps } from '../validation/paths.ts';
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

type Check<S> = (source: S, path: string, errors: FieldErrors, volume: Volume) => void;

interface Volume {
  readonly name: string;
  readonly hasAffinity: boolean;
  /** Of the spec. */
  readonly path: string;
}

interface SourceRule {
  readonly field: keyof V1PersistentVolumeSpec;
  readonly check: Check<unknown>;
  /** What paths call it, where that is not the name of the field. */
  readonly shownAs?: string;
  /** What the error of a second source calls it; '' where a second one is no error. */
  readonly secondAs?: string;
}

function rule<K extends keyof V1PersistentVolumeSpec>(
  field: K,
  check: Check<NonNullable<V1PersistentVolumeSpec[K]>>,
  names: Pick<SourceRule, 'shownAs' | 'secondAs'> = {},
): SourceRule {
  return { field, check: check as Check<unknown>, ...names };
}

/** In upstream's order: the first source is checked, the others are forbidden. */
const rules: readonly SourceRule[] = [
  rule('hostPath', checkHostPath),
  rule('gcePersistentDisk', (source, path, errors) => checkDisk('pdName', source, path, errors), {
    shownAs: 'persistentDisk',
  }),
  rule('awsElasticBlockStore', (source, path, errors) => checkDisk('volumeID', source, path, errors)),
  rule('glusterfs', (source, path, errors) => {
    checkRequired(source, ['endpoints', 'path'], path, errors);
    const { endpointsNamespace: namespace } = source;
    if (namespace === undefined) return;
    const complaints =
      namespace === ''
        ? ['if the endpointnamespace is set, it must be a valid namespace name']
        : dns1123LabelComplaints(namespace);
    addInvalid(errors, `${path}.endpointsNamespace`, namespace, complaints);
  }),
  rule('flocker', checkFlocker),
  rule('nfs', checkNfs),
  rule('rbd', requires('monitors', 'image')),
  rule('quobyte', checkQuobyte),
  rule('cephfs', requires('monitors'), { secondAs: 'cephFS' }),
  rule('iscsi', (source, path, errors, { name }) =>
    checkPersistentIscsi(source as V1ISCSIVolumeSource, path, errors, name),
  ),
  rule('cinder', (source, path, errors) => {
    checkRequired(source, ['volumeID'], path, errors);
    checkSecretNameAndNamespace(source.secretRef, `${path}.secretRef`, errors);
  }),
  rule('fc', checkFibreChannel),
  rule(
    'flexVolume',
    (source: V1FlexPersistentVolumeSource, path, errors) => checkFlexVolume(source as V1FlexVolumeSource, path, errors),
    { secondAs: '' },
  ),
  rule('azureFile', (source, path, errors) => {
    checkRequired(source, ['secretName', 'shareName'], path, errors);
    if (source.secretNamespace === '') errors.required(`${path}.secretNamespace`);
  }),
  rule('vsphereVolume', requires('volumePath')),
  rule('photonPersistentDisk', requires('pdID')),
  rule('portworxVolume', requires('volumeID')),
  rule('azureDisk', checkAzureDisk),
  rule('scaleIO', requires('gateway', 'system', 'volumeName')),
  rule('local', (source, path, errors, volume) => {
    if (source.path === '') errors.required(`${path}.path`);
    else checkNoBacksteps(source.path, `${path}.path`, errors);
    if (!volume.hasAffinity) errors.required(`${volume.path}.nodeAffinity`, 'Local volume requires node affinity');
  }),
  rule('storageos', (source, path, errors) => {
    checkStorageOs(source, path, errors);
    checkSecretNameAndNamespace(source.secretRef, `${path}.secretRef`, errors);
  }),
  rule('csi', checkCsi),
];

export const SOURCE_FIELDS: readonly (keyof V1PersistentVolumeSpec)[] = rules.map(({ field }) => field);

export function checkPersistentSource(
  spec: V1PersistentVolumeSpec,
  name: string,
  hasAffinity: boolean,
  path: string,
  errors: FieldErrors,
): void {
  let found = 0;
  for (const { field, check, shownAs = field, secondAs = field } of rules) {
    const source = spec[field];
    if (source === undefined) continue;
    if (found > 0 && secondAs !== '')
      errors.forbidden(`${path}.${secondAs}`, 'may not specify more than 1 volume type');
    else check(source, `${path}.${shownAs}`, errors, { name, hasAffinity, path });
    found++;
  }
  if (found === 0) errors.required(path, 'must specify a volume type');
}

function checkCsi(source: V1CSIPersistentVolumeSource, path: string, errors: FieldErrors): void {
  checkCsiDriverName(source.driver, `${path}.driver`, errors);
  checkRequired(source, ['volumeHandle'], path, errors);
  const secrets = ['controllerPublish', 'controllerExpand', 'nodePublish', 'nodeExpand'] as const;
  for (const secret of secrets) checkSecret(source[`${secret}SecretRef`], `${path}.${secret}SecretRef`, errors);
}

function checkSecret(secret: V1SecretReference | undefined, path: string, errors: FieldErrors): void {
  if (secret === undefined) return;
  if (secret.name) checkSubdomain(secret.name, `${path}.name`, errors);
  else errors.required(`${path}.name`);
  if (secret.namespace) checkLabel(secret.namespace, `${path}.namespace`, errors);
  else errors.required(`${path}.namespace`);
}
