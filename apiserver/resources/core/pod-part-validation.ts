/**
 * What may be written through `pods/ephemeralcontainers` and `pods/resize` (pkg/apis/core/validation:
 * ValidatePodEphemeralContainersUpdate, ValidatePodResize).
 */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1Container, V1Pod, V1PodSpec, V1ResourceRequirements } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkPodAnnotationUpdate, MIRROR } from '../validation/pod-annotations.ts';
import { jsonDiff } from '../validation/unified-diff.ts';
import { equalOnceStored } from '../wire-form.ts';
import { checkPod } from './pod-validation.ts';
import { qosClassOf } from './qos.ts';

type Pod = Filled<V1Pod>;

/** Ephemeral containers may be added, and stay. */
export function checkEphemeralContainersUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  if (old.metadata.annotations?.[MIRROR] !== undefined) {
    errors.forbidden('', 'static pods do not support ephemeral containers');
    return;
  }
  checkPod(pod, errors);
  const { annotations } = pod.metadata;
  checkPodAnnotationUpdate(annotations, old.metadata.annotations, pod.spec, 'metadata.annotations', errors);
  const path = 'spec.ephemeralContainers';
  for (const before of old.spec.ephemeralContainers ?? []) {
    const now = pod.spec.ephemeralContainers?.findLast(({ name }) => name === before.name);
    if (now === undefined) {
      errors.forbidden(path, `existing ephemeral containers "${before.name}" may not be removed\n`);
    } else if (!deepEqual(now, before)) {
      const diff = jsonDiff(internalForm('EphemeralContainer', before), internalForm('EphemeralContainer', now));
      errors.forbidden(path, `existing ephemeral containers "${before.name}" may not be changed\n${diff}`);
    }
  }
}

/** CPU and memory may change, not be given up; the class of the pod stays. */
export function checkResize(pod: Pod, old: Pod, errors: FieldErrors): void {
  if (old.metadata.annotations?.[MIRROR] !== undefined) {
    errors.forbidden('', 'static pods cannot be resized');
    return;
  }
  if (old.spec.os?.name === 'windows') {
    errors.forbidden('', 'windows pods cannot be resized');
    return;
  }
  const found = errors.list.length;
  checkPod(pod, errors);
  if ((old.status.qosClass ?? qosClassOf(old.spec)) !== qosClassOf(pod.spec)) {
    const message = 'Pod QOS Class may not change as a result of resizing';
    errors.invalid('spec', pod.status.qosClass ?? '', message);
  }
  if (!nodeSupportsResize(old)) errors.forbidden('spec', 'Pod running on node without support for resize');
  const rest: V1PodSpec = { ...pod.spec };
  checkPodLevelResize(rest, old.spec, errors);
  if (!checkSameOrder(pod.spec, old.spec, errors)) return;
  checkRemovals('initContainers', pod.spec, old.spec, errors);
  checkRemovals('containers', pod.spec, old.spec, errors);
  rest.containers = checkContainersResize(pod.spec.containers, old.spec.containers, errors);
  if (pod.spec.initContainers !== undefined) {
    rest.initContainers = checkInitContainersResize(pod.spec.initContainers, old.spec.initContainers ?? [], errors);
  }
  if (errors.list.length === found && !equalOnceStored('V1PodSpec', rest, old.spec)) {
    errors.forbidden('spec', 'only cpu and memory resources are mutable');
  }
}

