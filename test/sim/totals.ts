/** What all runs of a command add up to. */
import { type FaultKind, faultKinds } from './plan.ts';
import type { Report } from './simulation.ts';

type SumName = 'virtualMs' | 'requests' | 'acknowledged' | 'operationsChecked';
type MoreName = 'watchEvents' | 'revisions' | 'elections' | 'messages';

export class Totals {
  seeds = 0;
  readonly #faults = new Map<FaultKind, number>();
  readonly #sums: Record<SumName, number> = { virtualMs: 0, requests: 0, acknowledged: 0, operationsChecked: 0 };
  readonly #more: Record<MoreName, number> = { watchEvents: 0, revisions: 0, elections: 0, messages: 0 };

  add(report: Report): void {
    this.seeds++;
    for (const [kind, count] of report.faults) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
    for (const name of Object.keys(this.#sums) as SumName[]) this.#sums[name] += report[name];
    for (const name of Object.keys(this.#more) as MoreName[]) this.#more[name] += report[name];
  }

  /**
   * @param elapsedMs real time
   * @param processorMs what of it the process had the processor for: on a busy machine, the fairer measure of speed
   */
  words(elapsedMs: number, processorMs: number): string {
    const { virtualMs, requests, acknowledged, operationsChecked } = this.#sums;
    const { watchEvents, revisions, elections, messages } = this.#more;
    const faults = faultKinds.map((kind) => `${kind} ${this.#faults.get(kind) ?? 0}`);
    const seconds = elapsedMs / 1000;
    return [
      `${this.seeds} seeds in ${seconds.toFixed(1)} s; ${(virtualMs / 3_600_000).toFixed(2)} simulated hours, ${Math.round(virtualMs / elapsedMs)} times real time, ${Math.round(virtualMs / processorMs)} times processor time`,
      `  requests ${requests}, answered ${acknowledged}, judged for linearizability ${operationsChecked}`,
      `  watch events ${watchEvents}, revisions ${revisions}, elections ${elections}, messages ${messages}`,
      `  faults: ${faults.join(', ')}`,
    ].join('\n');
  }
}
