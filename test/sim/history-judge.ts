/**
 * The one history of the keyspace, put together from a watch of everything on every member in every life. All of them
 * must tell the same; whatever a client was told must be in it; and the keyspace at any revision can be read from it.
 */
import type { KeyValue, Revision, StoreEvent } from '../../store/index.ts';
import type { Call } from './call.ts';
import { rangeOf, sameKeyValue, textOf } from './model.ts';
import type { Violations } from './violation.ts';

export class HistoryJudge {
  readonly #violations: Violations;
  readonly #events = new Map<Revision, readonly StoreEvent[]>();
  readonly #seenAtMs = new Map<Revision, number>();
  #last: Revision = 1;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  get lastRevision(): Revision {
    return this.#last;
  }

  /** All events of one revision, as a member told them. */
  saw(revision: Revision, events: readonly StoreEvent[], teller: string, nowMs: number): void {
    const known = this.#events.get(revision);
    if (known === undefined) {
      this.#events.set(revision, events);
      this.#seenAtMs.set(revision, nowMs);
    } else if (!sameEvents(known, events)) {
      this.#violations.add(
        'history',
        `${teller} tells revision ${revision} as ${textOf(events)}, it was ${textOf(known)}`,
      );
    }
    this.#last = Math.max(this.#last, revision);
  }

  eventsOf(revision: Revision): readonly StoreEvent[] {
    return this.#events.get(revision) ?? [];
  }

  has(revision: Revision): boolean {
    return this.#events.has(revision);
  }

  /** When the first of all watches told of it. */
  seenAtMs(revision: Revision): number {
    return this.#seenAtMs.get(revision) ?? Number.POSITIVE_INFINITY;
  }

  /** In the order of revisions. */
  *events(): Iterable<StoreEvent> {
    for (let revision = 2; revision <= this.#last; revision++) yield* this.eventsOf(revision);
  }

  /** The keyspace after each revision from 1 on; throws where a revision is not known. */
  states(): ReadonlyMap<string, KeyValue>[] {
    const states: ReadonlyMap<string, KeyValue>[] = [new Map(), new Map()];
    for (let revision = 2; revision <= this.#last; revision++) {
      const state = new Map(states[revision - 1]);
      const events = this.#events.get(revision);
      if (events === undefined) throw new Error(`nobody told of revision ${revision}, though ${this.#last} was seen`);
      for (const { type, kv } of events) {
        if (type === 'put') state.set(kv.key, kv);
        else state.delete(kv.key);
      }
      states.push(state);
    }
    return states;
  }

  /** What was acknowledged is there; what was read was so. */
  judge(calls: readonly Call[]): void {
    const states = this.states();
    for (const call of calls) {
      if (call.outcome?.revision === undefined || call.outcome.refused) continue;
      const { revision, text } = call.outcome;
      if (call.marker !== undefined && call.outcome.wrote) {
        const found = this.eventsOf(revision).some(({ kv }) => Buffer.from(kv.value).toString() === call.marker);
        if (!found) this.#violations.add('durable', `${call.words}: acknowledged at ${revision}, and lost`);
      }
      if (call.request.type !== 'range') continue;
      const at = call.request.request.revision || revision;
      const state = states[at];
      if (state === undefined) {
        this.#violations.add('reads', `${call.words}: answered at revision ${at}, which nobody else saw`);
      } else if (textOf(rangeOf(state, call.request.request)) !== text) {
        this.#violations.add(
          'reads',
          `${call.words}: ${text} at ${at}, it was ${textOf(rangeOf(state, call.request.request))}`,
        );
      }
    }
    this.#judgeMarkers();
  }

  /** No request was done twice. */
  #judgeMarkers(): void {
    const seen = new Map<string, Revision>();
    for (const { type, kv } of this.events()) {
      if (type !== 'put') continue;
      const marker = `${kv.key} ${Buffer.from(kv.value).toString()}`;
      const before = seen.get(marker);
      if (before !== undefined) {
        this.#violations.add('once', `"${marker}" was put at ${before} and at ${kv.modRevision}`);
      }
      seen.set(marker, kv.modRevision);
    }
  }
}

function sameEvents(a: readonly StoreEvent[], b: readonly StoreEvent[]): boolean {
  return a.length === b.length && a.every((event, at) => sameEvent(event, b[at]));
}

function sameEvent(a: StoreEvent, b: StoreEvent | undefined): boolean {
  return b !== undefined && a.type === b.type && sameKeyValue(a.kv, b.kv);
}
