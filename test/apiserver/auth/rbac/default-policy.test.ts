import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { aggregatedRules } from '../../../../apiserver/auth/rbac/aggregation.ts';
import { defaultPolicy } from '../../../../apiserver/auth/rbac/defaults/default-policy.ts';
import type { BindingObject, RoleObject } from '../../../../apiserver/auth/rbac/rules.ts';

/** What a real kube-apiserver 1.36.2 made; not part of this repository. */
const recorded = path.join(import.meta.dirname, '../../../../../shared/reference/recorded');
const policy = defaultPolicy();

/** In the recording but made by a conformance test, not by the server. */
const NOT_DEFAULT: ReadonlySet<string> = new Set(['crd-conversion-webhook-auth-reader']);

type Shown = RoleObject | BindingObject;

function byKey(objects: readonly object[]): Record<string, unknown> {
  const shown = (objects as readonly Shown[]).map((object) => {
    const { apiVersion: _version, kind: _kind, ...rest } = object;
    const { metadata } = object;
    return [`${metadata.namespace ?? ''}/${metadata.name}`, JSON.parse(JSON.stringify(rest))] as const;
  });
  return Object.fromEntries(shown.filter(([key]) => !NOT_DEFAULT.has(key.split('/')[1] ?? '')));
}

function withAggregation(roles: readonly RoleObject[]): RoleObject[] {
  return roles.map((role) =>
    role.aggregationRule === undefined ? role : { ...role, rules: aggregatedRules(role, roles) },
  );
}

describe.skipIf(!fs.existsSync(recorded))('the default policy is that of kube-apiserver 1.36', () => {
  const read = (name: string): object[] => JSON.parse(fs.readFileSync(path.join(recorded, `${name}.json`), 'utf8'));

  it.each([
    ['clusterroles', withAggregation(policy.clusterRoles)],
    ['clusterrolebindings', policy.clusterRoleBindings],
    ['roles', policy.roles],
    ['rolebindings', policy.roleBindings],
  ] as const)('%s', (name, ours) => {
    expect(byKey(ours)).toEqual(byKey(read(name)));
  });
});

describe('the default policy', () => {
  it('has every object once, and binds only roles that it has', () => {
    const names = policy.clusterRoles.map(({ metadata }) => metadata.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { roleRef } of policy.clusterRoleBindings) expect(names).toContain(roleRef.name);
    for (const { roleRef, metadata } of policy.roleBindings) {
      expect(
        policy.roles.some(
          (role) => role.metadata.name === roleRef.name && role.metadata.namespace === metadata.namespace,
        ),
      ).toBe(true);
    }
  });

  it('keeps every rule sorted, as upstream stores it', () => {
    for (const { rules, metadata } of [...policy.clusterRoles, ...policy.roles]) {
      for (const { verbs, resources = [], nonResourceURLs = [] } of rules ?? []) {
        for (const list of [verbs, resources, nonResourceURLs])
          expect([metadata.name, [...list].sort()]).toEqual([metadata.name, list]);
      }
    }
  });
});
