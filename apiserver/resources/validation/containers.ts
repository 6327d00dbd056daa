/** The containers of a pod, of all three sorts (pkg/apis/core/validation: validateContainers …). */
import type {
  V1Container,
  V1ContainerPort,
  V1ContainerResizePolicy,
  V1EphemeralContainer,
  V1PodSpec,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkEnv, checkEnvFrom } from './container-env.ts';
import { checkDevices, checkMounts } from './container-mounts.ts';
import { checkContainerRestart } from './container-restart.ts';
import { addInvalid, checkLabel, checkRequiredOneOf, portNameComplaints, portNumberComplaints } from './formats.ts';
import { checkLifecycle, checkProbe } from './handlers.ts';
import { checkHostPortConflicts } from './pod-network.ts';
import { checkPullPolicy } from './pull-policy.ts';
import { checkContainerResources } from './requirements.ts';
import { checkSecurityContext } from './security-context.ts';
import type { VolumesByName } from './volumes.ts';

/** What a container's checks need to know of the pod. */
export interface PodOfContainers {
  readonly spec: V1PodSpec;
  readonly volumes: VolumesByName;
  /** The names of the pod's resource claims. */
  readonly claims: ReadonlySet<string>;
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

export function checkContainers(pod: PodOfContainers, path: string, errors: FieldErrors): void {
  const { terminationGracePeriodSeconds: grace } = pod.spec;
  // None at all is written as null.
  const containers = pod.spec.containers ?? [];
  if (containers.length === 0) {
    errors.required(path);
    return;
  }
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`;
    checkContainer(container, pod, at, errors);
    if (names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    checkLifecycle(container.lifecycle, grace, `${at}.lifecycle`, errors);
    for (const probe of PROBES) checkProbe(probe, container[probe], grace, at, errors);
    checkContainerRestart(container, false, at, errors);
  }
  checkHostPortConflicts(containers, path, errors);
}

export function checkInitContainers(pod: PodOfContainers, path: string, errors: FieldErrors): void {
  const { containers, initContainers = [], terminationGracePeriodSeconds: grace } = pod.spec;
  const names = new Set(containers.map(({ name }) => name));
  for (const [index, container] of initContainers.entries()) {
    const at = `${path}[${index}]`;
    checkContainer(container, pod, at, errors);
    checkContainerRestart(container, true, at, errors);
    if (names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    else if (container.name !== '') names.add(container.name);
    // Upstream looks at the container alone, as the first of the list.
    checkHostPortConflicts([container], path, errors);
    if (container.restartPolicy === 'Always') {
      checkLifecycle(container.lifecycle, grace, `${at}.lifecycle`, errors);
      for (const probe of PROBES) checkProbe(probe, container[probe], grace, at, errors);
      continue;
    }
    for (const field of ['lifecycle', ...PROBES] as const) {
      if (container[field] === undefined) continue;
      errors.forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always');
    }
    for (const [i, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
      if (restartPolicy !== 'RestartContainer') continue;
      const message = "must not be set to 'RestartContainer' for non-sidecar initContainers";
      errors.invalid(`${at}.resizePolicy[${i}].restartPolicy`, restartPolicy, message);
    }
  }
}

/** What ephemeral containers may not have, in the order of Go's fields. */
const NOT_EPHEMERAL = [
  ...(['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules'] as const),
  ...(['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const),
];

export function checkEphemeralContainers(pod: PodOfContainers, path: string, errors: FieldErrors): void {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const others = new Set([...containers, ...initContainers].map(({ name }) => name));
  const names = new Set(others);
  for (const [index, container] of ephemeralContainers.entries()) {
    const at = `${path}[${index}]`;
    const { name, targetContainerName: target = '' } = container;
    checkContainer(container, pod, at, errors);
    checkImageSpaces(container, at, errors);
    if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
    if (target !== '' && !others.has(target)) errors.notFound(`${at}.targetContainerName`, target);
    const forbid = (field: string): void => errors.forbidden(field, 'cannot be set for an Ephemeral Container');
    for (const field of NOT_EPHEMERAL) {
      // What is no value in Go is set however empty.
      const isZero = field === 'resources' && Object.keys(container.resources ?? {}).length === 0;
      if (container[field] !== undefined && !isZero) forbid(`${at}.${field}`);
    }
    for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
      if (mount.subPath) forbid(`${at}.volumeMounts[${i}].subPath`);
      if (mount.subPathExpr) forbid(`${at}.volumeMounts[${i}].subPathExpr`);
    }
  }
}

/** Templates may have them: who makes a pod of one may put the image in. */
export function checkImageSpaces(container: { image?: string | undefined }, path: string, errors: FieldErrors): void {
  const { image = '' } = container;
  if (image.trim() !== image) errors.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace');
}

function checkContainer(
  container: V1Container | V1EphemeralContainer,
  pod: PodOfContainers,
  path: string,
  errors: FieldErrors,
): void {
  if (container.name === '') errors.required(`${path}.name`);
  else checkLabel(container.name, `${path}.name`, errors);
  if (!container.image) errors.required(`${path}.image`);
  const messages = ['File', 'FallbackToLogsOnError'];
  checkRequiredOneOf(container.terminationMessagePolicy, messages, `${path}.terminationMessagePolicy`, errors);
  checkPorts(container.ports, `${path}.ports`, errors);
  checkEnv(container.env, `${path}.env`, errors);
  checkEnvFrom(container.envFrom, `${path}.envFrom`, errors);
  checkMounts(container, pod.volumes, path, errors);
  checkDevices(container, pod.volumes, path, errors);
  checkPullPolicy(container.imagePullPolicy, `${path}.imagePullPolicy`, errors);
  checkContainerResources(container.resources, pod.claims, `${path}.resources`, errors);
  checkResizePolicies(container.resizePolicy, pod.spec.restartPolicy, `${path}.resizePolicy`, errors);
  checkSecurityContext(container.securityContext, pod.spec.hostUsers ?? true, `${path}.securityContext`, errors);
}

function checkPorts(ports: readonly V1ContainerPort[] | undefined, path: string, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, { name = '', containerPort, hostPort = 0, protocol }] of (ports ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (name !== '') {
      const complaints = portNameComplaints(name);
      addInvalid(errors, `${at}.name`, name, complaints);
      if (complaints.length === 0) {
        if (names.has(name)) errors.duplicate(`${at}.name`, name);
        names.add(name);
      }
    }
    if (containerPort === 0) errors.required(`${at}.containerPort`);
    else addInvalid(errors, `${at}.containerPort`, containerPort, portNumberComplaints(containerPort));
    if (hostPort !== 0) addInvalid(errors, `${at}.hostPort`, hostPort, portNumberComplaints(hostPort));
    checkRequiredOneOf(protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`, errors);
  }
}

function checkResizePolicies(
  policies: readonly V1ContainerResizePolicy[] | undefined,
  podRestartPolicy: string | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const names = new Set<string>();
  for (const [index, { resourceName, restartPolicy }] of (policies ?? []).entries()) {
    if (names.has(resourceName)) errors.duplicate(`${path}[${index}]`, resourceName);
    names.add(resourceName);
    checkRequiredOneOf(resourceName, ['cpu', 'memory'], path, errors);
    checkRequiredOneOf(restartPolicy, ['NotRequired', 'RestartContainer'], path, errors);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  }
}
