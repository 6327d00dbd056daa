import { describe, expect, it } from 'vitest';
import { EscalationCheck } from '../../../../apiserver/auth/rbac/escalation.ts';
import { RbacAuthorizer } from '../../../../apiserver/auth/rbac/rbac-authorizer.ts';
import { RBAC_GROUP } from '../../../../apiserver/auth/rbac/rbac-source.ts';
import { makeUser } from '../../../../apiserver/auth/users.ts';
import type { KubeObject, ResourceRow, UserInfo } from '../../../../apiserver/machinery/resource-row.ts';
import { StatusError } from '../../../../apiserver/machinery/status.ts';
import { defaultIndex, makeBinding, makeRole } from './rbac-fixture.ts';

const resources: Readonly<Record<string, string>> = {
  Role: 'roles',
  ClusterRole: 'clusterroles',
  RoleBinding: 'rolebindings',
  ClusterRoleBinding: 'clusterrolebindings',
};

async function write(user: UserInfo, object: KubeObject, old?: KubeObject): Promise<string> {
  const index = defaultIndex();
  index.putBinding(makeBinding('ns/admins', 'ClusterRole/admin', 'User/alice'));
  index.putRole(
    makeRole('binder', {
      verbs: ['bind'],
      apiGroups: [RBAC_GROUP],
      resources: ['clusterroles'],
      resourceNames: ['edit'],
    }),
  );
  index.putBinding(makeBinding('ns/binders', 'ClusterRole/binder', 'User/bob'));
  index.putRole(
    makeRole('escalator', { verbs: ['escalate'], apiGroups: [RBAC_GROUP], resources: ['clusterroles', 'roles'] }),
  );
  index.putBinding(makeBinding('escalators', 'ClusterRole/escalator', 'User/carol'));
  index.putRole(makeRole('limited', { verbs: ['get'], apiGroups: [''], resources: ['pods'] }));
  const rbac = new RbacAuthorizer(index);
  const check = new EscalationCheck(rbac, rbac, index);
  const resource = resources[object.kind ?? ''] ?? '';
  const row = { group: RBAC_GROUP, version: 'v1', kind: object.kind, resource } as ResourceRow;
  expect(check.handles(old === undefined ? 'CREATE' : 'UPDATE', row)).toBe(true);
  try {
    await check.validate({
      operation: old === undefined ? 'CREATE' : 'UPDATE',
      row,
      subresource: '',
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name ?? '',
      object,
      old,
      options: {},
      user,
      dryRun: false,
      nowMs: 0,
      warn: () => {},
      annotate: () => {},
    });
    return 'ok';
  } catch (thrown) {
    if (thrown instanceof StatusError) return `${thrown.code} ${thrown.message}`;
    throw thrown;
  }
}

const alice = makeUser('alice', ['dev']);
const bob = makeUser('bob');
const carol = makeUser('carol');
const master = makeUser('root', ['system:masters']);
const readPods = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const readNodes = { verbs: ['get', 'list'], apiGroups: [''], resources: ['nodes'] };

describe('nobody gives away what he does not have', () => {
  it.each([
    ['rights one has, in a role', alice, makeRole('ns/r', readPods), 'ok'],
    [
      'rights one does not have',
      alice,
      makeRole('ns/r', readPods, readNodes),
      '403 roles.rbac.authorization.k8s.io "r" is forbidden: user "alice" (groups=["dev"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}',
    ],
    [
      'rights one has in another namespace',
      alice,
      makeRole('other/r', readPods),
      '403 roles.rbac.authorization.k8s.io "r" is forbidden: user "alice" (groups=["dev"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    ],
    ['with the verb escalate', carol, makeRole('r', readNodes), 'ok'],
    ['as a master', master, makeRole('r', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }), 'ok'],
    ['binding a role that one covers', alice, makeBinding('ns/b', 'ClusterRole/view', 'User/eve'), 'ok'],
    ['binding a role that one has', alice, makeBinding('ns/b', 'ClusterRole/admin', 'User/eve'), 'ok'],
    [
      'binding a role beyond oneself',
      alice,
      makeBinding('ns/b', 'ClusterRole/cluster-admin', 'User/alice'),
      '403 rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "alice" (groups=["dev"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    ],
    [
      'binding everywhere what one has in a namespace',
      alice,
      makeBinding('b', 'ClusterRole/limited', 'User/eve'),
      '403 clusterrolebindings.rbac.authorization.k8s.io "b" is forbidden: user "alice" (groups=["dev"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    ],
    ['with the verb bind', bob, makeBinding('ns/b', 'ClusterRole/edit', 'User/eve'), 'ok'],
    [
      'with the verb bind on another role',
      bob,
      makeBinding('ns/b', 'ClusterRole/limited', 'User/eve'),
      '403 rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "bob" (groups=[]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    ],
    [
      'binding a role that does not exist',
      alice,
      makeBinding('ns/b', 'ClusterRole/none', 'User/eve'),
      '404 rolebindings.rbac.authorization.k8s.io "none" not found',
    ],
  ])('Z1 %s', async (_title, user, object, expected) => {
    expect(await write(user, object)).toBe(expected);
  });

  it('an aggregated role can collect anything', async () => {
    const role = { ...makeRole('r'), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } };
    expect(await write(alice, role)).toBe(
      '403 clusterroles.rbac.authorization.k8s.io "r" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
    expect(await write(alice, makeRole('r'), role)).toContain('must have cluster-admin privileges');
  });

  it('the garbage collector may remove owners', async () => {
    const old = makeRole('r', readNodes);
    old.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }];
    expect(await write(bob, makeRole('r', readNodes), old)).toBe('ok');
    expect(await write(bob, makeRole('r', readPods), old)).toContain('403');
  });
});
