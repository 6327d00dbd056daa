/**
 * What `debug --profile` grants and takes from the container that is added, by how it is added: into a running pod, into
 * a copy of it, or in a pod of its own on a node. The names are those of the Pod Security Standards where they fit.
 */
import { Failure } from '../failure.ts';
import { containersOf, type DebugContainer, type DebugPod, type SecurityContext } from './pod-shape.ts';

export type Style = 'ephemeral' | 'copy' | 'node';

/** What a copy keeps of its original. */
export interface Kept {
  readonly labels: boolean;
  readonly annotations: boolean;
  readonly liveness: boolean;
  readonly readiness: boolean;
  readonly startup: boolean;
  readonly initContainers: boolean;
}

/** Changes the pod. @param name of the container that is added */
export type Profile = (pod: DebugPod, name: string, style: Style) => void;

/** @throws Failure for a name that is none */
export function profileNamed(name: string, kept: Kept): Profile {
  const apply = PROFILES[name];
  if (apply === undefined) throw new Failure(`unknown profile: ${name}`);
  return (pod, container, style) => {
    if (style === 'copy') strip(pod, name === 'legacy' ? { ...EVERYTHING, labels: false } : kept);
    const found = containersOf(pod).find((each) => each.name === container);
    if (found !== undefined) apply(pod, found, style);
    if (style === 'copy' && name !== 'legacy') pod.spec.shareProcessNamespace ??= true;
  };
}

const EVERYTHING: Kept = {
  labels: true,
  annotations: true,
  liveness: true,
  readiness: true,
  startup: true,
  initContainers: true,
};

function strip({ metadata, spec }: DebugPod, kept: Kept): void {
  if (!kept.labels) delete metadata.labels;
  if (!kept.annotations) delete metadata.annotations;
  for (const container of spec.containers) {
    if (!kept.liveness) delete container.livenessProbe;
    if (!kept.readiness) delete container.readinessProbe;
    if (!kept.startup) delete container.startupProbe;
  }
  if (!kept.initContainers) delete spec.initContainers;
}

type Apply = (pod: DebugPod, container: DebugContainer, style: Style) => void;

const PROFILES: Readonly<Record<string, Apply>> = {
  legacy(pod, container, style) {
    if (style !== 'node') return;
    mountRoot(pod, container);
    useHostNamespaces(pod);
  },
  general(pod, container, style) {
    if (style === 'node') {
      mountRoot(pod, container);
      delete container.securityContext;
      useHostNamespaces(pod);
    } else grant(container, 'SYS_PTRACE');
  },
  baseline(_pod, container) {
    delete container.securityContext;
  },
  restricted(_pod, container) {
    container.securityContext = {
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
    };
  },
  netadmin(pod, container, style) {
    grant(container, 'NET_ADMIN', 'NET_RAW');
    if (style === 'node') useHostNamespaces(pod);
  },
  sysadmin(pod, container, style) {
    securityOf(container).privileged = true;
    if (style !== 'node') return;
    useHostNamespaces(pod);
    mountRoot(pod, container);
  },
};

function securityOf(container: DebugContainer): SecurityContext {
  container.securityContext ??= {};
  return container.securityContext;
}

function grant(container: DebugContainer, ...capabilities: string[]): void {
  const security = securityOf(container);
  const { add = [], ...others } = security.capabilities ?? {};
  security.capabilities = { ...others, add: [...add, ...capabilities] };
}

function mountRoot({ spec }: DebugPod, container: DebugContainer): void {
  const name = 'host-root';
  spec.volumes = [...(spec.volumes ?? []), { name, hostPath: { path: '/' } }];
  container.volumeMounts = [...(container.volumeMounts ?? []), { name, mountPath: '/host' }];
}

function useHostNamespaces({ spec }: DebugPod): void {
  spec.hostNetwork = true;
  spec.hostPID = true;
  spec.hostIPC = true;
}
