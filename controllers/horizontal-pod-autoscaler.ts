/**
 * The horizontal autoscaler, as it is in a cluster without a metrics API: it keeps its target within minReplicas and
 * maxReplicas, and says why it can do no more (k8s.io/kubernetes/pkg/controller/podautoscaler). What it decides for a size is
 * pure: `planScale`.
 */
import { timestamp } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type {
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerCondition,
  V2MetricSpec,
} from '../generated/kubernetes.d.ts';
import type { ApiObject, Client, ResourceRef } from './runtime/client.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import type { EventType } from './runtime/event-recorder.ts';
import type { Informer } from './runtime/informer.ts';
import { generationOf, namespaceOf, type ObjectKey } from './runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from './runtime/reconcile-loop.ts';
import type { ResourceCatalog } from './runtime/resource-catalog.ts';
import { horizontalPodAutoscalers } from './runtime/resources.ts';
import { semanticEqual } from './workload/semantic-equal.ts';

interface Scale extends ApiObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly selector?: string };
}

export interface ScalePlan {
  readonly desired: number;
  /** Undefined: leave the size. */
  readonly reason?: string;
  /** Whether the size may follow metrics. */
  readonly active: { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string } | undefined;
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
}

const PERIOD_MS = 15_000;

export function planScale(autoscaler: V2HorizontalPodAutoscaler, replicas: number): ScalePlan {
  const { minReplicas = 1, maxReplicas = 1, metrics = [] } = autoscaler.spec ?? {};
  if (replicas === 0 && minReplicas !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    return { desired: 0, active: { status: 'False', reason: 'ScalingDisabled', message }, warnings: [] };
  }
  if (replicas > maxReplicas) {
    const reason = 'Current number of replicas above Spec.MaxReplicas';
    return { desired: maxReplicas, reason, active: undefined, warnings: [] };
  }
  if (replicas < minReplicas) {
    const reason = 'Current number of replicas below Spec.MinReplicas';
    return { desired: minReplicas, reason, active: undefined, warnings: [] };
  }
  const [first] = metrics;
  const { reason, message } = unavailable(first);
  const summary = `invalid metrics (${metrics.length} invalid out of ${metrics.length}), first error is: ${message}`;
  return {
    desired: replicas,
    active: { status: 'False', reason, message: `the HPA was unable to compute the replica count: ${message}` },
    warnings: [
      { reason, message },
      { reason: 'FailedComputeMetricsReplicas', message: summary },
    ],
  };
}

/** What upstream says when the API that a metric comes from is not served. */
function unavailable(metric: V2MetricSpec | undefined): { readonly reason: string; readonly message: string } {
  const noMetrics = (api: string, get: string): string =>
    `unable to fetch metrics from ${api} metrics API: the server could not find the requested resource (get ${get})`;
  switch (metric?.type) {
    case 'Pods': {
      const name = metric.pods?.metric.name ?? '';
      const message = `failed to get pods metric value: unable to get metric ${name}: ${noMetrics('custom', 'pods.custom.metrics.k8s.io')}`;
      return { reason: 'FailedGetPodsMetric', message };
    }
    case 'Object': {
      const name = metric.object?.metric.name ?? '';
      const message = `failed to get object metric value: unable to get metric ${name}: ${noMetrics('custom', 'custom.metrics.k8s.io')}`;
      return { reason: 'FailedGetObjectMetric', message };
    }
    case 'External': {
      const name = metric.external?.metric.name ?? '';
      const message = `failed to get ${name} external metric value: ${noMetrics('external', 'external.metrics.k8s.io')}`;
      return { reason: 'FailedGetExternalMetric', message };
    }
    default: {
      const name = metric?.resource?.name ?? metric?.containerResource?.name ?? 'cpu';
      const value = metric?.resource?.target.type === 'AverageValue' ? 'usage' : 'utilization';
      const from = noMetrics('resource', 'pods.metrics.k8s.io');
      const message = `failed to get ${name} ${value}: unable to get metrics for resource ${name}: ${from}`;
      return { reason: 'FailedGetResourceMetric', message };
    }
  }
}

