import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { V1Container, V1Pod } from '../../generated/kubernetes.d.ts';
import { AddressPool } from '../../nodes/address-pool.ts';
import type { ContainerExit } from '../../nodes/container-runtime.ts';
import { imageNameFault } from '../../nodes/image-name.ts';
import { readLog } from '../../nodes/pod-logs.ts';
import { scriptOf } from '../../nodes/simulated/command-script.ts';
import { SimulatedRuntime } from '../../nodes/simulated/simulated-runtime.ts';

function podWith(
  container: Partial<V1Container>,
  annotations: Record<string, string> = {},
  restartPolicy = 'Never',
): [V1Pod, V1Container] {
  const full: V1Container = { name: 'c', image: 'busybox', ...container };
  return [
    {
      metadata: { name: 'p', namespace: 'default', uid: 'u', annotations },
      spec: { restartPolicy, containers: [full] },
    },
    full,
  ];
}

async function run(container: Partial<V1Container>, annotations: Record<string, string> = {}, forMs = 60_000) {
  const clock = new VirtualClock();
  const runtime = new SimulatedRuntime({ clock, random: new SeededRandom(1) });
  const [pod, spec] = podWith(container, annotations);
  let exit: ContainerExit | undefined;
  let exitedAtMs = 0;
  const starting = runtime.start(pod, spec, 0, (ended) => {
    exit = ended;
    exitedAtMs = clock.monotonicMs();
  });
  await clock.advance(forMs);
  const running = await starting;
  const log = runtime.logs('u', running.id)?.lines.map(({ text }) => text) ?? [];
  return { clock, runtime, running, pod, spec, log, exit: () => exit, exitedAtMs: () => exitedAtMs };
}

describe('a simulated container', () => {
  it('follows its command: prints, waits, exits with the code', async () => {
    const { log, exit, exitedAtMs } = await run({ command: ['sh', '-c', 'echo hello world; sleep 5; exit 3'] });
    expect(log).toEqual(['hello world']);
    expect(exit()).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(exitedAtMs()).toBeGreaterThanOrEqual(5000);
  });

  it('repeats a loop', async () => {
    const { log, exit } = await run(
      { command: ['/bin/sh', '-c'], args: ['while true; do echo tick; sleep 10; done'] },
      {},
      35_000,
    );
    expect(log).toEqual(['tick', 'tick', 'tick', 'tick']);
    expect(exit()).toBeUndefined();
  });

  it('does what annotations say, for one container or all', async () => {
    const failing = await run({}, { 'sampan.dev/run-for': '2s', 'sampan.dev/exit-code.c': '7' });
    expect(failing.exit()).toMatchObject({ exitCode: 7 });
    expect(
      (await run({}, { 'sampan.dev/run-for.other': '1s', 'sampan.dev/exit-code.other': '9' })).exit(),
    ).toMatchObject({ exitCode: 0 });
  });

  it('ends on SIGTERM after its stop latency, and at once on SIGKILL', async () => {
    const graceful = await run({ command: ['sleep', 'infinity'] }, { 'sampan.dev/stop-latency': '3s' });
    graceful.running.terminate();
    await graceful.clock.advance(2900);
    expect(graceful.exit()).toBeUndefined();
    await graceful.clock.advance(200);
    expect(graceful.exit()).toMatchObject({ exitCode: 0 });
    const killed = await run({ command: ['sleep', 'infinity'] });
    killed.running.kill();
    await killed.clock.advance(1);
    expect(killed.exit()).toMatchObject({ exitCode: 137 });
  });

  it('stands still while paused and goes on for the time that was left', async () => {
    const { clock, running, exit } = await run({ command: ['sleep', '100'] });
    running.pause();
    await clock.advance(1_000_000);
    expect(exit()).toBeUndefined();
    running.resume();
    await clock.advance(41_000);
    expect(exit()).toMatchObject({ exitCode: 0 });
  });

  it('vanishes without a word when the machine goes down', async () => {
    const { clock, runtime, exit } = await run({ command: ['sleep', '100'] });
    runtime.powerOff();
    await clock.advance(1_000_000);
    expect(exit()).toBeUndefined();
  });

  it('fails probes when told to', async () => {
    const { running, pod, spec } = await run({ command: ['sleep', 'infinity'] });
    expect(await running.probe('readiness', pod, spec)).toMatchObject({ success: true });
    const failing = { ...pod, metadata: { ...pod.metadata, annotations: { 'sampan.dev/readiness': 'fail' } } };
    const asked = { ...spec, readinessProbe: { tcpSocket: { port: 80, host: '10.0.0.9' } } };
    expect(await running.probe('readiness', failing, asked)).toEqual({
      success: false,
      output: 'dial tcp 10.0.0.9:80: connect: connection refused',
    });
    expect(await running.probe('liveness', failing, spec)).toMatchObject({ success: true });
  });

  it('P14 fails an exec probe that takes longer than it may', async () => {
    const { clock, running, pod, spec } = await run({ command: ['sleep', 'infinity'] });
    const asked = { ...spec, livenessProbe: { exec: { command: ['sleep', '5'] }, timeoutSeconds: 2 } };
    const probing = running.probe('liveness', pod, asked);
    await clock.advance(2_000);
    expect(await probing).toEqual({
      success: false,
      output: 'command timed out: "sleep 5" timed out after 2s',
    });
  });

  it('P15 leaves the message that it wrote, or what its log ends with where that is asked for', async () => {
    const failing = 'echo a; echo why >> /dev/termination-log; echo b; exit 1';
    const wrote = await run({ command: ['sh', '-c', failing] });
    expect(wrote.exit()).toMatchObject({ exitCode: 1, message: 'why\n' });
    expect(wrote.log).toEqual(['a', 'b']);
    const terminationMessagePolicy = 'FallbackToLogsOnError';
    const fell = await run({ command: ['sh', '-c', 'echo a; echo b; exit 1'], terminationMessagePolicy });
    expect(fell.exit()).toMatchObject({ message: 'a\nb\n' });
    const fine = await run({ command: ['sh', '-c', 'echo a'], terminationMessagePolicy });
    expect(fine.exit()).toMatchObject({ exitCode: 0, message: '' });
  });

  it('knows its files: what was written and taken away, what a volume or the image brought', async () => {
    const volumeMounts = [{ name: 'v', mountPath: '/tmp/cache' }];
    const command = ['sh', '-c', 'echo 1 > /tmp/a; cat /tmp/a /tmp/cache/b /etc/hosts; rm /tmp/a; cat /tmp/a'];
    const { log, exit } = await run({ command, volumeMounts });
    expect(log).toEqual(['1', "cat: can't open '/tmp/a': No such file or directory"]);
    expect(exit()).toMatchObject({ exitCode: 1 });
  });

  it('does once what comes before its loop', async () => {
    const { log } = await run({ command: ['sh', '-c', 'echo begin; while true; do echo again; sleep 25; done'] });
    expect(log).toEqual(['begin', 'again', 'again', 'again']);
  });

  it('pulls images once, and says why one cannot be pulled', async () => {
    const clock = new VirtualClock();
    const runtime = new SimulatedRuntime({ clock, random: new SeededRandom(1) });
    const [pod] = podWith({});
    const pull = async (image: string) => {
      const pulling = runtime.pull(image, pod);
      await clock.advance(1000);
      return pulling;
    };
    expect(await pull('nginx:1.27')).toMatchObject({ imageId: expect.stringMatching(/^nginx@sha256:[0-9a-f]{64}$/) });
    expect(runtime.imageId('nginx:1.27')).toBeDefined();
    expect(await pull('registry.invalid/x')).toMatchObject({ reason: 'ErrImagePull' });
  });
});

