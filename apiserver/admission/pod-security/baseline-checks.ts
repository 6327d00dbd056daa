/**
 * The baseline: what lets a pod out of its box into the node (https://kubernetes.io/docs/concepts/security/pod-security-standards/,
 * k8s.io/pod-security-admission/policy).
 */
import type { V1Container, V1LifecycleHandler, V1Probe } from '../../../generated/kubernetes.d.ts';
import {
  allContainers,
  type Check,
  type CheckedPod,
  containersNamed,
  inUserNamespace,
  plural,
  quotedList,
  sorted,
  type Violation,
} from './check.ts';
import { appArmorProfile, seccompAnnotations, seccompProfile, seLinuxOptions } from './profile-checks.ts';

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** Sysctls that concern the pod alone, and the minor version since which they count as safe. */
const SAFE_SYSCTLS: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};

export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', level: 'baseline', versions: [{ since: 0, judge: appArmorProfile }] },
  { id: 'capabilities_baseline', level: 'baseline', versions: [{ since: 0, judge: capabilities }] },
  { id: 'hostNamespaces', level: 'baseline', versions: [{ since: 0, judge: hostNamespaces }] },
  { id: 'hostPathVolumes', level: 'baseline', versions: [{ since: 0, judge: hostPathVolumes }] },
  { id: 'hostPorts', level: 'baseline', versions: [{ since: 0, judge: hostPorts }] },
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', versions: [{ since: 34, judge: probeHosts }] },
  { id: 'privileged', level: 'baseline', versions: [{ since: 0, judge: privilegedContainers }] },
  {
    id: 'procMount',
    level: 'baseline',
    versions: [
      { since: 0, judge: procMount },
      { since: 35, judge: (pod) => (inUserNamespace(pod.spec) ? undefined : procMount(pod)) },
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      { since: 0, judge: (pod) => seLinuxOptions(pod, ['container_t', 'container_init_t', 'container_kvm_t']) },
      {
        since: 31,
        judge: (pod) =>
          seLinuxOptions(pod, ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']),
      },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [
      { since: 0, judge: seccompAnnotations },
      { since: 19, judge: seccompProfile },
    ],
  },
  {
    id: 'sysctls',
    level: 'baseline',
    versions: [0, 27, 29, 32].map((since) => ({ since, judge: (pod) => sysctls(pod, since) })),
  },
  { id: 'windowsHostProcess', level: 'baseline', versions: [{ since: 0, judge: windowsHostProcess }] },
];

function capabilities({ spec }: CheckedPod): Violation | undefined {
  const added = (container: V1Container): string[] =>
    (container.securityContext?.capabilities?.add ?? []).filter((each) => !DEFAULT_CAPABILITIES.has(each));
  const bad = allContainers(spec).filter((container) => added(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = sorted(bad.flatMap(added));
  return {
    reason: 'non-default capabilities',
    detail: `${named(bad)} must not include ${quotedList(names)} in securityContext.capabilities.add`,
  };
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  return used.length === 0
    ? undefined
    : { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') };
}

function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  return names.length === 0
    ? undefined
    : { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quotedList(names)}` };
}

function hostPorts({ spec }: CheckedPod): Violation | undefined {
  const portsOf = ({ ports }: V1Container): string[] =>
    (ports ?? []).flatMap(({ hostPort }) => (hostPort === undefined || hostPort === 0 ? [] : [String(hostPort)]));
  const bad = allContainers(spec).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sorted(bad.flatMap(portsOf));
  return {
    reason: 'hostPort',
    detail: `${named(bad)} ${bad.length === 1 ? 'uses' : 'use'} ${plural('hostPort', ports.length)} ${ports.join(', ')}`,
  };
}

function probeHosts({ spec }: CheckedPod): Violation | undefined {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: V1Container): string[] =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(foreignHosts);
  const bad = allContainers(spec).filter((container) => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = sorted(bad.map(({ name }) => name));
  const hosts = sorted(bad.flatMap(hostsOf));
  return {
    reason: 'probe or lifecycle host',
    detail: `${containersNamed(names)} ${names.length === 1 ? 'uses' : 'use'} ${plural('probe or lifecycle host', hosts.length)} ${quotedList(hosts)}`,
  };
}

function foreignHosts(handler: V1Probe | V1LifecycleHandler | undefined): string[] {
  return [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap((host) =>
    host === undefined || host === '' ? [] : [host],
  );
}

function privilegedContainers({ spec }: CheckedPod): Violation | undefined {
  const bad = allContainers(spec).filter(({ securityContext }) => securityContext?.privileged === true);
  return bad.length === 0
    ? undefined
    : { reason: 'privileged', detail: `${named(bad)} must not set securityContext.privileged=true` };
}

/** Also the restricted level's, from 1.35 on. */
export function procMount({ spec }: CheckedPod): Violation | undefined {
  const typeOf = ({ securityContext }: V1Container): string => securityContext?.procMount ?? 'Default';
  const bad = allContainers(spec).filter((container) => typeOf(container) !== 'Default');
  if (bad.length === 0) return undefined;
  return {
    reason: 'procMount',
    detail: `${named(bad)} must not set securityContext.procMount to ${quotedList(sorted(bad.map(typeOf)))}`,
  };
}

function sysctls({ spec }: CheckedPod, minor: number): Violation | undefined {
  const unsafe = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => !(Object.hasOwn(SAFE_SYSCTLS, name) && (SAFE_SYSCTLS[name] ?? 0) <= minor));
  return unsafe.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: unsafe.join(', ') };
}

function windowsHostProcess({ spec }: CheckedPod): Violation | undefined {
  const bad = allContainers(spec).filter(
    ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true,
  );
  const pod = spec.securityContext?.windowsOptions?.hostProcess === true;
  if (!pod && bad.length === 0) return undefined;
  const who = [...(pod ? ['pod'] : []), ...(bad.length > 0 ? [named(bad)] : [])].join(' and ');
  return { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
}

function named(containers: readonly V1Container[]): string {
  return containersNamed(containers.map(({ name }) => name));
}
