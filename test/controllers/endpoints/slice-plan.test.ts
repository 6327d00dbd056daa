/** Who stands behind a service, in slices and in the older form. */
import { describe, expect, it } from 'vitest';
import { planEndpoints } from '../../../controllers/endpoints/endpoints-plan.ts';
import {
  MANAGED_BY,
  MANAGER,
  planSlices,
  SERVICE_NAME,
  type SlicePlan,
} from '../../../controllers/endpoints/slice-plan.ts';
import type { V1EndpointSlice, V1Endpoints, V1Pod, V1Service, V1ServiceSpec } from '../../../generated/kubernetes.d.ts';
import { node, pod } from '../build-objects.ts';

function service(spec: Partial<V1ServiceSpec> = {}): V1Service {
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'svc', labels: { tier: 'front' } },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }], ...spec },
  };
}

interface Parts {
  readonly ready?: boolean;
  readonly deleting?: boolean;
  readonly port?: number;
  readonly phase?: string;
}

function backend(at: number, { ready = true, deleting = false, port, phase = 'Running' }: Parts = {}): V1Pod {
  const made = pod(`p${at}`, { node: 'n', ready, deleting, phase });
  const ip = `10.0.${Math.floor(at / 250)}.${at % 250}`;
  const containers = [
    { name: 'main', image: 'x', ...(port === undefined ? {} : { ports: [{ name: 'web', containerPort: port }] }) },
  ];
  return { ...made, spec: { ...made.spec, containers }, status: { ...made.status, podIP: ip, podIPs: [{ ip }] } };
}

const many = (count: number, first = 0): V1Pod[] => Array.from({ length: count }, (_, at) => backend(first + at));
const zoned = () => ({ ...node('n'), metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'east' } } });

let version = 0;
/** As the server keeps them. */
function kept(slices: readonly V1EndpointSlice[]): V1EndpointSlice[] {
  return slices.map((slice) => ({
    ...slice,
    metadata: { ...slice.metadata, name: slice.metadata?.name ?? `s${version++}` },
  }));
}

function plan(object: V1Service, pods: V1Pod[], existing: V1EndpointSlice[] = []): SlicePlan {
  return planSlices(object, pods, existing, zoned);
}

const sizes = (slices: readonly V1EndpointSlice[]): number[] => slices.map(({ endpoints }) => endpoints?.length ?? 0);

