/**
 * What the etcd API's port answers to plain HTTP: the JSON gateway under `/v3/`, `/health`, `/livez`, `/readyz` and their
 * single checks, `/version`, `/debug/vars`, `/metrics`; with etcd's texts and headers (server/etcdserver/api/etcdhttp).
 */
import { messageOf } from '../../base/errors.ts';
import type { StoreAdmin } from '../admin.ts';
import type { Store } from '../store.ts';
import { debugVars } from './debug-vars.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { PlainRequest, PlainResponse } from './listener.ts';
import { minorVersion } from './services/maintenance-service.ts';

export interface PlainDeps {
  readonly store: Store;
  readonly admin: StoreAdmin | undefined;
  /** The page of `/metrics`. */
  readonly metrics: () => Promise<string>;
  /** Hosts that a request without TLS may name; empty: any. */
  readonly hostWhitelist: readonly string[];
  /** Absent: there is none. */
  readonly gateway?: Gateway | undefined;
  /** Whether users have to say who they are. */
  readonly authEnabled?: () => boolean;
  /** Told of every `/health`. */
  readonly onHealth?: (healthy: boolean) => void;
}

/** What a port answers: a port for metrics has no version. */
export type PlainScope = 'clients' | 'metrics';

type Check = () => Promise<string | undefined>;

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** As etcd's; who asks from another origin may. */
const CORS_HEADERS = {
  'access-control-allow-headers': 'accept, content-type, authorization',
  'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE',
  'access-control-allow-origin': '*',
};

export async function answerPlain(deps: PlainDeps, scope: PlainScope, request: PlainRequest): Promise<PlainResponse> {
  if (scope === 'metrics') return answer(deps, scope, request);
  const refused = accessRefusal(deps, request);
  if (refused !== undefined) return refused;
  const { headers, ...rest } =
    request.method === 'OPTIONS' ? { status: 200, headers: {}, body: '' } : await answer(deps, scope, request);
  return { ...rest, headers: { ...headers, ...CORS_HEADERS } };
}

/** Whether a request to the gateway may go on as a WebSocket. */
export function takesWebSocket(deps: PlainDeps, request: Omit<PlainRequest, 'body' | 'signal'>): boolean {
  return deps.gateway !== undefined && isGatewayPath(request.url) && accessRefusal(deps, request) === undefined;
}

function accessRefusal(deps: PlainDeps, request: Omit<PlainRequest, 'body' | 'signal'>): PlainResponse | undefined {
  const host = request.host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!request.secure && deps.hostWhitelist.length > 0 && !deps.hostWhitelist.includes(host)) {
    return failure(
      421,
      `etcd received your request, but the Host header was unrecognized: ${host} is not in --host-whitelist`,
    );
  }
  if (deps.gateway !== undefined && request.certificateName && isGatewayPath(request.url) && deps.authEnabled?.()) {
    return failure(
      400,
      'CommonName of client sending a request against gateway will be ignored and not used as expected',
    );
  }
  return undefined;
}

/** `/v3beta/` is what `/v3/` was called before. */
function isGatewayPath(path: string): boolean {
  return /^\/v3(?:beta)?\//.test(path);
}

async function answer(deps: PlainDeps, scope: PlainScope, request: PlainRequest): Promise<PlainResponse> {
  const { method, url } = request;
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (deps.gateway !== undefined && scope === 'clients' && isGatewayPath(pathname)) {
    return deps.gateway.answer(pathname.replace(/^\/v3beta/, '/v3'), request);
  }
  if (pathname === '/metrics') {
    return { status: 200, headers: { 'content-type': METRICS_TYPE }, body: await deps.metrics() };
  }
  const reply = endpoint(deps, scope, pathname, searchParams);
  if (reply === undefined) return failure(404, '404 page not found');
  if (method !== 'GET') return failure(405, 'Method Not Allowed', { allow: 'GET' });
  return reply();
}

