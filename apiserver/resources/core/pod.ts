/** Pods: their row, and everything that hangs below one. */
import type { V1Pod } from '../../../generated/kubernetes.d.ts';
import type { ResourceRow } from '../../machinery/resource-row.ts';
import { defineRow, type Filled, partOf } from '../row.ts';
import { podBinding } from './pod-binding.ts';
import { podEviction } from './pod-eviction.ts';
import { type PodLogs, podLog } from './pod-log.ts';
import {
  attachParameters,
  execParameters,
  podProxy,
  portForwardParameters,
  unreachableStream,
} from './pod-node-connection.ts';
import { ephemeralContainersStrategy, podStatusStrategy, podStrategy, resizeStrategy } from './pod-strategy.ts';
import { podTable } from './pod-table.ts';

export function podRow(podLogs: PodLogs | undefined): ResourceRow {
  return defineRow<V1Pod>({
    group: '',
    version: 'v1',
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    model: 'V1Pod',
    generation: 'spec',
    strategy: podStrategy,
    gracefulDeletion: gracePeriod,
    returnsDeletedObject: true,
    table: podTable,
    fieldLabels: {
      'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
      'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
      'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
      'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
      'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
      'status.phase': (pod) => pod.status.phase ?? '',
      'status.podIP': (pod) => pod.status.podIPs?.[0]?.ip ?? '',
      // Accepted, though no pod ever has it.
      'status.podIPs': () => '',
      'spec.host': (pod) => pod.spec.nodeName ?? '',
      'status.nominatedNodeName': (pod) => pod.status.nominatedNodeName ?? '',
    },
    subresources: {
      attach: unreachableStream('PodAttachOptions', true, attachParameters),
      binding: podBinding,
      ephemeralcontainers: partOf<V1Pod>('V1Pod', ephemeralContainersStrategy),
      eviction: podEviction,
      exec: unreachableStream('PodExecOptions', true, execParameters),
      log: podLog(podLogs),
      portforward: unreachableStream('PodPortForwardOptions', false, portForwardParameters),
      proxy: podProxy,
      resize: partOf<V1Pod>('V1Pod', resizeStrategy),
      status: partOf<V1Pod>('V1Pod', podStatusStrategy),
    },
  });
}

/** A pod that runs nowhere, or has ended, goes at once; one that runs is given its time. */
function gracePeriod(pod: Filled<V1Pod>, requestedSeconds: number | undefined): number {
  const { phase } = pod.status;
  if (pod.spec.nodeName === undefined || phase === 'Failed' || phase === 'Succeeded') return 0;
  const period = requestedSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return period < 0 ? 1 : period;
}
