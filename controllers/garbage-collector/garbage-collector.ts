/**
 * Deletes objects whose owners are gone, and carries out foreground and orphaning deletions
 * (k8s.io/kubernetes/pkg/controller/garbagecollector).
 *
 * The graph of owners is built from informers and may be a little old; nothing is deleted without looking at the object and
 * its owners on the server. Deletions name the uid that was looked at, so that a new object under an old name is safe.
 */
import { Deferred } from '../../base/deferred.ts';
import { messageOf } from '../../base/errors.ts';
import type { V1OwnerReference } from '../../generated/kubernetes.d.ts';
import { type ApiObject, isNotFound, type ResourceRef } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { Decisions } from '../runtime/decisions.ts';
import { nameOf, namespaceOf, ownersOf, uidOf } from '../runtime/metadata.ts';
import { ExponentialBackoff } from '../runtime/rate-limits.ts';
import { RecentMap } from '../runtime/recent-map.ts';
import type { ResourceCatalog } from '../runtime/resource-catalog.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { MetadataWrites } from './metadata-writes.ts';
import { OwnerVerdicts } from './owner-verdicts.ts';
import {
  FOREGROUND_FINALIZER,
  type GraphNode,
  ORPHAN_FINALIZER,
  OwnershipGraph,
  type Suspects,
} from './ownership-graph.ts';

export interface GarbageCollectorOptions {
  readonly catalog: ResourceCatalog;
  /** Objects looked at at the same time: 20. */
  readonly workers?: number;
}

/** Events own nothing and nobody owns them. */
const IGNORED: ReadonlySet<string> = new Set(['/events', 'events.k8s.io/events']);
const CATALOG_PERIOD_MS = 30_000;
const RETRY_MAX_MS = 60_000;
const ABSENT_REMEMBERED = 10_000;

export class GarbageCollector implements Controller {
  readonly name = 'garbage-collector-controller';
  readonly #deps: ControllerDeps;
  readonly #decisions: Decisions;
  readonly #catalog: ResourceCatalog;
  readonly #workers: number;
  readonly #graph = new OwnershipGraph();
  readonly #refs = new Map<string, ResourceRef>();
  readonly #refOfKind = new Map<string, ResourceRef>();
  readonly #toDelete: WorkQueue<string>;
  readonly #toOrphan: WorkQueue<string>;
  /** Owners that were looked for and are not there, by uid: an absent uid never comes back. */
  readonly #absent = new RecentMap<string, true>(ABSENT_REMEMBERED);
  readonly #verdicts: OwnerVerdicts;
  readonly #writes: MetadataWrites;
  readonly #watched = new Set<object>();
  readonly #stop = new AbortController();
  readonly #stopped = new Deferred<void>();
  #running: Promise<unknown> | undefined;

  constructor(deps: ControllerDeps, options: GarbageCollectorOptions) {
    this.#deps = deps;
    this.#decisions = new Decisions(deps, this.name);
    this.#catalog = options.catalog;
    this.#workers = options.workers ?? 20;
    this.#toDelete = new WorkQueue(deps.clock, new ExponentialBackoff(5, RETRY_MAX_MS));
    this.#toOrphan = new WorkQueue(deps.clock, new ExponentialBackoff(5, RETRY_MAX_MS));
    this.#writes = new MetadataWrites(deps.client);
    this.#verdicts = new OwnerVerdicts(
      deps.client,
      (apiVersion, kind) => this.#resolve(apiVersion, kind),
      this.#absent,
    );
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stopped.resolve();
    this.#toDelete.close();
    this.#toOrphan.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock, logger } = this.#deps;
    let working: Promise<unknown> | undefined;
    while (!signal.aborted) {
      try {
        await this.#watchAll();
        // Foreground deletion must know all dependents: begin only when every resource was listed.
        working ??= Promise.all([
          ...Array.from({ length: this.#workers }, () => this.#work(this.#toDelete, (node) => this.#maybeDelete(node))),
          ...Array.from({ length: this.#workers }, () => this.#work(this.#toOrphan, (node) => this.#orphan(node))),
        ]);
      } catch (thrown) {
        if (!signal.aborted)
          logger.warn({ error: messageOf(thrown) }, 'the resources to collect are not known, trying again');
      }
      await clock.sleep(CATALOG_PERIOD_MS, signal);
    }
    await working;
  }

  /** Watches what the catalog has that is not watched yet, and waits until it is listed. */
  async #watchAll(): Promise<void> {
    const added: Promise<void>[] = [];
    for (const ref of await this.#catalog.list()) {
      const key = `${ref.group}/${ref.resource}`;
      if (IGNORED.has(key) || this.#refs.has(key)) continue;
      this.#refs.set(key, ref);
      this.#refOfKind.set(`${ref.group}/${ref.kind}`, ref);
    }
    for (const ref of this.#refs.values()) {
      const informer = this.#deps.informers.optional<ApiObject>(ref);
      if (this.#watched.has(informer)) continue;
      this.#watched.add(informer);
      added.push(informer.settled);
      informer.subscribe({
        added: (object) => this.#changed(ref, object),
        updated: (object, old) => {
          if (object.metadata !== old.metadata) this.#changed(ref, object);
        },
        deleted: (object) => this.#gone(uidOf(object)),
      });
    }
    if (added.length > 0) await Promise.race([Promise.all(added), this.#stopped.promise]);
  }

  #resolve(apiVersion: string, kind: string): ResourceRef | undefined {
    const slash = apiVersion.indexOf('/');
    return this.#refOfKind.get(`${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`);
  }

  #changed(ref: ResourceRef, object: ApiObject): void {
    this.#suspect(this.#graph.put(ref, object, (apiVersion, kind) => this.#resolve(apiVersion, kind)));
  }

  #gone(uid: string): void {
    this.#absent.set(uid, true);
    this.#suspect(this.#graph.remove(uid));
  }

  #suspect({ toDelete, toOrphan }: Suspects): void {
    for (const { uid } of toDelete) this.#toDelete.add(uid);
    for (const { uid } of toOrphan) this.#toOrphan.add(uid);
  }

  async #work(queue: WorkQueue<string>, look: (node: GraphNode) => Promise<void>): Promise<void> {
    for (let uid = await queue.take(); uid !== undefined; uid = await queue.take()) {
      const node = this.#graph.get(uid);
      try {
        if (node !== undefined) await look(node);
        queue.forget(uid);
      } catch (thrown) {
        if (!this.#stop.signal.aborted) {
          queue.addRateLimited(uid);
          const what = { kind: node?.kind, name: node?.name, error: messageOf(thrown) };
          this.#deps.logger.debug(what, 'an object could not be collected, trying again');
        }
      }
      queue.done(uid);
    }
  }

  async #maybeDelete(node: GraphNode): Promise<void> {
    if (node.beingDeleted && !node.deletingDependents) return;
    const { ref } = node;
    if (ref === undefined) throw new Error(`no resource is known for ${node.apiVersion} ${node.kind}`);
    const latest = await this.#writes.read(ref, node);
    if (latest === undefined || uidOf(latest) !== node.uid) {
      this.#gone(node.uid);
      return;
    }
    if (node.virtual) return;
    if (node.deletingDependents) {
      await this.#finishForeground(node, latest);
      return;
    }
    const owners = ownersOf(latest);
    if (owners.length === 0) return;
    const { solid, dangling, waiting } = await this.#verdicts.judge(latest, owners);
    this.#tellMismatches(latest, dangling);
    if (solid.length > 0) {
      const useless = [...dangling, ...waiting];
      if (useless.length > 0) await this.#writes.dropOwners(ref, latest, useless);
      return;
    }
    if (waiting.length > 0 && node.dependents.size > 0) {
      await this.#unblockCycle(node, latest);
      await this.#delete(node, latest, 'Foreground', 'its owner waits for its dependents');
      return;
    }
    const finalizers = latest.metadata?.finalizers ?? [];
    const policy = finalizers.includes(ORPHAN_FINALIZER)
      ? 'Orphan'
      : finalizers.includes(FOREGROUND_FINALIZER)
        ? 'Foreground'
        : 'Background';
    await this.#delete(node, latest, policy, waiting.length > 0 ? 'its owner is being deleted' : 'its owners are gone');
  }

