/** The specs of pods, of their own and in templates (pkg/apis/core/validation: ValidatePodSpec). */
import type {
  V1LocalObjectReference,
  V1ObjectMeta,
  V1PodResourceClaim,
  V1PodSchedulingGate,
  V1PodSpec,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkAffinity } from './affinity.ts';
import { checkFileKeyVolumes } from './container-env.ts';
import { checkContainers, checkEphemeralContainers, checkInitContainers, type PodOfContainers } from './containers.ts';
import { everyContainer } from './every-container.ts';
import { checkLabel, checkQualifiedName, checkRequiredOneOf, checkSubdomain, rangeComplaint } from './formats.ts';
import { internalForm } from './internal-form.ts';
import { checkLabels } from './labels.ts';
import { MIRROR } from './pod-annotations.ts';
import { checkDnsConfig, checkHostAliases, checkHostNetworkPorts, checkHostnameOverride } from './pod-network.ts';
import { checkContainerResources, checkPodResources } from './requirements.ts';
import { checkPodSecurityContext } from './security-context.ts';
import { checkTolerations } from './tolerations.ts';
import { checkTopologySpread } from './topology-spread.ts';
import { checkVolumes } from './volumes.ts';
import { checkHostProcess, checkOs } from './windows.ts';

const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const INT32_MAX = 2 ** 31 - 1;

/** @param metadata the pod's; undefined for the spec of a template, of which less is known */
export function checkPodSpec(
  spec: V1PodSpec,
  metadata: V1ObjectMeta | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) errors.required(`${path}.terminationGracePeriodSeconds`);
  const volumes = checkVolumes(spec.volumes, metadata, `${path}.volumes`, errors);
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter((name) => name !== ''));
  const pod: PodOfContainers = { spec, volumes, claims };
  checkResourceClaims(spec.resourceClaims, metadata, `${path}.resourceClaims`, errors);
  checkContainers(pod, `${path}.containers`, errors);
  checkInitContainers(pod, `${path}.initContainers`, errors);
  checkEphemeralContainers(pod, `${path}.ephemeralContainers`, errors);
  checkPodResources(spec, claims, path, errors);
  checkHostNetworkPorts(spec, metadata !== undefined, path, errors);
  checkRequiredOneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`, errors);
  checkRequiredOneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`, errors);
  checkLabels(spec.nodeSelector, `${path}.nodeSelector`, errors);
  checkPodSecurityContext(spec, path, errors);
  checkPullSecrets(spec.imagePullSecrets, `${path}.imagePullSecrets`, errors);
  checkAffinity(spec.affinity, `${path}.affinity`, errors);
  checkDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`, errors);
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    checkQualifiedName(conditionType, `${path}.readinessGates[${index}].conditionType`, errors);
  }
  checkSchedulingGates(spec.schedulingGates, `${path}.schedulingGates`, errors);
  checkTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`, errors);
  checkHostProcess(spec, path, errors);
  checkUserNamespace(spec, path, errors);
  checkHostnameOverride(spec, path, errors);
  checkNames(spec, path, errors);
  checkTolerations(spec.tolerations, `${path}.tolerations`, errors);
  checkHostAliases(spec.hostAliases, `${path}.hostAliases`, errors);
  checkClasses(spec, path, errors);
  checkOs(spec, path, errors);
  for (const { container, path: at } of everyContainer(spec, path)) {
    checkFileKeyVolumes(container, spec.volumes ?? [], at, errors);
  }
}

function checkNames(spec: V1PodSpec, path: string, errors: FieldErrors): void {
  const { serviceAccountName, nodeName, activeDeadlineSeconds: deadline, hostname, subdomain } = spec;
  if (serviceAccountName) checkSubdomain(serviceAccountName, `${path}.serviceAccountName`, errors);
  if (nodeName) checkSubdomain(nodeName, `${path}.nodeName`, errors);
  if (deadline !== undefined && (deadline < 1 || deadline > INT32_MAX)) {
    errors.invalid(`${path}.activeDeadlineSeconds`, deadline, rangeComplaint(1, INT32_MAX));
  }
  if (hostname) checkLabel(hostname, `${path}.hostname`, errors);
  if (subdomain) checkLabel(subdomain, `${path}.subdomain`, errors);
}

function checkClasses(spec: V1PodSpec, path: string, errors: FieldErrors): void {
  const { priorityClassName, runtimeClassName, preemptionPolicy, overhead } = spec;
  if (priorityClassName) checkSubdomain(priorityClassName, `${path}.priorityClassName`, errors);
  if (runtimeClassName !== undefined) checkSubdomain(runtimeClassName, `${path}.runtimeClassName`, errors);
  if (preemptionPolicy !== undefined) {
    checkRequiredOneOf(preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${path}.preemptionPolicy`, errors);
  }
  if (overhead !== undefined) {
    checkContainerResources({ limits: overhead }, new Set(), `${path}.overhead`, errors);
  }
}

function checkResourceClaims(
  claims: readonly V1PodResourceClaim[] | undefined,
  metadata: V1ObjectMeta | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const names = new Set<string>();
  for (const [index, claim] of (claims ?? []).entries()) {
    if (metadata?.annotations?.[MIRROR] !== undefined) {
      errors.forbidden('', 'static pods do not support resource claims');
      continue;
    }
    const at = `${path}[${index}]`;
    const { name, resourceClaimName: own, resourceClaimTemplateName: template } = claim;
    if (name === '') errors.required(`${at}.name`);
    else if (names.has(name)) errors.duplicate(`${at}.name`, name);
    else checkLabel(name, `${at}.name`, errors);
    names.add(name);
    const shown = internalForm('PodResourceClaim', claim);
    if (own !== undefined && template !== undefined) {
      const message = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.invalid(at, shown, message);
    }
    if (own === undefined && template === undefined) {
      errors.invalid(at, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    }
    if (own !== undefined) checkSubdomain(own, `${at}.resourceClaimName`, errors);
    if (template !== undefined) checkSubdomain(template, `${at}.resourceClaimTemplateName`, errors);
  }
}

function checkPullSecrets(
  secrets: readonly V1LocalObjectReference[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, secret] of (secrets ?? []).entries()) {
    if (Object.keys(secret).some((field) => field !== 'name')) {
      errors.invalid(`${path}[${index}]`, internalForm('LocalObjectReference', secret), 'only name may be set');
    }
  }
}

function checkSchedulingGates(
  gates: readonly V1PodSchedulingGate[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const names = new Set<string>();
  for (const [index, { name }] of (gates ?? []).entries()) {
    checkQualifiedName(name, `${path}[${index}]`, errors);
    if (names.has(name)) errors.duplicate(`${path}[${index}]`, name);
    names.add(name);
  }
}

/** A pod with users of its own keeps to itself in other ways, too. */
function checkUserNamespace(spec: V1PodSpec, path: string, errors: FieldErrors): void {
  if (spec.hostUsers !== false) return;
  const message = 'when `hostUsers` is false';
  if (spec.hostNetwork === true) errors.forbidden(`${path}.hostNetwork`, message);
  if (spec.hostPID === true) errors.forbidden(`${path}.HostPID`, message);
  if (spec.hostIPC === true) errors.forbidden(`${path}.HostIPC`, message);
  for (const { container, path: at } of everyContainer(spec, path)) {
    if ((container.volumeDevices ?? []).length > 0) errors.forbidden(`${at}.volumeDevices`, message);
  }
}
