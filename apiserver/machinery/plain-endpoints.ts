/** Paths that are no resources: discovery, version, health, metrics, OpenAPI, and what the wiring adds. */
import { createHash } from 'node:crypto';
import { encoded, textAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import {
  aggregatedDiscovery,
  apiGroupAnswer,
  apiGroupList,
  apiResourceList,
  apiVersions,
  type GroupVersions,
  groupsOf,
} from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { type HealthChecks, healthAnswer, healthMetrics } from './health.ts';
import { negotiateOutput, parseAccept } from './media-types.ts';
import type { Metrics } from './metrics.ts';
import type { OpenApi } from './openapi.ts';
import type { KubeObject } from './resource-row.ts';
import type { ServedRows } from './served-rows.ts';
import { methodNotAllowed, notAcceptableByRoute, unknownResource } from './status.ts';
import type { Awaitable } from './steps.ts';
import type { VersionInfo } from './version.ts';

/** Answers a path that the wiring knows (`/openid/v1/jwks`); undefined: not this one. */
export type ExtraPath = (exchange: Exchange) => Awaitable<ApiAnswer | undefined>;

export interface PlainParts {
  readonly rows: ServedRows;
  readonly version: VersionInfo;
  readonly checks: HealthChecks;
  readonly metrics: Metrics;
  readonly openApi: OpenApi;
  readonly externalAddress: string | undefined;
  readonly extraPaths: Readonly<Record<string, ExtraPath>>;
}

const encoder = new TextEncoder();

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** What upstream says of a document that is not there: nothing. */
const NOTHING_FOUND: ApiAnswer = textAnswer(404, '');

export function notFoundPage(): ApiAnswer {
  return {
    ...textAnswer(404, '404 page not found\n'),
    headers: { 'x-content-type-options': 'nosniff' },
  } as ApiAnswer;
}

export class PlainEndpoints {
  readonly #parts: PlainParts;
  #groups: readonly GroupVersions[] = [];
  #groupsVersion = -1;
  readonly #aggregated = new Map<string, { readonly etag: string; readonly body: Uint8Array }>();

  constructor(parts: PlainParts) {
    this.#parts = parts;
  }

  get groups(): readonly GroupVersions[] {
    if (this.#groupsVersion !== this.#parts.rows.version) {
      this.#groupsVersion = this.#parts.rows.version;
      this.#groups = groupsOf(this.#parts.rows);
      this.#aggregated.clear();
    }
    return this.#groups;
  }

  /** @throws StatusError */
  async answer(exchange: Exchange): Promise<ApiAnswer> {
    const { path, query } = exchange.info;
    const { rows, version, checks, metrics, openApi } = this.#parts;
    const extra = Object.hasOwn(this.#parts.extraPaths, path) ? this.#parts.extraPaths[path] : undefined;
    const extraAnswer = await extra?.(exchange);
    if (extraAnswer !== undefined) return extraAnswer;
    const segments = path.split('/').filter((segment) => segment !== '');
    const [root = '', group = '', second = ''] = segments;
    // Upstream's lists of groups answer every method, and what is nowhere is nowhere for all of them.
    const anyMethod = root === 'apis' && segments.length < 3;
    if (root === 'version' || ((root === 'api' || root === 'apis') && !anyMethod && this.#served(segments, rows))) {
      if (exchange.request.method !== 'GET') throw methodNotAllowed();
    }
    if (root === 'api' || root === 'apis') {
      return this.#discovery(exchange, segments, rows);
    }
    const health = await healthAnswer(path, query, checks);
    if (health !== undefined) return health;
    switch (root) {
      case '':
        return encoded(200, { paths: this.#paths() } as unknown as KubeObject, plainJson);
      case 'version':
        if (group !== '') return notFoundPage();
        if (!acceptsJson(exchange.request.headers.accept)) throw notAcceptableByRoute(['application/json']);
        return encoded(200, version as unknown as KubeObject, { ...plainJson, pretty: true });
      case 'metrics':
        if (group === 'slis' && exchange.request.method !== 'DELETE')
          return textAnswer(200, await healthMetrics(checks), METRICS_TYPE);
        return textAnswer(200, await metrics.text(), METRICS_TYPE);
      case 'openapi':
        if (group === 'v3') return (await openApi.v3(exchange, segments.slice(2))) ?? NOTHING_FOUND;
        if (group === 'v2' && second === '') return openApi.v2(exchange);
        return notFoundPage();
      default:
        return notFoundPage();
    }
  }

  #served([root, first = '', second = '']: readonly string[], rows: ServedRows): boolean {
    if (first === '') return true;
    return root === 'api' ? rows.hasVersion('', first) : rows.hasVersion(first, second);
  }

  #discovery(exchange: Exchange, segments: readonly string[], rows: ServedRows): ApiAnswer {
    const [root, first = '', second = ''] = segments;
    const legacy = root === 'api';
    if (segments.length === 1) {
      const aggregated = this.#aggregatedAnswer(exchange, legacy);
      if (aggregated !== undefined) return aggregated;
      const address = this.#parts.externalAddress ?? exchange.request.headers.host ?? '';
      return this.#json(exchange, legacy ? apiVersions(address) : apiGroupList(this.groups));
    }
    const group = legacy ? '' : first;
    const version = legacy ? first : second;
    const found = this.groups.find((each) => each.group === group);
    if (found === undefined) {
      if (legacy) throw unknownResource();
      return notFoundPage();
    }
    if (!legacy && segments.length === 2) return this.#json(exchange, apiGroupAnswer(found));
    if (segments.length !== (legacy ? 2 : 3) || !rows.hasVersion(group, version)) throw unknownResource();
    const served = found.versions.find((each) => each.version === version);
    return this.#json(exchange, apiResourceList(group, version, served?.rows ?? []));
  }

  #json(exchange: Exchange, object: object): ApiAnswer {
    const { accept, 'user-agent': userAgent } = exchange.request.headers;
    const output = negotiateOutput(accept, userAgent, exchange.info.query, { list: false, transforms: false });
    return encoded(200, object as KubeObject, output);
  }

  /** Only for who asks for it: `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`. */
  #aggregatedAnswer(exchange: Exchange, legacy: boolean): ApiAnswer | undefined {
    const { accept = '', 'if-none-match': known } = exchange.request.headers;
    const clause = parseAccept(accept).find(
      ({ type, subtype, parameters }) =>
        `${type}/${subtype}` === 'application/json' || (type === '*' && parameters.size === 0),
    );
    if (clause?.parameters.get('as') !== 'APIGroupDiscoveryList') return undefined;
    const version = clause.parameters.get('v') ?? '';
    if (clause.parameters.get('g') !== 'apidiscovery.k8s.io' || (version !== 'v2' && version !== 'v2beta1')) {
      return undefined;
    }
    const key = `${legacy} ${version}`;
    const groups = this.groups.filter(({ group }) => (group === '') === legacy);
    let made = this.#aggregated.get(key);
    if (made === undefined) {
      const body = encoder.encode(JSON.stringify(aggregatedDiscovery(groups, version)));
      made = { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
      this.#aggregated.set(key, made);
    }
    const headers = { etag: made.etag, vary: 'Accept' };
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    if (known === made.etag) return { type: 'bytes', code: 304, headers, contentType, body: new Uint8Array(0) };
    return { type: 'bytes', code: 200, headers, contentType, body: made.body };
  }

  #paths(): string[] {
    const paths = [
      '/api',
      '/apis',
      '/apis/',
      '/healthz',
      '/livez',
      '/metrics',
      '/metrics/slis',
      '/openapi/v2',
      '/openapi/v3',
      '/openapi/v3/',
      '/readyz',
      '/version',
    ];
    for (const { group, versions } of this.groups) {
      if (group !== '') paths.push(`/apis/${group}`);
      for (const { version } of versions) paths.push(group === '' ? `/api/${version}` : `/apis/${group}/${version}`);
    }
    for (const [probe, list] of Object.entries(this.#parts.checks)) {
      for (const { name } of list) paths.push(`/${probe}/${name}`);
    }
    // What is there for debugging is not listed.
    const more = Object.keys(this.#parts.extraPaths).filter((path) => !path.startsWith('/debug/'));
    return [...paths, ...more].sort();
  }
}

function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '') return true;
  return parseAccept(accept).some(({ type, subtype }) => type === '*' || `${type}/${subtype}` === 'application/json');
}

const plainJson = { format: 'application/json', transform: undefined, pretty: false } as const;
