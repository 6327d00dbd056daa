/**
 * The sequence of moments that the page holds, and the state at each of them. Moments lie in chunks; at the beginning of each
 * chunk the state is kept, so that any moment is at most a chunk of reductions away. When too many are held, the oldest
 * chunk is forgotten, and time begins later.
 */
import type { Moment, SystemMoment } from './moment.ts';
import { reduceAll } from './reduce.ts';
import { emptyState, type State } from './state.ts';
import { type Landmark, landmarkOf } from './telling.ts';

const CHUNK_MAX = 1000;
const MOMENTS_MAX = 120_000;

/** What one second of time held. */
export interface Second {
  /** Keys that changed. */
  changes: number;
  readonly landmarks: Landmark[];
}

/** Where moments were left out. */
export type Gap = Extract<Moment, { readonly type: 'page.skipped' }>;

interface Chunk {
  readonly before: State;
  readonly moments: Moment[];
}

export class Timeline {
  #chunks: Chunk[];
  #live: State;
  #length = 0;
  readonly #seconds = new Map<number, Second>();
  /** What happened before the first state that is known: it can be read, not shown again. */
  readonly earlier: readonly Moment[];

  constructor(base: State = emptyState, earlier: readonly Moment[] = []) {
    this.#chunks = [{ before: base, moments: [] }];
    this.#live = base;
    this.earlier = earlier;
    let revision = 0;
    for (const moment of earlier) {
      this.#count(moment);
      // Each member tells of each change: its revision counts once.
      if (moment.type !== 'store.change' || moment.revision <= revision) continue;
      revision = moment.revision;
      this.#second(moment.atMs).changes++;
    }
  }

  /** The newest state. */
  get live(): State {
    return this.#live;
  }

  /** The oldest state that can be shown. */
  get base(): State {
    return this.#chunks[0]?.before ?? this.#live;
  }

  get length(): number {
    return this.#length;
  }

  /** By seconds since the epoch: those in which something happened. */
  get seconds(): ReadonlyMap<number, Second> {
    return this.#seconds;
  }

