/**
 * Keeps aggregated ClusterRoles up: when a role is labelled for one, the rules of that one follow. Upstream leaves this to
 * the controller manager; here the API server does it too, so that it serves roles right when it runs alone. Whoever
 * comes second finds nothing to do.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { RegistryServices } from '../../machinery/resource-row.ts';
import type { ObjectCache } from '../object-cache.ts';
import { staleAggregations } from './aggregation.ts';
import type { RbacIndex } from './rbac-index.ts';
import { RBAC_GROUP } from './rbac-source.ts';

/** Changes that come together are taken together. */
const SETTLE_MS = 20;
const RETRY_MS = 1000;

export interface RoleAggregatorDeps {
  readonly index: RbacIndex;
  readonly cache: ObjectCache;
  readonly services: () => RegistryServices;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class RoleAggregator {
  readonly #deps: RoleAggregatorDeps;
  #timer: Timer | undefined;
  #stopFollowing: () => void = () => {};
  #stopped = false;

  constructor(deps: RoleAggregatorDeps) {
    this.#deps = deps;
  }

  /** The index must be following the roles already. */
  start(): void {
    const look = (): void => this.#lookIn(SETTLE_MS);
    this.#stopFollowing = this.#deps.cache.follow(
      { group: RBAC_GROUP, resource: 'clusterroles' },
      { put: look, remove: look },
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#stopFollowing();
  }

  #lookIn(delayMs: number): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#update().catch((error: unknown) => {
        this.#deps.logger.warn({ error: messageOf(error) }, 'cannot aggregate cluster roles yet');
        this.#lookIn(RETRY_MS);
      });
    });
  }

  async #update(): Promise<void> {
    const { index, services } = this.#deps;
    for (const { role, rules } of staleAggregations(index)) {
      const which = { group: RBAC_GROUP, resource: 'clusterroles' };
      await services().update(which, undefined, role.metadata.name ?? '', (present) =>
        present.aggregationRule === undefined ? undefined : { ...present, rules },
      );
    }
  }
}
