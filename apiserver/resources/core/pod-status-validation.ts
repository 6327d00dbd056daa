/** What nodes may report of pods (pkg/apis/core/validation: ValidatePodStatusUpdate). */
import { parseIp } from '../../../base/ip.ts';
import type {
  V1Container,
  V1ContainerExtendedResourceRequest,
  V1ContainerStatus,
  V1Pod,
  V1PodSpec,
  V1ResourceStatus,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { addInvalid, checkLabel, checkQualifiedName, checkSubdomain, idComplaints } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkIp } from '../validation/ips.ts';
import { checkPodAnnotationUpdate } from '../validation/pod-annotations.ts';

type Pod = Filled<V1Pod>;

const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];
const NOT_NEGATIVE = 'must be a non-negative integer';

export function checkPodStatusUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  const { status, spec } = pod;
  const path = 'metadata.annotations';
  checkPodAnnotationUpdate(pod.metadata.annotations, old.metadata.annotations, spec, path, errors);
  for (const [index, { type, observedGeneration = 0 }] of (status.conditions ?? []).entries()) {
    const at = `status.conditions[${index}]`;
    if (observedGeneration < 0) errors.invalid(`${at}.observedGeneration`, observedGeneration, NOT_NEGATIVE);
    if (!SYSTEM_CONDITIONS.includes(type)) checkQualifiedName(type, `${at}.Type`, errors);
  }
  const nominated = status.nominatedNodeName ?? '';
  if (nominated !== '' && nominated !== old.status.nominatedNodeName) {
    checkSubdomain(nominated, 'status.nominatedNodeName', errors);
    if (old.spec.nodeName) {
      errors.forbidden('status.nominatedNodeName', 'may not be set on pods that are already bound to a node');
    }
  }
  const { observedGeneration = 0 } = status;
  if (observedGeneration < 0) errors.invalid('status.observedGeneration', observedGeneration, NOT_NEGATIVE);
  checkImmutable(status.qosClass, old.status.qosClass, 'status.qosClass', errors);
  checkTransitions(pod, old, errors);
  checkClaimStatuses(pod, errors);
  checkIpList('podIPs', pod, old, errors);
  checkHostIps(pod, old, errors);
  checkContainerStatuses(pod, errors);
}

/** A container that has ended does not run again, unless its policy says so. */
function checkTransitions({ status }: Pod, old: Pod, errors: FieldErrors): void {
  const { spec } = old;
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const anyMay = all.some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  );
  const check = (
    list: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    containers: readonly V1Container[],
  ): void => {
    for (const [index, { name, state }] of (old.status[list] ?? []).entries()) {
      if (state?.terminated === undefined) continue;
      const now = status[list]?.find((each) => each.name === name);
      if (now === undefined || now.state?.terminated !== undefined) continue;
      const container = containers.find((each) => each.name === name);
      if (container !== undefined && mayRestart(container, spec, state.terminated.exitCode)) continue;
      errors.forbidden(`status.${list}[${index}].state`, 'may not be transitioned to non-terminated state');
    }
  };
  if (!anyMay) {
    check('containerStatuses', spec.containers);
    check('initContainerStatuses', spec.initContainers ?? []);
  }
  check('ephemeralContainerStatuses', []);
}

function mayRestart(container: V1Container, spec: V1PodSpec, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    for (const { exitCodes } of container.restartPolicyRules ?? []) {
      const listed = (exitCodes?.values ?? []).includes(exitCode);
      if (exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed) return true;
    }
  }
  const policy = container.restartPolicy ?? spec.restartPolicy;
  if (policy === 'OnFailure') return exitCode !== 0;
  return policy !== 'Never';
}

