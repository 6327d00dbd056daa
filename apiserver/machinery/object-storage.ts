/**
 * Objects in the store: one key each, JSON, compared on mod revision. Knows keys, leases and transactions; nothing of
 * what an object means. All writes are single transactions; what a write found instead of what it expected comes back in
 * the same answer, so that a retry costs no extra read.
 */

import { prefixEnd } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import type { FactDraft, Recorder } from '../../base/moments.ts';
import {
  type Compare,
  type KeyValue,
  type LeaseId,
  type Operation,
  type Store,
  StoreError,
} from '../../store/index.ts';
import type { KubeObject, ResourceRow } from './resource-row.ts';
import { StatusError } from './status.ts';
import { StoredForm, StoredObject } from './stored-object.ts';
import type { WatchCache } from './watch-cache.ts';

/** A row with what the storage derives from it, made once for each resource. */
export interface StorageRow {
  /** The row of the stored version. */
  readonly row: ResourceRow;
  readonly form: StoredForm;
  /** `/registry/pods` */
  readonly prefix: string;
  /** `deployments.apps` */
  readonly label: string;
}

export function storageRowOf(row: ResourceRow): StorageRow {
  const apiVersion = row.group === '' ? row.version : `${row.group}/${row.version}`;
  return { row, form: new StoredForm(row.kind, apiVersion), prefix: row.storagePrefix, label: labelOf(row) };
}