  async #delete(
    { ref, uid }: GraphNode,
    latest: ApiObject,
    propagationPolicy: 'Foreground' | 'Background' | 'Orphan',
    why: string,
  ): Promise<void> {
    if (ref === undefined) return;
    const key = `${ref.resource} ${namespaceOf(latest)}/${nameOf(latest)}`;
    const client = this.#decisions.decided(key, () => `deleting ${key}: ${why}`);
    // With owners judged on this version, a version that has others must not be deleted.
    const resourceVersion = latest.metadata?.resourceVersion;
    const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    try {
      await client.delete(ref, nameOf(latest), namespaceOf(latest), { propagationPolicy, preconditions });
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
  }

  /** All blocking dependents of a foreground deletion must be gone before the finalizer comes off. */
  async #finishForeground(node: GraphNode, latest: ApiObject): Promise<void> {
    const blocking = [...node.dependents].filter(({ owners }) =>
      owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true),
    );
    if (blocking.length === 0) {
      await this.#writes.dropFinalizer(node.ref, latest, FOREGROUND_FINALIZER);
      return;
    }
    for (const dependent of blocking) if (!dependent.deletingDependents) this.#toDelete.add(dependent.uid);
  }

  /** Dependents that wait for dependents of their own, among them this one: it must not block them, or all wait for ever. */
  async #unblockCycle(node: GraphNode, latest: ApiObject): Promise<void> {
    if (node.ref === undefined || ![...node.dependents].some(({ deletingDependents }) => deletingDependents)) return;
    if (!ownersOf(latest).some(({ blockOwnerDeletion }) => blockOwnerDeletion === true)) return;
    await this.#writes.change(node.ref, latest, (current) => ({
      ownerReferences: ownersOf(current).map((owner) => ({ ...owner, blockOwnerDeletion: false })),
    }));
  }

  /** Every dependent forgets its owner; then the owner may go. */
  async #orphan(node: GraphNode): Promise<void> {
    await Promise.all(
      [...node.dependents].map(async ({ ref, namespace, name, uid }) => {
        const dependent = ref === undefined ? undefined : await this.#writes.read(ref, { namespace, name });
        if (ref === undefined || dependent === undefined || uidOf(dependent) !== uid) return;
        const owned = ownersOf(dependent).filter((owner) => owner.uid === node.uid);
        if (owned.length > 0) await this.#writes.dropOwners(ref, dependent, owned);
      }),
    );
    const latest = node.ref === undefined ? undefined : await this.#writes.read(node.ref, node);
    if (latest !== undefined && uidOf(latest) === node.uid) {
      await this.#writes.dropFinalizer(node.ref, latest, ORPHAN_FINALIZER);
    }
  }

  #tellMismatches(object: ApiObject, dangling: readonly V1OwnerReference[]): void {
    const namespace = namespaceOf(object);
    for (const { uid, apiVersion, kind, name } of dangling) {
      const owner = this.#graph.get(uid);
      if (owner === undefined || owner.virtual || owner.namespace === '' || owner.namespace === namespace) continue;
      const reference = `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
      const message = `${reference} does not exist in namespace "${namespace}"`;
      this.#deps.events.event(object, 'Warning', 'OwnerRefInvalidNamespace', message);
    }
  }
}
