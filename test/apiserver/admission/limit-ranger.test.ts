import { describe, expect, it } from 'vitest';
import { LimitRanger } from '../../../apiserver/admission/limit-ranger.ts';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { admit, Objects, pod } from './fixture.ts';

function limited(...limits: object[]): Objects {
  return new Objects()
    .put('limitranges', { metadata: { name: 'l', namespace: 'ns' }, spec: { limits } })
    .put('limitranges', {
      metadata: { name: 'l', namespace: 'other' },
      spec: { limits: [{ type: 'Pod', max: { cpu: '0' } }] },
    });
}

async function create(objects: Objects, ...containers: object[]): Promise<KubeObject | string | undefined> {
  const named = containers.map((resources, index) => ({ name: `c${index}`, image: 'i', resources }));
  return admit(new LimitRanger(objects), { resource: 'pods', object: pod('p', { containers: named }) }, objects);
}

describe('LimitRanger', () => {
  it('sets defaults and says so in an annotation', async () => {
    const objects = limited({
      type: 'Container',
      default: { cpu: '1', memory: '1Gi' },
      defaultRequest: { cpu: '500m' },
    });
    const answer = (await create(objects, {}, { limits: { cpu: '2' }, requests: { cpu: '1' } })) as KubeObject;
    expect(answer.spec).toMatchObject({
      containers: [
        { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } } },
        { resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } } },
      ],
    });
    expect(answer.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu request for container c0; cpu, memory limit for container c0; memory limit for container c1',
    });
  });

  it('changes nothing where there is nothing to set', async () => {
    const answer = (await create(limited({ type: 'Pod', max: { cpu: '4' } }), { limits: { cpu: '1' } })) as KubeObject;
    expect(answer.metadata.annotations).toBeUndefined();
  });

  const min = { type: 'Container', min: { cpu: '100m' } };
  const max = { type: 'Container', max: { cpu: '2' } };
  const ratio = { type: 'Container', maxLimitRequestRatio: { cpu: '2' } };
  const podMax = { type: 'Pod', max: { cpu: '2' } };
  const amount = (requests?: string, limits?: string): object => ({
    ...(requests === undefined ? {} : { requests: { cpu: requests } }),
    ...(limits === undefined ? {} : { limits: { cpu: limits } }),
  });

  it.each([
    [[min], [amount('100m')], ''],
    [[min], [amount()], 'minimum cpu usage per Container is 100m.  No request is specified'],
    [[min], [amount('50m')], 'minimum cpu usage per Container is 100m, but request is 50m'],
    [[max], [amount('1', '2')], ''],
    [[max], [amount('1')], 'maximum cpu usage per Container is 2.  No limit is specified'],
    [[max], [amount('1', '3')], 'maximum cpu usage per Container is 2, but limit is 3'],
    [[ratio], [amount('1', '2')], ''],
    [[ratio], [amount('1', '3')], 'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000'],
    [
      [ratio],
      [amount(undefined, '3')],
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [[podMax], [amount('1', '1'), amount('1', '1')], ''],
    [[podMax], [amount('1', '1'), amount('1', '1500m')], 'maximum cpu usage per Pod is 2, but limit is 2500m'],
    [
      [min, max],
      [amount('50m', '3')],
      '[minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 2, but limit is 3]',
    ],
  ])('%j for %j', async (limits, containers, why) => {
    const answer = await create(limited(...limits), ...containers);
    if (why === '') expect(typeof answer).toBe('object');
    else expect(answer).toBe(`403 pods "p" is forbidden: ${why}`);
  });

  it('init containers count with what they need at their peak', async () => {
    const objects = limited(podMax);
    const sized = (name: string, cpu: string, more: object = {}): object => ({
      name,
      image: 'i',
      resources: { limits: { cpu }, requests: { cpu } },
      ...more,
    });
    const create = (spec: object): Promise<unknown> =>
      admit(new LimitRanger(objects), { resource: 'pods', object: pod('p', spec) }, objects);
    expect(typeof (await create({ initContainers: [sized('i', '2')], containers: [sized('c', '1')] }))).toBe('object');
    expect(
      await create({
        initContainers: [sized('s', '1', { restartPolicy: 'Always' }), sized('i', '1500m')],
        containers: [sized('c', '1')],
      }),
    ).toContain('maximum cpu usage per Pod is 2, but limit is 2500m');
  });

  it('claims are measured by what they request', async () => {
    const objects = limited({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
    const claim = (storage: string): Promise<unknown> =>
      admit(new LimitRanger(objects), {
        resource: 'persistentvolumeclaims',
        object: { metadata: { name: 'c' }, spec: { resources: { requests: { storage } } } },
      });
    expect(typeof (await claim('2Gi'))).toBe('object');
    expect(await claim('3Gi')).toContain('maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi');
    expect(await claim('1Mi')).toContain('minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi');
  });
});
