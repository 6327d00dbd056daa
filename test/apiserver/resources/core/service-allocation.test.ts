/** Cluster IPs and node ports, given out by two API servers on one store: never twice, and none lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBuiltinRows } from '../../../../apiserver/resources/all.ts';
import { ServiceRepair } from '../../../../apiserver/resources/bootstrap/service-repair.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { type Fixture, startServer } from '../../machinery/server-fixture.ts';

const PORTS = { from: 30000, to: 30019 };
const SERVICES = '/api/v1/namespaces/default/services';
const merge = { 'content-type': 'application/merge-patch+json' };

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly { readonly nodePort?: number }[];
}

describe('service allocation', () => {
  let clock: VirtualClock;
  let one: Fixture;
  let two: Fixture;

  beforeEach(async () => {
    const rows = makeBuiltinRows({
      serviceClusterIpRanges: ['10.0.0.0/27', 'fd00::/120'],
      serviceNodePortRange: PORTS,
    });
    clock = new VirtualClock(0);
    one = await startServer(rows, { clock });
    two = await startServer(rows, { clock, store: one.store });
  });
  afterEach(async () => {
    await two.server.close();
    await one.close();
  });

  const service = (name: string, spec: object = {}): object => ({
    metadata: { name },
    spec: { type: 'NodePort', ports: [{ port: 80 }], ...spec },
  });
  const specOf = (answer: { body: object }): ServiceSpec => (answer.body as { spec: ServiceSpec }).spec;

  async function addresses(): Promise<string[]> {
    const { body } = await one.call('GET', '/apis/networking.k8s.io/v1/ipaddresses');
    return (body as unknown as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
  }

  it('C11 two servers give out nothing twice, and everything comes back', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two).call('POST', SERVICES, service(`s${n}`))),
    );
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 201));
    const specs = answers.map(specOf);
    expect(new Set(specs.map(({ clusterIP }) => clusterIP)).size).toBe(20);
    expect(new Set(specs.map(({ ports }) => ports?.[0]?.nodePort)).size).toBe(20);
    expect((await addresses()).sort()).toEqual(specs.map(({ clusterIP }) => clusterIP).sort());
    const full = await two.call('POST', SERVICES, service('more'));
    expect(full.code).toBe(500);
    expect(full.body.message).toMatch(/failed to allocate a nodePort: range is full/);
    expect(await addresses()).toHaveLength(20);

    await Promise.all(answers.map((_, n) => (n % 2 === 0 ? two : one).call('DELETE', `${SERVICES}/s${n}`)));
    expect(await addresses()).toEqual([]);
    const again = await one.call('POST', SERVICES, service('again', { ports: [{ port: 80, nodePort: 30007 }] }));
    expect(again.code).toBe(201);
  });

  it('C11 what is refused, and what is only tried, holds nothing', async () => {
    await one.call('POST', SERVICES, service('taken', { ports: [{ port: 80, nodePort: 30001 }] }));
    const held = await addresses();
    const ports = [
      { name: 'a', port: 80, nodePort: 30002 },
      { name: 'b', port: 81, nodePort: 30001 },
    ];
    expect((await two.call('POST', SERVICES, service('clash', { ports }))).code).toBe(422);
    expect((await two.call('POST', SERVICES, service('taken'))).code).toBe(409);
    const dry = await two.call('POST', `${SERVICES}?dryRun=All`, service('dry'));
    expect(dry.code).toBe(201);
    // What it would have been given is shown all the same.
    expect(specOf(dry)).toMatchObject({ clusterIP: expect.any(String), ports: [{ nodePort: expect.any(Number) }] });
    expect(await addresses()).toEqual(held);
    const free = await two.call('POST', SERVICES, service('free', { ports: [{ port: 80, nodePort: 30002 }] }));
    expect(free.code).toBe(201);
  });

  it('C11 another type takes and gives back; two families hold two addresses', async () => {
    const made = await one.call('POST', SERVICES, service('s', { ipFamilyPolicy: 'RequireDualStack' }));
    expect(specOf(made).clusterIPs).toHaveLength(2);
    expect((await addresses()).sort()).toEqual([...(specOf(made).clusterIPs ?? [])].sort());
    const single = await two.call('PATCH', `${SERVICES}/s`, { spec: { ipFamilyPolicy: 'SingleStack' } }, merge);
    expect(specOf(single).clusterIPs).toEqual([specOf(made).clusterIP]);
    expect(await addresses()).toEqual([specOf(made).clusterIP]);
    const away = await one.call(
      'PATCH',
      `${SERVICES}/s`,
      { spec: { type: 'ExternalName', externalName: 'a.b' } },
      merge,
    );
    expect(specOf(away).clusterIP).toBeUndefined();
    expect(await addresses()).toEqual([]);
    const back = await two.call('PATCH', `${SERVICES}/s`, { spec: { type: 'ClusterIP', externalName: null } }, merge);
    expect(await addresses()).toEqual([specOf(back).clusterIP]);
    expect(specOf(back).ports?.[0]?.nodePort).toBeUndefined();
  });

  it('C9 a write of the status leaves what was given as it is', async () => {
    const made = await one.call('POST', SERVICES, service('s', { type: 'LoadBalancer' }));
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    for (const [method, body] of [
      ['PATCH', { status }],
      ['PUT', { ...made.body, metadata: { name: 's' }, status }],
    ] as const) {
      const written = await two.call(method, `${SERVICES}/s/status`, body, method === 'PATCH' ? merge : {});
      expect(written.code).toBe(200);
      expect(written.body).toMatchObject({ status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
      expect(specOf(written)).toEqual(specOf(made));
    }
  });

  it('C11 what a crash left behind is freed', async () => {
    const { services } = one.server;
    const repair = new ServiceRepair(services, PORTS);
    const made = await one.call('POST', SERVICES, service('lost'));
    const nodePort = specOf(made).ports?.[0]?.nodePort ?? 0;
    await one.call('POST', SERVICES, service('kept'));
    // The service goes without its server having freed what it held.
    await one.store.deleteRange({ key: '/registry/services/specs/default/lost' });
    await repair.run();
    expect(await addresses(), 'it may be just being written').toHaveLength(2);
    await clock.advance(61_000);
    await repair.run();
    expect(await addresses()).toHaveLength(1);
    const again = await two.call('POST', SERVICES, service('again', { ports: [{ port: 80, nodePort }] }));
    expect(again.code).toBe(201);
    expect((await one.call('GET', `${SERVICES}/kept`)).code).toBe(200);
  });
});
