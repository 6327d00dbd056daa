/**
 * Whether a node is heard of (k8s.io/kubernetes/pkg/controller/nodelifecycle: tryUpdateNodeHealth). Pure.
 *
 * A kubelet shows that it lives by renewing its Lease and, more rarely, by posting its status. What counts is when *we* last
 * saw either change, on our own monotonic clock: clocks of nodes are never compared with ours. After the grace period all
 * that the kubelet says of itself becomes Unknown.
 */
import { timestamp } from '../../base/clock.ts';
import type { V1Lease, V1Node, V1NodeCondition } from '../../generated/kubernetes.d.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface NodeHealth {
  /** When we last saw a sign of life, on the monotonic clock. */
  readonly seenMs: number;
  /** The signs as we saw them. */
  readonly heartbeat: string | undefined;
  readonly hasReady: boolean;
  readonly leaseRenewed: string | undefined;
}

export interface GracePeriods {
  /** For a node that has posted its status. */
  readonly monitorMs: number;
  /** For a node that never has. */
  readonly startupMs: number;
}

export interface Assessment {
  readonly health: NodeHealth;
  /** What the Ready condition said before, and what it says now. */
  readonly before: ConditionStatus;
  readonly now: ConditionStatus | undefined;
  /** Conditions to write, when they change. */
  readonly conditions?: readonly V1NodeCondition[];
}

const KUBELETS_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

export function readyCondition(node: V1Node): V1NodeCondition | undefined {
  return node.status?.conditions?.find(({ type }) => type === 'Ready');
}

export function assessNode(
  node: V1Node,
  lease: V1Lease | undefined,
  last: NodeHealth | undefined,
  grace: GracePeriods,
  nowMonotonicMs: number,
  nowWallMs: number,
): Assessment {
  const ready = readyCondition(node);
  const heartbeat = ready?.lastHeartbeatTime;
  const renewed = lease?.spec?.renewTime;
  const sign =
    last === undefined ||
    last.hasReady !== (ready !== undefined) ||
    (ready !== undefined && last.heartbeat !== heartbeat) ||
    (renewed !== undefined && (last.leaseRenewed === undefined || last.leaseRenewed < renewed));
  const health: NodeHealth = {
    seenMs: sign ? nowMonotonicMs : last.seenMs,
    heartbeat,
    hasReady: ready !== undefined,
    leaseRenewed: renewed ?? last?.leaseRenewed,
  };
  const before = statusOf(ready) ?? 'Unknown';
  const graceMs = ready === undefined ? grace.startupMs : grace.monitorMs;
  if (nowMonotonicMs - health.seenMs <= graceMs) return { health, before, now: statusOf(ready) };
  const conditions = lostConditions(node, nowWallMs);
  return before === 'Unknown' && ready !== undefined
    ? { health, before, now: 'Unknown' }
    : { health, before, now: 'Unknown', conditions };
}

/** All conditions of the node, with those that the kubelet speaks for made Unknown. */
function lostConditions(node: V1Node, nowWallMs: number): readonly V1NodeCondition[] {
  const now = timestamp(nowWallMs);
  const existing = node.status?.conditions ?? [];
  const changed = existing.map((condition) =>
    KUBELETS_CONDITIONS.includes(condition.type) && condition.status !== 'Unknown'
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: now,
        }
      : condition,
  );
  const never = KUBELETS_CONDITIONS.filter((type) => !existing.some((condition) => condition.type === type));
  const added = never.map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata?.creationTimestamp,
    lastTransitionTime: now,
  }));
  return [...changed, ...added];
}

function statusOf(condition: V1NodeCondition | undefined): ConditionStatus | undefined {
  switch (condition?.status) {
    case 'True':
    case 'False':
      return condition.status;
    case undefined:
      return undefined;
    default:
      return 'Unknown';
  }
}
