/**
 * What a Deployment remembers on its ReplicaSets: revision numbers, the history of them, and for which size of the
 * Deployment a ReplicaSet was sized (k8s.io/kubernetes/pkg/controller/deployment/util). All pure.
 */
import type { V1Deployment, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import { annotationsOf, createdMs, nameOf } from '../runtime/metadata.ts';
import { sameTemplate } from '../workload/pod-template.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
/** Where a rollback asked for through the API of old is kept. */
export const ROLLBACK_TO = 'deprecated.deployment.rollback.to';

const HISTORY_CHARACTERS_MAX = 2000;
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  ROLLBACK_TO,
]);

/** 0 when the ReplicaSet has none, or one that is no number. */
export function revisionOf(replicaSet: V1ReplicaSet): number {
  return wholeNumber(annotationsOf(replicaSet)[REVISION]) ?? 0;
}

export function maxRevision(replicaSets: readonly V1ReplicaSet[]): number {
  return replicaSets.reduce((max, replicaSet) => Math.max(max, revisionOf(replicaSet)), 0);
}

/** A non-negative 32-bit number in an annotation. */
export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 0x7fffffff ? value : undefined;
}

/** Oldest first, by name among those of one second. */
export function byAge(a: V1ReplicaSet, b: V1ReplicaSet): number {
  return createdMs(a) - createdMs(b) || (nameOf(a) < nameOf(b) ? -1 : 1);
}

/** The ReplicaSet that makes the Deployment's pods; of several, the oldest, so that every look finds the same. */
export function findNewReplicaSet(
  deployment: V1Deployment,
  replicaSets: readonly V1ReplicaSet[],
): V1ReplicaSet | undefined {
  return [...replicaSets]
    .sort(byAge)
    .find((replicaSet) => sameTemplate(replicaSet.spec?.template, deployment.spec?.template));
}

/** The annotations of the new ReplicaSet: the Deployment's own, and its revision, which becomes `revision` if that is higher. */
export function annotationsForNew(
  deployment: V1Deployment,
  current: Readonly<Record<string, string>>,
  revision: number,
): Record<string, string> {
  const annotations: Record<string, string> = { ...current };
  for (const [key, value] of Object.entries(annotationsOf(deployment))) {
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  }
  const before = current[REVISION];
  const beforeNumber = before === undefined || before === '' ? 0 : wholeNumber(before);
  if (beforeNumber === undefined || beforeNumber >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before !== undefined) extendHistory(annotations, before);
  return annotations;
}

/** A rollback gives a ReplicaSet a new number: the numbers it had are kept, the oldest dropped when they grow too long. */
function extendHistory(annotations: Record<string, string>, revision: string): void {
  const history = annotations[REVISION_HISTORY] ?? '';
  const revisions = history === '' ? [] : history.split(',');
  revisions.push(revision);
  while (revisions.join(',').length > HISTORY_CHARACTERS_MAX && revisions.length > 1) revisions.shift();
  annotations[REVISION_HISTORY] = revisions.join(',');
}

/** After a rollback the Deployment carries the annotations of the ReplicaSet it went back to. */
export function annotationsAfterRollback(deployment: V1Deployment, target: V1ReplicaSet): Record<string, string> {
  const kept = Object.entries(annotationsOf(deployment)).filter(([key]) => NOT_COPIED.has(key));
  const taken = Object.entries(annotationsOf(target)).filter(([key]) => !NOT_COPIED.has(key));
  return Object.fromEntries([...kept, ...taken]);
}
