/**
 * What the API server counts, under kube-apiserver's own metric names, so that dashboards made for it work. Labels are
 * bounded: verbs, resources and codes of what is served, never names of objects or users.
 */
import type { Registry } from 'prom-client';
import type { ApiAnswer } from './api-server.ts';
import type { Exchange } from './exchange.ts';
import { Counts, Histograms, type LabelValues } from './request-metrics.ts';
import type { ServedRow } from './served-rows.ts';
import { mutatingVerbs } from './steps.ts';

const DURATION_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
/** From a millisecond, each twice the one before. */
const ACCESS_BUCKETS = Array.from({ length: 15 }, (_, index) => 2 ** index / 1000);
const REQUEST_LABELS = ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component'];

/** Read when somebody scrapes. */
export interface MetricSources {
  /** Resource (`pods`, `deployments.apps`) to the number of its objects. */
  objectCounts(): Iterable<readonly [resource: string, count: number]>;
  cacheRevision(): number;
  watchers(): Iterable<readonly [resource: string, count: number]>;
  /** More families in the exposition format. */
  more?(): string;
  /** Families that are left out. */
  readonly disabled?: readonly string[];
}

export class Metrics {
  readonly #sources: MetricSources;
  readonly #keys = new WeakMap<ServedRow, Readonly<Record<Scope, Map<string, SeriesKey>>>>();
  #process: Promise<Registry> | undefined;
  readonly #requests = new Counts({
    name: 'apiserver_request_total',
    help: 'Requests by verb, dry run, group, version, resource, scope, component and response code.',
    labels: [...REQUEST_LABELS, 'code'],
  });
  readonly #durations = new Histograms(
    {
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency in seconds by verb, dry run, group, version, resource, subresource, scope and component.',
      labels: REQUEST_LABELS,
    },
    DURATION_BUCKETS,
  );
  readonly #inflight = new Counts(
    { name: 'apiserver_current_inflight_requests', help: 'Requests under way by kind.', labels: ['request_kind'] },
    'gauge',
  );
  readonly #longRunning = new Counts(
    {
      name: 'apiserver_longrunning_requests',
      help: 'Long-running requests under way by verb, group, version, resource, scope and component.',
      labels: REQUEST_LABELS,
    },
    'gauge',
  );
  readonly #terminations = new Counts({
    name: 'apiserver_request_terminations_total',
    help: 'Requests that were refused in self-defense.',
    labels: [...REQUEST_LABELS, 'code'],
  });
  readonly #attempts = new Counts({ name: 'authentication_attempts', help: 'Attempts by result.', labels: ['result'] });
  readonly #users = new Counts({
    name: 'authenticated_user_requests',
    help: 'Requests by user, as far as the name may be told.',
    labels: ['username'],
  });
  readonly #authorizations = new Counts({
    name: 'authorization_attempts_total',
    help: 'Attempts by result.',
    labels: ['result'],
  });
  readonly #authenticationDurations = new Histograms(
    {
      name: 'authentication_duration_seconds',
      help: 'How long it took to tell who asks, by result.',
      labels: ['result'],
    },
    ACCESS_BUCKETS,
  );
  readonly #authorizationDurations = new Histograms(
    {
      name: 'authorization_duration_seconds',
      help: 'How long it took to tell whether they may, by result.',
      labels: ['result'],
    },
    ACCESS_BUCKETS,
  );
  readonly #decisions = new Counts({
    name: 'apiserver_authorization_decisions_total',
    help: 'Final decisions of authorizers.',
    labels: ['type', 'name', 'decision'],
  });

  constructor(sources: MetricSources) {
    this.#sources = sources;
  }

  /** Counts one request; call the result when it is answered. */
  begin(exchange: Exchange, longRunning: boolean): (answer: ApiAnswer, seconds: number) => void {
    const key = this.#keyOf(exchange);
    const kind = mutatingVerbs.has(exchange.info.verb) ? 'mutating' : 'readOnly';
    if (!longRunning) this.#inflight.add(kind, () => [kind]);
    return (answer, seconds) => {
      const { code } = answer;
      this.#requests.add(key.withCode(code), () => [...labelsOf(exchange), String(code)]);
      if (longRunning) return;
      this.#inflight.add(kind, () => [kind], -1);
      this.#durations.observe(key.text, () => labelsOf(exchange), seconds);
    };
  }

  /** Of the same resource, verb and scope always the same text: to put one together and hash it costs more than to count. */
  #keyOf(exchange: Exchange): SeriesKey {
    const { info, served } = exchange;
    if (served === undefined || info.subresource !== '' || info.query.size > 0) return new SeriesKey(keyOf(exchange));
    let ofRow = this.#keys.get(served);
    if (ofRow === undefined) {
      ofRow = { resource: new Map(), namespace: new Map(), cluster: new Map() };
      this.#keys.set(served, ofRow);
    }
    const ofScope = ofRow[scopeOf(info)];
    let key = ofScope.get(info.verb);
    if (key === undefined) {
      key = new SeriesKey(keyOf(exchange));
      ofScope.set(info.verb, key);
    }
    return key;
  }

  /** A watch or stream has begun; call the result when it ends. */
  longRunning(exchange: Exchange): () => void {
    const key = keyOf(exchange);
    const labels = (): LabelValues => labelsOf(exchange);
    this.#longRunning.add(key, labels);
    return () => this.#longRunning.add(key, labels, -1);
  }

  terminated(exchange: Exchange, code: number): void {
    this.#terminations.add(`${keyOf(exchange)} ${code}`, () => [...labelsOf(exchange), String(code)]);
  }

  authenticated(user: string, seconds: number): void {
    this.#attempts.add('success', () => ['success']);
    this.#authenticationDurations.observe('success', () => ['success'], seconds);
    const shown = shownUser(user);
    this.#users.add(shown, () => [shown]);
  }

  notAuthenticated(seconds: number): void {
    this.#attempts.add('failure', () => ['failure']);
    this.#authenticationDurations.observe('failure', () => ['failure'], seconds);
  }

  authorized(result: 'allowed' | 'denied' | 'no-opinion', seconds: number): void {
    this.#authorizations.add(result, () => [result]);
    this.#authorizationDurations.observe(result, () => [result], seconds);
  }

  decided(decision: 'allowed' | 'denied'): void {
    this.#decisions.add(decision, () => ['Union', 'default', decision]);
  }

  async text(): Promise<string> {
    this.#process ??= this.#makeProcess();
    const families = [
      this.#requests,
      this.#durations,
      this.#inflight,
      this.#longRunning,
      this.#terminations,
      this.#attempts,
      this.#users,
      this.#authorizations,
      this.#authenticationDurations,
      this.#authorizationDurations,
      this.#decisions,
    ];
    const more = this.#sources.more?.() ?? '';
    const own = families.map((family) => family.text()).join('');
    const text = `${own}${more}${await (await this.#process).metrics()}`;
    const { disabled = [] } = this.#sources;
    return disabled.length === 0 ? text : without(disabled, text);
  }

  /** What is only read when somebody scrapes; made with the first scrape, since the process's own metrics cost something. */
  async #makeProcess(): Promise<Registry> {
    const { collectDefaultMetrics, Gauge, Registry } = await import('prom-client');
    const registry = new Registry();
    const sources = this.#sources;
    const objects = new Gauge({
      name: 'apiserver_storage_objects',
      help: 'Stored objects by resource.',
      labelNames: ['resource'],
      registers: [registry],
      collect() {
        objects.reset();
        for (const [resource, count] of sources.objectCounts()) objects.set({ resource }, count);
      },
    });
    const watchers = new Gauge({
      name: 'apiserver_registered_watchers',
      help: 'Watchers that wait for the next event, by resource.',
      labelNames: ['resource'],
      registers: [registry],
      collect() {
        watchers.reset();
        for (const [resource, count] of sources.watchers()) watchers.set({ resource }, count);
      },
    });
    const revision = new Gauge({
      name: 'apiserver_watch_cache_resource_version',
      help: 'The revision that the watch cache has reached.',
      registers: [registry],
      collect() {
        revision.set(sources.cacheRevision());
      },
    });
    collectDefaultMetrics({ register: registry });
    return registry;
  }
}

