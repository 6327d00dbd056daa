/** Kubernetes objects as the store holds them, now and at earlier revisions: a lesson's evidence. */
import { prefixEnd } from '../../base/bytes.ts';
import type { ApiObject } from '../../controllers/runtime/client.ts';
import type { KeyValue, Store } from '../../store/index.ts';

/** The object at a key, at a revision or now; undefined when there is none. Rejects when that revision is compacted. */
export async function storedAt<T extends ApiObject>(store: Store, key: string, revision = 0): Promise<T | undefined> {
  const [found] = (await store.range({ key, revision })).kvs;
  return found === undefined ? undefined : objectOf<T>(found);
}

/** Every object below a prefix such as `/registry/pods/default/`. */
export async function storedBelow<T extends ApiObject>(
  store: Store,
  prefix: string,
  revision = 0,
): Promise<readonly T[]> {
  return (await store.range({ key: prefix, rangeEnd: prefixEnd(prefix), revision })).kvs.map(objectOf<T>);
}

/** Stored is the object without its `resourceVersion`, which is the key's revision. */
function objectOf<T extends ApiObject>({ value, modRevision }: KeyValue): T {
  const object = JSON.parse(Buffer.from(value).toString('utf8')) as T;
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(modRevision) } };
}

/** `data.color`, `status.conditions[0].reason` … as text; undefined where nothing is. */
export function fieldOf(object: unknown, path: string): string | undefined {
  let value = object;
  for (const part of path.split(/[.[\]]+/).filter((each) => each !== '')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
