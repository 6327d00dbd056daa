/** The StatefulSet controller: keeps its revisions, claims and pods as `planStatefulSet` says. */
import { messageOf } from '../../base/errors.ts';
import type {
  V1ControllerRevision,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from '../../generated/kubernetes.d.ts';
import { type Client, isAlreadyExists, isConflict, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { byController, orphansIn } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { isBeingDeleted, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../runtime/resources.ts';
import { claim } from '../workload/claims.ts';
import { ensureRevision, planRevisions, trimRevisions } from '../workload/controller-revisions.ts';
import { watchOwnedPods } from '../workload/owned-pods.ts';
import { nextAvailabilityInMs } from '../workload/pod-state.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import { claimOwners } from './claim-retention.ts';
import { claimsOf, ordinalOf, podRevision, revisionData } from './stateful-pods.ts';
import { planStatefulSet, type StatefulAction } from './statefulset-plan.ts';

export class StatefulSetController implements Controller {
  readonly name = 'statefulset-controller';
  readonly #deps: ControllerDeps;
  readonly #sets: Informer<V1StatefulSet>;
  readonly #pods: Informer<V1Pod>;
  readonly #claims: Informer<V1PersistentVolumeClaim>;
  readonly #revisions: Informer<V1ControllerRevision>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#loop = new ReconcileLoop(this, deps);
    this.#sets = deps.informers.of<V1StatefulSet>(statefulSets);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#claims = deps.informers.of<V1PersistentVolumeClaim>(persistentVolumeClaims);
    this.#revisions = deps.informers.of<V1ControllerRevision>(controllerRevisions);
    this.#pods.addIndex(byController);
    this.#revisions.addIndex(byController);
    this.#sets.subscribe({
      added: (set) => this.#loop.enqueue(set),
      updated: (set) => this.#loop.enqueue(set),
      deleted: (set) => this.#loop.enqueue(set),
    });
    watchOwnedPods<V1StatefulSet>({
      kind: statefulSets.kind,
      pods: this.#pods,
      owners: this.#sets,
      loop: this.#loop,
      selectorOf: (set) => set.spec?.selector,
      minReadySecondsOf: (set) => set.spec?.minReadySeconds ?? 0,
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
    const set = this.#sets.get(name, namespace);
    if (set === undefined) return undefined;
    const { selector } = set.spec ?? {};
    const candidates = this.#controlledOrOrphaned(this.#pods, set).filter((pod) => ordinalOf(set, pod) !== undefined);
    const owned = await claim(client, statefulSets, set, selector, pods, candidates);
    const revisions = await this.#ownRevisions(client, set);
    const update = await this.#updateRevision(client, set, revisions);
    if (update === undefined) return undefined;
    const current = revisions.find((revision) => nameOf(revision) === set.status?.currentRevision) ?? update;
    const plan = planStatefulSet({ set, pods: owned, current, update, nowMs: context.nowMs });
    if (plan.actions.some(({ type }) => type !== 'claims')) context.decided(() => plan.words);
    let failure: unknown;
    for (const action of plan.actions) {
      try {
        await this.#carryOut(client, set, action);
      } catch (thrown) {
        failure = thrown;
        break;
      }
    }
    if (!semanticEqual(set.status, plan.status)) {
      await client.update(statefulSets, { ...set, status: plan.status }, { subresource: 'status' });
    }
    if (failure !== undefined) throw failure;
    const live = new Set([...owned.map(podRevision), nameOf(current), nameOf(update)]);
    const old = revisions.filter((revision) => !live.has(nameOf(revision)));
    await trimRevisions(client, old, set.spec?.revisionHistoryLimit ?? 10, () => false);
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    const inMs = minReadySeconds > 0 ? nextAvailabilityInMs(owned, minReadySeconds, context.nowMs) : undefined;
    return inMs === undefined ? undefined : { requeueAfterMs: inMs };
  }

  async #ownRevisions(client: Client, set: V1StatefulSet): Promise<V1ControllerRevision[]> {
    const candidates = this.#controlledOrOrphaned(this.#revisions, set);
    return claim(client, statefulSets, set, set.spec?.selector, controllerRevisions, candidates);
  }

  /** Undefined: its name was taken; the raised collisionCount brings the next turn. */
  async #updateRevision(
    client: Client,
    set: V1StatefulSet,
    revisions: readonly V1ControllerRevision[],
  ): Promise<V1ControllerRevision | undefined> {
    const data = revisionData(set);
    const collisionCount = set.status?.collisionCount ?? 0;
    const owner = {
      ref: statefulSets,
      object: set,
      collisionCount,
      data,
      labels: (hash: string) => ({ ...set.spec?.template.metadata?.labels, 'controller.kubernetes.io/hash': hash }),
    };
    const made = await ensureRevision(client, owner, planRevisions(data, revisions));
    if (made !== 'collision') return made;
    const status = { replicas: 0, ...set.status, collisionCount: collisionCount + 1 };
    await client.update(statefulSets, { ...set, status }, { subresource: 'status' });
    return undefined;
  }

  async #carryOut(client: Client, set: V1StatefulSet, action: StatefulAction): Promise<void> {
    switch (action.type) {
      case 'create':
        return this.#tell('create', set, action.pod, async () => {
          await this.#createClaims(client, set, action.pod, action.ordinal);
          await client.create(pods, action.pod);
        });
      case 'delete':
        return this.#tell('delete', set, action.pod, async () => {
          // The next pod has the same name: the uid keeps an old picture from deleting it.
          const preconditions = { uid: uidOf(action.pod) };
          await client.delete(pods, nameOf(action.pod), namespaceOf(action.pod), { preconditions }).catch(unlessGone);
        });
      case 'update':
        return this.#tell('update', set, action.pod, async () => {
          await client.update(pods, action.pod);
        });
      case 'claims':
        if (action.pod.status?.phase === 'Pending' && !action.scaledAway) {
          await this.#createClaims(client, set, action.pod, action.ordinal);
        }
        return this.#setClaimOwners(client, set, action.pod, action.ordinal, action.scaledAway);
    }
  }

  async #tell(
    verb: 'create' | 'delete' | 'update',
    set: V1StatefulSet,
    pod: V1Pod,
    act: () => Promise<void>,
  ): Promise<void> {
    const { events } = this.#deps;
    const title = `${verb[0]?.toUpperCase()}${verb.slice(1)}`;
    const what = `${title} Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)}`;
    try {
      await act();
    } catch (thrown) {
      // It is there and we have not seen it yet: its event brings the next turn.
      if (verb === 'create' && isAlreadyExists(thrown)) throw thrown;
      events.event(set, 'Warning', `Failed${title}`, `${what} failed error: ${messageOf(thrown)}`);
      throw thrown;
    }
    events.event(set, 'Normal', `Successful${title}`, `${what} successful`);
  }

  async #createClaims(client: Client, set: V1StatefulSet, pod: V1Pod, ordinal: number): Promise<void> {
    const { events } = this.#deps;
    for (const wanted of claimsOf(set, ordinal).values()) {
      const found = this.#claims.get(nameOf(wanted), namespaceOf(wanted));
      if (found !== undefined && isBeingDeleted(found)) throw new Error(`pvc ${nameOf(wanted)} is being deleted`);
      if (found !== undefined) continue;
      const what = `Create Claim ${nameOf(wanted)}`;
      const where = `Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)}`;
      try {
        await client.create(persistentVolumeClaims, wanted);
        events.event(set, 'Normal', 'SuccessfulCreate', `${what} ${where} success`);
      } catch (thrown) {
        if (isAlreadyExists(thrown)) continue;
        events.event(set, 'Warning', 'FailedCreate', `${what} for ${where} failed error: ${messageOf(thrown)}`);
        throw new Error(`failed to create PVC ${nameOf(wanted)}: ${messageOf(thrown)}`);
      }
    }
  }

  async #setClaimOwners(
    client: Client,
    set: V1StatefulSet,
    pod: V1Pod,
    ordinal: number,
    scaledAway: boolean,
  ): Promise<void> {
    for (const wanted of claimsOf(set, ordinal).values()) {
      const found = this.#claims.get(nameOf(wanted), namespaceOf(wanted));
      if (found === undefined) continue;
      const { owners, conflict } = claimOwners(found, set, pod, scaledAway);
      if (conflict) {
        const message = `PersistentVolumeClaim ${nameOf(found)} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
        this.#deps.events.event(set, 'Warning', 'ConflictingController', message);
      }
      if (owners === undefined) continue;
      const metadata = { ...found.metadata, ownerReferences: [...owners] };
      await client.update(persistentVolumeClaims, { ...found, metadata });
    }
  }

  #controlledOrOrphaned<T extends V1Pod | V1ControllerRevision>(informer: Informer<T>, set: V1StatefulSet): T[] {
    return [...informer.by(byController, uidOf(set)), ...informer.by(byController, orphansIn(namespaceOf(set)))];
  }
}

function unlessGone(thrown: unknown): void {
  if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
}
