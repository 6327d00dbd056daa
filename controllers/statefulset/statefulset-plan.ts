/**
 * What to do about a StatefulSet (k8s.io/kubernetes/pkg/controller/statefulset/stateful_set_control.go). Pure.
 *
 * With OrderedReady one thing is done at a time: pods come in the order of their ordinals, each only when the one before it
 * is available; they go in the opposite order, and an update walks from the last to the first. With Parallel, pods come and go
 * without waiting; updates still wait, so that no more than maxUnavailable are away.
 */
import type { V1ControllerRevision, V1Pod, V1StatefulSet, V1StatefulSetStatus } from '../../generated/kubernetes.d.ts';
import { generationOf, isBeingDeleted, nameOf } from '../runtime/metadata.ts';
import { scaledValue } from '../workload/int-or-percent.ts';
import { isPodAvailable, isPodFinished, isPodReady } from '../workload/pod-state.ts';
import { newStatefulPod, ordinalOf, podRevision, startOrdinal, withIdentity } from './stateful-pods.ts';

export type StatefulAction =
  | { readonly type: 'create'; readonly pod: V1Pod; readonly ordinal: number }
  | { readonly type: 'delete'; readonly pod: V1Pod }
  | { readonly type: 'update'; readonly pod: V1Pod }
  /** The claims of a pod that cannot start without them, and the owners of the claims of each pod. */
  | { readonly type: 'claims'; readonly pod: V1Pod; readonly ordinal: number; readonly scaledAway: boolean };

export interface StatefulPlan {
  readonly actions: readonly StatefulAction[];
  readonly status: V1StatefulSetStatus;
  readonly words: string;
}

export interface StatefulPicture {
  readonly set: V1StatefulSet;
  readonly pods: readonly V1Pod[];
  /** The revision of the last complete rollout, and the newest one. */
  readonly current: V1ControllerRevision;
  readonly update: V1ControllerRevision;
  readonly nowMs: number;
}

export function planStatefulSet(picture: StatefulPicture): StatefulPlan {
  const { set } = picture;
  const status = statusOf(picture);
  if (isBeingDeleted(set)) return { actions: [], status, words: 'it is being deleted' };
  const { replicas, condemned } = arrange(picture);
  const ordered = set.spec?.podManagementPolicy !== 'Parallel';
  const actions: StatefulAction[] = [];
  const words: string[] = [];
  const wait =
    bringUp(picture, replicas, ordered, actions, words) ||
    takeDown(picture, replicas, condemned, ordered, actions, words);
  if (!wait) rollOut(picture, replicas, actions, words);
  return { actions, status, words: words.length === 0 ? 'nothing to do' : words.join(', ') };
}

interface Replica {
  readonly ordinal: number;
  readonly pod: V1Pod | undefined;
}

/** One place for each ordinal that should be; and the pods beyond, the last ordinal first. */
function arrange({ set, pods }: StatefulPicture): {
  readonly replicas: readonly Replica[];
  readonly condemned: readonly (Replica & { readonly pod: V1Pod })[];
} {
  const start = startOrdinal(set);
  const count = set.spec?.replicas ?? 1;
  const byOrdinal = new Map<number, V1Pod>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const replicas = Array.from({ length: count }, (_, at) => ({ ordinal: start + at, pod: byOrdinal.get(start + at) }));
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => ordinal < start || ordinal >= start + count)
    .sort(([a], [b]) => b - a)
    .map(([ordinal, pod]) => ({ ordinal, pod }));
  return { replicas, condemned };
}

/** True: nothing further may be done on this turn. */
function bringUp(
  picture: StatefulPicture,
  replicas: readonly Replica[],
  ordered: boolean,
  actions: StatefulAction[],
  words: string[],
): boolean {
  const { set } = picture;
  let blocked = false;
  for (const { ordinal, pod } of replicas) {
    if (pod === undefined) {
      const created = newStatefulPod(set, revisionFor(picture, ordinal), ordinal);
      actions.push({ type: 'create', pod: created, ordinal });
      words.push(`created ${nameOf(created)}, which was missing`);
      if (ordered) return true;
      continue;
    }
    if (isPodFinished(pod)) {
      if (!isBeingDeleted(pod)) {
        actions.push({ type: 'delete', pod });
        words.push(`deleted ${nameOf(pod)}, which has ended`);
      }
      if (ordered) return true;
      blocked = true;
      continue;
    }
    actions.push({ type: 'claims', pod, ordinal, scaledAway: false });
    const identified = withIdentity(set, pod);
    if (identified !== undefined) actions.push({ type: 'update', pod: identified });
    if (ordered && (isBeingDeleted(pod) || !isAvailable(picture, pod))) return true;
  }
  return blocked;
}

