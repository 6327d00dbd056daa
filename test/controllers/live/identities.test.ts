/**
 * Everybody works with exactly the rights of their own identity, and does not without them: the same work is given to a
 * cluster with all default roles and to one in which somebody's bindings are missing.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../apiserver/auth/certificates.ts';
import { type DefaultPolicy, defaultPolicy } from '../../../apiserver/auth/rbac/defaults/default-policy.ts';
import { nodeUser, schedulerUser } from '../../../apiserver/auth/users.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { controllerEntries } from '../../../controllers/controller-registry.ts';
import { SHARED } from '../../../controllers/identities.ts';
import type { ApiObject, ResourceRef } from '../../../controllers/runtime/client.ts';
import * as resources from '../../../controllers/runtime/resources.ts';
import { startScheduler } from '../../../controllers/scheduler/scheduler.ts';
import { NodeFleet } from '../../../nodes/node-fleet.ts';
import { makeCertificateRequest } from '../../apiserver/auth/certificate-requests.ts';
import { type LiveCluster, type LiveOptions, startLiveCluster } from '../live-cluster.ts';

let cluster: LiveCluster | undefined;
afterEach(async () => {
  cluster?.takeDenied();
  await cluster?.stop();
  cluster = undefined;
});

const labels = { app: 'web' };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
const jobSpec = {
  ttlSecondsAfterFinished: 1,
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i', command: ['sleep', '1'] }] } },
};
const storage = { accessModes: ['ReadWriteOnce'], storageClassName: 'local' };

/** Something to do for every controller, the scheduler and the nodes. */
const work: readonly (readonly [ResourceRef, string, object])[] = [
  [resources.deployments, 'd', { spec: { replicas: 1, selector, template } }],
  [resources.replicaSets, 'rs', { spec: { replicas: 1, selector, template } }],
  [resources.replicationControllers, 'rc', { spec: { replicas: 1, selector: labels, template } }],
  [resources.daemonSets, 'ds', { spec: { selector, template } }],
  [resources.statefulSets, 'ss', { spec: { replicas: 1, selector, serviceName: 's', template } }],
  [resources.jobs, 'job', { spec: jobSpec }],
  [resources.cronJobs, 'cj', { spec: { schedule: '* * * * *', jobTemplate: { spec: jobSpec } } }],
  [resources.services, 'svc', { spec: { selector: labels, ports: [{ port: 80 }] } }],
  [resources.podDisruptionBudgets, 'pdb', { spec: { minAvailable: 1, selector } }],
  [
    resources.horizontalPodAutoscalers,
    'hpa',
    {
      spec: {
        minReplicas: 1,
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
      },
    },
  ],
  [resources.resourceQuotas, 'q', { spec: { hard: { configmaps: '10' } } }],
  [resources.persistentVolumeClaims, 'pvc', { spec: { ...storage, resources: { requests: { storage: '1Gi' } } } }],
  [resources.persistentVolumes, 'pv', { spec: { ...storage, capacity: { storage: '1Gi' }, hostPath: { path: '/x' } } }],
  [resources.pods, 'alone', { spec: { containers: [{ name: 'c', image: 'nginx' }] } }],
  [resources.pods, 'lost', { spec: { nodeName: 'nowhere', containers: [{ name: 'c', image: 'nginx' }] } }],
  [resources.configMaps, 'owned', {}],
];

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const NO_NAMES = { commonName: '', organizations: [], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
const CERTIFICATE = (await makeAuthority('test', { nowMs: 0, random: new SeededRandom('test') })).certificatePem;

async function run(options: Pick<LiveOptions, 'rights'>): Promise<readonly string[]> {
  const started = await startLiveCluster({
    nodes: 1,
    options: {
      rootCaCertificate: 'pem',
      nodeMonitorGracePeriodMs: 10_000,
      signSecretToken: async () => 'token',
      certificateAuthority: { read: async () => NO_NAMES, sign: async () => CERTIFICATE },
    },
    ...options,
  });
  cluster = started;
  const create = async (ref: ResourceRef, name: string, rest: object, metadata: object = {}): Promise<ApiObject> => {
    const apiVersion = ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
    const place = ref.namespaced ? { namespace: 'default' } : {};
    return started.create(ref, {
      apiVersion,
      kind: ref.kind,
      metadata: { name, ...place, ...metadata },
      ...rest,
    } as ApiObject);
  };
  // Pods cannot wait for it where nobody may make it.
  await create(resources.serviceAccounts, 'default', {}).catch(() => undefined);
  await create(resources.namespaces, 'leaving', {});
  for (const [ref, name, rest] of work) await create(ref, name, rest);
  const gone = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '00000000-0000-0000-0000-000000000000' };
  await create(resources.configMaps, 'orphan', {}, { ownerReferences: [gone] });
  const tokenFor = { annotations: { 'kubernetes.io/service-account.name': 'default' } };
  await create(resources.secrets, 'token', { type: 'kubernetes.io/service-account-token' }, tokenFor);
  const { request } = await makeCertificateRequest('CN=jane');
  const spec = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], request: base64(request) };
  const asked = await create(resources.certificateSigningRequests, 'jane', { spec });
  const status = { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] };
  const approved = { ...asked, status } as ApiObject;
  await started.update(resources.certificateSigningRequests, approved, { subresource: 'approval' });
  await create(resources.persistentVolumeClaims, 'pvc-2', work[11]?.[2] ?? {});
  await started.advance(20_000);
  await started.delete(resources.namespaces, 'leaving');
  await started.delete(resources.persistentVolumeClaims, 'pvc-2', 'default');
  await started.delete(resources.persistentVolumes, 'pv');
  await started.advance(60_000);
  started.fleet?.kubelet('node-1')?.crash();
  await started.advance(120_000);
  return started.takeDenied();
}

