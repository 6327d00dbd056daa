/** Makes a failure short: leaves out actions, first many at a time, as long as the same judge still complains. */
import type { Plan } from './plan.ts';
import { type Report, simulate } from './simulation.ts';

const RUNS_MAX = 400;

export async function shrink(plan: Plan, judge: string): Promise<{ plan: Plan; report: Report }> {
  let best = { plan, report: await simulate(plan) };
  let runs = 0;
  for (let size = Math.ceil(plan.actions.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < best.plan.actions.length && runs < RUNS_MAX; ) {
      const actions = best.plan.actions.filter((_, index) => index < at || index >= at + size);
      const candidate = { ...best.plan, actions };
      const report = await simulate(candidate);
      runs++;
      if (report.violations.some((violation) => violation.judge === judge)) best = { plan: candidate, report };
      else at += size;
    }
  }
  return best;
}
