/**
 * Watching through what a control plane lives through: its leader is killed, its store compacted, its API server stopped
 * and started again. A raw watch and an informer of `@kubernetes/client-node` see every change once and in order.
 */
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { SeededRandom } from '../../base/random.ts';
import { systemClock } from '../../base/system.ts';
import { createRemoteStore, type Store } from '../../store/index.ts';
import { eventually, request, SampanProcess, temporaryDirectory } from './sampan-process.ts';

const TOKEN = 'informer-token';
const PATH = '/api/v1/namespaces/default/configmaps';
const OBJECTS = 3;
const TIMEOUT_MS = 120_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly data?: { readonly n?: string };
  };
}

/** Writes 1, 2, 3 … into each of a few config maps, and knows what was acknowledged. */
class Counter {
  readonly written = new Map<string, number>();
  readonly #port: number;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(port: number) {
    this.#port = port;
    this.#done = this.#run();
  }

  /** A write whose answer is lost is made again under the same number: whether it happened, the object tells. */
  async #run(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const name = `counter-${turn % OBJECTS}`;
      const n = (this.written.get(name) ?? 0) + 1;
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: String(n) } };
      const url = n === 1 ? PATH : `${PATH}/${name}`;
      for (;;) {
        const { code } = await request(this.#port, n === 1 ? 'POST' : 'PUT', url, TOKEN, body);
        if (code === 200 || code === 201 || (n === 1 && code === 409)) break;
        if (this.#stopped) return;
        await sleep(50);
      }
      this.written.set(name, n);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

/** A watch from the present on, taken up where it ended whenever it ends. */
class RawWatch {
  readonly events: WatchEvent[] = [];
  connections = 0;
  gone = 0;
  resourceVersion: string;
  readonly #port: number;
  #stopped = false;
  #response: https.Agent | undefined;
  readonly #done: Promise<void>;

  constructor(port: number, resourceVersion: string) {
    this.#port = port;
    this.resourceVersion = resourceVersion;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#once().catch(() => {});
      await sleep(50);
    }
  }

  #once(): Promise<void> {
    const agent = new https.Agent({ rejectUnauthorized: false });
    this.#response = agent;
    return new Promise((resolve) => {
      const url = `https://127.0.0.1:${this.#port}${PATH}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.resourceVersion}`;
      const outgoing = https.get(url, { agent, headers: { authorization: `Bearer ${TOKEN}` } }, (response) => {
        this.connections++;
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          const lines = (text + chunk).split('\n');
          text = lines.pop() ?? '';
          if (response.statusCode === 200) for (const line of lines) this.#take(JSON.parse(line) as WatchEvent);
        });
        response.on('close', resolve);
      });
      outgoing.on('error', () => resolve());
    });
  }

  #take(event: WatchEvent): void {
    if (event.type === 'ERROR') {
      if (event.object.code === 410) this.gone++;
      return;
    }
    this.resourceVersion = event.object.metadata.resourceVersion;
    if (event.type !== 'BOOKMARK') this.events.push(event);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#response?.destroy();
    await this.#done;
  }
}

/** The numbers in the order in which they were seen, by object. */
class Seen {
  readonly numbers = new Map<string, number[]>();

  add(name: string, n: string | undefined): void {
    const list = this.numbers.get(name) ?? [];
    list.push(Number(n));
    this.numbers.set(name, list);
  }
}

