import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../base/errors.ts';
import { type EtcdOptions, parseEtcdFlags } from '../../../store/etcd/flags/etcd-options.ts';
import { flagNames } from '../../../store/etcd/flags/flag-table.ts';
import { FlagSyntaxError } from '../../../store/etcd/flags/flag-values.ts';
import { hasEtcd } from './real-etcd.ts';

function options(args: readonly string[], environment: Record<string, string> = {}, file?: string): EtcdOptions {
  const parsed = parseEtcdFlags(args, environment, () => {
    if (file === undefined) throw new Error('no file is to be read');
    return file;
  });
  if (parsed.type !== 'run') throw new Error(`parsed as ${parsed.type}`);
  return parsed.options;
}

describe("etcd's flags", () => {
  it('has its defaults', () => {
    expect(options([])).toEqual({
      name: 'default',
      dataDir: 'default.etcd',
      walDir: undefined,
      listenClient: [{ secure: false, address: { host: '127.0.0.1', port: 2379 }, url: 'http://localhost:2379' }],
      listenClientHttp: [],
      advertiseClientUrls: ['http://localhost:2379'],
      listenMetrics: [],
      listenPeer: [{ secure: false, host: '127.0.0.1', port: 2380 }],
      initialCluster: [{ name: 'default', peerUrl: 'http://localhost:2380' }],
      initialClusterFault: undefined,
      join: false,
      forceNewCluster: false,
      clusterToken: 'etcd-cluster',
      snapshotEntries: 10_000,
      catchUpEntries: 5000,
      learnersMax: 1,
      heartbeatMs: 100,
      electionMs: 1000,
      quotaBytes: 2 * 1024 ** 3,
      autoCompaction: undefined,
      requestBytesMax: 1_572_864,
      txnOperationsMax: 128,
      concurrentStreamsMax: 65_536,
      watchProgressMs: 600_000,
      clientTls: undefined,
      peerTls: undefined,
      tlsLimits: { minVersion: 'TLSv1.2' },
      hostWhitelist: [],
      jsonGateway: true,
      authToken: 'simple',
      authTokenTtlSeconds: 300,
      metrics: 'basic',
      logLevel: 'info',
      logOutputs: ['stderr'],
      idleFlags: [],
      unknownVariables: [],
    });
  });

  it('starts what a kubeadm manifest starts', () => {
    const pki = '/etc/kubernetes/pki/etcd';
    const parsed = options([
      '--advertise-client-urls=https://10.0.0.4:2379',
      `--cert-file=${pki}/server.crt`,
      '--client-cert-auth=true',
      '--data-dir=/var/lib/etcd',
      '--experimental-initial-corrupt-check=true',
      '--experimental-watch-progress-notify-interval=5s',
      '--initial-advertise-peer-urls=https://10.0.0.4:2380',
      '--initial-cluster=cp-1=https://10.0.0.4:2380,cp-2=https://10.0.0.5:2380',
      '--initial-cluster-state=existing',
      `--key-file=${pki}/server.key`,
      '--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.4:2379',
      '--listen-metrics-urls=http://127.0.0.1:2381',
      '--listen-peer-urls=https://10.0.0.4:2380',
      '--name=cp-1',
      `--peer-cert-file=${pki}/peer.crt`,
      '--peer-client-cert-auth=true',
      `--peer-key-file=${pki}/peer.key`,
      `--peer-trusted-ca-file=${pki}/ca.crt`,
      '--snapshot-count=10000',
      `--trusted-ca-file=${pki}/ca.crt`,
    ]);
    expect(parsed).toMatchObject({
      name: 'cp-1',
      dataDir: '/var/lib/etcd',
      join: true,
      listenClient: [
        { secure: true, address: { host: '127.0.0.1', port: 2379 } },
        { secure: true, address: { host: '10.0.0.4', port: 2379 } },
      ],
      listenMetrics: [{ secure: false, address: { host: '127.0.0.1', port: 2381 } }],
      listenPeer: [{ secure: true, host: '10.0.0.4', port: 2380 }],
      initialCluster: [
        { name: 'cp-1', peerUrl: 'https://10.0.0.4:2380' },
        { name: 'cp-2', peerUrl: 'https://10.0.0.5:2380' },
      ],
      clientTls: { certFile: `${pki}/server.crt`, trustedCaFile: `${pki}/ca.crt`, clientCertAuth: true },
      peerTls: { keyFile: `${pki}/peer.key`, trustedCaFile: `${pki}/ca.crt` },
      watchProgressMs: 5000,
      idleFlags: ['experimental-initial-corrupt-check'],
    });
  });

  it('takes one dash or two, values after a space, and switches without a value', () => {
    const parsed = options([
      '-name',
      'a',
      '--initial-cluster',
      'a=http://localhost:2380',
      '--pre-vote',
      '--enable-v2=false',
    ]);
    expect(parsed.name).toBe('a');
    expect(parsed.idleFlags).toEqual(['pre-vote', 'enable-v2']);
  });

  it('takes the environment for what the line does not say', () => {
    const environment = {
      ETCD_NAME: 'env',
      ETCD_DATA_DIR: '/env',
      ETCD_QUOTA_BACKEND_BYTES: '1000',
      ETCD_VERSION: 'v9',
      ETCD_NONSENSE: '1',
      ETCD_WAL_DIR: '',
    };
    const parsed = options(['--wal-dir=/line'], environment);
    expect(parsed).toMatchObject({ name: 'env', dataDir: '/env', walDir: '/line', quotaBytes: 1000 });
    expect(parsed.unknownVariables).toEqual(['ETCD_VERSION', 'ETCD_NONSENSE']);
    expect(parsed.initialCluster).toEqual([{ name: 'env', peerUrl: 'http://localhost:2380' }]);
  });

  it.each([
    [['--auto-compaction-retention=2'], { mode: 'periodic', retentionMs: 7_200_000 }],
    [['--auto-compaction-retention=5m'], { mode: 'periodic', retentionMs: 300_000 }],
    [['--auto-compaction-mode=revision', '--auto-compaction-retention=1000'], { mode: 'revision', retention: 1000 }],
    [['--auto-compaction-retention=0'], undefined],
  ])('compacts by itself as %j says', (args, expected) => {
    expect(options(args).autoCompaction).toEqual(expected);
  });

  it('says its version and its flags', () => {
    const unread = (): string => '';
    const version = parseEtcdFlags(['--version'], {}, unread);
    expect(version.type === 'version' && version.text).toMatch(/^etcd Version: \d+\.\d+\.\d+\n/);
    const help = parseEtcdFlags(['-h'], {}, unread);
    expect(help.type === 'help' && help.text).toContain('--initial-cluster-token');
  });

  it.each([
    [['--nonsense'], 'flag provided but not defined: -nonsense'],
    [['nonsense'], '"nonsense" is not a valid flag'],
    [['--name'], 'flag needs an argument: -name'],
    [['--heartbeat-interval=soon'], 'invalid value "soon" for flag -heartbeat-interval'],
    [['--client-cert-auth=perhaps'], 'invalid boolean value "perhaps" for -client-cert-auth'],
    [['--snapshot-count=-1'], 'invalid value "-1" for flag -snapshot-count'],
    [['--watch-progress-notify-interval=5'], 'invalid value "5" for flag -watch-progress-notify-interval'],
    [['--heartbeat-interval=300'], '--election-timeout[1000ms] should be at least as 5 times'],
    [['--election-timeout=60000'], 'is too long'],
    [['--heartbeat-interval=0'], '--heartbeat-interval must be >0'],
    [['--listen-client-urls=http://127.0.0.1:1'], '--advertise-client-urls is required'],
    [['--listen-peer-urls=127.0.0.1:1'], 'URL scheme must be http, https, unix, or unixs'],
    [['--listen-peer-urls=http://127.0.0.1'], 'not a URL of the form http://host:port'],
    [['--listen-peer-urls=unix:///tmp/x'], 'members reach each other by http or https'],
    [['--listen-peer-urls=http://example.com:1'], 'expected IP in URL for binding'],
    [['--initial-cluster=default'], 'is not name=url'],
    [['--initial-cluster-state=old'], 'give new or existing'],
    [['--auto-compaction-mode=never'], 'unknown auto-compaction-mode'],
    [['--auto-compaction-mode=revision', '--auto-compaction-retention=5m'], 'does not fit mode revision'],
    [['--cert-file=x'], '--cert-file and --key-file must both be present'],
    [['--listen-peer-urls=https://127.0.0.1:1'], 'must be provided for peer urls with HTTPS scheme'],
    [['--log-level=loud'], 'unknown --log-level'],
    [['--auth-token=oauth'], '--auth-token: unknown type'],
    [['--max-txn-ops=0'], '--max-txn-ops must be >0'],
    [['--discovery-srv=example.com'], 'name the members with --initial-cluster'],
    [['--discovery-token=x'], '--discovery-token: there is no discovery'],
    [['--proxy=on'], 'there is no v2 API'],
    [['--tls-min-version=TLS1.1'], 'unexpected TLS version "TLS1.1"'],
    [['--tls-min-version=TLS1.3', '--tls-max-version=TLS1.2'], 'is greater than'],
    [['--cipher-suites=TLS_NULL'], 'unexpected TLS cipher suite "TLS_NULL"'],
    [['--metrics=most'], 'unknown --metrics'],
    [['--client-cert-auth', 'true'], '"true" is not a valid flag'],
  ])('refuses %j in one line', (args, message) => {
    let thrown: unknown;
    try {
      options(args);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as Error).message).toContain(message);
    expect((thrown as Error).message).not.toContain('\n');
  });

  it('takes a refused flag that says the same as its absence', () => {
    expect(options(['--proxy=off', '--discovery=', '--discovery-srv=']).name).toBe('default');
  });

  it('refuses a variable beside its flag, as etcd does', () => {
    expect(() => options(['--name=a'], { ETCD_NAME: 'b' })).toThrow(
      'conflicting environment variable ETCD_NAME is shadowed by corresponding command-line flag',
    );
    expect(() => options([], { ETCD_ELECTION_TIMEOUT: 'long' })).toThrow(
      'invalid value "long" for ETCD_ELECTION_TIMEOUT',
    );
  });

  it('tells lines that cannot be read from values that cannot be', () => {
    expect(() => options(['--nonsense'])).toThrow(FlagSyntaxError);
    expect(() => options(['--heartbeat-interval=300'])).not.toThrow(FlagSyntaxError);
  });

  it('says of a new member what its initial cluster lacks', () => {
    const fault = (...args: string[]): string | undefined => options(args).initialClusterFault;
    expect(fault('--initial-cluster=other=http://localhost:2380')).toContain(`couldn't find local name "default"`);
    expect(fault('--initial-cluster=default=http://localhost:9')).toContain(
      'missing from --initial-advertise-peer-urls',
    );
    expect(fault('--initial-advertise-peer-urls=http://localhost:2380,http://localhost:9')).toBeUndefined();
    expect(
      fault('--initial-cluster=default=http://a:1', '--initial-advertise-peer-urls=http://a:1,http://a:2'),
    ).toContain('missing from --initial-cluster');
  });

  it('takes several addresses of each kind', () => {
    const parsed = options([
      '--listen-client-urls=http://127.0.0.1:1,http://127.0.0.1:1,unix:///tmp/etcd.sock',
      '--advertise-client-urls=http://a:1,http://b:2/',
      '--listen-client-http-urls=http://127.0.0.1:3',
      '--listen-metrics-urls=http://127.0.0.1:4,http://[::1]:4',
      '--listen-peer-urls=http://127.0.0.1:5,http://[::1]:5',
      '--initial-advertise-peer-urls=http://a:5,http://b:5',
      '--initial-cluster=default=http://b:5,other=http://c:5,default=http://a:5',
    ]);
    expect(parsed.listenClient.map(({ address }) => address)).toEqual([
      { host: '127.0.0.1', port: 1 },
      { socketPath: '/tmp/etcd.sock' },
    ]);
    expect(parsed.advertiseClientUrls).toEqual(['http://a:1', 'http://b:2']);
    expect(parsed.listenMetrics).toHaveLength(2);
    expect(parsed.listenPeer).toEqual([
      { secure: false, host: '127.0.0.1', port: 5 },
      { secure: false, host: '::1', port: 5 },
    ]);
    expect(parsed.initialCluster).toEqual([
      { name: 'default', peerUrl: 'http://b:5', morePeerUrls: ['http://a:5'] },
      { name: 'other', peerUrl: 'http://c:5' },
    ]);
    expect(parsed.initialClusterFault).toBeUndefined();
  });

  it('takes TLS files, generated certificates, versions and ciphers', () => {
    const parsed = options([
      '--auto-tls',
      '--self-signed-cert-validity=3',
      '--peer-auto-tls',
      '--peer-cert-file=c',
      '--peer-key-file=k',
      '--peer-cert-allowed-cn=a,b',
      '--tls-max-version=TLS1.3',
      '--cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
    ]);
    expect(parsed.clientTls).toEqual({ type: 'generated', validityYears: 3 });
    expect(parsed.peerTls).toMatchObject({ type: 'files', certFile: 'c', allowedCommonNames: ['a', 'b'] });
    expect(parsed.tlsLimits).toEqual({
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305',
    });
  });
});

