/** The default policy at a server's start: written where roles are stored, taken as it stands where they are not. */
import type { GroupResource, KubeObject, RegistryServices } from '../../machinery/resource-row.ts';
import { StatusError } from '../../machinery/status.ts';
import type { ObjectCache } from '../object-cache.ts';
import { apiServerUser } from '../users.ts';
import { aggregatedRules } from './aggregation.ts';
import type { DefaultPolicy } from './defaults/default-policy.ts';
import type { RbacIndex } from './rbac-index.ts';
import { RBAC_GROUP } from './rbac-source.ts';
import { carryOutPolicy, planPolicy } from './reconcile.ts';
import type { BindingObject, RoleObject } from './rules.ts';

/**
 * Makes and repairs the roles and bindings of a policy. The index has them when this resolves, though the cache may hear of
 * them a moment later.
 */
export async function ensurePolicy(
  objects: ObjectCache,
  services: RegistryServices,
  index: RbacIndex,
  policy: DefaultPolicy,
): Promise<void> {
  const changes = planPolicy(policy, {
    find: (resource, namespace, name) => objects.get({ group: RBAC_GROUP, resource }, namespace, name),
  });
  const taken = (resource: GroupResource, object: KubeObject): KubeObject => {
    if (resource.resource.endsWith('roles')) index.putRole(object as RoleObject);
    else index.putBinding(object as BindingObject);
    return object;
  };
  await carryOutPolicy(changes, {
    async create(resource, object) {
      try {
        return taken(resource, await services.create(resource, object));
      } catch (thrown) {
        // Another server that starts now was faster.
        if (thrown instanceof StatusError && thrown.reason === 'AlreadyExists') return undefined;
        throw thrown;
      }
    },
    async update(resource, object) {
      const { namespace, name = '' } = object.metadata;
      const { resourceVersion: _, ...metadata } = object.metadata;
      return taken(
        resource,
        await services.update(resource, namespace, name, (present) => ({
          ...object,
          metadata: { ...present.metadata, ...metadata },
        })),
      );
    },
    async delete({ group, resource }, namespace, name) {
      await services.delete({ group, resource }, namespace, name, {}, apiServerUser);
    },
  });
}

/** Puts a policy into an index as it stands, for a server that does not store roles. */
export function applyPolicy(policy: DefaultPolicy, index: RbacIndex): void {
  for (const role of policy.clusterRoles) {
    const rules = role.aggregationRule === undefined ? role.rules : aggregatedRules(role, policy.clusterRoles);
    index.putRole({ ...role, rules: rules ?? [] });
  }
  for (const role of policy.roles) index.putRole(role);
  for (const binding of [...policy.clusterRoleBindings, ...policy.roleBindings]) index.putBinding(binding);
}
