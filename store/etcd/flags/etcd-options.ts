/**
 * `sampan etcd`'s configuration: etcd's own flags and `ETCD_*` variables, or its configuration file, so that a script that
 * starts etcd starts this. A pure function from words to options; defaults and checks are etcd's (server/embed/config.go).
 */
import { parseDuration } from '../../../base/duration.ts';
import { UsageError } from '../../../base/errors.ts';
import { limits } from '../../../base/limits.ts';
import { type AutoCompaction, type FoundingMember, memberDefaults } from '../../member/options.ts';
import { readDocument } from './config-document.ts';
import { flagTable, whyRefused } from './flag-table.ts';
import { addEnvironment, type Environment, type FlagValues, readLine } from './flag-values.ts';
import { helpText, versionText } from './help.ts';
import {
  advertisedUrls,
  checkAdvertised,
  type ListenUrl,
  listenUrls,
  type PeerListenUrl,
  peerListenUrls,
  withoutSlash,
} from './listen-urls.ts';
import { type TlsChoice, type TlsLimits, tlsChoice, tlsLimits } from './tls-choice.ts';

export interface EtcdOptions {
  readonly name: string;
  readonly dataDir: string;
  /** Where the log lies, if not in the data directory. */
  readonly walDir: string | undefined;
  /** gRPC, and HTTP unless `listenClientHttp` has that. */
  readonly listenClient: readonly ListenUrl[];
  readonly listenClientHttp: readonly ListenUrl[];
  /** Only `/health`, `/metrics` and the like. */
  readonly listenMetrics: readonly ListenUrl[];
  readonly advertiseClientUrls: readonly string[];
  readonly listenPeer: readonly PeerListenUrl[];
  readonly initialCluster: readonly FoundingMember[];
  /** Why no member can begin with this `initialCluster`; of no account where there is data. */
  readonly initialClusterFault: string | undefined;
  /** `--initial-cluster-state existing`. */
  readonly join: boolean;
  /** Go on alone with the data that is there. */
  readonly forceNewCluster: boolean;
  readonly clusterToken: string;
  readonly snapshotEntries: number;
  readonly catchUpEntries: number;
  readonly learnersMax: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly quotaBytes: number;
  readonly autoCompaction: AutoCompaction | undefined;
  readonly requestBytesMax: number;
  readonly txnOperationsMax: number;
  readonly concurrentStreamsMax: number;
  readonly watchProgressMs: number;
  readonly clientTls: TlsChoice | undefined;
  readonly peerTls: TlsChoice | undefined;
  readonly tlsLimits: TlsLimits;
  /** Hosts that plain HTTP requests may name; empty: any. */
  readonly hostWhitelist: readonly string[];
  /** The API as JSON over HTTP too. */
  readonly jsonGateway: boolean;
  /** `simple`, or `jwt,…` with its options. */
  readonly authToken: string;
  readonly authTokenTtlSeconds: number;
  readonly metrics: 'basic' | 'extensive';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** `stderr`, `stdout`, or files. */
  readonly logOutputs: readonly string[];
  /** Flags that were given and change nothing here. */
  readonly idleFlags: readonly string[];
  /** `ETCD_*` variables that stand for no flag. */
  readonly unknownVariables: readonly string[];
}

export type ParsedEtcdFlags =
  | { readonly type: 'run'; readonly options: EtcdOptions }
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'version'; readonly text: string };

const DEFAULT_NAME = 'default';
const DEFAULT_PEER_URL = 'http://localhost:2380';
const DEFAULT_CLIENT_URL = 'http://localhost:2379';
const AUTH_TOKEN_TTL_SECONDS = 300;
const ELECTION_MS_MAX = 50_000;
const MS_PER_HOUR = 3_600_000;
const PROGRESS_MS_MIN = 100;
const PROGRESS_MS_DEFAULT = 600_000;

/**
 * Throws a `UsageError` with one line for what is wrong; a `FlagSyntaxError` where the line cannot be read at all.
 *
 * @param readFile reads `--config-file`; what it throws is what is said of the file
 */
export function parseEtcdFlags(
  args: readonly string[],
  environment: Environment,
  readFile: (path: string) => string,
): ParsedEtcdFlags {
  const line = readLine(args);
  if (line.isOn('help')) return { type: 'help', text: helpText() };
  if (line.isOn('version')) return { type: 'version', text: versionText() };
  const file = line.text('config-file') || environment.ETCD_CONFIG_FILE;
  if (file) return { type: 'run', options: etcdOptions(readDocument(readFile(file), file), []) };
  const unknownVariables = addEnvironment(line, environment);
  return { type: 'run', options: etcdOptions(line, unknownVariables) };
}

