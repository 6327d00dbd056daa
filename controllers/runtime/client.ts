/**
 * `Client`: how controllers and nodes see the API, and all that they see of it. Two transports exist, HTTP
 * (`http-client.ts`) and loopback (wired in `cluster/`: the same request chain without sockets and encoding); users of
 * this interface cannot tell which they have (design.md, seam 5).
 */
import type { V1ObjectMeta } from '../../generated/kubernetes.d.ts';

/** Which resource: `{ group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }`. */
export interface ResourceRef {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural, in lower case. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** What every object has. Objects that come from a client or an informer are shared: never change one, copy it. */
export interface ApiObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: V1ObjectMeta | undefined;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Events after this version. */
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
  readonly signal: AbortSignal;
}

/** A bookmark's object has only its kind and `metadata.resourceVersion`. A failure ends the iteration with an ApiError. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

export interface WriteOptions {
  /** `status`, `scale`, `binding`, `eviction`, `finalize`, `token` … */
  readonly subresource?: string;
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  /** The turn that makes it, for whoever follows causes (base/moments.ts). */
  readonly cause?: string;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface DeleteOptions {
  readonly cause?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Every call rejects with an `ApiError` when the server answers a failure. */
export interface Client {
  get<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace?: string,
    options?: { readonly subresource?: string },
  ): Promise<T>;
  list<T extends ApiObject>(ref: ResourceRef, options?: ListOptions): Promise<ObjectList<T>>;
  /** Ends when the server ends it or `signal` is aborted. */
  watch<T extends ApiObject>(ref: ResourceRef, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** The namespace comes from the object's metadata; with a subresource, the name too. Answers what the server answers. */
  create<T extends ApiObject>(ref: ResourceRef, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces; compared on `metadata.resourceVersion` when that is set. */
  update<T extends ApiObject>(ref: ResourceRef, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions & { readonly force?: boolean },
  ): Promise<T>;
  delete(ref: ResourceRef, name: string, namespace?: string, options?: DeleteOptions): Promise<void>;
}

/** A `Status` of kind Failure, as an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  /** `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, `Expired`, `Forbidden` … */
  readonly reason: string;
  readonly details: unknown;

  constructor(code: number, reason: string, message: string, details?: unknown) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.code === 404;
}

export function isConflict(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.reason === 'Conflict';
}

export function isAlreadyExists(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.reason === 'AlreadyExists';
}
