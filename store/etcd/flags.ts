/**
 * `sampan etcd`'s command line: etcd's own flags and `ETCD_*` variables, so that a script that starts etcd starts this.
 * A pure function from words to options; defaults and checks are etcd's (server/embed/config.go).
 */
import { parseDuration } from '../../base/duration.ts';
import { UsageError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { ETCD_VERSION } from '../member/member-store.ts';
import { type AutoCompaction, type FoundingMember, memberDefaults } from '../member/options.ts';
import { flagTable } from './flag-table.ts';
import { FlagValues } from './flag-values.ts';
import type { ListenAddress } from './listener.ts';

export interface ListenUrl extends ListenAddress {
  readonly secure: boolean;
}

/** Files, as named; `runEtcd` reads them. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly trustedCaFile: string | undefined;
  readonly clientCertAuth: boolean;
}

export interface EtcdOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly listenClient: readonly ListenUrl[];
  readonly advertiseClientUrls: readonly string[];
  /** Only `/health`, `/metrics` and `/version`. */
  readonly listenMetrics: readonly ListenUrl[];
  readonly listenPeer: ListenUrl;
  readonly initialCluster: readonly FoundingMember[];
  /** `--initial-cluster-state existing`. */
  readonly join: boolean;
  /** Go on alone with the data that is there. */
  readonly forceNewCluster: boolean;
  readonly clusterToken: string;
  readonly snapshotEntries: number;
  readonly catchUpEntries: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly quotaBytes: number;
  readonly autoCompaction: AutoCompaction | undefined;
  readonly requestBytesMax: number;
  readonly txnOperationsMax: number;
  readonly concurrentStreamsMax: number;
  readonly watchProgressMs: number;
  readonly clientTls: TlsFiles | undefined;
  readonly peerTls: TlsFiles | undefined;
  /** `simple`, or `jwt,…` with its options. */
  readonly authToken: string;
  readonly authTokenTtlSeconds: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Flags that were given and change nothing here. */
  readonly idleFlags: readonly string[];
}

export type ParsedEtcdFlags =
  | { readonly type: 'run'; readonly options: EtcdOptions }
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'version'; readonly text: string };

const DEFAULT_NAME = 'default';
const DEFAULT_PEER_URL = 'http://localhost:2380';
const DEFAULT_CLIENT_URL = 'http://localhost:2379';
const ELECTION_MS_MAX = 50_000;
const MS_PER_HOUR = 3_600_000;
const PROGRESS_MS_MIN = 100;
const PROGRESS_MS_DEFAULT = 600_000;

