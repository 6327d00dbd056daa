/** What `auth reconcile` does to roles and bindings, and which rules cover which. */
import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../../kubectl-lite/writing/policy-rules.ts';
import { plan, type RbacObject, type Subject } from '../../kubectl-lite/writing/rbac-plan.ts';
import { uncovered } from '../../kubectl-lite/writing/rule-cover.ts';

const rule = (verbs: string, resources: string, more: PolicyRule = {}): PolicyRule => ({
  apiGroups: [''],
  verbs: verbs.split(' '),
  resources: resources.split(' '),
  ...more,
});
const role = (rules: readonly PolicyRule[], more: Partial<RbacObject> = {}): RbacObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'r' },
  rules,
  ...more,
});
const keep = { permissions: false, subjects: false };
const remove = { permissions: true, subjects: true };

describe('what rules do not cover', () => {
  it.each([
    ['the same', [rule('get list', 'pods')], [rule('list', 'pods')], 0],
    ['everything', [rule('*', '*', { apiGroups: ['*'] })], [rule('get', 'a b', { apiGroups: ['x', 'y'] })], 0],
    ['two verbs of two types', [], [rule('get list', 'pods nodes')], 4],
    ['another group', [rule('get', 'pods')], [rule('get', 'pods', { apiGroups: ['apps'] })], 1],
    ['a subresource of every type', [rule('get', '*/status')], [rule('get', 'pods/status nodes')], 1],
    ['all names, by one name', [rule('get', 'pods', { resourceNames: ['a'] })], [rule('get', 'pods')], 1],
    ['one name, by all names', [rule('get', 'pods')], [rule('get', 'pods', { resourceNames: ['a'] })], 0],
    [
      'paths',
      [{ verbs: ['get'], nonResourceURLs: ['/healthz/*'] }],
      [{ verbs: ['get'], nonResourceURLs: ['/healthz/a', '/b'] }],
      1,
    ],
  ])('%s', (_, granted, asked, count) => {
    expect(uncovered(granted, asked)).toHaveLength(count);
  });
});

describe('a role', () => {
  it('is made where there is none', () => {
    const expected = role([rule('get', 'pods')]);
    expect(plan(undefined, expected, keep)).toMatchObject({ operation: 'create', missingRules: expected.rules });
  });

  it('gains what it lacks, and loses the rest only if that is asked for', () => {
    const existing = role([rule('get delete', 'pods')]);
    const expected = role([rule('get list', 'pods')]);
    const kept = plan(existing, expected, keep);
    expect([kept.operation, kept.object.rules]).toEqual(['update', [rule('get delete', 'pods'), rule('list', 'pods')]]);
    const removed = plan(existing, expected, remove);
    expect([removed.object.rules, removed.extraRules]).toEqual([expected.rules, [rule('delete', 'pods')]]);
    expect(plan(kept.object, expected, keep).operation).toBe('none');
    expect(plan(removed.object, expected, remove).operation).toBe('none');
  });

  it('gains labels and annotations, keeps its own, and can opt out', () => {
    const existing = role([], { metadata: { name: 'r', labels: { a: 'own' } } });
    const expected = role([], { metadata: { name: 'r', labels: { a: 'other', b: 'new' } } });
    const planned = plan(existing, expected, keep);
    expect([planned.operation, planned.object.metadata.labels]).toEqual(['update', { a: 'own', b: 'new' }]);
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    const guarded = role([], { metadata: { name: 'r', annotations } });
    expect(plan(guarded, expected, keep)).toMatchObject({ operation: 'update', isProtected: true });
  });

  it('is aggregated as is said', () => {
    const aggregated = (name: string): Partial<RbacObject> => ({
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { name } }] },
    });
    const existing = role([rule('get', 'pods')], aggregated('a'));
    expect(plan(existing, role([], aggregated('b')), keep).object.aggregationRule?.clusterRoleSelectors).toHaveLength(
      2,
    );
    expect(plan(existing, role([], aggregated('b')), remove).object.aggregationRule?.clusterRoleSelectors).toHaveLength(
      1,
    );
    expect(plan(existing, role([], aggregated('a')), remove).operation).toBe('none');
    expect(plan(existing, role([]), keep).object.aggregationRule).toBeUndefined();
  });
});

describe('a binding', () => {
  const group = 'rbac.authorization.k8s.io';
  const user = (name: string): Subject => ({ kind: 'User', apiGroup: group, name });
  const binding = (subjects: readonly Subject[], to = 'r'): RbacObject => ({
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'b' },
    subjects,
    roleRef: { apiGroup: group, kind: 'Role', name: to },
  });

  it('gains subjects, and loses others only if that is asked for', () => {
    const existing = binding([user('a'), user('b')]);
    const expected = binding([user('b'), user('c'), user('c')]);
    const kept = plan(existing, expected, keep);
    expect(kept.object.subjects).toEqual([user('a'), user('b'), user('c')]);
    const removed = plan(existing, expected, remove);
    expect([removed.object.subjects, removed.extraSubjects]).toEqual([expected.subjects, [user('a')]]);
  });

  it('is made anew when it is to bind another role', () => {
    expect(plan(binding([user('a')]), binding([user('a')], 'other'), keep).operation).toBe('recreate');
  });
});
