/**
 * Every built-in resource. What rows cannot know by themselves is given here: who serves logs, who issues tokens, which
 * addresses services get.
 */
import { assert } from '../../base/assert.ts';
import { type Cidr, parseCidr } from '../../base/ip.ts';
import type { ResourceRow, SubresourceRow } from '../machinery/resource-row.ts';
import {
  mutatingAdmissionPolicyBindingRow,
  mutatingAdmissionPolicyRow,
  validatingAdmissionPolicyBindingRow,
  validatingAdmissionPolicyRow,
} from './admissionregistration/policies.ts';
import {
  mutatingWebhookConfigurationRow,
  validatingWebhookConfigurationRow,
} from './admissionregistration/webhook-configurations.ts';
import { customResourceDefinitionRow } from './apiextensions/custom-resource-definition.ts';
import { apiServiceRow } from './apiregistration/api-service.ts';
import { controllerRevisionRow } from './apps/controller-revision.ts';
import { daemonSetRow } from './apps/daemon-set.ts';
import { deploymentRow } from './apps/deployment.ts';
import { replicaSetRow } from './apps/replica-set.ts';
import { statefulSetRow } from './apps/stateful-set.ts';
import { identityReviewRows } from './authentication/identity-reviews.ts';
import { accessReviewRows } from './authorization/access-reviews.ts';
import type { ReviewHandlers } from './authorization/review.ts';
import { horizontalPodAutoscalerRow, horizontalPodAutoscalerV1Row } from './autoscaling/horizontal-pod-autoscaler.ts';
import { cronJobRow } from './batch/cron-job.ts';
import { jobRow } from './batch/job.ts';
import { certificateSigningRequestRow } from './certificates/certificate-signing-request.ts';
import { faultRow } from './chaos/fault.ts';
import { leaseRow } from './coordination/lease.ts';
import { bindingRow } from './core/binding.ts';
import { type ComponentName, componentStatusRow } from './core/component-status.ts';
import { configMapRow } from './core/config-map.ts';
import { endpointsRow } from './core/endpoints.ts';
import { limitRangeRow } from './core/limit-range.ts';
import { namespaceRow } from './core/namespace.ts';
import { nodeRow } from './core/node.ts';
import { persistentVolumeRow } from './core/persistent-volume.ts';
import { persistentVolumeClaimRow } from './core/persistent-volume-claim.ts';
import { podRow } from './core/pod.ts';
import type { PodLogs } from './core/pod-log.ts';
import { podTemplateRow } from './core/pod-template.ts';
import { NODE_PORTS, type PortRange } from './core/port-allocator.ts';
import { replicationControllerRow } from './core/replication-controller.ts';
import { resourceQuotaRow } from './core/resource-quota.ts';
import { secretRow } from './core/secret.ts';
import { serviceRow } from './core/service.ts';
import { serviceAccountRow } from './core/service-account.ts';
import { endpointSliceRow } from './discovery/endpoint-slice.ts';
import { coreEventRow, eventRow } from './events/event.ts';
import { flowSchemaRow } from './flowcontrol/flow-schema.ts';
import { priorityLevelRow } from './flowcontrol/priority-level.ts';
import { ingressRow } from './networking/ingress.ts';
import { ingressClassRow } from './networking/ingress-class.ts';
import { ipAddressRow } from './networking/ip-address.ts';
import { networkPolicyRow } from './networking/network-policy.ts';
import { serviceCidrRow } from './networking/service-cidr.ts';
import { runtimeClassRow } from './node/runtime-class.ts';
import { podDisruptionBudgetRow } from './policy/pod-disruption-budget.ts';
import { clusterRoleRow } from './rbac/cluster-role.ts';
import { clusterRoleBindingRow } from './rbac/cluster-role-binding.ts';
import { roleRow } from './rbac/role.ts';
import { roleBindingRow } from './rbac/role-binding.ts';
import { deviceClassRow } from './resource/device-class.ts';
import { resourceClaimRow, resourceClaimTemplateRow } from './resource/resource-claim.ts';
import { resourceSliceRow } from './resource/resource-slice.ts';
import { priorityClassRow } from './scheduling/priority-class.ts';
import { csiDriverRow } from './storage/csi-driver.ts';
import { csiNodeRow } from './storage/csi-node.ts';
import { csiStorageCapacityRow } from './storage/csi-storage-capacity.ts';
import { storageClassRow } from './storage/storage-class.ts';
import { volumeAttachmentRow } from './storage/volume-attachment.ts';
import { volumeAttributesClassRow } from './storage/volume-attributes-class.ts';

