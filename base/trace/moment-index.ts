/** Moments, found by the ids with which they name each other. */
import type { Moment, MomentType } from '../moments.ts';

export type MomentOf<T extends MomentType> = Extract<Moment, { readonly type: T }>;

export type TurnStart = MomentOf<'controller.take' | 'scheduler.decision' | 'node.pod' | 'controller.decision'>;

export interface Turn {
  readonly id: string;
  /** What it began with. */
  readonly start: TurnStart;
  readonly decisions: MomentOf<'controller.decision'>[];
  done: MomentOf<'controller.done'> | undefined;
}

type EntryStage = 'raft.append' | 'raft.durable' | 'raft.commit' | 'raft.apply';

export class MomentIndex {
  readonly requests = new Map<string, MomentOf<'api.request'>>();
  readonly turns = new Map<string, Turn>();
  readonly writes: MomentOf<'api.write'>[] = [];
  readonly writeAt = new Map<number, MomentOf<'api.write'>>();
  readonly writesOf = new Map<string, MomentOf<'api.write'>[]>();
  readonly requestsOf = new Map<string, MomentOf<'api.request'>[]>();
  readonly turnsAfter = new Map<number, Turn[]>();
  readonly watchEventAt = new Map<number, MomentOf<'api.watch-event'>>();
  readonly changesAt = new Map<number, MomentOf<'store.change'>[]>();
  readonly containersOf = new Map<string, MomentOf<'node.container'>[]>();
  /** Everybody who was heard to append. */
  readonly members = new Set<string>();
  readonly #entries: MomentOf<EntryStage>[] = [];
  readonly #entriesAt = new Map<number, MomentOf<EntryStage>[]>();

  constructor(moments: readonly Moment[]) {
    for (const moment of moments) this.#add(moment);
    this.writes.sort((a, b) => a.revision - b.revision);
    for (const entry of this.#entries) {
      for (let index = entry.first; index <= entry.last; index++) push(this.#entriesAt, index, entry);
    }
  }

  /** The stages that a log entry of this term went through, at all members. */
  entry(index: number, term: number): readonly MomentOf<EntryStage>[] {
    return (this.#entriesAt.get(index) ?? []).filter((each) => each.term === term);
  }

  /** The revisions that set the turn off; most likely reason first. */
  causesOf({ start }: Turn): readonly number[] {
    switch (start.type) {
      case 'controller.take':
        return [...start.revisions].sort((a, b) => this.#weight(b, start.key) - this.#weight(a, start.key) || a - b);
      case 'scheduler.decision':
      case 'node.pod':
        return [start.revision];
      case 'controller.decision':
        return [];
    }
  }

  /**
   * How likely a change is why a key had to be looked at: a change of the object itself, unless only of its status, says
   * more than one of an object that belongs to it.
   */
  #weight(revision: number, key: string): number {
    const write = this.writeAt.get(revision);
    if (write === undefined) return 0;
    const own = `${write.namespace === undefined ? '' : `${write.namespace}/`}${write.name}` === key;
    if (!own) return 2;
    const request = write.request === undefined ? undefined : this.requests.get(write.request);
    return request?.resource.endsWith('/status') === true ? 1 : 3;
  }

  #add(moment: Moment): void {
    switch (moment.type) {
      case 'api.request':
        this.requests.set(moment.request, moment);
        if (moment.cause !== undefined) push(this.requestsOf, moment.cause, moment);
        return;
      case 'api.write':
        this.writes.push(moment);
        this.writeAt.set(moment.revision, moment);
        if (moment.request !== undefined) push(this.writesOf, moment.request, moment);
        return;
      case 'api.watch-event':
        this.watchEventAt.set(moment.revision, moment);
        return;
      case 'store.change':
        push(this.changesAt, moment.revision, moment);
        return;
      case 'raft.append':
        this.members.add(moment.member);
        this.#entries.push(moment);
        return;
      case 'raft.durable':
      case 'raft.commit':
      case 'raft.apply':
        this.#entries.push(moment);
        return;
      case 'node.container':
        push(this.containersOf, moment.pod, moment);
        return;
      case 'controller.take':
      case 'scheduler.decision':
      case 'node.pod':
        this.#begin(moment.turn, moment);
        return;
      case 'controller.decision':
        if (moment.turn === undefined) return;
        if (!this.turns.has(moment.turn)) this.#begin(moment.turn, moment);
        this.turns.get(moment.turn)?.decisions.push(moment);
        return;
      case 'controller.done': {
        const turn = this.turns.get(moment.turn);
        if (turn !== undefined) turn.done = moment;
        return;
      }
      default:
        return;
    }
  }

  #begin(id: string, start: TurnStart): void {
    const turn: Turn = { id, start, decisions: [], done: undefined };
    this.turns.set(id, turn);
    const revisions = start.type === 'controller.take' ? start.revisions : 'revision' in start ? [start.revision] : [];
    for (const revision of revisions) push(this.turnsAfter, revision, turn);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
