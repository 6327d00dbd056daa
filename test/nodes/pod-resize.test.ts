import { describe, expect, it } from 'vitest';
import type { V1Pod } from '../../generated/kubernetes.d.ts';
import { observe } from '../../nodes/observed-pod.ts';
import { type PodEvent, reduce } from '../../nodes/pod-events.ts';
import { allocatedPod, resizeAsked, resizeMessage, restartedByResize } from '../../nodes/pod-resize.ts';
import { podStatus } from '../../nodes/pod-status.ts';

function podWith(cpu: string, generation = 1): V1Pod {
  const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  return {
    metadata: { name: 'p', uid: 'u', generation },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } }, resizePolicy }] },
  };
}

const host = { hostIp: '172.18.0.1' };
const running: readonly PodEvent[] = [
  { type: 'preparing', container: 'c' },
  { type: 'started', container: 'c', containerId: 'id', imageId: 'img' },
];

describe('a change of resources in place', () => {
  const small = podWith('100m');
  const big = podWith('200m', 2);
  const statusOf = (pod: V1Pod, observed: ReturnType<typeof observe>) => podStatus(pod, observed, host, 0);
  const started = running.reduce((observed, event) => reduce(small, observed, event, 0), observe(small, '10.0.0.2', 0));
  const resizing = (pod: V1Pod, observed: ReturnType<typeof observe>) =>
    statusOf(pod, observed).conditions?.filter(({ type }) => type.startsWith('PodResize'));

  it('P10 is told of a container once it has run', () => {
    expect(statusOf(small, observe(small, '10.0.0.2', 0)).containerStatuses?.[0]).not.toHaveProperty('resources');
    expect(statusOf(small, started).containerStatuses?.[0]).toMatchObject({
      allocatedResources: { cpu: '100m' },
      resources: { requests: { cpu: '100m' } },
    });
  });

  it('P10 is allocated first, then given, and restarts what must', () => {
    expect(resizeAsked(small, started)).toBe(false);
    expect(resizeAsked(big, started)).toBe(true);
    const given = reduce(big, started, { type: 'resizeStarted' }, 0);
    expect(resizeAsked(big, given)).toBe(false);
    expect(resizing(big, given)).toMatchObject([
      { type: 'PodResizeInProgress', status: 'True', observedGeneration: 2 },
    ]);
    expect(statusOf(big, given).containerStatuses?.[0]).toMatchObject({
      allocatedResources: { cpu: '200m' },
      resources: { requests: { cpu: '100m' } },
    });
    expect(restartedByResize(big, given).map(({ name }) => name)).toEqual(['c']);
    const done = reduce(big, given, { type: 'resizeCompleted' }, 0);
    expect(resizing(big, done)).toEqual([]);
    expect(statusOf(big, done).containerStatuses?.[0]?.resources).toEqual({ requests: { cpu: '200m' } });
    expect(restartedByResize(big, done)).toEqual([]);
  });

  it('P10 that finds no room waits, and is not allocated, for a kubelet that starts anew either', () => {
    const waiting = reduce(big, started, { type: 'resizeDeferred', message: 'no room' }, 0);
    expect(resizing(big, waiting)).toMatchObject([
      { type: 'PodResizePending', status: 'True', reason: 'Deferred', message: 'no room', observedGeneration: 2 },
    ]);
    expect(allocatedPod(big, waiting).spec?.containers[0]?.resources).toEqual({ requests: { cpu: '100m' } });
    const anew = observe({ ...big, status: statusOf(big, waiting) }, '10.0.0.2', 0);
    expect(resizeAsked(big, anew)).toBe(true);
  });

  it('P10 is told in the kubelet sentence', () => {
    expect(resizeMessage('Pod resize Deferred', big, 'no room')).toBe(
      'Pod resize Deferred: {"containers":[{"name":"c","resources":{"requests":{"cpu":"200m"}}}],"generation":2,"error":"no room"}',
    );
  });
});
