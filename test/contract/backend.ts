/** What every backend promises (store/SPEC.md, Backend). An implementation's own test calls `describeBackend`. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytesToString, stringToBytes } from '../../base/bytes.ts';
import type { Backend, BackendEntry, Bucket } from '../../store/backend/backend.ts';

export interface BackendUnderTest {
  readonly backend: Backend;
  /** What is there after the process was stopped, in order, and started again. */
  reopen(): Promise<Backend>;
  /** Gives everything back. */
  dispose(): Promise<void>;
}

export function describeBackend(name: string, make: () => Promise<BackendUnderTest>): void {
  describe(`backend: ${name}`, () => {
    let subject: BackendUnderTest;
    let backend: Backend;

    beforeEach(async () => {
      subject = await make();
      backend = subject.backend;
    });

    afterEach(() => subject.dispose());

    test('B1 a write is read at once, before and after it is committed', async () => {
      backend.put('meta', 'name', stringToBytes('one'));
      expect(text(backend.get('meta', 'name'))).toBe('one');
      await backend.commit();
      expect(text(backend.get('meta', 'name'))).toBe('one');
      backend.put('meta', 'name', stringToBytes('two'));
      expect(text(backend.get('meta', 'name'))).toBe('two');
      backend.delete('meta', 'name');
      expect(backend.get('meta', 'name')).toBeUndefined();
      await backend.commit();
      expect(backend.get('meta', 'name')).toBeUndefined();
      backend.put('meta', 'empty', new Uint8Array(0));
      expect(backend.get('meta', 'empty')).toHaveLength(0);
      await backend.commit();
      expect(backend.get('meta', 'empty')).toHaveLength(0);
    });

    test('B1 reads are right while a commit is under way', async () => {
      backend.put('meta', 'a', stringToBytes('1'));
      backend.put('meta', 'b', stringToBytes('1'));
      const committing = backend.commit();
      // Long enough for the commit to begin, too short for a disk.
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      expect(contents(backend, 'meta')).toEqual(['a=1', 'b=1']);
      expect(text(backend.get('meta', 'a'))).toBe('1');
      backend.put('meta', 'a', stringToBytes('2'));
      backend.delete('meta', 'b');
      backend.put('meta', 'c', stringToBytes('2'));
      expect(contents(backend, 'meta')).toEqual(['a=2', 'c=2']);
      expect(backend.get('meta', 'b')).toBeUndefined();
      await committing;
      expect(contents(backend, 'meta')).toEqual(['a=2', 'c=2']);
      await backend.commit();
      expect(contents(backend, 'meta')).toEqual(['a=2', 'c=2']);
    });

    test('B2 a range is in byte order, half open, bounded by its limit, and of one bucket', async () => {
      for (const key of ['b', '\0', 'a\xff', 'a', 'c', '\xff\xff', 'a\0'])
        backend.put('revisions', key, stringToBytes('v'));
      backend.put('meta', 'b', stringToBytes('other'));
      backend.put('leases', 'b', stringToBytes('other'));
      const check = (): void => {
        const keys = (range?: Parameters<Backend['range']>[1]): string[] =>
          [...backend.range('revisions', range)].map((entry) => entry.key);
        expect(keys()).toEqual(['\0', 'a', 'a\0', 'a\xff', 'b', 'c', '\xff\xff']);
        expect(keys({ start: 'a', end: 'b' })).toEqual(['a', 'a\0', 'a\xff']);
        expect(keys({ start: 'a\0', limit: 2 })).toEqual(['a\0', 'a\xff']);
        expect(keys({ start: 'bb' })).toEqual(['c', '\xff\xff']);
        expect(keys({ end: 'a' })).toEqual(['\0']);
        expect(keys({ start: 'x', end: 'a' })).toEqual([]);
        expect(keys({ limit: 0 })).toEqual([]);
      };
      check();
      await backend.commit();
      check();
    });

    test('B3 what was committed is there after a restart', async () => {
      backend.put('revisions', 'kept', stringToBytes('1'));
      backend.put('meta', 'applied', stringToBytes('7'));
      await backend.commit();
      backend.delete('revisions', 'kept');
      backend.put('revisions', 'also', stringToBytes('2'));
      backend.put('meta', 'applied', stringToBytes('9'));
      await backend.commit();
      const again = await subject.reopen();
      expect(contents(again, 'revisions')).toEqual(['also=2']);
      expect(contents(again, 'meta')).toEqual(['applied=9']);
    });

    test('B4 a snapshot is the state at the call, whatever is written while it is read', async () => {
      for (let i = 0; i < 3000; i++) backend.put('revisions', `k${String(i).padStart(5, '0')}`, new Uint8Array(50));
      await backend.commit();
      backend.put('revisions', 'k00001', stringToBytes('pending'));
      const before = contents(backend, 'revisions');
      const chunks = backend.snapshot()[Symbol.asyncIterator]();
      backend.put('revisions', 'k00000a', stringToBytes('late'));
      backend.delete('revisions', 'k00002');
      const taken: Uint8Array[] = [];
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        taken.push(next.value);
        backend.delete('revisions', 'k02999');
        await backend.commit();
        if (taken.length === 2) await backend.defragment();
      }
      expect(taken.length).toBeGreaterThan(2);
      const other = await make();
      try {
        await other.backend.restore(taken);
        expect(contents(other.backend, 'revisions')).toEqual(before);
      } finally {
        await other.dispose();
      }
      await backend.defragment();
      expect(text((await subject.reopen()).get('revisions', 'k00000a'))).toBe('late');
    });

    test('B4 several snapshots are read at once, and each to its end', async () => {
      for (let i = 0; i < 3000; i++) backend.put('revisions', `k${i}`, new Uint8Array(50));
      await backend.commit();
      const [long, short] = [backend.snapshot()[Symbol.asyncIterator](), backend.snapshot()];
      const taken = [(await long.next()).value];
      const whole = await collect(short);
      for (let next = await long.next(); !next.done; next = await long.next()) taken.push(next.value);
      expect(Buffer.concat(taken as Uint8Array[]).equals(Buffer.concat(whole))).toBe(true);
    });

    test('B5 a restore replaces everything, and survives a restart', async () => {
      const other = await make();
      try {
        other.backend.put('revisions', 'r', stringToBytes('1'));
        other.backend.put('auth', 'u', stringToBytes('2'));
        backend.put('revisions', 'old', stringToBytes('x'));
        await backend.commit();
        backend.put('meta', 'pending', stringToBytes('x'));
        await backend.restore(other.backend.snapshot());
      } finally {
        await other.dispose();
      }
      const check = (subject: Backend): void => {
        expect(contents(subject, 'revisions')).toEqual(['r=1']);
        expect(contents(subject, 'auth')).toEqual(['u=2']);
        expect(contents(subject, 'meta')).toEqual([]);
      };
      check(backend);
      check(await subject.reopen());
    });

    test('B6 a damaged snapshot is refused and changes nothing', async () => {
      for (let i = 0; i < 100; i++) backend.put('revisions', `k${i}`, stringToBytes(`v${i}`));
      await backend.commit();
      const before = contents(backend, 'revisions');
      const whole = Buffer.concat(await collect(backend.snapshot()));
      backend.put('meta', 'pending', stringToBytes('1'));
      const flipped = Buffer.from(whole);
      flipped[500] = (flipped[500] ?? 0) ^ 1;
      const damaged = [
        whole.subarray(0, whole.length - 1),
        whole.subarray(0, 9),
        flipped,
        Buffer.from('nonsense'),
        Buffer.alloc(0),
      ];
      for (const bytes of damaged) {
        await expect(backend.restore([bytes])).rejects.toThrow(/snapshot/);
        expect(contents(backend, 'revisions')).toEqual(before);
        expect(contents(backend, 'meta')).toEqual(['pending=1']);
      }
      await backend.commit();
      expect(contents(await subject.reopen(), 'revisions')).toEqual(before);
    });

    test('B7 defragmenting keeps every entry, committed or not, and gives space back', async () => {
      for (let i = 0; i < 2000; i++) backend.put('revisions', `k${i}`, new Uint8Array(500));
      await backend.commit();
      for (let i = 10; i < 2000; i++) backend.delete('revisions', `k${i}`);
      await backend.commit();
      const before = backend.size();
      const defragmenting = backend.defragment();
      backend.put('revisions', 'meanwhile', stringToBytes('1'));
      expect([...backend.range('revisions')]).toHaveLength(11);
      await defragmenting;
      expect([...backend.range('revisions')]).toHaveLength(11);
      await backend.commit();
      const after = backend.size();
      expect(after.allocated).toBeLessThanOrEqual(before.allocated + 'meanwhile1'.length);
      expect(after.inUse).toBeLessThanOrEqual(after.allocated);
      expect(after.allocated).toBeLessThan(1_000_000);
      expect([...(await subject.reopen()).range('revisions')]).toHaveLength(11);
    });

    test('B7 after defragmenting, values of any size are deleted and written as before', {
      timeout: 60_000,
    }, async () => {
      const sizes = [10, 1500, 5000, 50_000, 600_000];
      const key = (size: number, i: number): string => `${size}/${String(i).padStart(5, '0')}`;
      const count = (size: number): number => Math.min(3000, Math.ceil(3_000_000 / size));
      const writeAll = async (write: (size: number, i: number) => void): Promise<void> => {
        for (const size of sizes) for (let i = 0; i < count(size); i++) write(size, i);
        await backend.commit();
      };
      const model = new Map<string, number>();
      const put = (size: number, i: number, length: number): void => {
        backend.put('revisions', key(size, i), new Uint8Array(length).fill(i));
        model.set(key(size, i), length);
      };
      const remove = (size: number, i: number): void => {
        backend.delete('revisions', key(size, i));
        model.delete(key(size, i));
      };
      await writeAll((size, i) => put(size, i, size));
      for (let round = 1; round <= 3; round++) {
        await writeAll((size, i) => i % 2 === round % 2 && remove(size, i));
        await backend.defragment();
        await writeAll((size, i) => i % 3 === 0 && remove(size, i));
        await writeAll((size, i) => i % 5 === 0 && put(size, i, size + round));
      }
      const check = (subject: Backend): void => {
        const found = [...subject.range('revisions')].map((entry) => [entry.key, entry.value.length]);
        expect(found).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
      };
      check(backend);
      check(await subject.reopen());
    });

    test('B8 any sequence of writes, commits and restarts leaves what a map would hold', async () => {
      const key = fc.oneof(
        fc.constantFrom('a', 'b', '\0', '\xff'),
        fc.string({ unit: byteUnit, minLength: 1, maxLength: 3 }),
      );
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), key, value: fc.nat(99) }) },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
        {
          weight: 1,
          arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'reopen' as const, 'defragment' as const) }),
        },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const other = await make();
          try {
            let current = other.backend;
            const model = new Map<string, string>();
            for (const step of steps) {
              if (step.do === 'put') {
                current.put('revisions', step.key, stringToBytes(String(step.value)));
                model.set(step.key, String(step.value));
              } else if (step.do === 'delete') {
                current.delete('revisions', step.key);
                model.delete(step.key);
              } else if (step.do === 'reopen') {
                await current.commit();
                current = await other.reopen();
              } else await current[step.do]();
              const expected = [...model].map(([key, value]) => `${key}=${value}`).sort();
              expect(contents(current, 'revisions').sort()).toEqual(expected);
              for (const [key, value] of model) expect(text(current.get('revisions', key))).toBe(value);
            }
          } finally {
            await other.dispose();
          }
        }),
        { seed: 20260101, numRuns: 25 },
      );
    });
  });
}

const byteUnit = fc.nat(255).map((code) => String.fromCharCode(code));

function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : bytesToString(value);
}

function contents(backend: Backend, bucket: Bucket): string[] {
  return [...backend.range(bucket)].map(({ key, value }: BackendEntry) => `${key}=${bytesToString(value)}`);
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}
