/** Random requests, valid and invalid, to ours and to a real etcd: the answers must be the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { kvService, leaseService } from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import type { Codec } from '../../../store/etcd/proto/wire.ts';
import {
  createEmbeddedStore,
  type EtcdServer,
  type RunningMember,
  StoreError,
  serveEtcd,
} from '../../../store/index.ts';
import { type RandomRequest, RequestSource } from './random-requests.ts';
import { RawClient } from './raw-client.ts';
import { hasEtcd, RealEtcd, realEtcdIsOld } from './real-etcd.ts';

const methods = { ...kvService, ...leaseService };

describe.skipIf(!hasEtcd)('random requests beside a real etcd (Debian: etcd-server)', () => {
  let member: RunningMember;
  let server: EtcdServer;
  let etcd: RealEtcd;
  let ours: RawClient;
  let real: RawClient;

  beforeAll(async () => {
    const random = new SeededRandom('random requests');
    member = await createEmbeddedStore({ clock: systemClock, random });
    const listen = { host: '127.0.0.1', port: 0 };
    const { store, admin } = member;
    server = await serveEtcd({ store, admin, listen, clock: systemClock, random, logger: silentLogger });
    etcd = await RealEtcd.start();
    ours = new RawClient(server.url);
    real = new RawClient(etcd.url);
  });

  afterAll(async () => {
    ours?.close();
    real?.close();
    await server?.close();
    await member?.close();
    await etcd?.dispose();
  });

  it('answers alike', async () => {
    // Before 3.6, etcd took any sort option; ours does as the newest.
    const source = new RequestSource(new SeededRandom(20), { wrongSorts: !realEtcdIsOld });
    let errors = 0;
    for (let round = 0; round < 3000; round++) {
      const each = source.next();
      const [one, two] = await Promise.all([ask(ours, each), ask(real, each)]);
      const words = () => `round ${round}: ${JSON.stringify(each, bigintsAndBytes)}`;
      if (!isOldOrder(one, two)) expect(comparable(one), words()).toEqual(comparable(two));
      if ('code' in one) errors++;
      else if (one.response.header.revision > 0) source.revision = one.response.header.revision;
    }
    expect(errors).toBeGreaterThan(300);
    expect(source.revision).toBeGreaterThan(500);
  });
});

interface Answered {
  readonly header: { readonly revision: number };
}

function ask(
  client: RawClient,
  { method, request }: RandomRequest,
): Promise<{ readonly response: Answered } | { readonly code: number; readonly message: string }> {
  const { path, request: codec, response } = methods[method];
  return client.unary(
    { path, request: codec as Codec<unknown>, response: response as Codec<unknown> as Codec<Answered> },
    request,
  );
}

/** Without what nature makes different: who answered, and in which term; and how long a lease has left. */
function comparable(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, function (this: unknown, key: string, value: unknown) {
      if (['clusterId', 'memberId', 'raftTerm', 'ttl'].includes(key)) return '*';
      // The keys of a lease come in no order.
      if (key === 'keys' && Array.isArray(value)) return [...value].sort();
      return bigintsAndBytes.call(this, key, value);
    }),
  );
}

function bigintsAndBytes(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value) {
    return Buffer.from(value.data as number[]).toString('latin1');
  }
  return value;
}

/** What a transaction can fail of when it is applied. etcd 3.4 looked for these in another order than the newest. */
const APPLY_FAULTS = new Set(
  (['leaseNotFound', 'keyNotFound', 'futureRevision', 'compacted'] as const).map(
    (reason) => new StoreError(reason).message,
  ),
);

function isOldOrder(one: object, two: object): boolean {
  return realEtcdIsOld && [one, two].every((answer) => 'message' in answer && APPLY_FAULTS.has(String(answer.message)));
}
