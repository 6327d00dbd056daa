/**
 * Empties namespaces that are being deleted, and lets them go (k8s.io/kubernetes/pkg/controller/namespace): first the pods,
 * then, when none is left, everything else, and when nothing is left at all the finalizer.
 */
import { messageOf } from '../../base/errors.ts';
import type { V1Namespace, V1Pod } from '../../generated/kubernetes.d.ts';
import { type ApiObject, type Client, isConflict, isNotFound, type ResourceRef } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { byNamespace } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { isBeingDeleted, nameOf, namespaceOf, type ObjectKey, timeMs, uidOf } from '../runtime/metadata.ts';
import { ExponentialBackoff } from '../runtime/rate-limits.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import type { ResourceCatalog } from '../runtime/resource-catalog.ts';
import { namespaces, pods } from '../runtime/resources.ts';
import { isPodFinished } from '../workload/pod-state.ts';
import { deletionConditions, type Remains } from './namespace-conditions.ts';

export interface NamespaceControllerOptions {
  readonly catalog: ResourceCatalog;
  /** How long after the deletion the emptying begins, so that all API servers know of it: upstream waits 5 s. */
  readonly deletionDelayMs?: number;
}

const FINALIZER = 'kubernetes';
const RETRY_MAX_MS = 60_000;
const FINALIZERS_WAIT_SECONDS = 15;
const DELETIONS_AT_ONCE = 50;
const CONFLICT_TRIES = 5;

