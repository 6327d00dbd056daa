/**
 * Every pod runs as a service account: `default` unless it says which. The account must exist; its pull secrets and its
 * token are given to the pod.
 */

import type { Clock } from '../../base/clock.ts';
import { nameSuffix, type Random } from '../../base/random.ts';
import type { V1Container, V1PodSpec, V1Volume } from '../../generated/kubernetes.d.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { notFound } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { containersOf, isMirrorPod, isPods, type PodObject, podOf, resources } from './pods.ts';
import { refuse } from './refusal.ts';

const TOKEN_MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_VOLUME_PREFIX = 'kube-api-access-';
/** An hour and seven seconds: upstream's number, by which such tokens are known. */
const TOKEN_EXPIRATION_SECONDS = 3607;
const ENFORCE_MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';
/** The controller may be about to make the default account of a new namespace. */
const DEFAULT_ACCOUNT_ATTEMPTS = 10;

interface ServiceAccountObject extends KubeObject {
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name?: string }[];
  secrets?: { name?: string }[];
}

export class ServiceAccountStep implements AdmissionStep {
  readonly name = 'ServiceAccount';
  readonly #cache: ObjectCache;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(cache: ObjectCache, clock: Clock, random: Random) {
    this.#cache = cache;
    this.#clock = clock;
    this.#random = random;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    if (!isPods(row)) return false;
    return subresource === ''
      ? operation === 'CREATE'
      : subresource === 'ephemeralcontainers' && operation === 'UPDATE';
  }

  mutate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    const pod = podOf(attributes.object);
    if (pod === undefined || attributes.operation !== 'CREATE') return;
    // Judged at once: what it names is said before what its node may do.
    if (isMirrorPod(pod)) return judgeMirrorPod(attributes, pod);
    const { spec } = pod;
    if ((spec.serviceAccountName ?? '') === '') spec.serviceAccountName = 'default';
    // The old name of the field goes with the new one.
    spec.serviceAccount = spec.serviceAccountName;
    const account = this.#account(attributes, spec, services);
    return account instanceof Promise ? account.then((found) => this.#equip(spec, found)) : this.#equip(spec, account);
  }

  async validate(attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const pod = podOf(attributes.object);
    if (pod === undefined) return;
    if (attributes.operation === 'CREATE' && isMirrorPod(pod)) return judgeMirrorPod(attributes, pod);
    if ((pod.spec.serviceAccountName ?? '') === '') {
      const name = `${attributes.namespace}/${pod.metadata.name ?? ''}`;
      throw refuse(attributes, `no service account specified for pod ${name}`);
    }
    const account = await this.#account(attributes, pod.spec, services);
    if (!isTrue(account.metadata.annotations?.[ENFORCE_MOUNTABLE])) return;
    const why = secretNotAllowed(account, pod.spec, attributes.operation === 'UPDATE');
    if (why !== undefined) throw refuse(attributes, why);
  }

  #equip(spec: V1PodSpec, account: ServiceAccountObject): void {
    const automount = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    if (automount) this.#mountToken(spec);
    const pullSecrets = account.imagePullSecrets ?? [];
    if ((spec.imagePullSecrets ?? []).length === 0 && pullSecrets.length > 0) {
      spec.imagePullSecrets = pullSecrets.map(({ name }) => ({ ...(name === undefined ? {} : { name }) }));
    }
  }

  #mountToken(spec: V1PodSpec): void {
    const existing = spec.volumes?.find(({ name }) => name.startsWith(TOKEN_VOLUME_PREFIX));
    const name = existing?.name ?? TOKEN_VOLUME_PREFIX + nameSuffix(this.#random);
    let mounted = false;
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
      if (mount(container, name)) mounted = true;
    }
    if (mounted && existing === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
  }

  #account(
    attributes: AdmissionAttributes,
    spec: V1PodSpec,
    services: RegistryServices,
  ): ServiceAccountObject | Promise<ServiceAccountObject> {
    const name = spec.serviceAccountName ?? '';
    const known = this.#cache.get(resources.serviceAccounts, attributes.namespace, name);
    return known === undefined ? this.#askStore(attributes, name, services) : (known as ServiceAccountObject);
  }

  async #askStore(
    attributes: AdmissionAttributes,
    name: string,
    services: RegistryServices,
  ): Promise<ServiceAccountObject> {
    const attempts = name === 'default' ? DEFAULT_ACCOUNT_ATTEMPTS : 1;
    const retryMs = 100 + this.#random.below(100);
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await this.#clock.sleep(retryMs);
      const found = await services.get(resources.serviceAccounts, attributes.namespace, name);
      if (found !== undefined) return found as ServiceAccountObject;
    }
    const missing = notFound({ group: '', resource: 'serviceaccount' }, name).message;
    throw refuse(attributes, `error looking up service account ${attributes.namespace}/${name}: ${missing}`);
  }
}

