/** Which kind is described how. Kinds that are not here are described field by field. */
import type { V1PersistentVolumeClaim, V1Pod, V1Secret } from '../../generated/kubernetes.d.ts';
import type { Context } from '../context.ts';
import type { Info } from '../selection.ts';
import { events } from './parts.ts';
import { PrefixWriter } from './prefix-writer.ts';
import { Surroundings } from './surroundings.ts';

interface Describer {
  describe(w: PrefixWriter, object: never, around: Surroundings): void | Promise<void>;
  /** Kinds whose events kubectl does not show. */
  readonly withoutEvents?: boolean;
}

const loaded = {
  access: () => import('./access.ts'),
  workloads: () => import('./workloads.ts'),
  network: () => import('./network.ts'),
  storage: () => import('./storage.ts'),
  limits: () => import('./limits.ts'),
  jobs: () => import('./jobs.ts'),
  configuration: () => import('./configuration.ts'),
};

const quiet = (describe: Describer['describe']): Describer => ({ describe, withoutEvents: true });

/** By `Kind.group`. */
const DESCRIBERS: Readonly<Record<string, Describer>> = {
  'Pod.': { describe: async (w, pod, { nowMs }) => (await import('./pod.ts')).describePod(w, pod, nowMs) },
  'Node.': {
    async describe(w, node, around) {
      const surroundings = { lease: await around.lease(), pods: await around.podsOnNode() };
      (await import('./node.ts')).describeNode(w, node, surroundings, around.nowMs);
    },
  },
  'Namespace.': quiet(async (w, namespace: { metadata: { name: string } }, around) => {
    const { name } = namespace.metadata;
    const [quotas, ranges] = [
      await around.list('resourcequotas', {}, name),
      await around.list('limitranges', {}, name),
    ];
    (await loaded.limits()).describeNamespace(w, namespace as never, quotas as never, ranges as never);
  }),
  'ConfigMap.': { describe: async (w, object) => (await loaded.configuration()).describeConfigMap(w, object) },
  'Secret.': quiet(async (w, object) => (await loaded.configuration()).describeSecret(w, object)),
  'ServiceAccount.': {
    async describe(w, object: { metadata: { name: string; uid?: string } }, around) {
      const secrets = await around.list<V1Secret>('secrets');
      const tokens = secrets.filter(
        ({ type, metadata }) =>
          type === 'kubernetes.io/service-account-token' &&
          metadata?.annotations?.['kubernetes.io/service-account.name'] === object.metadata.name &&
          metadata.annotations['kubernetes.io/service-account.uid'] === object.metadata.uid,
      );
      (await loaded.access()).describeServiceAccount(
        w,
        object as never,
        tokens.map(({ metadata }) => metadata?.name ?? ''),
      );
    },
  },
  'Service.': {
    async describe(w, object: { metadata: { name: string } }, around) {
      (await loaded.network()).describeService(w, object as never, await around.endpointSlices(object.metadata.name));
    },
  },
  'Endpoints.': { describe: async (w, object) => (await loaded.network()).describeEndpoints(w, object) },
  'PersistentVolume.': {
    describe: async (w, object, { nowMs }) => (await loaded.storage()).describePersistentVolume(w, object, nowMs),
  },
  'PersistentVolumeClaim.': {
    async describe(w, object: V1PersistentVolumeClaim, around) {
      const pods = await around.list<V1Pod>('pods');
      const name = object.metadata?.name;
      const users = pods.filter(({ spec }) =>
        spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name),
      );
      (await loaded.storage()).describePersistentVolumeClaim(w, object, users, around.nowMs);
    },
  },
  'ResourceQuota.': quiet(async (w, object) => (await loaded.limits()).describeQuota(w, object)),
  'LimitRange.': quiet(async (w, object) => (await loaded.limits()).describeLimitRange(w, object)),
  'ReplicationController.': {
    async describe(w, object: { spec?: { selector?: Record<string, string> } }, around) {
      const counts = await around.podCounts({ matchLabels: object.spec?.selector ?? {} });
      (await loaded.workloads()).describeReplicationController(w, object as never, counts);
    },
  },
  'Deployment.apps': {
    describe: async (w, object, around) =>
      (await loaded.workloads()).describeDeployment(w, object, await around.replicaSets(object)),
  },
  'ReplicaSet.apps': {
    async describe(w, object: { spec?: { selector?: object } }, around) {
      const counts = await around.podCounts(object.spec?.selector);
      (await loaded.workloads()).describeReplicaSet(w, object as never, counts);
    },
  },
  'DaemonSet.apps': {
    async describe(w, object: { spec?: { selector?: object } }, around) {
      const counts = await around.podCounts(object.spec?.selector);
      (await loaded.workloads()).describeDaemonSet(w, object as never, counts);
    },
  },
  'StatefulSet.apps': {
    async describe(w, object: { spec?: { selector?: object } }, around) {
      const counts = await around.podCounts(object.spec?.selector);
      (await loaded.workloads()).describeStatefulSet(w, object as never, counts);
    },
  },
  'Job.batch': { describe: async (w, object) => (await loaded.jobs()).describeJob(w, object) },
  'CronJob.batch': { describe: async (w, object) => (await loaded.jobs()).describeCronJob(w, object) },
  'HorizontalPodAutoscaler.autoscaling': {
    describe: async (w, object) => (await import('./autoscaler.ts')).describeAutoscaler(w, object),
  },
  'EndpointSlice.discovery.k8s.io': {
    describe: async (w, object) => (await loaded.network()).describeEndpointSlice(w, object),
  },
  'Ingress.networking.k8s.io': {
    describe: async (w, object, around) =>
      (await loaded.network()).describeIngress(w, object, (backend) => around.backendText(backend)),
  },
  'IngressClass.networking.k8s.io': {
    describe: async (w, object) => (await loaded.network()).describeIngressClass(w, object),
  },
  'ServiceCIDR.networking.k8s.io': {
    describe: async (w, object) => (await loaded.network()).describeServiceCidr(w, object),
  },
  'IPAddress.networking.k8s.io': {
    describe: async (w, object) => (await loaded.network()).describeIpAddress(w, object),
  },
  'NetworkPolicy.networking.k8s.io': quiet(async (w, object) =>
    (await import('./network-policy.ts')).describeNetworkPolicy(w, object),
  ),
  'StorageClass.storage.k8s.io': {
    describe: async (w, object) => (await loaded.storage()).describeStorageClass(w, object),
  },
  'VolumeAttributesClass.storage.k8s.io': {
    describe: async (w, object) => (await loaded.storage()).describeVolumeAttributesClass(w, object),
  },
  'CSINode.storage.k8s.io': { describe: async (w, object) => (await loaded.storage()).describeCsiNode(w, object) },
  'PodDisruptionBudget.policy': {
    describe: async (w, object) => (await loaded.limits()).describePodDisruptionBudget(w, object),
  },
  'PriorityClass.scheduling.k8s.io': {
    describe: async (w, object) => (await loaded.limits()).describePriorityClass(w, object),
  },
  'Role.rbac.authorization.k8s.io': quiet(async (w, object) => (await loaded.access()).describeRole(w, object)),
  'ClusterRole.rbac.authorization.k8s.io': quiet(async (w, object) => (await loaded.access()).describeRole(w, object)),
  'RoleBinding.rbac.authorization.k8s.io': quiet(async (w, object) =>
    (await loaded.access()).describeBinding(w, object),
  ),
  'ClusterRoleBinding.rbac.authorization.k8s.io': quiet(async (w, object) =>
    (await loaded.access()).describeBinding(w, object),
  ),
  'CertificateSigningRequest.certificates.k8s.io': {
    describe: async (w, object) => (await loaded.access()).describeSigningRequest(w, object),
  },
};

/** An object in words. */
export async function describeObject(context: Context, info: Info, showEvents: boolean): Promise<string> {
  const w = new PrefixWriter();
  const around = new Surroundings(context, info);
  const { kind, group } = info.resource;
  const describer = DESCRIBERS[`${kind}.${group}`];
  if (describer === undefined) (await import('./generic.ts')).describeAny(w, info.object);
  else await describer.describe(w, info.object as never, around);
  if (showEvents && describer?.withoutEvents !== true) events(w, await around.events(), around.nowMs);
  return w.aligned;
}
