/** Requests of every kind, valid and not, over few keys so that they meet; the same for the same seed. */
import type { ByteString } from '../../../base/bytes.ts';
import type { SeededRandom } from '../../../base/random.ts';
import type * as pb from '../../../store/etcd/proto/gen/etcdserverpb.ts';

export type RandomRequest =
  | { readonly method: 'range'; readonly request: pb.RangeRequest }
  | { readonly method: 'put'; readonly request: pb.PutRequest }
  | { readonly method: 'deleteRange'; readonly request: pb.DeleteRangeRequest }
  | { readonly method: 'txn'; readonly request: pb.TxnRequest }
  | { readonly method: 'compact'; readonly request: pb.CompactionRequest }
  | { readonly method: 'leaseGrant'; readonly request: pb.LeaseGrantRequest }
  | { readonly method: 'leaseRevoke'; readonly request: pb.LeaseRevokeRequest }
  | { readonly method: 'leaseTimeToLive'; readonly request: pb.LeaseTimeToLiveRequest }
  | { readonly method: 'leaseLeases'; readonly request: pb.LeaseLeasesRequest };

const KEYS: readonly ByteString[] = ['a', 'b', 'ba', 'bb', 'c', '\xff', '\xff\xff', '\0', ''];
const ENDS: readonly ByteString[] = ['', '', 'b', 'c', 'bb', 'd', '\0', '\xff', 'a'];
const LEASES: readonly bigint[] = [0n, 0n, 0n, 11n, 12n, 13n];

export class RequestSource {
  readonly #random: SeededRandom;
  readonly #wrongSorts: boolean;
  /** What revisions are drawn around; the driver keeps it current. */
  revision = 1;

  constructor(random: SeededRandom, options: { readonly wrongSorts: boolean }) {
    this.#random = random;
    this.#wrongSorts = options.wrongSorts;
  }

  next(): RandomRequest {
    const draw = this.#random.below(100);
    if (draw < 30) return { method: 'put', request: this.put() };
    if (draw < 50) return { method: 'range', request: this.range() };
    if (draw < 62) return { method: 'deleteRange', request: this.deleteRange() };
    if (draw < 85) return { method: 'txn', request: this.txn(3) };
    if (draw < 88) return { method: 'compact', request: { revision: this.#revision(), physical: this.#maybe(2) } };
    if (draw < 93) return { method: 'leaseGrant', request: { id: this.#of([11n, 12n, 13n]), ttl: 1000 } };
    if (draw < 96) return { method: 'leaseRevoke', request: { id: this.#of(LEASES) } };
    if (draw < 98) return { method: 'leaseTimeToLive', request: { id: this.#of([11n, 12n, 13n]), keys: true } };
    return { method: 'leaseLeases', request: {} };
  }

  put(): pb.PutRequest {
    const ignoreValue = this.#maybe(10);
    return {
      key: this.#of(KEYS),
      value: Buffer.from(this.#maybe(ignoreValue ? 1.2 : 10) ? '' : `v${this.#random.below(4)}`),
      lease: this.#of(LEASES),
      prevKv: this.#maybe(3),
      ignoreValue,
      ignoreLease: this.#maybe(10),
    };
  }

  range(): pb.RangeRequest {
    return {
      key: this.#of(KEYS),
      rangeEnd: this.#of(ENDS),
      limit: this.#of([0, 0, 1, 2, -1, 100]),
      revision: this.#maybe(2) ? 0 : this.#revision(),
      sortOrder: this.#of([
        'none',
        'ascend',
        'descend',
        'none',
        'none',
        this.#wrongSorts && this.#maybe(5) ? 7 : 'none',
      ]),
      sortTarget: this.#of([
        'key',
        'version',
        'create',
        'mod',
        'value',
        this.#wrongSorts && this.#maybe(5) ? 9 : 'key',
      ]),
      serializable: this.#maybe(4),
      keysOnly: this.#maybe(5),
      countOnly: this.#maybe(6),
      minModRevision: this.#maybe(8) ? this.#revision() : 0,
      maxModRevision: this.#maybe(8) ? this.#revision() : 0,
      minCreateRevision: this.#maybe(8) ? this.#revision() : 0,
      maxCreateRevision: this.#maybe(8) ? this.#revision() : 0,
    };
  }

  deleteRange(): pb.DeleteRangeRequest {
    return { key: this.#of(KEYS), rangeEnd: this.#of(ENDS), prevKv: this.#maybe(2) };
  }

  txn(depth: number): pb.TxnRequest {
    const many = <T>(make: () => T): T[] => Array.from({ length: this.#random.below(4) }, make);
    return {
      compare: many(() => this.#compare()),
      success: many(() => this.#operation(depth)),
      failure: many(() => this.#operation(depth)),
    };
  }

  #operation(depth: number): pb.RequestOp {
    const draw = this.#random.below(20);
    if (draw === 0) return { request: undefined };
    if (draw < 8) return { request: { case: 'requestPut', value: this.put() } };
    if (draw < 13) {
      const range = this.range();
      // The one known difference: here a negative revision means now, in etcd that ends with the first compaction.
      const value = { ...range, revision: Math.max(0, range.revision) };
      return { request: { case: 'requestRange', value } };
    }
    if (draw < 16 || depth === 0) return { request: { case: 'requestDeleteRange', value: this.deleteRange() } };
    return { request: { case: 'requestTxn', value: this.txn(depth - 1) } };
  }

  #compare(): pb.Compare {
    const unions: pb.CompareTargetUnion[] = [
      { case: 'version', value: this.#random.below(3) },
      { case: 'createRevision', value: this.#revision() },
      { case: 'modRevision', value: this.#revision() },
      { case: 'value', value: Buffer.from(`v${this.#random.below(4)}`) },
      { case: 'lease', value: this.#of(LEASES) },
    ];
    const at = this.#random.below(5);
    return {
      key: this.#of(KEYS),
      rangeEnd: this.#maybe(3) ? this.#of(ENDS) : '',
      result: this.#of(['equal', 'greater', 'less', 'notEqual']),
      target: this.#of(['version', 'create', 'mod', 'value', 'lease'] as const, at),
      // Now and then of another kind than the target, or none.
      targetUnion: this.#maybe(8) ? this.#of([undefined, ...unions]) : unions[at],
    };
  }

  /** Around the present one, negative ones and far ones among them. */
  #revision(): number {
    return this.#maybe(12) ? this.#of([-1, 1, 1_000_000]) : Math.max(0, this.revision + 2 - this.#random.below(12));
  }

  #of<T>(list: readonly T[], at = this.#random.below(list.length)): T {
    return list[at] as T;
  }

  /** True once in `times`. */
  #maybe(times: number): boolean {
    return this.#random.next() * times < 1;
  }
}