class SeriesKey {
  readonly text: string;
  readonly #withCode = new Map<number, string>();

  constructor(text: string) {
    this.text = text;
  }

  withCode(code: number): string {
    let text = this.#withCode.get(code);
    if (text === undefined) {
      text = `${this.text} ${code}`;
      this.#withCode.set(code, text);
    }
    return text;
  }
}

/** Tells the label values of a request apart. Only what is served becomes a label: clients cannot make up any. */
function keyOf({ info, served }: Exchange): string {
  if (served === undefined) return info.resourceRequest ? 'other' : `plain ${info.verb.slice(0, 7)}`;
  const subresource = knownSubresource(served.row.subresources, info.subresource);
  const dry = info.query.get('dryRun') === 'All' ? ' dry' : '';
  return `${info.verb} ${served.apiVersion} ${info.resource} ${subresource} ${scopeOf(info)}${dry}`;
}

function knownSubresource(known: object, name: string): string {
  return name !== '' && Object.hasOwn(known, name) ? name : '';
}

type Scope = 'resource' | 'namespace' | 'cluster';

function scopeOf(info: Exchange['info']): Scope {
  return info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
}

function labelsOf({ info, served }: Exchange): LabelValues {
  if (served === undefined) {
    const verb = info.resourceRequest ? 'other' : info.verb.toUpperCase().slice(0, 7);
    return [verb, '', '', '', '', '', '', 'apiserver'];
  }
  return [
    verbLabel(info.verb),
    info.query.get('dryRun') === 'All' ? 'All' : '',
    info.group,
    info.version,
    info.resource,
    knownSubresource(served.row.subresources, info.subresource),
    scopeOf(info),
    'apiserver',
  ];
}

function verbLabel(verb: string): string {
  if (verb === 'create') return 'POST';
  return verb === 'update' ? 'PUT' : verb.toUpperCase();
}

const toldUsers: ReadonlySet<string> = new Set([
  'admin',
  'client',
  'kube_proxy',
  'kubelet',
  'system:serviceaccount:kube-system:default',
]);

/** Names of people, and as many as there are, are no label. */
function shownUser(name: string): string {
  if (toldUsers.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}

/** The exposition without some families: a family's lines follow its `# HELP`. */
function without(families: readonly string[], text: string): string {
  return text
    .split(/^(?=# HELP )/m)
    .filter((family) => !families.includes(/^# HELP (\S+)/.exec(family)?.[1] ?? ''))
    .join('');
}
