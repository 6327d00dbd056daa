/** What the flags of the server's behaviour make of it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encryptStore } from '../../../apiserver/auth/encryption/encrypted-keys.ts';
import { MaxInFlight } from '../../../apiserver/auth/flow-control/max-in-flight.ts';
import type { ResourceRow, UserInfo } from '../../../apiserver/machinery/resource-row.ts';
import { builtinRows } from '../../../apiserver/resources/all.ts';
import { ensureKubernetesService } from '../../../apiserver/resources/bootstrap/kubernetes-service.ts';
import { UsageError } from '../../../base/errors.ts';
import { parseCidr } from '../../../base/ip.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { goConfigurationMap } from '../../../cluster/apiserver-flags/go-values.ts';
import { advertisedAddress, endingMs, serveOn, shownRows } from '../../../cluster/behaviour.ts';
import { KeyPrefix, withPrefix } from '../../../cluster/prefixed-store.ts';
import { StoreCompactor } from '../../../cluster/store-compactor.ts';
import type { V1Service, V1ServiceSpec } from '../../../generated/kubernetes.d.ts';
import { createMemoryStore, type Store } from '../../../store/index.ts';
import { admin, type Fixture, type FixtureOptions, startServer } from '../../apiserver/machinery/server-fixture.ts';

const AT = { clock: new VirtualClock(), random: new SeededRandom('flags') };

const started: Fixture[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each.close();
});

async function serve(rows: readonly ResourceRow[], options: FixtureOptions = {}): Promise<Fixture> {
  const fixture = await startServer(rows, options);
  started.push(fixture);
  return fixture;
}

function rowsOf(config: string) {
  return shownRows(builtinRows, { runtimeConfig: goConfigurationMap(config) }, silentLogger);
}

describe('--runtime-config', () => {
  it('FG5 serves what is not switched off: at no path, in no discovery, in no document', async () => {
    const { call } = await serve(rowsOf('policy/v1=false,apps/v1/deployments=false,autoscaling/v2=false'));
    expect((await call('GET', '/apis/policy/v1/poddisruptionbudgets')).code).toBe(404);
    expect((await call('GET', '/apis/policy/v1')).code).toBe(404);
    expect((await call('GET', '/apis/apps/v1/deployments')).code).toBe(404);
    expect((await call('GET', '/apis/apps/v1/daemonsets')).code).toBe(200);
    // The version in which they are kept is off; the other one serves them.
    expect((await call('GET', '/apis/autoscaling/v2/horizontalpodautoscalers')).code).toBe(404);
    expect((await call('GET', '/apis/autoscaling/v1/horizontalpodautoscalers')).code).toBe(200);
    const groups = (await call('GET', '/apis')).body as unknown as { groups: { name: string }[] };
    expect(groups.groups.map(({ name }) => name)).not.toContain('policy');
    const apps = (await call('GET', '/apis/apps/v1')).body as unknown as { resources: { name: string }[] };
    expect(apps.resources.map(({ name }) => name)).not.toContain('deployments');
    const v3 = (await call('GET', '/openapi/v3')).body as unknown as { paths: object };
    expect(Object.keys(v3.paths)).toContain('apis/apps/v1');
    expect(Object.keys(v3.paths)).not.toContain('apis/policy/v1');
  });

  it.each([
    ['api/all=false,v1=true', ['', 'v1', 'pods'], true],
    ['api/all=false,v1=true', ['apps', 'v1', 'deployments'], false],
    ['api/ga=false,apps/v1=true', ['apps', 'v1', 'deployments'], true],
    ['api/ga=false,apps/v1=true', ['batch', 'v1', 'jobs'], false],
    ['api/alpha=false', ['chaos.sampan.dev', 'v1alpha1', 'faults'], false],
    ['api/all=false,api/ga=true', ['batch', 'v1', 'jobs'], true],
    ['apps/v1=false,apps/v1/deployments=true', ['apps', 'v1', 'deployments'], true],
    ['apps/v1=false,apps/v1/deployments=true', ['apps', 'v1', 'daemonsets'], false],
    ['apps/v1', ['apps', 'v1', 'deployments'], true],
  ] as const)('FG5 %s serves %j: %s', (config, [group, version, resource], served) => {
    const row = rowsOf(config).find(
      (each) => each.group === group && each.version === version && each.resource === resource,
    );
    expect(row?.hidden !== true).toBe(served);
  });

  it.each([
    ['apps/v9=true', 'group version apps/v9 that has not been registered'],
    ['apps/v1=x', 'invalid value of apps/v1: x, err: strconv.ParseBool: parsing "x": invalid syntax'],
    ['api/beta=x', 'invalid value api/beta=x'],
    [
      'apps/v1/Deployments=false',
      'invalid key apps/v1/Deployments: group/version/resource and resource is always lowercase plural, not "Deployments"',
    ],
  ])('FG5 refuses %s', (config, sentence) => {
    expect(() => rowsOf(config)).toThrow(new UsageError(sentence));
  });
});

describe('flags of the server', () => {
  it('FG6 keeps events as long as asked, in whole seconds, and for ever where it is none', async () => {
    const clock = new VirtualClock();
    const event = (name: string) => ({
      metadata: { name, namespace: 'default' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    });
    const kept = async (eventTtl: number, afterMs: number): Promise<number> => {
      const rows = shownRows(builtinRows, { eventTtl }, silentLogger);
      const { call } = await serve(rows, { clock, random: new SeededRandom('events') });
      expect((await call('POST', '/api/v1/namespaces/default/events', event('e'))).code).toBe(201);
      await clock.advance(afterMs);
      return (await call('GET', '/api/v1/namespaces/default/events/e')).code;
    };
    expect(await kept(5500, 4000)).toBe(200);
    expect(await kept(5500, 60_000)).toBe(404);
    expect(await kept(0, 7_200_000)).toBe(200);
  });

  it('FG6 allows privileged containers or not, wherever a pod is described', async () => {
    const rows = shownRows(builtinRows, { allowPrivileged: false }, silentLogger);
    const { call } = await serve(rows, AT);
    const privileged = { name: 'c', image: 'i', securityContext: { privileged: true } };
    const pod = await call('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'p' },
      spec: { containers: [privileged] },
    });
    expect(pod.code).toBe(422);
    expect(JSON.stringify(pod.body)).toContain(
      'spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy',
    );
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [privileged] } };
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    const set = await call('POST', '/apis/apps/v1/namespaces/default/daemonsets', { metadata: { name: 'd' }, spec });
    expect(JSON.stringify(set.body)).toContain(
      'spec.template.spec.containers[0].securityContext.privileged: Forbidden',
    );
    const allowed = await serve(shownRows(builtinRows, { allowPrivileged: true }, silentLogger), AT);
    const made = await allowed.call('POST', '/apis/apps/v1/namespaces/default/daemonsets', {
      metadata: { name: 'd' },
      spec,
    });
    expect(made.code).toBe(201);
  });

  it('FG6 gives requests and watches the time that it is told to', async () => {
    const clock = new VirtualClock();
    const store = createMemoryStore({ clock, random: new SeededRandom('slow') });
    const { call, server } = await serve(builtinRows, {
      clock,
      store,
      requestTimeoutMs: 5000,
      watchSecondsMin: 10,
      random: new SeededRandom('watches'),
    });
    const range = store.range.bind(store);
    store.range = () => new Promise(() => {});
    const slow = call('GET', '/api/v1/namespaces/default/configmaps/c');
    await clock.advance(4900);
    const pending = Symbol('pending');
    expect(await Promise.race([slow, Promise.resolve(pending)])).toBe(pending);
    await clock.advance(200);
    expect((await slow).code).toBe(504);
    store.range = range;
    const { answer } = await call('GET', '/api/v1/configmaps?watch=true&resourceVersion=0');
    if (answer.type !== 'watch') throw new Error('no watch');
    let ended = false;
    const reading = (async () => {
      for await (const _ of answer.events);
      ended = true;
    })();
    await clock.advance(9900);
    expect(ended).toBe(false);
    // At most twice as long.
    await clock.advance(10_200);
    await reading;
    expect(ended).toBe(true);
    expect(server.watches.size).toBe(0);
  });

  it('FG6 overlooks for a while at /livez what the start has not done, and is not ready when it ends', async () => {
    const clock = new VirtualClock();
    let ending = false;
    const never = new Promise<void>(() => {});
    const starting = await serve(builtinRows, {
      clock,
      ready: false,
      livezGraceMs: 5000,
      bootstrap: () => never,
    });
    await clock.advance(10);
    expect((await starting.call('GET', '/livez')).code).toBe(200);
    expect((await starting.call('GET', '/readyz')).code).toBe(500);
    await clock.advance(5000);
    expect((await starting.call('GET', '/livez')).code).toBe(500);
    const started = await serve(builtinRows, { ...AT, ending: () => ending });
    expect((await started.call('GET', '/readyz')).code).toBe(200);
    ending = true;
    expect((await started.call('GET', '/readyz')).code).toBe(500);
    expect((await started.call('GET', '/livez')).code).toBe(200);
  });

  it('FG6 does not wait for a garbage collector that there is not', async () => {
    const make = async (collectsGarbage: boolean): Promise<number> => {
      const { call } = await serve(builtinRows, { ...AT, collectsGarbage });
      await call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'c' } });
      const orphaning = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Orphan' };
      await call('DELETE', '/api/v1/namespaces/default/configmaps/c', orphaning);
      return (await call('GET', '/api/v1/namespaces/default/configmaps/c')).code;
    };
    expect(await make(true)).toBe(200);
    expect(await make(false)).toBe(404);
  });

  it('FG6 leaves metrics out, and says where it is reached and which version it is', async () => {
    const { call } = await serve(builtinRows, {
      ...AT,
      disabledMetrics: ['apiserver_request_total'],
      externalAddress: 'api.example:6443',
    });
    const metrics = await call('GET', '/metrics');
    const text = Buffer.from(metrics.answer.type === 'bytes' ? metrics.answer.body : []).toString();
    expect(text).not.toContain('apiserver_request_total');
    expect(text).toContain('apiserver_request_duration_seconds');
    expect((await call('GET', '/api')).body).toMatchObject({
      serverAddressByClientCIDRs: [{ serverAddress: 'api.example:6443' }],
    });
  });

  it('FG6 leads the service kubernetes to the advertised address, by a node port, or not at all', async () => {
    const { server } = await serve(builtinRows, AT);
    const range = parseCidr('10.0.0.0/24');
    if (range === undefined) throw new Error('no range');
    const spec = async (): Promise<V1ServiceSpec | undefined> => {
      const found = await server.services.get({ group: '', resource: 'services' }, 'default', 'kubernetes');
      return (found as V1Service | undefined)?.spec;
    };
    await ensureKubernetesService(
      range,
      { ip: '10.1.1.1', port: 6443, nodePort: 30007, reconcile: false },
      server.services,
    );
    expect(await spec()).toMatchObject({ type: 'NodePort', ports: [{ port: 443, nodePort: 30007 }] });
    const endpoints = { group: '', resource: 'endpoints' };
    expect(await server.services.get(endpoints, 'default', 'kubernetes')).toBeUndefined();
    await ensureKubernetesService(range, { ip: '10.1.1.1', port: 6443 }, server.services);
    expect(await spec()).toMatchObject({ type: 'ClusterIP', ports: [{ port: 443, targetPort: 6443 }] });
    expect((await spec())?.ports).not.toMatchObject([{ nodePort: 30007 }]);
    expect(await server.services.get(endpoints, 'default', 'kubernetes')).toMatchObject({
      subsets: [{ addresses: [{ ip: '10.1.1.1' }] }],
    });
    expect(advertisedAddress('127.0.0.1', { advertiseAddress: '10.2.2.2' })).toBe('10.2.2.2');
    expect(advertisedAddress('10.3.3.3', {})).toBe('10.3.3.3');
    expect(['0.0.0.0', '::']).not.toContain(advertisedAddress('0.0.0.0', {}));
  });
});

describe('--etcd-prefix', () => {
  it('FG7 keeps everything below another prefix, and two servers on one store apart', async () => {
    const clock = new VirtualClock();
    const random = new SeededRandom('prefix');
    const store = createMemoryStore({ clock, random });
    const one = await serve(builtinRows, { clock, store: withPrefix(store, new KeyPrefix('one/')) });
    const two = await serve(builtinRows, { clock, store: withPrefix(store, new KeyPrefix('/registry')) });
    await one.call('POST', '/api/v1/namespaces/a/configmaps', { metadata: { name: 'c' } });
    await clock.advance(10);
    expect((await one.call('GET', '/api/v1/configmaps')).body).toMatchObject({ items: [{ metadata: { name: 'c' } }] });
    expect((await two.call('GET', '/api/v1/configmaps')).body).toMatchObject({ items: [] });
    const { kvs } = await store.range({ key: '/', rangeEnd: '0' });
    expect(kvs.map(({ key }) => key)).toEqual(['/one/configmaps/a/c']);
    await one.call('DELETE', '/api/v1/namespaces/a/configmaps/c');
    await clock.advance(10);
    expect((await one.call('GET', '/api/v1/configmaps')).body).toMatchObject({ items: [] });
    expect((await store.range({ key: '/', rangeEnd: '0' })).kvs).toEqual([]);
  });
});

describe('--etcd-prefix beside --encryption-provider-config', () => {
  it('FG7 seals values for the keys that they have in the store, so that whoever looks there can open them', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-flags-'));
    try {
      const file = path.join(folder, 'encryption.yaml');
      const secret = Buffer.alloc(32, 7).toString('base64');
      const providers = `[{aesgcm: {keys: [{name: k, secret: ${secret}}]}}]`;
      fs.writeFileSync(
        file,
        `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: ${providers}}]`,
        { mode: 0o600 },
      );
      const clock = new VirtualClock();
      const deps = { clock, random: new SeededRandom('sealed'), logger: silentLogger };
      const store = createMemoryStore(deps);
      const prefix = new KeyPrefix('/one');
      const sealed = await encryptStore(store, { file, reload: false }, builtinRows, deps, (key) =>
        prefix.outward(key),
      );
      const { call } = await serve(builtinRows, { ...deps, store: withPrefix(sealed.store, prefix) });
      const made = await call('POST', '/api/v1/namespaces/a/secrets', { metadata: { name: 's' }, data: { k: 'dmFs' } });
      expect(made.code).toBe(201);
      const read = async (from: Pick<Store, 'range'>): Promise<string> =>
        Buffer.from((await from.range({ key: '/one/secrets/a/s' })).kvs[0]?.value ?? []).toString('latin1');
      expect(await read(store)).toMatch(/^k8s:enc:aesgcm:v1:k:/);
      expect(await read(sealed.store)).toContain('dmFs');
      // Moved to another key, it cannot be opened: it is bound to the one that it has.
      const [kv] = (await store.range({ key: '/one/secrets/a/s' })).kvs;
      await store.put({ key: '/one/secrets/a/t', value: kv?.value ?? new Uint8Array() });
      await expect(sealed.store.range({ key: '/one/secrets/a/t' })).rejects.toThrow();
      expect((await call('GET', '/api/v1/namespaces/a/secrets/s')).body).toMatchObject({ data: { k: 'dmFs' } });
      sealed.stop();
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('--etcd-compaction-interval', () => {
  it('FG8 has an etcd forget what was there one interval ago, one server of several at a time', async () => {
    const clock = new VirtualClock();
    const store = createMemoryStore({ clock, random: new SeededRandom('compaction') });
    const value = new Uint8Array([1]);
    const compacted: number[] = [];
    const watched = {
      txn: store.txn.bind(store),
      compact: async (revision: number) => {
        compacted.push(revision);
        return store.compact(revision);
      },
    };
    const compactors = [1, 2].map(() => new StoreCompactor(watched, { clock, logger: silentLogger }, 1000));
    for (let round = 0; round < 4; round++) {
      await store.put({ key: 'a', value });
      await clock.advance(1000);
    }
    for (const each of compactors) each.stop();
    expect(compacted.length).toBeGreaterThanOrEqual(2);
    expect(compacted).toEqual([...new Set(compacted)].sort((a, b) => a - b));
    const { revision } = (await store.range({ key: 'a' })).header;
    // The last interval's are kept.
    await expect(store.range({ key: 'a', revision: revision - 1 })).resolves.toBeDefined();
    await expect(store.range({ key: 'a', revision: 1 })).rejects.toThrow(/compacted/);
    const before = compacted.length;
    await clock.advance(5000);
    expect(compacted.length).toBe(before);
  });
});

describe('--enable-priority-and-fairness=false', () => {
  it('FG9 counts reading and changing requests apart, and refuses too many but of administrators', () => {
    const flow = new MaxInFlight({ reading: 1, mutating: 0 });
    const eve = { ...admin, groups: ['system:authenticated'] };
    const ask = (verb: string, user: UserInfo = eve, longRunning = false) =>
      flow.acquire({ user, longRunning, gone: false, attributes: { user, verb } as never });
    const first = ask('get');
    expect(first).toBeDefined();
    expect(ask('list')).toBeUndefined();
    expect(ask('list', admin)).toBeDefined();
    expect(ask('watch', eve, true)).toBeDefined();
    for (let i = 0; i < 5; i++) expect(ask('create')).toBeDefined();
    first?.();
    expect(ask('list')).toBeDefined();
  });
});

describe('the end of a server', () => {
  it('H9 serves on as long as asked, sends clients away until the last answers are given, then waits for watches', async () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    let underWay = 2;
    let size = 1;
    const mannerly = {
      handle: () => Promise.reject(new Error('nobody asks')),
      turnAway: () => void told.push('away'),
      get underWay() {
        return underWay;
      },
    };
    const watches = {
      get size() {
        return size;
      },
    };
    const behaviour = {
      shutdownDelayDuration: 3000,
      shutdownSendRetryAfter: true,
      shutdownWatchTerminationGracePeriod: 5000,
      requestTimeout: 60_000,
    };
    const ending = serveOn({ behaviour, mannerly, watches, clock }).then(() => told.push('end'));
    await clock.advance(2900);
    expect(told).toEqual([]);
    await clock.advance(200);
    expect(told).toEqual(['away']);
    underWay = 0;
    await clock.advance(4900);
    expect(told).toEqual(['away']);
    await clock.advance(200);
    await ending;
    expect(told).toEqual(['away', 'end']);
    size = 0;
    const before = clock.monotonicMs();
    await serveOn({ behaviour: {}, mannerly, watches, clock });
    expect(clock.monotonicMs()).toBe(before);
    expect(endingMs(behaviour)).toBe(68_000);
  });
});
