/**
 * The real `etcdctl` through its commands, against three members of ours and against a real etcd in the same test: the
 * answers must be the same, but for what nature makes different.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { etcdctl, LongCommand, normalized, type Outcome, rangeOf } from './etcdctl.ts';
import { ProcessCluster } from './process-cluster.ts';
import { hasEtcd, hasEtcdctl, RealEtcd } from './real-etcd.ts';

describe.skipIf(!hasEtcdctl || !hasEtcd)('etcdctl (Debian: etcd-client, etcd-server)', () => {
  let cluster: ProcessCluster;
  let etcd: RealEtcd;
  const folder = mkdtempSync(join(tmpdir(), 'sampan-etcdctl-'));

  beforeAll(async () => {
    [cluster, etcd] = await Promise.all([ProcessCluster.start(3), RealEtcd.start()]);
  });
  afterAll(async () => {
    await Promise.all([cluster?.dispose(), etcd?.dispose()]);
    rmSync(folder, { recursive: true });
  });

  /** Runs a command on both; the outcomes must be alike. Returns ours. */
  async function same(args: readonly string[], input?: string): Promise<Outcome> {
    const [ours, real] = await both(args, input);
    const of = ({ code, stdout, errors }: Outcome): object => ({
      code,
      stdout: normalized(stdout),
      errors: errors.map(normalized),
    });
    expect(of(ours), args.join(' ')).toEqual(of(real));
    return ours;
  }

  function both(args: readonly string[], input?: string): Promise<[Outcome, Outcome]> {
    return Promise.all([etcdctl(cluster.urls, args, input), etcdctl([etcd.url], args, input)]);
  }

  /** A long command on both. */
  function long(args: readonly string[], input?: string): [LongCommand, LongCommand] {
    return [new LongCommand(cluster.urls, args, input), new LongCommand([etcd.url], args, input)];
  }

  it('put', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'ab', 'abc']) await same(['put', `key/${name}`, `value of ${name}`]);
    await same(['put', 'key/a', 'again', '--prev-kv']);
    await same(['put', 'key/a', '--ignore-value']);
    await same(['put', 'nothing', '--ignore-value']);
    await same(['put', 'key/a', 'x', '--lease=12345']);
    await same(['put', 'from-input'], 'standard input');
    await same(['put', '', 'x']);
    await same(['put', 'json', 'x', '-w', 'json']);
    await same(['put', 'fields', 'x', '-w', 'fields', '--prev-kv']);
  });

  it('get', async () => {
    await same(['get', 'key/a']);
    await same(['get', 'missing']);
    await same(['get', 'key/', '--prefix']);
    await same(['get', 'key/', '--prefix', '--limit=2']);
    await same(['get', 'key/b', '--from-key']);
    await same(['get', 'key/b', 'key/d']);
    await same(['get', 'key/', '--prefix', '--keys-only']);
    await same(['get', 'key/', '--prefix', '--count-only', '-w', 'fields']);
    await same(['get', 'key/a', '--print-value-only']);
    await same(['get', 'key/a', '--rev=2']);
    await same(['get', 'key/a', '--rev=100000']);
    await same(['get', 'key/a', '--consistency=s']);
    for (const order of ['ASCEND', 'DESCEND']) {
      for (const target of ['KEY', 'VERSION', 'CREATE', 'MODIFY', 'VALUE']) {
        await same(['get', 'key/', '--prefix', `--order=${order}`, `--sort-by=${target}`]);
      }
    }
    await same(['get', 'key/', '--prefix', '-w', 'json']);
    await same(['get', 'key/', '--prefix', '-w', 'json', '--hex']);
    await same(['get', 'key/a', '-w', 'fields']);
    await same(['get', '', '--prefix', '--keys-only']);
    for (const args of [
      [],
      ['a', 'b', 'c'],
      ['a', '--order=x'],
      ['a', '--sort-by=x'],
      ['a', '--from-key', '--prefix'],
    ]) {
      await same(['get', ...args]);
    }
    await same(['get', 'key/a', '--rev=-5']);
    await same(['get', 'key/', '--prefix', '--limit=-1']);
    const [ours, real] = await both(['get', 'key/', '--prefix', '-w', 'protobuf']);
    expect(rangeOf(ours.raw)).toEqual(rangeOf(real.raw));
  });

  it('del', async () => {
    await same(['del', 'missing']);
    await same(['del', 'json', '--prev-kv']);
    await same(['put', 'gone/1', 'x']);
    await same(['put', 'gone/2', 'x']);
    await same(['del', 'gone/', '--prefix', '-w', 'json']);
    await same(['del', 'key/c', 'key/d']);
    await same(['del', 'nothing-after', '--from-key', '-w', 'fields']);
  });

  it('txn', async () => {
    await same(['put', 'txn', 'one']);
    const requests = 'value("txn") = "one"\n\nput txn "two"\nget txn\n\nput txn three\n\n';
    await same(['txn'], requests);
    await same(['txn'], requests);
    await same(['txn', '-w', 'json'], 'mod("txn") > "1"\nversion("txn") > "0"\n\nget txn\ndel txn\n\n\n');
    await same(['txn'], 'create("txn") = "0"\n\nput txn a\nput txn b\n\n\n');
    await same(['txn', '-w', 'fields'], 'create("new") = "0"\n\nput new 1\nget "" --prefix --limit=1\n\n\n');
  });

  it('watch', async () => {
    const start = Number(/"revision":(\d+)/.exec((await same(['get', 'w', '-w', 'json'])).stdout)?.[1]);
    const watches = [
      long(['watch', 'w/', '--prefix', `--rev=${start + 1}`]),
      long(['watch', 'w/', '--prefix', '--prev-kv', `--rev=${start + 1}`]),
      long(['watch', 'w/', '--prefix', '-w', 'json', `--rev=${start + 1}`]),
      long(['watch', 'w/1', 'w/3', `--rev=${start + 1}`]),
      long(['watch', '-i'], `watch w/1 --rev=${start + 1}\nwatch w/2 --rev=${start + 1}\n`),
    ];
    await same(['put', 'w/1', 'one']);
    await same(['put', 'w/2', 'two']);
    await same(['put', 'w/1', 'three']);
    await same(['del', 'w/', '--prefix']);
    const linesOf = [14, 20, 3, 12, 15];
    for (const [at, [ours, real]] of watches.entries()) {
      await real.lines(1);
      await Promise.all([ours.lines(linesOf[at] === 3 ? 1 : 8), real.lines(linesOf[at] === 3 ? 1 : 8)]);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const [at, [ours, real]] of watches.entries()) {
      // Which answers events share is a matter of time, and so is the order of watches.
      const events = (text: string): string[] =>
        at === 2
          ? text
              .split('\n')
              .filter((line) => line !== '')
              .flatMap((line) => (JSON.parse(line) as { Events: unknown[] }).Events.map((each) => JSON.stringify(each)))
          : at === 4
            ? normalized(text).split('\n').sort()
            : normalized(text).split('\n');
      expect(events(ours.stdout), `watch ${at}`).toEqual(events(real.stdout));
      await Promise.all([ours.stop(), real.stop()]);
    }
  });

  it('watch from a compacted revision', async () => {
    const revision = Number(/"revision":(\d+)/.exec((await same(['get', 'w', '-w', 'json'])).stdout)?.[1]);
    await same(['compaction', String(revision)]);
    await same(['compaction', String(revision)]);
    await same(['compaction', String(revision + 1000)]);
    await same(['get', 'key/a', '--rev=2']);
    await same(['watch', 'w/', '--prefix', '--rev=2']);
    await same(['put', 'after', 'compaction']);
    const next = Number(/"revision":(\d+)/.exec((await same(['get', 'w', '-w', 'json'])).stdout)?.[1]);
    await same(['compaction', String(next), '--physical']);
  });

  it('lease', async () => {
    const [ours, real] = await both(['lease', 'grant', '100']);
    const idOf = ({ stdout }: Outcome): string => /lease (\w+) granted/.exec(stdout)?.[1] ?? '';
    expect(normalized(ours.stdout)).toBe(normalized(real.stdout));
    const each = async (run: (id: string) => string[]): Promise<void> => {
      const [one, two] = await Promise.all([
        etcdctl(cluster.urls, run(idOf(ours))),
        etcdctl([etcd.url], run(idOf(real))),
      ]);
      expect(normalized(one.stdout)).toBe(normalized(two.stdout));
      expect(one.errors.map(normalized)).toEqual(two.errors.map(normalized));
      expect(one.code).toBe(two.code);
    };
    await each((id) => ['put', 'leased/1', 'x', `--lease=${id}`]);
    await each((id) => ['put', 'leased/2', 'x', `--lease=${id}`]);
    await each((id) => ['lease', 'timetolive', id, '--keys']);
    await each((id) => ['lease', 'keep-alive', '--once', id]);
    await each(() => ['lease', 'list']);
    await each((id) => ['lease', 'revoke', id]);
    await each((id) => ['lease', 'revoke', id]);
    await each((id) => ['lease', 'timetolive', id]);
    await each((id) => ['lease', 'keep-alive', '--once', id]);
    await each(() => ['get', 'leased/', '--prefix']);
    await same(['lease', 'grant', '10000000000']);
    for (const args of [[], ['abc'], ['0'], ['--', '-5']]) await same(['lease', 'grant', ...args]);
    await same(['lease', 'timetolive', '1234', '-w', 'json']);
    await same(['lease', 'revoke', 'no-id']);
  });

  it('lock and elect', async () => {
    await same(['lock', 'mutex', 'echo', 'held']);
    const [holder, realHolder] = long(['lock', 'busy']);
    await Promise.all([holder.lines(1), realHolder.lines(1)]);
    expect(normalized(holder.stdout)).toBe(normalized(realHolder.stdout));
    const [second, realSecond] = long(['lock', 'busy', 'echo', 'mine now']);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(second.stdout).toBe('');
    await Promise.all([holder.stop('SIGINT'), realHolder.stop('SIGINT')]);
    await Promise.all([second.lines(1), realSecond.lines(1)]);
    expect(second.stdout).toBe(realSecond.stdout);
    const [leader, realLeader] = long(['elect', 'election', 'me']);
    await Promise.all([leader.lines(2), realLeader.lines(2)]);
    expect(normalized(leader.stdout)).toBe(normalized(realLeader.stdout));
    const [observer, realObserver] = long(['elect', '-l', 'election']);
    await Promise.all([observer.lines(2), realObserver.lines(2)]);
    expect(normalized(observer.stdout)).toBe(normalized(realObserver.stdout));
    for (const command of [leader, realLeader, observer, realObserver]) await command.stop('SIGINT');
  });

  it('endpoint', async () => {
    const health = await etcdctl(cluster.urls, ['endpoint', 'health']);
    expect(health.code).toBe(0);
    expect([health.stdout, ...health.errors].join('\n').match(/is healthy/g)).toHaveLength(3);
    const status = await etcdctl(cluster.urls, ['endpoint', 'status', '-w', 'json']);
    const statuses = JSON.parse(status.stdout) as { Status: { leader: number; header: { member_id: number } } }[];
    expect(statuses.filter(({ Status }) => Status.leader === Status.header.member_id)).toHaveLength(1);
    const table = await etcdctl(cluster.urls, ['endpoint', 'status', '-w', 'table', '--cluster']);
    // Since 3.5, tables have lines of another kind.
    expect(table.stdout.match(/[|│] +(true|false) [|│] +false [|│]/g)).toHaveLength(3);
    const fields = await etcdctl(cluster.urls, ['endpoint', 'status', '-w', 'fields', '--cluster']);
    expect(fields.stdout.match(/"IsLearner" : false/g)).toHaveLength(3);
    const everywhere = await etcdctl(cluster.urls, ['endpoint', 'health', '--cluster', '-w', 'json']);
    expect(everywhere.code).toBe(0);
    expect(everywhere.stdout.match(/"health":true/g)).toHaveLength(3);
    // What is the same in all revisions hashes the same on every member.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const hashes = (await etcdctl(cluster.urls, ['endpoint', 'hashkv'])).stdout.trim().split('\n');
    expect(new Set(hashes.map((line) => line.split(', ')[1])).size).toBe(1);
  });

  it('member', async () => {
    const list = await etcdctl(cluster.urls, ['member', 'list']);
    const real = await etcdctl([etcd.url], ['member', 'list']);
    expect(normalized(list.stdout.split('\n')[0] ?? '').replace(/\bm\d\b/, 'default')).toBe(
      normalized(real.stdout.trim()),
    );
    const added = await etcdctl(cluster.urls, ['member', 'add', 'm4', '--peer-urls=http://127.0.0.1:1', '--learner']);
    expect(added.errors).toEqual([]);
    expect(added.stdout).toMatch(/Member +[0-9a-f]+ added to cluster/);
    const id = /Member +([0-9a-f]+) added/.exec(added.stdout)?.[1] ?? '';
    const twice = await etcdctl(cluster.urls, [
      'member',
      'add',
      'm5',
      '--peer-urls=http://127.0.0.1:1,http://127.0.0.1:3',
    ]);
    expect(twice.errors).toEqual(['Error: etcdserver: Peer URLs already exists']);
    const promoted = await etcdctl(cluster.urls, ['member', 'promote', id]);
    expect(promoted.errors.join()).toContain('can only promote a learner member which is in sync with leader');
    const updated = await etcdctl(cluster.urls, ['member', 'update', id, '--peer-urls=http://127.0.0.1:2']);
    expect(updated.stdout).toMatch(new RegExp(`Member +${id} updated in cluster`));
    const removed = await etcdctl(cluster.urls, ['member', 'remove', id]);
    expect(removed.stdout).toMatch(new RegExp(`Member +${id} removed from cluster`));
    for (const args of [
      ['remove', '12345'],
      ['promote', '12345'],
      ['update', '12345', '--peer-urls=http://127.0.0.1:1'],
      ['remove', 'no-id'],
      ['add', 'm5', '--peer-urls=nonsense'],
      ['add', 'm5'],
    ]) {
      await same(['member', ...args]);
    }
  });

  it('move-leader', async () => {
    const list = (await etcdctl(cluster.urls, ['member', 'list'])).stdout.trim().split('\n');
    const leaders = async (): Promise<boolean[]> =>
      (await etcdctl(cluster.urls, ['endpoint', 'status'])).stdout
        .trim()
        .split('\n')
        .map((line) => line.split(', ')[4] === 'true');
    const target = (await leaders()).indexOf(false);
    const id = list.find((line) => line.split(', ')[2] === cluster.host(target).name)?.split(', ')[0] ?? '';
    const moved = await etcdctl(cluster.urls, ['move-leader', id]);
    expect(moved.errors).toEqual([]);
    expect(moved.stdout).toMatch(/Leadership transferred from [0-9a-f]+ to [0-9a-f]+/);
    expect((await leaders()).indexOf(true)).toBe(target);
  });

  it('alarm, defrag', async () => {
    await same(['alarm', 'list']);
    await same(['alarm', 'disarm']);
    const defragmented = await etcdctl(cluster.urls, ['defrag', '--cluster']);
    expect([defragmented.stdout, ...defragmented.errors].join('\n').match(/Finished defragmenting/g)).toHaveLength(3);
  });

  it('snapshot save', async () => {
    const file = join(folder, 'ours.db');
    const saved = await etcdctl(cluster.urls.slice(0, 1), ['snapshot', 'save', file]);
    expect(saved.code).toBe(0);
    expect(statSync(file).size % 512).toBe(32);
  });

  it('make-mirror', async () => {
    const mirror = new LongCommand(cluster.urls, [
      'make-mirror',
      etcd.url.replace('http://', ''),
      '--prefix=key/',
      '--dest-prefix=mirror/',
    ]);
    for (let waited = 0; waited < 50; waited++) {
      if ((await etcdctl([etcd.url], ['get', 'mirror/b'])).stdout !== '') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const source = await etcdctl(cluster.urls, ['get', 'key/', '--prefix']);
    const copy = await etcdctl([etcd.url], ['get', 'mirror/', '--prefix']);
    expect(copy.stdout.replaceAll('mirror/', 'key/')).toBe(source.stdout);
    await mirror.stop();
  });

  it('auth, user, role', async () => {
    await same(['auth', 'enable']);
    await same(['user', 'add', 'root:secret']);
    await same(['user', 'add', 'root:secret']);
    await same(['user', 'add', 'alice:pw']);
    await same(['user', 'add', 'bob', '--no-password']);
    await same(['user', 'list']);
    await same(['auth', 'enable', '--user=root:secret']);
    await same(['role', 'add', 'reader']);
    await same(['role', 'add', 'reader']);
    await same(['role', 'grant-permission', 'reader', 'read', 'shared/', '--prefix=true']);
    await same(['role', 'grant-permission', 'reader', 'readwrite', 'own/alice']);
    await same(['role', 'grant-permission', 'reader', 'write', 'b', 'a']);
    await same(['role', 'grant-permission', 'nobody', 'read', 'a']);
    await same(['role', 'get', 'reader']);
    await same(['role', 'list']);
    await same(['user', 'grant-role', 'alice', 'reader']);
    await same(['user', 'grant-role', 'alice', 'missing']);
    await same(['user', 'get', 'alice']);
    await same(['user', 'get', 'alice', '--detail']);
    await same(['put', 'shared/1', 'x']);
    await same(['auth', 'enable']);
    const root = '--user=root:secret';
    const alice = '--user=alice:pw';
    await same(['get', 'shared/1']);
    await same(['get', 'shared/1', '--user=alice:wrong']);
    await same(['get', 'shared/1', '--user=nobody:x']);
    await same(['get', 'shared/', '--prefix', alice]);
    await same(['get', 'shared', '--prefix', alice]);
    await same(['put', 'shared/1', 'y', alice]);
    await same(['put', 'own/alice', 'y', alice]);
    await same(['del', 'own/alice', '--prev-kv', alice]);
    await same(['txn', alice], 'value("shared/1") = "x"\n\nput own/alice 1\n\nput shared/1 1\n\n');
    await same(['txn', alice], 'value("shared/1") = "x"\n\nput own/alice 1\n\nget shared/1\n\n');
    await same(['watch', 'other', alice]);
    await same(['user', 'add', 'eve:x', alice]);
    await same(['user', 'get', 'alice', alice]);
    await same(['user', 'get', 'root', alice]);
    await same(['role', 'get', 'reader', alice]);
    // Since 3.6 that is for administrators only.
    expect((await etcdctl(cluster.urls, ['compaction', '3', alice])).errors).toEqual([
      'Error: etcdserver: permission denied',
    ]);
    await same(['user', 'delete', 'root', root]);
    await same(['user', 'revoke-role', 'root', 'root', root]);
    await same(['role', 'delete', 'root', root]);
    await same(['user', 'revoke-role', 'alice', 'reader', root]);
    await same(['get', 'shared/1', alice]);
    await same(['user', 'passwd', 'alice', '--interactive=false', root], 'new');
    await same(['get', 'shared/1', alice]);
    await same(['role', 'revoke-permission', 'reader', 'own/alice', root]);
    await same(['role', 'revoke-permission', 'reader', 'own/alice', root]);
    await same(['role', 'delete', 'reader', root]);
    await same(['user', 'delete', 'alice', root]);
    await same(['user', 'list', root]);
    await same(['auth', 'disable', root]);
    await same(['get', 'shared/1']);
    await same(['user', 'delete', 'root']);
  });

  // One minute is its shortest. Whether it passes is a matter of the machine; that it ends and cleans up is not.
  it('check perf and datascale', { timeout: 120_000 }, async () => {
    for (const outcome of await both(['check', 'perf', '--load=s'])) {
      expect(outcome.stdout).toMatch(/(PASS|FAIL): (Throughput is|Throughput too low:) \d+ writes\/s/);
      expect(outcome.stdout).toMatch(/Stddev/);
      expect(outcome.errors).toEqual([]);
    }
    const left = await both(['get', '/etcdctl-check-perf/', '--prefix', '--keys-only']);
    for (const { stdout } of left) expect(stdout).toBe('');
    for (const { code, stdout } of await both(['check', 'datascale', '--load=s'])) {
      expect(code).toBe(0);
      expect(stdout).toContain('PASS: Approximate system memory used');
    }
  });
});
