/** Events, of which a sick cluster makes floods, are let in only at a limited rate. Off unless configured. */
import type { Clock } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import type { KubeObject, ResourceRow } from '../machinery/resource-row.ts';
import { aggregateTexts, tooManyRequests } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is } from './pods.ts';

export type EventLimitType = 'Server' | 'Namespace' | 'User' | 'SourceAndObject';

export interface EventLimit {
  readonly type: EventLimitType;
  /** Events a second. */
  readonly qps: number;
  /** Events at once. */
  readonly burst: number;
  /** Namespaces, users or sources remembered; the least recently seen are forgotten. 4096 by default. */
  readonly cacheSize?: number;
}

const KEYS_DEFAULT = 4096;

/** Of eventratelimit.admission.k8s.io/v1alpha1, kind Configuration. UsageError with file and field. */
export function readEventLimits(configuration: unknown, file: string): EventLimit[] {
  const { limits } = (configuration ?? {}) as { limits?: unknown };
  if (!Array.isArray(limits) || limits.length === 0) throw new UsageError(`${file}: limits: at least one is needed`);
  return limits.map((limit: Partial<EventLimit>, index) => {
    const field = `${file}: limits[${index}]`;
    const { type, qps, burst, cacheSize } = limit;
    if (type === undefined || !['Server', 'Namespace', 'User', 'SourceAndObject'].includes(type)) {
      throw new UsageError(`${field}.type: must be Server, Namespace, User or SourceAndObject`);
    }
    for (const [name, value] of Object.entries({ qps, burst })) {
      if (typeof value !== 'number' || value <= 0) throw new UsageError(`${field}.${name}: must be positive`);
    }
    if (cacheSize !== undefined && cacheSize < 0) throw new UsageError(`${field}.cacheSize: must not be negative`);
    return { type, qps: qps ?? 0, burst: burst ?? 0, ...(cacheSize === undefined ? {} : { cacheSize }) };
  });
}

export class EventRateLimit implements AdmissionStep {
  readonly name = 'EventRateLimit';
  readonly #limits: readonly { readonly limit: EventLimit; readonly buckets: Map<string, Bucket> }[];
  readonly #clock: Clock;

  constructor(limits: readonly EventLimit[], clock: Clock) {
    this.#limits = limits.map((limit) => ({ limit, buckets: new Map() }));
    this.#clock = clock;
  }

  handles(operation: AdmissionOperation, row: ResourceRow): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    return is(row, '', 'events') || is(row, 'events.k8s.io', 'events');
  }

  validate(attributes: AdmissionAttributes): void {
    if (attributes.dryRun) return;
    const reached: string[] = [];
    for (const { limit, buckets } of this.#limits) {
      const key = keyOf(limit.type, attributes);
      if (!this.#take(limit, buckets, key)) reached.push(`limit reached on type ${limit.type} for key ${key}`);
    }
    if (reached.length > 0) throw tooManyRequests(`Too many requests: ${aggregateTexts(reached)}`, 1);
  }

  #take(limit: EventLimit, buckets: Map<string, Bucket>, key: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    const known = buckets.get(key);
    const tokens = Math.min(
      limit.burst,
      known === undefined ? limit.burst : known.tokens + ((nowMs - known.atMs) / 1000) * limit.qps,
    );
    const taken = tokens >= 1;
    buckets.delete(key);
    buckets.set(key, { tokens: taken ? tokens - 1 : tokens, atMs: nowMs });
    const oldest = buckets.keys().next().value;
    if (buckets.size > (limit.cacheSize || KEYS_DEFAULT) && oldest !== undefined) buckets.delete(oldest);
    return taken;
  }
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

function keyOf(type: EventLimitType, { namespace, user, object }: AdmissionAttributes): string {
  switch (type) {
    case 'Server':
      return '';
    case 'Namespace':
      return namespace;
    case 'User':
      return user.name;
    case 'SourceAndObject':
      return sourceAndObject(object);
  }
}

function sourceAndObject(event: KubeObject | undefined): string {
  const source = (event?.source ?? event?.deprecatedSource ?? {}) as Record<string, string | undefined>;
  const about = (event?.involvedObject ?? event?.regarding ?? {}) as Record<string, string | undefined>;
  return [source.component, source.host, about.kind, about.namespace, about.name, about.uid, about.apiVersion].join('');
}
