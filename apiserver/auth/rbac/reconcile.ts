/**
 * The default roles and bindings at every start: what is missing is made, what lost rights gets them back, what an
 * operator added stays, and what is annotated `autoupdate: "false"` is left alone
 * (component-helpers/auth/rbac/reconciliation). A pure plan, and the loop that carries it out.
 */
import { copyValue, equalValues } from '../../machinery/copy-value.ts';
import type { GroupResource, KubeObject } from '../../machinery/resource-row.ts';
import { aggregatedRules } from './aggregation.ts';
import type { DefaultPolicy } from './defaults/default-policy.ts';
import { RBAC_GROUP } from './rbac-source.ts';
import { type BindingObject, type RoleObject, type Subject, uncovered } from './rules.ts';

const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

export type PolicyResource = 'clusterroles' | 'clusterrolebindings' | 'roles' | 'rolebindings';

export interface PolicyChange {
  /** `recreate`: a binding to another role, which cannot be changed. */
  readonly type: 'create' | 'update' | 'recreate';
  readonly resource: PolicyResource;
  readonly object: KubeObject;
}

export interface PolicyLookup {
  find(resource: PolicyResource, namespace: string | undefined, name: string): KubeObject | undefined;
}

export interface PolicyWriter {
  create(resource: GroupResource, object: KubeObject): Promise<unknown>;
  update(resource: GroupResource, object: KubeObject): Promise<unknown>;
  delete(resource: GroupResource, namespace: string | undefined, name: string): Promise<unknown>;
}

/** What must be written so that everything in `policy` is there; empty on every start but the first. */
export function planPolicy(policy: DefaultPolicy, existing: PolicyLookup): PolicyChange[] {
  const changes: PolicyChange[] = [];
  const plan = <T extends KubeObject>(
    resource: PolicyResource,
    wanted: readonly T[],
    change: (wanted: T, found: T) => PolicyChange['type'] | undefined,
  ): void => {
    for (const each of wanted) {
      const found = existing.find(resource, each.metadata.namespace, each.metadata.name ?? '');
      if (found === undefined) {
        changes.push({ type: 'create', resource, object: withRules(each, policy) });
        continue;
      }
      if (found.metadata.annotations?.[AUTO_UPDATE] === 'false') continue;
      const object = copyValue(found) as T;
      const type = change(each, object);
      if (type !== undefined) changes.push({ type, resource, object: type === 'recreate' ? each : object });
    }
  };
  plan('clusterroles', policy.clusterRoles, repairRole);
  plan('clusterrolebindings', policy.clusterRoleBindings, repairBinding);
  plan('roles', policy.roles, repairRole);
  plan('rolebindings', policy.roleBindings, repairBinding);
  return changes;
}

/** All at once; the store orders them. Rejects with the first failure once every write has settled. */
export async function carryOutPolicy(changes: readonly PolicyChange[], writer: PolicyWriter): Promise<void> {
  const outcomes = await Promise.allSettled(
    changes.map(async ({ type, resource, object }) => {
      const which = { group: RBAC_GROUP, resource };
      if (type === 'update') return writer.update(which, object);
      if (type === 'recreate') await writer.delete(which, object.metadata.namespace, object.metadata.name ?? '');
      return writer.create(which, copyValue(object));
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Changes `found` so that it has at least what `wanted` has; says whether anything was missing. */
function repairRole(wanted: RoleObject, found: RoleObject): 'update' | undefined {
  let changed = mergeMetadata(wanted, found);
  const missing = uncovered(found.rules ?? [], wanted.rules ?? []);
  if (missing.length > 0) {
    found.rules = [...(found.rules ?? []), ...missing];
    changed = true;
  }
  if (wanted.aggregationRule === undefined) {
    if (found.aggregationRule !== undefined) {
      delete found.aggregationRule;
      changed = true;
    }
  } else {
    const have = found.aggregationRule?.clusterRoleSelectors ?? [];
    const lost = (wanted.aggregationRule.clusterRoleSelectors ?? []).filter(
      (selector) => !have.some((each) => equalValues(each, selector)),
    );
    if (lost.length > 0) {
      found.aggregationRule = { clusterRoleSelectors: [...have, ...lost] };
      changed = true;
    }
  }
  return changed ? 'update' : undefined;
}

function repairBinding(wanted: BindingObject, found: BindingObject): 'update' | 'recreate' | undefined {
  if (!equalValues(wanted.roleRef, found.roleRef)) return 'recreate';
  let changed = mergeMetadata(wanted, found);
  const have = found.subjects ?? [];
  const missing = (wanted.subjects ?? []).filter((subject) => !have.some((each) => sameSubject(each, subject)));
  if (missing.length > 0) {
    found.subjects = [...have, ...missing];
    changed = true;
  }
  return changed ? 'update' : undefined;
}

function sameSubject(a: Subject, b: Subject): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    (a.namespace ?? '') === (b.namespace ?? '') &&
    (a.apiGroup ?? '') === (b.apiGroup ?? '')
  );
}

/** What the operator set wins; what is missing is added. */
function mergeMetadata(wanted: KubeObject, found: KubeObject): boolean {
  const labels = { ...wanted.metadata.labels, ...found.metadata.labels };
  const annotations = { ...wanted.metadata.annotations, ...found.metadata.annotations };
  if (equalValues(labels, found.metadata.labels ?? {}) && equalValues(annotations, found.metadata.annotations ?? {})) {
    return false;
  }
  found.metadata.labels = labels;
  found.metadata.annotations = annotations;
  return true;
}

/** An aggregated role is born with its rules, so that it serves before any controller runs. */
function withRules<T extends KubeObject>(wanted: T, policy: DefaultPolicy): T {
  if (!('aggregationRule' in wanted)) return wanted;
  return { ...wanted, rules: aggregatedRules(wanted as RoleObject, policy.clusterRoles) };
}
