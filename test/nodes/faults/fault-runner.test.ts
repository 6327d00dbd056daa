/** How faults are carried out, on the real API server and simulated nodes, in virtual time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiServerUser } from '../../../apiserver/auth/users.ts';
import { Deferred } from '../../../base/deferred.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { ApiError, type Client } from '../../../controllers/runtime/client.ts';
import { faults, nodes, pods } from '../../../controllers/runtime/resources.ts';
import type { V1Pod } from '../../../generated/kubernetes.d.ts';
import type { Fault, FaultSpec, FaultStatus } from '../../../nodes/faults/fault.ts';
import type { FaultInjector } from '../../../nodes/faults/fault-injector.ts';
import { FaultRunner } from '../../../nodes/faults/fault-runner.ts';
import { NodeFaults } from '../../../nodes/faults/node-faults.ts';
import type { NodeFleet } from '../../../nodes/node-fleet.ts';
import { type LiveCluster, startLiveCluster } from '../../controllers/live-cluster.ts';

let cluster: LiveCluster;
let runner: FaultRunner | undefined;

beforeEach(async () => {
  cluster = await startLiveCluster({ nodes: 3, only: ['serviceaccount-controller'] });
  startRunner();
});
afterEach(async () => {
  await stopRunner();
  await cluster.stop();
});

function fleet(): NodeFleet {
  return cluster.fleet ?? expect.fail('no nodes');
}

function startRunner(client: Client = cluster.client, more: readonly FaultInjector[] = []): void {
  runner = new FaultRunner({
    client,
    clock: cluster.clock,
    random: new SeededRandom('faults'),
    logger: silentLogger,
    recorder: cluster.recorder,
    injectors: [...more, new NodeFaults(fleet(), cluster.as(apiServerUser))],
  });
  runner.start();
}

async function stopRunner(): Promise<void> {
  const stopping = runner?.stop();
  await cluster.advance(10);
  await stopping;
  runner = undefined;
}

async function create(name: string, spec: FaultSpec): Promise<void> {
  await cluster.create<Fault>(faults, {
    apiVersion: 'chaos.sampan.dev/v1alpha1',
    kind: 'Fault',
    metadata: { name },
    spec,
  });
}

async function statusOf(name: string): Promise<FaultStatus> {
  return (await cluster.get<Fault>(faults, name)).status ?? { phase: 'Pending' };
}

/** `Injected=True/Struck`, sorted. */
async function conditionsOf(name: string): Promise<string[]> {
  return ((await statusOf(name)).conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason}`);
}

const states = (): string[] => fleet().names.map((name) => fleet().kubelet(name)?.state ?? '');

describe('one strike', () => {
  it('breaks the target for its duration, and says when and what', async () => {
    await create('off', { type: 'NodeCrash', target: { name: 'node-2' }, duration: '30s' });
    await cluster.advance(1000);
    expect(states()).toEqual(['running', 'crashed', 'running']);
    expect(await statusOf('off')).toMatchObject({ phase: 'Active', targets: ['node-2'], strikes: 1 });
    expect(await conditionsOf('off')).toEqual(['Healed=False/Active', 'Injected=True/Struck']);
    await cluster.advance(31_000);
    expect(states()).toEqual(['running', 'running', 'running']);
    const status = await statusOf('off');
    expect(status).toMatchObject({ phase: 'Healed', targets: ['node-2'], strikes: 1 });
    const lastedMs = Date.parse(status.healedAt ?? '') - Date.parse(status.injectedAt ?? '');
    expect(lastedMs).toBeGreaterThanOrEqual(29_000);
    expect(lastedMs).toBeLessThanOrEqual(31_000);
    expect(await conditionsOf('off')).toEqual(['Healed=True/Healed', 'Injected=False/Over']);
    const told = cluster.recorder.moments().filter(({ type }) => type === 'fault');
    expect(told).toMatchObject([
      { fault: 'off', phase: 'injected', targets: ['node-2'] },
      { fault: 'off', phase: 'healed', targets: ['node-2'] },
    ]);
  });

  it('without a duration lasts until the object is deleted', async () => {
    await create('still', { type: 'NodeFreeze', target: { name: 'node-1' } });
    await cluster.advance(600_000);
    expect(states()[0]).toBe('frozen');
    await cluster.delete(faults, 'still');
    await cluster.advance(1000);
    expect(states()[0]).toBe('running');
  });

  it('waits for its delay; deleted before, it never strikes', async () => {
    await create('later', { type: 'KubeletStop', target: { name: 'node-1' }, startDelay: '20s' });
    await create('never', { type: 'NodeCrash', target: { name: 'node-2' }, startDelay: '20s' });
    await cluster.advance(10_000);
    expect(await statusOf('later')).toMatchObject({ phase: 'Pending' });
    expect((await statusOf('later')).nextStrikeAt).toBeDefined();
    await cluster.delete(faults, 'never');
    await cluster.advance(60_000);
    expect(states()).toEqual(['kubeletStopped', 'running', 'running']);
    const moments = cluster.recorder.moments().filter((moment) => moment.type === 'fault');
    expect(moments.map(({ fault }) => fault)).toEqual(['later']);
  });

  it('that names nothing fails, and says so', async () => {
    await create('nobody', { type: 'NodeCrash', target: { name: 'node-9' } });
    await create('nothing', { type: 'NodeCrash', target: { selector: { matchLabels: { no: 'such' } } } });
    await cluster.advance(1000);
    for (const name of ['nobody', 'nothing']) {
      expect(await statusOf(name)).toMatchObject({ phase: 'Failed', message: 'the fault names nothing that exists' });
      expect(await conditionsOf(name)).toEqual(['Injected=False/NoTarget']);
    }
  });

  it('of a type that nobody carries out fails, and says so', async () => {
    await create('member', { type: 'StoreMemberCrash', target: { name: 'm' } });
    await cluster.advance(1000);
    expect(await statusOf('member')).toMatchObject({
      phase: 'Failed',
      message: 'no part of this cluster carries out faults of type StoreMemberCrash',
    });
  });

  it('of a selector hits what matches then, and nothing that matches later', async () => {
    await cluster.patch(nodes, 'node-1', undefined, { metadata: { labels: { tier: 'web' } } });
    await create('tier', { type: 'NodeCrash', target: { selector: { matchLabels: { tier: 'web' } } } });
    await cluster.advance(1000);
    await cluster.patch(nodes, 'node-2', undefined, { metadata: { labels: { tier: 'web' } } });
    await cluster.patch(nodes, 'node-1', undefined, { metadata: { labels: { tier: null } } });
    await cluster.advance(60_000);
    expect(states()).toEqual(['crashed', 'running', 'running']);
    await cluster.delete(faults, 'tier');
    await cluster.advance(1000);
    expect(states()).toEqual(['running', 'running', 'running']);
  });

  it('of a container kills it, and is over at once', async () => {
    await cluster.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
      spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'nginx' }] },
    } as never);
    await cluster.until('it runs', async () => (await cluster.runningPods()).length === 1);
    await create('kill', { type: 'ContainerExit', target: { selector: { matchLabels: { app: 'web' } } } });
    await cluster.advance(3000);
    expect(await statusOf('kill')).toMatchObject({ phase: 'Healed', targets: ['default/web/c'], strikes: 1 });
    const pod = await cluster.get<V1Pod>(pods, 'web', 'default');
    expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(1);
  });
});

describe('several strikes', () => {
  it('come as often as asked, at their interval, with a rest between', async () => {
    const from = cluster.clock.nowMs();
    await create('again', {
      type: 'NodeFreeze',
      target: { name: 'node-1' },
      duration: '2500ms',
      repeat: { interval: '10s', count: 3 },
    });
    const seen: string[] = [];
    for (let at = 0; at < 26; at++) {
      await cluster.advance(1000 - ((cluster.clock.nowMs() - from) % 1000));
      const { phase, strikes } = await statusOf('again');
      seen.push(`${phase}${strikes}`);
    }
    const runs = seen.filter((each, at) => each !== seen[at - 1]);
    expect(runs).toEqual(['Active1', 'Waiting1', 'Active2', 'Waiting2', 'Active3', 'Healed3']);
    const begun = cluster.recorder.moments().filter((moment) => moment.type === 'fault' && moment.phase === 'injected');
    const gaps = begun.slice(1).map(({ atMs }, at) => Math.round(atMs - (begun[at]?.atMs ?? 0)));
    expect(gaps).toEqual([10_000, 10_000]);
  });

  it('choose their targets anew each time; one that hits nothing does not end it', async () => {
    await create('tier', {
      type: 'NodeFreeze',
      target: { selector: { matchLabels: { tier: 'web' } } },
      duration: '2s',
      repeat: { interval: '10s', count: 2 },
    });
    await cluster.advance(1000);
    expect(await statusOf('tier')).toMatchObject({ phase: 'Waiting', message: 'the fault names nothing that exists' });
    await cluster.patch(nodes, 'node-3', undefined, { metadata: { labels: { tier: 'web' } } });
    await cluster.advance(10_000);
    expect(await statusOf('tier')).toMatchObject({ phase: 'Active', targets: ['node-3'] });
    await cluster.advance(5000);
    expect(await statusOf('tier')).toMatchObject({ phase: 'Healed' });
  });
});

describe('two faults on one target', () => {
  it('the worse counts, and it is whole when the last is gone; both say so', async () => {
    await create('freeze', { type: 'NodeFreeze', target: { name: 'node-1' }, duration: '60s' });
    await cluster.advance(1000);
    await create('crash', { type: 'NodeCrash', target: { name: 'node-1' }, duration: '20s' });
    await cluster.advance(1000);
    expect(states()[0]).toBe('crashed');
    expect((await statusOf('crash')).message).toBe('node-1 is also under freeze: it heals with the last of them');
    await cluster.advance(25_000);
    expect(states()[0]).toBe('frozen');
    expect(await statusOf('crash')).toMatchObject({ phase: 'Healed', message: 'node-1 stays under freeze' });
    await cluster.advance(60_000);
    expect(states()[0]).toBe('running');
    expect(await statusOf('freeze')).toMatchObject({ phase: 'Healed' });
  });

  it('one that strikes while another heals wins', async () => {
    await stopRunner();
    const healing = new Deferred<void>();
    const applied: string[][] = [];
    const slow: FaultInjector = {
      types: ['StoreMemberPause', 'StoreMemberCrash'],
      instant: new Set(),
      targets: async () => ['m'],
      apply: async (_target, all) => {
        applied.push(all.map(({ type }) => type));
        if (all.length === 0) await healing.promise;
      },
      strike: async () => {},
    };
    startRunner(cluster.client, [slow]);
    await create('first', { type: 'StoreMemberPause', target: { name: 'm' }, duration: '5s' });
    await cluster.advance(6000);
    expect(await statusOf('first')).toMatchObject({ phase: 'Active' });
    await create('second', { type: 'StoreMemberCrash', target: { name: 'm' } });
    await cluster.advance(1000);
    expect(await statusOf('second')).toMatchObject({ phase: 'Active', targets: ['m'] });
    healing.resolve();
    await cluster.advance(1000);
    expect(await statusOf('first')).toMatchObject({ phase: 'Healed' });
    expect(applied).toEqual([['StoreMemberPause'], [], ['StoreMemberCrash']]);
  });
});

describe('a restart of the server', () => {
  it('under a fault: it strikes again, for the time that is left, and says so', async () => {
    await create('off', { type: 'NodeCrash', target: { name: 'node-1' }, duration: '60s' });
    await cluster.advance(20_000);
    await stopRunner();
    await fleet().kubelet('node-1')?.heal();
    await cluster.advance(10_000);
    startRunner();
    await cluster.advance(1000);
    expect(states()[0]).toBe('crashed');
    expect(await statusOf('off')).toMatchObject({
      phase: 'Active',
      strikes: 1,
      message: 'struck again after a restart of the server',
    });
    expect(await conditionsOf('off')).toContain('Injected=True/StruckAgainAfterRestart');
    await cluster.advance(25_000);
    expect(states()[0]).toBe('crashed');
    await cluster.advance(6000);
    expect(states()[0]).toBe('running');
    expect(await statusOf('off')).toMatchObject({ phase: 'Healed' });
  });

  it('after its time was over: it heals at once', async () => {
    await create('off', { type: 'NodeCrash', target: { name: 'node-1' }, duration: '10s' });
    await cluster.advance(1000);
    await stopRunner();
    await cluster.advance(60_000);
    startRunner();
    await cluster.advance(1000);
    expect(await statusOf('off')).toMatchObject({ phase: 'Healed', strikes: 1 });
    expect(states()[0]).toBe('running');
  });

  it('between strikes: those that were missed are left out, the rhythm stays', async () => {
    await create('again', {
      type: 'NodeFreeze',
      target: { name: 'node-1' },
      duration: '1s',
      repeat: { interval: '10s' },
    });
    await cluster.advance(5000);
    await stopRunner();
    await cluster.advance(30_000);
    startRunner();
    await cluster.advance(1000);
    expect(await statusOf('again')).toMatchObject({ phase: 'Waiting', strikes: 1 });
    await cluster.advance(5000);
    expect((await statusOf('again')).strikes).toBe(2);
  });

  it('what is over stays over', async () => {
    await create('off', { type: 'NodeCrash', target: { name: 'node-1' }, duration: '1s' });
    await cluster.advance(3000);
    await stopRunner();
    startRunner();
    await cluster.advance(3000);
    expect(await statusOf('off')).toMatchObject({ phase: 'Healed', strikes: 1 });
  });
});

describe('the status', () => {
  it('is written once it can be: a fault may take the store away', async () => {
    await stopRunner();
    let away = true;
    const client: Client = Object.assign(Object.create(cluster.client), {
      get: cluster.client.get.bind(cluster.client),
      list: cluster.client.list.bind(cluster.client),
      watch: cluster.client.watch.bind(cluster.client),
      patch: async (...parameters: Parameters<Client['patch']>) => {
        if (away) throw new ApiError(503, 'ServiceUnavailable', 'no quorum');
        return cluster.client.patch(...parameters);
      },
    });
    startRunner(client);
    await create('off', { type: 'NodeCrash', target: { name: 'node-1' }, duration: '5s' });
    await cluster.advance(8000);
    expect(states()[0]).toBe('running');
    expect(await statusOf('off')).toEqual({ phase: 'Pending' });
    away = false;
    await cluster.advance(1000);
    expect(await statusOf('off')).toMatchObject({ phase: 'Healed', strikes: 1, targets: ['node-1'] });
  });
});
