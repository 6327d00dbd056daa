import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { V1ContainerStatus, V1Pod } from '../../generated/kubernetes.d.ts';
import { runToRead } from '../../nodes/pod-logs.ts';
import { SimulatedRuntime } from '../../nodes/simulated/simulated-runtime.ts';

function read(status: Partial<V1ContainerStatus>, previous = false) {
  const full = { name: 'x', ready: false, restartCount: 0, image: 'i', imageID: '', ...status } as V1ContainerStatus;
  return runToRead('y', { ephemeralContainerStatuses: [full] }, 'x', previous);
}

describe('which log is read', () => {
  const ended = { terminated: { exitCode: 1, containerID: 'sim://old' } };

  it('L1 is the present run, the last one, or with previous the one before', () => {
    expect(read({ state: { running: {} }, containerID: 'sim://now' })).toEqual({ containerId: 'sim://now' });
    expect(read({ state: ended })).toEqual({ containerId: 'sim://old' });
    const backingOff = { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended };
    expect(read(backingOff)).toEqual({ containerId: 'sim://old' });
    expect(read(backingOff, true)).toEqual({ containerId: 'sim://old' });
  });

  it('L1 is kept for the present run and the one before it', async () => {
    const clock = new VirtualClock();
    const runtime = new SimulatedRuntime({ clock, random: new SeededRandom(1) });
    const container = { name: 'c', image: 'i', command: ['sh', '-c', 'echo hi; sleep infinity'] };
    const pod: V1Pod = { metadata: { name: 'p', uid: 'u' }, spec: { containers: [container] } };
    const ids: string[] = [];
    for (const run of [0, 1, 2]) {
      const starting = runtime.start(pod, container, run, () => undefined);
      await clock.advance(1000);
      ids.push((await starting).id);
    }
    const lines = ids.map((id) => runtime.logs('u', id)?.lines.map(({ text }) => text));
    expect(lines).toEqual([undefined, ['hi'], ['hi']]);
    runtime.remove('u');
    expect(ids.map((id) => runtime.logs('u', id))).toEqual([undefined, undefined, undefined]);
  });

  it('L2 is refused in the words of the kubelet', () => {
    const waiting = (reason: string) => read({ state: { waiting: { reason } } });
    const which = 'container "x" in pod "y"';
    expect(waiting('ContainerCreating')).toEqual({ refusal: `${which} is waiting to start: ContainerCreating` });
    expect(waiting('ErrImagePull')).toEqual({ refusal: `${which} is waiting to start: image can't be pulled` });
    expect(waiting('ImagePullBackOff')).toEqual({
      refusal: `${which} is waiting to start: trying and failing to pull image`,
    });
    expect(read({ state: { running: {} } }, true)).toEqual({ refusal: `previous terminated ${which} not found` });
    expect(read({ state: { terminated: { exitCode: 1 } } })).toEqual({ refusal: `${which} is terminated` });
    expect(read({ state: {} })).toEqual({ refusal: `${which} is waiting to start - no logs yet` });
    expect(runToRead('y', {}, 'x', false)).toEqual({ refusal: `${which} is not available` });
  });
});