/** The default policy without the bindings of these users. */
function without(...users: readonly string[]): DefaultPolicy {
  const policy = defaultPolicy();
  const rid = <T extends DefaultPolicy['clusterRoleBindings']>(bindings: T): DefaultPolicy['clusterRoleBindings'] =>
    bindings.map((binding) => ({
      ...binding,
      subjects: (binding.subjects ?? []).filter(
        ({ kind, name, namespace }) =>
          !users.includes(kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name),
      ),
    }));
  return {
    ...policy,
    clusterRoleBindings: rid(policy.clusterRoleBindings),
    roleBindings: rid(policy.roleBindings),
  };
}

// One controller acts as the controller manager itself, which a test of its own is about.
const accounts = [...new Set(controllerEntries.map(({ serviceAccount }) => serviceAccount))].filter(
  (account) => account !== SHARED,
);
const userOf = (account: string): string => `system:serviceaccount:kube-system:${account}`;
const chain = ['Node', 'RBAC'] as const;

describe('with the default roles', () => {
  it('nobody asks for anything that they may not do', async () => {
    expect(await run({})).toEqual([]);
  });
});

describe('without the bindings of', () => {
  const refusedIn = (denied: readonly string[], account: string): boolean =>
    denied.some((line) => line.startsWith(`${userOf(account)} `));
  /** It has nothing to do where no job is ever finished. */
  const LAST = 'ttl-after-finished-controller';

  it('all controllers, every one of them is refused', async () => {
    const denied = await run({ rights: { policy: without(...accounts.map(userOf)), chain } });
    expect(accounts.filter((account) => account !== LAST && !refusedIn(denied, account))).toEqual([]);
  });

  it('the last of them alone, it is refused alone', async () => {
    const denied = await run({ rights: { policy: without(userOf(LAST)), chain } });
    expect([...new Set(denied)]).toEqual([`${userOf(LAST)} get jobs.batch`]);
  });

  it('the controller manager, it cannot even look', async () => {
    const denied = await run({ rights: { policy: without('system:kube-controller-manager'), chain } });
    expect(denied).toContain('system:kube-controller-manager list pods');
  });

  it('the scheduler, it cannot even look', async () => {
    const started = await startLiveCluster({
      scheduler: false,
      rights: { policy: without('system:kube-scheduler'), chain },
    });
    cluster = started;
    const { clock, recorder } = started;
    const deps = { clock, recorder, random: new SeededRandom('scheduler'), logger: silentLogger };
    void startScheduler({ ...deps, clientFor: () => started.as(schedulerUser) });
    await started.advance(5000);
    expect(started.takeDenied()).toContain('system:kube-scheduler list pods');
  });

  it('nodes, which is the Node authorizer, they cannot register', async () => {
    const started = await startLiveCluster({ rights: { policy: defaultPolicy(), chain: ['RBAC'] } });
    cluster = started;
    const { clock, recorder } = started;
    const fleet = new NodeFleet(
      {
        clock,
        recorder,
        random: new SeededRandom('n'),
        logger: silentLogger,
        clientFor: (n) => started.as(nodeUser(n)),
      },
      { count: 1, kubeletVersion: 'v1.34.0', leaseDurationMs: 40_000 },
    );
    fleet.start().catch(() => undefined);
    await started.advance(5000);
    expect(started.takeDenied().join()).toMatch(/system:node:node-1 \w+ nodes/);
    const stopping = fleet.stop();
    await started.advance(5000);
    await stopping;
  });
});
