/**
 * Keeps as many pods as a ReplicaSet (or ReplicationController) asks for.
 *
 * Between a creation or deletion and its event in the informer the picture is known to be old: expectations keep the
 * controller from acting on it twice. The status is written on every turn in which it differs.
 */

import { labelMatcher } from '../../base/label-selector.ts';
import type { V1Pod, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import { type Client, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { Expectations } from '../runtime/expectations.ts';
import { byController, orphansIn } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { keyOf, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { controllerOf, controllerReference } from '../runtime/owner-references.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { pods } from '../runtime/resources.ts';
import { claim, planClaims } from '../workload/claims.ts';
import { watchOwnedPods } from '../workload/owned-pods.ts';
import { isPodActive, isPodTerminating, nextAvailabilityInMs } from '../workload/pod-state.ts';
import { podFromTemplate } from '../workload/pod-template.ts';
import { isNamespaceTerminating, PodWriter } from '../workload/pod-writes.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import { slowStart } from '../workload/slow-start.ts';
import type { ReplicaOwner, ReplicaOwnerKind } from './replica-owner.ts';
import { planReplicas, type ReplicaPlan, replicaStatus } from './replicaset-plan.ts';

export class ReplicaSetController implements Controller {
  readonly name: string;
  readonly #kind: ReplicaOwnerKind;
  readonly #owners: Informer<ReplicaOwner>;
  readonly #pods: Informer<V1Pod>;
  readonly #loop: ReconcileLoop;
  readonly #expectations: Expectations;
  readonly #podWriter: PodWriter;

  constructor(deps: ControllerDeps, kind: ReplicaOwnerKind) {
    this.name = kind.name;
    this.#kind = kind;
    this.#expectations = new Expectations(deps.clock);
    this.#podWriter = new PodWriter(deps);
    this.#loop = new ReconcileLoop(this, deps);
    this.#owners = deps.informers.of<ReplicaOwner>(kind.ref);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#pods.addIndex(byController);
    this.#owners.addIndex(byController);
    this.#owners.subscribe({
      added: (owner) => this.#loop.enqueue(owner),
      updated: (owner) => this.#loop.enqueue(owner),
      deleted: (owner) => {
        this.#expectations.forget(keyOf(owner));
        this.#loop.enqueue(owner);
      },
    });
    watchOwnedPods<ReplicaOwner>({
      kind: kind.ref.kind,
      pods: this.#pods,
      owners: this.#owners,
      loop: this.#loop,
      expectations: this.#expectations,
      selectorOf: kind.selectorOf,
      minReadySecondsOf: (owner) => owner.spec?.minReadySeconds ?? 0,
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
    const owner = this.#owners.get(name, namespace);
    if (owner === undefined) return undefined;
    const { ref } = this.#kind;
    const mayAct = this.#expectations.satisfied(keyOf(owner));
    const selector = this.#kind.selectorOf(owner);
    const candidates = [
      ...this.#pods.by(byController, uidOf(owner)),
      ...this.#pods.by(byController, orphansIn(namespace)),
    ];
    const active = await claim(
      client,
      ref,
      owner,
      selector,
      pods,
      candidates.filter((pod) => isPodActive(pod)),
    );
    let failure: unknown;
    if (mayAct) {
      const plan = planReplicas(owner, active, () => this.#relatedPods(owner), context.nowMs);
      if (plan.words !== '') context.decided(() => plan.words);
      failure = await this.#carryOut(client, owner, plan);
    }
    const terminating = this.#kind.countsTerminating
      ? planClaims(owner, labelMatcher(selector), candidates.filter(isPodTerminating)).owned.length
      : undefined;
    const status = replicaStatus(owner, active, terminating, failure, context.nowMs);
    await this.#writeStatus(client, owner, status);
    if (failure !== undefined) throw failure;
    const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
    if (minReadySeconds === 0 || status.readyReplicas === status.availableReplicas) return undefined;
    const inMs = nextAvailabilityInMs(active, minReadySeconds, context.nowMs);
    return { requeueAfterMs: inMs ?? minReadySeconds * 1000 };
  }

  /** Returns the first failure. */
  async #carryOut(client: Client, owner: ReplicaOwner, plan: ReplicaPlan): Promise<unknown> {
    if (plan.create > 0) return this.#create(client, owner, plan.create);
    if (plan.delete.length > 0) return this.#delete(client, owner, plan.delete);
    return undefined;
  }

  async #create(client: Client, owner: ReplicaOwner, count: number): Promise<unknown> {
    const key = keyOf(owner);
    this.#expectations.expectCreations(key, count);
    const reference = controllerReference(this.#kind.ref, owner);
    const pod = podFromTemplate(owner.spec?.template, namespaceOf(owner), nameOf(owner), reference);
    const { succeeded, failure } = await slowStart(count, () => this.#podWriter.create(client, owner, pod));
    // No event will come for what was not created.
    this.#expectations.creationObserved(key, count - succeeded);
    return isNamespaceTerminating(failure) ? undefined : failure;
  }

  async #delete(client: Client, owner: ReplicaOwner, going: readonly V1Pod[]): Promise<unknown> {
    const key = keyOf(owner);
    this.#expectations.expectDeletions(key, going.map(keyOf));
    const results = await Promise.allSettled(
      going.map(async (pod) => {
        try {
          const wasThere = await this.#podWriter.delete(client, owner, pod);
          if (!wasThere) this.#expectations.deletionObserved(key, keyOf(pod));
        } catch (thrown) {
          this.#expectations.deletionObserved(key, keyOf(pod));
          throw thrown;
        }
      }),
    );
    return results.find((result) => result.status === 'rejected')?.reason;
  }

  async #writeStatus(client: Client, owner: ReplicaOwner, status: NonNullable<V1ReplicaSet['status']>): Promise<void> {
    if (semanticEqual(owner.status, status)) return;
    try {
      await client.update(this.#kind.ref, { ...owner, status }, { subresource: 'status' });
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
  }

  /** The pods of all ReplicaSets of the same Deployment: taking away from crowded nodes first spreads what stays. */
  #relatedPods(owner: ReplicaOwner): readonly V1Pod[] {
    const grandOwner = controllerOf(owner)?.uid;
    const owners = grandOwner === undefined ? [owner] : this.#owners.by(byController, grandOwner);
    return owners.flatMap((each) => this.#pods.by(byController, uidOf(each)));
  }
}