function checkClaimStatuses({ spec, status }: Pod, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, { name, resourceClaimName }] of (status.resourceClaimStatuses ?? []).entries()) {
    const at = `status.resourceClaimStatuses[${index}]`;
    if (!(spec.resourceClaims ?? []).some((claim) => claim.name === name)) {
      errors.invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`');
    }
    if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
    if (resourceClaimName !== undefined) checkSubdomain(resourceClaimName, `${at}.resourceClaimName`, errors);
  }
  const extended = status.extendedResourceClaimStatus;
  if (extended === undefined) return;
  const path = 'status.extendedResourceClaimStatus';
  if ((extended.requestMappings ?? []).length === 0) {
    errors.required(`${path}.requestMappings`, 'at least one request mapping is required');
  }
  checkRequestMappings(extended.requestMappings ?? [], spec, path, errors);
  if (extended.resourceClaimName === '') errors.required(`${path}.resourceClaimName`);
  else checkSubdomain(extended.resourceClaimName, `${path}.resourceClaimName`, errors);
}

function checkRequestMappings(
  mappings: readonly V1ContainerExtendedResourceRequest[],
  { containers, initContainers = [] }: V1PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, { containerName = '', resourceName = '', requestName = '' }] of mappings.entries()) {
    const at = `${path}.requestMappings[${index}]`;
    const container = [...containers, ...initContainers].find(({ name }) => name === containerName);
    if (container === undefined) {
      const message = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.invalid(`${at}.containerName`, containerName, message);
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const message =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';
      errors.invalid(`${at}.resourceName`, resourceName, message);
    }
    checkLabel(requestName, `${path}.requestName`, errors);
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) {
      errors.duplicate(`${at}.containerName`, containerName);
      errors.duplicate(`${at}.resourceName`, resourceName);
      errors.duplicate(`${at}.requestName`, requestName);
    }
    seen.add(key);
  }
}

function checkIpList(list: 'podIPs' | 'hostIPs', pod: Pod, old: Pod, errors: FieldErrors): void {
  const ips = (pod.status[list] ?? []).map(({ ip }) => ip);
  const before = (old.status[list] ?? []).map(({ ip }) => ip);
  for (const [index, ip] of ips.entries()) checkIp(ip, `status.${list}[${index}]`, errors, before);
  if (ips.length < 2) return;
  const families = new Set(ips.map((ip) => parseIp(ip)?.family));
  if (families.size === 2 && ips.length === 2) return;
  const shown = (pod.status[list] ?? []).map((each) => internalForm(list === 'podIPs' ? 'PodIP' : 'HostIP', each));
  errors.invalid(`status.${list}`, shown, 'may specify no more than one IP for each IP family');
}

function checkHostIps(pod: Pod, old: Pod, errors: FieldErrors): void {
  const [first] = pod.status.hostIPs ?? [];
  if (first === undefined) return;
  if ((first.ip ?? '') !== (pod.status.hostIP ?? ''))
    errors.invalid('status.hostIPs[0].ip', first.ip, 'must be equal to `hostIP`');
  checkIpList('hostIPs', pod, old, errors);
}

function checkContainerStatuses({ spec, status }: Pod, errors: FieldErrors): void {
  const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
  for (const list of lists) {
    for (const [index, { user }] of (status[list] ?? []).entries()) {
      const path = `status.${list}[${index}].user.linux`;
      if (user?.linux === undefined) continue;
      if (spec.os?.name === 'windows') {
        errors.forbidden(path, 'cannot be set for a windows pod');
        continue;
      }
      addInvalid(errors, `${path}.uid`, user.linux.uid, idComplaints(user.linux.uid));
      addInvalid(errors, `${path}.gid`, user.linux.gid, idComplaints(user.linux.gid));
      for (const [i, group] of (user.linux.supplementalGroups ?? []).entries()) {
        addInvalid(errors, `${path}.supplementalGroups[${i}]`, group, idComplaints(group));
      }
    }
  }
  checkAllocated(status.containerStatuses, spec.containers, 'status.containerStatuses', errors);
  checkAllocated(status.initContainerStatuses, spec.initContainers ?? [], 'status.initContainerStatuses', errors);
  for (const [index, each] of (status.ephemeralContainerStatuses ?? []).entries()) {
    if ((each.allocatedResourcesStatus ?? []).length === 0) continue;
    const path = `status.ephemeralContainerStatuses[${index}].allocatedResourcesStatus`;
    errors.forbidden(path, 'must not be specified in container status');
  }
}

/** What devices a container has, by its claims and requests, and how they are. */
function checkAllocated(
  statuses: readonly V1ContainerStatus[] | undefined,
  containers: readonly V1Container[],
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, status] of (statuses ?? []).entries()) {
    const container = containers.find(({ name }) => name === status.name);
    for (const [i, allocated] of (status.allocatedResourcesStatus ?? []).entries()) {
      const at = `${path}[${index}].allocatedResourcesStatus[${i}]`;
      if (container !== undefined) checkAllocatedName(allocated, container, at, errors);
      const ids = new Set<string>();
      for (const [j, { health = '', resourceID, ...rest }] of (allocated.resources ?? []).entries()) {
        const states = ['Healthy', 'Unhealthy', 'Unknown'];
        if (!states.includes(health)) errors.notSupported(`${at}.resources[${j}].health`, health, states);
        if ((rest as { message?: string }).message === '') {
          errors.required(`${at}.resources[${j}].message`, 'must be non-empty if specified');
        }
        if (ids.has(resourceID)) errors.duplicate(`${at}.resources[${j}].resourceID`, resourceID);
        ids.add(resourceID);
      }
    }
  }
}

function checkAllocatedName(
  { name }: V1ResourceStatus,
  { resources }: V1Container,
  path: string,
  errors: FieldErrors,
): void {
  const isClaim = name.startsWith('claim:');
  const known = isClaim
    ? (resources?.claims ?? []).map((claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`)
    : Object.keys(resources?.requests ?? {});
  if (known.includes(name)) return;
  const message = isClaim
    ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    : "must match one of the container's resource requests";
  errors.invalid(`${path}.name`, name, message);
}