/** How a resource is named to people: `pods`, `deployments.apps`. */
export function labelOf({ group, resource }: Pick<ResourceRow, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

export interface ObjectStorageDeps {
  readonly store: Store;
  readonly cache: WatchCache;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Whether a value is not kept as it would be now (sealed with a key of before): then writing it is no waste. */
  readonly isStale?: ((key: string) => Promise<boolean>) | undefined;
  /** How long one lease takes in new objects, at most. */
  readonly leaseReuseSeconds?: number | undefined;
}

interface PutOptions {
  readonly expectedRevision: number;
  /** undefined: the key keeps the one that it has. */
  readonly lease: LeaseId | undefined;
  /** Whose write it is. */
  readonly request: string | undefined;
}

export interface ObjectPage {
  readonly objects: readonly StoredObject[];
  /** The revision at which the page was read. */
  readonly revision: number;
  /** Where the next page begins; undefined when this was the last. */
  readonly nextKey: string | undefined;
  /** Objects beyond this page. */
  readonly remaining: number;
}

export type WriteOutcome =
  | { readonly written: true; readonly object: StoredObject }
  /** Somebody was faster: what is there now, undefined when nothing is. */
  | { readonly written: false; readonly present: StoredObject | undefined };

/** How long one lease takes in new objects, at most, unless it is said, and how many (client-go's lease manager). */
const LEASE_REUSE_SECONDS = 60;
const LEASE_OBJECTS_MAX = 1000;

export class ObjectStorage {
  readonly #store: Store;
  readonly #cache: WatchCache;
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #isStale: ObjectStorageDeps['isStale'];
  readonly #leaseReuseSeconds: number;
  readonly #leases = new Map<number, { id: LeaseId; untilMs: number; objects: number }>();

  constructor(deps: ObjectStorageDeps) {
    this.#store = deps.store;
    this.#cache = deps.cache;
    this.#clock = deps.clock;
    this.#recorder = deps.recorder;
    this.#isStale = deps.isStale;
    this.#leaseReuseSeconds = deps.leaseReuseSeconds ?? LEASE_REUSE_SECONDS;
  }

  keyOf(target: StorageRow, namespace: string | undefined, name: string): string {
    return target.row.namespaced ? `${target.prefix}/${namespace ?? ''}/${name}` : `${target.prefix}/${name}`;
  }

  /** What lists of a namespace (all, when undefined) begin with. */
  prefixOf(target: StorageRow, namespace: string | undefined): string {
    return target.row.namespaced && namespace !== undefined && namespace !== ''
      ? `${target.prefix}/${namespace}/`
      : `${target.prefix}/`;
  }

  /** What the watch cache has, which may be old. */
  cached(target: StorageRow, key: string): StoredObject | undefined {
    return this.#cache.resource(target.prefix, target.form).get(key);
  }

  /** Whether the object has to be written although it is the same. */
  async isStale(key: string): Promise<boolean> {
    return this.#isStale !== undefined && (await this.#isStale(key));
  }

  /** Linearizable. */
  async get(target: StorageRow, key: string): Promise<StoredObject | undefined> {
    const { kvs } = await this.#store.range({ key });
    return this.#stored(target, kvs[0]);
  }

  /** Shares what the cache has already made of the same revision. */
  #stored(target: StorageRow, kv: KeyValue | undefined): StoredObject | undefined {
    if (kv === undefined) return undefined;
    const cached = this.cached(target, kv.key);
    if (cached?.revision === kv.modRevision) return cached;
    return StoredObject.of(target.form, kv.key, kv.modRevision, kv.value);
  }

  /** Objects from `key` on, below `prefix`, as they were at `revision` (0: now). `limit` 0: all. */
  async page(target: StorageRow, prefix: string, key: string, limit: number, revision: number): Promise<ObjectPage> {
    const answer = await this.#store.range({ key, rangeEnd: prefixEnd(prefix), limit, revision });
    const objects = answer.kvs.map((kv) => this.#stored(target, kv)).filter((each) => each !== undefined);
    const last = answer.kvs[answer.kvs.length - 1];
    return {
      objects,
      revision: revision === 0 ? answer.header.revision : revision,
      nextKey: answer.more && last !== undefined ? `${last.key}\0` : undefined,
      remaining: Math.max(0, answer.count - answer.kvs.length),
    };
  }

  /** Creates when nothing is there. The object is kept and frozen. @param request whose write it is */
  async create(target: StorageRow, key: string, object: KubeObject, request?: string): Promise<WriteOutcome> {
    return this.#put(target, key, object, { expectedRevision: 0, lease: 0n, request });
  }

  /** Replaces what has `expectedRevision`. The object is kept and frozen. */
  async replace(
    target: StorageRow,
    key: string,
    object: KubeObject,
    expectedRevision: number,
    request?: string,
  ): Promise<WriteOutcome> {
    return this.#put(target, key, object, { expectedRevision, lease: undefined, request });
  }

  async #put(
    target: StorageRow,
    key: string,
    object: KubeObject,
    { expectedRevision, lease, request }: PutOptions,
  ): Promise<WriteOutcome> {
    const value = Buffer.from(target.form.encode(object));
    const { ttlSeconds } = target.row;
    const put =
      ttlSeconds === undefined
        ? { key, value }
        : lease === undefined
          ? { key, value, ignoreLease: true }
          : { key, value, lease: await this.#leaseFor(ttlSeconds) };
    const startMs = this.#recorder.active ? this.#clock.monotonicMs() : 0;
    const handed = this.#cache.hand(target.form, key, value, object);
    try {
      const answer = await this.#store.txn({
        compare: [atRevision(key, expectedRevision)],
        success: [{ type: 'put', request: put }],
        failure: [read(key)],
      });
      if (!answer.succeeded) {
        this.#cache.notWritten(handed);
        return { written: false, present: this.#found(target, answer.responses[0]) };
      }
      const stored = this.#cache.written(handed, answer.header.revision);
      if (this.#recorder.active) {
        this.#tell(target, expectedRevision === 0 ? 'create' : 'update', object, stored.revision, startMs, request);
      }
      return { written: true, object: stored };
    } catch (error) {
      this.#cache.notWritten(handed);
      throw error;
    }
  }

  #found(
    target: StorageRow,
    response: { readonly type: string; readonly result: unknown } | undefined,
  ): StoredObject | undefined {
    if (response?.type !== 'range') return undefined;
    return this.#stored(target, (response.result as { kvs: readonly KeyValue[] }).kvs[0]);
  }

  /** Deletes what has `expectedRevision`. The outcome's object is the deleted one, with the revision of its end. */
  async delete(target: StorageRow, key: string, expected: StoredObject, request?: string): Promise<WriteOutcome> {
    const startMs = this.#recorder.active ? this.#clock.monotonicMs() : 0;
    const answer = await this.#store.txn({
      compare: [atRevision(key, expected.revision)],
      success: [{ type: 'deleteRange', request: { key } }],
      failure: [read(key)],
    });
    const { revision } = answer.header;
    if (!answer.succeeded) return { written: false, present: this.#found(target, answer.responses[0]) };
    if (this.#recorder.active) this.#tell(target, 'delete', expected.object, revision, startMs, request);
    return { written: true, object: expected.deletedAt(revision) };
  }

  #tell(
    { label }: StorageRow,
    change: 'create' | 'update' | 'delete',
    { metadata: { namespace, name = '' } }: KubeObject,
    revision: number,
    startMs: number,
    request: string | undefined,
  ): void {
    const durationMs = this.#clock.monotonicMs() - startMs;
    const fact: FactDraft<'api.write'> = { type: 'api.write', change, resource: label, name, revision, durationMs };
    if (request !== undefined) fact.request = request;
    if (namespace !== undefined) fact.namespace = namespace;
    this.#recorder.record(fact);
  }

  /** A record beside the objects. */
  async getRecord(key: string): Promise<{ readonly value: Uint8Array; readonly modRevision: number } | undefined> {
    const { kvs } = await this.#store.range({ key });
    return kvs[0];
  }

  /** Writes a record if it is still at `modRevision` (0: does not exist). */
  async swapRecord(key: string, modRevision: number, value: Uint8Array): Promise<boolean> {
    const answer = await this.#store.txn({
      compare: [atRevision(key, modRevision)],
      success: [{ type: 'put', request: { key, value } }],
      failure: [],
    });
    return answer.succeeded;
  }

  /** Objects that are forgotten at about the same time share a lease. */
  async #leaseFor(ttlSeconds: number): Promise<LeaseId> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#leases.get(ttlSeconds);
    if (known !== undefined && nowMs < known.untilMs && known.objects < LEASE_OBJECTS_MAX) {
      known.objects++;
      return known.id;
    }
    const reuseSeconds = Math.min(this.#leaseReuseSeconds, Math.max(1, Math.floor(ttlSeconds * 0.05)));
    const { id } = await this.#store.leaseGrant({ ttl: ttlSeconds + reuseSeconds });
    this.#leases.set(ttlSeconds, { id, untilMs: nowMs + reuseSeconds * 1000, objects: 1 });
    return id;
  }
}

function atRevision(key: string, revision: number): Compare {
  return { key, result: 'equal', target: 'mod', modRevision: revision };
}

function read(key: string): Operation {
  return { type: 'range', request: { key } };
}

/** The store's own failures, as clients get them. */
export function statusOfStoreError(error: StoreError): StatusError {
  switch (error.reason) {
    case 'requestTooLarge':
      return new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: error.message });
    case 'noSpace':
    case 'tooManyRequests':
      return new StatusError({
        code: 429,
        reason: 'TooManyRequests',
        message: error.message,
        details: { retryAfterSeconds: 1 },
      });
    case 'compacted':
      return new StatusError({
        code: 410,
        reason: 'Expired',
        message: 'The resourceVersion for the provided list is too old.',
      });
    default:
      return new StatusError({
        code: 503,
        reason: 'ServiceUnavailable',
        message: error.message,
        // Of a store that nobody reaches the client hears at once: told to retry, kubectl would be silent for half a minute.
        ...(error.reason !== 'unhealthy' && { details: { retryAfterSeconds: 1 } }),
      });
  }
}

export function isTooLarge(error: unknown): boolean {
  return error instanceof StoreError && error.reason === 'requestTooLarge';
}