export class HorizontalPodAutoscalerController implements Controller {
  readonly name = 'horizontal-pod-autoscaler-controller';
  readonly #deps: ControllerDeps;
  readonly #catalog: ResourceCatalog;
  readonly #autoscalers: Informer<V2HorizontalPodAutoscaler>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps, catalog: ResourceCatalog) {
    this.#deps = deps;
    this.#catalog = catalog;
    this.#loop = new ReconcileLoop(this, deps);
    this.#autoscalers = deps.informers.of<V2HorizontalPodAutoscaler>(horizontalPodAutoscalers);
    // Looked at at fixed times, as upstream does: a change waits for the next one.
    this.#autoscalers.subscribe({
      added: (autoscaler) => this.#loop.enqueueAfter(autoscaler, 0),
      updated: (autoscaler) => this.#loop.enqueueAfter(autoscaler, PERIOD_MS),
    });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { client } = context;
    const autoscaler = this.#autoscalers.get(name, namespace);
    if (autoscaler === undefined) return undefined;
    const conditions = new Conditions(autoscaler.status?.conditions ?? [], context.nowMs);
    const target = await this.#target(client, autoscaler);
    if (typeof target === 'string') {
      this.#tell(autoscaler, 'Warning', 'FailedGetScale', target);
      const message = `the HPA controller was unable to get the target's current scale: ${target}`;
      conditions.set('AbleToScale', 'False', 'FailedGetScale', message);
      await this.#writeStatus(client, autoscaler, {}, conditions);
      return { requeueAfterMs: PERIOD_MS };
    }
    const got = "the HPA controller was able to get the target's current scale";
    conditions.set('AbleToScale', 'True', 'SucceededGetScale', got);
    const replicas = target.scale.spec?.replicas ?? 0;
    const plan = planScale(autoscaler, replicas);
    for (const { reason, message } of plan.warnings) this.#tell(autoscaler, 'Warning', reason, message);
    if (plan.active !== undefined) {
      conditions.set('ScalingActive', plan.active.status, plan.active.reason, plan.active.message);
    }
    let lastScaleTime: string | undefined;
    if (plan.reason !== undefined) {
      const { desired, reason } = plan;
      const scale = { ...target.scale, spec: { ...target.scale.spec, replicas: desired } };
      await client.update(target.ref, scale, { subresource: 'scale' });
      context.decided(() => `scaled to ${desired}: ${reason}`);
      this.#tell(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${desired}; reason: ${reason}`);
      const message = `the HPA controller was able to update the target scale to ${desired}`;
      conditions.set('AbleToScale', 'True', 'SucceededRescale', message);
      lastScaleTime = timestamp(context.nowMs);
    }
    const counts = { currentReplicas: target.scale.status?.replicas ?? 0, desiredReplicas: plan.desired };
    await this.#writeStatus(
      client,
      autoscaler,
      { ...counts, ...(lastScaleTime === undefined ? {} : { lastScaleTime }) },
      conditions,
    );
    return { requeueAfterMs: PERIOD_MS };
  }

  /** The target's scale; or why it cannot be had. */
  async #target(
    client: Client,
    autoscaler: V2HorizontalPodAutoscaler,
  ): Promise<{ ref: ResourceRef; scale: Scale } | string> {
    const { apiVersion = '', kind = '', name = '' } = autoscaler.spec?.scaleTargetRef ?? {};
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const ref = (await this.#catalog.list()).find((each) => each.group === group && each.kind === kind);
    if (ref === undefined) return `no matches for kind "${kind}" in group "${group}"`;
    try {
      const options = { subresource: 'scale' };
      return { ref, scale: await client.get<Scale>(ref, name, namespaceOf(autoscaler), options) };
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  async #writeStatus(
    client: Client,
    autoscaler: V2HorizontalPodAutoscaler,
    counts: { currentReplicas?: number; desiredReplicas?: number; lastScaleTime?: string },
    conditions: Conditions,
  ): Promise<void> {
    const before = autoscaler.status;
    const status = {
      desiredReplicas: before?.desiredReplicas ?? 0,
      ...before,
      ...counts,
      observedGeneration: generationOf(autoscaler),
      conditions: conditions.list,
    };
    if (semanticEqual(before, status)) return;
    await client.update(horizontalPodAutoscalers, { ...autoscaler, status }, { subresource: 'status' });
  }

  #tell(autoscaler: V2HorizontalPodAutoscaler, type: EventType, reason: string, message: string): void {
    this.#deps.events.event(autoscaler, type, reason, message);
  }
}

class Conditions {
  readonly #nowMs: number;
  list: V2HorizontalPodAutoscalerCondition[];

  constructor(before: readonly V2HorizontalPodAutoscalerCondition[], nowMs: number) {
    this.list = [...before];
    this.#nowMs = nowMs;
  }

  set(type: string, status: string, reason: string, message: string): void {
    const at = this.list.findIndex((condition) => condition.type === type);
    const before = this.list[at];
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(this.#nowMs);
    const next = { type, status, lastTransitionTime, reason, message };
    if (at < 0) this.list.push(next);
    else this.list[at] = next;
  }
}
