/**
 * Keeps the status of PodDisruptionBudgets: how many of the pods that a budget protects may be evicted now
 * (k8s.io/kubernetes/pkg/controller/disruption). What a budget allows is pure: `budgetStatus`.
 */
import { timestamp } from '../base/clock.ts';
import { formatRequirements, isEmptySelector, labelMatcher, requirementsOf } from '../base/label-selector.ts';
import type {
  V1Deployment,
  V1Pod,
  V1PodDisruptionBudget,
  V1PodDisruptionBudgetStatus,
  V1ReplicaSet,
  V1ReplicationController,
  V1StatefulSet,
} from '../generated/kubernetes.d.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import { byNamespace } from './runtime/indexes.ts';
import type { Informer } from './runtime/informer.ts';
import {
  generationOf,
  isBeingDeleted,
  labelsOf,
  nameOf,
  namespaceOf,
  type ObjectKey,
  timeMs,
} from './runtime/metadata.ts';
import { controllerOf } from './runtime/owner-references.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from './runtime/reconcile-loop.ts';
import {
  deployments,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from './runtime/resources.ts';
import { scaledValue } from './workload/int-or-percent.ts';
import { isPodReady } from './workload/pod-state.ts';
import { semanticEqual } from './workload/semantic-equal.ts';

/** An eviction that did not lead to a deletion is forgotten after this. */
const DISRUPTION_MS = 2 * 60 * 1000;

export interface BudgetFacts {
  readonly pods: readonly V1Pod[];
  /** Pods that their controllers want, together; undefined: some have no controller that could be asked. */
  readonly wantedByControllers: number;
}

export function budgetStatus(
  budget: V1PodDisruptionBudget,
  { pods: protectedPods, wantedByControllers }: BudgetFacts,
  nowMs: number,
): V1PodDisruptionBudgetStatus {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  let expected = protectedPods.length;
  let desired = 0;
  if (maxUnavailable !== undefined) {
    expected = wantedByControllers;
    desired = Math.max(0, expected - scaledValue(maxUnavailable, expected, 'up'));
  } else if (typeof minAvailable === 'number') {
    desired = minAvailable;
  } else if (minAvailable !== undefined) {
    expected = wantedByControllers;
    desired = scaledValue(minAvailable, expected, 'up');
  }
  const disrupted = stillDisrupted(budget, protectedPods, nowMs);
  const healthy = protectedPods.filter(
    (pod) => !isBeingDeleted(pod) && disrupted[nameOf(pod)] === undefined && isPodReady(pod),
  ).length;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const observedGeneration = generationOf(budget);
  const before = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const status = allowed > 0 ? 'True' : 'False';
  const condition = {
    type: 'DisruptionAllowed',
    status,
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestamp(nowMs),
  };
  const others = (budget.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed');
  return {
    observedGeneration,
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    expectedPods: expected,
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    conditions: [...others, condition],
  };
}

/** Evictions that were granted and whose pod is still there, not yet being deleted, and not too long ago. */
function stillDisrupted(
  budget: V1PodDisruptionBudget,
  protectedPods: readonly V1Pod[],
  nowMs: number,
): Record<string, string> {
  const names = new Map(protectedPods.map((pod) => [nameOf(pod), pod]));
  const left = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, grantedAt]) => {
    const pod = names.get(name);
    return pod !== undefined && !isBeingDeleted(pod) && (timeMs(grantedAt) ?? 0) + DISRUPTION_MS > nowMs;
  });
  return Object.fromEntries(left);
}

