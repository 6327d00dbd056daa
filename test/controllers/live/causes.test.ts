/** Every pod can be followed back to the request that asked for what it belongs to, whichever controller made it. */
import { afterEach, describe, expect, it } from 'vitest';
import { buildTrace } from '../../../base/trace/build-trace.ts';
import type { Trace, TraceNode } from '../../../base/trace/trace.ts';
import type { ApiObject, ResourceRef } from '../../../controllers/runtime/client.ts';
import { cronJobs, daemonSets, deployments, jobs, pods, statefulSets } from '../../../controllers/runtime/resources.ts';
import type { V1Pod } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
const jobTemplate = {
  metadata: { labels },
  spec: { restartPolicy: 'Never', containers: [{ name: 'web', image: 'busybox', command: ['sleep', '3600'] }] },
};
const selector = { matchLabels: labels };

let cluster: LiveCluster;
afterEach(() => cluster.stop());

async function create(ref: ResourceRef, spec: object): Promise<void> {
  const apiVersion = ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
  const object = { apiVersion, kind: ref.kind, metadata: { name: 'web', namespace: 'default' }, spec };
  await cluster.create(ref, object as ApiObject);
}

async function firstRunning(): Promise<V1Pod> {
  await cluster.until('a pod runs', async () => (await cluster.runningPods()).length > 0, 120_000);
  const [pod] = await cluster.runningPods();
  if (pod === undefined) throw new Error('no pod');
  return pod;
}

function traceOf(resource: string, name: string): Trace {
  const found = buildTrace(cluster.recorder.moments(), { resource, namespace: 'default', name });
  if (found === undefined) throw new Error(`nothing is remembered of ${name}`);
  return found;
}

/** The story without its forks. */
function titles(nodes: readonly TraceNode[]): string[] {
  return nodes.flatMap(({ title, children }) => [title, ...titles(children)]);
}

/** What drawn names have behind the owner's. */
function plain(all: readonly string[]): string[] {
  return all.map((title) => title.replace(/web(-[0-9a-z]+)+/g, (name) => name.replace(/-[0-9a-z]+/g, '-*')));
}

const scheduledAndRun = (name: string): string[] => [
  `scheduler default/${name}`,
  `create pods/binding default/${name}`,
  `kubelet of node-1 default/${name}`,
  `patch pods/status default/${name}`,
  `kubelet of node-1 default/${name}`,
  `patch pods/status default/${name}`,
];

describe('a pod is followed back to who asked', () => {
  it.each<[ResourceRef, object, string[]]>([
    [
      deployments,
      { replicas: 1, selector, template },
      [
        'create deployments.apps default/web',
        'deployment-controller default/web',
        'create replicasets.apps default/web-*',
        'replicaset-controller default/web-*',
        'create pods default/web-*-*',
        ...scheduledAndRun('web-*-*'),
      ],
    ],
    [
      statefulSets,
      { replicas: 1, selector, template, serviceName: 'web' },
      [
        'create statefulsets.apps default/web',
        'statefulset-controller default/web',
        'create pods default/web-*',
        ...scheduledAndRun('web-*'),
      ],
    ],
    [
      daemonSets,
      { selector, template },
      [
        'create daemonsets.apps default/web',
        'daemonset-controller default/web',
        'create pods default/web-*',
        ...scheduledAndRun('web-*'),
      ],
    ],
    [
      jobs,
      { template: jobTemplate },
      [
        'create jobs.batch default/web',
        'job-controller default/web',
        'create pods default/web-*',
        ...scheduledAndRun('web-*'),
      ],
    ],
  ])('$kind', async (ref, spec, expected) => {
    cluster = await startLiveCluster({ nodes: 1 });
    await create(ref, spec);
    const { metadata } = await firstRunning();
    const trace = traceOf('pods', metadata?.name ?? '');
    expect(plain(titles(trace.roots))).toEqual(expected);
    expect(trace.missing).toEqual([]);
    expect(trace.roots[0]?.by).toContain('system:apiserver');
    expect(trace.readyMs).toBeGreaterThan(0);
  });

  it('CronJob: the story begins when its time comes', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await create(cronJobs, { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } });
    const { metadata } = await firstRunning();
    const trace = traceOf('pods', metadata?.name ?? '');
    expect(plain(titles(trace.roots)).slice(0, 4)).toEqual([
      'cronjob-controller default/web',
      'create jobs.batch default/web-*',
      'job-controller default/web-*',
      'create pods default/web-*-*',
    ]);
    expect(trace.roots[0]?.steps[0]?.words).toContain('its time had come');
  });

  it('what takes the place of a deleted pod is followed back to the deletion', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await create(deployments, { replicas: 1, selector, template });
    const { metadata } = await firstRunning();
    await cluster.delete(pods, metadata?.name ?? '', 'default');
    await cluster.until('another runs', async () => {
      const [pod] = await cluster.runningPods();
      return pod !== undefined && pod.metadata?.uid !== metadata?.uid;
    });
    const [other] = await cluster.runningPods();
    const { roots } = traceOf('pods', other?.metadata?.name ?? '');
    expect(plain(titles(roots)).slice(0, 3)).toEqual([
      'delete pods default/web-*-*',
      'replicaset-controller default/web-*',
      'create pods default/web-*-*',
    ]);
    expect(roots[0]?.title).toContain(metadata?.name);
  });

  it('a Deployment shows what came of it, each replica a branch; scaling it is a story of its own', async () => {
    cluster = await startLiveCluster({ nodes: 1 });
    await create(deployments, { replicas: 2, selector, template });
    await cluster.until('both run', async () => (await cluster.runningPods()).length === 2);
    await cluster.patch(deployments, 'web', 'default', { spec: { replicas: 3 } });
    await cluster.until('all run', async () => (await cluster.runningPods()).length === 3);
    const { roots } = traceOf('deployments.apps', 'web');
    expect(roots.map(({ title }) => title)).toEqual([
      'create deployments.apps default/web',
      'patch deployments.apps default/web',
    ]);
    const creations = (root: TraceNode | undefined): number =>
      titles(root === undefined ? [] : [root]).filter((title) => title.startsWith('create pods default/')).length;
    expect(roots.map(creations)).toEqual([2, 1]);
  });
});
