/**
 * `--enable-priority-and-fairness=false`: requests are counted, those that change something apart from the others, and who
 * comes when there are too many is refused at once, administrators excepted (pkg/server/filters/maxinflight.go).
 */
import type { FlowControl } from '../../machinery/steps.ts';
import { group } from '../users.ts';

export interface InFlightLimits {
  /** 0: no bound. */
  readonly reading: number;
  readonly mutating: number;
}

/** Upstream's defaults. */
export const IN_FLIGHT: InFlightLimits = { reading: 400, mutating: 200 };

const READING_VERBS = ['get', 'list', 'watch'];

export class MaxInFlight implements FlowControl {
  readonly #limits: InFlightLimits;
  readonly #count = { reading: 0, mutating: 0 };

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  acquire({ user, attributes, longRunning }: Parameters<FlowControl['acquire']>[0]): (() => void) | undefined {
    if (longRunning) return () => {};
    const kind = READING_VERBS.includes(attributes.verb) ? 'reading' : 'mutating';
    const limit = this.#limits[kind];
    if (limit === 0) return () => {};
    if (this.#count[kind] >= limit) return user.groups.includes(group.masters) ? () => {} : undefined;
    this.#count[kind]++;
    return () => {
      this.#count[kind]--;
    };
  }
}
