import { describe, expect, it } from 'vitest';
import { ResourceQuota } from '../../../apiserver/admission/resource-quota.ts';
import type { KubeObject, RegistryServices } from '../../../apiserver/machinery/resource-row.ts';
import { admit, attributesOf, Objects, pod, type Request } from './fixture.ts';

function quota(name: string, hard: Record<string, string>, used: Record<string, string>, spec: object = {}): object {
  return { metadata: { name, namespace: 'ns', resourceVersion: '1' }, spec: { hard, ...spec }, status: { hard, used } };
}

const zeros = (hard: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));

async function create(quotas: object[], request: Partial<Request>): Promise<{ answer: unknown; used: unknown[] }> {
  const objects = new Objects();
  for (const each of quotas) objects.put('resourcequotas', each);
  const answer = await admit(new ResourceQuota(objects), { resource: 'pods', object: pod('p'), ...request }, objects);
  const used = objects
    .list({ group: '', resource: 'resourcequotas' })
    .map((each) => (each.status as { used: unknown } | undefined)?.used);
  return { answer: typeof answer === 'string' ? answer : 'ok', used };
}

const sized = (requests: object, limits: object = {}, more: object = {}): KubeObject =>
  pod('p', { containers: [{ name: 'a', image: 'i', resources: { requests, limits } }], ...more });

