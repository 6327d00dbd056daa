/** The server of the etcd API: what it answers beside well-formed calls, and that bad clients harm nobody. */
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringToBytes } from '../../../base/bytes.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import * as pb from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import { electionService } from '../../../store/etcd/proto/gen/v3electionpb.ts';
import { lockService } from '../../../store/etcd/proto/gen/v3lockpb.ts';
import { decode, encode } from '../../../store/etcd/proto/wire.ts';
import { createEmbeddedStore, type EtcdServer, type RunningMember, serveEtcd } from '../../../store/index.ts';
import { answerOf, frame, RawClient } from './raw-client.ts';
import { RawWatch } from './raw-watch.ts';

const random = new SeededRandom('server test');
let member: RunningMember;
let server: EtcdServer;
let client: RawClient;

beforeAll(async () => {
  member = await createEmbeddedStore({ clock: systemClock, random });
  const listen = { host: '127.0.0.1', port: 0 };
  const { store, admin } = member;
  server = await serveEtcd({ store, admin, listen, clock: systemClock, random, logger: silentLogger });
  client = new RawClient(server.url);
});

afterAll(async () => {
  client.close();
  await server.close();
  await member.close();
});

const { kvService, watchService, maintenanceService } = pb;
const putOf = (key: string, value: Uint8Array): pb.PutRequest => ({ ...pb.emptyPutRequest, key, value });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('plain HTTP', () => {
  it('says that it is healthy, which version it is, and its metrics', async () => {
    const health = await fetch(`${server.url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toEqual({ health: 'true', reason: '' });
    expect(await (await fetch(`${server.url}/version`)).json()).toEqual({ etcdserver: '3.5.30', etcdcluster: '3.5.0' });
    await client.unary(kvService.range, { ...pb.emptyRangeRequest, key: 'a' });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^etcd_server_has_leader 1$/m);
    expect(metrics).toMatch(
      /^grpc_server_handled_total\{grpc_code="OK",grpc_method="Range",grpc_service="etcdserverpb.KV",grpc_type="unary"\} [1-9]/m,
    );
    expect(await (await fetch(`${server.url}/readyz`)).text()).toBe('ok\n');
    expect(await (await fetch(`${server.url}/livez`)).text()).toBe('ok\n');
  });

  it('says where its consensus is', async () => {
    const vars = await fetch(`${server.url}/debug/vars`);
    expect(vars.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const id = member.id.toString(16);
    const known = (await vars.json()) as Record<string, unknown>;
    expect(Object.keys(known)).toEqual(['cmdline', 'file_descriptor_limit', 'memstats', 'raft.status']);
    expect(known['raft.status']).toMatchObject({
      id,
      vote: id,
      lead: id,
      raftState: 'StateLeader',
      progress: { [id]: { state: 'StateReplicate' } },
      leadtransferee: '0',
    });
  });

  it('says so when an alarm is on', async () => {
    const alarm = { memberId: member.id, alarm: 'CORRUPT' } as const;
    await member.admin.alarmActivate(alarm);
    const health = await fetch(`${server.url}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toEqual({ health: 'false', reason: 'ALARM CORRUPT' });
    expect((await fetch(`${server.url}/health?exclude=CORRUPT`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/readyz`)).text()).toContain('[-]data_corruption failed');
    await member.admin.alarmDeactivate(alarm);
  });

  it('refuses what it does not have', async () => {
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${server.url}/health`, { method: 'POST' })).status).toBe(405);
  });

  it('answers the same over HTTP/2', async () => {
    const stream = client.session.request({ ':path': '/health' });
    let body = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    await new Promise((resolve) => stream.on('end', resolve));
    expect(JSON.parse(body)).toEqual({ health: 'true', reason: '' });
  });
});

describe('calls that are not right', () => {
  it('unknown services and methods are unimplemented', async () => {
    expect(await client.call('/etcdserverpb.KV/Nothing', frame(Buffer.alloc(0)))).toMatchObject({
      status: 12,
      message: 'unknown method Nothing for service etcdserverpb.KV',
    });
    expect(await client.call('/no.Service/Call', Buffer.alloc(0))).toMatchObject({
      status: 12,
      message: 'unknown service no.Service',
    });
  });

  it('malformed protobuf is an internal error, as grpc-go has it', async () => {
    const answer = await client.call(kvService.put.path, frame(Buffer.of(0x0a, 200, 1)));
    expect(answer).toMatchObject({ status: 13, message: 'grpc: error unmarshalling request: unexpected EOF' });
  });

  it('a message that is too large is refused before it has arrived', async () => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(100_000_000, 1);
    const stream = client.open(kvService.put.path);
    stream.write(prefix);
    const answer = await answerOf(stream);
    expect(answer).toMatchObject({
      status: 8,
      message: 'grpc: received message larger than max (100000000 vs. 2097152)',
    });
  });

  it('a request larger than --max-request-bytes gets etcd’s own refusal', async () => {
    const answer = await client.unary(kvService.put, putOf('large', Buffer.alloc(1_600_000)));
    expect(answer).toEqual({ code: 3, message: 'etcdserver: request is too large' });
  });

  // Codes and messages as etcd 3.5.30 gives them.
  const put = frame(encode(kvService.put.request, putOf('a', stringToBytes('1'))));
  const zipped = gzipSync(put.subarray(5));
  it.each([
    [
      'a compressed message without a way',
      frame(put.subarray(5), 1),
      {},
      13,
      'grpc: compressed flag set with identity or empty encoding',
    ],
    [
      'an unknown way of compression',
      put,
      { 'grpc-encoding': 'zstd' },
      12,
      'Decompressor is not installed for grpc-encoding "zstd"',
    ],
    [
      'a broken compressed message',
      frame(put.subarray(5), 1),
      { 'grpc-encoding': 'gzip' },
      13,
      'failed to decompress the received message',
    ],
    [
      'a message that grows beyond what is allowed',
      frame(gzipSync(Buffer.alloc(5_000_000)), 1),
      { 'grpc-encoding': 'gzip' },
      8,
      'larger than max',
    ],
    ['a flag that nobody knows', frame(put.subarray(5), 2), {}, 13, 'grpc: received unexpected payload format 2'],
    ['a cut message', put.subarray(0, 7), {}, 2, 'unexpected EOF'],
    ['a missing message', Buffer.alloc(0), {}, 2, 'EOF'],
    [
      'a wrong type of content',
      put,
      { 'content-type': 'application/grpcx' },
      3,
      'invalid gRPC request content-type "application/grpcx"',
    ],
    ['a time that is up', put, { 'grpc-timeout': '0S' }, 4, 'context deadline exceeded'],
    ['a time that is none', put, { 'grpc-timeout': 'soon' }, 13, 'malformed grpc-timeout'],
  ])('%s is refused', async (_, body, headers, status, message) => {
    const answer = await client.call(kvService.put.path, body, headers);
    expect(answer).toMatchObject({ status, message: expect.stringContaining(message) });
  });

  it('a transaction nested deeper than it can be read has too many operations', async () => {
    let request = Buffer.alloc(0);
    const length = (of: number): number[] => (of < 0x80 ? [of] : [(of & 0x7f) | 0x80, ...length(of >>> 7)]);
    for (let depth = 0; depth < 2000; depth++) {
      const operation = Buffer.concat([Buffer.from([0x22, ...length(request.length)]), request]);
      request = Buffer.concat([Buffer.from([0x12, ...length(operation.length)]), operation]);
    }
    const answer = await client.call(kvService.txn.path, frame(request));
    expect(answer).toMatchObject({ status: 3, message: 'etcdserver: too many operations in txn request' });
  });

  it('compressed messages are taken, and messages behind the first of a unary call are passed over', async () => {
    const gzip = { 'grpc-encoding': 'gzip' };
    expect(await client.call(kvService.put.path, frame(zipped, 1), gzip)).toMatchObject({ status: 0 });
    expect(await client.call(kvService.put.path, put, gzip)).toMatchObject({ status: 0 });
    expect(await client.call(kvService.put.path, Buffer.concat([put, put]))).toMatchObject({ status: 0 });
  });

  it.each([
    ['etcdserverpb.KV/Range', 'malformed method name: "etcdserverpb.KV/Range"'],
    ['/etcdserverpb.KV', 'malformed method name: "/etcdserverpb.KV"'],
    ['/etcdserverpb.KV/Range/x', 'unknown service etcdserverpb.KV/Range'],
  ])('the path %s is none', async (path, message) => {
    expect(await client.call(path, put)).toMatchObject({ status: 12, message });
  });

  it('a deadline ends the call', async () => {
    const lease = await member.store.leaseGrant({ ttl: 60 });
    const holder = { name: 'deadline', lease: lease.id };
    expect(await client.unary(lockService.lock, holder)).toMatchObject({ response: {} });
    const second = (await member.store.leaseGrant({ ttl: 60 })).id;
    const request = frame(encode(lockService.lock.request, { name: 'deadline', lease: second }));
    const answer = await client.call(lockService.lock.path, request, { 'grpc-timeout': '100m' });
    expect(answer).toMatchObject({ status: 4, message: 'context deadline exceeded' });
    // The waiter's key is taken back: nobody stands in line for one who has gone.
    for (let waited = 0; waited < 50; waited++) {
      if ((await member.store.leaseTimeToLive(second, { keys: true })).keys.length === 0) break;
      await sleep(20);
    }
    expect((await member.store.leaseTimeToLive(second, { keys: true })).keys).toEqual([]);
  });
});

