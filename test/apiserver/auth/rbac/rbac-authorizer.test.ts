import { describe, expect, it } from 'vitest';
import { RbacAuthorizer } from '../../../../apiserver/auth/rbac/rbac-authorizer.ts';
import { RbacIndex } from '../../../../apiserver/auth/rbac/rbac-index.ts';
import { controllerUser, group, makeUser, serviceAccountUser } from '../../../../apiserver/auth/users.ts';
import type { UserInfo } from '../../../../apiserver/machinery/resource-row.ts';
import { attributes } from '../requests.ts';
import { defaultIndex, makeBinding, makeRole } from './rbac-fixture.ts';

const read = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const alice = makeUser('alice', ['dev']);

function decide(index: RbacIndex, user: UserInfo, request: string): string {
  const { decision, reason } = new RbacAuthorizer(index).authorize(attributes(user, request));
  return decision === 'allow' ? reason : `${decision}: ${reason}`;
}

describe('the RBAC index', () => {
  it('says which binding allows', () => {
    const index = new RbacIndex();
    index.putRole(makeRole('reader', read));
    index.putRole(makeRole('ns/reader', read));
    index.putBinding(makeBinding('everywhere', 'ClusterRole/reader', 'Group/dev'));
    index.putBinding(makeBinding('ns/robots', 'Role/reader', 'ServiceAccount/robot'));
    expect(decide(index, alice, 'get pods x -n any')).toBe(
      'RBAC: allowed by ClusterRoleBinding "everywhere" of ClusterRole "reader" to Group "dev"',
    );
    expect(decide(index, serviceAccountUser('ns', 'robot', ''), 'get pods x -n ns')).toBe(
      'RBAC: allowed by RoleBinding "robots/ns" of Role "reader" to ServiceAccount "robot/ns"',
    );
    expect(decide(index, serviceAccountUser('other', 'robot', ''), 'get pods x -n ns')).toBe('noOpinion: ');
  });

  it('a RoleBinding counts in its namespace alone, and a Role of another namespace not at all', () => {
    const index = new RbacIndex();
    index.putRole(makeRole('reader', read));
    index.putRole(makeRole('other/local', read));
    index.putBinding(makeBinding('ns/b', 'ClusterRole/reader', 'User/alice'));
    index.putBinding(makeBinding('ns/c', 'Role/local', 'User/bob'));
    expect(decide(index, alice, 'get pods x -n ns')).toContain('allowed');
    expect(decide(index, alice, 'get pods x -n other')).toBe('noOpinion: ');
    expect(decide(index, alice, 'list pods')).toBe('noOpinion: ');
    expect(decide(index, makeUser('bob'), 'get pods x -n ns')).toBe(
      'noOpinion: RBAC: role.rbac.authorization.k8s.io "local" not found',
    );
  });

  it('follows changes and deletions', () => {
    const index = new RbacIndex();
    index.putBinding(makeBinding('b', 'ClusterRole/reader', 'User/alice', 'User/alice'));
    expect(decide(index, alice, 'get pods x')).toBe(
      'noOpinion: RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found',
    );
    index.putRole(makeRole('reader', read));
    expect(decide(index, alice, 'get pods x')).toContain('allowed');
    index.putRole(makeRole('reader'));
    expect(decide(index, alice, 'get pods x')).toBe('noOpinion: ');
    index.putRole(makeRole('reader', read));
    index.putBinding(makeBinding('b', 'ClusterRole/reader', 'User/bob'));
    expect(decide(index, alice, 'get pods x')).toBe('noOpinion: ');
    expect(decide(index, makeUser('bob'), 'get pods x')).toContain('allowed');
    index.removeBinding(undefined, 'b');
    expect(decide(index, makeUser('bob'), 'get pods x')).toBe('noOpinion: ');
  });

  it('subjects without a name that anybody can have give nothing', () => {
    const index = new RbacIndex();
    index.putRole(makeRole('reader', read));
    index.putBinding(makeBinding('b', 'ClusterRole/reader', 'ServiceAccount/robot', 'Robot/alice'));
    expect(decide(index, serviceAccountUser('', 'robot', ''), 'get pods x')).toBe('noOpinion: ');
    expect(decide(index, alice, 'get pods x')).toBe('noOpinion: ');
  });
});

/**
 * `kubectl auth can-i`, cell by cell, for users bound in namespace `ns` as the columns say. Written from
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings.
 */
