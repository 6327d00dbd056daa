/**
 * Get and list (https://kubernetes.io/docs/reference/using-api/api-concepts, "resource versions", has the rules):
 *
 * | resourceVersion | get                    | list                                            |
 * |-----------------|------------------------|-------------------------------------------------|
 * | not given       | from the store         | from the cache, once it is as new as the store  |
 * | 0               | from the cache as it is| from the cache as it is                         |
 * | N               | not older than N       | not older than N; exactly N with `Exact`, or with a limit |
 *
 * The pages of a list are all read at the revision of its first.
 */

import { StoreError } from '../../store/index.ts';
import { type ListMeta, listAnswer, type Presentation, storedAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import type { ObjectSelector } from './object-selector.ts';
import type { ObjectStorage } from './object-storage.ts';
import type { ListOptions } from './request-options.ts';
import type { ServedRow } from './served-rows.ts';
import { badRequest, expired, notFound, StatusError, tooLargeResourceVersion } from './status.ts';
import type { StoredObject } from './stored-object.ts';
import type { WatchCache } from './watch-cache.ts';

const PAGE_KEYS_MIN = 500;
/** How long a read waits for the cache to become as new as it must be. */
const FRESH_WAIT_MS = 3000;

const EXPIRED_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

export interface Listing {
  readonly objects: readonly StoredObject[];
  readonly meta: ListMeta;
}

/** Digits, or an error in Go's words. */
export function resourceVersionComplaint(text: string): string | undefined {
  if (/^\d+$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER) return undefined;
  const quotedText = JSON.stringify(text);
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  return `resourceVersion: Invalid value: ${quotedText}: strconv.ParseUint: parsing ${quotedText}: ${why}`;
}

export class Reader {
  readonly #storage: ObjectStorage;
  readonly #cache: WatchCache;

  constructor(storage: ObjectStorage, cache: WatchCache) {
    this.#storage = storage;
    this.#cache = cache;
  }

  /** @throws StatusError 404, 400, 504 */
  async get(
    served: ServedRow,
    namespace: string | undefined,
    name: string,
    resourceVersion = '',
  ): Promise<StoredObject> {
    const key = this.#storage.keyOf(served.storage, namespace, name);
    let found: StoredObject | undefined;
    if (resourceVersion === '') found = await this.#storage.get(served.storage, key);
    else {
      if (resourceVersion !== '0') await this.#atLeast(revisionOf(resourceVersion));
      found = this.#storage.cached(served.storage, key);
    }
    if (found === undefined) throw notFound(served.groupResource, name);
    return found;
  }

  /** Waits for the cache. @throws StatusError 504 */
  async #atLeast(revision: number): Promise<void> {
    if (await this.#cache.waitFor(revision, FRESH_WAIT_MS)) return;
    throw tooLargeResourceVersion(revision, this.#cache.revision);
  }

  /** @throws StatusError 400, 410, 504 */
  async list(
    served: ServedRow,
    namespace: string | undefined,
    selector: ObjectSelector,
    options: ListOptions,
  ): Promise<Listing> {
    const prefix = this.#storage.prefixOf(served.storage, namespace);
    if (options.continue !== '') return this.#continued(served, prefix, selector, options);
    const { resourceVersion: version } = options;
    if (version !== '' && version !== '0') {
      const revision = revisionOf(version);
      const exact =
        options.resourceVersionMatch === 'Exact' || (options.resourceVersionMatch === '' && options.limit > 0);
      if (exact) return this.#pages(served, prefix, prefix, revision, selector, options.limit);
      await this.#atLeast(revision);
    } else if (version === '') await this.#cache.fresh();
    return this.#cached(served, prefix, selector, options.limit);
  }

  /** From the cache as it is now. */
  #cached(served: ServedRow, prefix: string, selector: ObjectSelector, limit: number): Listing {
    const cache = this.#cache.resource(served.storage.prefix, served.storage.form);
    const resourceVersion = String(this.#cache.revision);
    if (selector.name !== undefined && (prefix !== cache.prefix || !served.row.namespaced)) {
      const only = cache.get(`${prefix}${selector.name}`);
      return {
        objects: only !== undefined && matches(selector, served, only) ? [only] : [],
        meta: { resourceVersion },
      };
    }
    const all = cache.list(prefix);
    const picked = selector.everything ? all : all.filter((object) => matches(selector, served, object));
    if (limit <= 0 || picked.length <= limit) return { objects: picked, meta: { resourceVersion } };
    const objects = picked.slice(0, limit);
    const last = objects[limit - 1];
    return {
      objects,
      meta: {
        resourceVersion,
        continue: encodeContinue(`${last?.key ?? ''}\0`, prefix, this.#cache.revision),
        ...(selector.everything ? { remainingItemCount: picked.length - limit } : {}),
      },
    };
  }

  async #continued(
    served: ServedRow,
    prefix: string,
    selector: ObjectSelector,
    options: ListOptions,
  ): Promise<Listing> {
    if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const token = decodeContinue(options.continue, prefix);
    try {
      return await this.#pages(served, prefix, token.key, Math.max(0, token.revision), selector, options.limit);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 410) throw error;
      // Whoever prefers it may go on at the present revision.
      throw new ExpiredContinue(encodeContinue(token.key, prefix, -1));
    }
  }

  /** From the store, at one revision (0: the present one). */
  async #pages(
    served: ServedRow,
    prefix: string,
    from: string,
    revision: number,
    selector: ObjectSelector,
    limit: number,
  ): Promise<Listing> {
    const objects: StoredObject[] = [];
    let key = from;
    let at = revision;
    for (;;) {
      const wanted = limit <= 0 ? 0 : selector.everything ? limit : Math.max(limit, PAGE_KEYS_MIN);
      const page = await this.#page(served, prefix, key, wanted, at);
      at = page.revision;
      for (const [index, object] of page.objects.entries()) {
        if (!matches(selector, served, object)) continue;
        objects.push(object);
        if (limit > 0 && objects.length === limit) {
          const left = page.objects.length - index - 1 + page.remaining;
          return {
            objects,
            meta: { resourceVersion: String(at), ...nextPage(object.key, left, prefix, at, selector) },
          };
        }
      }
      if (page.nextKey === undefined) return { objects, meta: { resourceVersion: String(at) } };
      key = page.nextKey;
    }
  }

  async #page(served: ServedRow, prefix: string, key: string, limit: number, revision: number) {
    try {
      return await this.#storage.page(served.storage, prefix, key, limit, revision);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.reason === 'compacted') throw expired('The resourceVersion for the provided list is too old.');
      if (error.reason === 'futureRevision') throw tooLargeResourceVersion(revision, this.#cache.revision);
      throw error;
    }
  }
}

/** 410 with a token to go on with, in the metadata of the Status. */
export class ExpiredContinue extends StatusError {
  readonly #token: string;

  constructor(token: string) {
    super({ code: 410, reason: 'Expired', message: EXPIRED_CONTINUE });
    this.#token = token;
  }

  override toStatus() {
    return { ...super.toStatus(), metadata: { continue: this.#token } as object };
  }
}

function nextPage(
  lastKey: string,
  left: number,
  prefix: string,
  revision: number,
  selector: ObjectSelector,
): Partial<ListMeta> {
  if (left === 0) return {};
  return {
    continue: encodeContinue(`${lastKey}\0`, prefix, revision),
    ...(selector.everything ? { remainingItemCount: left } : {}),
  };
}

function matches(selector: ObjectSelector, served: ServedRow, object: StoredObject): boolean {
  return selector.everything || selector.matches(served.show(object).object);
}

/** @throws StatusError 400 */
function revisionOf(resourceVersion: string): number {
  const complaint = resourceVersionComplaint(resourceVersion);
  if (complaint !== undefined) throw badRequest(`invalid resource version: ${complaint}`);
  return Number(resourceVersion);
}

export function getAnswer(stored: StoredObject, served: ServedRow, shown: Presentation): ApiAnswer {
  return storedAnswer(200, stored, served, shown);
}

export function listingAnswer(listing: Listing, served: ServedRow, shown: Presentation): ApiAnswer {
  return listAnswer(listing.objects, listing.meta, served, shown);
}
