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
import { ApiError, type ApiObject } from './client.ts';
import { keyOf, type ObjectKey, parseKey } from './metadata.ts';
import type { RateLimit } from './rate-limits.ts';
import { WorkQueue } from './work-queue.ts';

export interface ReconcileResult {
  /** Look again after this long, whatever happens. */
  readonly requeueAfterMs?: number;
}

export interface ReconcileContext {
  /** Wall time at the start of this turn. */
  readonly nowMs: number;
  /** Aborted when the controller stops. */
  readonly signal: AbortSignal;
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
    this.#queue.add(keyOf(object));
  }

  enqueueKey(key: string): void {
    this.#queue.add(key);
  }

  enqueueAfter(object: ApiObject, delayMs: number): void {
    this.#queue.addAfter(keyOf(object), delayMs);
  }

  enqueueKeyAfter(key: string, delayMs: number): void {
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
    const nowMs = clock.nowMs();
    if (recorder.active) {
      recorder.record({ type: 'controller.take', atMs: nowMs, controller, key, queueLength: this.#queue.length });
    }
    const decided = (words: () => string): void => {
      if (!recorder.active) return;
      recorder.record({ type: 'controller.decision', atMs: clock.nowMs(), controller, key, words: words() });
    };
    try {
      const context = { nowMs, signal: this.#stop.signal, decided };
      const result = await this.#reconciler.reconcile(parseKey(key), context);
      this.#queue.forget(key);
      if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(key, result.requeueAfterMs);
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      this.#queue.addRateLimited(key);
      const fields = { controller, key, failures: this.#queue.failures(key), error: messageOf(thrown) };
      if (isExpected(thrown)) logger.debug(fields, 'reconciling met a conflict, trying again');
      else logger.warn(fields, 'reconciling failed, trying again');
    }
  }
}

/** Somebody was faster, or our copy is a little old: part of the ordinary life of a controller. */
function isExpected(thrown: unknown): boolean {
  return thrown instanceof ApiError && (thrown.reason === 'Conflict' || thrown.reason === 'AlreadyExists');
}
