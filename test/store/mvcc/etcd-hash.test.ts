/** `hashKv` beside a real etcd, where one is installed: the same transactions give the same hash. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringToBytes } from '../../../base/bytes.ts';
import { systemClock } from '../../../base/system.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { Keyspace } from '../../../store/mvcc/keyspace.ts';
import { LeaseTable } from '../../../store/mvcc/lease-table.ts';

const installed = ['etcd', 'etcdctl'].every((program) => spawnSync(program, ['--help']).error === undefined);

describe.skipIf(!installed)('beside etcd', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sampan-etcd-'));
  let etcd: ChildProcess;
  let endpoint: string;

  const etcdctl = async (...args: string[]): Promise<string> =>
    (
      await promisify(execFile)('etcdctl', [`--endpoints=${endpoint}`, ...args], {
        env: { ...process.env, ETCDCTL_API: '3' },
      })
    ).stdout;

  beforeAll(async () => {
    const [client, peer] = [await freePort(), await freePort()];
    endpoint = `http://127.0.0.1:${client}`;
    const urls = [
      `--listen-client-urls=${endpoint}`,
      `--advertise-client-urls=${endpoint}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ];
    etcd = spawn('etcd', [`--data-dir=${dir}`, ...urls], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        await etcdctl('endpoint', 'health');
        return;
      } catch {
        await systemClock.sleep(100);
      }
    }
    throw new Error('etcd did not start');
  });

  afterAll(async () => {
    const gone = once(etcd, 'exit');
    etcd.kill('SIGKILL');
    await gone;
    rmSync(dir, { recursive: true, force: true });
  });

  const hashes = async (revision: number): Promise<object> => {
    const [answer] = JSON.parse(await etcdctl('endpoint', 'hashkv', `--rev=${revision}`, '-w', 'json'));
    return { hash: answer.HashKV.hash, compactRevision: answer.HashKV.compact_revision };
  };

  test('M18 the hash of a history is etcd’s, compacted or not', async () => {
    const backend = new MemoryBackend();
    const leases = new LeaseTable({ backend });
    const header = { clusterId: 1n, memberId: 1n, revision: 0, raftTerm: 1 };
    const keyspace = new Keyspace({ backend, leases, header: () => header });
    const steps: (readonly ['put', string, string] | readonly ['del', string] | readonly ['compact', number])[] = [
      ['put', 'a', '1'],
      ['put', 'b', 'long '.repeat(50)],
      ['put', 'a', '2'],
      ['put', 'empty', ''],
      ['del', 'a'],
      ['put', 'ключ', 'значение'],
      ['put', 'a', '3'],
      ['compact', 4],
      ['put', 'b', '4'],
      ['del', 'empty'],
      ['put', 'c', '5'],
      ['compact', 9],
      ['put', 'c', '6'],
    ];
    for (const [kind, ...args] of steps) {
      if (kind === 'put') {
        const [key = '', value = ''] = args as string[];
        await etcdctl('put', '--', key, value);
        keyspace.applyPut({
          key: Buffer.from(key).toString('latin1'),
          value: stringToBytes(Buffer.from(value).toString('latin1')),
        });
      } else if (kind === 'del') {
        await etcdctl('del', String(args[0]));
        keyspace.applyDeleteRange({ key: String(args[0]) });
      } else {
        await etcdctl('compact', String(args[0]), '--physical');
        keyspace.compact(Number(args[0]));
      }
      expect(keyspace.hashKv()).toMatchObject(await hashes(0));
    }
    const granted = /lease ([0-9a-f]+) granted/.exec(await etcdctl('lease', 'grant', '600'))?.[1] ?? '';
    const lease = leases.grant({ id: BigInt(`0x${granted}`), ttl: 600 }, 0).id;
    await etcdctl('put', `--lease=${granted}`, 'leased', 'value');
    keyspace.applyPut({ key: 'leased', value: stringToBytes('value'), lease });
    expect(keyspace.hashKv()).toMatchObject(await hashes(0));
    const revision = keyspace.currentRevision - 1;
    expect(keyspace.hashKv(revision)).toMatchObject(await hashes(revision));
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
