/** What the etcd API's port answers to a plain HTTP GET: `/health`, `/livez`, `/readyz`, `/version`, `/metrics`. */
import { messageOf } from '../../base/errors.ts';
import type { StoreAdmin } from '../admin.ts';
import type { Store } from '../store.ts';
import type { PlainResponse } from './listener.ts';
import type { Gauge, Metrics } from './metrics.ts';
import { minorVersion } from './services/maintenance-service.ts';

interface PlainDeps {
  readonly store: Store;
  readonly admin: StoreAdmin | undefined;
  readonly metrics: Metrics;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';

export async function answerPlain(deps: PlainDeps, method: string, url: string): Promise<PlainResponse> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Method Not Allowed');
  switch (pathname) {
    case '/health': {
      const reason = await whyUnhealthy(deps, searchParams);
      const body = JSON.stringify({ health: reason === undefined ? 'true' : 'false', reason: reason ?? '' });
      return { status: reason === undefined ? 200 : 503, contentType: JSON_TYPE, body };
    }
    case '/livez':
      return checks([['serializable_read', () => whyNotReadable(deps.store, true)]]);
    case '/readyz':
      return checks([
        ['data_corruption', () => whyAlarmed(deps, new Set(['NOSPACE']))],
        ['serializable_read', () => whyNotReadable(deps.store, true)],
        ['linearizable_read', () => whyNotReadable(deps.store, false)],
      ]);
    case '/version': {
      const { version } = await deps.store.status();
      const body = JSON.stringify({ etcdserver: version, etcdcluster: minorVersion(version) });
      return { status: 200, contentType: JSON_TYPE, body };
    }
    case '/metrics':
      return text(200, deps.metrics.render(await gauges(deps)));
    default:
      return text(404, '404 page not found');
  }
}

function text(status: number, body: string): PlainResponse {
  return { status, contentType: TEXT_TYPE, body: body.endsWith('\n') ? body : `${body}\n` };
}

/** etcd's order: alarms, leader, a read. */
async function whyUnhealthy(deps: PlainDeps, query: URLSearchParams): Promise<string | undefined> {
  const serializable = query.get('serializable') === 'true';
  const alarm = await whyAlarmed(deps, new Set(query.getAll('exclude')));
  if (alarm !== undefined) return alarm;
  if (!serializable && deps.admin?.leaderId() === 0n) return 'RAFT NO LEADER';
  const unreadable = await whyNotReadable(deps.store, serializable);
  return unreadable === undefined ? undefined : `RANGE ERROR:${unreadable}`;
}

async function whyAlarmed({ admin }: PlainDeps, excluded: ReadonlySet<string>): Promise<string | undefined> {
  if (admin === undefined) return undefined;
  const { alarms } = await admin.alarms();
  const alarm = alarms.find((each) => !excluded.has(each.alarm));
  return alarm === undefined ? undefined : `ALARM ${alarm.alarm}`;
}

async function whyNotReadable(store: Store, serializable: boolean): Promise<string | undefined> {
  try {
    await store.range({ key: '\0', limit: 1, keysOnly: true, serializable });
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

async function checks(
  list: readonly (readonly [name: string, why: () => Promise<string | undefined>])[],
): Promise<PlainResponse> {
  const lines: string[] = [];
  let failed = false;
  for (const [name, why] of list) {
    const reason = await why();
    if (reason !== undefined) failed = true;
    lines.push(reason === undefined ? `[+]${name} ok` : `[-]${name} failed: ${reason}`);
  }
  return text(failed ? 503 : 200, failed ? lines.join('\n') : 'ok');
}

async function gauges({ store }: PlainDeps): Promise<Gauge[]> {
  const status = await store.status();
  const { memberId, revision } = status.header;
  const gauge = (name: string, help: string, value: number): Gauge => ({ name, help, type: 'gauge', value });
  return [
    gauge('etcd_server_has_leader', 'Whether a leader is known.', status.leader === 0n ? 0 : 1),
    gauge('etcd_server_is_leader', 'Whether this member leads.', status.leader === memberId ? 1 : 0),
    gauge('etcd_server_is_learner', 'Whether this member is a learner.', status.isLearner ? 1 : 0),
    gauge('etcd_server_proposals_committed_total', 'Entries that were committed.', status.raftIndex),
    gauge('etcd_server_proposals_applied_total', 'Entries that were applied.', status.raftAppliedIndex),
    gauge('etcd_debugging_mvcc_current_revision', 'The revision of the keyspace.', revision),
    gauge('etcd_mvcc_db_total_size_in_bytes', 'Bytes of the backend, allocated.', status.dbSize),
    gauge('etcd_mvcc_db_total_size_in_use_in_bytes', 'Bytes of the backend, in use.', status.dbSizeInUse),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryUsage.rss()),
  ];
}
