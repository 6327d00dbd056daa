/**
 * What a pod needs of its namespace before its containers can run: ConfigMaps and Secrets that are mounted or put into
 * environments. Says what is missing, in the kubelet's words (pkg/volume/{configmap,secret,projected}, pkg/kubelet/
 * kubelet_pods.go makeEnvironmentVariables).
 *
 * The cluster's root certificates, which every pod has mounted, are the node's own affair.
 */
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
  /** Which keys it must have; none: any. */
  readonly items: readonly V1KeyToPath[];
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
    const [kind, source] =
      configMapRef === undefined ? (['secret', secretRef] as const) : (['configmap', configMapRef] as const);
    const fault = await faultOf(
      { kind, name: source?.name ?? '', optional: source?.optional ?? false, items: [] },
      find,
    );
    if (fault !== undefined) return fault;
  }
  for (const { valueFrom } of container.env ?? []) {
    const source = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef;
    if (source === undefined || source === null) continue;
    const [kind, title] = valueFrom?.configMapKeyRef
      ? (['configmap', 'ConfigMap'] as const)
      : (['secret', 'Secret'] as const);
    const found = await lookUp(kind, source.name ?? '', find);
    const optional = source.optional === true;
    if (typeof found === 'string') {
      if (!(optional && found === notFound(kind, source.name ?? ''))) return found;
    } else if (!optional && !hasKey(found, source.key, kind === 'secret')) {
      return `couldn't find key ${source.key} in ${title} ${namespace}/${source.name}`;
    }
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

function of(
  kind: ReferenceKind,
  name: string | undefined,
  { optional, items }: { optional?: boolean | undefined; items?: readonly V1KeyToPath[] | undefined },
): Reference {
  return { kind, name: name ?? '', optional: optional === true, items: items ?? [] };
}

async function faultOf({ kind, name, optional, items }: Reference, find: FindReferenced): Promise<string | undefined> {
  const found = await lookUp(kind, name, find);
  if (typeof found === 'string') return optional && found === notFound(kind, name) ? undefined : found;
  if (optional) return undefined;
  const missing = items.find(({ key }) => !hasKey(found, key, true));
  if (missing === undefined) return undefined;
  return kind === 'configmap'
    ? `configmap references non-existent config key: ${missing.key}`
    : `references non-existent secret key: ${missing.key}`;
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
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function notFound(kind: ReferenceKind, name: string): string {
  return `${kind} "${name}" not found`;
}

/** @param binary whether a ConfigMap's binary data count, as they do for files and not for environments */
function hasKey(object: V1ConfigMap | V1Secret, key: string, binary: boolean): boolean {
  const { data = {} } = object;
  return Object.hasOwn(data, key) || (binary && 'binaryData' in object && Object.hasOwn(object.binaryData ?? {}, key));
}
