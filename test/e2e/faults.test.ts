/**
 * The faults of `manifests/faults` on a running cluster of three store members, each applied as it is but for its
 * duration, which is shortened: each strikes what it names, heals, and says both. And what happened can be followed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Moment } from '../../base/moments.ts';
import type { Trace } from '../../base/trace/trace.ts';
import type { Fault } from '../../nodes/faults/fault.ts';
import { root } from '../source-tree.ts';
import { eventually, hasProgram, SampanProcess } from './sampan-process.ts';

const folder = path.join(root, 'manifests', 'faults');
const manifests = fs.readdirSync(folder).sort();
const TIMEOUT_MS = 120_000;
const FAULTS = '/apis/chaos.sampan.dev/v1alpha1/faults';

describe('faults', () => {
  let sampan: SampanProcess;

  beforeAll(async () => {
    const flags = ['--members=3', '--nodes=3', '--store-port=0', '--node-monitor-grace-period=4s'];
    sampan = await SampanProcess.start('up', flags);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await sampan.stop();
    fs.rmSync(sampan.dataDir, { recursive: true, force: true });
  }, TIMEOUT_MS);

  async function ok(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await sampan.kubectlLite(args, input);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  }

  /** The fault once it is over; it may take the store away meanwhile. */
  async function over(name: string): Promise<Fault> {
    let fault: Fault | undefined;
    await eventually(
      `${name} is over`,
      async () => {
        fault = await sampan.json<Fault>(`${FAULTS}/${name}`).catch(() => undefined);
        return fault?.status?.phase === 'Healed' || fault?.status?.phase === 'Failed';
      },
      60_000,
    );
    return fault ?? expect.fail(`${name} is not there`);
  }

  async function moments(): Promise<readonly Moment[]> {
    return (await sampan.json<{ moments: readonly Moment[] }>('/debug/moments?limit=20000')).moments;
  }

  async function applied(file: string): Promise<Fault> {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    const name = /name: (\S+)/.exec(text)?.[1] ?? '';
    await ok(
      ['apply', '-f', '-'],
      text.replace(/duration: .*/, 'duration: 3s').replace(/interval: .*/, 'interval: 3s'),
    );
    return over(name);
  }

  const isOfMember = (file: string): boolean =>
    /type: StoreMember/.test(fs.readFileSync(path.join(folder, file), 'utf8'));

  it(
    'of nodes and containers, all at once: each hits what it names, and heals',
    async () => {
      const files = manifests.filter((file) => !isOfMember(file));
      expect(files).toHaveLength(4);
      await eventually('coredns runs', async () => {
        const { stdout } = await sampan.kubectlLite(['get', 'pods', '-n', 'kube-system', '-l', 'k8s-app=kube-dns']);
        return (stdout.match(/1\/1 +Running/g) ?? []).length === 2;
      });
      const done = await Promise.all(files.map(applied));
      const hit = Object.fromEntries(done.map(({ metadata, status }) => [metadata?.name, status]));
      expect(hit['node-crash']).toMatchObject({ phase: 'Healed', targets: ['node-1'], strikes: 1 });
      expect(hit['node-freeze']).toMatchObject({ phase: 'Healed', targets: ['node-2'], strikes: 1 });
      expect(hit['kubelet-stop']).toMatchObject({ phase: 'Healed', targets: ['node-3'], strikes: 1 });
      expect(hit['container-exit']?.strikes).toBe(3);
    },
    TIMEOUT_MS,
  );

  it.each(manifests.filter(isOfMember))(
    'of store members, one after the other: %s',
    async (file) => {
      const { status } = await applied(file);
      expect(status).toMatchObject({ phase: 'Healed', strikes: 1 });
      expect(status?.targets).toEqual([expect.stringMatching(/^sampan-[123]$/)]);
      const told = (await moments()).filter(
        (moment) => moment.type === 'fault' && moment.targets[0] === status?.targets?.[0],
      );
      expect(told.length).toBeGreaterThanOrEqual(2);
    },
    TIMEOUT_MS,
  );

  it('a crash of the leader brought another into office', async () => {
    const all = await moments();
    const strike = all.find((moment) => moment.type === 'fault' && moment.fault === 'leader-crash');
    const [old] = strike?.type === 'fault' ? strike.targets : [];
    const next = all.find(
      (moment) => moment.type === 'raft.role' && moment.role === 'leader' && moment.atMs > (strike?.atMs ?? 0),
    );
    expect(next?.type === 'raft.role' ? next.member : undefined).not.toBe(old);
    expect(next).toBeDefined();
  });

  it(
    'short forms: crash, heal, list, delete',
    async () => {
      expect(await ok(['crash', 'member', 'sampan-2'])).toMatch(/^member\/sampan-2 crashed \(fault\/crash-sampan-2-/);
      const again = await sampan.kubectlLite(['crash', 'member', 'sampan-2']);
      expect(again.stderr).toContain('is crashed already');
      const quorum = await sampan.kubectlLite(['crash', 'member', 'sampan-3']);
      expect(quorum.stderr).toContain('fewer than the quorum of 2');
      expect(await ok(['fault', 'list'])).toMatch(
        /crash-sampan-2-\S+ +StoreMemberCrash +sampan-2 +Active +1 +<until deleted>/,
      );
      expect(await ok(['heal', 'member', 'sampan-2'])).toBe('member/sampan-2 healed\n');
      expect(await ok(['crash', 'node', 'node-1', '--duration', '1s'])).toMatch(/^node\/node-1 crashed/);
      await ok(['fault', 'delete', '--all']);
      expect(await sampan.json(FAULTS)).toMatchObject({ items: [] });
    },
    TIMEOUT_MS,
  );

  it(
    'a pod is followed from the request to Running, through three members',
    async () => {
      await ok(['create', '-f', '-'], JSON.stringify(deployment));
      await eventually('it runs', async () => {
        const { stdout } = await sampan.kubectlLite(['get', 'pods', '-l', 'app=followed']);
        return /1\/1 +Running/.test(stdout);
      });
      const name = /^(followed-\S+)/m.exec(await ok(['get', 'pods', '-l', 'app=followed']))?.[1] ?? '';
      const text = await ok(['trace', `pod/${name}`]);
      for (const part of [
        /create deployments.apps default\/followed, by kubernetes-admin \(kubectl-lite/,
        /raft +durable on 2 of 3: sampan-/,
        /store +\/registry\/deployments\/default\/followed put at revision/,
        /replicaset-controller default\/followed-/,
        /create pods\/binding default\/followed-/,
        /kubelet +reports Running, ready/,
      ])
        expect(text).toMatch(part);
      const trace = JSON.parse(await ok(['trace', 'deployment/followed', '-o', 'json'])) as Trace;
      expect(trace.roots[0]?.title).toBe('create deployments.apps default/followed');
      const nothing = await sampan.kubectlLite(['trace', 'pod/nothing']);
      expect([nothing.code, nothing.stderr]).toEqual([
        1,
        expect.stringContaining('no write of pods "default/nothing"'),
      ]);
    },
    TIMEOUT_MS,
  );

  it.skipIf(!hasProgram('kubectl'))('needs kubectl: explains every field of a fault', async () => {
    const { stdout, code } = await sampan.kubectl(['explain', 'fault.spec']);
    expect(code).toBe(0);
    for (const field of ['type', 'target', 'startDelay', 'duration', 'repeat', 'network'])
      expect(stdout).toMatch(new RegExp(`^  ${field}\\t<`, 'm'));
    expect(stdout).not.toContain('<no description>');
  });
});

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'followed' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'followed' } },
    template: {
      metadata: { labels: { app: 'followed' } },
      spec: { containers: [{ name: 'web', image: 'nginx' }] },
    },
  },
};
