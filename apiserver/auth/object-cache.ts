/**
 * What authorizers and admission steps know of objects without asking the store: the machinery's watch caches, a moment
 * behind it. Every object is frozen and shared.
 */
import type { GroupResource, KubeObject } from '../machinery/resource-row.ts';

export interface ObjectListener {
  put(object: KubeObject): void;
  /** The object as it was last. */
  remove(object: KubeObject): void;
}

export interface ObjectCache {
  get(resource: GroupResource, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Of one namespace, or of all. */
  list(resource: GroupResource, namespace?: string): Iterable<KubeObject>;
  /** Tells the listener every object there is, at once, and every change from then on, until the answer is called. */
  follow(resource: GroupResource, listener: ObjectListener): () => void;
}
