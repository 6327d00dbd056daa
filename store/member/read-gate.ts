/**
 * Linearizable reads: whoever passes the gate may read the state as it is here then. Reads come in batches: while one
 * question to the leader is on its way, later reads wait for the next one, for the answer to an earlier question may be
 * older than they are.
 *
 * A question that is lost (no leader yet, a change of leader, a lost message) is asked again, with a new context.
 */
import { Deferred } from '../../base/deferred.ts';
import { StoreError, type StoreErrorReason } from '../errors.ts';
import type { ReadState } from '../raft/types.ts';
import type { CallOptions } from '../store.ts';

/** A question without an answer is asked again after this time (etcd's readIndexRetryTime). */
const RETRY_MS = 500;

interface Waiting {
  readonly deferred: Deferred<void>;
  readonly deadlineMs: number;
}

interface Batch {
  context: string;
  askedAtMs: number;
  readonly waiting: Waiting[];
  /** Answered: passes when the state has applied this. */
  index: number | undefined;
}

export interface ReadGateDeps {
  /** Asks raft; the answer comes to `answer`. */
  readonly ask: (context: string) => void;
  readonly monotonicMs: () => number;
  readonly timeoutMs: number;
  /** Unique to this member's life: contexts must never repeat. */
  readonly contextPrefix: string;
}

export class ReadGate {
  readonly #deps: ReadGateDeps;
  #current: Batch | undefined;
  #next: Waiting[] = [];
  #asked = 0;
  #appliedIndex = 0;

  constructor(deps: ReadGateDeps) {
    this.#deps = deps;
  }

  /** Resolves when the state here is at least as new as anything that was acknowledged before the call. */
  pass(options?: CallOptions): Promise<void> {
    const deferred = new Deferred<void>();
    this.#next.push({ deferred, deadlineMs: this.#deps.monotonicMs() + this.#deps.timeoutMs });
    this.#askNext();
    const signal = options?.signal;
    if (signal === undefined) return deferred.promise;
    const abort = (): void => deferred.reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return deferred.promise.finally(() => signal.removeEventListener('abort', abort));
  }

  /** Takes raft's answers. */
  answer(readStates: readonly ReadState[]): void {
    for (const { context, index } of readStates) {
      if (this.#current === undefined || this.#current.context !== context) continue;
      this.#current.index ??= index;
    }
    this.applied(this.#appliedIndex);
  }

  /** The state has applied everything up to here. */
  applied(index: number): void {
    this.#appliedIndex = index;
    const batch = this.#current;
    if (batch?.index === undefined || batch.index > index) return;
    this.#current = undefined;
    for (const { deferred } of batch.waiting) deferred.resolve();
    this.#askNext();
  }

  /** Asks again what got no answer: to be called now and then, and `leaderChanged` at once when there is a new leader. */
  tick(leaderChanged = false): void {
    const nowMs = this.#deps.monotonicMs();
    this.#expire(nowMs);
    const batch = this.#current;
    if (batch === undefined || batch.index !== undefined) return;
    if (leaderChanged || nowMs - batch.askedAtMs >= RETRY_MS) this.#ask(batch);
  }

  rejectAll(reason: StoreErrorReason, cause?: unknown): void {
    const waiting = [...(this.#current?.waiting ?? []), ...this.#next];
    this.#current = undefined;
    this.#next = [];
    for (const { deferred } of waiting) deferred.reject(new StoreError(reason, { cause }));
  }

  #askNext(): void {
    if (this.#current !== undefined || this.#next.length === 0) return;
    this.#current = { context: '', askedAtMs: 0, waiting: this.#next, index: undefined };
    this.#next = [];
    this.#ask(this.#current);
  }

  #ask(batch: Batch): void {
    batch.context = `${this.#deps.contextPrefix}-${++this.#asked}`;
    batch.askedAtMs = this.#deps.monotonicMs();
    this.#deps.ask(batch.context);
  }

  #expire(nowMs: number): void {
    for (const list of [this.#current?.waiting ?? [], this.#next]) {
      let late = 0;
      while (late < list.length && (list[late]?.deadlineMs ?? Infinity) <= nowMs) late++;
      for (const { deferred } of list.splice(0, late)) deferred.reject(new StoreError('timeout'));
    }
  }
}
