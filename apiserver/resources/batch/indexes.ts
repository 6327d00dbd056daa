/** Lists of the indexes of a job's pods, `1,3-5,7` (pkg/apis/batch/validation: validateIndexesFormat). */

export type Indexes =
  | { readonly intervals: readonly (readonly [first: number, last: number])[]; readonly total: number }
  | { readonly complaint: string };

/** @param completions one more than the greatest index there may be */
export function parseIndexes(text: string, completions: number): Indexes {
  const intervals: [number, number][] = [];
  let total = 0;
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return { complaint: interval };
    const [first, last] = interval;
    const previous = intervals.at(-1)?.[1];
    if (previous !== undefined && previous >= first) return { complaint: outOfOrder(previous, first) };
    intervals.push(interval);
    total += last - first + 1;
  }
  return { intervals, total };
}

function outOfOrder(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}

function parseInterval(part: string, completions: number): [number, number] | string {
  const bounds = part.split('-');
  if (bounds.length > 2) {
    const quoted = JSON.stringify(part);
    return `the fragment ${quoted} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const numbers: number[] = [];
  for (const bound of bounds) {
    if (!/^[+-]?\d+$/.test(bound)) return `cannot convert string to integer for index: ${JSON.stringify(bound)}`;
    if (Number(bound) >= completions) return `too large index: ${JSON.stringify(bound)}`;
    numbers.push(Number(bound));
  }
  const [first = 0, last = first] = numbers;
  return numbers.length === 2 && first >= last ? outOfOrder(first, last) : [first, last];
}

/** What to say when an index is in both lists; undefined when none is, or when one of them is no list. */
export function overlapComplaint(completed: string, failed: string, completions: number): string | undefined {
  const [left, right] = [parseIndexes(completed, completions), parseIndexes(failed, completions)];
  if (completed === '' || failed === '' || !('intervals' in left) || !('intervals' in right)) return undefined;
  for (const [first, last] of left.intervals) {
    const other = right.intervals.find(([from, to]) => from <= last && first <= to);
    if (other !== undefined) {
      return `failedIndexes and completedIndexes overlap at index: ${Math.max(first, other[0])}`;
    }
  }
  return undefined;
}
