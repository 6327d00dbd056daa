/**
 * What kube-apiserver asks of etcd (k8s.io/apiserver/pkg/storage/etcd3), in its order and with its headers, of ours and
 * of a real etcd: the answers must be the same.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringToBytes } from '../../../base/bytes.ts';
import * as pb from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import { encode } from '../../../store/etcd/proto/wire.ts';
import { Both, comparable } from './both.ts';
import { frame } from './raw-client.ts';
import { RawWatch } from './raw-watch.ts';
import { hasEtcd } from './real-etcd.ts';

const { kvService, leaseService, maintenanceService } = pb;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const PODS = '/registry/pods/';
const PODS_END = '/registry/pods0';

/** As Go's client sends them beside the usual ones. */
const GO_HEADERS = {
  'user-agent': 'grpc-go/1.79.3',
  'grpc-accept-encoding': 'gzip',
  'grpc-timeout': '9999997u',
  hasleader: 'true',
  'client-api-version': '3.6',
};

const range = (request: Partial<pb.RangeRequest>): pb.RangeRequest => ({ ...pb.emptyRangeRequest, ...request });
const getOp = (key: string): pb.RequestOp => ({ request: { case: 'requestRange', value: range({ key }) } });
const putOp = (key: string, value: string, lease = 0n): pb.RequestOp => ({
  request: { case: 'requestPut', value: { ...pb.emptyPutRequest, key, value: stringToBytes(value), lease } },
});
const deleteOp = (key: string): pb.RequestOp => ({
  request: { case: 'requestDeleteRange', value: { key, rangeEnd: '', prevKv: false } },
});
const compare = (
  key: string,
  target: 'mod' | 'version',
  value: number,
  result: pb.Compare['result'] = 'equal',
): pb.Compare => ({
  key,
  rangeEnd: '',
  result,
  target,
  targetUnion: target === 'mod' ? { case: 'modRevision', value } : { case: 'version', value },
});

