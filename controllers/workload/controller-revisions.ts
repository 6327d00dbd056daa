/**
 * ControllerRevisions: the templates that a DaemonSet or StatefulSet has had, numbered
 * (k8s.io/kubernetes/pkg/controller/history). The current one is the one that holds what the spec says now; going back to
 * an old template gives its revision the highest number.
 */
import type { V1ControllerRevision } from '../../generated/kubernetes.d.ts';
import { type ApiObject, type Client, isAlreadyExists, isNotFound, type ResourceRef } from '../runtime/client.ts';
import { annotationsOf, nameOf, namespaceOf } from '../runtime/metadata.ts';
import { controllerReference } from '../runtime/owner-references.ts';
import { controllerRevisions } from '../runtime/resources.ts';
import { templateHash } from './pod-template.ts';
import { semanticEqual } from './semantic-equal.ts';

export interface RevisionOwner {
  readonly ref: ResourceRef;
  readonly object: ApiObject;
  readonly collisionCount: number | undefined;
  /** What is kept of the spec: a patch that brings it back. */
  readonly data: unknown;
  /** Labels of the revision, given the hash of its data. */
  labels(hash: string): Record<string, string>;
}

export interface RevisionPlan {
  /** The revision that holds the spec as it is now, if there is one. */
  readonly current: V1ControllerRevision | undefined;
  readonly old: readonly V1ControllerRevision[];
  /** The number that the current revision should have. */
  readonly number: number;
}

/** Pure. Of several revisions with the current data, the one with the highest number counts; the others are old. */
export function planRevisions(data: unknown, revisions: readonly V1ControllerRevision[]): RevisionPlan {
  const ordered = sortRevisions(revisions);
  const current = ordered.findLast((revision) => holds(revision, data));
  const old = ordered.filter((revision) => revision !== current);
  const highest = old.reduce((max, { revision }) => Math.max(max, revision), 0);
  return { current, old, number: current === undefined ? highest + 1 : Math.max(current.revision, highest + 1) };
}

export function sortRevisions(revisions: readonly V1ControllerRevision[]): V1ControllerRevision[] {
  return [...revisions].sort((a, b) => a.revision - b.revision || (nameOf(a) < nameOf(b) ? -1 : 1));
}

export function holds(revision: V1ControllerRevision, data: unknown): boolean {
  return semanticEqual(revision.data, data);
}

/**
 * Makes the current revision what the plan says: creates it, or raises its number.
 * @returns it, or 'collision' when its name is taken by other data: then collisionCount must go up
 */
export async function ensureRevision(
  client: Client,
  owner: RevisionOwner,
  plan: RevisionPlan,
): Promise<V1ControllerRevision | 'collision'> {
  if (plan.current !== undefined) {
    if (plan.current.revision === plan.number) return plan.current;
    return client.update<V1ControllerRevision>(controllerRevisions, { ...plan.current, revision: plan.number });
  }
  const wanted = newRevision(owner, plan.number);
  try {
    return await client.create<V1ControllerRevision>(controllerRevisions, wanted);
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
    const found = await client.get<V1ControllerRevision>(controllerRevisions, nameOf(wanted), namespaceOf(wanted));
    return holds(found, owner.data) ? found : 'collision';
  }
}

/** Deletes the oldest of `old` that no pod is made from, until `limit` are left. */
export async function trimRevisions(
  client: Client,
  old: readonly V1ControllerRevision[],
  limit: number,
  isLive: (revision: V1ControllerRevision) => boolean,
): Promise<void> {
  for (const revision of revisionsToTrim(old, limit, isLive)) {
    try {
      await client.delete(controllerRevisions, nameOf(revision), namespaceOf(revision));
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
  }
}

/** Pure. */
export function revisionsToTrim(
  old: readonly V1ControllerRevision[],
  limit: number,
  isLive: (revision: V1ControllerRevision) => boolean,
): readonly V1ControllerRevision[] {
  const excess = old.length - limit;
  if (excess <= 0) return [];
  return sortRevisions(old)
    .filter((revision) => !isLive(revision))
    .slice(0, excess);
}

function newRevision(owner: RevisionOwner, number: number): V1ControllerRevision {
  const hash = templateHash(owner.data, owner.collisionCount);
  const annotations = annotationsOf(owner.object);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${nameOf(owner.object).slice(0, 223)}-${hash}`,
      namespace: namespaceOf(owner.object),
      labels: owner.labels(hash),
      annotations: { ...annotations },
      ownerReferences: [controllerReference(owner.ref, owner.object)],
    },
    data: owner.data as NonNullable<V1ControllerRevision['data']>,
    revision: number,
  };
}
