/**
 * A store in which some keys' values are encrypted: whoever uses it sees clear values, whoever looks at the store behind
 * it does not. Keys, revisions and leases are as they are.
 *
 * Invariant: a value that cannot be opened is never passed on as if it were clear; the read fails.
 */
import { prefixEnd } from '../../../base/bytes.ts';
import { messageOf } from '../../../base/errors.ts';
import type {
  CallOptions,
  DeleteRangeRequest,
  DeleteRangeResult,
  Key,
  KeyValue,
  LeaseId,
  Operation,
  OperationResult,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  Revision,
  Store,
  StoreEvent,
  TxnRequest,
  TxnResult,
  Watch,
  WatchListener,
  WatchRequest,
  WatchResponse,
  WithHeader,
} from '../../../store/index.ts';
import type { ValueTransformer } from './value-transformer.ts';

/** The transformer of a key's values; undefined for keys that are kept in the clear. */
export type TransformerOfKey = (key: Key) => ValueTransformer | undefined;

const PAGE_KEYS = 500;

export class EncryptingStore implements Store {
  readonly #inner: Store;
  readonly #transformerOf: TransformerOfKey;

  constructor(inner: Store, transformerOf: TransformerOfKey) {
    this.#inner = inner;
    this.#transformerOf = transformerOf;
  }

