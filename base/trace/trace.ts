/**
 * The story of one object, as causes tell it: who asked, what each part did about it, and how long every step took.
 * Pure: from moments to a tree. The command line prints it, the page draws it; both get the same shape.
 *
 * A node is a request or a turn. A request's children are the turns that its change set off; a turn's children are the
 * requests that it made. Times are milliseconds since the trace began.
 */

export interface TraceTarget {
  /** As moments name it: `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

export type TracePart = 'api' | 'raft' | 'store' | 'watch' | 'controller' | 'scheduler' | 'kubelet';

export interface TraceStep {
  readonly part: TracePart;
  readonly words: string;
  /** When it was done. */
  readonly atMs: number;
  /** Since the step before, or since the node began. */
  readonly tookMs: number;
}

export interface TraceNode {
  readonly type: 'request' | 'turn';
  /** The request's audit id, or the turn's id. */
  readonly id: string;
  /** `create deployments.apps default/web`, `replicaset-controller default/web-7b747cc76b`. */
  readonly title: string;
  /** Who: a user's name with its program, or the part. */
  readonly by: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The revision that the request wrote; absent: it wrote nothing, or not yet. */
  readonly revision?: number;
  /** The HTTP status of a request. */
  readonly code?: number;
  readonly steps: readonly TraceStep[];
  readonly children: readonly TraceNode[];
}

export interface Trace {
  readonly target: TraceTarget;
  /** Wall time at which it began. */
  readonly startedAtMs: number;
  /** From the beginning to the last thing that is shown. */
  readonly totalMs: number;
  /** Of a pod: when it was first reported so. */
  readonly runningMs?: number;
  readonly readyMs?: number;
  readonly roots: readonly TraceNode[];
  /** What is no longer remembered, or was never told, in words. */
  readonly missing: readonly string[];
  /** Nodes that were left out because there are too many. */
  readonly leftOut: number;
}

export interface TraceOptions {
  /** Also what only keeps books: status of workloads, endpoints, and all that followed. */
  readonly everything: boolean;
}