export class NamespaceController implements Controller {
  readonly name = 'namespace-controller';
  readonly #deps: ControllerDeps;
  readonly #catalog: ResourceCatalog;
  readonly #delayMs: number;
  readonly #namespaces: Informer<V1Namespace>;
  readonly #pods: Informer<V1Pod>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps, options: NamespaceControllerOptions) {
    this.#deps = deps;
    this.#catalog = options.catalog;
    this.#delayMs = options.deletionDelayMs ?? 5000;
    this.#loop = new ReconcileLoop(this, deps, { workers: 10, rateLimit: new ExponentialBackoff(5, RETRY_MAX_MS) });
    this.#namespaces = deps.informers.of<V1Namespace>(namespaces);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#pods.addIndex(byNamespace);
    this.#namespaces.subscribe({
      added: (namespace) => this.#wake(namespace),
      updated: (namespace, old) => {
        if (!isBeingDeleted(old)) this.#wake(namespace);
      },
    });
    // The last pod is gone: no need to wait until its grace period would have been over.
    this.#pods.subscribe({
      deleted: (pod) => {
        const namespace = this.#namespaces.get(namespaceOf(pod));
        if (namespace === undefined || !isBeingDeleted(namespace)) return;
        if (this.#pods.countBy(byNamespace, namespaceOf(pod)) === 0) this.#loop.enqueue(namespace);
      },
    });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { client } = context;
    const namespace = await client.get<V1Namespace>(namespaces, name).catch(undefinedIfGone);
    if (namespace === undefined || !isBeingDeleted(namespace)) return undefined;
    if ((namespace.spec?.finalizers ?? []).length === 0) return undefined;
    const { waitSeconds, failures } = await this.#deleteContent(namespace, context);
    if (failures.length > 0) throw new Error(failures.join(', '));
    if (waitSeconds > 0) return { requeueAfterMs: (waitSeconds / 2 + 1) * 1000 };
    context.decided(() => `namespace ${name} is empty: it may go`);
    await this.#finalize(client, namespace);
    return undefined;
  }

  #wake(namespace: V1Namespace): void {
    if (isBeingDeleted(namespace)) this.#loop.enqueueAfter(namespace, this.#delayMs);
  }

  async #deleteContent(
    namespace: V1Namespace,
    context: ReconcileContext,
  ): Promise<{ readonly waitSeconds: number; readonly failures: readonly string[] }> {
    const remains: Remains[] = [];
    const failures: string[] = [];
    let waitSeconds = 0;
    const empty = async (ref: ResourceRef): Promise<void> => {
      try {
        const found = await this.#deleteAll(namespace, ref, context);
        remains.push(found);
        waitSeconds = Math.max(waitSeconds, found.waitSeconds);
        if (found.count > 0 && found.waitSeconds === 0) {
          const resource = `${ref.group}/${ref.version}, Resource=${ref.resource}`;
          failures.push(`unexpected items still remain in namespace: ${nameOf(namespace)} for gvr: ${resource}`);
        }
      } catch (thrown) {
        if (!isNotFound(thrown)) failures.push(messageOf(thrown));
      }
    };
    await empty(pods);
    if (remains.every(({ count }) => count === 0) && failures.length === 0) {
      const others = (await this.#catalog.list()).filter((ref) => ref.namespaced && ref.resource !== pods.resource);
      for (const ref of others) await empty(ref);
    }
    await this.#writeConditions(namespace, remains, failures, context);
    return { waitSeconds, failures };
  }

  /** Deletes all objects of a resource and says what is left, and how long that may take. */
  async #deleteAll(
    namespace: V1Namespace,
    ref: ResourceRef,
    context: ReconcileContext,
  ): Promise<Remains & { readonly waitSeconds: number }> {
    const { client } = context;
    const where = { namespace: nameOf(namespace) };
    const { items } = await client.list<ApiObject>(ref, where);
    const none = { ref, count: 0, finalizers: new Map<string, number>(), waitSeconds: 0 };
    if (items.length === 0) return none;
    const graceSeconds = ref === pods ? podGraceSeconds(items) : 0;
    const going = items.filter((item) => !isBeingDeleted(item));
    if (going.length > 0) {
      context.decided(() => `deleting ${going.length} ${ref.resource} because namespace ${nameOf(namespace)} goes`);
    }
    for (let at = 0; at < going.length; at += DELETIONS_AT_ONCE) {
      await Promise.all(
        going.slice(at, at + DELETIONS_AT_ONCE).map(async (item) => {
          const options = { propagationPolicy: 'Background', preconditions: { uid: uidOf(item) } } as const;
          await client.delete(ref, nameOf(item), where.namespace, options).catch(undefinedIfGone);
        }),
      );
    }
    const left = await client.list<ApiObject>(ref, where);
    if (left.items.length === 0) return none;
    const finalizers = new Map<string, number>();
    for (const { metadata } of left.items) {
      for (const finalizer of metadata?.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
    const sinceMs = context.nowMs - (timeMs(namespace.metadata?.deletionTimestamp) ?? context.nowMs);
    const graceLeft = sinceMs >= graceSeconds * 1000 ? 0 : graceSeconds;
    const waitSeconds = graceLeft > 0 ? graceLeft : finalizers.size > 0 ? FINALIZERS_WAIT_SECONDS : 0;
    return { ref, count: left.items.length, finalizers, waitSeconds };
  }

  async #writeConditions(
    namespace: V1Namespace,
    remains: readonly Remains[],
    failures: readonly string[],
    { client, nowMs }: ReconcileContext,
  ): Promise<void> {
    const conditions = deletionConditions(namespace.status?.conditions ?? [], remains, failures, nowMs);
    if (conditions === undefined) return;
    const status = { ...namespace.status, conditions };
    try {
      await client.update(namespaces, { ...namespace, status }, { subresource: 'status' });
    } catch (thrown) {
      // The conditions tell; they decide nothing. They are written again on the next turn.
      this.#deps.logger.debug(
        { namespace: nameOf(namespace), error: messageOf(thrown) },
        'conditions were not written',
      );
    }
  }

  async #finalize(client: Client, namespace: V1Namespace): Promise<void> {
    let current: V1Namespace | undefined = namespace;
    for (let tries = 1; current !== undefined; tries++) {
      const latest: V1Namespace | undefined = await client
        .get<V1Namespace>(namespaces, nameOf(namespace))
        .catch(undefinedIfGone);
      if (latest === undefined || uidOf(latest) !== uidOf(namespace)) return;
      current = latest;
      const finalizers = (current.spec?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
      try {
        const finalized: V1Namespace = { ...current, spec: { ...current.spec, finalizers } };
        await client.update(namespaces, finalized, { subresource: 'finalize' });
        return;
      } catch (thrown) {
        if (isNotFound(thrown)) return;
        if (!isConflict(thrown) || tries === CONFLICT_TRIES) throw thrown;
      }
    }
  }
}

/** The longest that any of the pods may take to stop. */
function podGraceSeconds(items: readonly ApiObject[]): number {
  const running = (items as readonly V1Pod[]).filter((pod) => !isPodFinished(pod));
  return Math.max(0, ...running.map(({ spec }) => spec?.terminationGracePeriodSeconds ?? 0));
}

function undefinedIfGone(thrown: unknown): undefined {
  if (isNotFound(thrown)) return undefined;
  throw thrown;
}
