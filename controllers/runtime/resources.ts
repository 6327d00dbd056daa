/** The resources that our own controllers and nodes use, by name: such as can be listed, watched and deleted. */
import type { ResourceRef } from './client.ts';

function ref(group: string, version: string, resource: string, kind: string, namespaced = true): ResourceRef {
  return { group, version, resource, kind, namespaced };
}

export const namespaces = ref('', 'v1', 'namespaces', 'Namespace', false);
export const pods = ref('', 'v1', 'pods', 'Pod');
export const nodes = ref('', 'v1', 'nodes', 'Node', false);
export const events = ref('', 'v1', 'events', 'Event');
export const configMaps = ref('', 'v1', 'configmaps', 'ConfigMap');
export const secrets = ref('', 'v1', 'secrets', 'Secret');
export const serviceAccounts = ref('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const services = ref('', 'v1', 'services', 'Service');
export const endpoints = ref('', 'v1', 'endpoints', 'Endpoints');
export const persistentVolumes = ref('', 'v1', 'persistentvolumes', 'PersistentVolume', false);
export const persistentVolumeClaims = ref('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim');
export const replicationControllers = ref('', 'v1', 'replicationcontrollers', 'ReplicationController');
export const limitRanges = ref('', 'v1', 'limitranges', 'LimitRange');
export const podTemplates = ref('', 'v1', 'podtemplates', 'PodTemplate');
export const resourceQuotas = ref('', 'v1', 'resourcequotas', 'ResourceQuota');
export const certificateSigningRequests = ref(
  'certificates.k8s.io',
  'v1',
  'certificatesigningrequests',
  'CertificateSigningRequest',
  false,
);
export const leases = ref('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const deployments = ref('apps', 'v1', 'deployments', 'Deployment');
export const replicaSets = ref('apps', 'v1', 'replicasets', 'ReplicaSet');
export const daemonSets = ref('apps', 'v1', 'daemonsets', 'DaemonSet');
export const statefulSets = ref('apps', 'v1', 'statefulsets', 'StatefulSet');
export const controllerRevisions = ref('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const jobs = ref('batch', 'v1', 'jobs', 'Job');
export const cronJobs = ref('batch', 'v1', 'cronjobs', 'CronJob');
export const endpointSlices = ref('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const podDisruptionBudgets = ref('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const horizontalPodAutoscalers = ref('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler');
export const priorityClasses = ref('scheduling.k8s.io', 'v1', 'priorityclasses', 'PriorityClass', false);
export const storageClasses = ref('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', false);
export const ingresses = ref('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const networkPolicies = ref('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy');
export const roles = ref('rbac.authorization.k8s.io', 'v1', 'roles', 'Role');
export const roleBindings = ref('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding');
export const clusterRoleBindings = ref(
  'rbac.authorization.k8s.io',
  'v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
  false,
);
export const clusterRoles = ref('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', false);
export const faults = ref('chaos.sampan.dev', 'v1alpha1', 'faults', 'Fault', false);