describe('watches on one stream', () => {
  it('gives ids, refuses double ones, and cancels', async () => {
    const watch = new RawWatch(client);
    watch.create({ key: 'ids/a' });
    watch.create({ key: 'ids/a', watchId: 7n });
    watch.create({ key: 'ids/a', watchId: 7n });
    watch.create({ key: 'ids/a' });
    const created = await watch.next(4);
    expect(created.map(({ watchId, canceled, cancelReason }) => [watchId, canceled, cancelReason])).toEqual([
      [0n, false, ''],
      [7n, false, ''],
      [-1n, true, 'mvcc: duplicate watch ID provided on the WatchStream'],
      [1n, false, ''],
    ]);
    await member.store.put({ key: 'ids/a', value: stringToBytes('1') });
    expect((await watch.next(3)).map(({ watchId, events }) => [watchId, events.length])).toEqual([
      [0n, 1],
      [7n, 1],
      [1n, 1],
    ]);
    watch.send({ case: 'cancelRequest', value: { watchId: 7n } });
    watch.send({ case: 'cancelRequest', value: { watchId: 99n } });
    watch.send(undefined);
    expect(await watch.next(1)).toMatchObject([{ watchId: 7n, canceled: true, created: false }]);
    await member.store.put({ key: 'ids/a', value: stringToBytes('2') });
    expect((await watch.next(2)).map(({ watchId }) => watchId)).toEqual([0n, 1n]);
    watch.close();
  });

  it('refuses what cannot be watched, and stays open', async () => {
    const watch = new RawWatch(client);
    watch.create({ key: 'a', startRevision: -1 });
    watch.create({ key: 'b', rangeEnd: 'a' });
    expect(await watch.next(2)).toMatchObject([
      {
        watchId: -1n,
        created: true,
        canceled: true,
        cancelReason: 'etcdserver: mvcc: required revision has been compacted',
      },
      { watchId: -1n, created: true, canceled: true, cancelReason: 'mvcc: watcher range is empty' },
    ]);
    watch.create({ key: '' });
    expect(await watch.next(1)).toMatchObject([{ created: true, canceled: false }]);
    watch.close();
  });

  it('reports progress for all watches in one answer', async () => {
    const watch = new RawWatch(client);
    watch.send({ case: 'progressRequest', value: {} });
    expect(await watch.next(1)).toMatchObject([{ watchId: -1n, created: false, events: [] }]);
    watch.create({ key: 'p/', rangeEnd: 'p0' });
    watch.create({ key: 'q' });
    await watch.next(2);
    const { header } = await member.store.put({ key: 'p/1', value: stringToBytes('1') });
    watch.send({ case: 'progressRequest', value: {} });
    const [event, progress] = await watch.next(2);
    expect(event).toMatchObject({ watchId: 0n, events: [{ type: 'put' }] });
    expect(progress).toMatchObject({ watchId: -1n, header: { revision: header.revision }, events: [] });
    watch.close();
  });

  it('splits large answers for those who ask for fragments', async () => {
    const value = Buffer.alloc(1_000_000, 'x');
    const first = (await member.store.put({ key: 'f/1', value })).header.revision;
    await member.store.put({ key: 'f/2', value });
    await member.store.put({ key: 'f/3', value });
    const watch = new RawWatch(client);
    watch.create({ key: 'f/', rangeEnd: 'f0', startRevision: first, fragment: true });
    watch.create({ key: 'f/', rangeEnd: 'f0', startRevision: first });
    for (let waited = 0; waited < 5000; waited += 10) {
      const events = watch.responses.flatMap((response) => response.events);
      if (events.length === 6) break;
      await sleep(10);
    }
    const parts = watch.responses.filter(({ watchId, events }) => watchId === 0n && events.length > 0);
    const whole = watch.responses.filter(({ watchId, events }) => watchId === 1n && events.length > 0);
    expect(parts.map(({ events, fragment }) => [events.length, fragment])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(whole.map(({ events, fragment }) => [events.length, fragment])).toEqual([[3, false]]);
    watch.close();
  });
});

describe('bad clients', () => {
  it('one that never reads its watch costs little, and loses nothing when it reads at last', async () => {
    const bad = new RawClient(server.url);
    const stream = bad.open(watchService.watch.path);
    const create = { case: 'createRequest', value: { ...pb.emptyWatchCreateRequest, key: 'slow' } } as const;
    stream.write(frame(encode(watchService.watch.request, { requestUnion: create })));
    await new Promise((resolve) => stream.once('response', resolve));
    await sleep(20);
    const value = Buffer.alloc(100_000, 'x');
    const before = process.memoryUsage().rss;
    const count = 600;
    for (let n = 0; n < count; n++) await member.store.put({ key: 'slow', value });
    // 60 MB were written; what the watch holds of it is bounded by windows and buffers. The store itself keeps them all.
    expect(process.memoryUsage().rss - before).toBeLessThan(count * value.length * 4);
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    for (let waited = 0; waited < 10_000 && bytes < count * value.length; waited += 10) await sleep(10);
    expect(bytes).toBeGreaterThan(count * value.length);
    bad.close();
  });

  it('one that floods with watches is held up, and others are not', async () => {
    const bad = new RawClient(server.url);
    const stream = bad.open(watchService.watch.path);
    const create = { case: 'createRequest', value: { ...pb.emptyWatchCreateRequest, key: 'flood' } } as const;
    const requests = Buffer.concat(
      Array.from({ length: 2000 }, () => frame(encode(watchService.watch.request, { requestUnion: create }))),
    );
    for (let n = 0; n < 10; n++) stream.write(requests);
    const startMs = performance.now();
    for (let n = 0; n < 20; n++) await client.unary(kvService.range, { ...pb.emptyRangeRequest, key: 'a' });
    expect(performance.now() - startMs).toBeLessThan(3000);
    bad.close();
    await sleep(50);
    // Its watches end with it.
    const put = await client.unary(kvService.put, putOf('flood', stringToBytes('1')));
    expect(put).toMatchObject({ response: {} });
  });

  it('one that asks for much and reads nothing does not keep others from their answers', async () => {
    const value = Buffer.alloc(1_000_000, 'y');
    for (let n = 0; n < 5; n++) await member.store.put({ key: `much/${n}`, value });
    const bad = new RawClient(server.url);
    const range = encode(kvService.range.request, { ...pb.emptyRangeRequest, key: 'much/', rangeEnd: 'much0' });
    const before = process.memoryUsage().rss;
    const streams = Array.from({ length: 100 }, () => {
      const stream = bad.open(kvService.range.path);
      stream.end(frame(range));
      return stream;
    });
    await Promise.all(streams.slice(0, 5).map((stream) => new Promise((resolve) => stream.once('response', resolve))));
    await sleep(300);
    // 500 MB were asked for.
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    const startMs = performance.now();
    const good = await client.unary(kvService.range, { ...pb.emptyRangeRequest, key: 'much/0' });
    expect(good).toMatchObject({ response: { count: 1 } });
    expect(performance.now() - startMs).toBeLessThan(1000);
    bad.close();
  });

  it('ones that say nothing, or nonsense, are hung up on', async () => {
    const { port } = new URL(server.url);
    const socket = net.connect(Number(port), '127.0.0.1');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n nonsense that is no frame at all, far from it');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.resume();
    await closed;
    const range = await client.unary(kvService.range, { ...pb.emptyRangeRequest, key: 'a' });
    expect(range).toMatchObject({ response: {} });
  });
});

describe('locks and elections', () => {
  const grant = async (): Promise<bigint> => (await member.store.leaseGrant({ ttl: 60 })).id;

  it('a lock is held by one at a time, and passes on', async () => {
    const [one, two] = [await grant(), await grant()];
    const first = await client.unary(lockService.lock, { name: 'L', lease: one });
    if (!('response' in first)) throw new Error(first.message);
    expect(first.response.key).toBe(`L/${one.toString(16)}`);
    const again = await client.unary(lockService.lock, { name: 'L', lease: one });
    expect(again).toMatchObject({ response: { key: first.response.key } });
    let acquired = false;
    const second = client.unary(lockService.lock, { name: 'L', lease: two }).then((answer) => {
      acquired = true;
      return answer;
    });
    await sleep(50);
    expect(acquired).toBe(false);
    await client.unary(lockService.unlock, { key: first.response.key });
    expect(await second).toMatchObject({ response: { key: `L/${two.toString(16)}` } });
    expect(await client.unary(lockService.lock, { name: 'L', lease: 12345n })).toEqual({
      code: 5,
      message: 'etcdserver: requested lease not found',
    });
  });

  it('an election has one leader, whose words are observed in order', async () => {
    const [one, two] = [await grant(), await grant()];
    expect(await client.unary(electionService.leader, { name: 'E' })).toMatchObject({ message: 'election: no leader' });
    const observing = client.open(electionService.observe.path);
    observing.end(frame(encode(electionService.observe.request, { name: 'E' })));
    let heard = Buffer.alloc(0);
    observing.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
    });
    const campaign = (lease: bigint, value: string) =>
      client.unary(electionService.campaign, { name: 'E', lease, value: stringToBytes(value) });
    const first = await campaign(one, 'one');
    if (!('response' in first) || first.response.leader === undefined) throw new Error('not elected');
    const { leader } = first.response;
    expect(leader).toMatchObject({ name: 'E', key: `E/${one.toString(16)}`, lease: one });
    const second = campaign(two, 'two');
    await client.unary(electionService.proclaim, { leader, value: stringToBytes('one again') });
    expect(await client.unary(electionService.leader, { name: 'E' })).toMatchObject({
      response: { kv: { key: leader.key, value: Buffer.from('one again') } },
    });
    await client.unary(electionService.resign, { leader });
    expect(await second).toMatchObject({ response: { leader: { lease: two } } });
    expect(await client.unary(electionService.proclaim, { leader, value: stringToBytes('late') })).toMatchObject({
      message: 'election: not leader',
    });
    expect(
      await client.unary(electionService.proclaim, { leader: undefined, value: Buffer.alloc(0) } as never),
    ).toMatchObject({
      code: 3,
    });
    await sleep(100);
    const values: string[] = [];
    for (let at = 0; at < heard.length; at += 5 + heard.readUInt32BE(at + 1)) {
      const message = heard.subarray(at + 5, at + 5 + heard.readUInt32BE(at + 1));
      values.push(String(Buffer.from(decode(electionService.observe.response, message).kv?.value ?? '')));
    }
    expect(values).toEqual(['one', 'one again', 'two']);
    observing.close();
  });
});

describe('snapshots', () => {
  it('are whole blocks and a checksum of them, as etcdctl wants', async () => {
    const { createHash } = await import('node:crypto');
    const { messages } = await client.call(maintenanceService.snapshot.path, frame(Buffer.alloc(0)));
    const file = Buffer.concat(messages.map((each) => decode(maintenanceService.snapshot.response, each).blob));
    const [state, sum] = [file.subarray(0, -32), file.subarray(-32)];
    expect(state.length % 512).toBe(0);
    expect(createHash('sha256').update(state).digest()).toEqual(Buffer.from(sum));
  });
});