describe('ResourceQuota', () => {
  it('charges what a pod uses', async () => {
    const hard = { pods: '2', 'count/pods': '5', 'requests.cpu': '1', 'limits.memory': '1Gi', secrets: '1' };
    const object = sized({ cpu: '250m', memory: '1Mi' }, { memory: '64Mi', cpu: '1' });
    const { answer, used } = await create([quota('q', hard, { ...zeros(hard), pods: '1' })], { object });
    expect(answer).toBe('ok');
    expect(used).toEqual([
      { pods: '2', 'count/pods': '1', 'requests.cpu': '250m', 'limits.memory': '64Mi', secrets: '0' },
    ]);
  });

  it.each<[string, object, Partial<Request>, string]>([
    [
      'too many',
      quota('q', { pods: '2' }, { pods: '2' }),
      {},
      '403 pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    ],
    [
      'too much of several',
      quota(
        'q',
        { 'requests.cpu': '1', 'requests.memory': '1Gi', pods: '9' },
        { 'requests.cpu': '900m', 'requests.memory': '1Gi', pods: '1' },
      ),
      { object: sized({ cpu: '200m', memory: '1Mi' }) },
      '403 pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=200m,requests.memory=1Mi, used: requests.cpu=900m,requests.memory=1Gi, limited: requests.cpu=1,requests.memory=1Gi',
    ],
    [
      'CPU limited, not requested',
      quota('q', { cpu: '1', 'limits.memory': '1' }, { cpu: '0', 'limits.memory': '0' }),
      {},
      '403 pods "p" is forbidden: failed quota: q: must specify cpu for: web; limits.memory for: web',
    ],
    [
      'not counted yet',
      quota('q', { pods: '2', 'count/pods': '2' }, { pods: '0' }),
      {},
      '403 pods "p" is forbidden: status unknown for quota: q, resources: count/pods,pods',
    ],
    ['without status', { metadata: { name: 'q', namespace: 'ns' }, spec: { hard: { pods: '0' } } }, {}, 'ok'],
    ['of another kind', quota('q', { secrets: '0' }, { secrets: '0' }), {}, 'ok'],
    [
      'a secret',
      quota('q', { secrets: '0' }, { secrets: '0' }),
      { resource: 'secrets', object: { metadata: { name: 's' } } },
      '403 secrets "s" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=0, limited: secrets=0',
    ],
    [
      'a deployment',
      quota('q', { 'count/deployments.apps': '0' }, { 'count/deployments.apps': '0' }),
      { resource: 'deployments.apps', object: { metadata: { name: 'd' } } },
      'exceeded quota: q, requested: count/deployments.apps=1',
    ],
    [
      'events are never counted',
      quota('q', { 'count/events': '0' }, { 'count/events': '0' }),
      { resource: 'events', object: { metadata: { name: 'e' } } },
      'ok',
    ],
    [
      'an update of a counted kind',
      quota('q', { secrets: '0' }, { secrets: '0' }),
      {
        operation: 'UPDATE',
        resource: 'secrets',
        object: { metadata: { name: 's' } },
        old: { metadata: { name: 's' } },
      },
      'ok',
    ],
    [
      'a node port',
      quota('q', { 'services.nodeports': '1' }, { 'services.nodeports': '0' }),
      {
        resource: 'services',
        object: { metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 1 }, { port: 2 }] } },
      },
      'requested: services.nodeports=2',
    ],
    [
      'a load balancer',
      quota('q', { 'services.loadbalancers': '0' }, { 'services.loadbalancers': '0' }),
      { resource: 'services', object: { metadata: { name: 's' }, spec: { type: 'LoadBalancer', ports: [] } } },
      'requested: services.loadbalancers=1',
    ],
    [
      'a claim',
      quota('q', { 'requests.storage': '1Gi' }, { 'requests.storage': '0' }),
      {
        resource: 'persistentvolumeclaims',
        object: { metadata: { name: 'c' }, spec: { resources: { requests: { storage: '2Gi' } } } },
      },
      'requested: requests.storage=2Gi',
    ],
    [
      'a claim of a class',
      quota(
        'q',
        { 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi' },
        { 'gold.storageclass.storage.k8s.io/requests.storage': '0' },
      ),
      {
        resource: 'persistentvolumeclaims',
        object: {
          metadata: { name: 'c' },
          spec: { storageClassName: 'gold', resources: { requests: { storage: '2Gi' } } },
        },
      },
      'requested: gold.storageclass.storage.k8s.io/requests.storage=2Gi',
    ],
    [
      'a device',
      quota('q', { 'requests.example.com/gpu': '1' }, { 'requests.example.com/gpu': '0' }),
      { object: sized({ 'example.com/gpu': '2' }) },
      'requested: requests.example.com/gpu=2',
    ],
    [
      'a negative amount',
      quota('q', { 'requests.ephemeral-storage': '1' }, { 'requests.ephemeral-storage': '0' }),
      { object: sized({ 'ephemeral-storage': '-1' }) },
      'quota usage is negative for resource(s)',
    ],
  ])('%s', async (_title, limit, request, expected) => {
    expect((await create([limit], request)).answer).toContain(expected);
  });

  it('charges an update for what it adds', async () => {
    const claim = (storage: string): object => ({
      metadata: { name: 'c' },
      spec: { resources: { requests: { storage } } },
    });
    const limit = quota(
      'q',
      { 'requests.storage': '3Gi', persistentvolumeclaims: '1' },
      { 'requests.storage': '2Gi', persistentvolumeclaims: '1' },
    );
    const grow = {
      operation: 'UPDATE',
      resource: 'persistentvolumeclaims',
      old: claim('2Gi'),
      object: claim('3Gi'),
    } as const;
    expect(await create([limit], grow)).toEqual({
      answer: 'ok',
      used: [{ 'requests.storage': '3Gi', persistentvolumeclaims: '1' }],
    });
    expect((await create([limit], { ...grow, object: claim('4Gi') })).answer).toContain(
      'requested: requests.storage=2Gi, used: requests.storage=2Gi',
    );
    expect((await create([limit], { ...grow, object: claim('1Gi') })).used).toEqual([
      { 'requests.storage': '2Gi', persistentvolumeclaims: '1' },
    ]);
  });

  const gpus = 'gpu.deviceclass.resource.k8s.io/devices';
  const exactly = (allocationMode: string, count?: number): object => ({
    name: 'r',
    exactly: { deviceClassName: 'gpu', allocationMode, ...(count === undefined ? {} : { count }) },
  });
  const oneOf = (...counts: number[]): object => ({
    name: 'o',
    firstAvailable: counts.map((count) => ({ deviceClassName: 'gpu', allocationMode: 'ExactCount', count })),
  });
  it.each<[string, object[], string]>([
    ['two', [exactly('ExactCount', 2)], '2'],
    ['two and one', [exactly('ExactCount', 2), exactly('ExactCount', 1)], '3'],
    ['all', [exactly('All')], '32'],
    ['of alternatives the most', [oneOf(1, 4, 2), exactly('ExactCount', 1)], '5'],
    ['of a mode to come none', [exactly('Later', 7)], '0'],
  ])('G5 devices of a class: %s', async (_title, requests, expected) => {
    const hard = {
      [gpus]: '40',
      'count/resourceclaims.resource.k8s.io': '9',
      'fpga.deviceclass.resource.k8s.io/devices': '1',
    };
    const object = { metadata: { name: 'c' }, spec: { devices: { requests } } };
    const { answer, used } = await create([quota('q', hard, zeros(hard))], {
      resource: 'resourceclaims.resource.k8s.io',
      object,
    });
    expect(answer).toBe('ok');
    expect(used).toEqual([{ ...zeros(hard), [gpus]: expected, 'count/resourceclaims.resource.k8s.io': '1' }]);
  });

  it('G5 refuses a device too many', async () => {
    const object = { metadata: { name: 'x2' }, spec: { devices: { requests: [exactly('ExactCount', 2)] } } };
    const { answer } = await create([quota('quota0', { [gpus]: '3' }, { [gpus]: '2' })], {
      resource: 'resourceclaims.resource.k8s.io',
      object,
    });
    expect(answer).toBe(
      `403 resourceclaims.resource.k8s.io "x2" is forbidden: exceeded quota: quota0, requested: ${gpus}=2, used: ${gpus}=2, limited: ${gpus}=3`,
    );
  });

  it('overhead and sidecars count', async () => {
    const limit = quota('q', { 'requests.cpu': '2' }, { 'requests.cpu': '0' });
    const object = sized(
      { cpu: '1' },
      {},
      {
        overhead: { cpu: '250m' },
        initContainers: [{ name: 's', image: 'i', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } }],
      },
    );
    expect((await create([limit], { object })).used).toEqual([{ 'requests.cpu': '1750m' }]);
  });

  it.each([
    [{ scopes: ['BestEffort'] }, pod('p'), true],
    [{ scopes: ['BestEffort'] }, sized({ cpu: '1' }), false],
    [{ scopes: ['NotBestEffort'] }, sized({ cpu: '1' }), true],
    [{ scopes: ['Terminating'] }, pod('p', { activeDeadlineSeconds: 5 }), true],
    [{ scopes: ['Terminating'] }, pod('p'), false],
    [{ scopes: ['NotTerminating', 'BestEffort'] }, pod('p'), true],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
      pod('p', { priorityClassName: 'high' }),
      true,
    ],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'NotIn', values: ['high'] }] } },
      pod('p', { priorityClassName: 'high' }),
      false,
    ],
    [{ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists' }] } }, pod('p'), false],
    [
      { scopes: ['CrossNamespacePodAffinity'] },
      pod('p', {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'z', namespaceSelector: {} }],
          },
        },
      }),
      true,
    ],
  ])('scopes %j of %j: %s', async (spec, object, counts) => {
    const { used } = await create([quota('q', { pods: '2' }, { pods: '0' }, spec)], { object });
    expect(used).toEqual([{ pods: counts ? '1' : '0' }]);
  });

  it('a dry run charges nothing, and is refused all the same', async () => {
    expect((await create([quota('q', { pods: '1' }, { pods: '0' })], { dryRun: true })).used).toEqual([{ pods: '0' }]);
    expect((await create([quota('q', { pods: '1' }, { pods: '1' })], { dryRun: true })).answer).toContain(
      'exceeded quota',
    );
  });

  it('what one of two quotas refuses is charged to neither', async () => {
    const { answer, used } = await create(
      [quota('a', { pods: '5' }, { pods: '0' }), quota('b', { pods: '1' }, { pods: '1' })],
      {},
    );
    expect(answer).toContain('exceeded quota: b');
    expect(used).toEqual([{ pods: '0' }, { pods: '1' }]);
  });
});