describe("etcd's configuration file", () => {
  // The keys of the sample that etcd comes with.
  const sample = `
name: 'file'
data-dir:
wal-dir: /wal
snapshot-count: 5000
heartbeat-interval: 50
election-timeout: 500
quota-backend-bytes: 1000000
listen-peer-urls: http://localhost:12380
listen-client-urls: http://localhost:12379
max-snapshots: 5
cors:
initial-advertise-peer-urls: http://localhost:12380
advertise-client-urls: http://localhost:12379
discovery:
discovery-fallback: 'proxy'
discovery-srv:
initial-cluster:
initial-cluster-token: 'etcd-cluster-1'
initial-cluster-state: 'existing'
strict-reconfig-check: false
enable-pprof: true
proxy: 'off'
proxy-failure-wait: 5000
client-transport-security:
  cert-file: client.crt
  key-file: client.key
  client-cert-auth: true
  trusted-ca-file: ca.crt
  auto-tls: false
peer-transport-security:
  cert-file:
  key-file:
  auto-tls: true
  allowed-cn:
self-signed-cert-validity: 1
log-level: debug
logger: zap
log-outputs: [stderr, /var/log/etcd.log]
force-new-cluster: false
auto-compaction-mode: periodic
auto-compaction-retention: "1"
watch-progress-notify-interval: 5000000000
cipher-suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
unknown-key: passed over
`;

  it('stands for the flags, and nothing else counts beside it', () => {
    const parsed = options(['--config-file=etcd.yml', '--name=line'], { ETCD_NAME: 'environment' }, sample);
    expect(parsed).toMatchObject({
      name: 'file',
      dataDir: 'file.etcd',
      walDir: '/wal',
      snapshotEntries: 5000,
      heartbeatMs: 50,
      electionMs: 500,
      quotaBytes: 1_000_000,
      listenPeer: [{ host: '127.0.0.1', port: 12_380 }],
      listenClient: [{ address: { host: '127.0.0.1', port: 12_379 } }],
      initialCluster: [{ name: 'file', peerUrl: 'http://localhost:12380' }],
      clusterToken: 'etcd-cluster-1',
      join: true,
      clientTls: { certFile: 'client.crt', clientCertAuth: true, trustedCaFile: 'ca.crt' },
      peerTls: { type: 'generated' },
      autoCompaction: { retentionMs: 3_600_000 },
      watchProgressMs: 5000,
      logLevel: 'debug',
      logOutputs: ['stderr', '/var/log/etcd.log'],
      tlsLimits: { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
      unknownVariables: [],
    });
    expect(parsed.idleFlags).toContain('strict-reconfig-check');
  });

  it('is named by the environment, too, and may be JSON or empty', () => {
    expect(options([], { ETCD_CONFIG_FILE: 'etcd.json' }, '{"name": "json"}').name).toBe('json');
    expect(options(['--config-file=empty'], {}, '').name).toBe('default');
  });

  it.each([
    ['name: [', 'etcd.yml is not YAML'],
    ['just words', 'etcd.yml: the document is not a mapping'],
    ['name: {a: b}', 'etcd.yml: name: neither a plain value nor a list'],
    ['heartbeat-interval: soon', 'etcd.yml: heartbeat-interval: "soon" does not fit: give a whole number'],
    ['client-transport-security: yes please', 'etcd.yml: client-transport-security is not a mapping'],
    ['peer-transport-security: {auto-tls: perhaps}', 'etcd.yml: peer-transport-security.auto-tls'],
    ['discovery-srv: example.com', 'name the members with --initial-cluster'],
  ])('%s: says what is wrong and where', (text, message) => {
    expect(() => options(['--config-file=etcd.yml'], {}, text)).toThrow(message);
  });
});

describe.skipIf(!hasEtcd)('the flags of a real etcd (Debian: etcd-server)', () => {
  it('needs etcd: every flag of its --help is known', () => {
    const { stdout, stderr } = spawnSync('etcd', ['--help']);
    const flags = [...`${stdout}${stderr}`.matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(([, name]) => name ?? '');
    expect(flags.length).toBeGreaterThan(70);
    expect(flags.filter((name) => !flagNames.has(name))).toEqual([]);
  });
});