export class DisruptionController implements Controller {
  readonly name = 'disruption-controller';
  readonly #deps: ControllerDeps;
  readonly #budgets: Informer<V1PodDisruptionBudget>;
  readonly #pods: Informer<V1Pod>;
  readonly #replicaSets: Informer<V1ReplicaSet>;
  readonly #deployments: Informer<V1Deployment>;
  readonly #statefulSets: Informer<V1StatefulSet>;
  readonly #replicationControllers: Informer<V1ReplicationController>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#loop = new ReconcileLoop(this, deps, { workers: 1 });
    this.#budgets = deps.informers.of<V1PodDisruptionBudget>(podDisruptionBudgets);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#replicaSets = deps.informers.of<V1ReplicaSet>(replicaSets);
    this.#deployments = deps.informers.of<V1Deployment>(deployments);
    this.#statefulSets = deps.informers.optional<V1StatefulSet>(statefulSets);
    this.#replicationControllers = deps.informers.optional<V1ReplicationController>(replicationControllers);
    this.#budgets.addIndex(byNamespace);
    this.#pods.addIndex(byNamespace);
    this.#budgets.subscribe({
      added: (budget) => this.#loop.enqueue(budget),
      updated: (budget) => this.#loop.enqueue(budget),
    });
    this.#pods.subscribe({
      added: (pod) => this.#wakeFor(pod),
      updated: (pod, old) => {
        this.#wakeFor(pod);
        if (!semanticEqual(pod.metadata?.labels, old.metadata?.labels)) this.#wakeFor(old);
      },
      deleted: (pod) => this.#wakeFor(pod),
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
    const budget = this.#budgets.get(name, namespace);
    if (budget === undefined) return undefined;
    const { events } = this.#deps;
    const picked = this.#podsOf(budget);
    if (picked.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const { wanted, unmanaged } = this.#wantedByControllers(picked);
    if (unmanaged.length > 0 && typeof budget.spec?.minAvailable !== 'number') this.#tellUnmanaged(budget);
    const status = budgetStatus(budget, { pods: picked, wantedByControllers: wanted }, context.nowMs);
    if (!semanticEqual(budget.status, status)) {
      context.decided(() => `${status.disruptionsAllowed} of ${status.expectedPods} pods may be disrupted`);
      await client.update(podDisruptionBudgets, { ...budget, status }, { subresource: 'status' });
    }
    const granted = Object.values(status.disruptedPods ?? {}).map((grantedAt) => timeMs(grantedAt) ?? 0);
    if (granted.length === 0) return undefined;
    return { requeueAfterMs: Math.max(1000, Math.min(...granted) + DISRUPTION_MS - context.nowMs) };
  }

  /** An empty selector picks every pod of the namespace, no selector none. */
  #podsOf(budget: V1PodDisruptionBudget): readonly V1Pod[] {
    const all = this.#pods.by(byNamespace, namespaceOf(budget));
    if (isEmptySelector(budget.spec?.selector)) return all;
    const matches = labelMatcher(budget.spec?.selector);
    return all.filter((pod) => matches(labelsOf(pod)));
  }

  #wantedByControllers(picked: readonly V1Pod[]): { readonly wanted: number; readonly unmanaged: readonly V1Pod[] } {
    const sizes = new Map<string, number>();
    const unmanaged: V1Pod[] = [];
    for (const pod of picked) {
      const controller = controllerOf(pod);
      const size =
        controller === undefined ? undefined : this.#sizeOf(controller.kind, controller.name, namespaceOf(pod));
      if (controller === undefined || size === undefined) unmanaged.push(pod);
      else sizes.set(size.key, size.replicas);
    }
    return { wanted: [...sizes.values()].reduce((sum, size) => sum + size, 0), unmanaged };
  }

  #sizeOf(
    kind: string,
    name: string,
    namespace: string,
  ): { readonly key: string; readonly replicas: number } | undefined {
    switch (kind) {
      case 'ReplicaSet': {
        const found = this.#replicaSets.get(name, namespace);
        const owner = found === undefined ? undefined : controllerOf(found);
        if (owner?.kind === 'Deployment') {
          const deployment = this.#deployments.get(owner.name, namespace);
          if (deployment !== undefined)
            return { key: `Deployment/${owner.name}`, replicas: deployment.spec?.replicas ?? 1 };
        }
        return sized(`${kind}/${name}`, found);
      }
      case 'StatefulSet':
        return sized(`${kind}/${name}`, this.#statefulSets.get(name, namespace));
      case 'ReplicationController':
        return sized(`${kind}/${name}`, this.#replicationControllers.get(name, namespace));
      default:
        return undefined;
    }
  }

  #tellUnmanaged(budget: V1PodDisruptionBudget): void {
    const selector = formatRequirements(requirementsOf(budget.spec?.selector) ?? []);
    const message =
      `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. ` +
      'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
      'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    this.#deps.events.event(budget, 'Warning', 'UnmanagedPods', message);
  }

  #wakeFor(pod: V1Pod): void {
    for (const budget of this.#budgets.by(byNamespace, namespaceOf(pod))) {
      if (labelMatcher(budget.spec?.selector)(labelsOf(pod))) this.#loop.enqueue(budget);
    }
  }
}

function sized(
  key: string,
  found: { readonly spec?: { readonly replicas?: number | undefined } | undefined } | undefined,
): { readonly key: string; readonly replicas: number } | undefined {
  return found === undefined ? undefined : { key, replicas: found.spec?.replicas ?? 1 };
}