function endpoint(
  deps: PlainDeps,
  scope: PlainScope,
  pathname: string,
  query: URLSearchParams,
): (() => Promise<PlainResponse>) | undefined {
  if (pathname === '/health') return () => health(deps, query);
  if (pathname === '/debug/vars') return scope === 'metrics' ? undefined : async () => variables(deps);
  if (pathname === '/version') return scope === 'metrics' ? undefined : () => version(deps);
  const [, kind, name, ...more] = pathname.split('/');
  const checks = kind === 'livez' ? liveChecks(deps) : kind === 'readyz' ? readyChecks(deps) : undefined;
  if (checks === undefined || more.length > 0) return undefined;
  if (name === undefined) return () => run(withoutExcluded(checks, query), query);
  const check = checks.get(name);
  return check && (() => run(new Map([[name, check]]), query));
}

/** A refusal, as Go's `http.Error` writes it. */
function failure(status: number, text: string, headers: Readonly<Record<string, string>> = {}): PlainResponse {
  return {
    status,
    headers: { ...headers, 'content-type': TEXT_TYPE, 'x-content-type-options': 'nosniff' },
    body: text.endsWith('\n') ? text : `${text}\n`,
  };
}

/** etcd's order: alarms, leader, a read. */
async function health(deps: PlainDeps, query: URLSearchParams): Promise<PlainResponse> {
  const serializable = query.get('serializable') === 'true';
  const reason =
    whyAlarmed(deps, new Set(query.getAll('exclude'))) ??
    (!serializable && deps.admin?.leaderId() === 0n ? 'RAFT NO LEADER' : undefined) ??
    (await whyNotReadable(deps.store, serializable, 'RANGE ERROR:'));
  deps.onHealth?.(reason === undefined);
  const body = JSON.stringify({ health: reason === undefined ? 'true' : 'false', reason: reason ?? '' });
  return reason === undefined ? { status: 200, headers: { 'content-type': TEXT_TYPE }, body } : failure(503, body);
}

async function version({ store }: PlainDeps): Promise<PlainResponse> {
  const { version } = await store.status();
  const body = JSON.stringify({ etcdserver: version, etcdcluster: minorVersion(version) });
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body };
}

function variables({ admin }: PlainDeps): PlainResponse {
  const headers = { 'content-type': `${JSON_TYPE}; charset=utf-8` };
  return { status: 200, headers, body: debugVars(admin?.consensus()) };
}

function liveChecks({ store }: PlainDeps): Map<string, Check> {
  return new Map([['serializable_read', () => whyNotReadable(store, true)]]);
}

function readyChecks(deps: PlainDeps): Map<string, Check> {
  return new Map([
    ['data_corruption', async () => (whyAlarmed(deps, new Set(['NOSPACE'])) ? 'alarm activated: CORRUPT' : undefined)],
    ['serializable_read', () => whyNotReadable(deps.store, true)],
    ['linearizable_read', () => whyNotReadable(deps.store, false)],
    ['non_learner', async () => (deps.admin?.isLearner() ? 'not supported for learner' : undefined)],
  ]);
}

function withoutExcluded(checks: ReadonlyMap<string, Check>, query: URLSearchParams): Map<string, Check> {
  const excluded = new Set(query.getAll('exclude'));
  return new Map([...checks].filter(([name]) => !excluded.has(name)));
}

async function run(checks: ReadonlyMap<string, Check>, query: URLSearchParams): Promise<PlainResponse> {
  let lines = '';
  let failed = false;
  for (const [name, check] of checks) {
    const reason = await check();
    if (reason !== undefined) failed = true;
    lines += reason === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${reason}\n`;
  }
  if (failed) return failure(503, lines);
  const headers = { 'content-type': TEXT_TYPE, 'x-content-type-options': 'nosniff' };
  return { status: 200, headers, body: query.has('verbose') ? `${lines}ok\n` : 'ok\n' };
}

function whyAlarmed({ admin }: PlainDeps, excluded: ReadonlySet<string>): string | undefined {
  if (admin === undefined) return undefined;
  const alarm = admin.knownAlarms().find((each) => !excluded.has(each.alarm));
  return alarm === undefined ? undefined : `ALARM ${alarm.alarm}`;
}

async function whyNotReadable(store: Store, serializable: boolean, prefix = ''): Promise<string | undefined> {
  try {
    await store.range({ key: '\0', limit: 1, keysOnly: true, serializable });
    return undefined;
  } catch (thrown) {
    return `${prefix}${messageOf(thrown)}`;
  }
}
