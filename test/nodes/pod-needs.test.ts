/** What a pod needs besides an image, on the real API server with its admission and authorization, in virtual time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMaps, nodes, pods } from '../../controllers/runtime/resources.ts';
import type { V1Container, V1Node, V1Pod, V1PodSpec } from '../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../controllers/live-cluster.ts';

const meta = (name: string) => ({ name, namespace: 'default' });

describe('a pod that refers to other objects', () => {
  let cluster: LiveCluster;
  beforeEach(async () => {
    cluster = await startLiveCluster({ nodes: 1 });
  });
  afterEach(() => cluster.stop());

  async function run(container: Partial<V1Container>, spec: Partial<V1PodSpec> = {}): Promise<void> {
    const containers = [{ name: 'c', image: 'nginx', ...container }];
    await cluster.create<V1Pod>(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta('p'),
      spec: { containers, ...spec },
    });
  }
  const give = (data: Record<string, string>) =>
    cluster.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('settings'), data } as object);
  const status = async () => (await cluster.get<V1Pod>(pods, 'p', 'default')).status;
  const waiting = async () => (await status())?.containerStatuses?.[0]?.state?.waiting;
  const told = async (reason: string) =>
    (await cluster.eventLines('Pod', 'p')).filter((line) => line.startsWith(`${reason}:`));
  const runs = (withinMs: number) =>
    cluster.until('it runs', async () => (await status())?.phase === 'Running', withinMs);

  it('P11 waits until the ConfigMap is there that it mounts, and the keys that it names', async () => {
    const items = [{ key: 'colour', path: 'colour' }];
    await run({}, { volumes: [{ name: 'v', configMap: { name: 'settings', items } }] });
    await cluster.advance(20_000);
    expect(await waiting()).toEqual({ reason: 'ContainerCreating' });
    expect(await status()).toMatchObject({ phase: 'Pending' });
    expect((await status())?.podIP).toBeUndefined();
    await give({ size: '3' });
    await cluster.advance(40_000);
    await cluster.patch(configMaps, 'settings', 'default', { data: { colour: 'red' } });
    await runs(123_000);
    const failed = 'MountVolume.SetUp failed for volume "v" :';
    expect(await told('FailedMount')).toEqual([
      `FailedMount: ${failed} configmap "settings" not found (kubelet)`,
      `FailedMount: ${failed} configmap references non-existent config key: colour (kubelet)`,
    ]);
  });

  it('P11 says after two minutes that it still waits, and ends when it is deleted meanwhile', async () => {
    await run(
      {},
      {
        volumes: [
          { name: 'v', secret: { secretName: 'keys' } },
          { name: 'w', emptyDir: {} },
        ],
      },
    );
    await cluster.advance(130_000);
    const which = 'unmounted volumes=[v], unattached volumes=[], failed to process volumes=[]';
    expect(await told('FailedMount')).toContain(
      `FailedMount: Unable to attach or mount volumes: ${which}: context deadline exceeded (kubelet)`,
    );
    await cluster.delete(pods, 'p', 'default');
    await cluster.until('it is gone', async () => (await cluster.podLines()).length === 0, 5_000);
  });

  it('P11 tells all that a projected volume lacks, and asks for nothing that is optional', async () => {
    const sources = [
      { configMap: { name: 'settings' } },
      { secret: { name: 'keys' } },
      { secret: { name: 'more', optional: true } },
    ];
    await run({}, { volumes: [{ name: 'v', projected: { sources } }] });
    await cluster.advance(3_000);
    expect(await told('FailedMount')).toEqual([
      'FailedMount: MountVolume.SetUp failed for volume "v" : [configmap "settings" not found, secret "keys" not found] (kubelet)',
    ]);
  });

  it('P12 is told what its environment lacks, has its address, and runs once it is there', async () => {
    await run({ env: [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } }] });
    await cluster.until('it is told', async () => (await waiting())?.reason === 'CreateContainerConfigError');
    expect(await waiting()).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "settings" not found',
    });
    const now = await status();
    expect(now?.podIP).toMatch(/^10\./);
    expect(now?.conditions).toContainEqual(
      expect.objectContaining({ type: 'PodReadyToStartContainers', status: 'True' }),
    );
    await give({ size: '3' });
    await cluster.advance(15_000);
    expect((await waiting())?.message).toBe("couldn't find key colour in ConfigMap default/settings");
    await cluster.patch(configMaps, 'settings', 'default', { data: { colour: 'red' } });
    await runs(15_000);
    expect(await told('Failed')).toEqual([
      'Failed: Error: configmap "settings" not found (kubelet)',
      "Failed: Error: couldn't find key colour in ConfigMap default/settings (kubelet)",
    ]);
  });

  it('P12 takes optional references as they are, and refuses to run as root against its policy', async () => {
    await run(
      {
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a', optional: true } } }],
        envFrom: [{ configMapRef: { name: 'settings', optional: true } }],
        securityContext: { runAsUser: 0 },
      },
      { securityContext: { runAsNonRoot: true } },
    );
    await cluster.until('it is told', async () => (await waiting())?.reason === 'CreateContainerConfigError');
    const { uid } = (await cluster.get<V1Pod>(pods, 'p', 'default')).metadata ?? {};
    expect((await waiting())?.message).toBe(
      `container's runAsUser breaks non-root policy (pod: "p_default(${uid})", container: c)`,
    );
  });

  it('P6 is told that a text names no image', async () => {
    await run({ image: 'Nginx:1' });
    const fault =
      'Failed to apply default image tag "Nginx:1": couldn\'t parse image name "Nginx:1": invalid reference format: repository name (library/Nginx) must be lowercase';
    await cluster.until('it is told', async () => (await waiting())?.reason === 'InvalidImageName');
    expect((await waiting())?.message).toBe(fault);
    await cluster.advance(1_000);
    expect((await cluster.eventLines('Pod', 'p')).filter((line) => line.endsWith('(kubelet)'))).toEqual([
      `InspectFailed: ${fault} (kubelet)`,
      'Failed: Error: InvalidImageName (kubelet)',
    ]);
  });

  it('P6 is told which Secrets for pulling are missing, and runs all the same', async () => {
    await run({}, { imagePullSecrets: [{ name: 'registry' }] });
    await runs(5_000);
    const words =
      'Unable to retrieve some image pull secrets (registry); attempting to pull the image may not succeed.';
    expect(await told('FailedToRetrieveImagePullSecret')).toEqual([
      `FailedToRetrieveImagePullSecret: ${words} (kubelet)`,
    ]);
  });

  it('P16 leaves its image on the node, which tells of it', async () => {
    await run({ image: 'nginx:1.27' });
    await runs(5_000);
    const [pulled] = await told('Pulled');
    const sizeBytes = Number(/\. Image size: (\d+) bytes\./.exec(pulled ?? '')?.[1]);
    await cluster.advance(11_000);
    const node = await cluster.get<V1Node>(nodes, 'node-1');
    expect(node.status?.images).toEqual([
      { names: [expect.stringMatching(/^nginx@sha256:/), 'nginx:1.27'], sizeBytes },
    ]);
  });

  it('P13 is held back by a postStart hook, and asked to end only after its preStop hook', async () => {
    await run({
      lifecycle: { postStart: { exec: { command: ['sleep', '5'] } }, preStop: { sleep: { seconds: 10 } } },
    });
    await cluster.advance(4_000);
    expect((await waiting())?.reason).toBe('ContainerCreating');
    await runs(3_000);
    await cluster.delete(pods, 'p', 'default');
    await cluster.advance(9_000);
    expect((await status())?.containerStatuses?.[0]?.state).toHaveProperty('running');
    await cluster.until('it is gone', async () => (await cluster.podLines()).length === 0, 3_000);
  });

  it('P13 is started anew when its postStart hook fails', async () => {
    await run({ lifecycle: { postStart: { exec: { command: ['false'] } } } });
    await cluster.until('it restarts', async () => ((await status())?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    await cluster.advance(1_000);
    const lines = await cluster.eventLines('Pod', 'p');
    expect(lines).toContain('FailedPostStartHook: PostStartHook failed (kubelet)');
    expect(lines).toContain('Killing: FailedPostStartHook (kubelet)');
  });

  it('P14 is found unhealthy by what its probe finds in it', async () => {
    await run({
      command: ['/bin/sh', '-c', 'touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600'],
      livenessProbe: { exec: { command: ['cat', '/tmp/healthy'] }, initialDelaySeconds: 5, periodSeconds: 5 },
    });
    await cluster.advance(30_000);
    expect(await told('Unhealthy')).toEqual([]);
    await cluster.until(
      'it restarts',
      async () => ((await status())?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
      80_000,
    );
    expect(await told('Unhealthy')).toEqual([
      "Unhealthy: Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n (kubelet)",
    ]);
    expect(await told('Killing')).toEqual(['Killing: Container c failed liveness probe, will be restarted (kubelet)']);
  });

  it('P3 restarts by the rules of a container before its policy, and by that before the pod', async () => {
    await run(
      {
        command: ['sh', '-c', 'sleep 1; exit 42'],
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
      },
      { restartPolicy: 'Never' },
    );
    await cluster.until('it restarts', async () => ((await status())?.containerStatuses?.[0]?.restartCount ?? 0) > 1);
    expect(await status()).toMatchObject({ phase: 'Running' });
  });
});
