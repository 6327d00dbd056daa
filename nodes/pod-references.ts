/**
 * What a pod needs of its namespace before its containers can run: ConfigMaps and Secrets that are mounted or put into
 * environments. Says what is missing, in the kubelet's words (pkg/volume/{configmap,secret,projected}, pkg/kubelet/
 * kubelet_pods.go makeEnvironmentVariables).
 *
 * The cluster's root certificates, which every pod has mounted, are the node's own affair.
 */
import { messageOf } from '../base/errors.ts';
import type { V1ConfigMap, V1Container, V1KeyToPath, V1Pod, V1Secret, V1Volume } from '../generated/kubernetes.d.ts';

export type ReferenceKind = 'configmap' | 'secret';

/** Undefined when there is no such object; rejects when it cannot be known now. */
export type FindReferenced = (kind: ReferenceKind, name: string) => Promise<V1ConfigMap | V1Secret | undefined>;

export interface VolumeFault {
  readonly volume: string;
  readonly message: string;
}

interface Reference {
  readonly kind: ReferenceKind;
  readonly name: string;
  readonly optional: boolean;
  /** Which keys it must have. */
  readonly keys: readonly string[];
  /** Whether a ConfigMap's binary data count, as they do for files and not for environments. */
  readonly binary: boolean;
  /** What is said of a key that it lacks. */
  keyFault(key: string): string;
}

const ROOT_CERTIFICATES = 'kube-root-ca.crt';

export function hasReferencedVolumes(pod: V1Pod): boolean {
  return (pod.spec?.volumes ?? []).some((volume) => referencesOf(volume).length > 0);
}

/** The volumes that cannot be mounted now, and why. */
export async function findVolumeFaults(pod: V1Pod, find: FindReferenced): Promise<readonly VolumeFault[]> {
  const faults: VolumeFault[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    const wrong: string[] = [];
    for (const reference of referencesOf(volume)) {
      const fault = await faultOf(reference, find);
      if (fault !== undefined) wrong.push(fault);
    }
    if (wrong.length > 0)
      faults.push({ volume: volume.name, message: wrong.length === 1 ? `${wrong[0]}` : `[${wrong.join(', ')}]` });
  }
  return faults;
}

/** Why a container's configuration cannot be made now. */
export async function findConfigurationFault(
  pod: V1Pod,
  container: V1Container,
  find: FindReferenced,
): Promise<string | undefined> {
  const { name, namespace, uid } = pod.metadata ?? {};
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    const fault = await faultOf(
      configMapRef ? of('configmap', configMapRef.name, configMapRef) : of('secret', secretRef?.name, secretRef ?? {}),
      find,
    );
    if (fault !== undefined) return fault;
  }
  for (const { valueFrom } of container.env ?? []) {
    const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
    const source = configMapKeyRef ?? secretKeyRef;
    if (!source) continue;
    const [kind, title] = configMapKeyRef ? (['configmap', 'ConfigMap'] as const) : (['secret', 'Secret'] as const);
    const keyFault = (key: string): string => `couldn't find key ${key} in ${title} ${namespace}/${source.name}`;
    const keys = { keys: [source.key], binary: false, keyFault };
    const fault = await faultOf({ ...of(kind, source.name, source), ...keys }, find);
    if (fault !== undefined) return fault;
  }
  const runAsUser = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const runAsNonRoot = container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot;
  return runAsNonRoot === true && runAsUser === 0
    ? `container's runAsUser breaks non-root policy (pod: "${name}_${namespace}(${uid})", container: ${container.name})`
    : undefined;
}

/** The Secrets that are to be shown to registries and are not there; pulling is tried without them. */
export async function findMissingPullSecrets(pod: V1Pod, find: FindReferenced): Promise<readonly string[]> {
  const names = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
  const found = await Promise.all(names.map((name) => lookUp('secret', name, find)));
  return names.filter((_, at) => typeof found[at] === 'string');
}

function referencesOf({ configMap, secret, projected }: V1Volume): readonly Reference[] {
  if (configMap) return [of('configmap', configMap.name, configMap)];
  if (secret) return [of('secret', secret.secretName, secret)];
  return (projected?.sources ?? []).flatMap((source) => {
    if (source.secret) return [of('secret', source.secret.name, source.secret)];
    if (source.configMap && source.configMap.name !== ROOT_CERTIFICATES)
      return [of('configmap', source.configMap.name, source.configMap)];
    return [];
  });
}

/** A reference of a volume, which names keys as items, or of a whole environment, which names none. */
function of(
  kind: ReferenceKind,
  name: string | undefined,
  { optional, items }: { optional?: boolean | undefined; items?: readonly V1KeyToPath[] | undefined },
): Reference {
  const prefix =
    kind === 'configmap' ? 'configmap references non-existent config key' : 'references non-existent secret key';
  return {
    kind,
    name: name ?? '',
    optional: optional === true,
    keys: (items ?? []).map(({ key }) => key),
    binary: true,
    keyFault: (key) => `${prefix}: ${key}`,
  };
}

async function faultOf(reference: Reference, find: FindReferenced): Promise<string | undefined> {
  const { kind, name, optional, keys, binary, keyFault } = reference;
  const found = await lookUp(kind, name, find);
  if (typeof found === 'string') return optional && found === notFound(kind, name) ? undefined : found;
  const missing = optional ? undefined : keys.find((key) => !hasKey(found, key, binary));
  return missing === undefined ? undefined : keyFault(missing);
}

/** The object, or why it is not to be had. */
async function lookUp(
  kind: ReferenceKind,
  name: string,
  find: FindReferenced,
): Promise<V1ConfigMap | V1Secret | string> {
  try {
    return (await find(kind, name)) ?? notFound(kind, name);
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function notFound(kind: ReferenceKind, name: string): string {
  return `${kind} "${name}" not found`;
}

function hasKey(object: V1ConfigMap | V1Secret, key: string, binary: boolean): boolean {
  const { data = {} } = object;
  return Object.hasOwn(data, key) || (binary && 'binaryData' in object && Object.hasOwn(object.binaryData ?? {}, key));
}