  async range(request: RangeRequest, options?: CallOptions): Promise<WithHeader<RangeResult>> {
    const answer = await this.#inner.range(request, options);
    await this.#prepare(answer.kvs);
    return { ...answer, kvs: this.#openAll(answer.kvs) };
  }

  async put(request: PutRequest, options?: CallOptions): Promise<WithHeader<PutResult>> {
    const answer = await this.#inner.put(this.#sealPut(request), options);
    await this.#prepare(answer.prevKv === undefined ? [] : [answer.prevKv]);
    return this.#openPut(answer);
  }

  async deleteRange(request: DeleteRangeRequest, options?: CallOptions): Promise<WithHeader<DeleteRangeResult>> {
    const answer = await this.#inner.deleteRange(request, options);
    await this.#prepare(answer.prevKvs);
    return { ...answer, prevKvs: this.#openAll(answer.prevKvs) };
  }

  async txn(request: TxnRequest, options?: CallOptions): Promise<WithHeader<TxnResult>> {
    const answer = await this.#inner.txn(this.#sealTxn(request), options);
    await this.#prepare(valuesOf(answer.responses));
    return { ...answer, ...this.#openTxn(answer) };
  }

  /** A watch that meets what it cannot open is canceled, as one whose history is gone. */
  watch(request: WatchRequest, listener: WatchListener): Watch {
    const give = (response: WatchResponse): ReturnType<WatchListener> => {
      let opened: WatchResponse;
      try {
        opened = this.#openWatch(response);
      } catch (thrown) {
        return cancel(response, thrown);
      }
      return listener(opened);
    };
    const cancel = ({ header }: WatchResponse, thrown: unknown): ReturnType<WatchListener> => {
      watch.close();
      return listener({ type: 'canceled', header, reason: messageOf(thrown) });
    };
    const watch = this.#inner.watch(request, (response) => {
      const values = response.type === 'events' ? response.events.flatMap(valuesOfEvent) : [];
      const preparing = this.#prepare(values);
      return preparing === undefined
        ? give(response)
        : preparing.then(
            () => give(response),
            (thrown: unknown) => cancel(response, thrown),
          );
    });
    return watch;
  }

  /** Whether the key's value is not as it would be sealed now. */
  async isStale(key: Key): Promise<boolean> {
    const transformer = this.#transformerOf(key);
    if (transformer === undefined) return false;
    const [kv] = (await this.#inner.range({ key })).kvs;
    if (kv !== undefined) await transformer.prepare(key, kv.value);
    return kv !== undefined && transformer.fromStorage(key, kv.value).stale;
  }

  /** Seals again, with the present key, what below `prefix` was sealed with another or not at all; says how many. */
  async sealStale(prefix: Key): Promise<number> {
    let sealed = 0;
    let key = prefix;
    for (let more = true; more; ) {
      const page = await this.#inner.range({ key, rangeEnd: prefixEnd(prefix), limit: PAGE_KEYS });
      for (const kv of page.kvs) if (await this.#sealAgain(kv)) sealed++;
      more = page.more;
      key = `${page.kvs.at(-1)?.key ?? prefix}\0`;
    }
    return sealed;
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
  leaseTimeToLive(
    id: LeaseId,
    options?: CallOptions & { readonly keys?: boolean },
  ): ReturnType<Store['leaseTimeToLive']> {
    return this.#inner.leaseTimeToLive(id, options);
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
  /** As the store has it: backups stay encrypted. */
  snapshot(options?: CallOptions): AsyncIterable<Uint8Array> {
    return this.#inner.snapshot(options);
  }
  close(): Promise<void> {
    return this.#inner.close();
  }

  /** By compare-and-swap: whoever writes meanwhile seals anew anyway. */
  async #sealAgain(kv: KeyValue): Promise<boolean> {
    const transformer = this.#transformerOf(kv.key);
    if (transformer === undefined) return false;
    await transformer.prepare(kv.key, kv.value);
    const { bytes, stale } = transformer.fromStorage(kv.key, kv.value);
    if (!stale) return false;
    const value = transformer.toStorage(kv.key, bytes);
    const { succeeded } = await this.#inner.txn({
      compare: [{ key: kv.key, target: 'mod', result: 'equal', modRevision: kv.modRevision }],
      success: [{ type: 'put', request: { key: kv.key, value, ignoreLease: true } }],
      failure: [],
    });
    return succeeded;
  }

  /** Resolves when all of them can be opened; undefined: they can be at once. */
  #prepare(kvs: readonly KeyValue[]): Promise<unknown> | undefined {
    const waits: Promise<void>[] = [];
    for (const { key, value } of kvs) {
      const wait = value.length === 0 ? undefined : this.#transformerOf(key)?.prepare(key, value);
      if (wait !== undefined) waits.push(wait);
    }
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  #sealPut(request: PutRequest): PutRequest {
    const transformer = request.ignoreValue === true ? undefined : this.#transformerOf(request.key);
    if (transformer === undefined) return request;
    return { ...request, value: transformer.toStorage(request.key, request.value) };
  }

  #sealTxn({ compare, success, failure }: TxnRequest): TxnRequest {
    return {
      compare,
      success: success.map((each) => this.#seal(each)),
      failure: failure.map((each) => this.#seal(each)),
    };
  }

  #seal(operation: Operation): Operation {
    if (operation.type === 'put') return { type: 'put', request: this.#sealPut(operation.request) };
    if (operation.type === 'txn') return { type: 'txn', request: this.#sealTxn(operation.request) };
    return operation;
  }

  #openTxn({ succeeded, responses }: TxnResult): TxnResult {
    return { succeeded, responses: responses.map((response) => this.#openResult(response)) };
  }

  #openResult(response: OperationResult): OperationResult {
    switch (response.type) {
      case 'range':
        return { type: 'range', result: { ...response.result, kvs: this.#openAll(response.result.kvs) } };
      case 'put':
        return { type: 'put', result: this.#openPut(response.result) };
      case 'deleteRange':
        return { type: 'deleteRange', result: { ...response.result, prevKvs: this.#openAll(response.result.prevKvs) } };
      case 'txn':
        return { type: 'txn', result: this.#openTxn(response.result) };
    }
  }

  #openPut<T extends PutResult>(result: T): T {
    return result.prevKv === undefined ? result : { ...result, prevKv: this.#open(result.prevKv) };
  }

  #openWatch(response: WatchResponse): WatchResponse {
    if (response.type !== 'events') return response;
    return { ...response, events: response.events.map((event) => this.#openEvent(event)) };
  }

  #openEvent(event: StoreEvent): StoreEvent {
    if (this.#transformerOf(event.kv.key) === undefined) return event;
    const { prevKv } = event;
    return {
      ...event,
      kv: event.type === 'put' ? this.#open(event.kv) : event.kv,
      ...(prevKv === undefined ? {} : { prevKv: this.#open(prevKv) }),
    };
  }

  #openAll(kvs: readonly KeyValue[]): readonly KeyValue[] {
    return kvs.some(({ key }) => this.#transformerOf(key) !== undefined) ? kvs.map((kv) => this.#open(kv)) : kvs;
  }

  #open(kv: KeyValue): KeyValue {
    // What was read for its keys alone has no value.
    if (kv.value.length === 0) return kv;
    const transformer = this.#transformerOf(kv.key);
    return transformer === undefined ? kv : { ...kv, value: transformer.fromStorage(kv.key, kv.value).bytes };
  }
}

/** Every value that the answers have, whatever they are of. */
function valuesOf(responses: readonly OperationResult[]): readonly KeyValue[] {
  return responses.flatMap(valuesOfResult);
}

function valuesOfResult(response: OperationResult): readonly KeyValue[] {
  switch (response.type) {
    case 'range':
      return response.result.kvs;
    case 'put':
      return response.result.prevKv === undefined ? [] : [response.result.prevKv];
    case 'deleteRange':
      return response.result.prevKvs;
    case 'txn':
      return valuesOf(response.result.responses);
  }
}

function valuesOfEvent({ type, kv, prevKv }: StoreEvent): readonly KeyValue[] {
  return [...(type === 'put' ? [kv] : []), ...(prevKv === undefined ? [] : [prevKv])];
}
