/** Real processes, real disk: what `kill -9` leaves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../../base/system.ts';
import { createEmbeddedStore } from '../../../store/index.ts';
import { eventually } from './cluster-fixture.ts';

const root = join(import.meta.dirname, '../../..');
// Beside the packages, so that the program finds those with native parts.
const program = join(root, 'node_modules', `.sampan-test-${process.pid}`, 'member-process.mjs');
let directory = '';
let children: ChildProcess[] = [];

beforeAll(async () => {
  const entryPoints = [join(import.meta.dirname, 'member-process.ts')];
  await build({ entryPoints, outfile: program, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
});

afterAll(() => rmSync(join(program, '..'), { recursive: true, force: true }));

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(directory, { recursive: true, force: true });
});

/** Starts the program; `acknowledged` grows as it says so. */
function start(first: number): { child: ChildProcess; acknowledged: number[]; opened: Promise<number> } {
  const child = spawn(process.execPath, [program, directory, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const acknowledged: number[] = [];
  let rest = '';
  const opened = new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the member ended')));
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('open ')) resolve(Number(line.slice(5)));
        else acknowledged.push(Number(line));
      }
    });
  });
  opened.catch(() => {});
  return { child, acknowledged, opened };
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

function newDirectory(): void {
  directory = mkdtempSync(join(tmpdir(), 'sampan-process-'));
}

describe('a member in a process of its own', () => {
  it('D8: kill -9 under load loses no acknowledged write, and the start says what it replayed', async () => {
    newDirectory();
    const expected = new Set<number>();
    let first = 0;
    for (let life = 0; life < 3; life++) {
      const { child, acknowledged, opened } = start(first);
      await opened;
      await eventually('some writes', () => acknowledged.length > 100 * (life + 1));
      await killed(child);
      for (const number of acknowledged) expected.add(number);
      first += 1_000_000;
    }
    const member = await createEmbeddedStore({ dataDir: directory, clock: systemClock, random: systemRandom });
    expect(member.replayedEntries).toBeGreaterThan(0);
    const { kvs } = await member.store.range({ key: 'k/', rangeEnd: 'k0' });
    const found = new Set(kvs.map(({ key }) => Number(key.slice(2))));
    expect([...expected].filter((number) => !found.has(number))).toEqual([]);
    for (const { key, value } of kvs) expect(value[0]).toBe(Number(key.slice(2)) & 0xff);
    await member.close();
  }, 60_000);

  it('D7: its data directory is refused to a second process, untouched, and free once it is killed', async () => {
    newDirectory();
    const { child, opened } = start(0);
    await opened;
    await expect(createEmbeddedStore({ dataDir: directory, clock: systemClock, random: systemRandom })).rejects.toThrow(
      `data directory ${directory} is in use by process ${child.pid}: stop it first, or name another directory`,
    );
    await killed(child);
    const member = await createEmbeddedStore({ dataDir: directory, clock: systemClock, random: systemRandom });
    await member.close();
  });
});
