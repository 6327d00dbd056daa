/**
 * Every flag that the etcd binary has had (3.4 to 3.7, server/embed/config.go and etcdmain/config.go), with its kind and
 * what becomes of it here: `used`; `idle`: taken and checked, but it tunes something this store does not have or always
 * does, so it changes nothing and the log says so; `refused`: what it asks for is not there, and to start without it
 * would not be what was asked.
 */

export type FlagKind = 'text' | 'switch' | 'integer' | 'unsigned' | 'duration' | 'list' | 'urls';

export interface FlagRow {
  readonly kind: FlagKind;
  readonly fate: 'used' | 'idle' | 'refused';
}

const rows: Record<FlagRow['fate'], Record<FlagKind, string>> = {
  used: {
    text: `name data-dir wal-dir config-file initial-cluster initial-cluster-state initial-cluster-token
      auto-compaction-mode auto-compaction-retention cert-file key-file trusted-ca-file client-crl-file peer-cert-file
      peer-key-file peer-trusted-ca-file peer-client-cert-file peer-client-key-file peer-crl-file tls-min-version
      tls-max-version log-level auth-token metrics`,
    switch: `client-cert-auth peer-client-cert-auth auto-tls peer-auto-tls force-new-cluster enable-grpc-gateway
      version help debug`,
    integer: 'quota-backend-bytes max-learners',
    unsigned: `snapshot-count heartbeat-interval election-timeout max-txn-ops max-request-bytes max-concurrent-streams
      snapshot-catchup-entries auth-token-ttl self-signed-cert-validity`,
    duration: `watch-progress-notify-interval`,
    list: `log-outputs cipher-suites client-cert-allowed-hostname peer-cert-allowed-cn peer-cert-allowed-hostname
      host-whitelist`,
    urls: `listen-peer-urls listen-client-urls listen-client-http-urls initial-advertise-peer-urls
      advertise-client-urls listen-metrics-urls`,
  },
  idle: {
    text: `backend-bbolt-freelist-type logger log-format log-package-levels log-rotation-config-json feature-gates
      discovery-fallback distributed-tracing-address distributed-tracing-service-name distributed-tracing-instance-id
      client-cert-file client-key-file v2-deprecation cors socket-options
      cluster-active-size cluster-remove-delay cluster-sync-interval config force max-result-buffer
      max-retry-attempts peer-heartbeat-interval peer-election-timeout retry-interval snapshot v vv test.coverprofile
      test.outputdir`,
    switch: `pre-vote strict-reconfig-check initial-election-tick-advance enable-pprof enable-v2
      enable-log-rotation socket-reuse-port socket-reuse-address memory-mlock log-stderr unsafe-no-fsync
      peer-skip-client-san-verification enable-distributed-tracing discovery-insecure-transport
      discovery-insecure-skip-tls-verify experimental-initial-corrupt-check experimental-enable-lease-checkpoint
      experimental-enable-lease-checkpoint-persist experimental-compact-hash-check-enabled
      experimental-txn-mode-write-with-shared-buffer experimental-stop-grpc-service-on-defrag`,
    integer: `backend-batch-limit compaction-batch-limit distributed-tracing-sampling-rate`,
    unsigned: `bcrypt-cost max-wals max-snapshots bootstrap-defrag-threshold-megabytes proxy-failure-wait
      proxy-refresh-interval proxy-dial-timeout proxy-write-timeout proxy-read-timeout`,
    duration: `backend-batch-interval grpc-keepalive-min-time grpc-keepalive-interval grpc-keepalive-timeout
      raft-read-timeout raft-write-timeout corrupt-check-time compact-hash-check-time compaction-sleep-interval
      downgrade-check-time warning-apply-duration warning-unary-request-duration discovery-dial-timeout
      discovery-request-timeout discovery-keepalive-time discovery-keepalive-timeout`,
    list: '',
    urls: '',
  },
  refused: {
    text: `discovery discovery-token discovery-srv discovery-srv-name discovery-proxy discovery-cert discovery-key
      discovery-cacert discovery-user discovery-password discovery-config proxy experimental-enable-v2v3`,
    switch: '',
    integer: '',
    unsigned: '',
    duration: '',
    list: 'discovery-endpoints',
    urls: '',
  },
};

/** Names that some flags had in other versions. */
const aliases: Readonly<Record<string, string>> = {
  'log-output': 'log-outputs',
  'experimental-memory-mlock': 'memory-mlock',
  'experimental-peer-skip-client-san-verification': 'peer-skip-client-san-verification',
  'experimental-enable-distributed-tracing': 'enable-distributed-tracing',
  ...Object.fromEntries(
    `backend-bbolt-freelist-type bootstrap-defrag-threshold-megabytes compact-hash-check-time compaction-batch-limit
    compaction-sleep-interval corrupt-check-time distributed-tracing-address distributed-tracing-instance-id
    distributed-tracing-sampling-rate distributed-tracing-service-name downgrade-check-time max-learners
    snapshot-catchup-entries warning-apply-duration warning-unary-request-duration watch-progress-notify-interval`
      .split(/\s+/)
      .map((name) => [`experimental-${name}`, name]),
  ),
};

export const flagTable: ReadonlyMap<string, FlagRow> = new Map(
  Object.entries(rows).flatMap(([fate, kinds]) =>
    Object.entries(kinds).flatMap(([kind, names]) =>
      names
        .split(/\s+/)
        .filter((name) => name !== '')
        .map((name): [string, FlagRow] => [name, { kind: kind as FlagKind, fate: fate as FlagRow['fate'] }]),
    ),
  ),
);

/** Every name that is taken, with the flag it stands for. */
export const flagNames: ReadonlyMap<string, string> = new Map([
  ...[...flagTable.keys()].map((name): [string, string] => [name, name]),
  ...Object.entries(aliases),
]);

/** Why a refused flag is; undefined for what says the same as its absence. */
export function whyRefused(name: string, value: string): string | undefined {
  if (value === '' || (name === 'proxy' && value === 'off')) return undefined;
  if (name === 'proxy' || name === 'experimental-enable-v2v3') return `--${name}: there is no v2 API here`;
  return `--${name}: there is no discovery here; name the members with --initial-cluster`;
}
