/** Random requests to the other services, and bytes that are no requests: ours and a real etcd's answers are the same. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ByteString } from '../../../base/bytes.ts';
import { SeededRandom } from '../../../base/random.ts';
import * as pb from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import { type Codec, encode } from '../../../store/etcd/proto/wire.ts';
import { type Answer, Both, comparable, NATURAL } from './both.ts';
import { frame, type RawClient } from './raw-client.ts';
import { RawWatch } from './raw-watch.ts';
import { hasEtcd, realEtcdIsOld, realEtcdIsVeryOld } from './real-etcd.ts';

const { kvService, leaseService, authService, maintenanceService, clusterService } = pb;

interface AnyMethod {
  readonly path: string;
  readonly request: Codec<unknown>;
  readonly response: Codec<unknown>;
}

/** A method whose types do not matter, with a request of it. */
function asked<Request>(
  method: { readonly path: string; readonly request: Codec<Request> },
  request: Request,
): { readonly method: AnyMethod; readonly request: unknown } {
  return { method: method as unknown as AnyMethod, request };
}

class Draw {
  readonly random: SeededRandom;
  constructor(seed: string) {
    this.random = new SeededRandom(seed);
  }
  of<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)] as T;
  }
  maybe(times: number): boolean {
    return this.random.next() * times < 1;
  }
}

