/**
 * Every flag that the etcd binary has (3.4 to 3.6, server/embed/config.go), with its kind and what becomes of it here:
 * `used`; `idle`: taken and checked, but it tunes something this store does not have, so it changes nothing; `refused`:
 * what it asks for is not there, and to start without it would not be what was asked.
 */

export type FlagKind = 'text' | 'switch' | 'integer' | 'duration' | 'list' | 'urls';

export interface FlagRow {
  readonly kind: FlagKind;
  readonly fate: 'used' | 'idle' | 'refused';
}

const rows: Record<FlagRow['fate'], Record<FlagKind, string>> = {
  used: {
    text: `name data-dir initial-cluster initial-cluster-state initial-cluster-token auto-compaction-mode
      auto-compaction-retention cert-file key-file trusted-ca-file peer-cert-file peer-key-file peer-trusted-ca-file
      log-level auth-token`,
    switch: 'client-cert-auth peer-client-cert-auth force-new-cluster version help',
    integer: `snapshot-count heartbeat-interval election-timeout quota-backend-bytes max-txn-ops max-request-bytes
      max-concurrent-streams snapshot-catchup-entries auth-token-ttl`,
    duration: 'watch-progress-notify-interval experimental-watch-progress-notify-interval',
    list: '',
    urls: 'listen-peer-urls listen-client-urls initial-advertise-peer-urls advertise-client-urls listen-metrics-urls',
  },
  idle: {
    text: `backend-bbolt-freelist-type logger log-format log-package-levels log-rotation-config-json metrics
      tls-min-version tls-max-version feature-gates discovery-fallback distributed-tracing-address
      distributed-tracing-service-name distributed-tracing-instance-id client-cert-file client-key-file
      peer-client-cert-file peer-client-key-file v2-deprecation experimental-distributed-tracing-address`,
    switch: `pre-vote strict-reconfig-check initial-election-tick-advance enable-grpc-gateway enable-pprof debug
      enable-v2 enable-log-rotation socket-reuse-port socket-reuse-address memory-mlock log-stderr
      peer-skip-client-san-verification experimental-initial-corrupt-check experimental-enable-lease-checkpoint
      experimental-enable-lease-checkpoint-persist experimental-compact-hash-check-enabled
      experimental-memory-mlock experimental-txn-mode-write-with-shared-buffer
      experimental-stop-grpc-service-on-defrag discovery-insecure-transport discovery-insecure-skip-tls-verify`,
    integer: `bcrypt-cost max-wals max-snapshots backend-batch-limit compaction-batch-limit max-learners
      bootstrap-defrag-threshold-megabytes self-signed-cert-validity distributed-tracing-sampling-rate
      experimental-compaction-batch-limit experimental-snapshot-catchup-entries experimental-max-learners
      experimental-bootstrap-defrag-threshold-megabytes`,
    duration: `backend-batch-interval grpc-keepalive-min-time grpc-keepalive-interval grpc-keepalive-timeout
      raft-read-timeout raft-write-timeout corrupt-check-time compact-hash-check-time compaction-sleep-interval
      downgrade-check-time warning-apply-duration warning-unary-request-duration discovery-dial-timeout
      discovery-request-timeout discovery-keepalive-time discovery-keepalive-timeout experimental-corrupt-check-time
      experimental-compact-hash-check-time experimental-compaction-sleep-interval experimental-warning-apply-duration
      experimental-downgrade-check-time
      experimental-warning-unary-request-duration`,
    list: 'log-outputs log-output cors host-whitelist cipher-suites',
    urls: '',
  },
  refused: {
    text: `config-file wal-dir discovery discovery-token discovery-srv discovery-srv-name discovery-proxy discovery-cert
      discovery-key discovery-cacert discovery-user discovery-password client-crl-file peer-crl-file proxy`,
    switch: `unsafe-no-fsync auto-tls peer-auto-tls enable-distributed-tracing
      experimental-enable-distributed-tracing`,
    integer: '',
    duration: '',
    list: 'discovery-endpoints client-cert-allowed-hostname peer-cert-allowed-cn peer-cert-allowed-hostname',
    urls: 'listen-client-http-urls',
  },
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
