/**
 * The nine guarantees of watches (etcd's documentation of its API guarantees, and its robustness tests), each by its
 * name, judged from all that a watch was told against the one history.
 */
import type { Revision, StoreEvent, WatchRequest, WatchResponse } from '../../store/index.ts';
import type { HistoryJudge } from './history-judge.ts';
import { sameKeyValue, textOf } from './model.ts';
import type { Violations } from './violation.ts';

export interface WatchRecord {
  readonly words: string;
  readonly request: WatchRequest;
  readonly responses: WatchResponse[];
  /** It lived to the end of the run, where all was quiet: nothing may be missing at all. */
  completed: boolean;
}

export class WatchJudge {
  readonly #violations: Violations;
  readonly #history: HistoryJudge;
  readonly #compactRevision: Revision;

  /** @param compactRevision the last one of the run */
  constructor(violations: Violations, history: HistoryJudge, compactRevision: Revision) {
    this.#violations = violations;
    this.#history = history;
    this.#compactRevision = compactRevision;
  }

  judge(watch: WatchRecord): void {
    this.#judgeOrder(watch);
    this.#judgeAtomic(watch);
    this.#judgeReliable(watch);
    this.#judgeBookmarks(watch);
    for (const response of watch.responses) {
      if (response.type !== 'events') continue;
      for (const event of response.events) this.#judgeEvent(watch, event);
    }
  }