describe.skipIf(!hasEtcd)('random requests to other services beside a real etcd (Debian: etcd-server)', () => {
  let both: Both;
  beforeAll(async () => {
    both = await Both.start('random services');
  });
  afterAll(() => both?.dispose());

  it('needs etcd: users, roles and permissions', { timeout: 120_000 }, async () => {
    const draw = new Draw('auth');
    const name = (): string => draw.of(['u1', 'u2', 'root', '', 'nobody']);
    const role = (): string => draw.of(['r1', 'r2', 'root', '', 'none']);
    const key = (): ByteString => draw.of(['a', 'b', '', '\0', '\xff']);
    // Before 3.5, any range was taken.
    const end = (): ByteString => draw.of(realEtcdIsVeryOld ? ['', '\0'] : ['', '', 'b', 'a', '\0', 'c']);
    const perm = (): NonNullable<pb.AuthRoleGrantPermissionRequest['perm']> => ({
      permType: draw.of(['read', 'write', 'readwrite'] as const),
      key: key(),
      rangeEnd: end(),
    });
    // Passwords are hashed slowly, so most users have none; two at a time is dearer still.
    const userAdd = (): pb.AuthUserAddRequest => ({
      name: name(),
      password: draw.maybe(10) ? 'pw' : '',
      ...(!draw.maybe(3) && { options: { noPassword: draw.maybe(1.2) } }),
      hashedPassword: '',
    });
    const kinds = [
      () => asked(authService.userAdd, userAdd()),
      () => asked(authService.userDelete, { name: name() }),
      () => asked(authService.userGet, { name: name() }),
      () => asked(authService.userList, {}),
      () => asked(authService.userGrantRole, { user: name(), role: role() }),
      () => asked(authService.userRevokeRole, { name: name(), role: role() }),
      () => asked(authService.roleAdd, { name: role() }),
      () => asked(authService.roleDelete, { role: role() }),
      () => asked(authService.roleGet, { role: role() }),
      () => asked(authService.roleList, {}),
      () => asked(authService.roleGrantPermission, { name: role(), ...(!draw.maybe(20) && { perm: perm() }) }),
      () => asked(authService.roleRevokePermission, { role: role(), key: key(), rangeEnd: end() }),
      () => asked(authService.authDisable, {}),
      () => asked(authService.authenticate, { name: name(), password: 'x' }),
    ];
    await alike(draw, kinds, 400);
  });

  it('needs etcd: leases, maintenance and members', { timeout: 120_000 }, async () => {
    const draw = new Draw('others');
    const id = (): bigint => draw.of([0n, 1n, -1n, 7n, 8n, 2n ** 62n, -(2n ** 63n)]);
    const kinds = [
      () =>
        asked(leaseService.leaseGrant, {
          id: id() || 7n,
          ttl: draw.of([0, 5, -1, 1000, 9_000_000_000, 9_000_000_001]),
        }),
      () => asked(leaseService.leaseRevoke, { id: id() }),
      () => asked(leaseService.leaseTimeToLive, { id: id(), keys: draw.maybe(2) }),
      () => asked(leaseService.leaseLeases, {}),
      () => asked(kvService.put, { ...pb.emptyPutRequest, key: draw.of(['l1', 'l2']), lease: id() }),
      () => asked(kvService.compact, { revision: draw.of([-1, 0, 1_000_000]), physical: draw.maybe(2) }),
      () => asked(maintenanceService.hashKv, { revision: draw.of([-1, 1_000_000, 1]) }),
      () =>
        asked(maintenanceService.alarm, {
          action: 'get',
          memberId: 0n,
          alarm: draw.of(['none', 'nospace', 'corrupt'] as const),
        }),
      () =>
        asked(maintenanceService.alarm, {
          action: 'deactivate',
          memberId: id(),
          alarm: draw.of(['none', 'nospace'] as const),
        }),
      () => asked(maintenanceService.moveLeader, { targetId: id() }),
      () => asked(clusterService.memberRemove, { id: id() }),
      () => asked(clusterService.memberPromote, { id: id() }),
      () =>
        asked(clusterService.memberUpdate, {
          id: id(),
          peerUrls: draw.of([[], ['http://127.0.0.1:1'], ['nonsense'], ['http://a:1/x']]),
        }),
      () =>
        asked(clusterService.memberAdd, {
          peerUrls: draw.of([[], ['nonsense'], ['http://a'], ['http://a:1/x']]),
          isLearner: draw.maybe(2),
        }),
    ];
    await alike(draw, kinds, 300);
  });

  it('needs etcd: watches of every kind on one stream', { timeout: 120_000 }, async () => {
    const draw = new Draw('watches');
    const keys: readonly ByteString[] = ['wa', 'wb', 'wba', 'wc', '\xff'];
    for (let round = 0; round < 12; round++) {
      const watches = [both.ours, both.real].map((client) => new RawWatch(client));
      const [put] = await both.ask(kvService.put, { ...pb.emptyPutRequest, key: 'wa', value: Buffer.from(`${round}`) });
      const revision = 'response' in put ? put.response.header.revision : 0;
      if (round === 6) await both.ask(kvService.compact, { revision: revision - 3, physical: true });
      for (let n = 0; n < 8; n++) {
        const request: Partial<pb.WatchCreateRequest> = {
          key: draw.of([...keys, '', '\0']),
          rangeEnd: draw.of(['', '', 'wz', '\0', 'wa', 'a']),
          // Before 3.5, a negative revision was one before all others.
          startRevision: draw.of([0, 0, revision, revision - 2, 2, realEtcdIsVeryOld ? 0 : -1, revision + 1000]),
          progressNotify: draw.maybe(3),
          filters: draw.of([[], [], ['noput'], ['nodelete'], ['noput', 'nodelete']] as const).slice(),
          prevKv: draw.maybe(2),
          // In etcd the id of a watch that compaction ended stays taken, here it is free again.
          watchId: round < 6 ? draw.of([0n, 0n, 0n, 5n, 5n, 9n]) : 0n,
          fragment: draw.maybe(3),
        };
        for (const watch of watches) watch.create(request);
        await Promise.all(watches.map((watch) => watch.quiet(15)));
      }
      for (let n = 0; n < 6; n++) {
        const key = draw.of(keys);
        if (draw.maybe(3)) await both.ask(kvService.deleteRange, { key, rangeEnd: draw.of(['', 'wz']), prevKv: false });
        else await both.ask(kvService.put, { ...pb.emptyPutRequest, key, value: Buffer.from(`${n}`) });
      }
      // etcd brings those that are behind up to date ten times a second, if it has the time.
      const summaries = (): unknown[] => watches.map(({ responses }) => summary(responses));
      const settled = async (): Promise<void> => {
        await Promise.all(watches.map((watch) => watch.quiet(50)));
        for (let waited = 0; waited < 50 && !isDeepStrictEqual(summaries()[0], summaries()[1]); waited++) {
          await Promise.all(watches.map((watch) => watch.quiet(100)));
        }
      };
      await settled();
      const cancel = {
        case: 'cancelRequest',
        value: { watchId: round < 6 ? draw.of([0n, 5n, 1n, 77n]) : 77n },
      } as const;
      for (const watch of watches) watch.send(cancel);
      await settled();
      const [ours, real] = summaries();
      expect(ours, `round ${round}`).toEqual(real);
      for (const watch of watches) watch.close();
    }
  });

  it('needs etcd: bytes that are no requests, or others than were meant', { timeout: 120_000 }, async () => {
    const draw = new Draw('bytes');
    const kinds = [
      () => asked(kvService.range, { ...pb.emptyRangeRequest, key: 'k', rangeEnd: 'z', limit: 3, revision: 1 }),
      () => asked(kvService.put, { ...pb.emptyPutRequest, key: 'k', value: Buffer.from('value'), lease: 3n }),
      () => asked(kvService.deleteRange, { key: 'k', rangeEnd: 'l', prevKv: true }),
      () => asked(leaseService.leaseTimeToLive, { id: 300n, keys: true }),
      () => asked(maintenanceService.hashKv, { revision: 1_000_000 }),
      () =>
        asked(kvService.txn, {
          compare: [
            { key: 'k', rangeEnd: '', result: 'equal', target: 'mod', targetUnion: { case: 'modRevision', value: 1 } },
          ],
          success: [{ request: { case: 'requestRange', value: { ...pb.emptyRangeRequest, key: 'k' } } }],
          failure: [],
        }),
    ];
    let refused = 0;
    for (let n = 0; n < 500; n++) {
      const { method, request } = draw.of(kinds)();
      const body = frame(mutated(draw, Buffer.from(encode(method.request, request))));
      const [ours, real] = await Promise.all(
        [both.ours, both.real].map((client) => statusOf(client, method.path, body)),
      );
      // Sort options that nobody knows are refused since 3.6; before, any number was taken.
      if (realEtcdIsOld && ours === 3 && real !== 3) continue;
      expect(ours, `${n}: ${method.path} ${body.toString('hex')}`).toBe(real);
      if (ours === 13) refused++;
    }
    expect(refused).toBeGreaterThan(50);
  });

  async function alike(draw: Draw, kinds: readonly (() => ReturnType<typeof asked>)[], count: number): Promise<void> {
    let errors = 0;
    for (let n = 0; n < count; n++) {
      const { method, request } = draw.of(kinds)();
      const [ours, real] = await both.ask(method, request);
      const words = `${n}: ${method.path} ${JSON.stringify(comparable(request))}`;
      if (!isOldWay(ours, real)) expect(comparable(ours, natural), words).toEqual(comparable(real, natural));
      if ('code' in (ours as Answer<unknown>)) errors++;
    }
    expect(errors).toBeGreaterThan(count / 10);
    expect(errors).toBeLessThan(count);
  }
});

