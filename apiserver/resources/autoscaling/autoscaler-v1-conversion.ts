/**
 * Autoscalers between autoscaling/v1 and v2, the one stored. v1 knows of one metric, the use of CPU; it keeps all else that
 * v2 knows as JSON in annotations, so that nothing is lost by a client that reads and writes v1.
 */
import type {
  V1HorizontalPodAutoscaler,
  V1HorizontalPodAutoscalerSpec,
  V1HorizontalPodAutoscalerStatus,
  V1ObjectMeta,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2HorizontalPodAutoscalerCondition,
  V2HorizontalPodAutoscalerSpec,
  V2HorizontalPodAutoscalerStatus,
  V2MetricSpec,
} from '../../../generated/kubernetes.d.ts';
import { copyValue } from '../../machinery/copy-value.ts';
import type { KubeObject } from '../../machinery/resource-row.ts';
import { internalForm } from '../validation/internal-form.ts';
import {
  type MetricSpecV1,
  type MetricStatusV1,
  metricFromV1,
  metricStatusFromV1,
  metricStatusToV1,
  metricToV1,
} from './autoscaler-v1-metrics.ts';

const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const TOLERANCES = [`${PREFIX}scale-down-tolerance`, `${PREFIX}scale-up-tolerance`];

export const DEFAULT_CPU_UTILIZATION = 80;

/** Annotations of other versions are never kept: their content is in the fields. */
export function dropRoundTripAnnotations(metadata: V1ObjectMeta): void {
  const { annotations } = metadata;
  if (annotations === undefined) return;
  for (const key of [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR, ...TOLERANCES]) delete annotations[key];
  if (Object.keys(annotations).length === 0) delete metadata.annotations;
}

export function cpuUtilization(averageUtilization: number): V2MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

/** What v1 shows in its own field. */
function cpuUtilizationOf({ type, resource }: V2MetricSpec): number | undefined {
  return type === 'Resource' && resource?.name === 'cpu' ? resource.target.averageUtilization : undefined;
}

export function fromV2(object: KubeObject): KubeObject {
  const { spec, status, metadata, ...rest } = object as unknown as V2HorizontalPodAutoscaler & KubeObject;
  const shownMetadata = copyValue(metadata) as V1ObjectMeta;
  dropRoundTripAnnotations(shownMetadata);
  const kept: Record<string, unknown> = {};
  const others = (spec?.metrics ?? []).filter((metric) => cpuUtilizationOf(metric) === undefined);
  if (others.length > 0) kept[METRICS] = others.map(metricToV1);
  const current = status?.currentMetrics ?? [];
  if (current.length > 0) kept[CURRENT_METRICS] = current.map(metricStatusToV1);
  if (spec?.behavior !== undefined) kept[BEHAVIOR] = internalForm('HorizontalPodAutoscalerBehavior', spec.behavior);
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) kept[CONDITIONS] = conditions.map(conditionToV1);
  if (Object.keys(kept).length > 0) {
    shownMetadata.annotations ??= {};
    for (const [key, value] of Object.entries(kept)) shownMetadata.annotations[key] = JSON.stringify(value);
  }
  const shown: V1HorizontalPodAutoscaler = {
    ...(rest as object),
    apiVersion: 'autoscaling/v1',
    metadata: shownMetadata,
    ...(spec === undefined ? {} : { spec: specFromV2(spec) }),
    ...(status === undefined ? {} : { status: statusFromV2(status) }),
  };
  return shown as unknown as KubeObject;
}

function conditionToV1(condition: V2HorizontalPodAutoscalerCondition): V2HorizontalPodAutoscalerCondition {
  const { type, status, lastTransitionTime, reason, message } = condition;
  return { type, status, lastTransitionTime, reason, message };
}