  append(moments: readonly Moment[]): void {
    if (moments.length === 0) return;
    for (const moment of moments) this.#count(moment);
    for (let at = 0; at < moments.length; ) {
      let chunk = this.#chunks.at(-1);
      if (chunk === undefined || chunk.moments.length >= CHUNK_MAX) {
        chunk = { before: this.#live, moments: [] };
        this.#chunks.push(chunk);
      }
      const part = moments.slice(at, at + CHUNK_MAX - chunk.moments.length);
      chunk.moments.push(...part);
      this.#live = reduceAll(this.#live, part);
      at += part.length;
    }
    this.#length += moments.length;
    while (this.#length > MOMENTS_MAX && this.#chunks.length > 1) {
      this.#length -= this.#chunks.shift()?.moments.length ?? 0;
    }
  }

  /** The state right after the last moment whose place is at most `place`; the oldest one that is known, before that. */
  stateAt(place: number): State {
    if (place >= this.#live.place) return this.#live;
    const chunk = this.#chunks[this.#chunkOf(place)];
    if (chunk === undefined) return this.base;
    return reduceAll(chunk.before, chunk.moments.slice(0, upTo(chunk.moments, place)));
  }

  /** The first moment after `place`. */
  after(place: number): Moment | undefined {
    for (let at = Math.max(0, this.#chunkOf(place)); at < this.#chunks.length; at++) {
      const moments = this.#chunks[at]?.moments ?? [];
      const next = moments[upTo(moments, place)];
      if (next !== undefined) return next;
    }
    return undefined;
  }

  /** The last moment before `place`. */
  before(place: number): Moment | undefined {
    for (let at = this.#chunkOf(place - 1); at >= 0; at--) {
      const moments = this.#chunks[at]?.moments ?? [];
      const count = upTo(moments, place - 1);
      if (count > 0) return moments[count - 1];
    }
    return undefined;
  }

  /**
   * The place up to which nothing is later than a time; of the base when all is. What was told late, by a member that was
   * slow to answer, stands where it was told: the state there is of then, not of when it happened.
   */
  placeAtTime(atMs: number): number {
    let found = this.base.place;
    for (const chunk of this.#chunks) {
      if (chunk.before.atMs > atMs) break;
      for (const moment of chunk.moments) {
        if (moment.atMs > atMs) return found;
        found = moment.place;
      }
    }
    return found;
  }

  /** Where moments were left out that may still be had, those near `place` first. */
  gapsNear(place: number): readonly Gap[] {
    const at = this.#chunkOf(place);
    const gaps: Gap[] = [];
    for (const chunk of this.#chunks.slice(Math.max(0, at - 1), at + 2)) {
      for (const moment of chunk.moments)
        if (moment.type === 'page.skipped' && moment.last >= moment.first) gaps.push(moment);
    }
    return gaps.sort((one, other) => Math.abs(one.place - place) - Math.abs(other.place - place));
  }

  /**
   * Puts what happened in the place of what was told of it: `found` are those of the gap's numbers that are still held
   * anywhere. All states after it follow from it anew.
   */
  fill(gap: Gap, found: readonly (SystemMoment & { readonly seq: number })[]): void {
    const { first, last, offset } = gap;
    const had = new Set(found.map(({ seq }) => seq + offset));
    const rest = Math.max(0, last - first + 1 - found.length);
    // What belongs before the first state that is held is gone with it.
    const all = found.map(({ seq, ...moment }) => ({ ...moment, place: seq + offset }) as Moment);
    let left = all.filter(({ place }) => place > this.base.place);
    const from = Math.max(0, this.#chunkOf(first + offset));
    let known = this.#chunks[from]?.before ?? this.base;
    for (let at = from; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) break;
      const end = this.#chunks[at + 1]?.moments[0]?.place ?? Number.POSITIVE_INFINITY;
      const mine = left.filter(({ place }) => place < end);
      left = left.filter(({ place }) => place >= end);
      const told = chunk.moments.filter(({ place }) => !had.has(place) && place !== gap.place);
      // Nothing more is to be had there; what is missing is said all the same.
      const said = rest > 0 && chunk.moments.includes(gap) ? [{ ...gap, count: rest, first: 1, last: 0 }] : [];
      const moments = [...told, ...mine, ...said].sort((one, other) => one.place - other.place);
      this.#length += moments.length - chunk.moments.length;
      this.#chunks[at] = { before: known, moments };
      known = reduceAll(known, moments);
    }
    this.#live = known;
  }

  /** All moments, those before the base first. */
  *moments(): IterableIterator<Moment> {
    yield* this.earlier;
    for (const { moments } of this.#chunks) yield* moments;
  }

  /** The newest first. */
  *newestFirst(place = Number.POSITIVE_INFINITY): IterableIterator<Moment> {
    for (let at = this.#chunks.length - 1; at >= 0; at--) {
      const moments = this.#chunks[at]?.moments ?? [];
      for (let index = upTo(moments, place) - 1; index >= 0; index--) {
        const moment = moments[index];
        if (moment !== undefined) yield moment;
      }
    }
    for (let index = this.earlier.length - 1; index >= 0; index--) {
      const moment = this.earlier[index];
      if (moment !== undefined && moment.place <= place) yield moment;
    }
  }

  #count(moment: Moment): void {
    const landmark = landmarkOf(moment);
    if (landmark !== undefined) this.#second(moment.atMs).landmarks.push(landmark);
    if (moment.type === 'page.key' && moment.atMs > 0) this.#second(moment.atMs).changes++;
  }

  #second(atMs: number): Second {
    const at = Math.floor(atMs / 1000);
    let second = this.#seconds.get(at);
    if (second === undefined) {
      second = { changes: 0, landmarks: [] };
      this.#seconds.set(at, second);
    }
    return second;
  }

  /** The chunk that holds the last moment of at most `place`; -1 when all are later. */
  #chunkOf(place: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#chunks[middle]?.moments[0];
      if (first !== undefined && first.place <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** How many of the moments have a place of at most `place`. */
function upTo(moments: readonly Moment[], place: number): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle]?.place ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}
