/**
 * Whether a machine takes a pod that is bound to it (pkg/kubelet/lifecycle/predicate.go): pods may be bound by hand, and the
 * scheduler may have known less than the kubelet does. Pure.
 */

import { matchesRequiredNodeAffinity } from '../controllers/scheduler/node-affinity.ts';
import { podRequests, type Resources, resourcesOf } from '../controllers/scheduler/pod-resources.ts';
import { findUntolerated } from '../controllers/scheduler/tolerations.ts';
import type { V1Node, V1Pod } from '../generated/kubernetes.d.ts';
import { isSidecar } from './observed-pod.ts';

export interface Refusal {
  /** `OutOfcpu`, `NodeAffinity` … */
  readonly reason: string;
  readonly message: string;
}

/** @param others the pods that the machine has taken and that have not ended */
export function refusalOf(pod: V1Pod, node: V1Node, others: readonly V1Pod[]): Refusal | undefined {
  return lacking(pod, node, others) ?? mismatch(pod, node, others);
}

function lacking(pod: V1Pod, node: V1Node, others: readonly V1Pod[]): Refusal | undefined {
  const allocatable: Resources = resourcesOf(node.status?.allocatable);
  const podsMax = allocatable.get('pods') ?? 0;
  if (others.length + 1 > podsMax) return outOf('pods', 1, others.length, podsMax);
  const taken = others.map(podRequests);
  for (const [name, requested] of podRequests(pod)) {
    const capacity = allocatable.get(name);
    // What the node does not know of at all is not its to refuse.
    if (requested === 0 || capacity === undefined) continue;
    const used = taken.reduce((sum, each) => sum + (each.get(name) ?? 0), 0);
    if (requested > capacity - used) return outOf(name, requested, used, capacity);
  }
  return undefined;
}

function outOf(name: string, requested: number, used: number, capacity: number): Refusal {
  return {
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

function mismatch(pod: V1Pod, node: V1Node, others: readonly V1Pod[]): Refusal | undefined {
  if (!matchesRequiredNodeAffinity(pod.spec, node)) {
    return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  }
  const taken = others.flatMap(hostPorts);
  if (hostPorts(pod).some((port) => taken.some((other) => clash(port, other)))) {
    return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  }
  if (findUntolerated(node.spec?.taints, pod.spec?.tolerations, ['NoExecute']) !== undefined) {
    return failed('TaintToleration', "node(s) had taints that the pod didn't tolerate");
  }
  return undefined;
}

function failed(predicate: string, why: string): Refusal {
  return { reason: predicate, message: `Predicate ${predicate} failed: ${why}` };
}

interface HostPort {
  readonly protocol: string;
  readonly ip: string;
  readonly port: number;
}

function hostPorts(pod: V1Pod): HostPort[] {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? []).filter(isSidecar)]
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort }) => (hostPort ?? 0) > 0)
    .map(({ protocol = 'TCP', hostIP, hostPort = 0 }) => ({ protocol, ip: hostIP || ANY, port: hostPort }));
}

const ANY = '0.0.0.0';

function clash(a: HostPort, b: HostPort): boolean {
  return a.protocol === b.protocol && a.port === b.port && (a.ip === b.ip || a.ip === ANY || b.ip === ANY);
}
