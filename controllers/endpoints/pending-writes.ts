/**
 * What was written and has not been seen in the informer yet, by owner. Until all of it was seen, the informer's picture is
 * old. Forgotten after five minutes, in case an event never comes.
 */
import type { Clock } from '../../base/clock.ts';

const LAPSE_MS = 5 * 60 * 1000;

interface Pending {
  /** The version that must be seen; undefined: its deletion must. */
  readonly version: bigint | undefined;
  readonly sinceMs: number;
}

export class PendingWrites {
  readonly #clock: Clock;
  readonly #byOwner = new Map<string, Map<string, Pending>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wrote(owner: string, name: string, resourceVersion: string): void {
    this.#set(owner, name, /^[0-9]+$/.test(resourceVersion) ? BigInt(resourceVersion) : 0n);
  }

  deleting(owner: string, name: string): void {
    this.#set(owner, name, undefined);
  }

  saw(owner: string, name: string, resourceVersion: string): void {
    const pending = this.#byOwner.get(owner)?.get(name);
    if (pending?.version === undefined) return;
    if (!/^[0-9]+$/.test(resourceVersion) || BigInt(resourceVersion) >= pending.version) this.gone(owner, name);
  }

  gone(owner: string, name: string): void {
    this.#byOwner.get(owner)?.delete(name);
  }

  allSeen(owner: string): boolean {
    const pending = this.#byOwner.get(owner);
    if (pending === undefined) return true;
    const lapsedMs = this.#clock.monotonicMs() - LAPSE_MS;
    for (const [name, { sinceMs }] of pending) if (sinceMs < lapsedMs) pending.delete(name);
    return pending.size === 0;
  }

  forget(owner: string): void {
    this.#byOwner.delete(owner);
  }

  #set(owner: string, name: string, version: bigint | undefined): void {
    const pending = this.#byOwner.get(owner) ?? new Map<string, Pending>();
    this.#byOwner.set(owner, pending.set(name, { version, sinceMs: this.#clock.monotonicMs() }));
  }
}
