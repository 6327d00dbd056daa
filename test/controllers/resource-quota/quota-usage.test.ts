/** What objects use of a quota. */
import { describe, expect, it } from 'vitest';
import {
  addUsage,
  claimInScopes,
  claimUsage,
  deviceUsage,
  podInScopes,
  podUsage,
  serviceUsage,
  type Usage,
} from '../../../controllers/resource-quota/quota-usage.ts';
import type { V1Container, V1PodSpec, V1ServiceSpec } from '../../../generated/kubernetes.d.ts';
import { type PodParts, pod, START_MS } from '../build-objects.ts';

const show = (usage: Usage): Record<string, string> =>
  Object.fromEntries([...usage].map(([name, amount]) => [name, amount.toString()]));

function container(cpu: string, limit?: string, sidecar = false): V1Container {
  const limits = limit === undefined ? {} : { limits: { cpu: limit } };
  return { name: cpu, resources: { requests: { cpu }, ...limits }, ...(sidecar ? { restartPolicy: 'Always' } : {}) };
}

const ofPod = (spec: V1PodSpec, parts: PodParts = {}) => show(podUsage(pod('p', { ...parts, spec }), START_MS));

describe('podUsage', () => {
  it('adds up the containers', () => {
    expect(ofPod({ containers: [container('100m', '1'), container('200m', '500m')] })).toEqual({
      'count/pods': '1',
      pods: '1',
      cpu: '300m',
      'requests.cpu': '300m',
      'limits.cpu': '1500m',
    });
  });

  it.each([
    ['an init container needs more', [container('900m')], '900m'],
    ['an init container needs less', [container('10m')], '100m'],
    ['a sidecar adds', [container('50m', undefined, true)], '150m'],
    ['an init container beside a sidecar', [container('50m', undefined, true), container('90m')], '150m'],
    ['a larger one beside a sidecar', [container('50m', undefined, true), container('200m')], '250m'],
  ])('%s', (_what, initContainers, cpu) => {
    expect(ofPod({ containers: [container('100m')], initContainers })['cpu']).toBe(cpu);
  });

  it('takes the pod’s own amounts, and adds the overhead', () => {
    const spec = {
      containers: [container('100m', '200m')],
      resources: { requests: { cpu: '1' } },
      overhead: { cpu: '10m' },
    };
    expect(ofPod(spec)).toMatchObject({ cpu: '1010m', 'limits.cpu': '210m' });
  });

  it('of a pod that has ended is nothing, but that it is there', () => {
    expect(ofPod({ containers: [container('100m')] }, { phase: 'Succeeded' })).toEqual({ 'count/pods': '1' });
  });

  it('adds up', () => {
    const sum: Usage = new Map();
    for (let at = 0; at < 3; at++) addUsage(sum, podUsage(pod('p', { cpu: '333m', memory: '1Gi' }), START_MS));
    expect(show(sum)).toMatchObject({ pods: '3', cpu: '999m', 'requests.memory': '3Gi' });
  });
});

describe('serviceUsage', () => {
  const of = (spec: V1ServiceSpec) => show(serviceUsage({ spec }));
  const ports = [{ port: 80 }, { port: 443 }];
  it.each([
    [{ ports }, {}],
    [{ ports, type: 'NodePort' }, { 'services.nodeports': '2' }],
    [
      { ports, type: 'LoadBalancer' },
      { 'services.nodeports': '2', 'services.loadbalancers': '1' },
    ],
    [{ ports, type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }, { 'services.loadbalancers': '1' }],
  ])('%j', (spec, expected) => {
    expect(of(spec)).toEqual({ services: '1', 'count/services': '1', ...expected });
  });
});

describe('claimUsage', () => {
  it('counts for its class too', () => {
    const spec = { storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } };
    expect(show(claimUsage({ spec }))).toMatchObject({
      'requests.storage': '2Gi',
      'fast.storageclass.storage.k8s.io/requests.storage': '2Gi',
      'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    });
  });
});

describe('podInScopes', () => {
  const bestEffort = pod('p');
  const burstable = pod('p', { cpu: '1' });
  const limited = pod('p', { spec: { activeDeadlineSeconds: 60 } });
  const important = pod('p', { spec: { priorityClassName: 'high' } });
  const scope = (scopeName: string, operator: string, values?: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values === undefined ? {} : { values }) }] },
  });
  it.each([
    [{ scopes: ['BestEffort'] }, bestEffort, true],
    [{ scopes: ['BestEffort'] }, burstable, false],
    [{ scopes: ['NotBestEffort'] }, burstable, true],
    [{ scopes: ['Terminating'] }, limited, true],
    [{ scopes: ['NotTerminating'] }, limited, false],
    [{ scopes: ['BestEffort', 'Terminating'] }, limited, true],
    [{ scopes: ['BestEffort', 'Terminating'] }, bestEffort, false],
    [{ scopes: ['CrossNamespacePodAffinity'] }, bestEffort, false],
    [scope('PriorityClass', 'In', ['high']), important, true],
    [scope('PriorityClass', 'NotIn', ['high']), important, false],
    [scope('PriorityClass', 'Exists'), bestEffort, false],
    [scope('PriorityClass', 'DoesNotExist'), bestEffort, true],
  ])('%j', (spec, object, expected) => {
    expect(podInScopes({ spec }, object)).toBe(expected);
  });
});

describe('deviceUsage', () => {
  it('counts by class: what is asked for, of alternatives the most, 32 for all', () => {
    const claim = {
      spec: {
        devices: {
          requests: [
            { name: 'a', exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 } },
            {
              name: 'b',
              firstAvailable: [
                { name: 'x', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 },
                { name: 'y', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 3 },
                { name: 'z', deviceClassName: 'fpga', allocationMode: 'ExactCount', count: 1 },
              ],
            },
            { name: 'c', exactly: { deviceClassName: 'nic', allocationMode: 'All' } },
          ],
        },
      },
    };
    expect(show(deviceUsage(claim))).toEqual({
      'gpu.deviceclass.resource.k8s.io/devices': '5',
      'fpga.deviceclass.resource.k8s.io/devices': '1',
      'nic.deviceclass.resource.k8s.io/devices': '32',
    });
  });
});

describe('claimInScopes', () => {
  it.each([
    ['In', ['fast'], 'fast', true],
    ['In', ['fast'], 'slow', false],
    ['In', ['fast'], undefined, false],
    ['NotIn', ['fast'], 'fast', false],
    ['NotIn', ['fast'], 'slow', true],
    ['NotIn', ['fast'], undefined, true],
    ['Exists', undefined, 'fast', true],
    ['Exists', undefined, undefined, false],
    ['DoesNotExist', undefined, undefined, true],
  ])('%s %j counts a claim of %s: %s', (operator, values, name, counts) => {
    const expression = { scopeName: 'VolumeAttributesClass', operator, ...(values === undefined ? {} : { values }) };
    const quota = { spec: { scopeSelector: { matchExpressions: [expression] } } };
    const claim = { spec: name === undefined ? {} : { volumeAttributesClassName: name } };
    expect(claimInScopes(quota, claim)).toBe(counts);
  });

  it('no claim is in a scope of pods', () => {
    expect(claimInScopes({ spec: { scopes: ['BestEffort'] } }, { spec: {} })).toBe(false);
  });
});
