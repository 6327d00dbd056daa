/** Which faults are on which target now; every change brings the target to what they say together. */
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Fault, FaultSpec } from './fault.ts';
import type { FaultInjector } from './fault-injector.ts';

interface Held {
  readonly injector: FaultInjector;
  /** By the fault's uid. */
  readonly faults: Map<string, { readonly name: string; readonly spec: FaultSpec }>;
}

export class TargetBook {
  readonly #logger: Logger;
  readonly #held = new Map<string, Held>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Puts the fault on the target. Resolves with the names of the other faults on it when the target is so. */
  async add(injector: FaultInjector, target: string, fault: Fault): Promise<readonly string[]> {
    const key = keyOf(injector, target);
    const held = this.#held.get(key) ?? { injector, faults: new Map() };
    this.#held.set(key, held);
    const others = [...held.faults.values()].map(({ name }) => name);
    held.faults.set(fault.metadata?.uid ?? '', { name: fault.metadata?.name ?? '', spec: fault.spec });
    await this.#apply(target, held);
    return others;
  }

  /** Takes the fault off the target. Resolves with the names of those that are left on it. */
  async remove(injector: FaultInjector, target: string, fault: Fault): Promise<readonly string[]> {
    const key = keyOf(injector, target);
    const held = this.#held.get(key);
    if (held?.faults.delete(fault.metadata?.uid ?? '') !== true) return [];
    if (held.faults.size === 0) this.#held.delete(key);
    await this.#apply(target, held).catch((thrown: unknown) => {
      this.#logger.error({ target, error: messageOf(thrown) }, 'a target was not healed');
      throw thrown;
    });
    return [...held.faults.values()].map(({ name }) => name);
  }

  #apply(target: string, { injector, faults }: Held): Promise<void> {
    return injector.apply(
      target,
      [...faults.values()].map(({ spec }) => spec),
    );
  }
}

function keyOf(injector: FaultInjector, target: string): string {
  return `${injector.types[0]} ${target}`;
}
