/** The JSON gateway beside that of a real etcd: what is asked of one is asked of the other, known and random, right and wrong. */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SeededRandom } from '../../../base/random.ts';
import { Both } from './both.ts';
import { hasEtcd, realEtcdIsVeryOld } from './real-etcd.ts';

const NATURAL =
  /"(cluster_id|member_id|raft_term|leader|raftIndex|raftTerm|raftAppliedIndex|dbSize|dbSizeInUse|TTL|hash)":"?\d+"?/g;

interface Reply {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
}

function send(base: string, path: string, body: string, options: http.RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${base}${path}`, { method: 'POST', agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Lines of a body that does not end, as they come. */
class Lines {
  readonly lines: string[] = [];
  status = 0;
  readonly #request: http.ClientRequest;
  #changed: (() => void) | undefined;

  constructor(base: string, path: string, first: string) {
    this.#request = http.request(`${base}${path}`, { method: 'POST', agent: false }, (response) => {
      let rest = '';
      this.status = response.statusCode ?? 0;
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop() ?? '';
        this.lines.push(...parts);
        this.#changed?.();
      });
      response.on('error', () => {});
    });
    this.#request.on('error', () => {});
    this.#request.write(first);
  }

  write(text: string): void {
    this.#request.write(text);
  }

  end(): void {
    this.#request.end();
  }

  async until(count: number): Promise<void> {
    while (this.lines.length < count) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  close(): void {
    this.#request.destroy();
  }
}

/** What a conversation over a WebSocket brings, up to so many messages; the next is sent when one has come. */
function converse(url: string, messages: readonly string[], answers: number): Promise<string[]> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  const [first = '', ...others] = messages;
  const heard: string[] = [];
  socket.once('open', () => socket.send(first));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => resolve(heard));
    socket.on('message', (data) => {
      heard.push(String(data));
      const next = others.shift();
      if (next !== undefined) socket.send(next);
      if (heard.length === answers) {
        resolve(heard);
        socket.terminate();
      }
    });
  });
}

/** A reply as data, without what nature makes different. Before 3.5, faults were told in other words and another form. */
function comparable({ status, type, text }: Reply): unknown {
  if (realEtcdIsVeryOld && status !== 200) return 'refused';
  if (!type?.startsWith('application/json')) return { status, type, text };
  return { status, type, lines: text.trim().split('\n').map(plain) };
}

/** Go's marshaller puts in spaces, also such as do not break, by chance. */
function plain(json: string): unknown {
  const even = JSON.stringify(JSON.parse(json)).replaceAll('\u00a0', ' ');
  return JSON.parse(even.replace(NATURAL, '"$1":"*"'));
}

describe.skipIf(!hasEtcd)('the JSON gateway beside that of a real etcd (Debian: etcd-server)', () => {
  let both: Both;
  beforeAll(async () => {
    both = await Both.start('gateway');
  });
  afterAll(() => both?.dispose());

  async function same(path: string, body: string, options: http.RequestOptions = {}): Promise<Reply> {
    const [ours, real] = await Promise.all([both.oursUrl, both.realUrl].map((url) => send(url, path, body, options)));
    if (ours === undefined || real === undefined) throw new Error('no reply');
    expect(comparable(ours), `${path} ${body}`).toEqual(comparable(real));
    return ours;
  }

  it('needs etcd: reads, writes, transactions, leases, members and alarms', async () => {
    await same('/v3/kv/put', '{"key":"Zm9v","value":"YmFy"}');
    await same('/v3/kv/put', '{"key":"Zm9v","value":"YmF6","prev_kv":true}');
    await same('/v3/kv/put', '{"key":"Zm9w","value":"YmF6","prevKv":true}');
    const read = await same('/v3/kv/range', '{"key":"Zm8=","range_end":"Zm96","limit":"1","sort_order":"DESCEND"}');
    expect(JSON.parse(read.text)).toMatchObject({
      kvs: [{ key: 'Zm9w', create_revision: '4', mod_revision: '4', version: '1', value: 'YmF6' }],
      more: true,
      count: '2',
    });
    await same('/v3/kv/range', '{"key":"Zm9v","count_only":true}');
    await same(
      '/v3/kv/txn',
      `{"compare":[{"result":"EQUAL","target":"VALUE","key":"Zm9v","value":"YmF6"}],
        "success":[{"requestPut":{"key":"Zm9v","value":"eA=="}},{"request_range":{"key":"Zm9v"}},
          {"request_txn":{"compare":[],"success":[{"request_delete_range":{"key":"Zm9w","prev_kv":true}}]}}],
        "failure":[{"request_delete_range":{"key":"Zm9v"}}]}`,
    );
    await same('/v3/lease/grant', '{"TTL":100,"ID":"77"}');
    await same('/v3/kv/put', '{"key":"bA==","lease":77}');
    for (const prefix of ['/v3/lease', '/v3/kv/lease']) {
      await same(`${prefix}/timetolive`, '{"ID":77,"keys":true}');
      await same(`${prefix}/leases`, '{}');
    }
    await same('/v3/lease/keepalive', '{"ID":77}{"ID":"78"}');
    await same('/v3/lease/revoke', '{"ID":77}');
    await same('/v3/kv/compaction', '{"revision":"3"}');
    await same('/v3/kv/range', '{"key":"Zm9v","revision":"2"}');
    if (!realEtcdIsVeryOld) await same('/v3/maintenance/alarm', '{}');
    await same('/v3/cluster/member/add', '{"peerURLs":["nonsense"]}');
    await same('/v3/cluster/member/remove', '{"ID":"5"}');
    const { status, text } = await send(both.oursUrl, '/v3/cluster/member/list', '');
    expect([status, Object.keys(JSON.parse(text).members[0])]).toEqual([200, ['ID', 'name', 'peerURLs']]);
  });

  it('needs etcd: refuses by gRPC’s codes, and what is no request', async () => {
    await same('/v3/kv/put', '{}');
    await same('/v3/kv/put', '');
    await same('/v3/kv/put', '{"key":"YQ==","lease":7}');
    await same('/v3/kv/range', '{"key":"YQ==","revision":"100000"}');
    await same('/v3/auth/enable', '{}');
    await same('/v3/auth/user/add', '{"name":""}');
    await same('/v3/kv/range', '{"key":"Zm9v"} what follows does not count');
    for (const body of ['{', '[]', '[', '"x"', '1', 'nul', '{"key"', '{"key":1}', '{"key":"Z%"}', '{"key":"Z"}']) {
      expect((await same('/v3/kv/range', body)).status, body).toBe(400);
    }
    for (const body of ['{"limit":"x"}', '{"limit":1.5}', '{"limit":9223372036854775808}', '{"serializable":1}']) {
      expect((await same('/v3/kv/range', body)).status, body).toBe(400);
    }
    if (!realEtcdIsVeryOld) {
      await same('/v3/kv/range', '{"key":"Zm9v","limit":1e0,"revision":null}');
      await same('/v3/kv/range', '{"key":"Zm9v","what":{"is":["this"]},"sort_order":"sideways"}');
      await same('/v3/kv/range', '{"key":"Zm9v","key":"Zm9v"}');
      await same('/v3/kv/range', '{\n "key":"Zm9v",\n "limit": true}');
      await same('/v3/kv/txn', '{"success":[{"request_put":{"key":"YQ=="},"request_range":{"key":"YQ=="}}]}');
      await same('/v3/kv/txn', '{"success":{}}');
    }
    for (const path of ['/v3/', '/v3/kv', '/v3/kv/nothing', '/v3/kv/range/']) {
      expect((await same(path, '{}')).status, path).toBe(404);
    }
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await send(both.oursUrl, '/v3/kv/range', '', { method });
      expect(status, method).toBe(501);
      if (!realEtcdIsVeryOld) await same('/v3/kv/range', '', { method });
    }
    expect((await same('/v3beta/kv/range', '{"key":"Zm9v"}')).status).toBe(200);
    const headers = { 'grpc-timeout': 'soon' };
    expect((await same('/v3/kv/range', '{"key":"Zm9v"}', { headers })).status).toBe(400);
  });

  it('needs etcd: watches in one answer that does not end', { timeout: 120_000 }, async () => {
    const watches = [both.oursUrl, both.realUrl].map(
      (url) => new Lines(url, '/v3/watch', '{"create_request":{"key":"dw==","range_end":"eA==","prev_kv":true}}'),
    );
    await Promise.all(watches.map((watch) => watch.until(1)));
    await same('/v3/kv/put', '{"key":"dzE=","value":"MQ=="}');
    await Promise.all(watches.map((watch) => watch.until(2)));
    await same('/v3/kv/deleterange', '{"key":"dzE="}');
    await Promise.all(watches.map((watch) => watch.until(3)));
    // A second watch on the same stream, in pieces; then no more is asked, and what happens is still told.
    for (const watch of watches) watch.write('{"create_request":{"key":"dw==","start_revision":');
    for (const watch of watches) watch.write('"1","watch_id":"9"}}');
    await Promise.all(watches.map((watch) => watch.until(4)));
    for (const watch of watches) watch.end();
    await same('/v3/kv/put', '{"key":"dzI=","value":"PA=="}');
    await Promise.all(watches.map((watch) => watch.until(6)));
    const [ours, real] = watches.map(({ lines, status }) => ({
      status,
      lines: lines.map((line) => plain(line)),
    }));
    // A watch that begins in the compacted past is refused after it was created.
    expect(ours?.lines.slice(0, 4)).toEqual(real?.lines.slice(0, 4));
    const sorted = (lines: readonly unknown[] = []): string[] => lines.map((line) => JSON.stringify(line)).sort();
    expect(sorted(ours?.lines)).toEqual(sorted(real?.lines));
    expect(ours?.lines[2]).toMatchObject({ result: { events: [{ type: 'DELETE', prev_kv: { value: 'MQ==' } }] } });
    for (const watch of watches) watch.close();
  });

  it('needs etcd: the same over a WebSocket, a message a line', { timeout: 120_000 }, async () => {
    const conversations: readonly [path: string, messages: readonly string[], answers: number][] = [
      ['/v3/kv/put', ['{"key":"d3M=","value":"MQ=="}'], 1],
      ['/v3/kv/range', ['{"key":"d3M="}'], 1],
      ['/v3/watch', ['{"create_request":{"key":"d3M="}}', '{"cancel_request":{"watch_id":"0"}}'], 2],
      ['/v3/lease/keepalive', ['{"ID":"1"}', '{"ID":"2"}'], 2],
      ['/v3/lease/leases', ['{}', 'what follows does not count'], 1],
    ];
    for (const [path, messages, answers] of conversations) {
      const [ours, real] = await Promise.all(
        [both.oursUrl, both.realUrl].map((url) => converse(`${url}${path}`, messages, answers)),
      );
      expect(ours?.map(plain), path).toEqual(real?.map(plain));
    }
  });

  it('needs etcd: ends the WebSocket with the answer, takes a token as a sub-protocol, and none elsewhere', async () => {
    for (const url of [both.oursUrl, both.realUrl]) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v3/kv/range`, ['Bearer', 'a.1']);
      const ended = new Promise<number>((resolve) => socket.once('close', resolve));
      socket.once('open', () => socket.send('{"key":"d3M="}'));
      expect(await ended).toBe(1006);
      expect(socket.protocol).toBe('Bearer');
      const elsewhere = new WebSocket(`${url.replace('http', 'ws')}/health`);
      elsewhere.on('error', () => {});
      const status = await new Promise<number | undefined>((resolve) => {
        elsewhere.once('unexpected-response', (_, response) => resolve(response.statusCode));
      });
      expect(status).toBe(200);
      elsewhere.terminate();
    }
  });

  it('needs etcd: random requests, also broken ones', { timeout: 120_000 }, async () => {
    const random = new SeededRandom('gateway');
    const of = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
    const key = (): string => of(['"YQ=="', '"Yg"', '"Yw=="', '""', '"_w=="', 'null', '5', '"*"']);
    const whole = (): string => of(['0', '1', '"2"', '-1', '"-1"', '3.0', '1e1', '"x"', '2.5', 'true', '1e30', '""']);
    const flag = (): string => of(['true', 'false', 'null', '"true"']);
    const range = (): string =>
      `{"key":${key()},"range_end":${key()},"limit":${whole()},"revision":${of(['0', '"1"', '"3"', '"99999"'])},"keysOnly":${flag()}}`;
    const put = (): string => `{"key":${key()},"value":${key()},"lease":${of(['0', '"0"', '7'])},"prev_kv":${flag()}}`;
    const remove = (): string => `{"key":${key()},"rangeEnd":${key()},"prev_kv":${flag()}}`;
    const operation = (): string =>
      `{"${of(['request_range', 'requestPut', 'request_delete_range'])}":${of([range, put, remove])()}}`;
    const compare = (): string =>
      `{"key":${key()},"target":${of(['"MOD"', '"VERSION"', '2', '"VALUE"'])},"result":${of(['"EQUAL"', '"GREATER"', '1'])},"${of(['mod_revision', 'version', 'createRevision'])}":${whole()}}`;
    const txn = (): string =>
      `{"compare":[${compare()}],"success":[${operation()}],"failure":[${operation()},${operation()}]}`;
    const kinds = [
      () => ['/v3/kv/range', range()] as const,
      () => ['/v3/kv/put', put()] as const,
      () => ['/v3/kv/deleterange', remove()] as const,
      () => ['/v3/kv/txn', txn()] as const,
      () => ['/v3/lease/timetolive', `{"ID":${whole()},"keys":${flag()}}`] as const,
      () =>
        [
          '/v3/auth/role/grant',
          `{"name":"r","perm":{"permType":${of(['"READ"', '2', '"X"'])},"key":${key()}}}`,
        ] as const,
    ];
    const seen = new Map<number, number>();
    for (let n = 0; n < 600; n++) {
      const [path, text] = of(kinds)();
      const at = random.below(text.length);
      // Some with a character too few, too many, or another.
      const body =
        n % 3 > 0
          ? text
          : text.slice(0, at) + of(['', '{', '"', ',', '\\', '\n', 'é', ']']) + text.slice(at + random.below(2));
      const { status } = realEtcdIsVeryOld ? await send(both.oursUrl, path, body) : await same(path, body);
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
    expect(seen.get(200)).toBeGreaterThan(30);
    expect(seen.get(400)).toBeGreaterThan(100);
    // It only differs from the older one in how faults are told; what was done is the same.
    if (!realEtcdIsVeryOld) await same('/v3/kv/range', '{"key":"AA==","range_end":"AA=="}');
  });
});