/** Before 3.6, hashes name no revision, and are others after a compaction; before 3.5, answers about alarms named no revision, and a role was looked for before its permission was judged. */
const natural = new Set([
  ...NATURAL,
  ...(realEtcdIsOld ? ['hash', 'hashRevision'] : []),
  ...(realEtcdIsVeryOld ? ['revision'] : []),
]);

function isOldWay(ours: Answer<unknown>, real: Answer<unknown>): boolean {
  return realEtcdIsVeryOld && 'code' in ours && 'code' in real && ours.code === 3;
}

/** Answers in order, and the events of each watch put together: which answers share them is a matter of time. */
function summary(responses: readonly pb.WatchResponse[]): unknown {
  const control = responses
    .filter(({ events }) => events.length === 0)
    .map(({ watchId, created, canceled, cancelReason, compactRevision }) => ({
      watchId,
      created,
      canceled,
      cancelReason,
      compactRevision,
    }));
  const events = new Map<string, unknown[]>();
  for (const { watchId, events: some } of responses) {
    if (some.length > 0) events.set(String(watchId), [...(events.get(String(watchId)) ?? []), ...some]);
  }
  // When the loss of history is found out is a matter of time, too.
  const compacted = control.filter(({ compactRevision }) => compactRevision > 0).sort(byWatchId);
  const told = control.filter(({ compactRevision }) => compactRevision === 0);
  return {
    told: comparable(told),
    compacted: comparable(compacted),
    events: comparable([...events].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function byWatchId(a: { readonly watchId: bigint }, b: { readonly watchId: bigint }): number {
  return Number(a.watchId - b.watchId);
}

function mutated(draw: Draw, bytes: Buffer): Buffer {
  const result = Buffer.from(bytes);
  for (let changes = 1 + draw.random.below(2); changes > 0 && result.length > 0; changes--) {
    const at = draw.random.below(result.length);
    switch (draw.random.below(4)) {
      case 0:
        result[at] = draw.random.below(256);
        break;
      case 1:
        return result.subarray(0, at);
      case 2:
        return Buffer.concat([result.subarray(0, at), Buffer.of(draw.random.below(256)), result.subarray(at)]);
      default:
        return Buffer.concat([
          result,
          Buffer.from(draw.of(['ff', '0a', '0aff01', '7801', '9a0601', '0b', '80808080808080808001']), 'hex'),
        ]);
    }
  }
  return result;
}

async function statusOf(client: RawClient, path: string, body: Buffer): Promise<number> {
  return (await client.call(path, body)).status;
}
