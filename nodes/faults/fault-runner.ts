/**
 * Carries out `Fault` objects: waits for their start, injects, heals when the duration is over or the object is deleted,
 * and says in the status what was hit and when. What a fault type does is an injector's; there is one for nodes
 * (`node-faults.ts`) and the cluster adds one for store members.
 *
 * Invariants: a target under several faults heals when the last of them is gone; a fault that was active when this
 * process ended is active again after a start (`activeAtStart`), for the time that is left.
 */
import { type Clock, type Timer, timestamp } from '../../base/clock.ts';
import { parseDuration } from '../../base/duration.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import { type Client, isNotFound } from '../../controllers/runtime/client.ts';
import { Informer } from '../../controllers/runtime/informer.ts';
import { faults } from '../../controllers/runtime/resources.ts';
import type { Fault, FaultStatus, FaultType } from './fault.ts';

export interface FaultInjector {
  readonly types: readonly FaultType[];
  /** The targets that exist now; empty: the fault names nothing. */
  targets(fault: Fault): Promise<readonly string[]>;
  inject(type: FaultType, target: string): Promise<void>;
  /** Absent target or fault type without an after-effect: nothing to do. */
  heal(type: FaultType, target: string): Promise<void>;
}

export interface FaultRunnerDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly injectors: readonly FaultInjector[];
}

interface Active {
  readonly fault: Fault;
  readonly injector: FaultInjector;
  targets: readonly string[];
  timer: Timer | undefined;
}

export class FaultRunner {
  readonly #deps: FaultRunnerDeps;
  readonly #informer: Informer<Fault>;
  /** By the fault's uid. */
  readonly #running = new Map<string, Active>();

  constructor(deps: FaultRunnerDeps) {
    this.#deps = deps;
    this.#informer = new Informer<Fault>(deps, faults);
    this.#informer.subscribe({
      added: (fault) => this.#begin(fault),
      deleted: (fault) => this.#deleted(fault),
    });
  }

  start(): void {
    this.#informer.start();
  }

  async stop(): Promise<void> {
    for (const { timer } of this.#running.values()) timer?.cancel();
    this.#running.clear();
    await this.#informer.stop();
  }

  #begin(fault: Fault): void {
    const uid = fault.metadata?.uid ?? '';
    const phase = fault.status?.phase;
    if (this.#running.has(uid) || phase === 'Healed' || phase === 'Failed') return;
    const injector = this.#deps.injectors.find((each) => each.types.includes(fault.spec.type));
    if (injector === undefined) {
      void this.#setStatus(fault, {
        phase: 'Failed',
        message: `no part of this cluster carries out faults of type ${fault.spec.type}`,
      });
      return;
    }
    const active: Active = { fault, injector, targets: [], timer: undefined };
    this.#running.set(uid, active);
    const createdMs = Date.parse(fault.metadata?.creationTimestamp ?? '') || this.#deps.clock.nowMs();
    const delayMs =
      phase === 'Active'
        ? 0
        : Math.max(0, createdMs + (parseDuration(fault.spec.startDelay ?? '0') ?? 0) - this.#deps.clock.nowMs());
    if (delayMs > 0) void this.#setStatus(fault, { phase: 'Pending' });
    active.timer = this.#deps.clock.after(delayMs, () => void this.#inject(active));
  }

  async #inject(active: Active): Promise<void> {
    const { clock, logger } = this.#deps;
    const { fault, injector } = active;
    const { type, duration } = fault.spec;
    try {
      const targets = await injector.targets(fault);
      if (!this.#isRunning(active)) return;
      if (targets.length === 0) {
        this.#running.delete(fault.metadata?.uid ?? '');
        await this.#setStatus(fault, { phase: 'Failed', message: 'the fault names nothing that exists' });
        return;
      }
      active.targets = targets;
      const durationMs = duration === undefined ? undefined : parseDuration(duration);
      const injectedAt = fault.status?.injectedAt ?? timestamp(clock.nowMs());
      if (durationMs !== undefined) {
        const leftMs = Date.parse(injectedAt) + durationMs - clock.nowMs();
        active.timer = clock.after(Math.min(durationMs, Math.max(0, leftMs)), () => void this.#heal(active, true));
      }
      for (const target of targets) await injector.inject(type, target);
      this.#moment(fault, 'injected', targets, `${type} of ${targets.join(', ')}`);
      await this.#setStatus(fault, { phase: 'Active', targets, injectedAt });
    } catch (thrown) {
      logger.error({ fault: fault.metadata?.name, error: messageOf(thrown) }, 'fault not injected');
      await this.#setStatus(fault, { phase: 'Failed', message: messageOf(thrown) });
    }
  }

  #deleted(fault: Fault): void {
    const active = this.#running.get(fault.metadata?.uid ?? '');
    if (active !== undefined) void this.#heal(active, false);
  }

  async #heal(active: Active, report: boolean): Promise<void> {
    const { fault, injector, targets, timer } = active;
    if (!this.#isRunning(active)) return;
    this.#running.delete(fault.metadata?.uid ?? '');
    timer?.cancel();
    for (const target of targets) {
      const held = [...this.#running.values()].some(
        (other) => other.injector === injector && other.targets.includes(target),
      );
      if (held) continue;
      try {
        await injector.heal(fault.spec.type, target);
      } catch (thrown) {
        this.#deps.logger.error({ fault: fault.metadata?.name, target, error: messageOf(thrown) }, 'fault not healed');
      }
    }
    if (targets.length > 0) this.#moment(fault, 'healed', targets, `${fault.spec.type} of ${targets.join(', ')}`);
    if (report)
      await this.#setStatus(fault, { phase: 'Healed', targets, healedAt: timestamp(this.#deps.clock.nowMs()) });
  }

  #isRunning(active: Active): boolean {
    return this.#running.get(active.fault.metadata?.uid ?? '') === active;
  }

  async #setStatus(fault: Fault, status: FaultStatus): Promise<void> {
    try {
      await this.#deps.client.patch(
        faults,
        fault.metadata?.name ?? '',
        undefined,
        'merge',
        { status },
        { subresource: 'status' },
      );
    } catch (thrown) {
      if (!isNotFound(thrown))
        this.#deps.logger.warn({ fault: fault.metadata?.name, error: messageOf(thrown) }, 'fault status not written');
    }
  }

  #moment(fault: Fault, phase: 'injected' | 'healed', targets: readonly string[], words: string): void {
    const { recorder } = this.#deps;
    if (recorder.active) recorder.record({ type: 'fault', fault: fault.metadata?.name ?? '', phase, targets, words });
  }
}

/** The names that active faults of the given types hold, read before anything is started: those nodes stay down. */
export async function activeAtStart(client: Client, types: readonly FaultType[]): Promise<ReadonlySet<string>> {
  const list = await client.list<Fault>(faults);
  const active = list.items.filter((fault) => fault.status?.phase === 'Active' && types.includes(fault.spec.type));
  return new Set(active.flatMap((fault) => fault.status?.targets ?? []));
}