/** A store whose every answer takes a while, and in which others write, too. */
function slowServices(objects: Objects, meddle: () => void): RegistryServices {
  const { services } = objects;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let version = 1;
  return {
    ...services,
    async list(resource, namespace) {
      await turn();
      const found = await services.list(resource, namespace);
      await turn();
      return found;
    },
    async update(resource, namespace, name, mutate) {
      await turn();
      meddle();
      return services.update(resource, namespace, name, (object) => {
        const changed = mutate(object);
        if (changed !== undefined) changed.metadata.resourceVersion = String(++version);
        return changed;
      });
    },
  };
}

describe('twenty clients race for a quota of ten', () => {
  async function race(meddle: (objects: Objects, at: number) => void): Promise<{ admitted: number; used: string }> {
    const objects = new Objects()
      .put('resourcequotas', quota('q', { pods: '10' }, { pods: '0' }))
      .put('resourcequotas', quota('r', { 'count/pods': '50' }, { 'count/pods': '0' }));
    let at = 0;
    const services = slowServices(objects, () => meddle(objects, ++at));
    const step = new ResourceQuota(objects);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, index) => {
        // They come over several turns of the event loop.
        for (let i = 0; i < index % 4; i++) await new Promise((resolve) => setImmediate(resolve));
        await step.validate(attributesOf({ resource: 'pods', object: pod(`p${index}`) }), services);
      }),
    );
    const found = objects.stored.get('resourcequotas/ns/q')?.status as { used: { pods: string } };
    return { admitted: outcomes.filter(({ status }) => status === 'fulfilled').length, used: found.used.pods };
  }

  it('exactly ten are let in', async () => {
    expect(await race(() => {})).toEqual({ admitted: 10, used: '10' });
  });

  it('also while a controller writes the status', async () => {
    const meddle = (objects: Objects, at: number): void => {
      if (at !== 1 && at !== 4) return;
      const name = at === 1 ? 'q' : 'r';
      const present = objects.stored.get(`resourcequotas/ns/${name}`) as KubeObject;
      objects.put('resourcequotas', { ...present, metadata: { ...present.metadata, resourceVersion: `other-${at}` } });
    };
    expect(await race(meddle)).toEqual({ admitted: 10, used: '10' });
  });
});
