import { describe, expect, it } from 'vitest';
import { defaultFlowSchemas } from '../../../../apiserver/auth/flow-control/default-flows.ts';
import { matchesSubject, SchemaMatcher } from '../../../../apiserver/auth/flow-control/schema-matching.ts';
import type { UserInfo } from '../../../../apiserver/machinery/resource-row.ts';
import type { AuthorizationAttributes } from '../../../../apiserver/machinery/steps.ts';
import type { V1FlowSchema, V1PolicyRulesWithSubjects } from '../../../../generated/kubernetes.d.ts';
import { attributesOf, pathRequest, userOf } from './flow-requests.ts';

const admin = userOf('admin', 'system:masters');
const node = userOf('system:node:n1', 'system:nodes');
const manager = userOf('system:kube-controller-manager');
const scheduler = userOf('system:kube-scheduler');
const ours = userOf(
  'system:serviceaccount:kube-system:job-controller',
  'system:serviceaccounts',
  'system:serviceaccounts:kube-system',
);
const theirs = userOf('system:serviceaccount:web:app', 'system:serviceaccounts', 'system:serviceaccounts:web');
const alike = userOf('system:serviceaccount:kube-system-2:app', 'system:serviceaccounts');
const somebody = userOf('jane');
const nobody: UserInfo = { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'], extra: {} };
const nothing: UserInfo = { name: 'ghost', uid: '', groups: [], extra: {} };

const lease = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace: 'kube-system' };
const nodes = { resource: 'nodes', namespace: '' };

describe('the default schema of a request', () => {
  const matcher = new SchemaMatcher(defaultFlowSchemas);

  const cases: [string, UserInfo, Partial<AuthorizationAttributes>, string | undefined][] = [
    ['an administrator', admin, {}, 'exempt'],
    ['a lease of the controller manager', manager, { ...lease, verb: 'update' }, 'system-leader-election'],
    ['its list of leases', manager, { ...lease, verb: 'list' }, 'kube-controller-manager'],
    ['a lease of the scheduler', scheduler, { ...lease, verb: 'get' }, 'system-leader-election'],
    ['a lease of a system account', ours, { ...lease, verb: 'create' }, 'system-leader-election'],
    ['a lease of another account', theirs, { ...lease, verb: 'update' }, 'service-accounts'],
    ['the controller manager', manager, {}, 'kube-controller-manager'],
    ['the scheduler', scheduler, {}, 'kube-scheduler'],
    ['a node about itself', node, { ...nodes, verb: 'get' }, 'system-node-high'],
    ['a node about its status', node, { ...nodes, subresource: 'status', verb: 'patch' }, 'system-node-high'],
    ['a node about its lease', node, { ...lease, verb: 'update' }, 'system-node-high'],
    ['a node about another part of a node', node, { ...nodes, subresource: 'proxy', verb: 'get' }, 'system-nodes'],
    ['a node about pods', node, {}, 'system-nodes'],
    ['a system account', ours, {}, 'kube-system-service-accounts'],
    ['an account of a namespace with a like name', alike, {}, 'service-accounts'],
    ['another account', theirs, {}, 'service-accounts'],
    ['somebody', somebody, {}, 'global-default'],
    ['nobody', nobody, {}, 'global-default'],
    ['a user without any group', nothing, {}, undefined],
  ];
  it.each(cases)('%s', (_, user, changes, expected) => {
    expect(matcher.match(user, attributesOf(user, changes))?.metadata?.name).toBe(expected);
  });

  it.each([
    ['/healthz', 'get', 'probes'],
    ['/livez', 'get', 'probes'],
    ['/readyz/etcd', 'get', 'probes'],
    ['/readyz', 'post', 'global-default'],
    ['/readyzz', 'get', 'global-default'],
    ['/version', 'get', 'global-default'],
  ])('%s by %s', (path, verb, expected) => {
    expect(matcher.match(nobody, pathRequest(nobody, path, verb))?.metadata?.name).toBe(expected);
  });

  it('is the same for users that look the same, and another one for the same name with other groups', () => {
    const first = userOf('jane');
    expect(matcher.match(first, attributesOf(first))?.metadata?.name).toBe('global-default');
    const second = userOf('jane', 'system:masters');
    expect(matcher.match(second, attributesOf(second))?.metadata?.name).toBe('exempt');
    const third = userOf('jane');
    expect(matcher.match(third, attributesOf(third))?.metadata?.name).toBe('global-default');
  });
});

