/**
 * Which pods a DaemonSet lacks and which it has too many (k8s.io/kubernetes/pkg/controller/daemon: manage), and then, when
 * each node has what it should have, the next step of a rolling update (`daemon-update.ts`). Pure.
 */
import type { V1DaemonSet, V1Node, V1Pod } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, nameOf, namespaceOf } from '../runtime/metadata.ts';
import { isPodAvailable, isPodReady } from '../workload/pod-state.ts';
import { isUpdated, podsByNode } from './daemon-pods.ts';
import { maxSurge, planDaemonUpdate } from './daemon-update.ts';
import { chooseNode, type NodeChoice } from './node-choice.ts';

export interface DaemonEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: 'FailedDaemonPod' | 'SucceededDaemonPod';
  readonly message: string;
}

export interface DaemonPlan {
  /** Names of nodes on which to make a pod. */
  readonly create: readonly string[];
  readonly delete: readonly V1Pod[];
  readonly events: readonly DaemonEvent[];
  readonly requeueAfterMs?: number;
  readonly words: string;
}

/** What is known of the world, gathered once for all parts of the plan. */
export interface DaemonPicture {
  readonly daemonSet: V1DaemonSet;
  readonly hash: string;
  readonly nodes: readonly V1Node[];
  readonly choices: ReadonlyMap<string, NodeChoice>;
  readonly byNode: ReadonlyMap<string, readonly V1Pod[]>;
  readonly nowMs: number;
}

export function daemonPicture(
  daemonSet: V1DaemonSet,
  hash: string,
  nodes: readonly V1Node[],
  pods: readonly V1Pod[],
  nowMs: number,
): DaemonPicture {
  const choices = new Map(nodes.map((node) => [nameOf(node), chooseNode(daemonSet, node)]));
  return { daemonSet, hash, nodes, choices, byNode: podsByNode(pods), nowMs };
}

/** @param retryInMs how long a failed pod on a node must still stay, so that a pod that always fails is not made anew at once */
export function planDaemons(picture: DaemonPicture, retryInMs: (nodeName: string) => number): DaemonPlan {
  const managed = manage(picture, retryInMs);
  if (managed.create.length > 0 || managed.delete.length > 0) return managed;
  const update = planDaemonUpdate(picture);
  const { requeueAfterMs } = managed;
  return { ...update, events: managed.events, ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }) };
}

function manage(picture: DaemonPicture, retryInMs: (nodeName: string) => number): DaemonPlan {
  const create: string[] = [];
  const going: V1Pod[] = [];
  const events: DaemonEvent[] = [];
  let requeueAfterMs: number | undefined;
  for (const node of picture.nodes) {
    const name = nameOf(node);
    const { shouldRun, mayStay } = picture.choices.get(name) ?? { shouldRun: false, mayStay: false };
    const there = picture.byNode.get(name);
    if (shouldRun && there === undefined) {
      create.push(name);
    } else if (there !== undefined && !mayStay) {
      going.push(...there.filter((pod) => !isBeingDeleted(pod)));
    } else if (there !== undefined) {
      const running: V1Pod[] = [];
      for (const pod of there.filter((each) => !isBeingDeleted(each))) {
        const event = finishedEvent(pod, name);
        if (event === undefined) {
          running.push(pod);
          continue;
        }
        const waitMs = event.type === 'Warning' ? retryInMs(name) : 0;
        if (waitMs > 0) {
          requeueAfterMs = Math.min(requeueAfterMs ?? waitMs, waitMs);
          continue;
        }
        events.push(event);
        going.push(pod);
      }
      going.push(...excess(picture, running));
      if (maxSurge(picture.daemonSet, 1) > 0 && running.length === 0 && shouldRun) create.push(name);
    }
  }
  const known = new Set(picture.nodes.map(nameOf));
  for (const [name, pods] of picture.byNode) {
    if (!known.has(name)) going.push(...pods.filter((pod) => (pod.spec?.nodeName ?? '') === ''));
  }
  const words = `${create.length} nodes lack a pod, ${going.length} pods are not wanted`;
  return { create, delete: going, events, words, ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }) };
}

function finishedEvent(pod: V1Pod, nodeName: string): DaemonEvent | undefined {
  const what = `daemon pod ${namespaceOf(pod)}/${nameOf(pod)} on node ${nodeName}, will try to`;
  if (pod.status?.phase === 'Failed') {
    return { type: 'Warning', reason: 'FailedDaemonPod', message: `Found failed ${what} kill it` };
  }
  if (pod.status?.phase === 'Succeeded') {
    return { type: 'Normal', reason: 'SucceededDaemonPod', message: `Found succeeded ${what} delete it` };
  }
  return undefined;
}

/**
 * Pods beyond the one a node should have: without surge all but the oldest. With surge an old and a new one may stand side
 * by side until the new one is available, or the old one no longer ready.
 */
function excess({ daemonSet, hash, nowMs }: DaemonPicture, running: readonly V1Pod[]): readonly V1Pod[] {
  if (maxSurge(daemonSet, 1) === 0) return running.slice(1);
  const going: V1Pod[] = [];
  let newPod: V1Pod | undefined;
  let oldPod: V1Pod | undefined;
  for (const pod of running) {
    if (isUpdated(daemonSet, pod, hash) && newPod === undefined) newPod = pod;
    else if (!isUpdated(daemonSet, pod, hash) && oldPod === undefined) oldPod = pod;
    else going.push(pod);
  }
  if (newPod !== undefined && oldPod !== undefined) {
    const available = isPodAvailable(newPod, daemonSet.spec?.minReadySeconds ?? 0, nowMs);
    if (!isPodReady(oldPod) || available) going.push(oldPod);
  }
  return going;
}
