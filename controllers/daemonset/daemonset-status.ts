/** A DaemonSet's status, counted over nodes: the oldest pod of each stands for it. Pure. */
import type { V1DaemonSetStatus } from '../../generated/kubernetes.d.ts';
import { generationOf, nameOf } from '../runtime/metadata.ts';
import { isPodAvailable, isPodReady } from '../workload/pod-state.ts';
import { isUpdated } from './daemon-pods.ts';
import type { DaemonPicture } from './daemonset-plan.ts';

/** @param observed false while the controller waits for the effects of its last turn: then it has not acted on the new spec */
export function daemonStatus(picture: DaemonPicture, observed: boolean): V1DaemonSetStatus {
  const { daemonSet, hash, nowMs } = picture;
  const minReadySeconds = daemonSet.spec?.minReadySeconds ?? 0;
  let desired = 0;
  let current = 0;
  let misscheduled = 0;
  let ready = 0;
  let available = 0;
  let updated = 0;
  for (const node of picture.nodes) {
    const name = nameOf(node);
    const pod = picture.byNode.get(name)?.[0];
    if (picture.choices.get(name)?.shouldRun !== true) {
      if (pod !== undefined) misscheduled++;
      continue;
    }
    desired++;
    if (pod === undefined) continue;
    current++;
    if (isPodReady(pod)) ready++;
    if (isPodAvailable(pod, minReadySeconds, nowMs)) available++;
    if (isUpdated(daemonSet, pod, hash)) updated++;
  }
  const { collisionCount, conditions, observedGeneration } = daemonSet.status ?? {};
  const generation = observed ? generationOf(daemonSet) : observedGeneration;
  return {
    currentNumberScheduled: current,
    desiredNumberScheduled: desired,
    numberMisscheduled: misscheduled,
    numberReady: ready,
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(desired === available ? {} : { numberUnavailable: desired - available }),
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}
