import { describe, expect, it } from 'vitest';
import { AlwaysPullImages } from '../../../apiserver/admission/always-pull-images.ts';
import { DefaultIngressClass } from '../../../apiserver/admission/default-ingress-class.ts';
import { DefaultTolerationSeconds } from '../../../apiserver/admission/default-toleration-seconds.ts';
import { ExtendedResourceToleration } from '../../../apiserver/admission/extended-resource-toleration.ts';
import { PersistentVolumeClaimResize } from '../../../apiserver/admission/persistent-volume-claim-resize.ts';
import { Priority } from '../../../apiserver/admission/priority.ts';
import { RuntimeClass } from '../../../apiserver/admission/runtime-class.ts';
import { DefaultStorageClass } from '../../../apiserver/admission/storage-class-default.ts';
import { StorageObjectInUseProtection } from '../../../apiserver/admission/storage-object-in-use-protection.ts';
import { TaintNodesByCondition } from '../../../apiserver/admission/taint-nodes-by-condition.ts';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { admit, Objects, pod } from './fixture.ts';

const specOf = (answer: KubeObject | string | undefined): unknown =>
  typeof answer === 'object' ? answer.spec : answer;

describe('TaintNodesByCondition', () => {
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  it.each([
    [undefined, [notReady]],
    [[notReady], [notReady]],
    [[{ key: 'k', effect: 'NoSchedule' }], [{ key: 'k', effect: 'NoSchedule' }, notReady]],
  ])('a node with %j', async (taints, expected) => {
    const object = { metadata: { name: 'n' }, spec: taints === undefined ? {} : { taints } };
    const answer = await admit(new TaintNodesByCondition(), { resource: 'nodes', namespace: '', object });
    expect(specOf(answer)).toEqual({ taints: expected });
  });
});

describe('DefaultTolerationSeconds', () => {
  const step = new DefaultTolerationSeconds({ notReady: 300, unreachable: 20 });
  const added = (key: string, tolerationSeconds: number): object => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  });

  it.each([
    [[], [added('not-ready', 300), added('unreachable', 20)]],
    [[{ operator: 'Exists' }], []],
    [[{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }], [added('unreachable', 20)]],
    [
      [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoSchedule' }],
      [added('not-ready', 300), added('unreachable', 20)],
    ],
  ])('%j', async (tolerations, more) => {
    const answer = await admit(step, { resource: 'pods', object: pod('p', { tolerations }) });
    expect(specOf(answer)).toMatchObject({ tolerations: [...tolerations, ...more] });
  });
});

