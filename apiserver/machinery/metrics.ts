/**
 * What the API server counts, under kube-apiserver's own metric names, so that dashboards made for it work. Labels are
 * bounded: verbs, resources and codes of what is served, never names of objects or users.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiAnswer } from './api-server.ts';
import type { Exchange } from './exchange.ts';

const DURATION_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const SIZE_BUCKETS = [1000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const REQUEST_LABELS = [
  'verb',
  'dry_run',
  'group',
  'version',
  'resource',
  'subresource',
  'scope',
  'component',
] as const;

/** Read when somebody scrapes. */
export interface MetricSources {
  /** Resource (`pods`, `deployments.apps`) to the number of its objects. */
  objectCounts(): Iterable<readonly [resource: string, count: number]>;
  cacheRevision(): number;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Counter<string>;
  readonly #durations: Histogram<string>;
  readonly #sizes: Histogram<string>;
  readonly #inflight: Gauge<string>;
  readonly #longRunning: Gauge<string>;
  readonly #terminations: Counter<string>;
  readonly #watchEvents: Counter<string>;
  readonly #authenticated: Counter<string>;
  readonly #attempts: Counter<string>;
  readonly #decisions: Counter<string>;

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    this.#requests = new Counter({
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labelNames: [...REQUEST_LABELS, 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labelNames: REQUEST_LABELS,
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#sizes = new Histogram({
      name: 'apiserver_response_sizes',
      help: 'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
      buckets: SIZE_BUCKETS,
      registers,
    });
    this.#inflight = new Gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Number of requests under way, by kind.',
      labelNames: ['request_kind'],
      registers,
    });
    this.#longRunning = new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.',
      labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
      registers,
    });
    this.#terminations = new Counter({
      name: 'apiserver_request_terminations_total',
      help: 'Number of requests which apiserver terminated in self-defense.',
      labelNames: ['code', 'component', 'group', 'version', 'resource', 'scope', 'subresource', 'verb'],
      registers,
    });
    this.#watchEvents = new Counter({
      name: 'apiserver_watch_events_total',
      help: 'Number of events sent in watch clients',
      labelNames: ['group', 'version', 'resource'],
      registers,
    });
    this.#authenticated = new Counter({
      name: 'authenticated_user_requests',
      help: 'Counter of authenticated requests broken out by username.',
      labelNames: ['username'],
      registers,
    });
    this.#attempts = new Counter({
      name: 'authentication_attempts',
      help: 'Counter of authenticated attempts.',
      labelNames: ['result'],
      registers,
    });
    this.#decisions = new Counter({
      name: 'apiserver_authorization_decisions_total',
      help: 'Total number of terminal decisions made by an authorizer split by authorizer type, authorizer name, and decision.',
      labelNames: ['type', 'name', 'decision'],
      registers,
    });
    const objects = new Gauge({
      name: 'apiserver_storage_objects',
      help: 'Number of stored objects at the time of last check split by kind.',
      labelNames: ['resource'],
      registers,
      collect() {
        objects.reset();
        for (const [resource, count] of sources.objectCounts()) objects.set({ resource }, count);
      },
    });
    const revision = new Gauge({
      name: 'apiserver_watch_cache_resource_version',
      help: 'Current resource version of watch cache.',
      registers,
      collect() {
        revision.set(sources.cacheRevision());
      },
    });
  }

  /** Counts one request; call the result when it is answered. */
  begin(exchange: Exchange, longRunning: boolean): (answer: ApiAnswer, seconds: number) => void {
    const labels = labelsOf(exchange);
    const kind = mutating(exchange) ? 'mutating' : 'readOnly';
    if (!longRunning) this.#inflight.inc({ request_kind: kind });
    return (answer, seconds) => {
      if (!longRunning) this.#inflight.dec({ request_kind: kind });
      this.#requests.inc({ ...labels, code: String(answer.code) });
      if (!longRunning) this.#durations.observe(labels, seconds);
    };
  }

  /** The body of an answer has been sent. */
  sent(exchange: Exchange, bytes: number): void {
    const { dry_run: _, ...labels } = labelsOf(exchange);
    this.#sizes.observe(labels, bytes);
  }

  longRunning(exchange: Exchange): () => void {
    const { dry_run: _, ...labels } = labelsOf(exchange);
    this.#longRunning.inc(labels);
    return () => this.#longRunning.dec(labels);
  }

  terminated(exchange: Exchange, code: number): void {
    const { dry_run: _, ...labels } = labelsOf(exchange);
    this.#terminations.inc({ ...labels, code: String(code) });
  }

  watchEvent(group: string, version: string, resource: string): void {
    this.#watchEvents.inc({ group, version, resource });
  }

  authenticated(result: 'success' | 'failure' | 'error'): void {
    this.#attempts.inc({ result });
    if (result === 'success') this.#authenticated.inc({ username: 'other' });
  }

  decided(decision: string): void {
    this.#decisions.inc({ type: 'Union', name: 'default', decision });
  }

  /** The process's own metrics come with the first scrape: collecting them costs something all the time. */
  async text(): Promise<string> {
    if (this.registry.getSingleMetric('process_cpu_seconds_total') === undefined) {
      collectDefaultMetrics({ register: this.registry });
    }
    return this.registry.metrics();
  }
}

function mutating({ info }: Exchange): boolean {
  return ['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put'].includes(info.verb);
}

/** Only what is served becomes a label: anything else would let clients make up any number of them. */
function labelsOf({ info, served }: Exchange): Record<(typeof REQUEST_LABELS)[number], string> {
  const known = served !== undefined;
  return {
    verb: known ? verbLabel(info.verb) : info.resourceRequest ? 'other' : info.verb.toUpperCase().slice(0, 7),
    dry_run: info.query.get('dryRun') === 'All' ? 'All' : '',
    group: known ? info.group : '',
    version: known ? info.version : '',
    resource: known ? info.resource : '',
    subresource: known && Object.hasOwn(served.row.subresources, info.subresource) ? info.subresource : '',
    scope: !known ? '' : info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster',
    component: 'apiserver',
  };
}

function verbLabel(verb: string): string {
  const names: Readonly<Record<string, string>> = {
    create: 'POST',
    update: 'PUT',
    deletecollection: 'DELETECOLLECTION',
  };
  return names[verb] ?? verb.toUpperCase();
}
