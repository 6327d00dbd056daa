import { describe, expect, test } from 'vitest';
import { KeyIndex } from '../../../store/mvcc/key-index.ts';

const change = (main: number, createRevision: number, version: number) => ({ main, sub: 0, createRevision, version });

/** The worked example of key-index.ts. */
function example(): KeyIndex {
  const index = new KeyIndex();
  index.append('a', change(2, 2, 1));
  index.append('a', change(3, 2, 2));
  index.append('a', change(4, 0, 0));
  index.append('a', change(6, 6, 1));
  return index;
}

const taken = (index: KeyIndex, compacted: number): string[] => {
  const dead: string[] = [];
  for (let one = index.takeDead(compacted); one !== undefined; one = index.takeDead(compacted)) {
    dead.push(`${one.main}${one.tombstone ? 't' : ''}`);
  }
  return dead;
};

describe('the index', () => {
  test('M8 knows a key at every revision', () => {
    const history = example().get('a');
    expect([1, 2, 3, 4, 5, 6, 7].map((at) => history?.at(at)?.main)).toEqual([
      undefined,
      2,
      3,
      undefined,
      undefined,
      6,
      6,
    ]);
  });

  test('M17 a compaction takes what is superseded or deleted before it, and nothing of its own revision', () => {
    expect(taken(example(), 2)).toEqual([]);
    expect(taken(example(), 3)).toEqual(['2']);
    expect(taken(example(), 4)).toEqual(['2', '3']);
    expect(taken(example(), 5)).toEqual(['2', '3', '4t']);
    expect(taken(example(), 6)).toEqual(['2', '3', '4t']);
    const index = example();
    for (const compacted of [3, 4, 5, 6]) taken(index, compacted);
    expect(index.get('a')).toMatchObject({ main: 6, older: undefined });
  });

  test('M17 a key put and deleted in one revision leaves both records until the next', () => {
    const index = new KeyIndex();
    index.append('a', { main: 5, sub: 0, createRevision: 5, version: 1 });
    index.append('a', { main: 5, sub: 1, createRevision: 0, version: 0 });
    expect(index.get('a')?.at(5)).toBeUndefined();
    expect(taken(index, 5)).toEqual([]);
    expect(taken(index, 6)).toEqual(['5', '5t']);
    expect(index.size).toBe(0);
  });

  test('M17 a compaction at a transaction that deleted many keys takes all that it deleted', () => {
    const index = new KeyIndex();
    const keys = Array.from({ length: 20 }, (_, n) => `key-${n}`);
    for (const [n, key] of keys.entries()) index.append(key, change(n + 2, n + 2, 1));
    for (const [sub, key] of keys.entries()) index.append(key, { main: 30, sub, createRevision: 0, version: 0 });
    expect(taken(index, 29)).toEqual([]);
    expect(taken(index, 30)).toEqual(keys.map((_, n) => String(n + 2)));
    expect(index.size).toBe(20);
    expect(taken(index, 31)).toEqual(keys.map(() => '30t'));
    expect(index.size).toBe(0);
  });

  test('M22 a key that changed very often is compacted as fast as many that changed once', () => {
    const index = new KeyIndex();
    const changes = 200_000;
    for (let i = 0; i < changes; i++) index.append('hot', change(i + 2, 2, i + 1));
    const half = changes / 2;
    expect(taken(index, half)).toHaveLength(half - 2);
    expect(index.get('hot')?.at(half - 1)).toBeUndefined();
    expect(index.get('hot')?.at(half)).toMatchObject({ main: half, version: half - 1 });
    expect(index.get('hot')?.at(half + 5)).toMatchObject({ main: half + 5 });
    expect(taken(index, changes + 1)).toHaveLength(changes - 1 - (half - 2));
    expect(index.get('hot')).toMatchObject({ main: changes + 1, older: undefined });
  });

  test('M20 built at once it is what it would be built one by one', () => {
    const records = [
      ['b', change(2, 2, 1)],
      ['a', change(3, 3, 1)],
      ['b', change(4, 0, 0)],
      ['c', change(5, 0, 0)],
      ['a', change(6, 3, 2)],
    ] as const;
    const built = KeyIndex.build(records);
    const single = new KeyIndex();
    for (const [key, state] of records) single.append(key, state);
    for (let revision = 1; revision <= 7; revision++) {
      expect(built.countAt('', undefined, revision)).toBe(single.countAt('', undefined, revision));
    }
    expect(taken(built, 7)).toEqual(taken(single, 7));
    built.append('aa', change(8, 8, 1));
    const keys: string[] = [];
    built.forEachAt('', undefined, 8, ({ key }) => keys.push(key) > 0);
    expect(keys).toEqual(['a', 'aa']);
  });
});
