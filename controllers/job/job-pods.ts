/** The pods of a Job: what is added to its template, and what each says (k8s.io/kubernetes/pkg/controller/job). All pure. */
import type { V1Container, V1Job, V1Pod, V1PodTemplateSpec } from '../../generated/kubernetes.d.ts';
import { annotationsOf, createdMs, isBeingDeleted, nameOf, namespaceOf, timeMs } from '../runtime/metadata.ts';
import { controllerReference } from '../runtime/owner-references.ts';
import { jobs } from '../runtime/resources.ts';
import { podCondition } from '../workload/pod-state.ts';
import { podFromTemplate } from '../workload/pod-template.ts';

/** Keeps a finished pod until it was counted. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count';

export function isIndexed(job: V1Job): boolean {
  return job.spec?.completionMode === 'Indexed';
}

export function isSuspended(job: V1Job): boolean {
  return job.spec?.suspend === true;
}

export function hasLimitPerIndex(job: V1Job): boolean {
  return job.spec?.backoffLimitPerIndex !== undefined;
}

/** A pod that is being deleted is replaced only once it has really ended. */
export function replacesOnlyFailed(job: V1Job): boolean {
  return job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined;
}

export function isTracked(pod: V1Pod): boolean {
  return pod.metadata?.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** It failed, or is going away before it could say how it ended. */
export function hasFailed(pod: V1Pod, job: V1Job): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return !replacesOnlyFailed(job) && isBeingDeleted(pod) && pod.status?.phase !== 'Succeeded';
}

/** Undefined for pods of jobs that are not indexed, and for indexes beyond the job's completions. */
export function indexOf(pod: V1Pod, job: V1Job): number | undefined {
  const text = annotationsOf(pod)[COMPLETION_INDEX];
  if (text === undefined || !/^[0-9]+$/.test(text)) return undefined;
  const index = Number(text);
  return index < (job.spec?.completions ?? 0) ? index : undefined;
}

/** How often the pod's index had failed before it, and how often the failure policy looked away. */
export function failuresBefore(pod: V1Pod): { readonly counted: number; readonly ignored: number } {
  const count = (annotation: string): number => {
    const text = annotationsOf(pod)[annotation];
    return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  };
  return { counted: count(FAILURE_COUNT), ignored: count(IGNORED_FAILURE_COUNT) };
}

/** When its last container ended; or when it stopped being ready, or its deletion was asked for. */
export function finishedMs(pod: V1Pod): number {
  let latest: number | undefined;
  let allEnded = (pod.status?.containerStatuses ?? []).length > 0;
  for (const { state } of pod.status?.containerStatuses ?? []) {
    const endedMs = timeMs(state?.terminated?.finishedAt);
    if (endedMs === undefined) allEnded = false;
    else latest = Math.max(latest ?? 0, endedMs);
  }
  if (allEnded && latest !== undefined) return latest;
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'False') return timeMs(ready.lastTransitionTime) ?? createdMs(pod);
  const deletedMs = timeMs(pod.metadata?.deletionTimestamp);
  if (deletedMs !== undefined) return deletedMs - (pod.metadata?.deletionGracePeriodSeconds ?? 0) * 1000;
  return createdMs(pod);
}

export interface IndexedPod {
  readonly index: number;
  /** With a limit for each index: how often it has failed so far. */
  readonly failures?: { readonly counted: number; readonly ignored: number };
}

export function newJobPod(job: V1Job, indexed: IndexedPod | undefined): V1Pod {
  const { template } = job.spec ?? {};
  const finalizers = [...(template?.metadata?.finalizers ?? []), TRACKING_FINALIZER];
  const tracked: V1PodTemplateSpec = { ...template, metadata: { ...template?.metadata, finalizers } };
  const made = podFromTemplate(tracked, namespaceOf(job), nameOf(job), controllerReference(jobs, job));
  if (indexed === undefined) return made;
  const { index, failures } = indexed;
  const annotations = {
    ...made.metadata?.annotations,
    [COMPLETION_INDEX]: String(index),
    ...(failures === undefined ? {} : { [FAILURE_COUNT]: String(failures.counted) }),
    ...(failures === undefined || failures.ignored === 0 ? {} : { [IGNORED_FAILURE_COUNT]: String(failures.ignored) }),
  };
  return {
    ...made,
    metadata: {
      ...made.metadata,
      annotations,
      labels: { ...made.metadata?.labels, [COMPLETION_INDEX]: String(index) },
      generateName: `${nameOf(job).slice(0, 253 - 2 - String(index).length)}-${index}-`,
    },
    spec: {
      ...made.spec,
      hostname: `${nameOf(job)}-${index}`,
      containers: (made.spec?.containers ?? []).map(withIndex),
      ...(made.spec?.initContainers === undefined ? {} : { initContainers: made.spec.initContainers.map(withIndex) }),
    },
  };
}

function withIndex(container: V1Container): V1Container {
  const name = 'JOB_COMPLETION_INDEX';
  if (container.env?.some((variable) => variable.name === name)) return container;
  const fieldPath = `metadata.labels['${COMPLETION_INDEX}']`;
  return { ...container, env: [...(container.env ?? []), { name, valueFrom: { fieldRef: { fieldPath } } }] };
}