function specFromV2(spec: V2HorizontalPodAutoscalerSpec): V1HorizontalPodAutoscalerSpec {
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [] } = spec;
  const utilization = metrics.map(cpuUtilizationOf).find((each) => each !== undefined);
  return {
    scaleTargetRef,
    ...(minReplicas === undefined ? {} : { minReplicas }),
    maxReplicas,
    ...(utilization === undefined ? {} : { targetCPUUtilizationPercentage: utilization }),
  };
}

function statusFromV2(status: V2HorizontalPodAutoscalerStatus): V1HorizontalPodAutoscalerStatus {
  const { observedGeneration, lastScaleTime, currentReplicas = 0, desiredReplicas } = status;
  const utilization = (status.currentMetrics ?? [])
    .filter(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu')
    .map(({ resource }) => resource?.current.averageUtilization)
    .findLast((each) => each !== undefined);
  return {
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas,
    desiredReplicas,
    ...(utilization === undefined ? {} : { currentCPUUtilizationPercentage: utilization }),
  };
}

export function toV2(object: KubeObject): KubeObject {
  const { spec, status, metadata, ...rest } = object as unknown as V1HorizontalPodAutoscaler & KubeObject;
  const annotations = (metadata as V1ObjectMeta).annotations ?? {};
  const kept = <T>(key: string): T | undefined => readJson(annotations[key]) as T | undefined;
  const storedMetadata = copyValue(metadata) as V1ObjectMeta;
  dropRoundTripAnnotations(storedMetadata);
  const stored: V2HorizontalPodAutoscaler = {
    ...(rest as object),
    apiVersion: 'autoscaling/v2',
    metadata: storedMetadata,
    ...(spec === undefined ? {} : { spec: specToV2(spec, kept(METRICS), kept(BEHAVIOR)) }),
    ...(status === undefined ? {} : { status: statusToV2(status, kept(CURRENT_METRICS), kept(CONDITIONS)) }),
  };
  return stored as unknown as KubeObject;
}

/** Undefined for what is no JSON, which is then ignored. */
function readJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function specToV2(
  spec: V1HorizontalPodAutoscalerSpec,
  others: unknown,
  behavior: unknown,
): V2HorizontalPodAutoscalerSpec {
  const { scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: cpu } = spec;
  const metrics = Array.isArray(others) ? (others as MetricSpecV1[]).map(metricFromV1) : [];
  if (cpu !== undefined) metrics.push(cpuUtilization(cpu));
  if (metrics.length === 0) metrics.push(cpuUtilization(DEFAULT_CPU_UTILIZATION));
  const rules = behaviorOf(behavior);
  return {
    scaleTargetRef,
    ...(minReplicas === undefined ? {} : { minReplicas }),
    maxReplicas,
    metrics,
    ...(rules === undefined ? {} : { behavior: rules }),
  };
}

/** Go wrote it with its own names of fields. */
function behaviorOf(value: unknown): V2HorizontalPodAutoscalerBehavior | undefined {
  const behavior = lowered(value) as V2HorizontalPodAutoscalerBehavior | undefined;
  return behavior?.scaleUp === undefined && behavior?.scaleDown === undefined ? undefined : behavior;
}

/** With names that begin in lower case, and without nulls. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name.charAt(0).toLowerCase() + name.slice(1), lowered(field)]),
  );
}

function statusToV2(
  status: V1HorizontalPodAutoscalerStatus,
  metrics: unknown,
  conditions: unknown,
): V2HorizontalPodAutoscalerStatus {
  const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas } = status;
  const cpu = status.currentCPUUtilizationPercentage;
  const own =
    cpu === undefined
      ? undefined
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }];
  const currentMetrics = Array.isArray(metrics) ? (metrics as MetricStatusV1[]).map(metricStatusFromV1) : own;
  return {
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas,
    desiredReplicas,
    ...(currentMetrics === undefined ? {} : { currentMetrics }),
    ...(Array.isArray(conditions) ? { conditions: conditions as V2HorizontalPodAutoscalerCondition[] } : {}),
  };
}