describe('a schema', () => {
  const rule = (changes: Partial<V1PolicyRulesWithSubjects>): V1PolicyRulesWithSubjects => ({
    subjects: [{ kind: 'User', user: { name: '*' } }],
    ...changes,
  });
  const schema = (name: string, precedence: number | undefined, rules: V1PolicyRulesWithSubjects[]): V1FlowSchema => ({
    metadata: { name },
    spec: { priorityLevelConfiguration: { name: 'l' }, matchingPrecedence: precedence, rules },
  });
  const pods = { verbs: ['*'], apiGroups: [''], resources: ['pods'] };
  const all = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }];

  it.each([
    ['every namespace', { ...pods, namespaces: ['*'] }, { namespace: 'a' }, true],
    ['another namespace', { ...pods, namespaces: ['b'] }, { namespace: 'a' }, false],
    ['no namespace', { ...pods, namespaces: ['*'] }, { namespace: '' }, false],
    ['the cluster', { ...pods, clusterScope: true }, { namespace: '' }, true],
    ['only the cluster', { ...pods, clusterScope: true }, { namespace: 'a' }, false],
    ['a subresource that is not named', { ...pods, namespaces: ['*'] }, { subresource: 'status' }, false],
    ['a group that is not named', { ...pods, namespaces: ['*'] }, { group: 'apps' }, false],
    ['a verb that is not named', { ...pods, verbs: ['get'], namespaces: ['*'] }, { verb: 'list' }, false],
    ['a star beside others, which is no wildcard', { ...pods, verbs: ['get', '*'], namespaces: ['*'] }, {}, false],
  ] as const)('for %s', (_, resourceRule, changes, expected) => {
    const copied = JSON.parse(JSON.stringify(resourceRule));
    const matcher = new SchemaMatcher([schema('s', 1, [rule({ resourceRules: [copied] })])]);
    expect(matcher.match(somebody, attributesOf(somebody, changes)) !== undefined).toBe(expected);
  });

  it.each([
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a', false],
    ['*', '/anything', true],
  ])('for the path %s and a request for %s', (url, path, expected) => {
    const nonResourceRules = [{ verbs: ['get'], nonResourceURLs: [url] }];
    const matcher = new SchemaMatcher([schema('s', 1, [rule({ nonResourceRules })])]);
    expect(matcher.match(somebody, pathRequest(somebody, path)) !== undefined).toBe(expected);
  });

  it('of less precedence comes first, then that whose name does; 1000 is the default', () => {
    const names = (...schemas: V1FlowSchema[]): string | undefined =>
      new SchemaMatcher(schemas).match(somebody, attributesOf(somebody))?.metadata?.name;
    const any = [rule({ resourceRules: all })];
    expect(names(schema('b', 5, any), schema('a', 6, any))).toBe('b');
    expect(names(schema('b', 5, any), schema('a', 5, any))).toBe('a');
    expect(names(schema('b', 999, any), schema('a', undefined, any))).toBe('b');
    expect(names(schema('b', 1001, any), schema('a', undefined, any))).toBe('a');
  });

  it.each([
    ['everybody by name', { kind: 'User', user: { name: '*' } }, true],
    ['one user', { kind: 'User', user: { name: 'jane' } }, true],
    ['another user', { kind: 'User', user: { name: 'joe' } }, false],
    ['every group', { kind: 'Group', group: { name: '*' } }, true],
    ['a group', { kind: 'Group', group: { name: 'system:authenticated' } }, true],
    ['another group', { kind: 'Group', group: { name: 'jane' } }, false],
    ['an account', { kind: 'ServiceAccount', serviceAccount: { namespace: '*', name: '*' } }, false],
    ['nothing', { kind: 'User' }, false],
  ])('names %s', (_, subject, expected) => {
    expect(matchesSubject(subject, somebody)).toBe(expected);
  });
});