function takeDown(
  picture: StatefulPicture,
  replicas: readonly Replica[],
  condemned: readonly (Replica & { readonly pod: V1Pod })[],
  ordered: boolean,
  actions: StatefulAction[],
  words: string[],
): boolean {
  for (const { pod, ordinal } of condemned) actions.push({ type: 'claims', pod, ordinal, scaledAway: true });
  const firstUnavailable =
    replicas.find(({ pod }) => isUnavailable(picture, pod))?.pod ??
    condemned.findLast(({ pod }) => isUnavailable(picture, pod))?.pod;
  let deleted = false;
  for (const { pod } of condemned) {
    if (isBeingDeleted(pod)) {
      if (ordered) return true;
      continue;
    }
    if (ordered && !isAvailable(picture, pod) && pod !== firstUnavailable) return true;
    actions.push({ type: 'delete', pod });
    words.push(`deleted ${nameOf(pod)}, which is one too many`);
    if (ordered) return true;
    deleted = true;
  }
  return deleted;
}

/**
 * Deletes outdated pods from the last to the first, down to the partition. One at a time, it waits for pods that it has
 * already updated, and replaces outdated ones even if they are not well; with maxUnavailable, it waits while too many are away.
 */
function rollOut(
  picture: StatefulPicture,
  replicas: readonly Replica[],
  actions: StatefulAction[],
  words: string[],
): void {
  const { set, update } = picture;
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type === 'OnDelete') return;
  const { partition = 0, maxUnavailable } = rollingUpdate ?? {};
  let room = 1;
  if (maxUnavailable !== undefined) {
    const allowed = Math.max(1, scaledValue(maxUnavailable, replicas.length, 'down'));
    room = allowed - replicas.filter(({ pod }) => isUnavailable(picture, pod)).length;
  }
  for (let at = replicas.length - 1; at >= partition && room > 0; at--) {
    const pod = replicas[at]?.pod;
    if (pod !== undefined && !isBeingDeleted(pod) && podRevision(pod) !== nameOf(update)) {
      actions.push({ type: 'delete', pod });
      words.push(`deleted ${nameOf(pod)} for revision ${nameOf(update)}`);
      room--;
    } else if (maxUnavailable === undefined && isUnavailable(picture, pod)) {
      return;
    }
  }
}

/** Below the partition, and before an update has reached it, a pod comes back as it was. */
function revisionFor({ set, current, update }: StatefulPicture, ordinal: number): V1ControllerRevision {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if ((type ?? 'RollingUpdate') !== 'RollingUpdate') return update;
  const start = startOrdinal(set);
  const kept = rollingUpdate?.partition ?? set.status?.currentReplicas ?? 0;
  return ordinal < start + kept ? current : update;
}

function isAvailable({ set, nowMs }: StatefulPicture, pod: V1Pod): boolean {
  const running = pod.status?.phase === 'Running' && isPodReady(pod);
  return running && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

function isUnavailable(picture: StatefulPicture, pod: V1Pod | undefined): boolean {
  return pod === undefined || isBeingDeleted(pod) || !isAvailable(picture, pod);
}

function statusOf(picture: StatefulPicture): V1StatefulSetStatus {
  const { set, pods, current, update } = picture;
  const created = pods.filter((pod) => ordinalOf(set, pod) !== undefined);
  const living = created.filter((pod) => !isBeingDeleted(pod));
  const ready = created.filter((pod) => pod.status?.phase === 'Running' && isPodReady(pod)).length;
  const available = created.filter((pod) => isAvailable(picture, pod)).length;
  const updated = living.filter((pod) => podRevision(pod) === nameOf(update)).length;
  const replicas = set.spec?.replicas ?? 1;
  const rolling = (set.spec?.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
  const complete = rolling && updated === replicas && ready === replicas && created.length === replicas;
  const currentRevision = complete ? update : current;
  const ofCurrent = complete ? updated : living.filter((pod) => podRevision(pod) === nameOf(current)).length;
  const { conditions, collisionCount = 0 } = set.status ?? {};
  return {
    observedGeneration: generationOf(set),
    replicas: created.length,
    availableReplicas: available,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(ofCurrent === 0 ? {} : { currentReplicas: ofCurrent }),
    ...(updated === 0 ? {} : { updatedReplicas: updated }),
    currentRevision: nameOf(currentRevision),
    updateRevision: nameOf(update),
    collisionCount,
    ...(conditions === undefined ? {} : { conditions }),
  };
}
