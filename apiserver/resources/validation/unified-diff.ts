/**
 * The differences of two texts as `diff -u` shows them, with the choices of Python's difflib, of which kube-apiserver uses a
 * Go port: the longest run of equal lines first, then what is before and after it. Lines that are common in a long text do
 * not start a run.
 */

interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Change {
  readonly same: boolean;
  readonly fromA: number;
  readonly toA: number;
  readonly fromB: number;
  readonly toB: number;
}

const CONTEXT = 3;

/** Texts without a newline at their ends; the answer ends in one, or is '' when there is no difference. */
export function unifiedDiff(before: string, after: string): string {
  const a = before.split('\n');
  const b = after.split('\n');
  let text = '';
  for (const group of groups(changes(matchingBlocks(a, b), a.length, b.length))) {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) continue;
    text += `@@ -${range(first.fromA, last.toA)} +${range(first.fromB, last.toB)} @@\n`;
    for (const change of group) {
      for (const line of a.slice(change.fromA, change.toA)) text += `${change.same ? ' ' : '-'}${line}\n`;
      if (!change.same) for (const line of b.slice(change.fromB, change.toB)) text += `+${line}\n`;
    }
  }
  return text;
}

/** Values as Go's MarshalIndent writes them, compared. */
export function jsonDiff(before: unknown, after: unknown): string {
  return unifiedDiff(indentedJson(before), indentedJson(after));
}

function indentedJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 1);
  return text.replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`);
}

function range(from: number, to: number): string {
  if (to - from === 1) return String(from + 1);
  return `${to === from ? from : from + 1},${to - from}`;
}

function matchingBlocks(a: readonly string[], b: readonly string[]): Block[] {
  const positions = new Map<string, number[]>();
  for (const [index, line] of b.entries()) {
    const known = positions.get(line);
    if (known === undefined) positions.set(line, [index]);
    else known.push(index);
  }
  if (b.length >= 200) {
    const popular = Math.floor(b.length / 100) + 1;
    for (const [line, known] of positions) if (known.length > popular) positions.delete(line);
  }
  const blocks: Block[] = [];
  const pending: [loA: number, hiA: number, loB: number, hiB: number][] = [[0, a.length, 0, b.length]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [loA, hiA, loB, hiB] = next;
    const block = longestMatch(a, b, positions, loA, hiA, loB, hiB);
    if (block.size === 0) continue;
    blocks.push(block);
    pending.push([loA, block.a, loB, block.b], [block.a + block.size, hiA, block.b + block.size, hiB]);
  }
  return blocks.sort((left, right) => left.a - right.a);
}

function longestMatch(
  a: readonly string[],
  b: readonly string[],
  positions: ReadonlyMap<string, readonly number[]>,
  loA: number,
  hiA: number,
  loB: number,
  hiB: number,
): Block {
  let best: Block = { a: loA, b: loB, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = loA; i < hiA; i += 1) {
    const next = new Map<number, number>();
    for (const j of positions.get(a[i] ?? '') ?? []) {
      if (j < loB || j >= hiB) continue;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  // Popular lines do not start a run, but belong to one that they touch.
  let { a: startA, b: startB, size } = best;
  while (startA > loA && startB > loB && a[startA - 1] === b[startB - 1]) {
    startA -= 1;
    startB -= 1;
    size += 1;
  }
  while (startA + size < hiA && startB + size < hiB && a[startA + size] === b[startB + size]) size += 1;
  return { a: startA, b: startB, size };
}

function changes(blocks: readonly Block[], lengthA: number, lengthB: number): Change[] {
  const list: Change[] = [];
  let [atA, atB] = [0, 0];
  for (const block of [...blocks, { a: lengthA, b: lengthB, size: 0 }]) {
    if (block.a > atA || block.b > atB) {
      list.push({ same: false, fromA: atA, toA: block.a, fromB: atB, toB: block.b });
    }
    [atA, atB] = [block.a + block.size, block.b + block.size];
    if (block.size === 0) continue;
    const previous = list.at(-1);
    if (previous?.same === true) list[list.length - 1] = { ...previous, toA: atA, toB: atB };
    else list.push({ same: true, fromA: block.a, toA: atA, fromB: block.b, toB: atB });
  }
  return list;
}

/** Changes that are near to each other, each group with a few equal lines around. */
function groups(list: readonly Change[]): Change[][] {
  const all: Change[][] = [];
  let group: Change[] = [];
  for (const [index, change] of list.entries()) {
    if (!change.same) {
      group.push(change);
      continue;
    }
    const isFirst = index === 0;
    const isLast = index === list.length - 1;
    const long = change.toA - change.fromA > 2 * CONTEXT;
    if (!isFirst && (isLast || long)) {
      const kept = Math.min(CONTEXT, change.toA - change.fromA);
      group.push({ ...change, toA: change.fromA + kept, toB: change.fromB + kept });
      all.push(group);
      group = [];
    }
    if (isLast) continue;
    if (isFirst || long) {
      const kept = Math.min(CONTEXT, change.toA - change.fromA);
      group.push({ ...change, fromA: change.toA - kept, fromB: change.toB - kept });
    } else group.push(change);
  }
  if (group.some((change) => !change.same)) all.push(group);
  return all;
}
