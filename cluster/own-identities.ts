/**
 * Who our own parts are that upstream has not: each has a user, and roles with what it does and nothing else. Upstream's
 * parts (controllers, scheduler, kubelets) act under upstream's identities (`apiserver/auth/users.ts`).
 *
 * A new part gets its identity here with `makeIdentity`, and its roles are made with the others at the start of `up`.
 */

import { type DefaultPolicy, joinPolicies } from '../apiserver/auth/rbac/defaults/default-policy.ts';
import { allow, bind, paths, READ, role } from '../apiserver/auth/rbac/defaults/role-builder.ts';
import type { PolicyRule } from '../apiserver/auth/rbac/rules.ts';
import { group, makeUser } from '../apiserver/auth/users.ts';
import type { UserInfo } from '../apiserver/machinery/resource-row.ts';
import { MOMENTS_PATH } from './moments-endpoint.ts';

export interface OwnIdentity {
  readonly user: UserInfo;
  /** Its roles, bound to the user. */
  readonly policy: DefaultPolicy;
}

/** What an identity may do: anywhere, and in single namespaces. */
export interface Grants {
  readonly cluster?: readonly PolicyRule[];
  readonly namespaces?: Readonly<Record<string, readonly PolicyRule[]>>;
}

/** The user `system:sampan:NAME`, with roles of the same name. */
export function makeIdentity(name: string, { cluster = [], namespaces = {} }: Grants): OwnIdentity {
  const fullName = `system:sampan:${name}`;
  const subjects = [`user:${fullName}`];
  const places = Object.entries(namespaces);
  return {
    user: makeUser(fullName, [group.authenticated]),
    policy: {
      clusterRoles: cluster.length === 0 ? [] : [role(fullName, [...cluster])],
      clusterRoleBindings: cluster.length === 0 ? [] : [bind(fullName, subjects)],
      roles: places.map(([namespace, rules]) => role(`${namespace}/${fullName}`, [...rules])),
      roleBindings: places.map(([namespace]) => bind(`${namespace}/${fullName}`, subjects)),
    },
  };
}

/** Carries out `Fault` objects. */
export const faultRunnerIdentity = makeIdentity('fault-runner', {
  cluster: [
    allow('list watch', 'chaos.sampan.dev: faults'),
    allow('patch', 'chaos.sampan.dev: faults/status'),
    allow('list', 'nodes'),
    allow('get list', 'pods'),
  ],
});

/** Shows the control plane's processes as pods. */
export const controlPlanePodsIdentity = makeIdentity('control-plane-pods', {
  namespaces: { 'kube-system': [allow('create list', 'pods'), allow('patch', 'pods/status')] },
});

/** Creates the add-ons that are missing. */
export const addonsIdentity = makeIdentity('addons', {
  namespaces: {
    'kube-system': [
      allow('create get', 'configmaps serviceaccounts services'),
      allow('create get', 'apps: daemonsets deployments'),
    ],
  },
});

/** What the page shows, and what can be done there: try a deployment, break something, mend it. */
export const dashboardIdentity = makeIdentity('dashboard', {
  cluster: [
    allow(READ, 'namespaces nodes pods'),
    allow(READ, 'apps: daemonsets deployments replicasets statefulsets'),
    allow(READ, 'batch: jobs'),
    allow(READ, 'chaos.sampan.dev: faults'),
    allow('create delete patch', 'apps: deployments'),
    allow('delete', 'pods'),
    allow('create delete', 'chaos.sampan.dev: faults'),
    paths(`${MOMENTS_PATH} ${MOMENTS_PATH}/*`),
  ],
});

/** For those who may look at moments without being administrators: bind it to whom you like. */
const momentsReader = role('sampan:moments-reader', [paths(`${MOMENTS_PATH} ${MOMENTS_PATH}/*`)]);

/** All that `up` adds to upstream's default policy. */
export function ownPolicy(identities: readonly OwnIdentity[] = OWN_IDENTITIES): DefaultPolicy {
  const unbound = { clusterRoles: [momentsReader], clusterRoleBindings: [], roles: [], roleBindings: [] };
  return joinPolicies(...identities.map(({ policy }) => policy), unbound);
}

const OWN_IDENTITIES: readonly OwnIdentity[] = [
  faultRunnerIdentity,
  controlPlanePodsIdentity,
  addonsIdentity,
  dashboardIdentity,
];
