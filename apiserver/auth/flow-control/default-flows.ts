/**
 * The priority levels and flow schemas that every API server starts with (apiserver/pkg/apis/flowcontrol/bootstrap), in
 * the form they are stored in. `exempt` and `catch-all` are mandatory: they hold whatever anybody stores.
 */
import type {
  V1FlowSchema,
  V1NonResourcePolicyRule,
  V1PolicyRulesWithSubjects,
  V1PriorityLevelConfiguration,
  V1QueuingConfiguration,
  V1ResourcePolicyRule,
} from '../../../generated/kubernetes.d.ts';

export const FLOW_GROUP = 'flowcontrol.apiserver.k8s.io';
export const FLOW_VERSION = `${FLOW_GROUP}/v1`;
/** `true`: the server keeps the spec of this object as it is by default. */
export const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';
export const mandatoryNames: ReadonlySet<string> = new Set(['exempt', 'catch-all']);

type Subject = V1PolicyRulesWithSubjects['subjects'][number];

const QUEUE_LENGTH_LIMIT = 50;

function metadata(name: string): { name: string; annotations: Record<string, string> } {
  return { name, annotations: { [AUTO_UPDATE]: 'true' } };
}

function level(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queuing?: Pick<V1QueuingConfiguration, 'queues' | 'handSize'>,
): V1PriorityLevelConfiguration {
  return {
    apiVersion: FLOW_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: metadata(name),
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares,
        lendablePercent,
        limitResponse:
          queuing === undefined
            ? { type: 'Reject' }
            : { type: 'Queue', queuing: { ...queuing, queueLengthLimit: QUEUE_LENGTH_LIMIT } },
      },
    },
  };
}

export const defaultPriorityLevels: readonly V1PriorityLevelConfiguration[] = [
  {
    apiVersion: FLOW_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: metadata('exempt'),
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  level('leader-election', 10, 0, { queues: 16, handSize: 4 }),
  level('node-high', 40, 25, { queues: 64, handSize: 6 }),
  level('system', 30, 33, { queues: 64, handSize: 6 }),
  level('workload-high', 40, 50, { queues: 128, handSize: 6 }),
  level('workload-low', 100, 90, { queues: 128, handSize: 6 }),
  level('global-default', 20, 50, { queues: 128, handSize: 6 }),
  level('catch-all', 5, 0),
];

const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const accountsOf = (namespace: string): Subject => ({
  kind: 'ServiceAccount',
  serviceAccount: { namespace, name: '*' },
});
const everybody = [group('system:unauthenticated'), group('system:authenticated')];

const everywhere = { clusterScope: true, namespaces: ['*'] };
const inNamespaces = { namespaces: ['*'] };
const allResources: V1ResourcePolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], ...everywhere };
const allPaths: V1NonResourcePolicyRule = { verbs: ['*'], nonResourceURLs: ['*'] };

function anything(subjects: Subject[]): V1PolicyRulesWithSubjects {
  return { subjects, resourceRules: [allResources], nonResourceRules: [allPaths] };
}

function schema(
  name: string,
  matchingPrecedence: number,
  levelName: string,
  flows: 'ByUser' | 'ByNamespace' | undefined,
  ...rules: V1PolicyRulesWithSubjects[]
): V1FlowSchema {
  return {
    apiVersion: FLOW_VERSION,
    kind: 'FlowSchema',
    metadata: metadata(name),
    spec: {
      priorityLevelConfiguration: { name: levelName },
      matchingPrecedence,
      ...(flows === undefined ? {} : { distinguisherMethod: { type: flows } }),
      rules,
    },
  };
}

const managers = [user('system:kube-controller-manager'), user('system:kube-scheduler')];

export const defaultFlowSchemas: readonly V1FlowSchema[] = [
  schema('exempt', 1, 'exempt', undefined, anything([group('system:masters')])),
  schema('probes', 2, 'exempt', undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 100, 'leader-election', 'ByUser', {
    subjects: [...managers, accountsOf('kube-system')],
    resourceRules: [
      {
        verbs: ['get', 'create', 'update'],
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        ...inNamespaces,
      },
    ],
  }),
  schema('system-node-high', 400, 'node-high', 'ByUser', {
    subjects: [group('system:nodes')],
    resourceRules: [
      { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], ...everywhere },
      { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], ...inNamespaces },
    ],
  }),
  schema('system-nodes', 500, 'system', 'ByUser', anything([group('system:nodes')])),
  schema('kube-controller-manager', 800, 'workload-high', 'ByNamespace', anything(managers.slice(0, 1))),
  schema('kube-scheduler', 800, 'workload-high', 'ByNamespace', anything(managers.slice(1))),
  schema('kube-system-service-accounts', 900, 'workload-high', 'ByNamespace', anything([accountsOf('kube-system')])),
  schema('service-accounts', 9000, 'workload-low', 'ByUser', anything([group('system:serviceaccounts')])),
  schema('global-default', 9900, 'global-default', 'ByUser', anything(everybody)),
  schema('catch-all', 10000, 'catch-all', 'ByUser', anything(everybody)),
];