export interface BuiltinRowsOptions {
  /** Who serves the logs of pods; absent: nobody does, as if their nodes were away. */
  readonly podLogs?: PodLogs;
  /** `serviceaccounts/token`; absent: not served. */
  readonly serviceAccountToken?: SubresourceRow;
  /** Who answers reviews; those without an answerer are not served. */
  readonly reviews?: ReviewHandlers;
  /** The parts of the control plane that run in this process. */
  readonly componentsHere?: readonly ComponentName[];
  /** CIDR ranges of the cluster IPs: one, or one of each family. Default: 10.0.0.0/24, kube-apiserver's. */
  readonly serviceClusterIpRanges?: readonly string[];
  /** Default: 30000 to 32767. */
  readonly serviceNodePortRange?: PortRange;
}

export function makeBuiltinRows(options: BuiltinRowsOptions = {}): readonly ResourceRow[] {
  const plumbing = {
    clusterIpRanges: (options.serviceClusterIpRanges ?? ['10.0.0.0/24']).map(readRange),
    nodePortRange: options.serviceNodePortRange ?? NODE_PORTS,
  };
  return [
    bindingRow,
    componentStatusRow(options.componentsHere ?? []),
    configMapRow,
    endpointsRow,
    coreEventRow,
    limitRangeRow,
    namespaceRow,
    nodeRow,
    persistentVolumeClaimRow,
    persistentVolumeRow,
    podRow(options.podLogs),
    podTemplateRow,
    replicationControllerRow,
    resourceQuotaRow,
    secretRow,
    serviceAccountRow(options.serviceAccountToken),
    serviceRow(plumbing),
    controllerRevisionRow,
    daemonSetRow,
    deploymentRow,
    replicaSetRow,
    statefulSetRow,
    ...identityReviewRows(options.reviews ?? {}),
    ...accessReviewRows(options.reviews ?? {}),
    horizontalPodAutoscalerRow,
    horizontalPodAutoscalerV1Row,
    cronJobRow,
    jobRow,
    certificateSigningRequestRow,
    leaseRow,
    endpointSliceRow,
    eventRow,
    mutatingAdmissionPolicyBindingRow,
    mutatingAdmissionPolicyRow,
    mutatingWebhookConfigurationRow,
    validatingAdmissionPolicyBindingRow,
    validatingAdmissionPolicyRow,
    validatingWebhookConfigurationRow,
    customResourceDefinitionRow,
    apiServiceRow,
    flowSchemaRow,
    priorityLevelRow,
    ingressRow,
    ingressClassRow,
    ipAddressRow,
    networkPolicyRow,
    serviceCidrRow,
    runtimeClassRow,
    podDisruptionBudgetRow,
    clusterRoleRow,
    clusterRoleBindingRow,
    roleRow,
    roleBindingRow,
    deviceClassRow,
    resourceClaimRow,
    resourceClaimTemplateRow,
    resourceSliceRow,
    priorityClassRow,
    csiDriverRow,
    csiNodeRow,
    csiStorageCapacityRow,
    storageClassRow,
    volumeAttachmentRow,
    volumeAttributesClassRow,
    faultRow,
  ];
}

/** The rows of an API server of which nothing special is asked. */
export const builtinRows: readonly ResourceRow[] = makeBuiltinRows();

function readRange(text: string): Cidr {
  const range = parseCidr(text);
  assert(range !== undefined, `${text} is not a CIDR range`);
  return range;
}
