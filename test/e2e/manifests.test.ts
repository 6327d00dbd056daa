/**
 * The applications of `manifests/apps` on one running cluster: each is applied, all its pods come up (those of its Jobs
 * end well), applying it again changes nothing, and deleting it leaves nothing behind. Once with our own command line,
 * all applications at once; once with the real kubectl.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { V1ObjectMeta, V1Pod } from '../../generated/kubernetes.d.ts';
import { root } from '../source-tree.ts';
import { eventually, hasProgram, type Ran, SampanProcess } from './sampan-process.ts';

const folder = path.join(root, 'manifests', 'apps');
const applications = fs.readdirSync(folder).sort();
const TIMEOUT_MS = 240_000;

type CommandLine = (args: readonly string[]) => Promise<Ran>;

/**
 * What the real kubectl says `configured` of although nothing changes: its patch is never empty, because the server does
 * not keep what was sent (`stringData`), fills in an atomic list (`volumeClaimTemplates`), or declares that a selector is
 * always replaced as a whole. The server takes such a patch without writing.
 */
const PATCHED_EACH_TIME = /^(?:secret|statefulset\.apps|poddisruptionbudget\.policy)\//;

/** The lines of what an apply said, as `[object, what became of it]`. */
function verdicts({ stdout }: Ran): (readonly [string, string])[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]);
}

