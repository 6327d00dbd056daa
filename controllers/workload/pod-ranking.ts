/**
 * Which pods a controller that has too many takes away first (k8s.io/kubernetes/pkg/controller: ActivePodsWithRanks):
 * those that cost least. Not yet placed before placed, pending before running, not ready before ready, cheaper by
 * annotation, more crowded on its node, ready for a shorter time, restarted more often, younger. Times are compared by
 * the power of two of their age, so that among pods of about one age the choice is arbitrary and spreads.
 */
import type { V1Pod } from '../../generated/kubernetes.d.ts';
import { annotationsOf, createdMs, uidOf } from '../runtime/metadata.ts';
import { isPodActive, isPodReady, podReadySinceMs, podRestartsMax } from './pod-state.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

interface Ranked {
  readonly pod: V1Pod;
  readonly placed: boolean;
  readonly phase: number;
  readonly ready: boolean;
  readonly cost: number;
  readonly crowd: number;
  readonly readySinceMs: number | undefined;
  readonly restarts: number;
  readonly createdMs: number;
}

/**
 * @param pods the controller's active pods
 * @param related pods whose presence on a node makes it crowded: those of all ReplicaSets of one Deployment
 * @returns `count` of `pods`, the first to go first
 */
export function podsToDelete(
  pods: readonly V1Pod[],
  related: readonly V1Pod[],
  count: number,
  nowMs: number,
): readonly V1Pod[] {
  return count >= pods.length ? pods : rankForDeletion(pods, related, nowMs).slice(0, count);
}

/** All of `pods`, the first to go first. */
export function rankForDeletion(pods: readonly V1Pod[], related: readonly V1Pod[], nowMs: number): readonly V1Pod[] {
  const crowds = new Map<string, number>();
  for (const pod of related) {
    if (!isPodActive(pod)) continue;
    const node = pod.spec?.nodeName ?? '';
    crowds.set(node, (crowds.get(node) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => rank(pod, crowds.get(pod.spec?.nodeName ?? '') ?? 0));
  ranked.sort((a, b) => compare(a, b, nowMs));
  return ranked.map(({ pod }) => pod);
}

function rank(pod: V1Pod, crowd: number): Ranked {
  return {
    pod,
    placed: (pod.spec?.nodeName ?? '') !== '',
    phase: PHASE_ORDER[pod.status?.phase ?? ''] ?? 0,
    ready: isPodReady(pod),
    cost: deletionCost(pod),
    crowd,
    readySinceMs: podReadySinceMs(pod),
    restarts: podRestartsMax(pod),
    createdMs: createdMs(pod),
  };
}

/** Negative when `a` goes before `b`. */
function compare(a: Ranked, b: Ranked, nowMs: number): number {
  if (a.placed !== b.placed) return a.placed ? 1 : -1;
  if (a.phase !== b.phase) return a.phase - b.phase;
  if (a.ready !== b.ready) return a.ready ? 1 : -1;
  if (a.cost !== b.cost) return a.cost - b.cost;
  if (a.crowd !== b.crowd) return b.crowd - a.crowd;
  if (a.ready && a.readySinceMs !== b.readySinceMs) {
    return compareAges(a.readySinceMs ?? nowMs, b.readySinceMs ?? nowMs, a, b, nowMs);
  }
  if (a.restarts !== b.restarts) return b.restarts - a.restarts;
  if (a.createdMs !== b.createdMs) return compareAges(a.createdMs, b.createdMs, a, b, nowMs);
  return 0;
}

function compareAges(aMs: number, bMs: number, a: Ranked, b: Ranked, nowMs: number): number {
  const difference = ageRank(nowMs - aMs) - ageRank(nowMs - bMs);
  if (difference !== 0) return difference;
  return uidOf(a.pod) < uidOf(b.pod) ? -1 : 1;
}

/** The power of two of an age in nanoseconds, as upstream counts. */
function ageRank(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function deletionCost(pod: V1Pod): number {
  const cost = annotationsOf(pod)[DELETION_COST];
  return cost !== undefined && /^-?[0-9]{1,10}$/.test(cost) ? Number(cost) : 0;
}
