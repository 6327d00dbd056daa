/** One request in flow control, as metrics and dumps tell of it. */

import type { AuthorizationAttributes } from '../../machinery/steps.ts';
import type { FlowSeries } from './flow-metrics.ts';

export interface FlowRecord {
  readonly series: FlowSeries;
  readonly level: string;
  readonly schema: string;
  readonly distinguisher: string;
  readonly attributes: AuthorizationAttributes;
  readonly longRunning: boolean;
  readonly arrivedMs: number;
  /** On the clock that never goes back. */
  readonly arrivedMonotonicMs: number;
  /** Undefined while it waits. */
  startedMs: number | undefined;
}

/** What became of the requests of one level. */
export interface Outcomes {
  dispatched: number;
  rejected: number;
  timedOut: number;
  cancelled: number;
}