function etcdOptions(values: FlagValues, unknownVariables: readonly string[]): EtcdOptions {
  for (const name of values.names) {
    const refusal = flagTable.get(name)?.fate === 'refused' ? whyRefused(name, values.text(name) ?? '') : undefined;
    if (refusal !== undefined) throw new UsageError(refusal);
  }
  const name = values.text('name') || DEFAULT_NAME;
  const clientTls = tlsChoice(values, '');
  const peerTls = tlsChoice(values, 'peer-');
  return {
    name,
    dataDir: values.text('data-dir') || `${name}.etcd`,
    walDir: values.text('wal-dir') || undefined,
    ...clientAddresses(values, clientTls),
    ...peerAddresses(values, name, peerTls),
    join: values.text('initial-cluster-state') === 'existing',
    forceNewCluster: values.isOn('force-new-cluster'),
    clusterToken: values.text('initial-cluster-token') ?? 'etcd-cluster',
    snapshotEntries: values.integer('snapshot-count') || memberDefaults.snapshotEntries,
    catchUpEntries: values.integer('snapshot-catchup-entries') || memberDefaults.catchUpEntries,
    learnersMax: values.integer('max-learners') ?? memberDefaults.learnersMax,
    ...timing(values),
    quotaBytes: quota(values.integer('quota-backend-bytes') ?? 0),
    autoCompaction: autoCompaction(values),
    requestBytesMax: positive(values, 'max-request-bytes', limits.storeRequestBytesMax),
    txnOperationsMax: positive(values, 'max-txn-ops', limits.txnOperationsMax),
    concurrentStreamsMax: values.integer('max-concurrent-streams') || limits.streamsPerConnectionMax,
    watchProgressMs: Math.max(
      PROGRESS_MS_MIN,
      values.durationMs('watch-progress-notify-interval') || PROGRESS_MS_DEFAULT,
    ),
    clientTls,
    peerTls,
    tlsLimits: tlsLimits(values),
    hostWhitelist: (values.list('host-whitelist') ?? []).filter((host) => host !== '*'),
    jsonGateway: !values.has('enable-grpc-gateway') || values.isOn('enable-grpc-gateway'),
    authToken: authToken(values),
    authTokenTtlSeconds: values.integer('auth-token-ttl') || AUTH_TOKEN_TTL_SECONDS,
    metrics: metrics(values.text('metrics') ?? 'basic'),
    logLevel: values.isOn('debug') ? 'debug' : logLevel(values.text('log-level') || 'info'),
    logOutputs: (values.list('log-outputs') ?? ['default']).map((output) => (output === 'default' ? 'stderr' : output)),
    idleFlags: [...values.names].filter((each) => flagTable.get(each)?.fate === 'idle'),
    unknownVariables,
  };
}

function clientAddresses(
  values: FlagValues,
  tls: TlsChoice | undefined,
): Pick<EtcdOptions, 'listenClient' | 'listenClientHttp' | 'listenMetrics' | 'advertiseClientUrls'> {
  if (values.has('listen-client-urls') && !values.has('advertise-client-urls')) {
    throw new UsageError('--advertise-client-urls is required when --listen-client-urls is set explicitly');
  }
  const listenClient = listenUrls(values, 'listen-client-urls') ?? [
    { secure: false, address: { host: '127.0.0.1', port: 2379 }, url: DEFAULT_CLIENT_URL },
  ];
  const listenClientHttp = listenUrls(values, 'listen-client-http-urls') ?? [];
  const listenMetrics = listenUrls(values, 'listen-metrics-urls') ?? [];
  for (const { secure, url } of [...listenClient, ...listenClientHttp, ...listenMetrics]) {
    if (secure && tls === undefined) {
      throw new UsageError(
        `TLS key/cert (--cert-file, --key-file) must be provided for client url ${url} with HTTPS scheme`,
      );
    }
  }
  const advertiseClientUrls = advertisedUrls(values, 'advertise-client-urls', DEFAULT_CLIENT_URL);
  return { listenClient, listenClientHttp, listenMetrics, advertiseClientUrls };
}

function peerAddresses(
  values: FlagValues,
  name: string,
  tls: TlsChoice | undefined,
): Pick<EtcdOptions, 'listenPeer' | 'initialCluster' | 'initialClusterFault'> {
  const listenPeer = peerListenUrls(values, 'listen-peer-urls', DEFAULT_PEER_URL);
  const advertised = advertisedUrls(values, 'initial-advertise-peer-urls', DEFAULT_PEER_URL);
  if (listenPeer.some(({ secure }) => secure) && tls === undefined) {
    throw new UsageError(
      'TLS key/cert (--peer-cert-file, --peer-key-file) must be provided for peer urls with HTTPS scheme',
    );
  }
  const initialCluster = parseCluster(
    values.text('initial-cluster') || advertised.map((url) => `${name}=${url}`).join(','),
  );
  return { listenPeer, initialCluster, initialClusterFault: clusterFault(initialCluster, name, advertised) };
}

