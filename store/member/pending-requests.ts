/**
 * Who waits for a command's outcome. A request is answered exactly once: with its outcome when its entry is applied here,
 * or with an error that says that the outcome is not known.
 *
 * Numbers go up, so requests stand in the order of their deadlines and expiring looks at the oldest only.
 */
import { Deferred } from '../../base/deferred.ts';
import { StoreError, type StoreErrorReason } from '../errors.ts';
import type { CallOptions } from '../store.ts';
import type { RequestId } from './command.ts';

const NUMBER_MAX = 0xffff_ffff;

interface Pending {
  readonly deferred: Deferred<unknown>;
  readonly deadlineMs: number;
  /** Counts all requests of this life. */
  readonly sequence: number;
  readonly bytes: number;
}

export class PendingRequests {
  readonly #member: bigint;
  readonly #incarnation: number;
  readonly #timeoutMs: number;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #sequence = 0;
  #bytes = 0;
  #expired = 0;

  /** @param incarnation drawn at random at each start, so that an entry of an earlier life answers nobody */
  constructor(member: bigint, incarnation: number, timeoutMs: number) {
    this.#member = member;
    this.#incarnation = incarnation;
    this.#timeoutMs = timeoutMs;
  }

  /** Bytes of the requests that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** How many were given up on because they waited too long. */
  get expired(): number {
    return this.#expired;
  }

  /** Tells the requests that exist now from later ones, for `rejectBefore`. */
  get mark(): number {
    return this.#sequence;
  }

  /**
   * A new request: its encoded form, made with its id, and the promise of its outcome, which rejects with the signal's
   * reason when that is aborted. Throws that reason when it is aborted already.
   */
  add<T>(
    nowMs: number,
    options: CallOptions | undefined,
    encode: (id: RequestId) => Uint8Array,
  ): { data: Uint8Array; outcome: Promise<T> } {
    options?.signal?.throwIfAborted();
    const number = this.#next;
    this.#next = number === NUMBER_MAX ? 1 : number + 1;
    const data = encode({ member: this.#member, incarnation: this.#incarnation, number });
    const deferred = new Deferred<unknown>();
    this.#pending.set(number, {
      deferred,
      deadlineMs: nowMs + this.#timeoutMs,
      sequence: this.#sequence++,
      bytes: data.length,
    });
    this.#bytes += data.length;
    const signal = options?.signal;
    const outcome = signal === undefined ? deferred.promise : this.#abortable(number, deferred, signal);
    // The result of a command has the type that belongs to it: whoever adds a request knows which that is.
    return { data, outcome: outcome as Promise<T> };
  }

  resolve(id: RequestId, value: () => unknown): void {
    this.#take(id)?.deferred.resolve(value());
  }

  reject(id: RequestId, error: Error): void {
    this.#take(id)?.deferred.reject(error);
  }

  /** Gives up on those that waited too long. */
  expire(nowMs: number, reason: StoreErrorReason): void {
    for (const [number, { deferred, deadlineMs }] of this.#pending) {
      if (deadlineMs > nowMs) return;
      this.#remove(number);
      this.#expired++;
      deferred.reject(new StoreError(reason));
    }
  }

  /** Those that waited at `mark` get this error: their outcome is not known. */
  rejectBefore(mark: number, reason: StoreErrorReason): void {
    for (const [number, { deferred, sequence }] of this.#pending) {
      if (sequence >= mark) return;
      this.#remove(number);
      deferred.reject(new StoreError(reason));
    }
  }

  /** Everybody who waits gets this error. */
  rejectAll(reason: StoreErrorReason, cause?: unknown): void {
    for (const { deferred } of this.#pending.values()) deferred.reject(new StoreError(reason, { cause }));
    this.#pending.clear();
    this.#bytes = 0;
  }

  #take(id: RequestId): Pending | undefined {
    if (id.incarnation !== this.#incarnation || id.member !== this.#member) return undefined;
    return this.#remove(id.number);
  }

  #remove(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    if (pending === undefined) return undefined;
    this.#pending.delete(number);
    this.#bytes -= pending.bytes;
    return pending;
  }

  async #abortable(number: number, deferred: Deferred<unknown>, signal: AbortSignal): Promise<unknown> {
    const abort = (): void => {
      this.#remove(number);
      deferred.reject(signal.reason);
    };
    signal.addEventListener('abort', abort);
    try {
      return await deferred.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
