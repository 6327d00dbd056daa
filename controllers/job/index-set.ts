/**
 * A set of completion indexes, written as upstream writes it: `0,2-5,7,8` (k8s.io/kubernetes/pkg/controller/job/
 * indexed_job_utils.go). Kept as ordered, disjoint, not adjoining intervals, so that a job of a million indexes is cheap.
 */

interface Interval {
  readonly first: number;
  readonly last: number;
}

export class IndexSet {
  readonly #intervals: readonly Interval[];

  private constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals;
  }

  static readonly empty = new IndexSet([]);

  static of(indexes: Iterable<number>): IndexSet {
    return new IndexSet(join([...indexes].map((index) => ({ first: index, last: index }))));
  }

  /** Reads the text form; what is not a number, or not below `completions`, is left out. */
  static parse(text: string | undefined, completions: number): IndexSet {
    const intervals: Interval[] = [];
    for (const part of (text ?? '').split(',')) {
      const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(part);
      if (match === null) continue;
      const first = Number(match[1]);
      const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
      if (first <= last) intervals.push({ first, last });
    }
    return new IndexSet(join(intervals));
  }

  get size(): number {
    return this.#intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  has(index: number): boolean {
    return this.#intervals.some(({ first, last }) => first <= index && index <= last);
  }

  union(other: IndexSet): IndexSet {
    return new IndexSet(join([...this.#intervals, ...other.#intervals]));
  }

  /** How many indexes are in both. */
  overlap(other: IndexSet): number {
    let count = 0;
    for (const a of this.#intervals) {
      for (const b of other.#intervals) {
        count += Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
      }
    }
    return count;
  }

  /** The first `count` indexes below `completions` that are not in the set. */
  missing(count: number, completions: number): number[] {
    const missing: number[] = [];
    let next = 0;
    for (const { first, last } of [...this.#intervals, { first: completions, last: completions }]) {
      for (; next < Math.min(first, completions) && missing.length < count; next++) missing.push(next);
      next = Math.max(next, last + 1);
    }
    return missing;
  }

  toString(): string {
    return this.#intervals
      .map(({ first, last }) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
      .join(',');
  }
}

function join(intervals: Interval[]): readonly Interval[] {
  const joined: Interval[] = [];
  for (const interval of intervals.sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before === undefined || interval.first > before.last + 1) joined.push(interval);
    else if (interval.last > before.last) joined[joined.length - 1] = { first: before.first, last: interval.last };
  }
  return joined;
}
