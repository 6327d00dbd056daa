/** Keeps an index up with the roles and bindings there are. */
import type { KubeObject } from '../../machinery/resource-row.ts';
import type { ObjectCache, ObjectListener } from '../object-cache.ts';
import type { RbacIndex } from './rbac-index.ts';
import type { BindingObject, RoleObject } from './rules.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

export const rbacResources = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'] as const;

/** Fills the index with what is in the cache, and follows it until the answer is called. */
export function followRbac(cache: ObjectCache, index: RbacIndex): () => void {
  const roles: ObjectListener = {
    put: (object) => index.putRole(object as RoleObject),
    remove: ({ metadata }) => index.removeRole(metadata.namespace, metadata.name ?? ''),
  };
  const bindings: ObjectListener = {
    put: (object: KubeObject) => index.putBinding(object as BindingObject),
    remove: ({ metadata }) => index.removeBinding(metadata.namespace, metadata.name ?? ''),
  };
  const stops = rbacResources.map((resource) =>
    cache.follow({ group: RBAC_GROUP, resource }, resource.endsWith('roles') ? roles : bindings),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
