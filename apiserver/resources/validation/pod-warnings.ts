/** Advice about pods and pod templates: nothing here is wrong, but it is seldom meant (pkg/api/pod/warnings.go). */
import type {
  V1Affinity,
  V1Container,
  V1ContainerPort,
  V1ObjectMeta,
  V1PodSpec,
} from '../../../generated/kubernetes.d.ts';
import { everyContainer } from './every-container.ts';
import { ipWarnings } from './ips.ts';
import { nodeLabelAdvice, nodeSelectorTermWarnings } from './node-warnings.ts';
import { fractionalByteWarnings } from './quantity-warnings.ts';
import { volumeWarnings } from './volume-warnings.ts';

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';

const deadAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

const BYTES = ['memory', 'ephemeral-storage'];
const BOUNDS = ['limits', 'requests'] as const;
const MATCHES_NOTHING = 'a null labelSelector results in matching no pod';

/** @param path where the template is; '' for a pod itself */
export function podWarnings(spec: V1PodSpec, metadata: V1ObjectMeta | undefined, path: string): string[] {
  const under = (field: string): string => (path === '' ? field : `${path}.${field}`);
  const specPath = under('spec');
  const annotationsPath = under('metadata.annotations');
  const annotations = metadata?.annotations ?? {};
  const containers = everyContainer(spec, specPath);
  return [
    ...schedulingWarnings(spec, specPath),
    ...Object.entries(deadAnnotations).flatMap(([key, message]) =>
      annotations[key] === undefined ? [] : [`${annotationsPath}[${key}]: ${message}`],
    ),
    ...volumeWarnings(spec.volumes, `${specPath}.volumes`),
    ...duplicates(spec.hostAliases, 'ip', `${specPath}.hostAliases`),
    ...duplicates(spec.imagePullSecrets, 'name', `${specPath}.imagePullSecrets`),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
      name ? [] : [`${specPath}.imagePullSecrets[${index}].name: invalid empty name ""`],
    ),
    ...fractionalByteWarnings(spec.overhead, BYTES, `${specPath}.overhead`),
    ...(annotations[SECCOMP_POD] !== undefined && spec.securityContext?.seccompProfile === undefined
      ? [`${annotationsPath}[${SECCOMP_POD}]: non-functional in v1.27+; use the "seccompProfile" field instead`]
      : []),
    ...containers.flatMap(({ container, path: at }) => [
      ...profileWarnings(container, spec, annotations, annotationsPath, path !== ''),
      ...byteWarnings(container, at),
      ...hiddenVariables(container, `${at}.env`),
    ]),
    ...portWarnings(spec, specPath),
    ...(spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0
      ? [
          `${specPath}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec.affinity, `${specPath}.affinity`),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, index) =>
      ipWarnings(`${specPath}.dnsConfig.nameservers[${index}]`, ip),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, index) => ipWarnings(`${specPath}.hostAliases[${index}].ip`, ip)),
  ];
}

function schedulingWarnings(spec: V1PodSpec, path: string): string[] {
  const nodes = spec.affinity?.nodeAffinity;
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  const nodesPath = `${path}.affinity.nodeAffinity`;
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((label) => {
      const advice = nodeLabelAdvice(label);
      return advice === undefined ? [] : [`${path}.nodeSelector[${label}]: ${advice}`];
    }),
    ...(nodes?.[required]?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      nodeSelectorTermWarnings(term, false, `${nodesPath}.${required}.nodeSelectorTerms[${index}]`),
    ),
    ...(nodes?.[preferred] ?? []).flatMap(({ preference }, index) =>
      nodeSelectorTermWarnings(preference, true, `${nodesPath}.${preferred}[${index}].preference`),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
      const at = `${path}.topologySpreadConstraints[${index}]`;
      const advice = nodeLabelAdvice(topologyKey);
      return [
        ...(advice === undefined ? [] : [`${at}.topologyKey: ${topologyKey} is ${advice}`]),
        ...(labelSelector === undefined ? [`${at}.labelSelector: ${MATCHES_NOTHING}`] : []),
      ];
    }),
  ];
}

function duplicates<K extends string>(
  items: readonly { readonly [key in K]?: string | undefined }[] | undefined,
  field: K,
  path: string,
): string[] {
  const seen = new Set<string>();
  return (items ?? []).flatMap((item, index) => {
    const value: string = item[field] ?? '';
    if (seen.has(value)) return [`${path}[${index}].${field}: duplicate ${field} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}

function profileWarnings(
  container: V1Container,
  spec: V1PodSpec,
  annotations: Readonly<Record<string, string>>,
  path: string,
  isTemplate: boolean,
): string[] {
  const { seccompProfile, appArmorProfile } = container.securityContext ?? {};
  const seccomp = SECCOMP_CONTAINER + container.name;
  const appArmor = APPARMOR + container.name;
  const warnings: string[] = [];
  if (seccompProfile === undefined && annotations[seccomp] !== undefined) {
    warnings.push(`${path}[${seccomp}]: non-functional in v1.27+; use the "seccompProfile" field instead`);
  }
  const hasProfile = appArmorProfile !== undefined || spec.securityContext?.appArmorProfile !== undefined;
  if (isTemplate && !hasProfile && annotations[appArmor] !== undefined) {
    warnings.push(`${path}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
  return warnings;
}

function byteWarnings({ resources }: V1Container, path: string): string[] {
  const warnings: string[] = [];
  for (const name of BYTES) {
    for (const bound of BOUNDS) {
      const amounts = resources?.[bound];
      if (amounts?.[name] === undefined) continue;
      warnings.push(...fractionalByteWarnings(amounts, [name], `${path}.resources.${bound}`));
    }
  }
  return warnings;
}

/** A variable may be defined again only to add to what it was. */
function hiddenVariables({ env = [] }: V1Container, path: string): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, index) => {
    const self = `$(${name})`;
    const extendsItself = valueFrom === undefined && value !== self && value.includes(self);
    const hides = seen.has(name) && !extendsItself;
    seen.add(name);
    const message = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    return hides ? [`${path}[${index}]: ${message}`] : [];
  });
}

function portWarnings(spec: V1PodSpec, path: string): string[] {
  const warnings: string[] = [];
  const seen: { readonly port: V1ContainerPort; readonly at: string }[] = [];
  const ports = everyContainer(spec, path).flatMap(({ container, path: at }) =>
    (container.ports ?? []).map((port, index) => ({ port, at: `${at}.ports[${index}]` })),
  );
  for (const { port, at } of ports) {
    const { hostIP = '', hostPort = 0, containerPort, protocol } = port;
    if (hostIP !== '' && hostPort === 0) warnings.push(`${at}: hostIP set without hostPort: ${asGo(port)}`);
    for (const other of seen) {
      if (other.port.containerPort !== containerPort || other.port.protocol !== protocol) continue;
      const kind = clash(port, other.port);
      if (kind !== undefined) warnings.push(`${at}: ${kind} port definition with ${other.at}`);
    }
    seen.push({ port, at });
  }
  const names = new Map<string, string>();
  for (const { port, at } of ports) {
    if (!port.name) continue;
    const first = names.get(port.name);
    if (first === undefined) names.set(port.name, at);
    else {
      const use = `services and probes that select ports by name will use ${first}`;
      warnings.push(`${at}: duplicate port name ${JSON.stringify(port.name)} with ${first}, ${use}`);
    }
  }
  return warnings;
}

function clash(a: V1ContainerPort, b: V1ContainerPort): string | undefined {
  const [ipA, ipB, portA, portB] = [a.hostIP ?? '', b.hostIP ?? '', a.hostPort ?? 0, b.hostPort ?? 0];
  if (ipA === ipB && portA === portB) return 'duplicate';
  if (portA === 0 || portB === 0) return 'overlapping';
  return portA === portB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined;
}

function asGo({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: V1ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function affinityWarnings(affinity: V1Affinity | undefined, path: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((field) => {
    const at = `${path}.${field}`;
    const required = affinity?.[field]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = affinity?.[field]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const ofRequired = required.flatMap(({ labelSelector }, index) => {
      const list = `${at}.requiredDuringSchedulingIgnoredDuringExecution`;
      return labelSelector === undefined ? [`${list}[${index}].labelSelector: ${MATCHES_NOTHING}`] : [];
    });
    const ofPreferred = preferred.flatMap(({ podAffinityTerm }, index) => {
      const list = `${at}.preferredDuringSchedulingIgnoredDuringExecution`;
      const isNull = podAffinityTerm.labelSelector === undefined;
      return isNull ? [`${list}[${index}].podAffinityTerm.labelSelector: ${MATCHES_NOTHING}`] : [];
    });
    return [...ofRequired, ...ofPreferred];
  });
}