const columns = ['cluster-admin', 'admin', 'edit', 'view', 'authenticated', 'anonymous', 'account'] as const;
const matrix = `
get pods x -n ns                                     y y y y . . .
list pods -n ns                                      y y y y . . .
list pods                                            y . . . . . .
list pods -n other                                   y . . . . . .
create pods -n ns                                    y y y . . . .
delete pods x -n ns                                  y y y . . . .
deletecollection pods -n ns                          y y y . . . .
get pods/log x -n ns                                 y y y y . . .
create pods/exec x -n ns                             y y y . . . .
get pods/exec x -n ns                                y y y . . . .
create pods/eviction x -n ns                         y y y . . . .
update pods/status x -n ns                           y . . . . . .
get secrets x -n ns                                  y y y . . . .
list secrets -n ns                                   y y y . . . .
create secrets -n ns                                 y y y . . . .
get configmaps x -n ns                               y y y y . . .
update configmaps x -n ns                            y y y . . . .
get serviceaccounts x -n ns                          y y y y . . .
impersonate serviceaccounts x -n ns                  y y y . . . .
impersonate users x                                  y . . . . . .
create serviceaccounts/token x -n ns                 y y y . . . .
list deployments.apps -n ns                          y y y y . . .
patch deployments.apps/scale x -n ns                 y y y . . . .
create jobs.batch -n ns                              y y y . . . .
list events -n ns                                    y y y y . . .
create events -n ns                                  y y y . . . .
list leases.coordination.k8s.io -n ns                y y y . . . .
list roles.rbac.authorization.k8s.io -n ns           y y . . . . .
create rolebindings.rbac.authorization.k8s.io -n ns  y y . . . . .
create clusterroles.rbac.authorization.k8s.io        y . . . . . .
get resourcequotas x -n ns                           y y y y . . .
create resourcequotas -n ns                          y . . . . . .
create limitranges -n ns                             y . . . . . .
get namespaces ns -n ns                              y y y y . . .
list namespaces                                      y . . . . . .
delete namespaces ns -n ns                           y . . . . . .
get nodes x                                          y . . . . . .
list persistentvolumes                               y . . . . . .
create endpoints -n ns                               y . . . . . .
get endpoints x -n ns                                y y y y . . .
create networkpolicies.networking.k8s.io -n ns       y y y . . . .
create selfsubjectaccessreviews.authorization.k8s.io y y y y y . y
create selfsubjectreviews.authentication.k8s.io      y y y y y . y
create subjectaccessreviews.authorization.k8s.io     y . . . . . .
create tokenreviews.authentication.k8s.io            y . . . . . .
get /healthz                                         y y y y y y y
get /livez                                           y y y y y y y
get /version                                         y y y y y y y
get /api                                             y y y y y . y
get /apis/apps/v1                                    y y y y y . y
get /openapi/v3                                      y y y y y . y
get /metrics                                         y . . . . . .
get /.well-known/openid-configuration                y . . . . . y
post /healthz                                        y . . . . . .
`;

describe('who may do what with the default roles', () => {
  const index = defaultIndex();
  const users: Record<(typeof columns)[number], UserInfo> = {
    'cluster-admin': makeUser('c', [group.authenticated]),
    admin: makeUser('a', [group.authenticated]),
    edit: makeUser('e', [group.authenticated]),
    view: makeUser('v', [group.authenticated]),
    authenticated: makeUser('n', [group.authenticated]),
    anonymous: makeUser('system:anonymous', [group.unauthenticated]),
    account: {
      ...serviceAccountUser('ns', 'default', ''),
      groups: [...serviceAccountUser('ns', 'default', '').groups, group.authenticated],
    },
  };
  index.putBinding(makeBinding('c', 'ClusterRole/cluster-admin', 'User/c'));
  for (const name of ['admin', 'edit', 'view'] as const) {
    index.putBinding(makeBinding(`ns/${name}`, `ClusterRole/${name}`, `User/${users[name].name}`));
  }
  const rows = matrix
    .trim()
    .split('\n')
    .map((line) => {
      const cells = line.trim().split(/\s+/);
      return [cells.slice(0, -columns.length).join(' '), cells.slice(-columns.length).join(' ')] as const;
    });

  it('is a table of more than 120 cells', () => expect(rows.length * columns.length).toBeGreaterThan(300));

  it.each(rows)('%s', (request, expected) => {
    const got = columns.map((column) =>
      decide(index, users[column], request).startsWith('RBAC: allowed') ? 'y' : '.',
    );
    expect(got.join(' ')).toBe(expected);
  });

  it.each([
    ['deployment-controller', 'create replicasets.apps -n ns', true],
    ['deployment-controller', 'create pods -n ns', false],
    ['replicaset-controller', 'create pods -n ns', true],
    ['replicaset-controller', 'get secrets x -n ns', false],
    ['namespace-controller', 'delete anything.example.com x -n ns', true],
    ['namespace-controller', 'create pods -n ns', false],
    ['generic-garbage-collector', 'patch anything.example.com x -n ns', true],
    ['node-controller', 'delete pods x -n ns', true],
    ['daemon-set-controller', 'create pods -n ns', true],
    ['service-account-controller', 'create serviceaccounts -n ns', true],
    ['job-controller', 'create events -n ns', true],
  ])('controller %s: %s %s', (name, request, expected) => {
    expect(decide(index, controllerUser(name), request).startsWith('RBAC: allowed')).toBe(expected);
  });

  it.each([
    ['system:kube-scheduler', 'create pods/binding x -n ns', true],
    ['system:kube-scheduler', 'create pods -n ns', false],
    ['system:kube-scheduler', 'update leases.coordination.k8s.io kube-scheduler -n kube-system', true],
    ['system:kube-scheduler', 'update leases.coordination.k8s.io other -n default', false],
    ['system:kube-controller-manager', 'list anything.example.com', true],
    ['system:kube-controller-manager', 'delete pods x -n ns', false],
    ['system:kube-proxy', 'list services', true],
    ['system:node:n1', 'get pods x -n ns', false],
  ])('component %s: %s %s', (name, request, expected) => {
    const user = makeUser(name, [group.authenticated]);
    expect(decide(index, user, request).startsWith('RBAC: allowed')).toBe(expected);
  });
});
