import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../base/errors.ts';
import { type EtcdOptions, parseEtcdFlags } from '../../../store/etcd/flags.ts';

function options(args: readonly string[], environment: Record<string, string> = {}): EtcdOptions {
  const parsed = parseEtcdFlags(args, environment);
  if (parsed.type !== 'run') throw new Error(`parsed as ${parsed.type}`);
  return parsed.options;
}

describe("etcd's flags", () => {
  it('has its defaults', () => {
    expect(options([])).toEqual({
      name: 'default',
      dataDir: 'default.etcd',
      listenClient: [{ secure: false, host: '127.0.0.1', port: 2379 }],
      advertiseClientUrls: ['http://localhost:2379'],
      listenMetrics: [],
      listenPeer: { secure: false, host: '127.0.0.1', port: 2380 },
      initialCluster: [{ name: 'default', peerUrl: 'http://localhost:2380' }],
      join: false,
      forceNewCluster: false,
      clusterToken: 'etcd-cluster',
      snapshotEntries: 10_000,
      catchUpEntries: 5000,
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
      authToken: 'simple',
      authTokenTtlSeconds: 300,
      logLevel: 'info',
      idleFlags: [],
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
        { secure: true, host: '127.0.0.1', port: 2379 },
        { secure: true, host: '10.0.0.4', port: 2379 },
      ],
      listenMetrics: [{ secure: false, host: '127.0.0.1', port: 2381 }],
      listenPeer: { secure: true, host: '10.0.0.4', port: 2380 },
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
    };
    const parsed = options(['--data-dir=/line'], environment);
    expect(parsed).toMatchObject({ name: 'env', dataDir: '/line', quotaBytes: 1000 });
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
    expect(parseEtcdFlags(['--version'], {})).toMatchObject({ type: 'version' });
    const help = parseEtcdFlags(['-h'], {});
    expect(help.type === 'help' && help.text).toContain('--initial-cluster-token');
  });

  it.each([
    [['--nonsense'], 'flag provided but not defined: -nonsense'],
    [['nonsense'], '"nonsense" is not a valid flag'],
    [['--name'], 'flag needs an argument: -name'],
    [['--heartbeat-interval=soon'], 'invalid value "soon" for flag -heartbeat-interval'],
    [['--client-cert-auth=perhaps'], 'invalid value "perhaps" for flag -client-cert-auth'],
    [['--watch-progress-notify-interval=5'], 'invalid value "5" for flag -watch-progress-notify-interval'],
    [['--heartbeat-interval=300'], '--election-timeout[1000ms] should be at least as 5 times'],
    [['--election-timeout=60000'], 'is too long'],
    [['--heartbeat-interval=0'], '--heartbeat-interval must be >0'],
    [['--listen-client-urls=http://127.0.0.1:1'], '--advertise-client-urls is required'],
    [['--listen-peer-urls=127.0.0.1:1'], 'is not a URL of the form http://host:port'],
    [['--listen-peer-urls=http://example.com:1'], 'expected IP in URL for binding'],
    [['--listen-peer-urls=http://[::1]:1,http://127.0.0.1:1'], 'take one URL each'],
    [['--initial-cluster=other=http://localhost:2380'], `couldn't find local name "default"`],
    [['--initial-cluster=default=http://localhost:9'], 'missing from --initial-advertise-peer-urls'],
    [['--initial-cluster=default'], 'is not name=url'],
    [['--initial-cluster-state=old'], 'give new or existing'],
    [['--auto-compaction-mode=never'], 'unknown --auto-compaction-mode'],
    [['--auto-compaction-mode=revision', '--auto-compaction-retention=5m'], 'does not fit mode revision'],
    [['--cert-file=x'], '--cert-file and --key-file must both be present'],
    [['--listen-peer-urls=https://127.0.0.1:1'], 'KeyFile and CertFile are not presented'],
    [['--log-level=loud'], 'unknown --log-level'],
    [['--auth-token=oauth'], '--auth-token: unknown type'],
    [['--max-txn-ops=0'], '--max-txn-ops must be >0'],
    [['--discovery-srv=example.com'], '--discovery-srv is not supported'],
    [['--auto-tls'], '--auto-tls is not supported'],
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

  it('takes a refused switch that is off', () => {
    expect(options(['--auto-tls=false', '--unsafe-no-fsync=false']).name).toBe('default');
  });
});