describe('scripts', () => {
  it.each([
    [['sleep', '1m'], 'Never', [{ do: 'wait', ms: 60_000 }]],
    [
      ['sh', '-c', "echo 'a;b' && false"],
      'Never',
      [
        { do: 'print', text: 'a;b' },
        { do: 'exit', code: 1 },
      ],
    ],
    [['sh', '-ec', 'echo "x y" 2>/dev/null'], 'Never', [{ do: 'print', text: 'x y' }]],
    [['sh', '-c', 'echo x >&2'], 'Never', [{ do: 'print', text: 'x' }]],
    [['sh', '-c', 'echo x >> f'], 'Never', [{ do: 'write', path: 'f', append: true, text: 'x\n' }]],
    [['my-program', '--flag'], 'Always', []],
  ])('%j', (command, policy, steps) => {
    expect(scriptOf({ name: 'c', command }, policy).steps).toEqual(steps);
  });
});

describe('image names', () => {
  it.each(['nginx', 'nginx:1.27', `a/b/c@sha256:${'a'.repeat(64)}`, 'localhost:5000/x', 'reg.io/a_b/c-d:T1', 'Reg/x'])(
    'P6 %s is one',
    (image) => {
      expect(imageNameFault(image)).toBeUndefined();
    },
  );

  it.each([
    ['', 'invalid reference format'],
    ['nginx:', 'invalid reference format'],
    ['a b', 'invalid reference format'],
    ['nginx@sha256:abc', 'invalid reference format'],
    ['reg.io/Nginx:1', 'invalid reference format: repository name (Nginx) must be lowercase'],
    ['b'.repeat(64), `invalid repository name (${'b'.repeat(64)}), cannot specify 64-byte hexadecimal strings`],
    [`x/${'y'.repeat(256)}`, 'repository name must not be more than 255 characters'],
  ])('P6 %s is none', (image, why) => {
    expect(imageNameFault(image)).toBe(
      `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${why}`,
    );
  });
});

describe('logs', () => {
  it('L3 are cut by lines, bytes and time, and followed to the end', async () => {
    const { clock, runtime, running } = await run(
      { command: ['sh', '-c', 'while true; do echo tick; sleep 10; done'] },
      {},
      25_000,
    );
    const log = runtime.logs('u', running.id);
    if (log === undefined) throw new Error('no log');
    const read = async (options: object): Promise<string> => {
      let text = '';
      for await (const chunk of readLog(log, { signal: new AbortController().signal, ...options }))
        text += Buffer.from(chunk).toString();
      return text;
    };
    expect(await read({})).toBe('tick\ntick\ntick\n');
    expect(await read({ tailLines: 1 })).toBe('tick\n');
    expect(await read({ tailLines: 0 })).toBe('');
    expect(await read({ limitBytes: 7 })).toBe('tick\nti');
    expect(await read({ timestamps: true, tailLines: 1 })).toMatch(/^2026-01-01T00:00:2\d\.\d{9}Z tick\n$/);
    const followed = read({ follow: true, tailLines: 1 });
    await clock.advance(10_000);
    log.close();
    expect(await followed).toBe('tick\ntick\n');
  });
});

describe('addresses', () => {
  it('are handed out once each and come back', () => {
    const pool = new AddressPool('10.244.3.0/29');
    const taken = Array.from({ length: 5 }, () => pool.take());
    expect(taken).toEqual(['10.244.3.2', '10.244.3.3', '10.244.3.4', '10.244.3.5', '10.244.3.6']);
    expect(pool.take()).toBeUndefined();
    pool.release('10.244.3.4');
    expect(pool.take()).toBe('10.244.3.4');
  });
});