/** A pod that serves, or that has done its work; a pod that is being deleted is neither. */
function isSettled({ metadata, status }: V1Pod): boolean {
  if (metadata?.deletionTimestamp !== undefined) return false;
  if (status?.phase === 'Succeeded') return true;
  return (
    status?.phase === 'Running' &&
    status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

interface Workload {
  readonly metadata: V1ObjectMeta;
  readonly spec: { readonly replicas?: number; readonly completions?: number; readonly minReplicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly succeeded?: number;
    readonly desiredReplicas?: number;
  };
}

/** What runs pods, and how much of it is there when it is complete. */
const WORKLOADS = [
  ['apps/v1', 'deployments'],
  ['apps/v1', 'statefulsets'],
  ['apps/v1', 'daemonsets'],
  ['batch/v1', 'jobs'],
  ['autoscaling/v2', 'horizontalpodautoscalers'],
] as const;

function isComplete({ metadata, spec, status = {} }: Workload): boolean {
  // Without measurements an autoscaler holds its least number.
  if (spec.minReplicas !== undefined) return status.desiredReplicas === spec.minReplicas;
  if (spec.completions !== undefined) return status.succeeded === spec.completions;
  if (status.observedGeneration !== metadata.generation) return false;
  if (spec.replicas !== undefined) return status.readyReplicas === spec.replicas;
  return status.numberReady === status.desiredNumberScheduled && (status.numberReady ?? 0) > 0;
}

describe('applications', () => {
  let sampan: SampanProcess;

  beforeAll(async () => {
    sampan = await SampanProcess.start('up', ['--nodes', '3', '--no-addons', '--store-port', '0']);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await sampan.stop();
    fs.rmSync(sampan.dataDir, { recursive: true, force: true });
  }, TIMEOUT_MS);

  async function items<T>(requestPath: string): Promise<readonly T[]> {
    return (await sampan.json<{ items: readonly T[] }>(requestPath)).items;
  }

  /** Every workload has as many pods as it asked for, and all of them are well. */
  async function settled(): Promise<void> {
    await eventually(
      'all pods are ready',
      async () => {
        const ours = ({ metadata }: { metadata?: V1ObjectMeta | undefined }): boolean =>
          applications.includes(metadata?.namespace ?? '');
        const pods = (await items<V1Pod>('/api/v1/pods')).filter(ours);
        const waiting = pods.filter((pod) => !isSettled(pod)).map(({ metadata }) => `pod ${metadata?.name}`);
        if (waiting.length === 0) {
          for (const [group, resource] of WORKLOADS) {
            const workloads = (await items<Workload>(`/apis/${group}/${resource}`)).filter(ours);
            expect(workloads.length, resource).toBeGreaterThan(0);
            const incomplete = workloads.filter((each) => !isComplete(each));
            waiting.push(...incomplete.map(({ metadata }) => `${resource} ${metadata.name}`));
          }
        }
        if (waiting.length > 0) throw new Error(`waiting for ${waiting.join(', ')}`);
        return true;
      },
      TIMEOUT_MS,
    );
  }

  async function applied(commandLine: CommandLine, name: string): Promise<Ran> {
    const ran = await commandLine(['apply', '-f', path.join(folder, name), '-R']);
    expect({ application: name, code: ran.code, stderr: ran.stderr }).toEqual({
      application: name,
      code: 0,
      stderr: '',
    });
    return ran;
  }

  async function deleted(commandLine: CommandLine, name: string): Promise<void> {
    // The namespace goes first, and may take the rest along before its turn comes.
    const ran = await commandLine(['delete', '-f', path.join(folder, name), '-R', '--ignore-not-found']);
    expect({ application: name, code: ran.code, stderr: ran.stderr }).toEqual({
      application: name,
      code: 0,
      stderr: '',
    });
  }

  async function nothingIsLeft(): Promise<void> {
    const left = await Promise.all([
      items<{ metadata: V1ObjectMeta }>('/api/v1/namespaces'),
      items<{ metadata: V1ObjectMeta }>('/apis/storage.k8s.io/v1/storageclasses'),
      items<{ metadata: V1ObjectMeta }>('/apis/networking.k8s.io/v1/ingressclasses'),
    ]);
    const names = left.flat().map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    await eventually('the volumes are deleted', async () => (await items('/api/v1/persistentvolumes')).length === 0);
  }

  /** The revisions of what an apply named, but for what controllers write by themselves. */
  async function versions(commandLine: CommandLine, name: string): Promise<Record<string, string>> {
    const { stdout, code } = await commandLine(['get', '-f', path.join(folder, name), '-R', '-o', 'json']);
    expect(code).toBe(0);
    const { items } = JSON.parse(stdout) as { items: { kind: string; metadata: V1ObjectMeta }[] };
    return Object.fromEntries(
      items
        .filter(({ kind }) => kind !== 'HorizontalPodAutoscaler' && kind !== 'CronJob')
        .map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion ?? '']),
    );
  }

  it('are at least five, each of several kinds of objects', () => {
    expect(applications.length).toBeGreaterThanOrEqual(5);
    for (const name of applications) {
      const kinds = fs
        .readdirSync(path.join(folder, name))
        .flatMap((file) => [...fs.readFileSync(path.join(folder, name, file), 'utf8').matchAll(/^kind: (\w+)$/gm)])
        .map(([, kind]) => kind);
      expect(new Set(kinds).size, name).toBeGreaterThanOrEqual(5);
    }
  });

  async function runTwice(commandLine: CommandLine): Promise<void> {
    for (const name of applications) {
      const first = verdicts(await applied(commandLine, name));
      expect(first.filter(([, verdict]) => verdict !== 'created')).toEqual([]);
    }
    await settled();
    for (const name of applications) {
      const before = await versions(commandLine, name);
      const again = verdicts(await applied(commandLine, name));
      expect(again.filter(([object, verdict]) => verdict !== 'unchanged' && !PATCHED_EACH_TIME.test(object))).toEqual(
        [],
      );
      expect(await versions(commandLine, name)).toEqual(before);
    }
    await Promise.all(applications.map((name) => deleted(commandLine, name)));
    await nothingIsLeft();
  }

  it(
    'run all at once on three nodes, are left alone by a second apply, and go without a trace',
    () => runTwice((args) => sampan.kubectlLite(args)),
    TIMEOUT_MS,
  );

  it.skipIf(!hasProgram('kubectl'))(
    'do the same with the real kubectl (needs kubectl)',
    () => runTwice((args) => sampan.kubectl(args)),
    TIMEOUT_MS,
  );
});
