/**
 * A leader's reads that do not go through the log (Ongaro 2014, section 6.4), and its lease.
 *
 * Every broadcast of heartbeats is a *round* with a number that the answers carry back. A round that a quorum has
 * answered proves that, when it was sent, no later leader had been elected. So a read asked before round r was sent may
 * be served at the commit index of that moment once r is answered by a quorum. Rounds only grow within a term, and the
 * messages carry the term, so a number is never mistaken for another.
 *
 * The lease rests on the same rounds: voters that answered a round refuse to elect anyone for `electionTicks` from its
 * receipt, so for somewhat less than that from its sending nobody else can have been elected.
 *
 * Invariant: waiting reads are in the order of their rounds. All of this belongs to one term of one leader.
 */
import { jointIndex } from './quorum.ts';
import type { ConfState, MemberId } from './types.ts';

/** Who asked, and the unique context of the question. */
export interface ReadRequest {
  readonly from: MemberId;
  readonly context: string;
}

/** Reads that wait at one leader; more are dropped, as a lost message would be, and asked again by whoever waits. */
export const READS_WAITING_MAX = 100_000;

export class ReadOnly {
  readonly #timed: boolean;
  #round = 0;
  /** The round's heartbeats have not left this member yet, so a read that comes now may share it. */
  #roundOpen = false;
  readonly #acknowledged = new Map<MemberId, number>();
  #waiting: { readonly request: ReadRequest; readonly index: number; readonly round: number }[] = [];
  #postponed: ReadRequest[] = [];
  /** When the newest confirmed round was sent, and each after it, oldest first. Empty unless timed. */
  readonly #sent: { readonly round: number; readonly tick: number }[] = [];

  /** @param timed whether to remember when rounds were sent, for the lease. */
  constructor(timed: boolean) {
    this.#timed = timed;
  }

  get isFull(): boolean {
    return this.#waiting.length + this.#postponed.length >= READS_WAITING_MAX;
  }

  /** Begins a round at `tick`; its number is the context of the heartbeats. */
  beginRound(tick: number): string {
    this.#round++;
    this.#roundOpen = true;
    if (this.#timed) this.#sent.push({ round: this.#round, tick });
    return String(this.#round);
  }

  get roundIsOpen(): boolean {
    return this.#roundOpen;
  }

  /** The heartbeats of the round are being sent: later reads need another. */
  closeRound(): void {
    this.#roundOpen = false;
  }

  /** The read at `index` waits for the current round, which must be open. */
  wait(request: ReadRequest, index: number): void {
    this.#waiting.push({ request, index, round: this.#round });
  }

  /** The read waits until this leader has committed an entry of its own term, and so knows what is committed. */
  postpone(request: ReadRequest): void {
    this.#postponed.push(request);
  }

  takePostponed(): ReadRequest[] {
    const postponed = this.#postponed;
    if (postponed.length > 0) this.#postponed = [];
    return postponed;
  }

  get hasPostponed(): boolean {
    return this.#postponed.length > 0;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** A member answered the heartbeat with this context. What no round of ours carried is ignored. */
  acknowledge(from: MemberId, context: string): void {
    const round = Number(context);
    if (!Number.isSafeInteger(round) || round < 1 || round > this.#round) return;
    this.#acknowledged.set(from, Math.max(this.#acknowledged.get(from) ?? 0, round));
  }

  /** The reads that a quorum of `config` has confirmed, each with its index. `self` has answered every round. */
  takeConfirmed(config: ConfState, self: MemberId): { request: ReadRequest; index: number }[] {
    const confirmed = this.#confirmedRound(config, self);
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count]?.round ?? 0) <= confirmed) count++;
    return count === 0 ? [] : this.#waiting.splice(0, count);
  }

  /** When the newest round that a quorum of `config` has answered was sent; undefined before the first. */
  confirmedTick(config: ConfState, self: MemberId): number | undefined {
    const confirmed = this.#confirmedRound(config, self);
    let newest = -1;
    while (newest + 1 < this.#sent.length && (this.#sent[newest + 1]?.round ?? 0) <= confirmed) newest++;
    if (newest > 0) {
      this.#sent.splice(0, newest);
      newest = 0;
    }
    return newest < 0 ? undefined : this.#sent[newest]?.tick;
  }

  #confirmedRound(config: ConfState, self: MemberId): number {
    return jointIndex(config, (id) => (id === self ? this.#round : (this.#acknowledged.get(id) ?? 0)));
  }
}
