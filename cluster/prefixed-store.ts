/**
 * A store in which everything that the API server keeps lies below another prefix than `/registry` (`--etcd-prefix`):
 * several API servers can share one store. Whoever uses it sees keys below `/registry`, the store behind it has the others.
 */
import type {
  CallOptions,
  DeleteRangeRequest,
  Key,
  KeyValue,
  LeaseId,
  Operation,
  OperationResult,
  PutRequest,
  RangeRequest,
  Revision,
  Store,
  TxnRequest,
  Watch,
  WatchListener,
  WatchRequest,
} from '../store/index.ts';

const ROOT = '/registry';

/** How keys are called on either side. */
export class KeyPrefix {
  readonly #root: string;

  /** @param prefix as `--etcd-prefix` has it, the first slash given or not */
  constructor(prefix: string) {
    const parts = prefix.split('/').filter((part) => part !== '' && part !== '.');
    this.#root = parts.map((part) => `/${part}`).join('');
  }

  get isUsual(): boolean {
    return this.#root === ROOT;
  }

  /** `/registry/pods` and the end of the range `/registry0`, both by what follows `/registry`. */
  inward(key: Key): Key {
    return key.startsWith(ROOT) ? `${this.#root}${key.slice(ROOT.length)}` : key;
  }

  outward(key: Key): Key {
    return key.startsWith(`${this.#root}/`) ? `${ROOT}${key.slice(this.#root.length)}` : key;
  }
}

/** The store itself where the prefix is the usual one. */
export function withPrefix(store: Store, prefix: KeyPrefix): Store {
  return prefix.isUsual ? store : new PrefixedStore(store, prefix);
}

class PrefixedStore implements Store {
  readonly #inner: Store;
  readonly #prefix: KeyPrefix;

  constructor(inner: Store, prefix: KeyPrefix) {
    this.#inner = inner;
    this.#prefix = prefix;
  }

  async range(request: RangeRequest, options?: CallOptions): ReturnType<Store['range']> {
    const answer = await this.#inner.range(this.#inward(request), options);
    return { ...answer, kvs: answer.kvs.map((kv) => this.#outward(kv)) };
  }

  async put(request: PutRequest, options?: CallOptions): ReturnType<Store['put']> {
    const answer = await this.#inner.put(this.#inward(request), options);
    return answer.prevKv === undefined ? answer : { ...answer, prevKv: this.#outward(answer.prevKv) };
  }

  async deleteRange(request: DeleteRangeRequest, options?: CallOptions): ReturnType<Store['deleteRange']> {
    const answer = await this.#inner.deleteRange(this.#inward(request), options);
    return { ...answer, prevKvs: answer.prevKvs.map((kv) => this.#outward(kv)) };
  }

  async txn(request: TxnRequest, options?: CallOptions): ReturnType<Store['txn']> {
    const answer = await this.#inner.txn(this.#inwardTxn(request), options);
    return { ...answer, responses: answer.responses.map((each) => this.#result(each)) };
  }

  watch(request: WatchRequest, listener: WatchListener): Watch {
    return this.#inner.watch(this.#inward(request), (response) => {
      if (response.type !== 'events') return listener(response);
      const events = response.events.map((event) => ({
        ...event,
        kv: this.#outward(event.kv),
        ...(event.prevKv === undefined ? {} : { prevKv: this.#outward(event.prevKv) }),
      }));
      return listener({ ...response, events });
    });
  }

  async leaseTimeToLive(
    id: LeaseId,
    options?: CallOptions & { readonly keys?: boolean },
  ): ReturnType<Store['leaseTimeToLive']> {
    const answer = await this.#inner.leaseTimeToLive(id, options);
    return { ...answer, keys: answer.keys.map((key) => this.#prefix.outward(key)) };
  }

  compact(revision: Revision, options?: CallOptions & { readonly physical?: boolean }): ReturnType<Store['compact']> {
    return this.#inner.compact(revision, options);
  }
  leaseGrant(
    request: { readonly id?: LeaseId; readonly ttl: number },
    options?: CallOptions,
  ): ReturnType<Store['leaseGrant']> {
    return this.#inner.leaseGrant(request, options);
  }
  leaseRevoke(id: LeaseId, options?: CallOptions): ReturnType<Store['leaseRevoke']> {
    return this.#inner.leaseRevoke(id, options);
  }
  leaseKeepAlive(id: LeaseId, options?: CallOptions): ReturnType<Store['leaseKeepAlive']> {
    return this.#inner.leaseKeepAlive(id, options);
  }
  leases(options?: CallOptions): ReturnType<Store['leases']> {
    return this.#inner.leases(options);
  }
  members(options?: CallOptions & { readonly linearizable?: boolean }): ReturnType<Store['members']> {
    return this.#inner.members(options);
  }
  status(options?: CallOptions): ReturnType<Store['status']> {
    return this.#inner.status(options);
  }
  hashKv(revision?: Revision, options?: CallOptions): ReturnType<Store['hashKv']> {
    return this.#inner.hashKv(revision, options);
  }
  snapshot(options?: CallOptions): AsyncIterable<Uint8Array> {
    return this.#inner.snapshot(options);
  }
  close(): Promise<void> {
    return this.#inner.close();
  }

  #inward<T extends { readonly key: Key; readonly rangeEnd?: Key }>(request: T): T {
    const { key, rangeEnd } = request;
    const end = rangeEnd === undefined ? {} : { rangeEnd: this.#prefix.inward(rangeEnd) };
    return { ...request, key: this.#prefix.inward(key), ...end };
  }

  #outward(kv: KeyValue): KeyValue {
    return { ...kv, key: this.#prefix.outward(kv.key) };
  }

  #inwardTxn({ compare, success, failure }: TxnRequest): TxnRequest {
    const each = (operation: Operation): Operation => {
      switch (operation.type) {
        case 'range':
          return { type: 'range', request: this.#inward(operation.request) };
        case 'put':
          return { type: 'put', request: this.#inward(operation.request) };
        case 'deleteRange':
          return { type: 'deleteRange', request: this.#inward(operation.request) };
        case 'txn':
          return { type: 'txn', request: this.#inwardTxn(operation.request) };
      }
    };
    return {
      compare: compare.map((condition) => this.#inward(condition)),
      success: success.map(each),
      failure: failure.map(each),
    };
  }

  #result(response: OperationResult): OperationResult {
    switch (response.type) {
      case 'range':
        return { ...response, result: { ...response.result, kvs: response.result.kvs.map((kv) => this.#outward(kv)) } };
      case 'put': {
        const { prevKv } = response.result;
        return prevKv === undefined ? response : { ...response, result: { prevKv: this.#outward(prevKv) } };
      }
      case 'deleteRange': {
        const { result } = response;
        return { ...response, result: { ...result, prevKvs: result.prevKvs.map((kv) => this.#outward(kv)) } };
      }
      case 'txn':
        return {
          ...response,
          result: { ...response.result, responses: response.result.responses.map((each) => this.#result(each)) },
        };
    }
  }
}
