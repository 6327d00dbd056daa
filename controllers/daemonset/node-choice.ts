/** On which nodes a DaemonSet runs (k8s.io/kubernetes/pkg/controller/daemon: NodeShouldRunDaemonPod). Pure. */
import type { V1DaemonSet, V1Node } from '../../generated/kubernetes.d.ts';
import { nameOf } from '../runtime/metadata.ts';
import { matchesRequiredNodeAffinity } from '../scheduler/node-affinity.ts';
import { findUntolerated } from '../scheduler/tolerations.ts';
import { daemonTolerations } from './daemon-pods.ts';

export interface NodeChoice {
  /** A pod should be made there if none is there. */
  readonly shouldRun: boolean;
  /** A pod that is there may stay. */
  readonly mayStay: boolean;
}

export function chooseNode(daemonSet: V1DaemonSet, node: V1Node): NodeChoice {
  const spec = daemonSet.spec?.template?.spec;
  const wanted = spec?.nodeName ?? '';
  if ((wanted !== '' && wanted !== nameOf(node)) || !matchesRequiredNodeAffinity(spec, node)) {
    return { shouldRun: false, mayStay: false };
  }
  const taints = node.spec?.taints;
  const tolerations = daemonTolerations(spec);
  const shouldRun = findUntolerated(taints, tolerations, ['NoSchedule', 'NoExecute']) === undefined;
  return { shouldRun, mayStay: shouldRun || findUntolerated(taints, tolerations, ['NoExecute']) === undefined };
}
