/**
 * One step of a DaemonSet's rolling update (k8s.io/kubernetes/pkg/controller/daemon/update.go). Pure.
 *
 * Without surge, old pods are deleted so that at most maxUnavailable nodes are without an available pod; those that are not
 * available anyway go at once. With surge, up to maxSurge nodes get a new pod beside the old one, which goes when the new one
 * is available.
 */
import type { V1DaemonSet, V1Pod } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted } from '../runtime/metadata.ts';
import { scaledValue } from '../workload/int-or-percent.ts';
import { isPodAvailable } from '../workload/pod-state.ts';
import { isUpdated } from './daemon-pods.ts';
import type { DaemonPicture, DaemonPlan } from './daemonset-plan.ts';

type Step = Pick<DaemonPlan, 'create' | 'delete' | 'words'>;

export function maxSurge(daemonSet: V1DaemonSet, total: number): number {
  const { type, rollingUpdate } = daemonSet.spec?.updateStrategy ?? {};
  return (type ?? 'RollingUpdate') === 'RollingUpdate' ? scaledValue(rollingUpdate?.maxSurge, total, 'up') : 0;
}

export function planDaemonUpdate(picture: DaemonPicture): Step {
  const { daemonSet } = picture;
  if (daemonSet.spec?.updateStrategy?.type === 'OnDelete') return { create: [], delete: [], words: 'OnDelete' };
  const desired = [...picture.choices.values()].filter(({ shouldRun }) => shouldRun).length;
  const surge = maxSurge(daemonSet, desired);
  const asked = scaledValue(daemonSet.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired, 'up');
  return surge === 0 ? replace(picture, Math.max(1, asked)) : surgeStep(picture, surge, desired);
}

function replace(picture: DaemonPicture, maxUnavailable: number): Step {
  let unavailable = 0;
  const anyway: V1Pod[] = [];
  const candidates: V1Pod[] = [];
  for (const pods of picture.byNode.values()) {
    const found = newAndOld(picture, pods);
    if (found === undefined || (found.newPod === undefined) === (found.oldPod === undefined)) {
      unavailable++;
    } else if (found.newPod !== undefined) {
      if (!available(picture, found.newPod)) unavailable++;
    } else if (found.oldPod !== undefined) {
      if (available(picture, found.oldPod)) {
        candidates.push(found.oldPod);
      } else {
        anyway.push(found.oldPod);
        unavailable++;
      }
    }
  }
  const going = [...anyway, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))];
  const words = `replacing ${going.length} old pods: ${unavailable} of at most ${maxUnavailable} are unavailable`;
  return { create: [], delete: going, words };
}

function surgeStep(picture: DaemonPicture, surge: number, desired: number): Step {
  let surging = 0;
  let availableNodes = 0;
  const going: V1Pod[] = [];
  const misplaced: V1Pod[] = [];
  const anyway: string[] = [];
  const candidates: string[] = [];
  for (const [nodeName, pods] of picture.byNode) {
    const found = newAndOld(picture, pods);
    if (found === undefined) {
      surging++;
      continue;
    }
    const { newPod, oldPod } = found;
    const counted = oldPod ?? newPod;
    if (counted !== undefined && available(picture, counted)) availableNodes++;
    if (oldPod === undefined) continue;
    const shouldRun = picture.choices.get(nodeName)?.shouldRun ?? false;
    if (newPod !== undefined) {
      if (available(picture, newPod)) going.push(oldPod);
      else surging++;
    } else if (!available(picture, oldPod)) {
      if (shouldRun) anyway.push(nodeName);
      else going.push(oldPod);
    } else if (shouldRun) {
      candidates.push(nodeName);
    } else {
      misplaced.push(oldPod);
    }
  }
  // A pod on a node that is no longer meant goes only when enough others are available.
  going.push(...misplaced.slice(0, Math.max(0, availableNodes - desired)));
  const create = [...anyway, ...candidates.slice(0, Math.max(0, surge - surging))];
  const words = `adding ${create.length} new pods beside old ones, removing ${going.length}: ${surging} of at most ${surge} surge`;
  return { create, delete: going, words };
}

/** Undefined when there are several new or several old ones: the node must be cleaned up first. */
function newAndOld(
  { daemonSet, hash }: DaemonPicture,
  pods: readonly V1Pod[],
): { readonly newPod: V1Pod | undefined; readonly oldPod: V1Pod | undefined } | undefined {
  const living = pods.filter((pod) => !isBeingDeleted(pod));
  const updated = living.filter((pod) => isUpdated(daemonSet, pod, hash));
  const outdated = living.filter((pod) => !isUpdated(daemonSet, pod, hash));
  if (updated.length > 1 || outdated.length > 1) return undefined;
  return { newPod: updated[0], oldPod: outdated[0] };
}

function available({ daemonSet, nowMs }: DaemonPicture, pod: V1Pod): boolean {
  return isPodAvailable(pod, daemonSet.spec?.minReadySeconds ?? 0, nowMs);
}