describe('Priority', () => {
  const objects = new Objects()
    .put('priorityclasses', { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' })
    .put('priorityclasses', { metadata: { name: 'late' }, value: 7 }, true);
  const withDefault = new Objects()
    .put('priorityclasses', {
      metadata: { name: 'b' },
      value: 20,
      globalDefault: true,
      preemptionPolicy: 'PreemptLowerPriority',
    })
    .put('priorityclasses', { metadata: { name: 'a' }, value: 10, globalDefault: true, preemptionPolicy: 'Never' });

  async function create(spec: object, known = objects): Promise<unknown> {
    const answer = await admit(new Priority(known), { resource: 'pods', object: pod('p', spec) }, known);
    return typeof answer === 'object' ? { ...(answer.spec as object), containers: undefined } : answer;
  }

  it.each([
    [{}, { priority: 0, preemptionPolicy: 'PreemptLowerPriority' }],
    [{ priorityClassName: 'high' }, { priorityClassName: 'high', priority: 1000, preemptionPolicy: 'Never' }],
    [{ priorityClassName: 'late' }, { priorityClassName: 'late', priority: 7 }],
    [
      { priorityClassName: 'high', priority: 1000 },
      { priorityClassName: 'high', priority: 1000, preemptionPolicy: 'Never' },
    ],
    [{ priorityClassName: 'none' }, '403 pods "p" is forbidden: no PriorityClass with name none was found'],
    [
      { priority: 5 },
      '403 pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      { preemptionPolicy: 'Never' },
      '403 pods "p" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ])('%j', async (spec, expected) => {
    expect(await create(spec)).toEqual(expected);
  });

  it('the default class with the lowest value counts', async () => {
    expect(await create({}, withDefault)).toEqual({ priorityClassName: 'a', priority: 10, preemptionPolicy: 'Never' });
  });

  it('an update by a client that does not know the fields keeps them', async () => {
    const old = pod('p', { priority: 5, preemptionPolicy: 'Never' });
    const answer = await admit(new Priority(objects), { operation: 'UPDATE', resource: 'pods', object: pod('p'), old });
    expect(specOf(answer)).toMatchObject({ priority: 5, preemptionPolicy: 'Never' });
  });

  it('there is one default class', async () => {
    const request = {
      resource: 'priorityclasses.scheduling.k8s.io',
      namespace: '',
      object: { metadata: { name: 'c' }, globalDefault: true },
    };
    expect(await admit(new Priority(objects), request)).toEqual(request.object);
    expect(await admit(new Priority(withDefault), request)).toBe(
      '403 priorityclasses.scheduling.k8s.io "c" is forbidden: PriorityClass a is already marked as default. Only one default can exist',
    );
    const own = { ...request, operation: 'UPDATE', object: { metadata: { name: 'a' }, globalDefault: true } } as const;
    expect(await admit(new Priority(withDefault), own)).toEqual(own.object);
  });
});

describe('classes by default', () => {
  const marked = (name: string, mark: string, created: string): object => ({
    metadata: { name, creationTimestamp: created, annotations: { [mark]: 'true' } },
  });
  const objects = new Objects();
  for (const [kind, mark] of [
    ['storageclasses', 'storageclass.kubernetes.io/is-default-class'],
    ['ingressclasses', 'ingressclass.kubernetes.io/is-default-class'],
  ] as const) {
    objects.put(kind, marked('old', mark, '2025-01-01T00:00:00Z'));
    objects.put(kind, marked('newer', mark, '2026-01-01T00:00:00Z'));
    objects.put(kind, marked('new', mark, '2026-01-01T00:00:00Z'));
    objects.put(kind, { metadata: { name: 'other' } });
  }
  const storage = new DefaultStorageClass(objects);
  const ingress = new DefaultIngressClass(objects);

  it.each([
    [storage, 'persistentvolumeclaims', { spec: {} }, { storageClassName: 'new' }],
    [storage, 'persistentvolumeclaims', { spec: { storageClassName: '' } }, { storageClassName: '' }],
    [ingress, 'ingresses.networking.k8s.io', { spec: {} }, { ingressClassName: 'new' }],
    [ingress, 'ingresses.networking.k8s.io', { spec: { ingressClassName: 'x' } }, { ingressClassName: 'x' }],
  ])('%#', async (step, resource, fields, expected) => {
    expect(specOf(await admit(step, { resource, object: { metadata: { name: 'o' }, ...fields } }))).toEqual(expected);
  });

  it('an annotation names a class too', async () => {
    const object = { metadata: { name: 'o', annotations: { 'kubernetes.io/ingress.class': 'x' } }, spec: {} };
    expect(specOf(await admit(ingress, { resource: 'ingresses.networking.k8s.io', object }))).toEqual({});
  });
});

describe('StorageObjectInUseProtection', () => {
  it.each([
    ['persistentvolumes', 'kubernetes.io/pv-protection'],
    ['persistentvolumeclaims', 'kubernetes.io/pvc-protection'],
    ['volumeattributesclasses.storage.k8s.io', 'kubernetes.io/vac-protection'],
  ])('%s', async (resource, finalizer) => {
    const step = new StorageObjectInUseProtection();
    const bare = (await admit(step, { resource, object: { metadata: { name: 'o' } } })) as KubeObject;
    expect(bare.metadata.finalizers).toEqual([finalizer]);
    const again = (await admit(step, { resource, object: bare })) as KubeObject;
    expect(again.metadata.finalizers).toEqual([finalizer]);
  });
});

describe('PersistentVolumeClaimResize', () => {
  const objects = new Objects()
    .put('storageclasses', { metadata: { name: 'grows' }, allowVolumeExpansion: true })
    .put('storageclasses', { metadata: { name: 'fixed' } });
  const claim = (storage: string, storageClassName: string, phase = 'Bound'): object => ({
    metadata: { name: 'c' },
    spec: { storageClassName, resources: { requests: { storage } } },
    status: { phase },
  });
  it.each([
    [claim('1Gi', 'grows'), claim('2Gi', 'grows'), ''],
    [claim('2Gi', 'fixed'), claim('2048Mi', 'fixed'), ''],
    [claim('2Gi', 'fixed'), claim('1Gi', 'fixed'), ''],
    [claim('1Gi', 'grows', 'Pending'), claim('2Gi', 'grows'), 'Only bound persistent volume claims can be expanded'],
    [
      claim('1Gi', 'fixed'),
      claim('2Gi', 'fixed'),
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    ],
  ])('%#', async (old, object, why) => {
    const request = { operation: 'UPDATE', resource: 'persistentvolumeclaims', object, old } as const;
    const answer = await admit(new PersistentVolumeClaimResize(objects), request);
    expect(answer).toEqual(why === '' ? object : `403 persistentvolumeclaims "c" is forbidden: ${why}`);
  });
});

describe('RuntimeClass', () => {
  const objects = new Objects()
    .put('runtimeclasses', { metadata: { name: 'plain' }, handler: 'h' })
    .put('runtimeclasses', {
      metadata: { name: 'heavy' },
      handler: 'h',
      overhead: { podFixed: { cpu: '250m' } },
      scheduling: { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
    });
  const create = (spec: object): Promise<unknown> =>
    admit(new RuntimeClass(objects), { resource: 'pods', object: pod('p', spec) }, objects).then(specOf);

  it('adds overhead, selector and tolerations', async () => {
    const tolerations = [
      { key: 'a', operator: 'Exists', effect: 'NoSchedule' },
      { key: 'b', operator: 'Exists' },
    ];
    expect(await create({ runtimeClassName: 'heavy', nodeSelector: { zone: 'z' }, tolerations })).toMatchObject({
      overhead: { cpu: '250m' },
      nodeSelector: { zone: 'z', disk: 'ssd' },
      tolerations: [
        { key: 'b', operator: 'Exists' },
        { key: 'a', operator: 'Exists' },
      ],
    });
    expect(await create({ runtimeClassName: 'heavy', overhead: { cpu: '0.25' } })).toMatchObject({
      overhead: { cpu: '250m' },
    });
  });

  it.each([
    [{ runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
    [
      { runtimeClassName: 'heavy', overhead: { cpu: '1' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [{ overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
    [
      { runtimeClassName: 'plain', overhead: { cpu: '1' } },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [
      { runtimeClassName: 'heavy', nodeSelector: { disk: 'hdd' } },
      'conflict: runtimeClass.scheduling.nodeSelector[disk] = ssd; pod.spec.nodeSelector[disk] = hdd',
    ],
  ])('%j', async (spec, why) => {
    expect(await create(spec)).toBe(`403 pods "p" is forbidden: ${why}`);
  });
});

describe('optional plugins', () => {
  it('AlwaysPullImages sets the policy of every container and image volume', async () => {
    const object = pod('p', {
      initContainers: [{ name: 'i', image: 'x', imagePullPolicy: 'Never' }],
      volumes: [{ name: 'v', image: { reference: 'r' } }],
    });
    expect(specOf(await admit(new AlwaysPullImages(), { resource: 'pods', object }))).toMatchObject({
      initContainers: [{ imagePullPolicy: 'Always' }],
      containers: [{ imagePullPolicy: 'Always' }],
      volumes: [{ image: { pullPolicy: 'Always' } }],
    });
  });

  it('ExtendedResourceToleration tolerates the taints of asked devices, in order', async () => {
    const requests = { 'example.com/gpu': '1', cpu: '1', 'example.com/fpga': '1', 'example.kubernetes.io/x': '1' };
    const object = pod('p', { containers: [{ name: 'c', image: 'i', resources: { requests } }] });
    expect(specOf(await admit(new ExtendedResourceToleration(), { resource: 'pods', object }))).toMatchObject({
      tolerations: [
        { key: 'example.com/fpga', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
      ],
    });
  });
});