describe.skipIf(!hasEtcd)('kube-apiserver’s requests beside a real etcd (Debian: etcd-server)', () => {
  let both: Both;
  beforeAll(async () => {
    both = await Both.start('kube-apiserver');
  });
  afterAll(() => both?.dispose());

  /** The same answers; returns ours. */
  async function same<Request, Response>(
    method: Parameters<typeof both.ask<Request, Response>>[0],
    request: Request,
  ): Promise<Response> {
    const [ours, real] = await both.ask(method, request);
    expect(comparable(ours)).toEqual(comparable(real));
    return 'response' in ours ? ours.response : (undefined as never);
  }

  const txn = (condition: pb.Compare, success: pb.RequestOp[], failure: pb.RequestOp[]): Promise<pb.TxnResponse> =>
    same(kvService.txn, { compare: [condition], success, failure });

  it('needs etcd: its checks before anything else', async () => {
    const [ours] = await both.ask(maintenanceService.status, pb.emptyStatusRequest);
    if (!('response' in ours)) throw new Error(ours.message);
    // Whether progress on watches may be asked for is judged by the version: 3.5.13, or 3.4.31.
    const [major, minor, patch] = ours.response.version.split('.').map(Number);
    expect([major, minor]).toEqual([3, 5]);
    expect(patch).toBeGreaterThanOrEqual(13);
    expect(ours.response.dbSize).toBeGreaterThan(0);
    await same(kvService.range, range({ key: '/registry/health' }));
    const body = frame(encode(kvService.range.request, range({ key: '/registry/health' })));
    for (const client of [both.ours, both.real]) {
      expect(await client.call(kvService.range.path, body, GO_HEADERS)).toMatchObject({ status: 0, message: '' });
    }
  });

  it('needs etcd: creates, reads, updates and deletes an object', async () => {
    const key = `${PODS}default/a`;
    const created = await txn(compare(key, 'mod', 0), [putOp(key, 'one')], []);
    expect(created.succeeded).toBe(true);
    await txn(compare(key, 'mod', 0), [putOp(key, 'again')], []);
    await txn(compare(key, 'mod', 0), [putOp(key, 'again')], [getOp(key)]);
    const { header } = await same(kvService.range, range({ key }));
    await txn(compare(key, 'mod', header.revision), [putOp(key, 'two')], [getOp(key)]);
    await txn(compare(key, 'mod', header.revision), [putOp(key, 'stale')], [getOp(key)]);
    const lost = await txn(compare(key, 'mod', header.revision), [deleteOp(key)], [getOp(key)]);
    expect(lost.succeeded).toBe(false);
    const [got] = lost.responses;
    const current = got?.response?.case === 'responseRange' ? got.response.value.kvs[0]?.modRevision : undefined;
    await txn(compare(key, 'mod', current ?? 0), [deleteOp(key)], [getOp(key)]);
    await same(kvService.range, range({ key }));
  });

  it('needs etcd: lists in pages at one revision, and counts', async () => {
    for (let n = 0; n < 25; n++) {
      const key = `${PODS}default/p-${String(n).padStart(3, '0')}`;
      await txn(compare(key, 'mod', 0), [putOp(key, `pod ${n}`)], []);
    }
    const first = await same(kvService.range, range({ key: PODS, rangeEnd: PODS_END, limit: 10 }));
    expect(first).toMatchObject({ count: 25, more: true });
    const at = first.header.revision;
    await txn(compare(`${PODS}default/later`, 'mod', 0), [putOp(`${PODS}default/later`, 'x')], []);
    let key = `${first.kvs.at(-1)?.key}\0`;
    for (let page = 0; page < 2; page++) {
      const next = await same(kvService.range, range({ key, rangeEnd: PODS_END, limit: 10, revision: at }));
      key = `${next.kvs.at(-1)?.key}\0`;
    }
    await same(kvService.range, range({ key: PODS, rangeEnd: PODS_END, countOnly: true }));
    await same(kvService.range, range({ key: PODS, rangeEnd: PODS_END, keysOnly: true, limit: 3 }));
    await same(kvService.range, range({ key: PODS, rangeEnd: PODS_END, limit: 1, revision: at + 1000 }));
    await same(kvService.range, range({ key: '/registry/nothing/', rangeEnd: '/registry/nothing0', limit: 500 }));
  });

  it('needs etcd: keeps events on leases', async () => {
    const granted = await Promise.all(
      [both.ours, both.real].map((client) => client.unary(leaseService.leaseGrant, { id: 0n, ttl: 3660 })),
    );
    const ids = granted.map((answer) => ('response' in answer ? answer.response.id : 0n));
    const key = '/registry/events/default/e';
    const answers = await Promise.all(
      [both.ours, both.real].map((client, at) =>
        client.unary(kvService.txn, {
          compare: [compare(key, 'mod', 0)],
          success: [putOp(key, 'event', ids[at])],
          failure: [],
        }),
      ),
    );
    expect(comparable(answers[0])).toEqual(comparable(answers[1]));
  });

  it('needs etcd: compacts as one of several API servers', async () => {
    const record = 'compact_rev_key';
    const started = await txn(compare(record, 'version', 0), [putOp(record, '0')], [getOp(record)]);
    expect(started.succeeded).toBe(true);
    await txn(compare(record, 'version', 0), [putOp(record, '0')], [getOp(record)]);
    const { header } = await txn(compare(record, 'version', 1), [putOp(record, '5')], [getOp(record)]);
    await same(kvService.compact, { revision: header.revision - 1, physical: false });
    await same(kvService.compact, { revision: header.revision - 1, physical: false });
    await same(kvService.range, range({ key: PODS, rangeEnd: PODS_END, limit: 1, revision: 3 }));
  });

  it('needs etcd: watches with what was before, asks for progress, and starts anew after compaction', async () => {
    const { header } = await same(kvService.range, range({ key: PODS, rangeEnd: PODS_END, limit: 1 }));
    const watches = [both.ours, both.real].map(
      (client) => new RawWatch(client, { ...GO_HEADERS, 'grpc-timeout': '1H' }),
    );
    for (const watch of watches) {
      watch.create({
        key: PODS,
        rangeEnd: PODS_END,
        startRevision: header.revision + 1,
        prevKv: true,
        progressNotify: true,
        fragment: true,
      });
      await watch.next(1);
    }
    const key = `${PODS}default/watched`;
    const created = await txn(compare(key, 'mod', 0), [putOp(key, 'one')], []);
    const changed = await txn(compare(key, 'mod', created.header.revision), [putOp(key, 'two')], [getOp(key)]);
    await txn(compare(key, 'mod', changed.header.revision), [deleteOp(key)], [getOp(key)]);
    await txn(compare('/registry/other', 'mod', 0), [putOp('/registry/other', 'x')], []);
    await sleep(200);
    for (const watch of watches) watch.send({ case: 'progressRequest', value: {} });
    await sleep(300);
    const [ours, real] = watches.map(({ responses }) => ({
      events: responses.flatMap(({ events }) => events),
      reports: responses.filter(({ events }) => events.length === 0),
    }));
    expect(comparable(ours)).toEqual(comparable(real));
    expect(ours?.events).toHaveLength(3);
    expect(ours?.reports).toHaveLength(1);
    for (const watch of watches) {
      watch.responses.length = 0;
      watch.create({ key: PODS, rangeEnd: PODS_END, startRevision: 2, prevKv: true });
    }
    await Promise.all(watches.map((watch) => watch.quiet(300)));
    expect(comparable(watches[0]?.responses)).toEqual(comparable(watches[1]?.responses));
    expect(watches[0]?.responses.some(({ canceled, compactRevision }) => canceled && compactRevision > 0)).toBe(true);
    for (const watch of watches) watch.close();
  });
});
