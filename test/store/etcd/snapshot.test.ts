/** Snapshots over the etcd API: what `etcdctl snapshot save` writes, what ours writes, and what is in them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringToBytes } from '../../../base/bytes.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import {
  createEmbeddedStore,
  createRemoteStore,
  type EtcdServer,
  type RunningMember,
  type Store,
  saveSnapshot,
  serveEtcd,
  snapshotStatus,
} from '../../../store/index.ts';
import { etcdctl } from './etcdctl.ts';
import { hasEtcdctl } from './real-etcd.ts';

const random = new SeededRandom('snapshot');
const deps = { clock: systemClock, random, logger: silentLogger };
const folder = mkdtempSync(join(tmpdir(), 'sampan-snapshot-'));
let member: RunningMember;
let server: EtcdServer;
let store: Store;

beforeAll(async () => {
  member = await createEmbeddedStore({ clock: systemClock, random });
  server = await serveEtcd({
    ...deps,
    store: member.store,
    admin: member.admin,
    listen: { host: '127.0.0.1', port: 0 },
  });
  store = createRemoteStore({ ...deps, endpoints: [server.url] });
  for (let n = 0; n < 500; n++) await store.put({ key: `k/${n}`, value: stringToBytes('v'.repeat(n)) });
});
afterAll(async () => {
  await store.close();
  await server.close();
  await member.close();
  rmSync(folder, { recursive: true });
});

describe('a snapshot over the etcd API', () => {
  it('is the same file however it is saved', async () => {
    const [local, remote] = [join(folder, 'local.db'), join(folder, 'remote.db')];
    const saved = await saveSnapshot(member.store, local);
    await saveSnapshot(store, remote);
    expect(readFileSync(remote).equals(readFileSync(local))).toBe(true);
    expect(saved.revision).toBe((await store.range({ key: 'k/0' })).header.revision);
  });

  it.skipIf(!hasEtcdctl)('is what etcdctl saves, and our status reads that', async () => {
    const file = join(folder, 'etcdctl.db');
    expect((await etcdctl([server.url], ['snapshot', 'save', file])).code).toBe(0);
    expect(readFileSync(file).equals(readFileSync(join(folder, 'local.db')))).toBe(true);
    expect(await snapshotStatus(file)).toEqual(await snapshotStatus(join(folder, 'local.db')));
  });

  it('can be given up in the middle', async () => {
    for await (const chunk of store.snapshot()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(store.snapshot({ signal })[Symbol.asyncIterator]().next()).rejects.toThrow('enough');
    expect((await store.range({ key: 'k/0' })).count).toBe(1);
  });
});
