/**
 * What happened since the last message to the pages, kept small: of an object or a key that changed several times only the
 * last state goes out, and of the system's own moments at most so many of each kind. What was left out is counted and said.
 */
import type { Moment, PageMoment, SystemMoment } from '../../dashboard/model/moment.ts';

type Placed = Moment;

/** Of each kind of system moment, in one batch. Batches come 20 times a second. */
const KIND_MAX = 40;

export class MomentBatch {
  #moments: (Placed | undefined)[] = [];
  readonly #latest = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #skipped = 0;
  #place: number;

  constructor(place: number) {
    this.#place = place;
  }

  get place(): number {
    return this.#place;
  }

  /** A place that nothing in a batch has: for what is told beside it. */
  nextPlace(): number {
    return ++this.#place;
  }

  /** What comes from now on stands after `place`. */
  continueAfter(place: number): void {
    this.#place = Math.max(this.#place, place);
  }

  get empty(): boolean {
    return this.#moments.length === 0 && this.#skipped === 0;
  }

  /** @param moment of the system: may be left out when too many of its kind came */
  addSystem(moment: SystemMoment): void {
    const { type } = moment;
    const count = (this.#counts.get(type) ?? 0) + 1;
    this.#counts.set(type, count);
    this.#place++;
    if (count > KIND_MAX) this.#skipped++;
    else this.#moments.push({ ...moment, place: this.#place });
  }

  /** So many moments were lost before they got here. */
  skip(count: number): void {
    this.#skipped += count;
  }

  /** @param identity what it is about: a later moment about the same takes its place at the end */
  addPage(moment: PageMoment, identity: string): void {
    const before = this.#latest.get(identity);
    if (before !== undefined) this.#moments[before] = undefined;
    this.#latest.set(identity, this.#moments.length);
    this.#moments.push({ ...moment, place: ++this.#place });
  }

  /** What is to be sent; the batch is empty again. */
  take(nowMs: number): Moment[] {
    if (this.#skipped > 0) {
      this.#moments.push({ type: 'page.skipped', atMs: nowMs, count: this.#skipped, place: ++this.#place });
    }
    const taken = this.#moments.filter((moment) => moment !== undefined);
    this.#moments = [];
    this.#latest.clear();
    this.#counts.clear();
    this.#skipped = 0;
    return taken;
  }
}
