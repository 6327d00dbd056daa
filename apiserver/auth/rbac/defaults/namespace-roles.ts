/** Default Roles and RoleBindings within namespaces (bootstrappolicy/namespace_policy.go). */
import type { BindingObject, RoleObject } from '../rules.ts';
import { allow, bind, READ, recordEvents, role } from './role-builder.ts';

const leaderLocking = [
  allow('create get list update watch', 'coordination.k8s.io: leases'),
  allow('create get list update watch', 'coordination.k8s.io: leasecandidates'),
];

export const namespaceRoles: readonly RoleObject[] = [
  role('kube-public/system:controller:bootstrap-signer', [
    allow(READ, 'configmaps'),
    allow('update', 'configmaps', 'cluster-info'),
    recordEvents,
  ]),
  role('kube-system/extension-apiserver-authentication-reader', [
    allow(READ, 'configmaps', 'extension-apiserver-authentication'),
  ]),
  role('kube-system/system::leader-locking-kube-controller-manager', leaderLocking),
  role('kube-system/system::leader-locking-kube-scheduler', leaderLocking),
  role('kube-system/system:controller:bootstrap-signer', [allow(READ, 'secrets')]),
  role('kube-system/system:controller:cloud-provider', [allow('create get list watch', 'configmaps')]),
  role('kube-system/system:controller:token-cleaner', [allow('delete get list watch', 'secrets'), recordEvents]),
];

export const namespaceRoleBindings: readonly BindingObject[] = [
  bind('kube-public/system:controller:bootstrap-signer', ['account:kube-system/bootstrap-signer']),
  bind(
    'kube-system/system::extension-apiserver-authentication-reader',
    ['user:system:kube-controller-manager', 'user:system:kube-scheduler'],
    'extension-apiserver-authentication-reader',
  ),
  bind('kube-system/system::leader-locking-kube-controller-manager', [
    'user:system:kube-controller-manager',
    'account:kube-system/kube-controller-manager',
    'account:kube-system/leader-election-controller',
  ]),
  bind('kube-system/system::leader-locking-kube-scheduler', [
    'user:system:kube-scheduler',
    'account:kube-system/kube-scheduler',
  ]),
  bind('kube-system/system:controller:bootstrap-signer', ['account:kube-system/bootstrap-signer']),
  bind('kube-system/system:controller:cloud-provider', ['account:kube-system/cloud-provider']),
  bind('kube-system/system:controller:token-cleaner', ['account:kube-system/token-cleaner']),
];