/** Throws a `UsageError` with one line for what is wrong. */
export function parseEtcdFlags(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedEtcdFlags {
  const values = new FlagValues(args, environment);
  if (values.isOn('help')) return { type: 'help', text: helpText() };
  if (values.isOn('version')) return { type: 'version', text: `etcd Version: ${ETCD_VERSION} (sampan)\n` };
  for (const name of values.names) {
    if (flagTable.get(name)?.fate !== 'refused') continue;
    if (flagTable.get(name)?.kind === 'switch' && !values.isOn(name)) continue;
    throw new UsageError(`--${name} is not supported by this store`);
  }
  const idleFlags = [...values.names].filter((name) => flagTable.get(name)?.fate === 'idle');
  const name = values.text('name') ?? DEFAULT_NAME;
  const clientTls = tlsFiles(values, '');
  const peerTls = tlsFiles(values, 'peer-');
  const options: EtcdOptions = {
    name,
    dataDir: values.text('data-dir') || `${name}.etcd`,
    ...clientAddresses(values, clientTls),
    ...peerAddresses(values, name, peerTls),
    join: isExisting(values),
    forceNewCluster: values.isOn('force-new-cluster'),
    clusterToken: values.text('initial-cluster-token') ?? 'etcd-cluster',
    snapshotEntries: positive(values, 'snapshot-count', memberDefaults.snapshotEntries),
    catchUpEntries: positive(values, 'snapshot-catchup-entries', memberDefaults.catchUpEntries),
    ...timing(values),
    quotaBytes: quota(values.integer('quota-backend-bytes') ?? 0),
    autoCompaction: autoCompaction(values),
    requestBytesMax: positive(values, 'max-request-bytes', limits.storeRequestBytesMax),
    txnOperationsMax: positive(values, 'max-txn-ops', limits.txnOperationsMax),
    concurrentStreamsMax: positive(values, 'max-concurrent-streams', limits.streamsPerConnectionMax),
    watchProgressMs: watchProgressMs(values),
    clientTls,
    peerTls,
    authToken: authToken(values),
    authTokenTtlSeconds: positive(values, 'auth-token-ttl', 300),
    logLevel: logLevel(values.text('log-level') ?? 'info'),
    idleFlags,
  };
  return { type: 'run', options };
}

function clientAddresses(
  values: FlagValues,
  tls: TlsFiles | undefined,
): Pick<EtcdOptions, 'listenClient' | 'advertiseClientUrls' | 'listenMetrics'> {
  if (values.has('listen-client-urls') && !values.has('advertise-client-urls')) {
    throw new UsageError('--advertise-client-urls is required when --listen-client-urls is set explicitly');
  }
  const urls = (name: string): readonly ListenUrl[] =>
    (values.list(name) ?? []).map((url) => listenUrl(name, url, tls));
  const advertiseClientUrls = values.list('advertise-client-urls') ?? [DEFAULT_CLIENT_URL];
  for (const url of advertiseClientUrls) parseUrl('advertise-client-urls', url);
  return {
    listenClient: values.has('listen-client-urls')
      ? urls('listen-client-urls')
      : [listenUrl('listen-client-urls', DEFAULT_CLIENT_URL, tls)],
    advertiseClientUrls,
    listenMetrics: urls('listen-metrics-urls'),
  };
}

function peerAddresses(
  values: FlagValues,
  name: string,
  tls: TlsFiles | undefined,
): Pick<EtcdOptions, 'listenPeer' | 'initialCluster'> {
  const listen = values.list('listen-peer-urls') ?? [DEFAULT_PEER_URL];
  const advertise = values.list('initial-advertise-peer-urls') ?? [DEFAULT_PEER_URL];
  const [listenFirst] = listen;
  const [advertised] = advertise;
  if (listenFirst === undefined || advertised === undefined || listen.length > 1 || advertise.length > 1) {
    throw new UsageError('--listen-peer-urls and --initial-advertise-peer-urls take one URL each');
  }
  parseUrl('initial-advertise-peer-urls', advertised);
  const initialCluster = parseCluster(values.text('initial-cluster') ?? `${name}=${advertised}`);
  const own = initialCluster.find((member) => member.name === name);
  if (own === undefined) {
    throw new UsageError(`couldn't find local name "${name}" in the initial cluster configuration`);
  }
  if (!sameUrl(own.peerUrl, advertised)) {
    throw new UsageError(
      `--initial-cluster has ${name}=${own.peerUrl} but missing from --initial-advertise-peer-urls=${advertised}`,
    );
  }
  const listenPeer = listenUrl('listen-peer-urls', listenFirst, tls);
  if (listenPeer.secure && tls?.trustedCaFile === undefined) {
    throw new UsageError('peers over https need --peer-trusted-ca-file, --peer-cert-file and --peer-key-file');
  }
  return { listenPeer, initialCluster };
}

/** `name=url,name=url`. */
function parseCluster(text: string): FoundingMember[] {
  const members = text
    .split(',')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, name, peerUrl] = /^([^=]+)=(.+)$/.exec(entry.trim()) ?? [];
      if (name === undefined || peerUrl === undefined) {
        throw new UsageError(`--initial-cluster: "${entry}" is not name=url`);
      }
      parseUrl('initial-cluster', peerUrl);
      return { name, peerUrl: peerUrl.replace(/\/$/, '') };
    });
  const names = new Set(members.map(({ name }) => name));
  if (names.size < members.length)
    throw new UsageError('--initial-cluster names a member twice: it takes one URL each');
  return members;
}