describe('informers', () => {
  const dataDir = temporaryDirectory();
  const flags = ['--members=3', '--nodes=0', '--no-addons', '--store-port=0'];
  let sampan: SampanProcess;
  let store: Store;

  beforeAll(async () => {
    const tokens = path.join(dataDir, 'tokens.csv');
    fs.writeFileSync(tokens, `${TOKEN},tester,1,"system:masters"\n`, { mode: 0o600 });
    flags.push(`--token-auth-file=${tokens}`);
    sampan = await SampanProcess.start('up', flags, { dataDir });
    const file = (name: string): string => fs.readFileSync(path.join(dataDir, 'pki', name), 'utf8');
    store = createRemoteStore({
      endpoints: JSON.parse(fs.readFileSync(path.join(dataDir, 'store-endpoints.json'), 'utf8')) as string[],
      tls: {
        ca: file('etcd/ca.crt'),
        cert: file('apiserver-etcd-client.crt'),
        key: file('apiserver-etcd-client.key'),
      },
      clock: systemClock,
      random: new SeededRandom('informers'),
      logger: silentLogger,
    });
  }, TIMEOUT_MS);

  afterAll(async () => {
    await store.close();
    await sampan.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  }, TIMEOUT_MS);

  async function version(): Promise<string> {
    const { text } = await request(sampan.port, 'GET', PATH, TOKEN);
    return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  }

  it(
    'W1 lose, repeat and reorder nothing over deaths of members, compactions and a restart',
    async () => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromFile(sampan.kubeconfig);
      const api = kubeConfig.makeApiClient(CoreV1Api);
      const informer = makeInformer<V1ConfigMap>(kubeConfig, PATH, () =>
        api.listNamespacedConfigMap({ namespace: 'default' }),
      );
      const informed = new Seen();
      const take = ({ metadata, data }: V1ConfigMap): void => {
        if (metadata?.name?.startsWith('counter-')) informed.add(metadata.name, data?.n);
      };
      informer.on('add', take);
      informer.on('update', take);
      informer.on('error', () => {
        setTimeout(() => void informer.start(), 100);
      });
      await informer.start();
      const raw = new RawWatch(sampan.port, await version());
      const counter = new Counter(sampan.port);
      await sleep(500);

      // Each member dies once, the leader among them, with a compaction in between.
      for (const pid of sampan.descendants()) {
        process.kill(pid, 'SIGKILL');
        await sleep(2500);
        await store.compact(Number(await version()));
      }
      await sampan.stop();
      sampan = await SampanProcess.start('up', flags, { dataDir, port: sampan.port });
      await sleep(1000);
      await counter.stop();

      const expected = [...counter.written].map(([name, last]) => [name, last] as const);
      const informedLast = (): boolean => expected.every(([name, last]) => informed.numbers.get(name)?.at(-1) === last);
      await eventually('the informer sees the last writes', async () => informedLast());
      const watched = new Seen();
      await eventually('the watch sees the last writes', async () =>
        expected.every(([name, last]) =>
          raw.events.some(({ object }) => object.metadata.name === name && object.data?.n === String(last)),
        ),
      );
      await raw.stop();
      await informer.stop();

      for (const { object } of raw.events) {
        if (object.metadata.name.startsWith('counter-')) watched.add(object.metadata.name, object.data?.n);
      }
      const versions = raw.events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      expect(raw.connections).toBeGreaterThan(1);
      expect(raw.gone).toBe(0);
      for (const [name, last] of expected) {
        expect(last).toBeGreaterThan(20);
        const all = Array.from({ length: last }, (_, at) => at + 1);
        expect(watched.numbers.get(name), `raw watch of ${name}`).toEqual(all);
        expect(informed.numbers.get(name), `informer of ${name}`).toEqual(all);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'W5 a watch that was away during a compaction is told 410, and goes on from a list',
    async () => {
      const old = await version();
      for (let n = 0; n < 5; n++) {
        await request(sampan.port, 'POST', PATH, TOKEN, { metadata: { name: `late-${n}` } });
      }
      await store.compact(Number(await version()));
      // A server that starts now knows of the past only what the store still has.
      await sampan.stop();
      sampan = await SampanProcess.start('up', flags, { dataDir, port: sampan.port });
      const { text } = await request(sampan.port, 'GET', `${PATH}?watch=true&resourceVersion=${old}`, TOKEN);
      expect(JSON.parse(text)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
      const { text: list } = await request(sampan.port, 'GET', PATH, TOKEN);
      const names = (JSON.parse(list) as { items: { metadata: { name: string } }[] }).items.map((i) => i.metadata.name);
      expect(names).toEqual(expect.arrayContaining(['late-0', 'late-4', 'counter-0']));
    },
    TIMEOUT_MS,
  );
});
