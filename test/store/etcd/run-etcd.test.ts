/** `sampan etcd` from its flags to what listens: addresses of every kind, certificates made at the start, the log elsewhere. */
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../../apiserver/auth/certificates.ts';
import { stringToBytes } from '../../../base/bytes.ts';
import { silentLogger } from '../../../base/logger.ts';
import { systemClock, systemRandom } from '../../../base/system.ts';
import { parseEtcdFlags } from '../../../store/etcd/flags/etcd-options.ts';
import { type RunningEtcd, runEtcd } from '../../../store/etcd/run-etcd.ts';
import { freePort } from './real-etcd.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-run-etcd-'));
const running: RunningEtcd[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

async function start(flags: Record<string, string>): Promise<RunningEtcd> {
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const parsed = parseEtcdFlags(args, {}, (file) => fs.readFileSync(file, 'utf8'));
  if (parsed.type !== 'run') throw new Error('nothing to run');
  const started = await runEtcd(parsed.options, {
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    makeCertificate: ({ hosts, validityYears }) =>
      makeSelfSigned(
        { names: hosts, organization: 'etcd', validMs: validityYears * 365 * 86_400_000 },
        { nowMs: systemClock.nowMs(), random: systemRandom },
      ),
  });
  running.push(started);
  return started;
}

/** Of a plain HTTP request: its status and its text. */
function get(options: http.RequestOptions | https.RequestOptions, secure = false): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).get({ agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve([response.statusCode ?? 0, text]));
    });
    request.on('error', reject);
  });
}

describe('sampan etcd', () => {
  it('listens on ports and sockets for all, for HTTP alone, and for metrics alone', async () => {
    const [clients, plain, metrics, peers] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const socketPath = path.join(folder, 'etcd.sock');
    // One that was left behind.
    fs.writeFileSync(socketPath, '');
    const flags = {
      'data-dir': path.join(folder, 'addresses'),
      'listen-client-urls': `http://127.0.0.1:${clients},unix://${socketPath}`,
      'advertise-client-urls': `http://127.0.0.1:${clients}`,
      'listen-metrics-urls': `http://127.0.0.1:${metrics}`,
      'listen-peer-urls': `http://127.0.0.1:${peers}`,
      'host-whitelist': '127.0.0.1,localhost',
    };
    const first = await start(flags);
    expect(first.clientUrls).toEqual([`http://127.0.0.1:${clients}`, `unix://${socketPath}`]);
    await first.member.store.put({ key: 'a', value: stringToBytes('1') });
    expect(await get({ socketPath, path: '/health', headers: { host: 'localhost' } })).toEqual([
      200,
      '{"health":"true","reason":""}',
    ]);
    expect((await get({ port: clients, path: '/health', headers: { host: 'evil.example' } }))[0]).toBe(421);
    expect((await get({ port: metrics, path: '/readyz?verbose' }))[1]).toContain('[+]non_learner ok\n');
    expect((await get({ port: metrics, path: '/version' }))[0]).toBe(404);
    const page = (await get({ port: metrics, path: '/metrics' }))[1];
    expect(page).toMatch(/^etcd_disk_wal_fsync_duration_seconds_count [1-9]/m);
    expect(page).toMatch(/^etcd_disk_wal_fsync_duration_seconds_bucket\{le="\+Inf"\} [1-9]/m);
    expect(page).toMatch(/^etcd_server_leader_changes_seen_total 1$/m);
    expect(page).toMatch(/^etcd_mvcc_put_total 1$/m);
    await first.close();
    expect(fs.existsSync(socketPath)).toBe(false);

    await start({ ...flags, 'listen-client-http-urls': `http://127.0.0.1:${plain}` });
    expect((await get({ port: plain, path: '/version' }))[0]).toBe(200);
    await expect(get({ port: clients, path: '/version' })).rejects.toThrow();
  });

  it('keeps its log where it is told, and its name and cluster whatever is said later', async () => {
    const peers = await freePort();
    const flags = {
      'data-dir': path.join(folder, 'data'),
      'wal-dir': path.join(folder, 'log', 'wal'),
      'listen-client-urls': 'http://127.0.0.1:0',
      'advertise-client-urls': 'http://127.0.0.1:1',
      'listen-peer-urls': `http://127.0.0.1:${peers}`,
    };
    const first = await start({ ...flags, name: 'one', 'initial-cluster-token': 'mine' });
    await first.member.store.put({ key: 'a', value: stringToBytes('1') });
    await first.close();
    expect(fs.readdirSync(flags['wal-dir']).some((name) => name.endsWith('.wal'))).toBe(true);
    expect(fs.existsSync(path.join(flags['data-dir'], 'wal'))).toBe(false);
    const again = await start({ ...flags, name: 'two', 'initial-cluster': 'other=http://127.0.0.1:9' });
    expect(again.member.id).toBe(first.member.id);
    expect((await again.member.store.members()).members.map(({ name }) => name)).toEqual(['one']);
    await again.close();
    await expect(start({ ...flags, 'wal-dir': path.join(folder, 'elsewhere') })).rejects.toThrow(
      'holds a state and no log',
    );
    await expect(
      start({ ...flags, 'data-dir': path.join(folder, 'new'), 'initial-cluster': 'other=http://127.0.0.1:9' }),
    ).rejects.toThrow(`couldn't find local name "default"`);
  });

  it('makes certificates once; members find each other by them, and one alone says that it has no leader', async () => {
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const [clientsA, peersA, clientsB, peersB] = ports;
    const member = (name: string, clients: number | undefined, peers: number | undefined) => ({
      name,
      'data-dir': path.join(folder, name),
      'auto-tls': 'true',
      'peer-auto-tls': 'true',
      'listen-client-urls': `https://127.0.0.1:${clients}`,
      'advertise-client-urls': `https://127.0.0.1:${clients}`,
      'listen-peer-urls': `https://127.0.0.1:${peers}`,
      'initial-advertise-peer-urls': `https://127.0.0.1:${peers}`,
      'initial-cluster': `a=https://127.0.0.1:${peersA},b=https://127.0.0.1:${peersB}`,
      'heartbeat-interval': '50',
      'election-timeout': '250',
    });
    const [a, b] = await Promise.all([start(member('a', clientsA, peersA)), start(member('b', clientsB, peersB))]);
    await a.member.store.put({ key: 'k', value: stringToBytes('1') });
    expect((await b.member.store.range({ key: 'k' })).count).toBe(1);
    const file = path.join(folder, 'a', 'fixtures', 'client', 'cert.pem');
    const made = fs.readFileSync(file, 'utf8');
    expect((await get({ port: clientsA, host: '127.0.0.1', path: '/health', ca: made }, true))[0]).toBe(200);
    await b.close();
    const health = (query: string) =>
      get({ port: clientsA, host: '127.0.0.1', path: `/health${query}`, ca: made }, true);
    for (let waited = 0; waited < 5000 && (await health(''))[0] === 200; waited += 50) await systemClock.sleep(50);
    expect(await health('')).toEqual([503, '{"health":"false","reason":"RAFT NO LEADER"}\n']);
    // Asked of the member alone, it is well.
    expect((await health('?serializable=true'))[0]).toBe(200);
    await a.close();
    await start(member('a', clientsA, peersA));
    expect(fs.readFileSync(file, 'utf8')).toBe(made);
  }, 30_000);
});