function clusterFault(
  cluster: readonly FoundingMember[],
  name: string,
  advertised: readonly string[],
): string | undefined {
  const own = cluster.find((member) => member.name === name);
  if (own === undefined) return `couldn't find local name "${name}" in the initial cluster configuration`;
  const named = [own.peerUrl, ...(own.morePeerUrls ?? [])];
  const missing = named.filter((url) => !advertised.includes(url));
  if (missing.length > 0) {
    return `--initial-cluster has ${missing.map((url) => `${name}=${url}`).join(',')} but missing from --initial-advertise-peer-urls=${advertised.join(',')}`;
  }
  const extra = advertised.filter((url) => !named.includes(url));
  if (extra.length === 0) return undefined;
  return `--initial-advertise-peer-urls has ${extra.join(',')} but missing from --initial-cluster=${cluster.map((each) => `${each.name}=${each.peerUrl}`).join(',')}`;
}

/** `name=url,name=url`; a name that comes again has a further address. */
function parseCluster(text: string): FoundingMember[] {
  const urlsOf = new Map<string, string[]>();
  for (const entry of text.split(',').filter((each) => each !== '')) {
    const [, name, peerUrl] = /^([^=]+)=(.+)$/.exec(entry.trim()) ?? [];
    if (name === undefined || peerUrl === undefined) {
      throw new UsageError(`--initial-cluster: "${entry}" is not name=url`);
    }
    checkAdvertised('initial-cluster', peerUrl);
    urlsOf.set(name, [...(urlsOf.get(name) ?? []), withoutSlash(peerUrl)]);
  }
  return [...urlsOf].map(([name, [peerUrl = '', ...morePeerUrls]]) => ({
    name,
    peerUrl,
    ...(morePeerUrls.length > 0 && { morePeerUrls }),
  }));
}

function timing(values: FlagValues): Pick<EtcdOptions, 'heartbeatMs' | 'electionMs'> {
  const heartbeatMs = values.integer('heartbeat-interval') ?? memberDefaults.heartbeatMs;
  const electionMs = values.integer('election-timeout') ?? memberDefaults.electionMs;
  if (heartbeatMs <= 0) throw new UsageError(`--heartbeat-interval must be >0 (set to ${heartbeatMs}ms)`);
  if (electionMs <= 0) throw new UsageError(`--election-timeout must be >0 (set to ${electionMs}ms)`);
  if (5 * heartbeatMs > electionMs) {
    throw new UsageError(
      `--election-timeout[${electionMs}ms] should be at least as 5 times as --heartbeat-interval[${heartbeatMs}ms]`,
    );
  }
  if (electionMs > ELECTION_MS_MAX) {
    throw new UsageError(
      `--election-timeout[${electionMs}ms] is too long, and should be set less than ${ELECTION_MS_MAX}ms`,
    );
  }
  return { heartbeatMs, electionMs };
}

/** 0: the default; negative: none. */
function quota(bytes: number): number {
  if (bytes === 0) return limits.backendQuotaBytes;
  return bytes < 0 ? Number.MAX_SAFE_INTEGER : bytes;
}

/** A periodic retention without a unit counts hours. */
function autoCompaction(values: FlagValues): AutoCompaction | undefined {
  const mode = values.text('auto-compaction-mode') || 'periodic';
  const text = values.text('auto-compaction-retention') || '0';
  const wrong = (): UsageError => new UsageError(`--auto-compaction-retention: "${text}" does not fit mode ${mode}`);
  if (mode === 'revision') {
    if (!/^\d{1,15}$/.test(text)) throw wrong();
    return Number(text) === 0 ? undefined : { mode, retention: Number(text) };
  }
  if (mode !== 'periodic') throw new UsageError(`unknown auto-compaction-mode "${mode}": give periodic or revision`);
  const retentionMs = /^\d+$/.test(text) ? Number(text) * MS_PER_HOUR : parseDuration(text);
  if (retentionMs === undefined || retentionMs < 0) throw wrong();
  return retentionMs === 0 ? undefined : { mode, retentionMs };
}

function authToken(values: FlagValues): string {
  const text = values.text('auth-token') || 'simple';
  const kind = text.split(',')[0];
  if (kind !== 'simple' && kind !== 'jwt')
    throw new UsageError(`--auth-token: unknown type "${kind}": give simple or jwt`);
  return text;
}

function metrics(text: string): EtcdOptions['metrics'] {
  if (text !== 'basic' && text !== 'extensive') {
    throw new UsageError(`unknown --metrics "${text}": give basic or extensive`);
  }
  return text;
}

function logLevel(level: string): EtcdOptions['logLevel'] {
  switch (level) {
    case 'debug':
    case 'info':
    case 'warn':
    case 'error':
      return level;
    case 'dpanic':
    case 'panic':
    case 'fatal':
      return 'error';
    default:
      throw new UsageError(`unknown --log-level "${level}": give debug, info, warn, error, panic or fatal`);
  }
}

function positive(values: FlagValues, name: string, fallback: number): number {
  const value = values.integer(name);
  if (value === undefined) return fallback;
  if (value <= 0) throw new UsageError(`--${name} must be >0 (set to ${value})`);
  return value;
}
