/** Which pods stand behind a service, and at which ports (k8s.io/endpointslice). All pure. */
import type { V1Pod, V1Service, V1ServicePort } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, nameOf, namespaceOf } from '../runtime/metadata.ts';
import { isPodFinished } from '../workload/pod-state.ts';

export interface ResolvedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** Undefined: somebody else says who stands behind it. */
export function podSelectorOf(service: V1Service): Readonly<Record<string, string>> | undefined {
  const selector = service.spec?.selector;
  if (selector === undefined || service.spec?.type === 'ExternalName') return undefined;
  return selector;
}

export function isHeadless(service: V1Service): boolean {
  return (service.spec?.clusterIP ?? '') === 'None';
}

/** It has an address and has not ended. Pods on their way out count only where that is said of them. */
export function hasEndpoint(pod: V1Pod, withTerminating: boolean): boolean {
  if (isPodFinished(pod) || (pod.status?.podIP ?? '') === '') return false;
  return withTerminating || !isBeingDeleted(pod);
}

/** The service's ports as this pod serves them; a name that none of its containers has is left out. */
export function resolvePorts(service: V1Service, pod: V1Pod): readonly ResolvedPort[] {
  const ports: ResolvedPort[] = [];
  for (const servicePort of service.spec?.ports ?? []) {
    const port = targetPort(servicePort, pod);
    if (port === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    ports.push({ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function targetPort({ targetPort: target, port, protocol = 'TCP' }: V1ServicePort, pod: V1Pod): number | undefined {
  if (target === undefined || target === 0 || target === '') return port;
  if (typeof target === 'number') return target;
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const { name, containerPort, protocol: its = 'TCP' } of container.ports ?? []) {
      if (name === target && its === protocol) return containerPort;
    }
  }
  return undefined;
}

/** Two pods with the same key share a subset or a slice. */
export function portsKey(ports: readonly ResolvedPort[]): string {
  return [...ports]
    .map(({ name, protocol, port, appProtocol = '' }) => `${name}\n${protocol}\n${port}\n${appProtocol}`)
    .sort()
    .join('\n\n');
}

/** The pod's own name in DNS: `web-0.web.default.svc`, when its subdomain is the service. */
export function hostnameFor(service: V1Service, pod: V1Pod): string | undefined {
  const { hostname = '', subdomain } = pod.spec ?? {};
  return hostname !== '' && subdomain === nameOf(service) && namespaceOf(pod) === namespaceOf(service)
    ? hostname
    : undefined;
}

/** Pods by what matters here; those that differ only otherwise wake no service. */
export function endpointRelevant(pod: V1Pod): string {
  const { podIP, podIPs, phase, conditions } = pod.status ?? {};
  const ready = conditions?.find(({ type }) => type === 'Ready')?.status;
  return JSON.stringify([
    podIP,
    podIPs,
    phase,
    ready,
    isBeingDeleted(pod),
    pod.metadata?.labels,
    pod.spec?.nodeName,
    pod.spec?.hostname,
    pod.spec?.subdomain,
  ]);
}
