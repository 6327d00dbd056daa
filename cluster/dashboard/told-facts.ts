/**
 * What pages are told of the system's own moments: of each kind a share (`ToldShare`). What is left out is counted by its kind
 * and said, with its place in the ring, where a page that wants it can read it (`/moments`).
 *
 * Nothing is lost where much can be said in one: entries that follow each other in one member's log are told together, of
 * how a member sees itself only the newest is told, and heartbeats that pass the same way in one beat stand for each other. A fact that is not told costs a look at its kind.
 */
import type { Fact } from '../../base/moments.ts';
import type { LeftOut, Moment } from '../../dashboard/model/moment.ts';
import { type Rate, ToldShare } from './told-share.ts';

const RATE: Rate = { burst: 400, perBeat: 5 };
/** Between members much passes when little else happens. */
const MESSAGE_RATE: Rate = { burst: 400, perBeat: 24 };

type Entries = Extract<Fact, { readonly first: number }>;

export class ToldFacts {
  #told: (Moment | undefined)[] = [];
  readonly #shares = new Map<Fact['type'], ToldShare>();
  /** Where in `#told` the newest is that more can be said in: of entries by kind and member, of states by member. */
  readonly #open = new Map<Fact['type'], Map<string, number>>();
  #leftOut = new Map<Fact['type'] | 'lost', number>();

  /** @param place in the sequence that pages see: later ones have greater places */
  add(fact: Fact, atMs: number, place: number): void {
    switch (fact.type) {
      case 'raft.append':
      case 'raft.durable':
      case 'raft.commit':
      case 'raft.apply':
        this.#addEntries(fact, atMs, place);
        return;
      case 'raft.state': {
        const before = this.#openOf(fact.type).get(fact.member);
        if (before !== undefined) this.#told[before] = undefined;
        this.#openOf(fact.type).set(fact.member, this.#told.length);
        this.#told.push({ ...fact, atMs, place });
        return;
      }
      case 'raft.message': {
        if (!/heartbeat/i.test(fact.message)) break;
        const way = `${fact.stage} ${fact.from} ${fact.to} ${fact.message}`;
        const ways = this.#openOf(fact.type);
        if (!ways.has(way)) this.#told.push({ ...fact, atMs, place });
        ways.set(way, this.#told.length);
        return;
      }
      default:
    }
    if (this.#shareOf(fact.type).take()) this.#told.push({ ...fact, atMs, place });
    else this.#leaveOut(fact.type, 1);
  }

  /** So many were dropped before they could be looked at. */
  lose(count: number): void {
    if (count > 0) this.#leaveOut('lost', count);
  }

  /** What is to be told now, in order; a beat is over. */
  take(): { readonly moments: readonly Moment[]; readonly leftOut: LeftOut | undefined } {
    const moments = this.#told.filter((moment) => moment !== undefined);
    const leftOut = this.#leftOut.size === 0 ? undefined : Object.fromEntries(this.#leftOut);
    this.#told = [];
    for (const open of this.#open.values()) open.clear();
    this.#leftOut = new Map();
    for (const share of this.#shares.values()) share.beat();
    return { moments, leftOut };
  }

  #addEntries(fact: Entries, atMs: number, place: number): void {
    const open = this.#openOf(fact.type);
    const at = open.get(fact.member);
    const before = at === undefined ? undefined : (this.#told[at] as (Entries & Moment) | undefined);
    if (at !== undefined && before !== undefined && before.last + 1 === fact.first && before.term === fact.term) {
      this.#told[at] = { ...before, last: fact.last };
      return;
    }
    open.set(fact.member, this.#told.length);
    this.#told.push({ ...fact, atMs, place });
  }

  #openOf(type: Fact['type']): Map<string, number> {
    let open = this.#open.get(type);
    if (open === undefined) {
      open = new Map();
      this.#open.set(type, open);
    }
    return open;
  }

  #shareOf(type: Fact['type']): ToldShare {
    let share = this.#shares.get(type);
    if (share === undefined) {
      share = new ToldShare(type === 'raft.message' ? MESSAGE_RATE : RATE);
      this.#shares.set(type, share);
    }
    return share;
  }

  #leaveOut(type: Fact['type'] | 'lost', count: number): void {
    this.#leftOut.set(type, (this.#leftOut.get(type) ?? 0) + count);
  }
}