  /** Ordered: revisions never go back. Unique: no event comes twice. */
  #judgeOrder(watch: WatchRecord): void {
    const seen = new Set<string>();
    let last = 0;
    for (const { kv } of eventsOf(watch)) {
      if (kv.modRevision < last) this.#fail('ordered', watch, `revision ${kv.modRevision} after ${last}`);
      last = kv.modRevision;
      const event = `${kv.key} at ${kv.modRevision}`;
      if (seen.has(event)) this.#fail('unique', watch, `${event} came twice`);
      seen.add(event);
    }
  }

  /** Atomic: the events of one revision are in one answer, all of them that match. */
  #judgeAtomic(watch: WatchRecord): void {
    const answered = new Set<Revision>();
    for (const response of watch.responses) {
      if (response.type !== 'events') continue;
      const here = new Map<Revision, number>();
      for (const { kv } of response.events) here.set(kv.modRevision, (here.get(kv.modRevision) ?? 0) + 1);
      for (const [revision, count] of here) {
        if (answered.has(revision)) this.#fail('atomic', watch, `revision ${revision} is torn over two answers`);
        answered.add(revision);
        const all = this.#matching(watch, revision).length;
        if (count !== all) this.#fail('atomic', watch, `${count} of ${all} events of revision ${revision}`);
      }
    }
  }

  /**
   * Reliable: between the first revision that it is to see and the last that it has seen, nothing is left out.
   * Resumable: the first is the one it asked for, whoever is asked, unless that is compacted.
   */
  #judgeReliable(watch: WatchRecord): void {
    const { created, first } = beginning(watch);
    if (!created) return;
    const events = eventsOf(watch);
    const last = watch.completed ? this.#history.lastRevision : (events.at(-1)?.kv.modRevision ?? 0);
    const seen = new Set(events.map(({ kv }) => kv.modRevision));
    for (let revision = first; revision <= last; revision++) {
      if (seen.has(revision) || this.#matching(watch, revision).length === 0) continue;
      const resumed = (watch.request.startRevision ?? 0) > 0 && revision < (events[0]?.kv.modRevision ?? Infinity);
      this.#fail(resumed ? 'resumable' : 'reliable', watch, `revision ${revision} is left out`);
      return;
    }
    const early = events[0]?.kv.modRevision ?? first;
    if (early < first) this.#fail('resumable', watch, `revision ${early} was not asked for`);
  }

  /** Bookmarkable: progress at R means that every event up to R has been delivered, and none at R or before follows. */
  #judgeBookmarks(watch: WatchRecord): void {
    const { first } = beginning(watch);
    let bookmark = 0;
    let delivered = 0;
    const seen = new Set<Revision>();
    for (const response of watch.responses) {
      if (response.type === 'events') {
        for (const { kv } of response.events) {
          if (kv.modRevision <= bookmark) {
            this.#fail('bookmarkable', watch, `revision ${kv.modRevision} after progress at ${bookmark}`);
          }
          delivered = Math.max(delivered, kv.modRevision);
          seen.add(kv.modRevision);
        }
      }
      if (response.type !== 'progress') continue;
      const { revision } = response.header;
      if (revision < bookmark) this.#fail('bookmarkable', watch, `progress at ${revision} after ${bookmark}`);
      if (revision < delivered) this.#fail('bookmarkable', watch, `progress at ${revision} behind event ${delivered}`);
      for (let at = Math.max(first, bookmark + 1); at <= revision; at++) {
        if (seen.has(at) || this.#matching(watch, at).length === 0) continue;
        this.#fail('bookmarkable', watch, `progress at ${revision}, and revision ${at} was never told`);
      }
      bookmark = Math.max(bookmark, revision);
    }
  }

  /** PrevKV, IsCreate, Filter, and that the event is what happened. */
  #judgeEvent(watch: WatchRecord, event: StoreEvent): void {
    const { kv, prevKv, type } = event;
    const happened = this.#history.eventsOf(kv.modRevision).find((each) => each.kv.key === kv.key);
    if (happened === undefined || happened.type !== type || !sameKeyValue(happened.kv, kv)) {
      this.#fail('reliable', watch, `${textOf(kv)} at ${kv.modRevision} never happened`);
      return;
    }
    if (!inRange(watch.request, kv.key)) this.#fail('filter', watch, `${kv.key} is not watched`);
    if (watch.request.filters?.includes(type === 'put' ? 'noPut' : 'noDelete')) {
      this.#fail('filter', watch, `a ${type} that was to be left out`);
    }
    const before = this.#before(kv.key, kv.modRevision);
    const isCreate = type === 'put' && kv.createRevision === kv.modRevision;
    if (type === 'put' && isCreate !== (before === undefined)) {
      this.#fail('isCreate', watch, `${kv.key} at ${kv.modRevision}: created is ${isCreate}`);
    }
    if (watch.request.prevKv !== true) {
      if (prevKv !== undefined) this.#fail('prevKv', watch, 'it was not asked for');
    } else if (prevKv !== undefined || kv.modRevision - 1 >= this.#compactRevision) {
      if (!sameKeyValue(prevKv, before)) {
        this.#fail('prevKv', watch, `${kv.key} at ${kv.modRevision}: ${textOf(prevKv)}, it was ${textOf(before)}`);
      }
    }
  }

  #before(key: string, revision: Revision): StoreEvent['kv'] | undefined {
    for (let at = revision - 1; at >= 2; at--) {
      const event = this.#history.eventsOf(at).findLast((each) => each.kv.key === key);
      if (event !== undefined) return event.type === 'put' ? event.kv : undefined;
    }
    return undefined;
  }

  #matching({ request }: WatchRecord, revision: Revision): readonly StoreEvent[] {
    const left = (type: StoreEvent['type']): boolean =>
      !request.filters?.includes(type === 'put' ? 'noPut' : 'noDelete');
    return this.#history.eventsOf(revision).filter((event) => inRange(request, event.kv.key) && left(event.type));
  }

  #fail(guarantee: string, watch: WatchRecord, words: string): void {
    this.#violations.add(`watch.${guarantee}`, `${watch.words}: ${words}`);
  }
}

function eventsOf(watch: WatchRecord): StoreEvent[] {
  return watch.responses.flatMap((response) => (response.type === 'events' ? response.events : []));
}

/** The first revision that it is to see. */
function beginning({ request, responses }: WatchRecord): { created: boolean; first: Revision } {
  const start = request.startRevision ?? 0;
  const first = responses[0];
  if (first?.type !== 'created') return { created: false, first: 0 };
  return { created: true, first: start > 0 ? start : first.header.revision + 1 };
}

function inRange({ key, rangeEnd = '' }: WatchRequest, candidate: string): boolean {
  if (rangeEnd === '') return candidate === key;
  return candidate >= key && (rangeEnd === '\0' || candidate < rangeEnd);
}
