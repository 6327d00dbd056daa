/** An API server on a memory store, for tests: no TLS, every caller an administrator unless told otherwise. */
import { readFileSync } from 'node:fs';
import { afterEach } from 'vitest';
import type { ApiAnswer } from '../../../apiserver/machinery/api-server.ts';
import {
  type ApiServerDeps,
  type BuiltApiServer,
  buildApiServer,
} from '../../../apiserver/machinery/build-api-server.ts';
import type { KubeObject, ResourceRow, UserInfo } from '../../../apiserver/machinery/resource-row.ts';
import type { SchemaSource } from '../../../apiserver/machinery/type-nodes.ts';
import { toWireForm } from '../../../apiserver/resources/wire-form.ts';
import type { Clock } from '../../../base/clock.ts';
import { type Logger, silentLogger } from '../../../base/logger.ts';
import { type Random, SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { createMemoryStore, type Store } from '../../../store/index.ts';
import { testRows } from './test-rows.ts';

export const admin: UserInfo = {
  name: 'admin',
  uid: '',
  groups: ['system:masters', 'system:authenticated'],
  extra: {},
};

const generated = new URL('../../../generated/', import.meta.url);
let source: SchemaSource | undefined;

export function schemaSource(): SchemaSource {
  source ??= {
    ...(JSON.parse(readFileSync(new URL('schemas.json', generated), 'utf8')) as Omit<SchemaSource, 'descriptions'>),
    descriptions: async () => JSON.parse(readFileSync(new URL('schema-descriptions.json', generated), 'utf8')),
  };
  return source;
}

export interface Fixture {
  readonly server: BuiltApiServer;
  readonly store: Store;
  /** One request by the administrator, in JSON. */
  call(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: KubeObject;
  readonly answer: ApiAnswer;
}

export interface FixtureOptions extends Partial<Omit<ApiServerDeps, 'rows'>> {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly store?: Store;
  /** Whether to wait until it has started; true when absent. */
  readonly ready?: boolean;
}

export async function startServer(rows: readonly ResourceRow[], options: FixtureOptions = {}): Promise<Fixture> {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? new SeededRandom('api server');
  const store = options.store ?? createMemoryStore({ clock, random });
  const server = buildApiServer({
    rows,
    schemas: schemaSource(),
    wireForm: toWireForm,
    logger: silentLogger,
    authenticator: { authenticate: () => admin },
    authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) },
    admission: [],
    ...options,
    clock,
    random,
    store,
  });
  if (options.ready !== false) await server.ready();
  return {
    server,
    store,
    async call(method, url, body, headers = {}) {
      const answer = await server.handle({
        method,
        url,
        headers: { 'content-type': 'application/json', ...headers },
        body: body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
        credentials: { type: 'network', remoteAddress: '127.0.0.1' },
        signal: new AbortController().signal,
      });
      return { code: answer.code, headers: answer.headers, body: bodyOf(answer), answer };
    },
    async close() {
      await server.close();
      await store.close();
    },
  };
}

const ofThisTest: Fixture[] = [];

afterEach(async () => {
  for (const each of ofThisTest.splice(0)) await each.close();
});

/** As `startServer`, and closed when the test has ended. */
export async function startForTest(
  options: FixtureOptions = {},
  rows: readonly ResourceRow[] = testRows,
): Promise<Fixture> {
  const fixture = await startServer(rows, options);
  ofThisTest.push(fixture);
  return fixture;
}

/** What a client would have read. */
function bodyOf(answer: ApiAnswer): KubeObject {
  if (answer.type === 'object') return JSON.parse(Buffer.from(answer.bytes()).toString('utf8')) as KubeObject;
  if (answer.type !== 'bytes') return { metadata: {} };
  const text = Buffer.from(answer.body).toString('utf8');
  try {
    return JSON.parse(text) as KubeObject;
  } catch {
    return { metadata: {}, text };
  }
}
