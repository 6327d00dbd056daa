/** The users and groups that Kubernetes knows by name (k8s.io/apiserver/pkg/authentication/user and serviceaccount). */
import type { UserInfo } from '../machinery/resource-row.ts';

export const group = {
  /** May do everything, whatever the roles say. */
  masters: 'system:masters',
  /** May do everything as far as roles say so: kubeadm's administrators. */
  kubeadmAdmins: 'kubeadm:cluster-admins',
  authenticated: 'system:authenticated',
  unauthenticated: 'system:unauthenticated',
  nodes: 'system:nodes',
  monitoring: 'system:monitoring',
  serviceAccounts: 'system:serviceaccounts',
  bootstrappers: 'system:bootstrappers',
} as const;

export const ANONYMOUS = 'system:anonymous';
export const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

const NODE_PREFIX = 'system:node:';
const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';

export function makeUser(
  name: string,
  groups: readonly string[] = [],
  uid = '',
  extra: UserInfo['extra'] = {},
): UserInfo {
  return { name, uid, groups, extra };
}

export const anonymousUser: UserInfo = makeUser(ANONYMOUS, [group.unauthenticated]);

/** The API server itself, when it writes through its own chain. */
export const apiServerUser: UserInfo = makeUser('system:apiserver', [group.masters, group.authenticated]);

/** Who has the administrator's kubeconfig. */
export const administratorUser: UserInfo = makeUser('kubernetes-admin', [group.kubeadmAdmins, group.authenticated]);

/** Our components under upstream's identities, for the loopback transport. */
export const controllerManagerUser: UserInfo = makeUser('system:kube-controller-manager', [group.authenticated]);
export const schedulerUser: UserInfo = makeUser('system:kube-scheduler', [group.authenticated]);

export function nodeUser(nodeName: string): UserInfo {
  return makeUser(NODE_PREFIX + nodeName, [group.nodes, group.authenticated]);
}

/** A controller of ours acts as its own service account in kube-system, as upstream's controllers do. */
export function controllerUser(controller: string): UserInfo {
  const user = serviceAccountUser('kube-system', controller, '');
  return { ...user, groups: [...user.groups, group.authenticated] };
}

export function serviceAccountUser(
  namespace: string,
  name: string,
  uid: string,
  extra: UserInfo['extra'] = {},
): UserInfo {
  return makeUser(serviceAccountUserName(namespace, name), serviceAccountGroups(namespace), uid, extra);
}

export function serviceAccountUserName(namespace: string, name: string): string {
  return `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`;
}

export function serviceAccountGroups(namespace: string): string[] {
  return [group.serviceAccounts, `${group.serviceAccounts}:${namespace}`];
}

/** Namespace and name, when `userName` is a service account's; undefined for every other user. */
export function splitServiceAccountUserName(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const parts = userName.slice(SERVICE_ACCOUNT_PREFIX.length).split(':');
  const [namespace, name] = parts;
  if (parts.length !== 2 || !isDnsName(namespace) || !isDnsName(name)) return undefined;
  return { namespace, name };
}

/**
 * The node that a user is: undefined for others, '' for a member of `system:nodes` whose name says no node
 * (k8s.io/kubernetes/pkg/auth/nodeidentifier).
 */
export function nodeOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(NODE_PREFIX) || !user.groups.includes(group.nodes)) return undefined;
  return user.name.slice(NODE_PREFIX.length);
}

function isDnsName(text: string | undefined): text is string {
  return text !== undefined && text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}