/** A node that does not report the resources of what runs cannot change them. */
function nodeSupportsResize({ status }: Pod): boolean {
  const running = (status.containerStatuses ?? []).find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function checkPodLevelResize(rest: V1PodSpec, old: V1PodSpec, errors: FieldErrors): void {
  const count = ({ resources }: V1PodSpec): number =>
    Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length;
  if (count(rest) + count(old) === 0) return;
  if (old.resources !== undefined && rest.resources === undefined) {
    errors.forbidden('spec.resources', 'pod-level resources cannot be removed');
    return;
  }
  for (const bound of ['requests', 'limits'] as const) {
    if (old.resources === undefined || !isRemoved(rest.resources?.[bound], old.resources[bound])) continue;
    errors.forbidden(`spec.resources.${bound}`, `pod-level resource ${bound} cannot be removed`);
  }
  const kept = rest.resources === undefined ? undefined : withCpuAndMemoryOf(rest.resources, old.resources ?? {});
  if (kept === undefined || (old.resources === undefined && Object.keys(kept).length === 0)) delete rest.resources;
  else rest.resources = kept;
  if (!deepEqual(rest.resources, old.resources)) {
    errors.forbidden('spec', 'only cpu and memory resources are mutable at pod-level');
  }
}

function checkSameOrder(spec: V1PodSpec, old: V1PodSpec, errors: FieldErrors): boolean {
  const found = errors.list.length;
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, before] = [spec[list] ?? [], old[list] ?? []];
    if (now.length !== before.length) {
      errors.forbidden(`spec.${list}`, `${list} may not be added or removed on resize`);
      continue;
    }
    for (const [index, { name }] of before.entries()) {
      if (now[index]?.name === name) continue;
      errors.forbidden(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`);
    }
  }
  return errors.list.length === found;
}

function checkRemovals(
  list: 'containers' | 'initContainers',
  spec: V1PodSpec,
  old: V1PodSpec,
  errors: FieldErrors,
): void {
  for (const [index, before] of (old[list] ?? []).entries()) {
    for (const bound of ['requests', 'limits'] as const) {
      if (!isRemoved(spec[list]?.[index]?.resources?.[bound], before.resources?.[bound])) continue;
      errors.forbidden(`spec.${list}[${index}].resources.${bound}`, `resource ${bound} cannot be removed`);
    }
  }
}

type Amounts = Readonly<Record<string, string>>;

function isRemoved(amounts: Amounts = {}, old: Amounts = {}): boolean {
  return Object.keys(old).some((name) => amounts[name] === undefined);
}

function checkContainersResize(
  containers: readonly V1Container[],
  old: readonly V1Container[],
  errors: FieldErrors,
): V1Container[] {
  return containers.map((container, index) => {
    const kept = withOldResources(container, old[index]);
    if (!deepEqual(kept, old[index])) errors.forbidden('spec', 'only cpu and memory resources are mutable');
    return kept;
  });
}

function checkInitContainersResize(
  containers: readonly V1Container[],
  old: readonly V1Container[],
  errors: FieldErrors,
): V1Container[] {
  return containers.map((container, index) => {
    const path = `spec.initContainers[${index}]`;
    const kept = withOldResources(container, old[index]);
    if (!deepEqual(kept, old[index])) {
      errors.forbidden(path, 'only cpu and memory resources for init or sidecar containers are mutable');
    }
    if (container.restartPolicy === 'Always' || deepEqual(container, old[index])) return kept;
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy !== 'RestartContainer') continue;
      const message = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
      errors.forbidden(path, message);
    }
    return kept;
  });
}

function withOldResources(container: V1Container, old: V1Container | undefined): V1Container {
  return { ...container, resources: withCpuAndMemoryOf(container.resources ?? {}, old?.resources ?? {}) };
}

function withCpuAndMemoryOf(
  { limits, requests }: V1ResourceRequirements,
  old: V1ResourceRequirements,
): V1ResourceRequirements {
  const merge = (amounts: Amounts = {}, before: Amounts = {}): Record<string, string> | undefined => {
    const { cpu: _, memory: __, ...others } = amounts;
    const merged: Record<string, string> = { ...others };
    for (const name of ['cpu', 'memory']) if (before[name] !== undefined) merged[name] = before[name];
    return Object.keys(merged).length === 0 ? undefined : merged;
  };
  const result: V1ResourceRequirements = {};
  const [keptLimits, keptRequests] = [merge(limits, old.limits), merge(requests, old.requests)];
  if (keptLimits !== undefined) result.limits = keptLimits;
  if (keptRequests !== undefined) result.requests = keptRequests;
  return result;
}
