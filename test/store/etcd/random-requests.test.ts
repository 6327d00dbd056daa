/** Random requests, valid and invalid, to ours and to a real etcd: the answers must be the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { kvService, leaseService } from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import type { Codec } from '../../../store/etcd/proto/wire.ts';
import { StoreError } from '../../../store/index.ts';
import { type Answer, Both, comparable } from './both.ts';
import { type RandomRequest, RequestSource } from './random-requests.ts';
import { hasEtcd, realEtcdIsOld } from './real-etcd.ts';

const methods = { ...kvService, ...leaseService };

describe.skipIf(!hasEtcd)('random requests beside a real etcd (Debian: etcd-server)', () => {
  let both: Both;

  beforeAll(async () => {
    both = await Both.start('random requests');
  });
  afterAll(() => both?.dispose());

  it('answers alike', async () => {
    // Before 3.6, etcd took any sort option; ours does as the newest.
    const source = new RequestSource(new SeededRandom(20), { wrongSorts: !realEtcdIsOld });
    let errors = 0;
    for (let round = 0; round < 3000; round++) {
      const each = source.next();
      const [one, two] = await ask(both, each);
      const words = () => `round ${round}: ${JSON.stringify(comparable(each))}`;
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

function ask(both: Both, { method, request }: RandomRequest): Promise<[Answer<Answered>, Answer<Answered>]> {
  const { path, request: codec, response } = methods[method];
  const any = { path, request: codec as Codec<unknown>, response: response as Codec<unknown> as Codec<Answered> };
  return both.ask(any, request);
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
