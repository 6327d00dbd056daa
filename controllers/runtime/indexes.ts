/** The indexes that controllers share. An index's name stands for its function, so each pair is made once, here. */
import type { V1Pod } from '../../generated/kubernetes.d.ts';
import type { ApiObject } from './client.ts';
import { namespaceOf } from './metadata.ts';
import { controllerOf } from './owner-references.ts';

export interface IndexDefinition<T> {
  readonly name: string;
  readonly valuesOf: (object: T) => string | readonly string[] | undefined;
}

export const byNamespace: IndexDefinition<ApiObject> = { name: 'namespace', valuesOf: namespaceOf };

/**
 * By the uid of the controlling owner. Objects without one are under `orphans/<namespace>`, where a controller looks for
 * what it may adopt.
 */
export const byController: IndexDefinition<ApiObject> = {
  name: 'controller',
  valuesOf: (object) => controllerOf(object)?.uid ?? orphansIn(namespaceOf(object)),
};

export function orphansIn(namespace: string): string {
  return `orphans/${namespace}`;
}

/** Pods by the node they are bound to; those that wait for one are under ''. */
export const byNodeName: IndexDefinition<V1Pod> = { name: 'nodeName', valuesOf: (pod) => pod.spec?.nodeName ?? '' };

/** By the uid of every owner, controlling or not. */
export const byOwner: IndexDefinition<ApiObject> = {
  name: 'owner',
  valuesOf: (object) => object.metadata?.ownerReferences?.map((owner) => owner.uid),
};
