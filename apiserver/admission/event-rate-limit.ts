/** Events, of which a sick cluster makes floods, are let in only at a limited rate. Off unless configured. */
import type { Clock } from '../../base/clock.ts';
import type { ConfigNode } from '../auth/config-file.ts';
import type { KubeObject, ResourceRow } from '../machinery/resource-row.ts';
import { aggregateTexts, tooManyRequests } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is } from './pods.ts';

const LIMIT_TYPES = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const;
export type EventLimitType = (typeof LIMIT_TYPES)[number];

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
export function readEventLimits(node: ConfigNode): EventLimit[] {
  node.only('apiVersion', 'kind', 'limits');
  const items = node.field('limits').items();
  if (items.length === 0) node.field('limits').fail('must not be empty');
  return items.map((item) => {
    item.only('type', 'qps', 'burst', 'cacheSize');
    const type = item.field('type').oneOf(LIMIT_TYPES);
    const cacheSize = item.field('cacheSize').optionalNumber();
    if (cacheSize !== undefined && cacheSize < 0) item.field('cacheSize').fail('must not be negative');
    const positive = (name: string): number => {
      const value = item.field(name).optionalNumber() ?? 0;
      return value > 0 ? value : item.field(name).fail('must be positive');
    };
    return {
      type,
      qps: positive('qps'),
      burst: positive('burst'),
      ...(cacheSize === undefined ? {} : { cacheSize }),
    };
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
