/**
 * The DaemonSet controller: one pod on every node that is meant. It makes pods that are pinned to their node by affinity;
 * the scheduler binds them.
 */

import { isEmptySelector } from '../../base/label-selector.ts';
import type { V1ControllerRevision, V1DaemonSet, V1Node, V1Pod } from '../../generated/kubernetes.d.ts';
import type { Client } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { Expectations } from '../runtime/expectations.ts';
import { FailureBackoff } from '../runtime/failure-backoff.ts';
import { byController, orphansIn } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { isBeingDeleted, keyOf, labelsOf, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { controllerReference } from '../runtime/owner-references.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../runtime/resources.ts';
import { claim } from '../workload/claims.ts';
import { ensureRevision, planRevisions, trimRevisions } from '../workload/controller-revisions.ts';
import { watchOwnedPods } from '../workload/owned-pods.ts';
import { podFromTemplate } from '../workload/pod-template.ts';
import { isNamespaceTerminating, PodWriter } from '../workload/pod-writes.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import { slowStart } from '../workload/slow-start.ts';
import { CONTROLLER_REVISION_HASH, daemonTemplate } from './daemon-pods.ts';
import { type DaemonPlan, daemonPicture, planDaemons } from './daemonset-plan.ts';
import { daemonStatus } from './daemonset-status.ts';
import { chooseNode } from './node-choice.ts';

const BURST_REPLICAS = 250;
const FAILED_POD_BACKOFF_MS = 1000;
const FAILED_POD_BACKOFF_MAX_MS = 15 * 60 * 1000;

export class DaemonSetController implements Controller {
  readonly name = 'daemonset-controller';
  readonly #deps: ControllerDeps;
  readonly #daemonSets: Informer<V1DaemonSet>;
  readonly #revisions: Informer<V1ControllerRevision>;
  readonly #pods: Informer<V1Pod>;
  readonly #nodes: Informer<V1Node>;
  readonly #loop: ReconcileLoop;
  readonly #expectations: Expectations;
  readonly #podWriter: PodWriter;
  readonly #failedPods: FailureBackoff;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#expectations = new Expectations(deps.clock);
    this.#podWriter = new PodWriter(deps);
    this.#failedPods = new FailureBackoff(deps.clock, FAILED_POD_BACKOFF_MS, FAILED_POD_BACKOFF_MAX_MS);
    this.#loop = new ReconcileLoop(this, deps, { workers: 2 });
    this.#daemonSets = deps.informers.of<V1DaemonSet>(daemonSets);
    this.#revisions = deps.informers.of<V1ControllerRevision>(controllerRevisions);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#nodes = deps.informers.of<V1Node>(nodes);
    this.#revisions.addIndex(byController);
    this.#pods.addIndex(byController);
    this.#daemonSets.subscribe({
      added: (daemonSet) => this.#loop.enqueue(daemonSet),
      updated: (daemonSet) => this.#loop.enqueue(daemonSet),
      deleted: (daemonSet) => {
        this.#expectations.forget(keyOf(daemonSet));
        this.#loop.enqueue(daemonSet);
      },
    });
    watchOwnedPods<V1DaemonSet>({
      kind: daemonSets.kind,
      pods: this.#pods,
      owners: this.#daemonSets,
      loop: this.#loop,
      expectations: this.#expectations,
      selectorOf: (daemonSet) => daemonSet.spec?.selector,
      minReadySecondsOf: (daemonSet) => daemonSet.spec?.minReadySeconds ?? 0,
    });
    this.#nodes.subscribe({
      added: (node) => this.#wakeFor(node),
      updated: (node, old) => {
        if (!sameForDaemons(node, old)) this.#wakeFor(node, old);
      },
      deleted: (node) => this.#wakeFor(node),
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
    const daemonSet = this.#daemonSets.get(name, namespace);
    if (daemonSet === undefined || isBeingDeleted(daemonSet)) return undefined;
    const { events } = this.#deps;
    const { selector } = daemonSet.spec ?? {};
    if (isEmptySelector(selector)) {
      const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
      events.event(daemonSet, 'Warning', 'SelectingAll', message);
      return undefined;
    }
    const current = await this.#currentRevision(client, daemonSet);
    if (current === undefined) return undefined;
    const hash = labelsOf(current)[CONTROLLER_REVISION_HASH] ?? nameOf(current);
    const candidates = this.#controlledOrOrphaned(this.#pods, daemonSet);
    const owned = await claim(client, daemonSets, daemonSet, selector, pods, candidates);
    const picture = daemonPicture(daemonSet, hash, [...this.#nodes.all()], owned, context.nowMs);
    const mayAct = this.#expectations.satisfied(keyOf(daemonSet));
    let failure: unknown;
    let requeueAfterMs: number | undefined;
    if (mayAct) {
      const plan = planDaemons(picture, (node) => this.#failedPods.remainingMs(this.#backoffKey(daemonSet, node)));
      requeueAfterMs = plan.requeueAfterMs;
      if (plan.create.length > 0 || plan.delete.length > 0) context.decided(() => plan.words);
      failure = await this.#carryOut(client, daemonSet, hash, plan);
      await this.#trimHistory(client, daemonSet, owned);
    }
    const status = daemonStatus(picture, mayAct);
    if (!semanticEqual(daemonSet.status, status)) {
      await client.update(daemonSets, { ...daemonSet, status }, { subresource: 'status' });
    }
    if (failure !== undefined) throw failure;
    const minReadySeconds = daemonSet.spec?.minReadySeconds ?? 0;
    if (requeueAfterMs === undefined && minReadySeconds > 0 && status.numberReady !== (status.numberAvailable ?? 0)) {
      requeueAfterMs = minReadySeconds * 1000;
    }
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
  }

  /** Undefined: its name was taken; the raised collisionCount brings the next turn. */
  async #currentRevision(client: Client, daemonSet: V1DaemonSet): Promise<V1ControllerRevision | undefined> {
    const { selector, template } = daemonSet.spec ?? {};
    const candidates = this.#controlledOrOrphaned(this.#revisions, daemonSet);
    const owned = await claim(client, daemonSets, daemonSet, selector, controllerRevisions, candidates);
    const data = { spec: { template: { ...template, $patch: 'replace' } } };
    const collisionCount = daemonSet.status?.collisionCount;
    const labels = (hash: string): Record<string, string> => ({
      ...template?.metadata?.labels,
      [CONTROLLER_REVISION_HASH]: hash,
    });
    const owner = { ref: daemonSets, object: daemonSet, collisionCount, data, labels };
    const current = await ensureRevision(client, owner, planRevisions(data, owned));
    if (current !== 'collision') return current;
    const status = { ...(daemonSet.status ?? EMPTY_STATUS), collisionCount: (collisionCount ?? 0) + 1 };
    await client.update(daemonSets, { ...daemonSet, status }, { subresource: 'status' });
    return undefined;
  }

  async #trimHistory(client: Client, daemonSet: V1DaemonSet, owned: readonly V1Pod[]): Promise<void> {
    const { template, revisionHistoryLimit } = daemonSet.spec ?? {};
    const data = { spec: { template: { ...template, $patch: 'replace' } } };
    const { old } = planRevisions(data, this.#revisions.by(byController, uidOf(daemonSet)));
    const live = new Set(owned.map((pod) => labelsOf(pod)[CONTROLLER_REVISION_HASH]));
    const isLive = (revision: V1ControllerRevision): boolean => live.has(labelsOf(revision)[CONTROLLER_REVISION_HASH]);
    await trimRevisions(client, old, revisionHistoryLimit ?? 10, isLive);
  }

  /** Returns the first failure. */
  async #carryOut(client: Client, daemonSet: V1DaemonSet, hash: string, plan: DaemonPlan): Promise<unknown> {
    const key = keyOf(daemonSet);
    for (const { type, reason, message } of plan.events) {
      this.#deps.events.event(daemonSet, type, reason, message);
    }
    for (const pod of plan.delete) {
      if (pod.status?.phase === 'Failed')
        this.#failedPods.failed(this.#backoffKey(daemonSet, pod.spec?.nodeName ?? ''));
    }
    const creating = plan.create.slice(0, BURST_REPLICAS);
    const going = plan.delete.slice(0, BURST_REPLICAS);
    if (creating.length === 0 && going.length === 0) return undefined;
    this.#expectations.expect(key, creating.length, going.map(keyOf));
    const reference = controllerReference(daemonSets, daemonSet);
    const { succeeded, failure } = await slowStart(creating.length, (at) => {
      const template = daemonTemplate(daemonSet, hash, creating[at] ?? '');
      const pod = podFromTemplate(template, namespaceOf(daemonSet), nameOf(daemonSet), reference);
      return this.#podWriter.create(client, daemonSet, pod);
    });
    this.#expectations.creationObserved(key, creating.length - succeeded);
    const deletions = await Promise.allSettled(going.map((pod) => this.#delete(client, daemonSet, pod)));
    const refused = deletions.find((deletion) => deletion.status === 'rejected')?.reason;
    return (isNamespaceTerminating(failure) ? undefined : failure) ?? refused;
  }

  async #delete(client: Client, daemonSet: V1DaemonSet, pod: V1Pod): Promise<void> {
    let deleted = false;
    try {
      deleted = await this.#podWriter.delete(client, daemonSet, pod);
    } finally {
      if (!deleted) this.#expectations.deletionObserved(keyOf(daemonSet), keyOf(pod));
    }
  }

  #controlledOrOrphaned<T extends V1Pod | V1ControllerRevision>(informer: Informer<T>, daemonSet: V1DaemonSet): T[] {
    return [
      ...informer.by(byController, uidOf(daemonSet)),
      ...informer.by(byController, orphansIn(namespaceOf(daemonSet))),
    ];
  }

  #backoffKey(daemonSet: V1DaemonSet, nodeName: string): string {
    return `${uidOf(daemonSet)}/${daemonSet.status?.observedGeneration ?? 0}/${nodeName}`;
  }

  /** Wakes the DaemonSets for which the node means something, or meant something. */
  #wakeFor(node: V1Node, old?: V1Node): void {
    for (const daemonSet of this.#daemonSets.all()) {
      const now = chooseNode(daemonSet, node);
      const before = old === undefined ? undefined : chooseNode(daemonSet, old);
      const concerned =
        before === undefined ? now.shouldRun : before.shouldRun !== now.shouldRun || before.mayStay !== now.mayStay;
      if (concerned) this.#loop.enqueue(daemonSet);
    }
  }
}

const EMPTY_STATUS = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };

/** Heartbeats change nodes all the time; daemons care for labels and taints only. */
function sameForDaemons(node: V1Node, old: V1Node): boolean {
  return semanticEqual(node.metadata?.labels, old.metadata?.labels) && semanticEqual(node.spec, old.spec);
}
