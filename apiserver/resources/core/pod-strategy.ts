/** How pods are written: by their users, by the nodes (status), by debuggers and resizers (pkg/registry/core/pod). */
import { ownValue } from '../../../base/own-value.ts';
import type { V1Container, V1LabelSelector, V1Pod, V1PodAffinityTerm } from '../../../generated/kubernetes.d.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { type Filled, type KindStrategy, keepField } from '../row.ts';
import { ipWarnings } from '../validation/ips.ts';
import { podWarnings } from '../validation/pod-warnings.ts';
import { setPodCondition } from './pod-conditions.ts';
import { setPodDefaults, setPodSpecDefaults } from './pod-defaults.ts';
import { dropDisabledFields, dropDisabledStatusFields } from './pod-features.ts';
import { checkEphemeralContainersUpdate, checkResize } from './pod-part-validation.ts';
import { checkPodStatusUpdate } from './pod-status-validation.ts';
import { checkPodCreate, checkPodUpdate } from './pod-validation.ts';
import { qosClassOf } from './qos.ts';

type Pod = Filled<V1Pod>;

const KEPT_METADATA = ['deletionTimestamp', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

function setDefaults(pod: Pod): void {
  setPodDefaults(pod.spec);
  setPodSpecDefaults(pod.spec);
  if ((pod.spec.terminationGracePeriodSeconds ?? 0) < 0) pod.spec.terminationGracePeriodSeconds = 1;
  syncPodIps(pod);
}

/** `podIP` is the first of `podIPs`, whichever of the two was written. */
function syncPodIps({ status }: Pod): void {
  if (status.podIP !== undefined && status.podIP !== status.podIPs?.[0]?.ip) status.podIPs = [{ ip: status.podIP }];
  const first = status.podIPs?.[0]?.ip;
  if (first !== undefined) status.podIP = first;
}

export const podStrategy: KindStrategy<V1Pod> = {
  defaults: setDefaults,
  prepareForCreate(pod, { nowMs }) {
    pod.status = { phase: 'Pending', qosClass: pod.status.qosClass ?? qosClassOf(pod.spec) };
    if ((pod.spec.schedulingGates ?? []).length > 0) {
      const message = 'Scheduling is blocked due to non-empty scheduling gates';
      setPodCondition(pod.status, { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message }, nowMs);
    }
    mergeLabelKeys(pod);
    dropDisabledFields(pod.spec);
  },
  prepareForUpdate(pod, old) {
    keepField(pod, old, 'status');
    dropDisabledFields(pod.spec);
  },
  validate: checkPodCreate,
  metaOnUpdate: ['change', 'content'],
  validateUpdate: checkPodUpdate,
  warnings(pod, old) {
    if (old !== undefined) return [];
    const complaints = dns1123LabelComplaints(pod.metadata.name ?? '');
    const hostname =
      "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
    const ofName = complaints.length === 0 ? [] : [`metadata.name: ${hostname}: [${complaints.join(' ')}]`];
    return [...ofName, ...podWarnings(pod.spec, pod.metadata, '')];
  },
};

export const podStatusStrategy: KindStrategy<V1Pod> = {
  defaults: setDefaults,
  resetFields: ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'],
  prepareForUpdate(pod, old) {
    pod.spec = old.spec;
    keepField(pod.metadata, old.metadata, 'deletionTimestamp');
    keepField(pod.metadata, old.metadata, 'ownerReferences');
    dropDisabledStatusFields(pod.status);
    pod.status.qosClass ??= old.status.qosClass;
    keepObservedGenerations(pod, old);
  },
  validateUpdate: checkPodStatusUpdate,
  warnings({ status }) {
    return (['podIPs', 'hostIPs'] as const).flatMap((list) =>
      (status[list] ?? []).flatMap(({ ip }, index) => ipWarnings(`status.${list}[${index}].ip`, ip)),
    );
  },
};

/** Writes `spec.ephemeralContainers` and nothing else. */
export const ephemeralContainersStrategy: KindStrategy<V1Pod> = {
  defaults: setDefaults,
  prepareForUpdate(pod, old) {
    const { ephemeralContainers } = pod.spec;
    keepMetadataAndStatus(pod, old);
    pod.spec = { ...old.spec, ephemeralContainers };
    if (ephemeralContainers === undefined) delete pod.spec.ephemeralContainers;
    dropDisabledFields(pod.spec);
  },
  validateUpdate: checkEphemeralContainersUpdate,
};

/** Writes the resources and resize policies of the containers, and the resources of the pod. */
export const resizeStrategy: KindStrategy<V1Pod> = {
  defaults: setDefaults,
  prepareForUpdate(pod, old) {
    const { containers, initContainers, resources } = pod.spec;
    const sameLengths =
      length(containers) === length(old.spec.containers) && length(initContainers) === length(old.spec.initContainers);
    if (sameLengths) {
      keepMetadataAndStatus(pod, old);
      pod.spec = {
        ...old.spec,
        containers: withResources(containers, old.spec.containers) ?? [],
        initContainers: withResources(initContainers, old.spec.initContainers),
        resources,
      };
      if (resources === undefined) delete pod.spec.resources;
      if (pod.spec.initContainers === undefined) delete pod.spec.initContainers;
    }
  },
  validateUpdate: checkResize,
};

function length(list: readonly unknown[] | null | undefined): number {
  return list?.length ?? 0;
}

function withResources(
  containers: V1Container[] | undefined,
  old: readonly V1Container[] | undefined,
): V1Container[] | undefined {
  if (containers === undefined || old === undefined) return containers;
  if (containers.some((container, index) => container.name !== old[index]?.name)) return containers;
  return containers.map((container, index) => {
    const merged: V1Container = { ...(old[index] ?? container), resources: container.resources ?? {} };
    if (container.resizePolicy === undefined) delete merged.resizePolicy;
    else merged.resizePolicy = container.resizePolicy;
    return merged;
  });
}

/** These two change a part of the spec: neither the status nor the metadata. */
function keepMetadataAndStatus(pod: Pod, old: Pod): void {
  keepField(pod, old, 'status');
  for (const field of KEPT_METADATA) keepField(pod.metadata, old.metadata, field);
}

/** A node that does not yet report which generation it has seen does not erase what a newer one reported. */
function keepObservedGenerations(pod: Pod, old: Pod): void {
  pod.status.observedGeneration ??= old.status.observedGeneration;
  if (pod.status.observedGeneration === undefined) delete pod.status.observedGeneration;
  if (pod.status.qosClass === undefined) delete pod.status.qosClass;
  const before = [...(old.status.conditions ?? [])];
  for (const condition of pod.status.conditions ?? []) {
    const index = before.findIndex((each) => each.type === condition.type);
    const [same] = index < 0 ? [] : before.splice(index, 1);
    if (condition.observedGeneration === undefined && same?.observedGeneration !== undefined) {
      condition.observedGeneration = same.observedGeneration;
    }
  }
}

/** `matchLabelKeys` are resolved once, at creation: the pod's own labels become part of the selectors. */
function mergeLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels ?? {};
  const terms: V1PodAffinityTerm[] = [];
  for (const affinity of [pod.spec.affinity?.podAffinity, pod.spec.affinity?.podAntiAffinity]) {
    for (const weighted of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      terms.push(weighted.podAffinityTerm);
    }
    terms.push(...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []));
  }
  for (const term of terms) {
    addRequirements(term.labelSelector, term.matchLabelKeys, 'In', labels);
    addRequirements(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
  }
  for (const constraint of pod.spec.topologySpreadConstraints ?? []) {
    addRequirements(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels);
  }
}

function addRequirements(
  selector: V1LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): void {
  if (selector === undefined) return;
  for (const key of keys ?? []) {
    const value = ownValue(labels, key);
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}
