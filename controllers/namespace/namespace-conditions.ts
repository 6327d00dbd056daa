/** What a namespace says about its deletion (k8s.io/kubernetes/pkg/controller/namespace/deletion). Pure. */
import { timestamp } from '../../base/clock.ts';
import type { V1NamespaceCondition } from '../../generated/kubernetes.d.ts';
import type { ResourceRef } from '../runtime/client.ts';

/** What was found of one resource after its objects were deleted. */
export interface Remains {
  readonly ref: ResourceRef;
  readonly count: number;
  readonly finalizers: ReadonlyMap<string, number>;
}

const OK: Readonly<Record<string, readonly [reason: string, message: string]>> = {
  NamespaceDeletionDiscoveryFailure: ['ResourcesDiscovered', 'All resources successfully discovered'],
  NamespaceDeletionGroupVersionParsingFailure: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  NamespaceDeletionContentFailure: [
    'ContentDeleted',
    'All content successfully deleted, may be waiting on finalization',
  ],
  NamespaceContentRemaining: ['ContentRemoved', 'All content successfully removed'],
  NamespaceFinalizersRemaining: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
};

/** @returns all conditions, or undefined when they say already what there is to say */
export function deletionConditions(
  before: readonly V1NamespaceCondition[],
  remains: readonly Remains[],
  failures: readonly string[],
  nowMs: number,
): V1NamespaceCondition[] | undefined {
  const found = new Map<string, readonly [reason: string, message: string]>();
  const left = remains.filter(({ count }) => count > 0);
  if (left.length > 0) {
    const parts = left.map(({ ref, count }) => `${ref.resource}.${ref.group} has ${count} resource instances`).sort();
    found.set('NamespaceContentRemaining', [
      'SomeResourcesRemain',
      `Some resources are remaining: ${parts.join(', ')}`,
    ]);
  }
  const finalizers = new Map<string, number>();
  for (const each of left) {
    for (const [name, count] of each.finalizers) finalizers.set(name, (finalizers.get(name) ?? 0) + count);
  }
  if (finalizers.size > 0) {
    const parts = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).sort();
    const message = `Some content in the namespace has finalizers remaining: ${parts.join(', ')}`;
    found.set('NamespaceFinalizersRemaining', ['SomeFinalizersRemain', message]);
  }
  if (failures.length > 0) {
    const all = [...failures].sort().join(', ');
    const message = `Failed to delete all resource types, ${failures.length} remaining: ${all}`;
    found.set('NamespaceDeletionContentFailure', ['ContentDeletionFailed', message]);
  }
  return merge(before, found, nowMs);
}

function merge(
  before: readonly V1NamespaceCondition[],
  found: ReadonlyMap<string, readonly [reason: string, message: string]>,
  nowMs: number,
): V1NamespaceCondition[] | undefined {
  const conditions = [...before];
  let changed = false;
  for (const [type, ok] of Object.entries(OK)) {
    const bad = found.get(type);
    const status = bad === undefined ? 'False' : 'True';
    const [reason, message] = bad ?? ok;
    const at = conditions.findIndex((condition) => condition.type === type);
    const old = conditions[at];
    if (old?.status === status && old.reason === reason && old.message === message) continue;
    changed = true;
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : timestamp(nowMs);
    const condition = { type, status, lastTransitionTime, reason, message };
    if (old === undefined) conditions.push(condition);
    else conditions[at] = condition;
  }
  return changed ? conditions : undefined;
}
