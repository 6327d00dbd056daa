/** What was answered 201 is there afterwards, whoever was killed in between. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { request, SampanProcess, temporaryDirectory } from './sampan-process.ts';

const TIMEOUT_MS = 120_000;
const TOKEN = 'e2e-token';

function configMap(name: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } };
}

/** Creates config maps one after another until told to stop; keeps what was acknowledged and the longest gap between. */
class Writer {
  readonly acknowledged: string[] = [];
  longestGapMs = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(port: number, prefix: string) {
    this.#done = this.#run(port, prefix);
  }

  async #run(port: number, prefix: string): Promise<void> {
    let lastMs = performance.now();
    for (let n = 0; !this.#stopped; n++) {
      const name = `${prefix}-${n}`;
      const { code } = await request(port, 'POST', '/api/v1/namespaces/default/configmaps', TOKEN, configMap(name));
      if (code === 201) {
        this.acknowledged.push(name);
        const nowMs = performance.now();
        this.longestGapMs = Math.max(this.longestGapMs, nowMs - lastMs);
        lastMs = nowMs;
      } else if (code === 0) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

async function present(port: number): Promise<Set<string>> {
  const { code, text } = await request(port, 'GET', '/api/v1/namespaces/default/configmaps', TOKEN);
  expect(code).toBe(200);
  return new Set(
    (JSON.parse(text) as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name),
  );
}

function tokenFile(dataDir: string): string {
  const file = path.join(dataDir, 'tokens.csv');
  fs.writeFileSync(file, `${TOKEN},tester,1,"system:masters"\n`, { mode: 0o600 });
  return file;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('acknowledged writes', () => {
  let sampan: SampanProcess | undefined;

  afterEach(async () => {
    await sampan?.stop();
    if (sampan !== undefined) fs.rmSync(sampan.dataDir, { recursive: true, force: true });
  }, TIMEOUT_MS);

  it(
    'survive the kill of any of three members, the leader too; writes go on within 3 s',
    async () => {
      const dataDir = temporaryDirectory();
      sampan = await SampanProcess.start(
        'up',
        ['--members=3', '--nodes=0', '--no-addons', '--store-port=0', `--token-auth-file=${tokenFile(dataDir)}`],
        { dataDir },
      );
      const members = sampan.descendants();
      expect(members).toHaveLength(3);
      const writer = new Writer(sampan.port, 'w');
      await sleep(1000);
      for (const pid of members) {
        const before = writer.acknowledged.length;
        process.kill(pid, 'SIGKILL');
        await sleep(4000);
        expect(writer.acknowledged.length).toBeGreaterThan(before);
      }
      await writer.stop();
      expect(writer.longestGapMs).toBeLessThan(3000);
      const there = await present(sampan.port);
      expect(writer.acknowledged.filter((name) => !there.has(name))).toEqual([]);
      expect(writer.acknowledged.length).toBeGreaterThan(50);
    },
    TIMEOUT_MS,
  );

  it(
    'survive kill -9 of everything under load; the start says how much log it replayed',
    async () => {
      const dataDir = temporaryDirectory();
      const flags = ['--nodes=0', '--no-addons', '--store-port=0', `--token-auth-file=${tokenFile(dataDir)}`];
      sampan = await SampanProcess.start('up', flags, { dataDir });
      const writers = [0, 1, 2, 3].map((n) => new Writer(sampan?.port ?? 0, `w${n}`));
      await sleep(2000);
      await sampan.stop('SIGKILL');
      await Promise.all(writers.map((writer) => writer.stop()));
      const acknowledged = writers.flatMap((writer) => writer.acknowledged);
      expect(acknowledged.length).toBeGreaterThan(50);
      sampan = await SampanProcess.start('up', flags, { dataDir });
      expect(sampan.stdout).toMatch(/replayed \d+ log entr/);
      const there = await present(sampan.port);
      expect(acknowledged.filter((name) => !there.has(name))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'survive kill -9 of the whole tree with three members',
    async () => {
      const dataDir = temporaryDirectory();
      const flags = [
        '--members=3',
        '--nodes=0',
        '--no-addons',
        '--store-port=0',
        `--token-auth-file=${tokenFile(dataDir)}`,
      ];
      sampan = await SampanProcess.start('up', flags, { dataDir });
      const writers = [0, 1].map((n) => new Writer(sampan?.port ?? 0, `w${n}`));
      await sleep(2000);
      for (const pid of sampan.descendants()) process.kill(pid, 'SIGKILL');
      await sampan.stop('SIGKILL');
      await Promise.all(writers.map((writer) => writer.stop()));
      const acknowledged = writers.flatMap((writer) => writer.acknowledged);
      expect(acknowledged.length).toBeGreaterThan(20);
      sampan = await SampanProcess.start('up', flags, { dataDir });
      const there = await present(sampan.port);
      expect(acknowledged.filter((name) => !there.has(name))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
