/** One fault's life: it waits, strikes, ends, and perhaps begins again. `fault-runner.ts` says what is defined. */
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import { type Fault, FaultRefused } from './fault.ts';
import type { FaultInjector } from './fault-injector.ts';
import { firstStrikeAtMs, laterStrikeAtMs, strikeEndMs } from './fault-schedule.ts';
import { type FaultEvent, statusAfter } from './fault-status.ts';
import type { FaultStatusWriter } from './fault-status-writer.ts';
import type { TargetBook } from './target-book.ts';

export interface RunningFaultDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly injectors: readonly FaultInjector[];
  readonly book: TargetBook;
  readonly statuses: FaultStatusWriter;
}

export class RunningFault {
  readonly #deps: RunningFaultDeps;
  /** With the status as this process knows it, which may be ahead of what is written. */
  #fault: Fault;
  #timer: Timer | undefined;
  /** When the last strike was to begin. */
  #plannedMs = 0;
  /** What this strike has hit, while it lasts. */
  #hit: readonly string[] = [];
  #over = false;

  constructor(fault: Fault, deps: RunningFaultDeps) {
    this.#fault = fault;
    this.#deps = deps;
  }

  /** Takes it up where its status says that it was left. */
  begin(): void {
    const injector = this.#injector();
    if (injector === undefined) {
      const message = `no part of this cluster carries out faults of type ${this.#fault.spec.type}`;
      this.#tell({ type: 'failed', reason: 'Unsupported', message, again: undefined });
      this.#over = true;
      return;
    }
    if (this.#fault.status?.phase === 'Active') void this.#resume(injector);
    else this.#await(firstStrikeAtMs(this.#fault, this.#deps.clock.nowMs()));
  }

  /** The object is gone: cancels what is to come, heals what is broken. */
  async cancel(): Promise<void> {
    this.leave();
    const injector = this.#injector();
    if (injector !== undefined) await this.#release(injector).catch(() => {});
  }

  /** Does nothing more, and heals nothing. */
  leave(): void {
    this.#over = true;
    this.#timer?.cancel();
  }

  #injector(): FaultInjector | undefined {
    return this.#deps.injectors.find(({ types }) => types.includes(this.#fault.spec.type));
  }

  /** Waits for the next strike, if there is one. */
  #await(atMs: number | undefined): void {
    const { clock } = this.#deps;
    if (atMs === undefined) return;
    this.#plannedMs = atMs;
    const waitMs = atMs - clock.nowMs();
    if (waitMs > 0 && this.#fault.status?.nextStrikeAt === undefined) this.#tell({ type: 'scheduled', atMs });
    this.#timer = clock.after(Math.max(0, waitMs), () => void this.#strike());
  }

