/**
 * Keeps flow control and the stored priority levels and flow schemas together: what is stored is enforced a moment
 * later, and what ought to be stored is (`flow-plan.ts`).
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { V1FlowSchema, V1PriorityLevelConfiguration } from '../../../generated/kubernetes.d.ts';
import type { KubeObject, RegistryServices } from '../../machinery/resource-row.ts';
import { StatusError } from '../../machinery/status.ts';
import type { ObjectCache } from '../object-cache.ts';
import { apiServerUser } from '../users.ts';
import { defaultFlowSchemas, defaultPriorityLevels, FLOW_GROUP } from './default-flows.ts';
import type { FairFlowControl } from './flow-control.ts';
import { type FlowChange, LEVELS, planConditions, planDefaults, SCHEMAS, type StoredFlows } from './flow-plan.ts';

/** Changes that come together are taken together. */
const SETTLE_MS = 20;
const RETRY_MS = 1000;
/** How often the default objects are looked after (upstream's period). */
const UPKEEP_MS = 60_000;

export interface FlowKeeperDeps {
  readonly control: FairFlowControl;
  readonly objects: ObjectCache;
  readonly services: () => RegistryServices;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class FlowKeeper {
  readonly #deps: FlowKeeperDeps;
  readonly #levels = new Map<string, KubeObject>();
  readonly #schemas = new Map<string, KubeObject>();
  readonly #undo: (() => void)[] = [];
  #timer: Timer | undefined;
  #stopped = false;

  constructor(deps: FlowKeeperDeps) {
    this.#deps = deps;
  }

  /** Makes the default objects that are missing, and from now on follows what is stored. */
  async start(): Promise<void> {
    const { clock } = this.#deps;
    this.#follow(LEVELS, this.#levels);
    this.#follow(SCHEMAS, this.#schemas);
    await this.#carryOut(planDefaults(this.#stored(), clock.nowMs()));
    const upkeep = clock.every(UPKEEP_MS, () => this.#try(() => planDefaults(this.#stored(), clock.nowMs())));
    this.#undo.push(() => upkeep.cancel());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const undo of this.#undo.splice(0)) undo();
  }

  #follow(resource: string, into: Map<string, KubeObject>): void {
    const stop = this.#deps.objects.follow(
      { group: FLOW_GROUP, resource },
      {
        put: (object) => {
          into.set(object.metadata.name ?? '', object);
          this.#changed(SETTLE_MS);
        },
        remove: ({ metadata }) => {
          into.delete(metadata.name ?? '');
          this.#changed(SETTLE_MS);
        },
      },
    );
    this.#undo.push(stop);
  }

  #changed(delayMs: number): void {
    if (this.#timer !== undefined || this.#stopped) return;
    const { clock } = this.#deps;
    this.#timer = clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#enforce();
      this.#try(() => planConditions(this.#stored(), clock.nowMs()));
    });
  }

  /** Until anything is stored, which is for a moment of the very first start, the defaults hold. */
  #enforce(): void {
    const { control } = this.#deps;
    if (this.#levels.size === 0 && this.#schemas.size === 0)
      control.configure(defaultPriorityLevels, defaultFlowSchemas);
    else {
      control.configure(
        this.#levels.values() as Iterable<V1PriorityLevelConfiguration>,
        this.#schemas.values() as Iterable<V1FlowSchema>,
      );
    }
  }

  #stored(): StoredFlows {
    return { levels: [...this.#levels.values()], schemas: [...this.#schemas.values()] };
  }

  #try(plan: () => FlowChange[]): void {
    this.#carryOut(plan()).catch((error: unknown) => {
      this.#deps.logger.warn({ error: messageOf(error) }, 'cannot keep the flow control objects yet');
      this.#changed(RETRY_MS);
    });
  }

  async #carryOut(changes: readonly FlowChange[]): Promise<void> {
    // One level of changes after the other would cost a write each; the order among objects does not matter.
    await Promise.all(changes.map((change) => this.#carryOutOne(change)));
  }

  async #carryOutOne(change: FlowChange): Promise<void> {
    const services = this.#deps.services();
    const resource = { group: FLOW_GROUP, resource: change.resource };
    try {
      if (change.type === 'create') await services.create(resource, change.object);
      else if (change.type === 'delete') await services.delete(resource, undefined, change.name, {}, apiServerUser);
      else await services.update(resource, undefined, change.name, change.revise);
    } catch (thrown) {
      // Another server was faster.
      const reason = thrown instanceof StatusError ? thrown.reason : '';
      if (reason !== 'AlreadyExists' && reason !== 'NotFound') throw thrown;
    }
  }
}