describe('planSlices', () => {
  it('describes each pod', () => {
    const { create } = plan(service(), [backend(1), backend(2, { ready: false }), backend(3, { deleting: true })]);
    expect(create).toHaveLength(1);
    expect(create[0]?.metadata).toMatchObject({
      generateName: 'web-',
      labels: { tier: 'front', [SERVICE_NAME]: 'web', [MANAGED_BY]: MANAGER },
      ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
    });
    expect(create[0]?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    expect(create[0]?.endpoints?.map(({ conditions }) => conditions)).toEqual([
      { ready: true, serving: true, terminating: false },
      { ready: false, serving: false, terminating: false },
      { ready: false, serving: true, terminating: true },
    ]);
    expect(create[0]?.endpoints?.[0]).toMatchObject({
      addresses: ['10.0.0.1'],
      nodeName: 'n',
      zone: 'east',
      targetRef: { kind: 'Pod', name: 'p1', namespace: 'default', uid: 'p1' },
    });
  });

  it('leaves out what has ended or has no address', () => {
    const noAddress = { ...backend(1), status: { phase: 'Running' } };
    expect(sizes(plan(service(), [noAddress, backend(2, { phase: 'Failed' })]).create)).toEqual([0]);
  });

  it('publishes what is not ready when it is told to', () => {
    const { create } = plan(service({ publishNotReadyAddresses: true }), [backend(1, { ready: false })]);
    expect(create[0]?.endpoints?.[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false });
  });

  it('cuts at 100', () => {
    expect(sizes(plan(service(), many(250)).create)).toEqual([100, 100, 50]);
  });

  it('changes nothing when nothing changed', () => {
    const existing = kept(plan(service(), many(120)).create);
    expect(plan(service(), many(120), existing)).toEqual({ create: [], update: [], delete: [], skipped: [] });
  });

  it('fills what must change anyway before it touches another', () => {
    const existing = kept(plan(service(), many(150)).create);
    const changed = plan(service(), [...many(149, 1), ...many(1, 500)], existing);
    expect([changed.create.length, sizes(changed.update), changed.delete.length]).toEqual([0, [100], 0]);
    const added = plan(service(), many(160), existing);
    expect([added.create.length, sizes(added.update)]).toEqual([0, [60]]);
    const tooMany = plan(service(), many(205), existing);
    expect([sizes(tooMany.create), sizes(tooMany.update)]).toEqual([[55], []]);
    const fewer = plan(service(), many(100), existing);
    expect([fewer.update.length, fewer.delete.length]).toEqual([0, 1]);
  });

  it('keeps pods apart whose port has another number', () => {
    const named = service({ ports: [{ port: 80, targetPort: 'web' }] });
    const { create } = plan(named, [backend(1, { port: 8080 }), backend(2, { port: 9090 })]);
    expect(create.map(({ ports }) => ports?.[0]?.port).sort()).toEqual([8080, 9090]);
  });

  it('has slices for both families', () => {
    const dual = { ...backend(1), status: { ...backend(1).status, podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } };
    const { create } = plan(service({ ipFamilies: ['IPv4', 'IPv6'] }), [dual]);
    expect(create.map(({ addressType, endpoints }) => [addressType, endpoints?.[0]?.addresses])).toEqual([
      ['IPv4', ['10.0.0.1']],
      ['IPv6', ['fd00::1']],
    ]);
  });

  it('keeps one empty slice', () => {
    const existing = kept(plan(service(), many(3)).create);
    const emptied = plan(service(), [], existing);
    expect([emptied.create, sizes(emptied.update), emptied.delete]).toEqual([[], [0], []]);
    expect(plan(service(), [], kept(emptied.update))).toEqual({ create: [], update: [], delete: [], skipped: [] });
  });
});

describe('planEndpoints', () => {
  const endpoints = (object: V1Service, pods: V1Pod[], current?: V1Endpoints) =>
    planEndpoints(object, pods, current, () => undefined);

  it('has ready and other addresses, in order', () => {
    const made = endpoints(service(), [backend(2), backend(1), backend(3, { ready: false })]);
    expect(made?.metadata).toMatchObject({
      name: 'web',
      labels: { tier: 'front', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
    });
    expect(made?.subsets).toHaveLength(1);
    expect(made?.subsets?.[0]?.addresses?.map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(made?.subsets?.[0]?.notReadyAddresses?.map(({ ip }) => ip)).toEqual(['10.0.0.3']);
    expect(made?.subsets?.[0]?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    expect(endpoints(service(), [backend(1), backend(2), backend(3, { ready: false })], made)).toBeUndefined();
  });

  it('says when it had to cut', () => {
    const made = endpoints(service(), [...many(995), backend(2000, { ready: false }), ...many(10, 1100)]);
    expect(made?.subsets?.[0]?.addresses).toHaveLength(1000);
    expect(made?.subsets?.[0]?.notReadyAddresses).toBeUndefined();
    expect(made?.metadata?.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
  });

  it('names the pods of a headless service', () => {
    const named = backend(1);
    const spec = { containers: [], ...named.spec, hostname: 'db-0', subdomain: 'web' };
    const made = endpoints(service({ clusterIP: 'None' }), [{ ...named, spec }]);
    expect(made?.subsets?.[0]?.addresses?.[0]?.hostname).toBe('db-0');
    expect(made?.metadata?.labels).toHaveProperty('service.kubernetes.io/headless');
  });
});
