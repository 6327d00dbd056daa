import { describe, expect, it } from 'vitest';
import { clusterRoleRow } from '../../../../apiserver/resources/rbac/cluster-role.ts';
import { clusterRoleBindingRow } from '../../../../apiserver/resources/rbac/cluster-role-binding.ts';
import { roleRow } from '../../../../apiserver/resources/rbac/role.ts';
import { roleBindingRow } from '../../../../apiserver/resources/rbac/role-binding.ts';
import { cellsOf, defaulted, refused, updateRefused } from '../row-fixture.ts';

const GROUP = 'rbac.authorization.k8s.io';
const readPods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const admin = { kind: 'ClusterRole', name: 'admin' };

describe('roles', () => {
  it.each([
    ['nothing', [], []],
    ['a resource rule', [readPods], []],
    [
      'an empty rule',
      [{}],
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    ],
    [
      'URLs beside resources',
      [readPods, { ...readPods, nonResourceURLs: ['/healthz'] }],
      [
        'rules[1].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
        'rules[1].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
      ],
    ],
  ])('judge the rules of a role: %s', (_, rules, complaints) => {
    expect(refused(roleRow, { rules })).toEqual(complaints);
    expect(updateRefused(roleRow, {}, { rules })).toEqual(complaints);
  });

  it('allow URLs in cluster roles alone', () => {
    expect(refused(clusterRoleRow, { rules: [{ nonResourceURLs: ['/healthz'], verbs: ['get'] }] })).toEqual([]);
  });

  it('judge the selectors of an aggregation, less so where an old one was wrong already', () => {
    expect(refused(clusterRoleRow, { aggregationRule: {} })).toEqual([
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
    const expression = { key: 'a', operator: 'In', values: ['-'] };
    const wrong = { aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [expression] }] } };
    const path = 'aggregationRule.clusterRoleSelectors[0]';
    const [badValue, unusable] = refused(clusterRoleRow, wrong);
    expect(badValue).toMatch(`${path}.matchExpressions[0].values[0]: Invalid value: "-": a valid label`);
    expect(unusable).toBe(`${path}: Invalid value: null: invalid label selector.`);
    expect(updateRefused(clusterRoleRow, wrong, wrong)).toEqual([unusable]);
  });

  it('may be called almost anything', () => {
    for (const row of [roleRow, clusterRoleRow, roleBindingRow, clusterRoleBindingRow]) {
      expect(row.nameRule).toBe('path');
    }
  });
});

describe('bindings', () => {
  it('fill in the API groups', () => {
    const subjects = [
      { kind: 'User', name: 'u' },
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ];
    expect(defaulted(roleBindingRow, { roleRef: admin, subjects })).toMatchObject({
      roleRef: { ...admin, apiGroup: GROUP },
      subjects: [{ apiGroup: GROUP }, { apiGroup: GROUP }, { kind: 'ServiceAccount', name: 's', namespace: 'n' }],
    });
  });

  it.each([
    [
      'another group',
      { roleRef: { ...admin, apiGroup: 'x' } },
      [`roleRef.apiGroup: Unsupported value: "x": supported values: "${GROUP}"`],
    ],
    [
      'another kind, no name',
      { roleRef: { kind: 'Pod' } },
      [
        'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"',
        'roleRef.name: Required value',
      ],
    ],
    [
      'a path for a name',
      { roleRef: { ...admin, name: 'a/b' } },
      [`roleRef.name: Invalid value: "a/b": may not contain '/'`],
    ],
    [
      'a nameless subject of no kind',
      { roleRef: admin, subjects: [{}] },
      [
        'subjects[0].name: Required value',
        'subjects[0].kind: Unsupported value: "": supported values: "ServiceAccount", "User", "Group"',
      ],
    ],
    [
      'subjects of wrong groups',
      {
        roleRef: admin,
        subjects: [
          { kind: 'User', name: 'u', apiGroup: 'x' },
          { kind: 'ServiceAccount', name: 's', apiGroup: GROUP },
        ],
      },
      [
        `subjects[0].apiGroup: Unsupported value: "x": supported values: "${GROUP}"`,
        `subjects[1].apiGroup: Unsupported value: "${GROUP}": supported values: ""`,
      ],
    ],
  ])('refuse %s', (_, binding, complaints) => {
    expect(refused(roleBindingRow, binding)).toEqual(complaints);
  });

  it('want a namespace of service accounts, and no roles, in a cluster role binding', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 's' }];
    expect(refused(roleBindingRow, { roleRef: admin, subjects })).toEqual([]);
    expect(refused(clusterRoleBindingRow, { roleRef: { kind: 'Role', name: 'r' }, subjects })).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].namespace: Required value',
    ]);
  });

  it('keep their role', () => {
    expect(updateRefused(roleBindingRow, { roleRef: admin }, { roleRef: { ...admin, name: 'edit' } })).toEqual([
      `roleRef: Invalid value: {"APIGroup":"${GROUP}","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef`,
    ]);
  });

  it('show role and subjects', () => {
    const subjects = [
      { kind: 'User', name: 'u' },
      { kind: 'User', name: 'v' },
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ];
    const metadata = { name: 'b', creationTimestamp: '2026-01-31T11:50:00Z' };
    expect(cellsOf(clusterRoleBindingRow, { metadata, roleRef: admin, subjects })).toEqual([
      'b',
      'ClusterRole/admin',
      '10m',
      'u, v',
      'g',
      'n/s',
    ]);
  });
});
