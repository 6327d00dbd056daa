import { describe, expect, it } from 'vitest';
import { staleAggregations } from '../../../../apiserver/auth/rbac/aggregation.ts';
import { defaultPolicy } from '../../../../apiserver/auth/rbac/defaults/default-policy.ts';
import { RbacIndex } from '../../../../apiserver/auth/rbac/rbac-index.ts';
import { carryOutPolicy, type PolicyChange, planPolicy } from '../../../../apiserver/auth/rbac/reconcile.ts';
import type { BindingObject, RoleObject } from '../../../../apiserver/auth/rbac/rules.ts';
import { copyValue, deepFreeze } from '../../../../apiserver/machinery/copy-value.ts';
import type { KubeObject } from '../../../../apiserver/machinery/resource-row.ts';

const policy = defaultPolicy();

/** The objects there are, as a cache has them: frozen. */
class Objects {
  readonly map = new Map<string, KubeObject>();
  readonly writes: string[] = [];

  find(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.map.get(`${resource}/${namespace ?? ''}/${name}`);
  }

  edit(resource: string, name: string, change: (object: RoleObject & BindingObject) => void): void {
    const object = copyValue(this.find(resource, undefined, name)) as RoleObject & BindingObject;
    change(object);
    this.put(resource, object);
  }

  put(resource: string, object: KubeObject): void {
    this.map.set(
      `${resource}/${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      deepFreeze(copyValue(object)),
    );
  }

  async ensure(): Promise<PolicyChange[]> {
    const changes = planPolicy(policy, this);
    const write = (verb: string) => async (resource: { resource: string }, object: KubeObject) => {
      this.writes.push(`${verb} ${resource.resource} ${object.metadata.name}`);
      this.put(resource.resource, object);
    };
    await carryOutPolicy(changes, {
      create: write('create'),
      update: write('update'),
      delete: async ({ resource }, namespace, name) => {
        this.writes.push(`delete ${resource} ${name}`);
        this.map.delete(`${resource}/${namespace ?? ''}/${name}`);
      },
    });
    return changes;
  }
}

async function started(): Promise<Objects> {
  const objects = new Objects();
  await objects.ensure();
  objects.writes.length = 0;
  return objects;
}

describe('reconciliation at start', () => {
  it('makes everything once, aggregated roles with their rules', async () => {
    const objects = new Objects();
    const changes = await objects.ensure();
    expect(new Set(changes.map(({ type }) => type))).toEqual(new Set(['create']));
    expect(objects.map.size).toBe(70 + 51 + 7 + 7);
    expect((objects.find('clusterroles', undefined, 'view') as RoleObject).rules?.length).toBe(12);
    expect(await objects.ensure()).toEqual([]);
  });

  it('gives lost rights back and keeps what was added', async () => {
    const objects = await started();
    objects.edit('clusterroles', 'system:kube-dns', (role) => {
      role.rules = [
        { verbs: ['list'], apiGroups: [''], resources: ['endpoints', 'services'] },
        { verbs: ['get'], apiGroups: ['example.com'], resources: ['zones'] },
      ];
      role.metadata.labels = { mine: 'yes' };
    });
    await objects.ensure();
    const role = objects.find('clusterroles', undefined, 'system:kube-dns') as RoleObject;
    expect(role.rules).toEqual([
      { verbs: ['list'], apiGroups: [''], resources: ['endpoints', 'services'] },
      { verbs: ['get'], apiGroups: ['example.com'], resources: ['zones'] },
      { verbs: ['watch'], apiGroups: [''], resources: ['endpoints'] },
      { verbs: ['watch'], apiGroups: [''], resources: ['services'] },
    ]);
    expect(role.metadata.labels).toEqual({ mine: 'yes', 'kubernetes.io/bootstrapping': 'rbac-defaults' });
    expect(objects.writes).toEqual(['update clusterroles system:kube-dns']);
  });

  it('gives lost subjects back, and makes a binding to another role anew', async () => {
    const objects = await started();
    objects.edit('clusterrolebindings', 'system:public-info-viewer', (binding) => {
      binding.subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'me' }];
    });
    objects.edit('clusterrolebindings', 'system:discovery', (binding) => {
      binding.roleRef = { ...binding.roleRef, name: 'cluster-admin' };
    });
    await objects.ensure();
    expect(objects.writes).toEqual(
      [
        'delete clusterrolebindings system:discovery',
        'update clusterrolebindings system:public-info-viewer',
        'create clusterrolebindings system:discovery',
      ].sort((a, b) => (a.startsWith('create') ? 1 : b.startsWith('create') ? -1 : 0)),
    );
    const binding = objects.find('clusterrolebindings', undefined, 'system:public-info-viewer') as BindingObject;
    expect(binding.subjects?.map(({ name }) => name)).toEqual(['me', 'system:authenticated', 'system:unauthenticated']);
  });

  it('leaves alone what says so', async () => {
    const objects = await started();
    objects.edit('clusterroles', 'system:kube-dns', (role) => {
      role.rules = [];
      role.metadata.annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    });
    expect(await objects.ensure()).toEqual([]);
  });

  it('an aggregated role keeps the rules that it collected', async () => {
    const objects = await started();
    objects.edit('clusterroles', 'view', (role) => {
      role.rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['zones'] }];
    });
    expect(await objects.ensure()).toEqual([]);
  });
});

describe('aggregation', () => {
  it('notices a role that was labelled, through every level', () => {
    const index = new RbacIndex();
    for (const role of policy.clusterRoles) index.putRole(role);
    for (const { role, rules } of staleAggregations(index)) index.putRole({ ...role, rules });
    expect(staleAggregations(index)).toEqual([]);
    const zones = { verbs: ['get'], apiGroups: ['example.com'], resources: ['zones'] };
    index.putRole({
      metadata: { name: 'zones', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [zones],
    });
    const stale = staleAggregations(index);
    expect(stale.map(({ role }) => role.metadata.name).sort()).toEqual(['admin', 'edit', 'view']);
    for (const { rules } of stale) expect(rules).toContainEqual(zones);
  });
});
