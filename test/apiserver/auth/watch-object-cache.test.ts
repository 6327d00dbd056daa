import { describe, expect, it } from 'vitest';
import { WatchObjectCache } from '../../../apiserver/auth/watch-object-cache.ts';
import { StoredForm, StoredObject } from '../../../apiserver/machinery/stored-object.ts';
import { ResourceCache } from '../../../apiserver/machinery/watch-cache.ts';

const resource = { group: '', resource: 'pods' };
const form = new StoredForm('Pod', 'v1');

function stored(name: string, revision: number): StoredObject {
  const key = `/registry/pods/ns/${name}`;
  return StoredObject.ofObject(form, key, revision, { metadata: { name, namespace: 'ns' } });
}

function write(cache: ResourceCache, object: StoredObject | undefined, key: string, revision: number): void {
  cache.apply(key, revision, object);
  cache.wake();
}

function followed(): { cache: ResourceCache; objects: WatchObjectCache; heard: string[]; stop: () => void } {
  const cache = new ResourceCache(form, '/registry/pods/');
  const objects = new WatchObjectCache();
  const heard: string[] = [];
  const stop = objects.follow(resource, {
    put: ({ metadata }) => heard.push(`+${metadata.name}@${metadata.resourceVersion}`),
    remove: ({ metadata }) => heard.push(`-${metadata.name}`),
  });
  return { cache, objects, heard, stop };
}

describe('the watch caches as objects', () => {
  it('are empty until bound, then have everything', () => {
    const { cache, objects, heard } = followed();
    cache.reset([stored('a', 1), stored('b', 2)], 2);
    expect(objects.get(resource, 'ns', 'a')).toBeUndefined();
    objects.bind(() => cache);
    expect(heard).toEqual(['+a@1', '+b@2']);
    expect(objects.get(resource, 'ns', 'a')?.metadata.name).toBe('a');
    expect([...objects.list(resource, 'ns')].map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect([...objects.list(resource, 'other')]).toEqual([]);
  });

  it('tell of every change in order, and no longer than asked', () => {
    const { cache, objects, heard, stop } = followed();
    objects.bind(() => cache);
    write(cache, stored('a', 3), '/registry/pods/ns/a', 3);
    cache.apply('/registry/pods/ns/b', 4, stored('b', 4));
    cache.apply('/registry/pods/ns/a', 5, undefined);
    cache.wake();
    expect(heard).toEqual(['+a@3', '+b@4', '-a']);
    stop();
    write(cache, stored('c', 6), '/registry/pods/ns/c', 6);
    expect(heard.length).toBe(3);
  });

  it('tell what is different after the cache started anew', () => {
    const { cache, objects, heard } = followed();
    objects.bind(() => cache);
    const kept = stored('kept', 3);
    cache.apply('/registry/pods/ns/kept', 3, kept);
    write(cache, stored('gone', 4), '/registry/pods/ns/gone', 4);
    heard.length = 0;
    cache.reset([kept, stored('new', 9)], 9);
    expect(heard).toEqual(['+new@9', '-gone']);
    write(cache, stored('late', 10), '/registry/pods/ns/late', 10);
    expect(heard.at(-1)).toBe('+late@10');
  });

  it('of a resource that is not served there is nothing', () => {
    const { objects, heard } = followed();
    objects.bind(() => undefined);
    expect(objects.get(resource, 'ns', 'a')).toBeUndefined();
    expect([...objects.list(resource)]).toEqual([]);
    expect(heard).toEqual([]);
  });
});
