/**
 * The ClusterRoles made to be given to users: cluster-admin, and admin, edit and view, which collect what roles labelled
 * for them allow. Whoever may edit may view; whoever is admin may edit.
 */
import type { RoleObject } from '../rules.ts';
import { aggregatedRole, allow, READ, READ_WRITE, role, WRITE } from './role-builder.ts';

export const userRoles: readonly RoleObject[] = [
  role('cluster-admin', [allow('*', '*: *'), { verbs: ['*'], nonResourceURLs: ['*'] }]),
  aggregatedRole('admin'),
  aggregatedRole('edit', 'admin'),
  aggregatedRole('view', 'edit'),
  role(
    'system:aggregate-to-admin',
    [
      allow('create', 'authorization.k8s.io: localsubjectaccessreviews'),
      allow(READ_WRITE, 'rbac.authorization.k8s.io: rolebindings roles'),
    ],
    'admin',
  ),
  role(
    'system:aggregate-to-edit',
    [
      allow(READ, 'pods{/attach,/exec,/portforward,/proxy} secrets services/proxy'),
      allow('impersonate', 'serviceaccounts'),
      allow(WRITE, 'pods{,/attach,/exec,/portforward,/proxy}'),
      allow('create', 'pods/eviction'),
      allow(
        WRITE,
        'configmaps persistentvolumeclaims replicationcontrollers{,/scale} secrets serviceaccounts services{,/proxy}',
      ),
      allow('create', 'serviceaccounts/token'),
      allow(WRITE, ',events.k8s.io: events'),
      allow(WRITE, 'apps: daemonsets deployments{,/rollback,/scale} replicasets{,/scale} statefulsets{,/scale}'),
      allow(WRITE, 'autoscaling: horizontalpodautoscalers'),
      allow(WRITE, 'batch: cronjobs jobs'),
      allow(
        WRITE,
        'extensions: daemonsets deployments{,/rollback,/scale} ingresses networkpolicies replicasets{,/scale} replicationcontrollers/scale',
      ),
      allow(WRITE, 'policy: poddisruptionbudgets'),
      allow(WRITE, 'networking.k8s.io: ingresses networkpolicies'),
      allow(READ_WRITE, 'coordination.k8s.io: leases'),
      allow(WRITE, 'resource.k8s.io: resourceclaims resourceclaimtemplates'),
    ],
    'edit',
  ),
  role(
    'system:aggregate-to-view',
    [
      allow(
        READ,
        'configmaps endpoints persistentvolumeclaims{,/status} pods replicationcontrollers{,/scale} serviceaccounts services{,/status}',
      ),
      allow(
        READ,
        'bindings limitranges namespaces/status pods{/log,/status} replicationcontrollers/status resourcequotas{,/status}',
      ),
      allow(READ, 'namespaces'),
      allow(READ, ',events.k8s.io: events'),
      allow(READ, 'discovery.k8s.io: endpointslices'),
      allow(
        READ,
        'apps: controllerrevisions daemonsets{,/status} deployments{,/scale,/status} replicasets{,/scale,/status} statefulsets{,/scale,/status}',
      ),
      allow(READ, 'autoscaling: horizontalpodautoscalers{,/status}'),
      allow(READ, 'batch: cronjobs{,/status} jobs{,/status}'),
      allow(
        READ,
        'extensions: daemonsets{,/status} deployments{,/scale,/status} ingresses{,/status} networkpolicies replicasets{,/scale,/status} replicationcontrollers/scale',
      ),
      allow(READ, 'policy: poddisruptionbudgets{,/status}'),
      allow(READ, 'networking.k8s.io: ingresses{,/status} networkpolicies'),
      allow(READ, 'resource.k8s.io: resourceclaims{,/status} resourceclaimtemplates'),
    ],
    'view',
  ),
];
