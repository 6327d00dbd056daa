/**
 * Random changes to valid requests. Whatever comes in: an answer comes out, none is an error of ours, and what is
 * refused changes nothing. `FUZZ_REQUESTS=100000` for a long run, `FUZZ_SEED=x` for another one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../../apiserver/machinery/api-server.ts';
import type { KubeObject, ResourceRow } from '../../../apiserver/machinery/resource-row.ts';
import { TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { builtinRows } from '../../../apiserver/resources/all.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { startBuiltin } from '../builtin-server.ts';
import { type Fixture, schemaSource } from '../machinery/server-fixture.ts';
import { Mutations } from './mutations.ts';
import { validObjects } from './valid-objects.ts';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 3000);
const SEED = process.env.FUZZ_SEED ?? 'fuzz';
const ANSWERED_WITHIN_MS = 10_000;
const COMPLAINTS_MAX = 8;

const patchTypes = [
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
];

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | undefined;
}

const types = new TypeNodes(schemaSource());
const keyOf = (row: ResourceRow): string => (row.group === '' ? row.resource : `${row.resource}.${row.group}`);
const rows = builtinRows.filter((row) => row.verbs.includes('create') && row.verbs.includes('get'));

function pathOf(row: ResourceRow): string {
  const root = row.group === '' ? `/api/${row.version}` : `/apis/${row.group}/${row.version}`;
  return `${root}${row.namespaced ? '/namespaces/default' : ''}/${row.resource}`;
}

function validObject(row: ResourceRow, name: string): object {
  const object = (validObjects[keyOf(row)] ?? {}) as { metadata?: object };
  const apiVersion = row.group === '' ? row.version : `${row.group}/${row.version}`;
  return { apiVersion, kind: row.kind, ...object, metadata: { name, ...object.metadata } };
}

describe('random requests', () => {
  const make = new Mutations(new SeededRandom(SEED));
  const failures: string[] = [];
  const logger = { ...silentLogger, error: (fields: object) => failures.push(JSON.stringify(fields)) };
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startBuiltin({ logger });
  });
  afterAll(() => fixture.close());

  const revision = async (): Promise<number> =>
    (await fixture.store.range({ key: '/', countOnly: true })).header.revision;

  async function send(sent: Sent): Promise<{ answer: ApiAnswer; text: string }> {
    const controller = new AbortController();
    const late = systemClock.after(ANSWERED_WITHIN_MS, () => controller.abort());
    const answer = await fixture.server.handle({
      ...sent,
      credentials: { type: 'network', remoteAddress: '127.0.0.1' },
      signal: controller.signal,
    });
    const text = await textOf(answer, controller);
    if (controller.signal.aborted && answer.type !== 'watch') throw new Error('no answer in time');
    late.cancel();
    return { answer, text };
  }

  /** What of existing objects there is to change. */
  async function stored(row: ResourceRow): Promise<KubeObject | undefined> {
    const list = await fixture.call('GET', `${pathOf(row)}?limit=5`);
    const items = (list.body as unknown as { items?: KubeObject[] }).items ?? [];
    return items.length === 0 ? undefined : make.one(items);
  }

  async function request(number: number): Promise<Sent> {
    const row = make.one(rows);
    const path = pathOf(row);
    const accept: Record<string, string> = make.chance(0.1) ? { accept: make.mediaType() } : {};
    const json = { 'content-type': 'application/json', ...accept };
    const finish = (method: string, url: string, body: unknown, headers: Record<string, string> = json): Sent => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const garbled = text !== undefined && make.chance(0.05) ? make.garbled(text) : text;
      return {
        method: make.chance(0.01) ? make.one(['PUT', 'POST', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'x']) : method,
        url: (make.chance(0.04) ? make.path(url) : url) + make.query(url.includes('?') ? '&' : '?'),
        headers: make.chance(0.03) ? { ...headers, 'content-type': make.mediaType() } : headers,
        body: garbled === undefined ? undefined : Buffer.from(garbled),
      };
    };
    const kind = make.below(100);
    if (kind < 35) return finish('POST', path, make.changed(validObject(row, `o${number}`), make.below(4)));
    if (kind < 45 && row.schema === undefined) {
      const random = make.ofType(types.ofModel(row.model)) as { metadata?: object } | null;
      return finish('POST', path, {
        ...validObject(row, 'r'),
        ...random,
        metadata: { ...random?.metadata, name: `r${number}` },
      });
    }
    const object = await stored(row);
    const name = object?.metadata.name ?? 'missing';
    const parts = Object.keys(row.subresources);
    const url = `${path}/${name}${parts.length > 0 && make.chance(0.25) ? `/${make.one(parts)}` : ''}`;
    if (kind < 55) return finish('PUT', url, make.changed(object ?? {}, make.below(4)));
    if (kind < 75) {
      const type = make.one(patchTypes);
      const patch = type.startsWith('application/json-patch')
        ? make.jsonPatch(object)
        : make.changed(make.chance(0.5) ? validObject(row, name) : (object ?? {}), 1 + make.below(3));
      const fields = make.chance(0.5) ? '?fieldManager=me' : '';
      return finish('PATCH', url + fields, patch, { 'content-type': type, ...accept });
    }
    if (kind < 82) {
      const options = make.changed(
        { gracePeriodSeconds: 0, preconditions: { uid: object?.metadata.uid } },
        make.below(3),
      );
      return finish('DELETE', url, make.chance(0.5) ? options : undefined);
    }
    if (kind < 83) return finish('DELETE', `${path}?labelSelector=app`, undefined);
    if (kind < 97) return finish('GET', make.chance(0.5) ? path : url, undefined);
    return finish(
      'GET',
      make.one(['/', '/api', '/apis', '/openapi/v3/api/v1', '/version', '/metrics', '/readyz']),
      undefined,
    );
  }

  /** What is wrong with the answer. */
  async function judge(sent: Sent, before: number, codes: Map<number, number>): Promise<string | undefined> {
    const { answer, text } = await send(sent);
    codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
    // Some complaints about requests are 500 at kube-apiserver, too; those have no reason.
    if (text.includes('"reason":"InternalError"')) return `${answer.code} ${text} ${failures.splice(0).join(' ')}`;
    // A deletion with a body takes no options from its query.
    const dry = /[?&]dryRun=All(&|$)/.test(sent.url) && !(sent.method === 'DELETE' && sent.body !== undefined);
    const changed = (answer.code >= 300 || dry) && (await revision()) !== before;
    return changed ? `refused, and yet something changed: ${answer.code} ${text}` : undefined;
  }

  it('E5 every object without any one of its parts', { timeout: 60_000 }, async () => {
    const complaints = new Map<string, string>();
    let refused = 0;
    for (const row of rows) {
      const whole = validObject(row, 'one');
      for (const path of pathsOf(whole)) {
        for (const substitute of [undefined, null, {}]) {
          const object = replaced(whole, path, substitute);
          const { code, body } = await fixture.call('POST', `${pathOf(row)}?dryRun=All`, object);
          if (code >= 400) refused++;
          if (code < 500) continue;
          const [failure = ''] = failures.splice(0);
          complaints.set(
            failure.split('\\n')[1] ?? '',
            `${keyOf(row)} ${path.join('.')} ${JSON.stringify(substitute)} ${body.message} ${failure.slice(0, 400)}`,
          );
        }
      }
    }
    expect([...complaints.values()].join('\n\n')).toBe('');
    expect(refused).toBeGreaterThan(1000);
  });

  it('E5 every valid object is taken', async () => {
    const refused: unknown[] = [];
    for (const row of rows) {
      const { code, body } = await fixture.call('POST', `${pathOf(row)}?dryRun=All`, validObject(row, 'valid'));
      if (code !== 201) refused.push(keyOf(row), body.message);
    }
    expect(refused).toEqual([]);
  });

  it(`E5 ${REQUESTS} of them`, { timeout: 60_000 + REQUESTS * 20 }, async () => {
    const codes = new Map<number, number>();
    const complaints = new Map<string, string>();
    for (let number = 0; number < REQUESTS; number++) {
      const sent = await request(number);
      const before = await revision();
      const told = (): string =>
        `${number}: ${sent.method} ${sent.url.slice(0, 300)} ${JSON.stringify(sent.headers).slice(0, 300)} ${String(sent.body).slice(0, 3000)}`;
      const complaint = await judge(sent, before, codes).catch(
        (error: unknown) => `thrown: ${String((error as Error).stack)}`,
      );
      // One for each place in the code.
      if (complaint !== undefined)
        complaints.set(complaint.split('\\n')[1] ?? complaint, `${complaint.slice(0, 1000)}\n  ${told()}`);
      if (complaints.size >= COMPLAINTS_MAX) break;
    }
    expect([...complaints.values()].join('\n\n')).toBe('');
    console.info(
      [...codes]
        .sort()
        .map(([code, count]) => `${code}: ${count}`)
        .join(', '),
    );
    // Most requests that were changed little are still accepted: the rules were reached.
    expect((codes.get(200) ?? 0) + (codes.get(201) ?? 0)).toBeGreaterThan(REQUESTS / 4);
    for (const row of rows) expect((await fixture.call('GET', pathOf(row))).code, keyOf(row)).toBe(200);
  });
});

/** The paths of every value in an object, but for what tells which one it is. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    return ['apiVersion', 'kind', 'metadata.name'].includes(at.join('.')) ? [] : [at, ...pathsOf(inner, at)];
  });
}

/** undefined: without it. */
function replaced(whole: object, path: readonly string[], substitute: unknown): object {
  const copy = structuredClone(whole);
  let parent = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (substitute !== undefined) parent[last] = substitute;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

async function textOf(answer: ApiAnswer, controller: AbortController): Promise<string> {
  switch (answer.type) {
    case 'object':
      return Buffer.from(answer.bytes()).toString('utf8');
    case 'bytes':
      return Buffer.from(answer.body).toString('utf8');
    case 'stream': {
      let text = '';
      for await (const chunk of answer.body) text += Buffer.from(chunk).toString('utf8');
      return text;
    }
    case 'watch': {
      controller.abort();
      let text = '';
      for await (const frame of answer.events) text += Buffer.from(frame.bytes()).toString('utf8');
      return text;
    }
  }
}
