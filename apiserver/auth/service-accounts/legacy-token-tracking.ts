/**
 * The ConfigMap that says since when the use of long-lived service-account tokens is noted down: the cleaner of such
 * tokens counts from there. What is no date is replaced at once; one that was deleted comes back, but no sooner than half
 * an hour after it was made, lest servers with and without it fight (pkg/controlplane/controller/legacytokentracking).
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { ServerParts } from '../../machinery/build-api-server.ts';
import type { KubeObject } from '../../machinery/resource-row.ts';
import { StatusError } from '../../machinery/status.ts';

const CONFIG_MAPS = { group: '', resource: 'configmaps' };
const NAMESPACE = 'kube-system';
const NAME = 'kube-apiserver-legacy-service-account-token-tracking';
const CREATION_SPACING_MS = 30 * 60_000;
const RETRY_MS = 5000;

export interface LegacyTokenTrackingDeps {
  readonly parts: ServerParts;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class LegacyTokenTracking {
  readonly #deps: LegacyTokenTrackingDeps;
  readonly #undo: (() => void)[] = [];
  #createdAtMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(deps: LegacyTokenTrackingDeps) {
    this.#deps = deps;
  }

  /** Resolves when it is there. */
  async start(): Promise<void> {
    await this.#ensure();
    const changed = ({ metadata }: KubeObject): void => {
      if (metadata.namespace === NAMESPACE && metadata.name === NAME) this.#keep();
    };
    this.#undo.push(this.#deps.parts.objects.follow(CONFIG_MAPS, { put: changed, remove: changed }));
  }

  stop(): void {
    this.#timer?.cancel();
    for (const undo of this.#undo.splice(0)) undo();
  }

  /** One after the other: what comes last is what counts. */
  #keep(): void {
    this.#keeping = this.#keeping
      .then(() => this.#ensure())
      .catch((thrown) => {
        this.#deps.logger.warn({ error: messageOf(thrown) }, `configmap ${NAMESPACE}/${NAME} not written`);
        this.#keepIn(RETRY_MS);
      });
  }

  #keepIn(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.after(ms, () => this.#keep());
  }

  async #ensure(): Promise<void> {
    const { parts, clock } = this.#deps;
    const services = parts.services();
    const since = new Date(clock.nowMs()).toISOString().slice(0, 10);
    const present = await services.get(CONFIG_MAPS, NAMESPACE, NAME);
    if (present !== undefined) {
      if (isDate(present)) return;
      await services.update(
        CONFIG_MAPS,
        NAMESPACE,
        NAME,
        (map) => (isDate(map) ? undefined : { ...map, data: { ...dataOf(map), since } }),
        { owned: true },
      );
      return;
    }
    const waitMs = this.#createdAtMs + CREATION_SPACING_MS - clock.monotonicMs();
    if (waitMs > 0) return this.#keepIn(waitMs);
    try {
      await services.create(CONFIG_MAPS, { metadata: { name: NAME, namespace: NAMESPACE }, data: { since } });
      this.#createdAtMs = clock.monotonicMs();
    } catch (thrown) {
      // Another API server was quicker.
      if (!(thrown instanceof StatusError) || thrown.reason !== 'AlreadyExists') throw thrown;
    }
  }
}

function dataOf(map: KubeObject): Readonly<Record<string, string>> {
  return (map.data as Record<string, string> | undefined) ?? {};
}

function isDate(map: KubeObject): boolean {
  const { since = '' } = dataOf(map);
  return /^\d{4}-\d{2}-\d{2}$/.test(since) && !Number.isNaN(Date.parse(since));
}
