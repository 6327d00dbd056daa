/** A pod's quality of service: how it is treated when its node runs short (pkg/apis/core/v1/helper/qos). */

import { quantityOf } from '../../../base/quantity.ts';
import type { V1PodSpec, V1ResourceRequirements } from '../../../generated/kubernetes.d.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'];

/**
 * Guaranteed: every container limits CPU and memory, and requests exactly that. BestEffort: none requests or limits
 * anything. Burstable: the rest. A pod with resources of its own is judged by those alone.
 */
export function qosClassOf(spec: V1PodSpec): QosClass {
  if (spec.resources !== undefined) return classOf([spec.resources]);
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return classOf(containers.map((container) => container.resources ?? {}));
}

function classOf(all: readonly V1ResourceRequirements[]): QosClass {
  const asks = all.some((each) => COUNTED.some((name) => positive(each.requests, name) || positive(each.limits, name)));
  if (!asks) return 'BestEffort';
  const limited = all.every((each) => COUNTED.every((name) => positive(each.limits, name)));
  if (!limited) return 'Burstable';
  const exact = COUNTED.every((name) => total(all, 'requests', name).compare(total(all, 'limits', name)) === 0);
  return exact ? 'Guaranteed' : 'Burstable';
}

function positive(list: Readonly<Record<string, string>> | undefined, name: string): boolean {
  return quantityOf(list?.[name]).sign > 0;
}

function total(all: readonly V1ResourceRequirements[], list: 'requests' | 'limits', name: string) {
  return all.map((each) => quantityOf(each[list]?.[name])).reduce((sum, each) => sum.plus(each), quantityOf('0'));
}
