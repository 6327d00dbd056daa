/**
 * The watch caches as `ObjectCache`: what authorizers and admission steps read. They are made before the server that has
 * the caches, so the cache is bound once that is there; until then there are no objects.
 *
 * A listener is told of changes in the order in which the cache took them in. When the cache had to start anew, it is told
 * what is different now.
 */
import { assert } from '../../base/assert.ts';
import type { GroupResource, KubeObject } from '../machinery/resource-row.ts';
import type { ResourceCache } from '../machinery/watch-cache.ts';
import type { ObjectCache, ObjectListener } from './object-cache.ts';

/** The cache of a resource's stored version; undefined when it is not served. */
export type FindResourceCache = (resource: GroupResource) => ResourceCache | undefined;

export class WatchObjectCache implements ObjectCache {
  readonly #caches = new Map<string, ResourceCache>();
  #find: FindResourceCache | undefined;
  readonly #waiting = new Set<() => void>();

  bind(find: FindResourceCache): void {
    assert(this.#find === undefined, 'the caches are bound already');
    this.#find = find;
    for (const begin of this.#waiting) begin();
    this.#waiting.clear();
  }

  get(resource: GroupResource, namespace: string | undefined, name: string): KubeObject | undefined {
    const cache = this.#cacheOf(resource);
    return cache?.get(cache.prefix + (namespace === undefined ? name : `${namespace}/${name}`))?.object;
  }

  *list(resource: GroupResource, namespace?: string): Generator<KubeObject> {
    const cache = this.#cacheOf(resource);
    if (cache === undefined) return;
    const prefix = namespace === undefined ? cache.prefix : `${cache.prefix}${namespace}/`;
    for (const stored of cache.list(prefix)) yield stored.object;
  }

  follow(resource: GroupResource, listener: ObjectListener): () => void {
    let stop = (): void => {};
    const begin = (): void => {
      const cache = this.#cacheOf(resource);
      if (cache !== undefined) stop = new Follower(cache, listener).stop;
    };
    if (this.#find === undefined) this.#waiting.add(begin);
    else begin();
    return () => {
      this.#waiting.delete(begin);
      stop();
    };
  }

  #cacheOf({ group, resource }: GroupResource): ResourceCache | undefined {
    const key = `${group}/${resource}`;
    const known = this.#caches.get(key);
    if (known !== undefined) return known;
    const found = this.#find?.({ group, resource });
    if (found !== undefined) this.#caches.set(key, found);
    return found;
  }
}

class Follower {
  readonly #cache: ResourceCache;
  readonly #listener: ObjectListener;
  /** What the listener believes there is, by key. */
  readonly #told = new Map<string, KubeObject>();
  #place = 0;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(cache: ResourceCache, listener: ObjectListener) {
    this.#cache = cache;
    this.#listener = listener;
    this.#startAnew();
    this.#wait();
  }

  readonly stop = (): void => {
    this.#stopped = true;
    this.#cancel();
  };

  #wait(): void {
    if (this.#stopped) return;
    this.#cancel = this.#cache.onNext(() => {
      this.#catchUp();
      this.#wait();
    });
  }

  #catchUp(): void {
    for (;;) {
      const event = this.#cache.event(this.#place);
      if (event === undefined) return;
      if (event === 'gone') {
        this.#startAnew();
        return;
      }
      this.#place++;
      if (event.object !== undefined) this.#put(event.object.key, event.object.object);
      else if (event.previous !== undefined) this.#remove(event.previous.key);
    }
  }

  #startAnew(): void {
    this.#place = this.#cache.end;
    const present = new Set<string>();
    for (const { key, object } of this.#cache.list(this.#cache.prefix)) {
      present.add(key);
      if (this.#told.get(key) !== object) this.#put(key, object);
    }
    for (const key of this.#told.keys()) if (!present.has(key)) this.#remove(key);
  }

  #put(key: string, object: KubeObject): void {
    this.#told.set(key, object);
    this.#listener.put(object);
  }

  #remove(key: string): void {
    const object = this.#told.get(key);
    this.#told.delete(key);
    if (object !== undefined) this.#listener.remove(object);
  }
}
