/**
 * What must be done to a role or a binding so that it grants what another says. Pure. By default what is missing is added
 * and nothing is taken away; a binding that names another role cannot be changed and is made anew.
 */
import type { KubeObject } from '../documents.ts';
import { goJson, sortedKeys } from '../printers/objects.ts';
import type { PolicyRule } from './policy-rules.ts';
import { uncovered } from './rule-cover.ts';

const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

export interface Subject {
  readonly kind?: string;
  readonly apiGroup?: string;
  readonly name?: string;
  readonly namespace?: string;
}

type LabelSelector = Readonly<Record<string, unknown>>;

export interface RbacObject extends KubeObject {
  rules?: readonly PolicyRule[] | null;
  aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
  subjects?: readonly Subject[] | null;
  roleRef?: Readonly<Record<string, string>>;
}

export type Operation = 'none' | 'create' | 'update' | 'recreate';

export interface Reconciliation {
  /** As it is to be. */
  readonly object: RbacObject;
  readonly operation: Operation;
  /** An annotation keeps it as it is. */
  readonly isProtected: boolean;
  readonly missingRules: readonly PolicyRule[];
  readonly extraRules: readonly PolicyRule[];
  readonly missingSubjects: readonly Subject[];
  readonly extraSubjects: readonly Subject[];
}

/** Whether what the expected object does not have is taken away. */
export interface RemoveExtra {
  readonly permissions: boolean;
  readonly subjects: boolean;
}

export function plan(existing: RbacObject | undefined, expected: RbacObject, remove: RemoveExtra): Reconciliation {
  const nothing = { missingRules: [], extraRules: [], missingSubjects: [], extraSubjects: [] };
  if (existing === undefined) {
    return {
      ...nothing,
      object: expected,
      operation: 'create',
      isProtected: false,
      missingRules: expected.rules ?? [],
      missingSubjects: expected.subjects ?? [],
    };
  }
  const isProtected = existing.metadata.annotations?.[AUTO_UPDATE] === 'false';
  if (expected.roleRef !== undefined && !same(expected.roleRef, existing.roleRef))
    return { ...nothing, object: expected, operation: 'recreate', isProtected };
  const object = structuredClone(existing);
  const described = describe(object, expected);
  const changed =
    expected.roleRef === undefined
      ? role(object, existing, expected, remove)
      : binding(object, existing, expected, remove);
  const operation = described || changed.isChanged ? 'update' : 'none';
  const { isChanged: _, ...differences } = changed;
  return { ...nothing, ...differences, object, operation, isProtected };
}

/** Adds labels and annotations; what is there already stays as it is. */
function describe(object: RbacObject, { metadata }: RbacObject): boolean {
  let isChanged = false;
  for (const field of ['labels', 'annotations'] as const) {
    const merged = { ...metadata[field], ...object.metadata[field] };
    if (same(merged, object.metadata[field] ?? {})) continue;
    object.metadata[field] = merged;
    isChanged = true;
  }
  return isChanged;
}

function role(object: RbacObject, existing: RbacObject, expected: RbacObject, remove: RemoveExtra) {
  const [had, wanted] = [existing.rules ?? [], expected.rules ?? []];
  const bothAggregated = existing.aggregationRule !== undefined && expected.aggregationRule !== undefined;
  const extraRules = bothAggregated ? [] : uncovered(wanted, had);
  const missingRules = uncovered(had, wanted);
  let isChanged = false;
  if (remove.permissions ? missingRules.length + extraRules.length > 0 : missingRules.length > 0) {
    object.rules = remove.permissions ? wanted : [...had, ...missingRules];
    isChanged = true;
  }
  return { missingRules, extraRules, isChanged: aggregate(object, existing, expected, remove) || isChanged };
}

function aggregate(object: RbacObject, existing: RbacObject, expected: RbacObject, remove: RemoveExtra): boolean {
  const had = existing.aggregationRule?.clusterRoleSelectors ?? [];
  const wanted = expected.aggregationRule?.clusterRoleSelectors ?? [];
  if (expected.aggregationRule === undefined) {
    delete object.aggregationRule;
    return existing.aggregationRule !== undefined;
  }
  const missing = without(wanted, had);
  const extra = without(had, wanted);
  if (remove.permissions ? missing.length + extra.length === 0 : missing.length === 0) return false;
  object.aggregationRule = remove.permissions
    ? expected.aggregationRule
    : { ...existing.aggregationRule, clusterRoleSelectors: [...had, ...missing] };
  return true;
}

function binding(object: RbacObject, existing: RbacObject, expected: RbacObject, remove: RemoveExtra) {
  const [had, wanted] = [(existing.subjects ?? []).map(whole), (expected.subjects ?? []).map(whole)];
  const missingSubjects = distinct(without(wanted, had));
  const extraSubjects = distinct(without(had, wanted));
  const isChanged = remove.subjects ? missingSubjects.length + extraSubjects.length > 0 : missingSubjects.length > 0;
  if (isChanged) object.subjects = remove.subjects ? wanted : [...had, ...missingSubjects];
  return { missingSubjects, extraSubjects, isChanged };
}

/** A subject as the server defaults it: users and groups are of the group of roles. kubectl adds those anew each time. */
function whole(subject: Subject): Subject {
  const { kind, apiGroup = '' } = subject;
  return apiGroup === '' && (kind === 'User' || kind === 'Group')
    ? { ...subject, apiGroup: 'rbac.authorization.k8s.io' }
    : subject;
}

const text = (value: unknown): string => goJson(sortedKeys(value));
const same = (one: unknown, other: unknown): boolean => text(one) === text(other);
const without = <T>(all: readonly T[], others: readonly T[]): T[] =>
  all.filter((each) => !others.some((other) => same(each, other)));
const distinct = <T>(all: readonly T[]): T[] =>
  all.filter((each, at) => all.findIndex((one) => same(one, each)) === at);
