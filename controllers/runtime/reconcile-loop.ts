/**
 * Workers that take keys from a queue and reconcile them. Level-based: a reconciler is given a namespace and a name, looks
 * at what is, and makes it what should be; how it came to be called does not matter, and calling it twice changes nothing.
 *
 * There is one way to ask for another turn, `requeueAfterMs`; failing is the other: what throws is tried again as late as
 * the queue's rate limit says, and a return without throwing resets it.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import { CausedClient } from './caused-client.ts';
import { ApiError, type ApiObject, type Client } from './client.ts';
import type { Telling } from './informer.ts';
import { keyOf, type ObjectKey, parseKey } from './metadata.ts';
import type { RateLimit } from './rate-limits.ts';
import { WorkQueue } from './work-queue.ts';

/** Changes that are remembered for one key in the queue: the first ones explain it. */
const CAUSES_MAX = 16;

export interface ReconcileResult {
  /** Look again after this long, whatever happens. */
  readonly requeueAfterMs?: number;
}

export interface ReconcileContext {
  /** Wall time at the start of this turn. */
  readonly nowMs: number;
  /** Aborted when the controller stops. */
  readonly signal: AbortSignal;
  /** The controller's client; what is written with it is known as this turn's doing. */
  readonly client: Client;
  /** Says in words what was decided and why, for whoever looks on. Built only when somebody does. */
  decided(words: () => string): void;
}

export interface Reconciler {
  /** As in logs and moments: `replicaset-controller`. */
  readonly name: string;
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined>;
}

export interface ReconcileLoopDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly client: Client;
  /** Knows which change a key is enqueued for. */
  readonly informers?: { readonly telling: Telling };
}

export interface ReconcileLoopOptions {
  /** Keys that are reconciled at the same time (one key never is). Default 5, as most of upstream's. */
  readonly workers?: number;
  readonly rateLimit?: RateLimit<string>;
}

export class ReconcileLoop {
  readonly #reconciler: Reconciler;
  readonly #deps: ReconcileLoopDeps;
  readonly #workers: number;
  readonly #queue: WorkQueue<string>;
  readonly #stop = new AbortController();
  /** The changes that keys wait in the queue for. Kept only while somebody looks. */
  readonly #because = new Map<string, number[]>();
  #turns = 0;
  #running: Promise<unknown> | undefined;

  constructor(reconciler: Reconciler, deps: ReconcileLoopDeps, options: ReconcileLoopOptions = {}) {
    this.#reconciler = reconciler;
    this.#deps = deps;
    this.#workers = options.workers ?? 5;
    this.#queue = new WorkQueue<string>(deps.clock, options.rateLimit);
  }

  /** No key waits or is being worked on; keys that wait for their time do not count. */
  get idle(): boolean {
    return this.#queue.idle;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  enqueue(object: ApiObject): void {
    this.enqueueKey(keyOf(object));
  }

  enqueueKey(key: string): void {
    this.#remember(key);
    this.#queue.add(key);
  }

  enqueueAfter(object: ApiObject, delayMs: number): void {
    this.enqueueKeyAfter(keyOf(object), delayMs);
  }

  enqueueKeyAfter(key: string, delayMs: number): void {
    this.#remember(key);
    this.#queue.addAfter(key, delayMs);
  }

  start(): void {
    this.#running ??= Promise.all(Array.from({ length: this.#workers }, () => this.#work()));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#queue.close();
    await this.#running;
  }

  #remember(key: string): void {
    const revision = this.#deps.informers?.telling.revision;
    if (revision === undefined || !this.#deps.recorder.active) return;
    const revisions = this.#because.get(key);
    if (revisions === undefined) this.#because.set(key, [revision]);
    else if (revisions.length < CAUSES_MAX && !revisions.includes(revision)) revisions.push(revision);
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      await this.#turn(key);
      this.#queue.done(key);
    }
  }

  async #turn(key: string): Promise<void> {
    const { clock, recorder, logger } = this.#deps;
    const controller = this.#reconciler.name;
    const told = recorder.active ? new ToldTurn(this.#deps, controller, key, ++this.#turns) : undefined;
    told?.taken(this.#queue.length, this.#because.get(key) ?? []);
    this.#because.delete(key);
    let failure: string | undefined;
    try {
      const context: ReconcileContext = {
        nowMs: clock.nowMs(),
        signal: this.#stop.signal,
        client: told?.client ?? this.#deps.client,
        decided: (words) => told?.decided(words()),
      };
      const result = await this.#reconciler.reconcile(parseKey(key), context);
      this.#queue.forget(key);
      if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(key, result.requeueAfterMs);
    } catch (thrown) {
      failure = messageOf(thrown);
      if (this.#stop.signal.aborted) return;
      this.#queue.addRateLimited(key);
      const fields = { controller, key, failures: this.#queue.failures(key), error: failure };
      if (isExpected(thrown)) logger.debug(fields, 'reconciling met a conflict, trying again');
      else logger.warn(fields, 'reconciling failed, trying again');
    } finally {
      told?.done(failure);
    }
  }
}

/** A turn that is told of: its id is the cause of what it writes. */
class ToldTurn {
  readonly client: Client;
  readonly #deps: ReconcileLoopDeps;
  readonly #about: { readonly turn: string; readonly controller: string; readonly key: string };
  readonly #startMs: number;

  constructor(deps: ReconcileLoopDeps, controller: string, key: string, number: number) {
    const turn = `${controller}/${number}`;
    this.client = new CausedClient(deps.client, turn);
    this.#deps = deps;
    this.#about = { turn, controller, key };
    this.#startMs = deps.clock.monotonicMs();
  }

  taken(queueLength: number, revisions: readonly number[]): void {
    this.#deps.recorder.record({ type: 'controller.take', ...this.#about, queueLength, revisions });
  }

  decided(words: string): void {
    this.#deps.recorder.record({ type: 'controller.decision', ...this.#about, words });
  }

  done(failure: string | undefined): void {
    const durationMs = this.#deps.clock.monotonicMs() - this.#startMs;
    this.#deps.recorder.record({
      type: 'controller.done',
      ...this.#about,
      durationMs,
      ...(failure === undefined ? {} : { failure }),
    });
  }
}

/** Somebody was faster, or our copy is a little old: part of the ordinary life of a controller. */
function isExpected(thrown: unknown): boolean {
  return thrown instanceof ApiError && (thrown.reason === 'Conflict' || thrown.reason === 'AlreadyExists');
}