/** Says whether it mounted: a container that has something of its own in that place keeps it. */
function mount(container: V1Container, name: string): boolean {
  const mounts = container.volumeMounts ?? [];
  if (mounts.some(({ mountPath }) => mountPath === TOKEN_MOUNT_PATH)) return false;
  container.volumeMounts = [...mounts, { name, readOnly: true, mountPath: TOKEN_MOUNT_PATH }];
  return true;
}

function tokenVolume(name: string): V1Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: TOKEN_EXPIRATION_SECONDS } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}

function judgeMirrorPod(attributes: AdmissionAttributes, { spec }: PodObject): void {
  if ((spec.serviceAccountName ?? '') !== '') {
    throw refuse(attributes, 'a mirror pod may not reference service accounts');
  }
  if (referencesSecrets(spec)) throw refuse(attributes, 'a mirror pod may not reference secrets');
  for (const { projected } of spec.volumes ?? []) {
    if (projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined)) {
      throw refuse(attributes, 'a mirror pod may not use ServiceAccountToken volume projections');
    }
  }
}

function referencesSecrets(spec: V1PodSpec): boolean {
  if ((spec.imagePullSecrets ?? []).length > 0) return true;
  for (const [{ env, envFrom }] of containersOf(spec)) {
    if (env?.some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined)) return true;
    if (envFrom?.some(({ secretRef }) => secretRef !== undefined)) return true;
  }
  return (spec.volumes ?? []).some(
    (volume) =>
      volume.secret !== undefined ||
      volume.projected?.sources?.some(({ secret }) => secret !== undefined) === true ||
      volume.azureFile !== undefined ||
      [volume.cephfs, volume.flexVolume, volume.rbd, volume.scaleIO, volume.iscsi, volume.storageos].some(
        (source) => source?.secretRef !== undefined,
      ) ||
      volume.csi?.nodePublishSecretRef !== undefined,
  );
}

/** Why an account that limits its pods to its own secrets does not allow the pod; undefined when it does. */
function secretNotAllowed(account: ServiceAccountObject, spec: V1PodSpec, ephemeralOnly: boolean): string | undefined {
  const owner = account.metadata.name ?? '';
  const mountable = new Set(account.secrets?.map(({ name }) => name));
  const because = `is not allowed because service account ${owner} does not reference that secret`;
  if (!ephemeralOnly) {
    for (const { secret } of spec.volumes ?? []) {
      if (secret === undefined || mountable.has(secret.secretName)) continue;
      return `volume with secret.secretName="${secret.secretName ?? ''}" ${because}`;
    }
  }
  for (const [{ name, env, envFrom }, path] of containersOf(spec)) {
    if (path.startsWith('spec.ephemeralContainers') !== ephemeralOnly) continue;
    const kind = ephemeralOnly ? 'ephemeral container' : path.startsWith('spec.init') ? 'init container' : 'container';
    for (const { name: variable, valueFrom } of env ?? []) {
      const ref = valueFrom?.secretKeyRef;
      if (ref === undefined || mountable.has(ref.name)) continue;
      return `${kind} ${name} with envVar ${variable} referencing secret.secretName="${ref.name ?? ''}" ${because}`;
    }
    for (const { secretRef } of envFrom ?? []) {
      if (secretRef === undefined || mountable.has(secretRef.name)) continue;
      return `${kind} ${name} with envFrom referencing secret.secretName="${secretRef.name ?? ''}" ${because}`;
    }
  }
  if (ephemeralOnly) return undefined;
  const pullable = new Set(account.imagePullSecrets?.map(({ name }) => name));
  const index = (spec.imagePullSecrets ?? []).findIndex(({ name }) => !pullable.has(name));
  if (index < 0) return undefined;
  const name = spec.imagePullSecrets?.[index]?.name ?? '';
  return `imagePullSecrets[${index}].name="${name}" is not allowed because service account ${owner} does not reference that imagePullSecret`;
}

/** Go's strconv.ParseBool, where anything else is false. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text);
}
