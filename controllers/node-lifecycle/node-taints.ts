/** Which taints a node's conditions call for (k8s.io/kubernetes/pkg/controller/nodelifecycle). Pure. */
import { timestamp } from '../../base/clock.ts';
import type { V1Node, V1Taint } from '../../generated/kubernetes.d.ts';
import { NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT } from '../scheduler/tolerations.ts';
import type { ConditionStatus } from './node-health.ts';

const TAINT_OF_CONDITION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY_TAINT, Unknown: UNREACHABLE_TAINT },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const OURS: ReadonlySet<string> = new Set([
  UNSCHEDULABLE_TAINT,
  ...Object.values(TAINT_OF_CONDITION).flatMap((taints) => Object.values(taints)),
]);

/** The taints that the node should have: those that repel new pods follow its conditions at once. Undefined: as they are. */
export function withConditionTaints(node: V1Node, nowMs: number): V1Taint[] | undefined {
  const wanted = new Set<string>();
  for (const { type, status } of node.status?.conditions ?? []) {
    const taint = TAINT_OF_CONDITION[type]?.[status];
    if (taint !== undefined) wanted.add(taint);
  }
  if (node.spec?.unschedulable === true) wanted.add(UNSCHEDULABLE_TAINT);
  const taints = node.spec?.taints ?? [];
  const isOurs = (taint: V1Taint): boolean => taint.effect === 'NoSchedule' && OURS.has(taint.key);
  const present = new Set(taints.filter(isOurs).map(({ key }) => key));
  const missing = [...wanted].filter((key) => !present.has(key));
  if (missing.length === 0 && present.size === wanted.size) return undefined;
  const timeAdded = timestamp(nowMs);
  return [
    ...taints.filter((taint) => !isOurs(taint) || wanted.has(taint.key)),
    ...missing.map((key) => ({ key, effect: 'NoSchedule', timeAdded })),
  ];
}

/** The taints with the one that evicts pods from such a node, and without the other one. Undefined: as they are. */
export function withEvictionTaint(
  taints: readonly V1Taint[],
  ready: ConditionStatus,
  nowMs: number,
): V1Taint[] | undefined {
  const wanted = ready === 'False' ? NOT_READY_TAINT : ready === 'Unknown' ? UNREACHABLE_TAINT : undefined;
  const others = taints.filter((taint) => !isEvictionTaint(taint) || taint.key === wanted);
  const has = wanted === undefined || taints.some((taint) => isEvictionTaint(taint) && taint.key === wanted);
  if (has && others.length === taints.length) return undefined;
  return has || wanted === undefined
    ? others
    : [...others, { key: wanted, effect: 'NoExecute', timeAdded: timestamp(nowMs) }];
}

export function isEvictionTaint({ key, effect }: V1Taint): boolean {
  return effect === 'NoExecute' && (key === NOT_READY_TAINT || key === UNREACHABLE_TAINT);
}
