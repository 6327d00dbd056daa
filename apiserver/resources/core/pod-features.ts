/** Fields of pods behind features that are off by default in 1.36: they are dropped when written (pkg/api/pod/util.go). */
import type { V1PodSpec, V1PodStatus, V1PodTemplateSpec } from '../../../generated/kubernetes.d.ts';
import { everyContainer } from '../validation/every-container.ts';

export function dropDisabledFields(spec: V1PodSpec): void {
  delete spec.schedulingGroup;
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
  for (const { container } of everyContainer(spec, '')) {
    const { lifecycle } = container;
    if (lifecycle?.stopSignal === undefined) continue;
    delete lifecycle.stopSignal;
    if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
  }
}

export function dropDisabledTemplateFields(template: V1PodTemplateSpec | undefined): void {
  if (template?.spec !== undefined) dropDisabledFields(template.spec);
}

export function dropDisabledStatusFields(status: V1PodStatus): void {
  delete status.nodeAllocatableResourceClaimStatuses;
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  for (const statuses of [containerStatuses, initContainerStatuses, ephemeralContainerStatuses]) {
    for (const { volumeMounts } of statuses ?? []) for (const mount of volumeMounts ?? []) delete mount.volumeStatus;
  }
}
