/** The watch cache as authorizers and admission plugins see it (`auth/object-cache.ts`): frozen objects, a moment behind the store. */
import type { ObjectCache } from '../auth/object-cache.ts';
import type { ObjectStorage } from './object-storage.ts';
import type { ResourceCache } from './resource-cache.ts';
import type { GroupResource } from './resource-row.ts';
import type { ServedRow, ServedRows } from './served-rows.ts';
import type { WatchCache } from './watch-cache.ts';

export function cachedObjects(rows: ServedRows, cache: WatchCache, storage: ObjectStorage): ObjectCache {
  const find = (resource: GroupResource): { served: ServedRow; objects: ResourceCache } | undefined => {
    const served = rows.stored(resource);
    if (served === undefined) return undefined;
    return { served, objects: cache.resource(served.storage.prefix, served.storage.form) };
  };
  return {
    get(resource, namespace, name) {
      const found = find(resource);
      return found?.objects.get(storage.keyOf(found.served.storage, namespace, name))?.object;
    },
    *list(resource, namespace) {
      const found = find(resource);
      if (found === undefined) return;
      for (const stored of found.objects.list(storage.prefixOf(found.served.storage, namespace))) yield stored.object;
    },
    follow(resource, listener) {
      const found = find(resource);
      if (found === undefined) return () => {};
      return found.objects.follow({
        put: (stored) => listener.put(stored.object),
        remove: (stored) => listener.remove(stored.object),
      });
    },
  };
}
