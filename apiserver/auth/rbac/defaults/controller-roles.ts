/**
 * What each controller may do: one ClusterRole `system:controller:NAME` a controller, bound to the service account of
 * that name in kube-system (bootstrappolicy/controller_policy.go).
 */
import type { PolicyRule } from '../rules.ts';
import { allow, READ, recordEvents } from './role-builder.ts';

export interface ControllerRights {
  /** The service account's name in kube-system. */
  readonly name: string;
  readonly rules: PolicyRule[];
}

function controller(name: string, rules: PolicyRule[]): ControllerRights {
  return { name, rules };
}

export const controllerRights: readonly ControllerRights[] = [
  controller('attachdetach-controller', [
    allow('list watch', 'persistentvolumeclaims persistentvolumes'),
    allow(READ, 'nodes'),
    allow('patch update', 'nodes/status'),
    allow('list watch', 'pods'),
    recordEvents,
    allow('create delete get list watch', 'storage.k8s.io: volumeattachments'),
    allow(READ, 'storage.k8s.io: csidrivers'),
    allow(READ, 'storage.k8s.io: csinodes'),
  ]),
  controller('certificate-controller', [
    allow('delete get list watch', 'certificates.k8s.io: certificatesigningrequests'),
    allow('update', 'certificates.k8s.io: certificatesigningrequests{/approval,/status}'),
    allow('approve', 'certificates.k8s.io: signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    allow(
      'sign',
      'certificates.k8s.io: signers',
      'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown',
    ),
    allow('create', 'authorization.k8s.io: subjectaccessreviews'),
    recordEvents,
  ]),
  controller('clusterrole-aggregation-controller', [
    allow('escalate get list patch update watch', 'rbac.authorization.k8s.io: clusterroles'),
  ]),
  controller('cronjob-controller', [
    allow('get list update watch', 'batch: cronjobs'),
    allow('create delete get list patch update watch', 'batch: jobs'),
    allow('update', 'batch: cronjobs/status'),
    allow('update', 'batch: cronjobs/finalizers'),
    allow('delete list watch', 'pods'),
    recordEvents,
  ]),
  controller('daemon-set-controller', [
    allow(READ, 'apps,extensions: daemonsets'),
    allow('update', 'apps,extensions: daemonsets/status'),
    allow('update', 'apps,extensions: daemonsets/finalizers'),
    allow('list watch', 'nodes'),
    allow('create delete list patch watch', 'pods'),
    allow('create', 'pods/binding'),
    allow('create delete get list patch update watch', 'apps: controllerrevisions'),
    recordEvents,
  ]),
  controller('deployment-controller', [
    allow('get list update watch', 'apps,extensions: deployments'),
    allow('update', 'apps,extensions: deployments/status'),
    allow('update', 'apps,extensions: deployments/finalizers'),
    allow('create delete get list patch update watch', 'apps,extensions: replicasets'),
    allow('get list update watch', 'pods'),
    recordEvents,
  ]),
  controller('device-taint-eviction-controller', [
    allow('delete get list watch', 'pods'),
    allow('patch update', 'pods/status'),
    allow(READ, 'resource.k8s.io: resourceclaims'),
    allow(READ, 'resource.k8s.io: resourceslices'),
    allow(READ, 'resource.k8s.io: deviceclasses'),
    recordEvents,
  ]),
  controller('disruption-controller', [
    allow(READ, 'apps,extensions: deployments'),
    allow(READ, 'apps,extensions: replicasets'),
    allow(READ, 'replicationcontrollers'),
    allow(READ, 'policy: poddisruptionbudgets'),
    allow(READ, 'apps: statefulsets'),
    allow('update', 'policy: poddisruptionbudgets/status'),
    allow('patch update', 'pods/status'),
    allow('get', '*: */scale'),
    recordEvents,
  ]),
  controller('endpoint-controller', [
    allow(READ, 'pods services'),
    allow('create delete get list update watch', 'endpoints'),
    allow('create', 'endpoints/restricted'),
    recordEvents,
  ]),
  controller('endpointslice-controller', [
    allow(READ, 'nodes pods services'),
    allow('update', 'services/finalizers'),
    allow('create delete get list update watch', 'discovery.k8s.io: endpointslices'),
    allow('create', 'discovery.k8s.io: endpointslices/restricted'),
    recordEvents,
  ]),
  controller('endpointslicemirroring-controller', [
    allow(READ, 'endpoints services'),
    allow('update', 'services/finalizers'),
    allow('update', 'endpoints/finalizers'),
    allow('create delete get list update watch', 'discovery.k8s.io: endpointslices'),
    allow('create', 'discovery.k8s.io: endpointslices/restricted'),
    recordEvents,
  ]),
  controller('ephemeral-volume-controller', [
    allow(READ, 'pods'),
    allow('update', 'pods/finalizers'),
    allow('create get list watch', 'persistentvolumeclaims'),
    recordEvents,
  ]),
  controller('expand-controller', [
    allow('get list patch update watch', 'persistentvolumes'),
    allow('patch update', 'persistentvolumeclaims/status'),
    allow(READ, 'persistentvolumeclaims'),
    recordEvents,
  ]),
  controller('generic-garbage-collector', [allow('delete get list patch update watch', '*: *'), recordEvents]),
  controller('horizontal-pod-autoscaler', [
    allow(READ, 'autoscaling: horizontalpodautoscalers'),
    allow('update', 'autoscaling: horizontalpodautoscalers/status'),
    allow('get update', '*: */scale'),
    allow('list watch', 'pods'),
    allow('list watch', 'metrics.k8s.io: pods'),
    allow(READ, 'custom.metrics.k8s.io: *'),
    allow(READ, 'external.metrics.k8s.io: *'),
    recordEvents,
  ]),
  controller('job-controller', [
    allow('get list patch update watch', 'batch: jobs'),
    allow('update', 'batch: jobs/status'),
    allow('update', 'batch: jobs/finalizers'),
    allow('create delete list patch watch', 'pods'),
    recordEvents,
  ]),
  controller('legacy-service-account-token-cleaner', [
    allow('get', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
    allow('delete patch', 'secrets'),
  ]),
  controller('namespace-controller', [
    allow('delete get list watch', 'namespaces'),
    allow('update', 'namespaces{/finalize,/status}'),
    allow('delete deletecollection get list watch', '*: *'),
  ]),
  controller('node-controller', [
    allow('delete get list patch update watch', 'nodes'),
    allow('patch update', 'nodes/status'),
    allow('patch update', 'pods/status'),
    allow('delete get list watch', 'pods'),
    recordEvents,
  ]),
  controller('persistent-volume-binder', [
    allow('create delete get list update watch', 'persistentvolumes'),
    allow('update', 'persistentvolumes/status'),
    allow('get list update watch', 'persistentvolumeclaims'),
    allow('update', 'persistentvolumeclaims/status'),
    allow('create delete get list watch', 'pods'),
    allow(READ, 'storage.k8s.io: storageclasses'),
    allow('list watch', 'nodes'),
    recordEvents,
    allow('watch', 'events'),
  ]),
  controller('pod-garbage-collector', [
    allow('delete list watch', 'pods'),
    allow(READ, 'nodes'),
    allow('patch', 'pods/status'),
  ]),
  controller('pv-protection-controller', [allow('get list update watch', 'persistentvolumes'), recordEvents]),
  controller('pvc-protection-controller', [
    allow('get list update watch', 'persistentvolumeclaims'),
    allow('update', 'persistentvolumeclaims/status'),
    allow(READ, 'pods'),
    recordEvents,
  ]),
  controller('replicaset-controller', [
    allow('get list update watch', 'apps,extensions: replicasets'),
    allow('update', 'apps,extensions: replicasets/status'),
    allow('update', 'apps,extensions: replicasets/finalizers'),
    allow('create delete list patch watch', 'pods'),
    recordEvents,
  ]),
  controller('replication-controller', [
    allow('get list update watch', 'replicationcontrollers'),
    allow('update', 'replicationcontrollers/status'),
    allow('update', 'replicationcontrollers/finalizers'),
    allow('create delete list patch watch', 'pods'),
    recordEvents,
  ]),
  controller('resource-claim-controller', [
    allow(READ, 'pods'),
    allow('update', 'pods/finalizers'),
    allow('create delete get list watch', 'resource.k8s.io: resourceclaims'),
    allow('patch update', 'resource.k8s.io: resourceclaims{,/status}'),
    allow('patch update', 'pods/status'),
    recordEvents,
    allow('patch update', 'resource.k8s.io: resourceclaims/binding'),
  ]),
  controller('resourcequota-controller', [
    allow('list watch', '*: *'),
    allow('update', 'resourcequotas/status'),
    recordEvents,
  ]),
  controller('root-ca-cert-publisher', [allow('create update', 'configmaps'), recordEvents]),
  controller('route-controller', [allow('list watch', 'nodes'), allow('patch', 'nodes/status'), recordEvents]),
  controller('selinux-warning-controller', [
    recordEvents,
    allow(READ, 'persistentvolumes'),
    allow(READ, 'persistentvolumeclaims'),
    allow(READ, 'pods'),
    allow(READ, 'storage.k8s.io: csidrivers'),
  ]),
  controller('service-account-controller', [allow('create', 'serviceaccounts'), recordEvents]),
  controller('service-ca-cert-publisher', [allow('create update', 'configmaps'), recordEvents]),
  controller('service-cidrs-controller', [
    allow('get list patch update watch', 'networking.k8s.io: servicecidrs'),
    allow('patch update', 'networking.k8s.io: servicecidrs/finalizers'),
    allow('patch update', 'networking.k8s.io: servicecidrs/status'),
    allow(READ, 'networking.k8s.io: ipaddresses'),
    recordEvents,
  ]),
  controller('service-controller', [
    allow(READ, 'services'),
    allow('patch update', 'services/status'),
    allow('list watch', 'nodes'),
    recordEvents,
  ]),
  controller('statefulset-controller', [
    allow('list watch', 'pods'),
    allow(READ, 'apps: statefulsets'),
    allow('update', 'apps: statefulsets/status'),
    allow('update', 'apps: statefulsets/finalizers'),
    allow('create delete get patch update', 'pods'),
    allow('create delete get list patch update watch', 'apps: controllerrevisions'),
    allow('create get list watch', 'persistentvolumeclaims'),
    allow('delete update', 'persistentvolumeclaims'),
    allow('update', 'pods/finalizers'),
    recordEvents,
  ]),
  controller('ttl-after-finished-controller', [allow('delete get list watch', 'batch: jobs'), recordEvents]),
  controller('ttl-controller', [allow('list patch update watch', 'nodes'), recordEvents]),
  controller('validatingadmissionpolicy-status-controller', [
    allow(READ, 'admissionregistration.k8s.io: validatingadmissionpolicies'),
    allow('get patch update', 'admissionregistration.k8s.io: validatingadmissionpolicies/status'),
    recordEvents,
  ]),
  controller('volumeattributesclass-protection-controller', [
    allow(READ, 'persistentvolumeclaims'),
    allow(READ, 'persistentvolumes'),
    allow('get list update watch', 'storage.k8s.io: volumeattributesclasses'),
    recordEvents,
  ]),
];
