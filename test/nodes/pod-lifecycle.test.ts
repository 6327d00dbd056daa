import { describe, expect, it } from 'vitest';
import type { V1Pod, V1PodSpec } from '../../generated/kubernetes.d.ts';
import { containerOf, type ObservedPod, observe } from '../../nodes/observed-pod.ts';
import { type PodEvent, reduce } from '../../nodes/pod-events.ts';
import { decide } from '../../nodes/pod-lifecycle.ts';
import { podStatus } from '../../nodes/pod-status.ts';

const START = Date.UTC(2026, 0, 1);

function podOf(spec: Partial<V1PodSpec> = {}): V1Pod {
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'u1' },
    spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec },
  };
}

/** A pod on a kubelet, driven by hand. */
class Driven {
  nowMs = START;
  pod: V1Pod;
  observed: ObservedPod;

  constructor(pod: V1Pod) {
    this.pod = pod;
    this.observed = observe(pod, '10.244.1.2', this.nowMs);
  }

  happens(event: PodEvent): this {
    this.observed = reduce(this.pod, this.observed, event, this.nowMs);
    return this;
  }

  runs(container = 'c'): this {
    return this.happens({ type: 'preparing', container }).happens({
      type: 'started',
      container,
      containerId: `id-${container}`,
      imageId: 'img',
    });
  }

  exits(exitCode: number, container = 'c'): this {
    return this.happens({
      type: 'exited',
      container,
      exit: { exitCode, signal: 0, reason: exitCode === 0 ? 'Completed' : 'Error', message: '' },
    });
  }

  /** Takes in that the back-off was told, if it is to be; says whether it was. */
  tellsBackOff(container = 'c'): boolean {
    const told = this.actions().includes(`tellBackOff ${container}`);
    if (told) this.happens({ type: 'backOffTold', container });
    return told;
  }