  async #strike(): Promise<void> {
    const injector = this.#injector();
    if (injector === undefined || this.#over) return;
    const { type } = this.#fault.spec;
    try {
      const targets = await injector.targets(this.#fault);
      if (this.#over) return;
      if (targets.length === 0) throw new FaultRefused('NoTarget', 'the fault names nothing that exists');
      if (injector.instant.has(type)) await this.#strikeOnce(injector, targets);
      else await this.#hold(injector, targets, 'struck');
    } catch (thrown) {
      if (!this.#over) this.#fail(thrown);
    }
  }

  async #strikeOnce(injector: FaultInjector, targets: readonly string[]): Promise<void> {
    const { spec } = this.#fault;
    for (const target of targets) await injector.strike(target, spec);
    if (this.#over) return;
    this.#tell({ type: 'struck', targets, notes: [] });
    this.#moment('injected', targets);
    this.#end([`${spec.type} is over once it struck`]);
  }

  async #resume(injector: FaultInjector): Promise<void> {
    const targets = this.#fault.status?.targets ?? [];
    try {
      await this.#hold(injector, targets, 'resumed');
    } catch (thrown) {
      if (!this.#over) this.#fail(thrown);
    }
  }

  /** Breaks the targets until the strike's time is over. */
  async #hold(injector: FaultInjector, targets: readonly string[], how: 'struck' | 'resumed'): Promise<void> {
    const { clock, book } = this.#deps;
    this.#hit = targets;
    if (how === 'resumed') this.#plannedMs = Date.parse(this.#fault.status?.injectedAt ?? '') || clock.nowMs();
    const beganMs =
      how === 'struck' ? clock.nowMs() : Date.parse(this.#fault.status?.injectedAt ?? '') || clock.nowMs();
    const endMs = strikeEndMs(this.#fault, beganMs);
    // Armed before anything is broken: whatever the strike takes away, its end comes.
    if (endMs !== undefined)
      this.#timer = clock.after(Math.max(0, endMs - clock.nowMs()), () => void this.#heal(injector));
    const notes: string[] = how === 'resumed' ? ['struck again after a restart of the server'] : [];
    for (const target of targets) {
      // Deleted, or over, while it was still striking.
      if (this.#over || this.#hit !== targets) return;
      const others = await book.add(injector, target, this.#fault);
      if (others.length > 0) notes.push(`${target} is also under ${others.join(', ')}: it heals with the last of them`);
    }
    if (this.#over || this.#hit !== targets) return;
    this.#tell({ type: how, targets, notes });
    this.#moment('injected', targets);
  }

  /** The strike's time is over. */
  async #heal(injector: FaultInjector): Promise<void> {
    if (this.#over) return;
    try {
      const notes = await this.#release(injector);
      if (!this.#over) this.#end(notes);
    } catch (thrown) {
      if (!this.#over) this.#end([`not everything could be healed: ${messageOf(thrown)}`]);
    }
  }

  /** Takes the fault off everything that it hit; says what stays broken by others. */
  async #release(injector: FaultInjector): Promise<string[]> {
    const targets = this.#hit;
    this.#hit = [];
    if (targets.length === 0) return [];
    const left = await Promise.all(
      targets.map(async (target) => ({ target, others: await this.#deps.book.remove(injector, target, this.#fault) })),
    );
    this.#moment('healed', targets);
    return left
      .filter(({ others }) => others.length > 0)
      .map(({ target, others }) => `${target} stays under ${others.join(', ')}`);
  }

  /** The strike is over, and healed. */
  #end(notes: readonly string[]): void {
    const again = laterStrikeAtMs(this.#fault, this.#plannedMs, this.#deps.clock.nowMs());
    this.#tell({ type: 'healed', again, notes });
    this.#await(again);
  }

  #fail(thrown: unknown): void {
    const { clock, logger } = this.#deps;
    const message = messageOf(thrown);
    const reason = thrown instanceof FaultRefused ? thrown.reason : 'NotCarriedOut';
    logger.warn({ fault: this.#fault.metadata?.name, error: message }, 'a fault was not carried out');
    // A strike that failed counts: a repetition goes on with the next.
    const { spec, status } = this.#fault;
    const strikes = (status?.strikes ?? 0) + (spec.repeat === undefined ? 0 : 1);
    this.#fault = { ...this.#fault, status: { ...(status ?? { phase: 'Pending' }), strikes } };
    const again = laterStrikeAtMs(this.#fault, this.#plannedMs, clock.nowMs());
    this.#tell({ type: 'failed', reason, message, again });
    if (again === undefined) this.#over = true;
    else this.#await(again);
  }

  #tell(event: FaultEvent): void {
    const status = statusAfter(this.#fault, event, this.#deps.clock.nowMs());
    this.#fault = { ...this.#fault, status };
    this.#deps.statuses.write(this.#fault, status);
  }

  #moment(phase: 'injected' | 'healed', targets: readonly string[]): void {
    const { recorder } = this.#deps;
    if (!recorder.active) return;
    const { metadata, spec } = this.#fault;
    const words = `${spec.type} of ${targets.join(', ')}`;
    recorder.record({ type: 'fault', fault: metadata?.name ?? '', phase, targets, words });
  }
}
