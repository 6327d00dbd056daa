import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesToString, stringToBytes } from '../../../base/bytes.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { openLmdbBackend } from '../../../store/backend/lmdb-backend.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { collect, describeBackend } from '../../contract/backend.ts';

const folder = mkdtempSync(join(tmpdir(), 'sampan-lmdb-'));
let made = 0;
const newDir = (): string => join(folder, String(made++));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeBackend('lmdb', () => {
  const dir = newDir();
  let backend = openLmdbBackend({ dir, clock: systemClock });
  return Promise.resolve({
    backend,
    reopen: async () => {
      await backend.close();
      backend = openLmdbBackend({ dir, clock: systemClock });
      return backend;
    },
    dispose: () => backend.close(),
  });
});

describe('on disk', () => {
  test('B10 a commit follows 100 ms after the first write, or at once after many', async () => {
    const clock = new VirtualClock();
    const dir = newDir();
    const backend = openLmdbBackend({ dir, clock, commitEntriesMax: 10 });
    const waitingBytes = (): number => backend.size().allocated % 4096;
    backend.put('meta', 'a', stringToBytes('1'));
    await clock.advance(99);
    expect(waitingBytes()).toBe(3);
    await clock.advance(1);
    await backend.commit();
    expect(waitingBytes()).toBe(0);
    for (let i = 0; i < 10; i++) backend.put('meta', `k${i}`, stringToBytes('1'));
    expect(clock.nextDueInMs()).toBe(0);
    await backend.close();
    expect(clock.nextDueInMs()).toBeUndefined();
  });

  test('B4 the export does not depend on the implementation', async () => {
    const onDisk = openLmdbBackend({ dir: newDir(), clock: systemClock });
    const inMemory = new MemoryBackend();
    for (const backend of [onDisk, inMemory]) {
      for (let i = 0; i < 3000; i++) backend.put('revisions', `${(i * 7919) % 3000}`, stringToBytes(`${i}`));
      await backend.commit();
      for (let i = 0; i < 500; i++) backend.delete('revisions', `${i}`);
      backend.put('meta', 'm', stringToBytes('v'));
    }
    const [a, b] = [Buffer.concat(await collect(onDisk.snapshot())), Buffer.concat(await collect(inMemory.snapshot()))];
    expect(a.equals(b)).toBe(true);
    await onDisk.close();
  });

  test('B11 a file that is no state is refused in one line and left as it is', async () => {
    const dir = newDir();
    const backend = openLmdbBackend({ dir, clock: systemClock });
    await backend.close();
    const nonsense = 'nonsense'.repeat(2000);
    writeFileSync(join(dir, 'state-1.mdb'), nonsense);
    expect(() => openLmdbBackend({ dir, clock: systemClock })).toThrow(
      /cannot open the store's state in .*state-1\.mdb: it is damaged, or not a state/,
    );
    expect(readFileSync(join(dir, 'state-1.mdb'), 'utf8')).toBe(nonsense);
  });

  test('B11 a file that is cut short is refused', async () => {
    const dir = newDir();
    const backend = openLmdbBackend({ dir, clock: systemClock });
    for (let i = 0; i < 1000; i++) backend.put('revisions', `${i}`, new Uint8Array(200));
    await backend.close();
    const path = join(dir, 'state-1.mdb');
    truncateSync(path, Math.floor(statSync(path).size / 2));
    expect(() => openLmdbBackend({ dir, clock: systemClock })).toThrow(/it is cut short/);
  });

  test('B12 what an interrupted defragmentation left is removed; the newest complete file counts', async () => {
    const dir = newDir();
    let backend = openLmdbBackend({ dir, clock: systemClock });
    backend.put('meta', 'a', stringToBytes('1'));
    await backend.defragment();
    await backend.close();
    writeFileSync(join(dir, 'state.unfinished'), 'half');
    writeFileSync(join(dir, 'state-1.mdb'), 'old');
    backend = openLmdbBackend({ dir, clock: systemClock });
    expect(bytesToString(backend.get('meta', 'a') ?? new Uint8Array())).toBe('1');
    await backend.close();
    expect(readdirSync(dir).filter((name) => name.endsWith('.mdb') || name.includes('unfinished'))).toEqual([
      'state-2.mdb',
    ]);
  });

  test('B13 closing ends a snapshot that is being read, and a closed backend stays closed', async () => {
    const backend = openLmdbBackend({ dir: newDir(), clock: systemClock });
    for (let i = 0; i < 5000; i++) backend.put('revisions', `k${i}`, new Uint8Array(100));
    await backend.commit();
    const chunks = backend.snapshot()[Symbol.asyncIterator]();
    await chunks.next();
    await backend.close();
    await backend.close();
    await expect(
      (async () => {
        while (!(await chunks.next()).done);
      })(),
    ).rejects.toThrow('closed');
  });
});

describe('kill -9', () => {
  // Beside the packages, so that the script finds them.
  const cache = join(import.meta.dirname, '../../../node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const scripts = mkdtempSync(join(cache, 'kill-'));
  const script = join(scripts, 'writer.mjs');
  afterAll(() => rmSync(scripts, { recursive: true, force: true }));

  beforeAll(async () => {
    await build({
      stdin: {
        resolveDir: import.meta.dirname,
        loader: 'ts',
        contents: `
          import { systemClock } from '../../../base/system.ts';
          import { openLmdbBackend } from '../../../store/backend/lmdb-backend.ts';
          const backend = openLmdbBackend({ dir: process.argv[2], clock: systemClock, commitIntervalMs: 3 });
          let applied = Number(Buffer.from(backend.get('meta', 'applied') ?? '0').toString());
          for (;;) {
            // One entry: three writes and the applied index, in one turn.
            applied++;
            for (const part of ['x', 'y', 'z']) backend.put('revisions', part + applied, Buffer.alloc(200 + applied % 700));
            if (applied > 50) backend.delete('revisions', 'x' + (applied - 50));
            backend.put('meta', 'applied', Buffer.from(String(applied)));
            if (applied % 100 === 0) { const upTo = applied; backend.commit().then(() => console.log(upTo)); }
            if (applied % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
          }`,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: script,
      logLevel: 'error',
    });
  });

  test('B14 leaves whole turns: the applied index and exactly the writes that belong to it', async () => {
    const dir = newDir();
    const random = new SeededRandom('kill');
    for (let round = 0; round < 4; round++) {
      const acknowledged = await writeAndKill(script, dir, 2 + random.below(8));
      const backend = openLmdbBackend({ dir, clock: systemClock });
      const applied = Number(bytesToString(backend.get('meta', 'applied') ?? stringToBytes('0')));
      expect(acknowledged).toBeGreaterThan(0);
      expect(applied).toBeGreaterThanOrEqual(acknowledged);
      const keys = new Set([...backend.range('revisions')].map((entry) => entry.key));
      expect(keys.size).toBe(3 * applied - Math.max(0, applied - 50));
      for (const part of ['x', 'y', 'z']) {
        expect(keys.has(`${part}${applied}`)).toBe(true);
        expect(keys.has(`${part}${applied + 1}`)).toBe(false);
      }
      await backend.close();
    }
  });
});

/** Kills the writer after it acknowledged `lines` commits; answers the last. */
async function writeAndKill(script: string, dir: string, lines: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let acknowledged = 0;
  let left = lines;
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (--left === 0) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}
