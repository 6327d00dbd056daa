/**
 * Resources of running pods that change in place. A pod's spec says what is desired; what the node has allocated follows
 * when it fits, and what the containers really have follows that. Pure.
 */
import { deepEqual } from '../base/deep-equal.ts';
import type { V1Container, V1Pod, V1ResourceRequirements } from '../generated/kubernetes.d.ts';
import type { ObservedContainer, ObservedPod } from './observed-pod.ts';

export type Allocations = ReadonlyMap<string, V1ResourceRequirements>;

/** What each container of the pod asks for. */
export function desiredResources(pod: V1Pod): Allocations {
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  return new Map([...initContainers, ...containers].map(({ name, resources }) => [name, resources ?? {}]));
}

/** True when the pod asks for something else than it was given. */
export function resizeAsked(pod: V1Pod, observed: ObservedPod): boolean {
  const desired = desiredResources(pod);
  return [...observed.init, ...observed.main].some(
    ({ name, allocated }) => !deepEqual(desired.get(name) ?? allocated, allocated),
  );
}

/** The pod as the node has allocated it: what counts for how much room is left. */
export function allocatedPod(pod: V1Pod, observed: ObservedPod): V1Pod {
  const given = new Map([...observed.init, ...observed.main].map(({ name, allocated }) => [name, allocated]));
  const withGiven = (container: V1Container): V1Container => ({
    ...container,
    resources: given.get(container.name) ?? container.resources ?? {},
  });
  const { spec } = pod;
  if (spec === undefined) return pod;
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(withGiven),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(withGiven) }),
    },
  };
}

/** The running containers that must start anew for what has been allocated to them. */
export function restartedByResize(pod: V1Pod, observed: ObservedPod): ObservedContainer[] {
  const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return [...observed.init, ...observed.main].filter(({ name, phase, allocated, resources }) => {
    if (phase.is !== 'running') return false;
    const policies = specs.find((each) => each.name === name)?.resizePolicy ?? [];
    return policies.some(
      ({ resourceName, restartPolicy }) =>
        restartPolicy === 'RestartContainer' &&
        (allocated.requests?.[resourceName] !== resources.requests?.[resourceName] ||
          allocated.limits?.[resourceName] !== resources.limits?.[resourceName]),
    );
  });
}

/** The kubelet's sentence in the events of a resize. */
export function resizeMessage(prefix: string, pod: V1Pod, error = ''): string {
  const list = (containers: readonly V1Container[] = []) =>
    containers.map(({ name, resources }) => ({ name, resources: resources ?? {} }));
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  const summary = {
    ...(initContainers.length === 0 ? {} : { initContainers: list(initContainers) }),
    containers: list(containers),
    generation: pod.metadata?.generation ?? 0,
    ...(error === '' ? {} : { error }),
  };
  return `${prefix}: ${JSON.stringify(summary)}`;
}