  later(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  actions(): string[] {
    return decide(this.pod, this.observed, this.nowMs).actions.map((action) =>
      'container' in action ? `${action.do} ${action.container}` : action.do,
    );
  }

  status() {
    return podStatus(this.pod, this.observed, { hostIp: '172.18.0.1' }, this.nowMs);
  }

  condition(type: string): string | undefined {
    return this.status().conditions?.find((each) => each.type === type)?.status;
  }
}

describe('a pod on a node', () => {
  it('P1 goes from Pending through ContainerCreating to Running and Ready', () => {
    const driven = new Driven(podOf());
    expect(driven.actions()).toEqual(['start c']);
    expect(driven.status().phase).toBe('Pending');
    expect(driven.status().containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(driven.status().podIP).toBeUndefined();
    driven.runs();
    expect(driven.actions()).toEqual([]);
    expect(driven.status()).toMatchObject({ phase: 'Running', podIP: '10.244.1.2', hostIP: '172.18.0.1' });
    expect(driven.condition('Ready')).toBe('True');
  });

  it('is level-based: asked twice, it says the same', () => {
    const driven = new Driven(podOf());
    expect(driven.actions()).toEqual(driven.actions());
  });

  it('P3 restarts a failed container at once, then with a doubling back-off up to five minutes', () => {
    const driven = new Driven(podOf());
    const delays: number[] = [];
    for (let crash = 0; crash < 8; crash++) {
      driven.runs().later(1000).exits(1);
      driven.tellsBackOff();
      const { actions, wakeAtMs } = decide(driven.pod, driven.observed, driven.nowMs);
      const delayMs = actions.length > 0 ? 0 : (wakeAtMs ?? 0) - driven.nowMs;
      delays.push(delayMs / 1000);
      if (delayMs > 0) {
        expect(driven.status().containerStatuses?.[0]?.state?.waiting?.reason).toBe('CrashLoopBackOff');
        expect(driven.status().containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(1);
      }
      driven.later(delayMs);
      expect(driven.actions()).toEqual(['start c']);
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
    driven.runs();
    expect(driven.status().containerStatuses?.[0]?.restartCount).toBe(8);
  });

  it('says in CrashLoopBackOff what the kubelet says', () => {
    const driven = new Driven(podOf()).runs().exits(1).runs().exits(1);
    expect(driven.status().containerStatuses?.[0]?.state?.waiting?.message).toBe(
      'back-off 10s restarting failed container=c pod=web_default(u1)',
    );
  });

  it.each([
    ['Never', 0, 'Succeeded', []],
    ['Never', 3, 'Failed', []],
    ['OnFailure', 0, 'Succeeded', []],
    ['OnFailure', 3, 'Running', ['start c']],
    ['Always', 0, 'Running', ['start c']],
  ])('restartPolicy %s after exit code %d: phase %s', (restartPolicy, code, phase, actions) => {
    const driven = new Driven(podOf({ restartPolicy })).runs().exits(code);
    expect(driven.status().phase).toBe(phase);
    expect(driven.actions()).toEqual(actions);
  });

  it('runs init containers one after another, before the main ones', () => {
    const driven = new Driven(
      podOf({
        initContainers: [
          { name: 'a', image: 'i' },
          { name: 'b', image: 'i' },
        ],
      }),
    );
    expect(driven.actions()).toEqual(['start a']);
    expect(driven.status().containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
    driven.runs('a');
    expect(driven.actions()).toEqual([]);
    driven.exits(0, 'a');
    expect(driven.actions()).toEqual(['start b']);
    expect(driven.condition('Initialized')).toBe('False');
    driven.runs('b').exits(0, 'b');
    expect(driven.actions()).toEqual(['start c']);
    expect(driven.condition('Initialized')).toBe('True');
  });

  it('a failed init container fails a pod that never restarts, and is retried in one that does', () => {
    const initContainers = [{ name: 'a', image: 'i' }];
    expect(new Driven(podOf({ restartPolicy: 'Never', initContainers })).runs('a').exits(1, 'a').status().phase).toBe(
      'Failed',
    );
    const again = new Driven(podOf({ initContainers })).runs('a').exits(1, 'a');
    expect(again.status().phase).toBe('Pending');
    expect(again.actions()).toEqual(['start a']);
  });

  it('keeps a sidecar beside the main container and ends it after', () => {
    const driven = new Driven(
      podOf({ restartPolicy: 'Never', initContainers: [{ name: 'side', image: 'i', restartPolicy: 'Always' }] }),
    );
    expect(driven.actions()).toEqual(['start side']);
    driven.runs('side');
    expect(driven.actions()).toEqual(['start c']);
    driven.runs('c').exits(0, 'c');
    expect(driven.actions()).toEqual(['terminate side']);
  });

  it('is not ready until its readiness probe succeeds, and restarts when its liveness probe keeps failing', () => {
    const probe = { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 2 };
    const driven = new Driven(
      podOf({ containers: [{ name: 'c', image: 'i', readinessProbe: probe, livenessProbe: probe }] }),
    ).runs();
    expect(driven.condition('Ready')).toBe('False');
    expect(driven.actions()).toEqual(['probe c', 'probe c']);
    driven.happens({ type: 'probed', container: 'c', kind: 'readiness', success: true });
    expect(driven.condition('Ready')).toBe('True');
    driven.happens({ type: 'probed', container: 'c', kind: 'liveness', success: false });
    expect(driven.actions()).toEqual([]);
    driven.later(5000).happens({ type: 'probed', container: 'c', kind: 'liveness', success: false });
    expect(driven.actions()).toContain('terminate c');
  });

  it('a startup probe holds the other probes back', () => {
    const probe = { httpGet: { port: 80 } };
    const driven = new Driven(
      podOf({ containers: [{ name: 'c', image: 'i', startupProbe: probe, livenessProbe: probe }] }),
    ).runs();
    expect(decide(driven.pod, driven.observed, driven.nowMs).actions).toEqual([
      { do: 'probe', container: 'c', kind: 'startup' },
    ]);
    driven.happens({ type: 'probed', container: 'c', kind: 'startup', success: true });
    expect(driven.status().containerStatuses?.[0]?.started).toBe(true);
  });

  it('ends gracefully: SIGTERM, SIGKILL when the grace is over, then the API may forget it', () => {
    const driven = new Driven(podOf()).runs();
    driven.pod = {
      ...driven.pod,
      metadata: { ...driven.pod.metadata, deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
    };
    driven.happens({ type: 'deleting', graceMs: 30_000 });
    expect(driven.actions()).toEqual(['terminate c']);
    driven.happens({ type: 'stopAsked', container: 'c', killAtMs: START + 30_000 });
    expect(driven.actions()).toEqual([]);
    driven.later(30_000);
    expect(driven.actions()).toEqual(['kill c']);
    driven.exits(137);
    expect(driven.actions()).toEqual(['finish']);
  });

  it('P7 is failed when its deadline is over', () => {
    const driven = new Driven(podOf({ activeDeadlineSeconds: 60 })).runs().later(60_000);
    expect(driven.actions()).toEqual(['fail']);
    driven.happens({ type: 'failed', reason: 'DeadlineExceeded', message: 'm', graceMs: 0 });
    expect(driven.status()).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('P6 an image that cannot be pulled is retried with back-off', () => {
    const driven = new Driven(podOf());
    const fails = (): Driven =>
      driven
        .happens({ type: 'preparing', container: 'c' })
        .happens({ type: 'pullFailed', container: 'c', reason: 'ErrImagePull', message: 'no such host' });
    const waiting = () => driven.status().containerStatuses?.[0]?.state?.waiting;
    fails();
    expect(waiting()).toEqual({ reason: 'ErrImagePull', message: 'no such host' });
    expect(driven.actions()).toEqual([]);
    expect(driven.later(2000).tellsBackOff()).toBe(true);
    expect(waiting()).toEqual({
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "nginx": ErrImagePull: no such host',
    });
    expect(driven.actions()).toEqual([]);
    expect(driven.later(8000).actions()).toEqual(['start c']);
    fails();
    expect(driven.later(10_000).tellsBackOff()).toBe(true);
    expect(driven.actions()).toEqual([]);
    expect(driven.later(10_000).actions()).toEqual(['start c']);
  });

  it('P8 counts a container on that was lost with its machine', () => {
    const before = new Driven(podOf()).runs();
    const driven = new Driven({ ...before.pod, status: before.status() });
    expect(containerOf(driven.observed, 'c')?.phase.is).toBe('terminated');
    expect(driven.actions()).toEqual(['start c']);
    driven.runs();
    expect(driven.status().containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
    });
  });

  it('P2 starts init containers in order, and goes on once a sidecar has started', () => {
    const probe = { exec: { command: ['true'] } };
    const driven = new Driven(
      podOf({
        initContainers: [
          { name: 'first', image: 'i' },
          { name: 'side', image: 'i', restartPolicy: 'Always', startupProbe: probe },
          { name: 'last', image: 'i' },
        ],
      }),
    );
    expect(driven.actions()).toEqual(['start first']);
    driven.runs('first');
    expect(driven.actions()).toEqual([]);
    driven.exits(0, 'first');
    expect(driven.actions()).toEqual(['start side']);
    driven.runs('side');
    expect(driven.actions()).toEqual(['probe side']);
    driven.happens({ type: 'probed', container: 'side', kind: 'startup', success: true });
    expect(driven.actions()).toEqual(['start last']);
    expect(driven.condition('Initialized')).toBe('False');
    driven.runs('last').exits(0, 'last');
    expect(driven.actions()).toEqual(['start c']);
    expect(driven.condition('Initialized')).toBe('True');
  });

  it('P4 ends main containers, then sidecars from the last to the first', () => {
    const side = { image: 'i', restartPolicy: 'Always' };
    const driven = new Driven(
      podOf({
        initContainers: [
          { name: 'a', ...side },
          { name: 'b', ...side },
        ],
      }),
    );
    for (const name of ['a', 'b', 'c']) driven.runs(name);
    driven.pod = {
      ...driven.pod,
      metadata: { ...driven.pod.metadata, deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
    };
    driven.happens({ type: 'deleting', graceMs: 30_000 });
    const order: string[] = [];
    for (const name of ['c', 'b', 'a']) {
      order.push(...driven.actions());
      driven.happens({ type: 'stopAsked', container: name, killAtMs: START + 30_000 });
      expect(driven.actions()).toEqual([]);
      driven.exits(0, name);
    }
    expect(order).toEqual(['terminate c', 'terminate b', 'terminate a']);
    expect(driven.actions()).toEqual(['finish']);
  });

  it('P4 ends the sidecars of a pod that has completed from the last to the first', () => {
    const side = { image: 'i', restartPolicy: 'Always' };
    const driven = new Driven(
      podOf({
        restartPolicy: 'Never',
        initContainers: [
          { name: 'a', ...side },
          { name: 'b', ...side },
        ],
      }),
    );
    for (const name of ['a', 'b', 'c']) driven.runs(name);
    driven.exits(0);
    expect(driven.actions()).toEqual(['terminate b']);
    driven.exits(0, 'b');
    expect(driven.actions()).toEqual(['terminate a']);
    expect(driven.exits(0, 'a').actions()).toEqual([]);
    expect(driven.status().phase).toBe('Succeeded');
  });

  it('P5 runs an ephemeral container once, beside all others', () => {
    const driven = new Driven(podOf({ restartPolicy: 'Never', initContainers: [{ name: 'first', image: 'i' }] })).runs(
      'first',
    );
    const added = { name: 'debug', image: 'busybox', terminationMessagePolicy: 'File' };
    driven.pod = {
      ...driven.pod,
      spec: { ...podOf().spec, ...driven.pod.spec, ephemeralContainers: [added] } as V1PodSpec,
    };
    driven.happens({ type: 'updated' });
    expect(driven.actions()).toEqual(['start debug']);
    driven.runs('debug');
    const [status] = driven.status().ephemeralContainerStatuses ?? [];
    expect(status).toMatchObject({ name: 'debug', ready: false, state: { running: {} }, restartCount: 0 });
    expect(status).not.toHaveProperty('started');
    driven.exits(1, 'debug');
    expect(driven.later(1_000_000).actions()).toEqual([]);
    expect(driven.status().ephemeralContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(1);
    driven.exits(0, 'first').runs('c');
    expect(driven.status().phase).toBe('Running');
    expect(driven.condition('Ready')).toBe('True');
    // Seen anew, as by a kubelet that has restarted, it is still over.
    expect(new Driven({ ...driven.pod, status: driven.status() }).actions()).not.toContain('start debug');
  });

  it('P5 ends an ephemeral container with its pod', () => {
    const added = { name: 'debug', image: 'busybox' };
    const driven = new Driven(podOf({ restartPolicy: 'Never', ephemeralContainers: [added] })).runs('c').runs('debug');
    expect(driven.actions()).toEqual([]);
    driven.exits(0, 'c');
    expect(driven.actions()).toEqual(['terminate debug']);
    expect(driven.status().phase).toBe('Succeeded');
  });
});
