/**
 * The story of one object, as the server tells it at `/debug/moments/trace`: a tree of requests, and of the turns of work that
 * they set off. Here it becomes rows on one time axis. Pure.
 */
import type { Trace, TraceNode, TracePart } from '../../base/trace/trace.ts';

export interface TraceRow {
  readonly node: TraceNode;
  readonly depth: number;
  /** Which part did it: a request is the API server's. */
  readonly part: TracePart;
}

/** In the order in which they tell the story: each with what it caused right below. */
export function traceRows(trace: Trace): readonly TraceRow[] {
  const rows: TraceRow[] = [];
  const add = (node: TraceNode, depth: number): void => {
    const part = node.type === 'request' ? 'api' : (node.steps[0]?.part ?? partOf(node.by));
    rows.push({ node, depth, part });
    for (const child of node.children) add(child, depth + 1);
  };
  for (const root of trace.roots) add(root, 0);
  return rows;
}

function partOf(by: string): TracePart {
  if (by.includes('kubelet')) return 'kubelet';
  return by.includes('scheduler') ? 'scheduler' : 'controller';
}

/**
 * Where a time stands on an axis from 0 to 1. Most happens in the first milliseconds, the last steps take seconds: the axis
 * is logarithmic, beginning straight.
 */
export function axis(atMs: number, totalMs: number): number {
  const KNEE_MS = 4;
  return Math.log1p(Math.max(0, atMs) / KNEE_MS) / Math.log1p(Math.max(totalMs, 1) / KNEE_MS);
}

/** Round times for the ticks of that axis. */
export function axisTicks(totalMs: number): readonly number[] {
  const ticks = [0];
  for (let base = 1; base <= totalMs; base *= 10) {
    for (const times of [1, 3]) if (base * times < totalMs * 0.95) ticks.push(base * times);
  }
  return ticks;
}