function isExisting(values: FlagValues): boolean {
  const state = values.text('initial-cluster-state') ?? 'new';
  if (state !== 'new' && state !== 'existing') {
    throw new UsageError(`invalid value "${state}" for flag -initial-cluster-state: give new or existing`);
  }
  return state === 'existing';
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
  const mode = values.text('auto-compaction-mode') ?? 'periodic';
  const text = values.text('auto-compaction-retention') ?? '0';
  const wrong = (): UsageError => new UsageError(`--auto-compaction-retention: "${text}" does not fit mode ${mode}`);
  if (mode === 'revision') {
    if (!/^\d{1,15}$/.test(text)) throw wrong();
    return Number(text) === 0 ? undefined : { mode, retention: Number(text) };
  }
  if (mode !== 'periodic') throw new UsageError(`unknown --auto-compaction-mode "${mode}": give periodic or revision`);
  const retentionMs = /^\d+$/.test(text) ? Number(text) * MS_PER_HOUR : parseDuration(text);
  if (retentionMs === undefined || retentionMs < 0) throw wrong();
  return retentionMs === 0 ? undefined : { mode, retentionMs };
}

/** Also by the name that it had before 3.6. */
function watchProgressMs(values: FlagValues): number {
  const name = 'watch-progress-notify-interval';
  const givenMs = values.durationMs(name) ?? values.durationMs(`experimental-${name}`) ?? PROGRESS_MS_DEFAULT;
  return Math.max(PROGRESS_MS_MIN, givenMs);
}

function authToken(values: FlagValues): string {
  const text = values.text('auth-token') ?? 'simple';
  const kind = text.split(',')[0];
  if (kind !== 'simple' && kind !== 'jwt')
    throw new UsageError(`--auth-token: unknown type "${kind}": give simple or jwt`);
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

function tlsFiles(values: FlagValues, prefix: '' | 'peer-'): TlsFiles | undefined {
  const certFile = values.text(`${prefix}cert-file`) ?? '';
  const keyFile = values.text(`${prefix}key-file`) ?? '';
  const trustedCaFile = values.text(`${prefix}trusted-ca-file`) || undefined;
  const clientCertAuth = values.isOn(prefix === '' ? 'client-cert-auth' : 'peer-client-cert-auth');
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '') {
    throw new UsageError(`--${prefix}cert-file and --${prefix}key-file must both be present`);
  }
  return { certFile, keyFile, trustedCaFile, clientCertAuth };
}

/** An address to listen on is `localhost` or numeric, as etcd has it. */
function listenUrl(flag: string, text: string, tls: TlsFiles | undefined): ListenUrl {
  const { secure, host, port } = parseUrl(flag, text);
  if (host !== 'localhost' && !/^[\d.]+$|:/.test(host)) {
    throw new UsageError(`--${flag}: expected IP in URL for binding (${text})`);
  }
  if (secure && tls === undefined) {
    throw new UsageError(`cannot listen on TLS for ${host}:${port}: KeyFile and CertFile are not presented`);
  }
  // The name may stand for two addresses, and a socket has one: as in etcd, the older.
  return { secure, host: host === 'localhost' ? '127.0.0.1' : host, port };
}

function parseUrl(flag: string, text: string): ListenUrl {
  const [, scheme, bracketed, plain, digits] =
    /^(https?):\/\/(?:\[([^\]]+)\]|([^/:[\]]+)):(\d{1,5})\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (scheme === undefined || host === undefined || port > 65_535) {
    throw new UsageError(`--${flag}: "${text}" is not a URL of the form http://host:port`);
  }
  return { secure: scheme === 'https', host, port };
}

function sameUrl(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '');
}

function helpText(): string {
  const of = (fate: string): string =>
    [...flagTable]
      .filter(([, row]) => row.fate === fate)
      .map(([name]) => `--${name}`)
      .sort()
      .join('\n  ');
  return `Usage: sampan etcd [flags]

A store member. It takes etcd's flags, and ETCD_* variables for those that are not given, with etcd's meanings and
defaults.

  ${of('used')}

Taken and checked, without effect:

  ${of('idle')}
`;
}
