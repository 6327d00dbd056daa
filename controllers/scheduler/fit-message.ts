/** Why a pod does not fit, as users read it: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
import type { Rejection } from './plugin.ts';

/** @param leftOut the reason of the nodes that are not among `rejections` */
export function fitMessage(
  nodes: number,
  rejections: Iterable<Rejection>,
  rejected?: Rejection,
  leftOut?: string,
): string {
  const start = `0/${nodes} nodes are available:`;
  if (rejected !== undefined) return `${start} ${rejected.reasons.join(', ')}.`;
  const counts = new Map<string, number>();
  let counted = 0;
  for (const { reasons } of rejections) {
    counted++;
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  if (leftOut !== undefined && counted < nodes) counts.set(leftOut, (counts.get(leftOut) ?? 0) + nodes - counted);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return parts.length === 0 ? start : `${start} ${parts.join(', ')}.`;
}
