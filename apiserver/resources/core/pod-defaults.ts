/** Upstream's defaults of pods, and of the pod templates of all workloads. On the wire form; idempotent. */

import { quantityOf } from '../../../base/quantity.ts';
import type { V1Container, V1PodSpec, V1PodTemplateSpec } from '../../../generated/kubernetes.d.ts';
import { requestWhatIsLimited, setContainerDefaults, setResourceListDefaults } from './container-defaults.ts';
import { setVolumeDefaults } from './volume-defaults.ts';

/** What holds for a pod's spec and a template's. */
export function setPodSpecDefaults(spec: V1PodSpec): void {
  // None at all, which Go writes as null, is refused; until then everybody may rely on a list.
  spec.containers ??= [];
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.restartPolicy ??= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ??= 'default-scheduler';
  syncServiceAccount(spec);
  for (const container of allContainers(spec)) setContainerDefaults(container);
  for (const container of spec.ephemeralContainers ?? []) setContainerDefaults(container);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
  setResourceListDefaults(spec.overhead);
}

export function setPodTemplateDefaults(template: V1PodTemplateSpec): void {
  if (template.spec !== undefined) setPodSpecDefaults(template.spec);
}

/** What holds for pods only. */
export function setPodDefaults(spec: V1PodSpec): void {
  for (const container of allContainers(spec)) requestWhatIsLimited(container);
  requestForWholePod(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) for (const container of allContainers(spec)) setHostPorts(container);
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are kept, and agree. */
function syncServiceAccount(spec: V1PodSpec): void {
  const name = spec.serviceAccountName ?? spec.serviceAccount;
  if (name === undefined) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function setHostPorts(container: V1Container): void {
  for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
}

function allContainers(spec: V1PodSpec): V1Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
}

/** A pod with limits of its own requests, as a whole, what its containers do, else what it is limited to. */
function requestForWholePod(spec: V1PodSpec): void {
  const limits = spec.resources?.limits;
  if (spec.resources === undefined || limits === undefined || Object.keys(limits).length === 0) return;
  const requests: Record<string, string> = { ...spec.resources.requests };
  for (const name of ['cpu', 'memory']) {
    if (requests[name] !== undefined) continue;
    const asked = (spec.containers ?? []).filter((container) => container.resources?.requests?.[name] !== undefined);
    if (asked.length > 0) {
      const total = asked.map((container) => quantityOf(container.resources?.requests?.[name]));
      requests[name] = total.reduce((sum, each) => sum.plus(each)).toString();
    } else if (limits[name] !== undefined) requests[name] = limits[name];
  }
  if (Object.keys(requests).length > 0) spec.resources.requests = requests;
}
