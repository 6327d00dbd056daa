/** Pod templates, and the parts that pods and templates share: containers, tolerations, spread constraints. */
import { canonicalQuantity } from '../../base/quantity.ts';
import type {
  V1Container,
  V1ContainerState,
  V1ContainerStatus,
  V1EnvVar,
  V1PodTemplateSpec,
  V1Probe,
  V1ResourceRequirements,
  V1Toleration,
  V1TopologySpreadConstraint,
} from '../../generated/kubernetes.d.ts';
import { byCodePoints } from '../printers/objects.ts';
import { annotations, capital, formatSelector, goList, goTime, labels } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';
import { resourceFieldValue } from './resource-fields.ts';
import { volumes } from './volumes.ts';

/** What `fieldRef`s of a pod stand for. */
export type FieldValue = (path: string) => string;

export function describePodTemplate(w: PrefixWriter, template: V1PodTemplateSpec | undefined): void {
  w.line(0, 'Pod Template:');
  if (template === undefined) {
    w.write(1, '<unset>');
    return;
  }
  const { metadata, spec } = template;
  labels(w, '  Labels', metadata?.labels);
  if (Object.keys(metadata?.annotations ?? {}).length > 0) annotations(w, '  Annotations', metadata?.annotations);
  if ((spec?.serviceAccountName ?? '') !== '') w.line(1, `Service Account:\t${spec?.serviceAccountName}`);
  if ((spec?.initContainers?.length ?? 0) > 0)
    containers(w, 'Init Containers', spec?.initContainers ?? [], undefined, undefined, '  ');
  containers(w, 'Containers', spec?.containers ?? [], undefined, undefined, '  ');
  volumes(w, spec?.volumes, '  ');
  spreadConstraints(w, spec?.topologySpreadConstraints, '  ');
  if ((spec?.priorityClassName ?? '') !== '') w.line(1, `Priority Class Name:\t${spec?.priorityClassName}`);
  labels(w, '  Node-Selectors', spec?.nodeSelector);
  tolerations(w, '  Tolerations', spec?.tolerations);
}

export function containers(
  w: PrefixWriter,
  title: string,
  list: readonly V1Container[],
  statuses: readonly V1ContainerStatus[] | undefined,
  fieldValue: FieldValue | undefined,
  space: string,
): void {
  w.line(0, `${space}${title}:${list.length === 0 ? ' <none>' : ''}`);
  for (const container of list) {
    const status = statuses?.find(({ name }) => name === container.name);
    basics(w, container, status, space);
    words(w, 'Command', container.command);
    words(w, 'Args', container.args);
    if (status !== undefined) {
      state(w, 'State', status.state);
      if (status.lastState?.terminated !== undefined) state(w, 'Last State', status.lastState);
      w.line(2, `Ready:\t${capital(status.ready)}`).line(2, `Restart Count:\t${status.restartCount}`);
    }
    resources(w, container.resources, 2);
    for (const [name, probe] of [
      ['Liveness', container.livenessProbe],
      ['Readiness', container.readinessProbe],
      ['Startup', container.startupProbe],
    ] as const)
      if (probe !== undefined) w.line(2, `${name}:\t${probeText(probe)}`);
    environmentSources(w, container);
    environment(w, container, fieldValue);
    mounts(w, container);
  }
}

function basics(w: PrefixWriter, container: V1Container, status: V1ContainerStatus | undefined, space: string): void {
  w.line(1, `${space === '' ? '' : ' '}${container.name}:`);
  if (status !== undefined) w.line(2, `Container ID:\t${status.containerID ?? ''}`);
  w.line(2, `Image:\t${container.image ?? ''}`);
  if (status !== undefined) w.line(2, `Image ID:\t${status.imageID ?? ''}`);
  const ports = container.ports ?? [];
  const list = (of: 'containerPort' | 'hostPort'): string =>
    ports.map((port) => `${port[of] ?? 0}/${port.protocol ?? ''}`).join(', ');
  for (const [name, text] of [
    ['Port', list('containerPort')],
    ['Host Port', list('hostPort')],
  ] as const)
    w.line(2, `${name}${text.includes(',') ? 's' : ''}:\t${text === '' ? '<none>' : text}`);
  const profile = container.securityContext?.seccompProfile;
  if (profile !== undefined) {
    w.line(2, `SeccompProfile:\t${profile.type}`);
    if (profile.type === 'Localhost') w.line(3, `LocalhostProfile:\t${profile.localhostProfile ?? ''}`);
  }
}

function words(w: PrefixWriter, title: string, list: readonly string[] | undefined): void {
  if (list === undefined || list.length === 0) return;
  w.line(2, `${title}:`);
  for (const word of list) for (const line of word.split('\n')) w.line(3, line);
}

function state(w: PrefixWriter, title: string, value: V1ContainerState | undefined): void {
  const { running, waiting, terminated } = value ?? {};
  if (running !== undefined) w.line(2, `${title}:\tRunning`).line(3, `Started:\t${goTime(running.startedAt)}`);
  else if (terminated !== undefined) {
    w.line(2, `${title}:\tTerminated`);
    if ((terminated.reason ?? '') !== '') w.line(3, `Reason:\t${terminated.reason}`);
    if ((terminated.message ?? '') !== '') w.line(3, `Message:\t${terminated.message}`);
    w.line(3, `Exit Code:\t${terminated.exitCode}`);
    if ((terminated.signal ?? 0) > 0) w.line(3, `Signal:\t${terminated.signal}`);
    w.line(3, `Started:\t${goTime(terminated.startedAt)}`).line(3, `Finished:\t${goTime(terminated.finishedAt)}`);
  } else {
    w.line(2, `${title}:\tWaiting`);
    if ((waiting?.reason ?? '') !== '') w.line(3, `Reason:\t${waiting?.reason}`);
  }
}

export function resources(w: PrefixWriter, value: V1ResourceRequirements | undefined, level: number): void {
  for (const [title, amounts] of [
    ['Limits', value?.limits],
    ['Requests', value?.requests],
  ] as const) {
    const names = Object.keys(amounts ?? {}).sort(byCodePoints);
    if (names.length > 0) w.line(level, `${title}:`);
    for (const name of names) w.line(level + 1, `${name}:\t${canonicalQuantity(amounts?.[name] ?? '0')}`);
  }
}

function probeText(probe: V1Probe): string {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  const times = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s #success=${probe.successThreshold ?? 0} #failure=${probe.failureThreshold ?? 0}`;
  if (exec !== undefined) return `exec ${goList(exec.command)} ${times}`;
  if (httpGet !== undefined) {
    const { scheme = '', host = '', port, path = '' } = httpGet;
    const start = scheme === '' ? '' : `${scheme.toLowerCase()}:`;
    return `http-get ${start}//${host}:${String(port)}${path === '' || path.startsWith('/') ? path : `/${path}`} ${times}`;
  }
  if (tcpSocket !== undefined) return `tcp-socket ${tcpSocket.host ?? ''}:${String(tcpSocket.port)} ${times}`;
  if (grpc !== undefined) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${times}`;
  return `unknown ${times}`;
}

function environmentSources(w: PrefixWriter, { envFrom }: V1Container): void {
  if (envFrom === undefined || envFrom.length === 0) return;
  w.line(2, 'Environment Variables from:');
  for (const { configMapRef, secretRef, prefix = '' } of envFrom) {
    const reference = configMapRef ?? secretRef;
    const from = configMapRef !== undefined ? 'ConfigMap' : secretRef !== undefined ? 'Secret' : '';
    const prefixed = prefix === '' ? '' : ` with prefix '${prefix}'`;
    w.line(3, `${reference?.name ?? ''}\t${from}${prefixed}\tOptional: ${reference?.optional === true}`);
  }
}

function environment(w: PrefixWriter, container: V1Container, fieldValue: FieldValue | undefined): void {
  const env = container.env ?? [];
  w.line(2, `Environment:${env.length === 0 ? '\t<none>' : ''}`);
  for (const variable of env) {
    if (variable.valueFrom === undefined) {
      for (const [at, line] of (variable.value ?? '').split('\n').entries())
        w.line(3, at === 0 ? `${variable.name}:\t${line}` : `\t${line}`);
    } else variableSource(w, container, variable, fieldValue);
  }
}

function variableSource(
  w: PrefixWriter,
  container: V1Container,
  { name, valueFrom }: V1EnvVar,
  fieldValue: FieldValue | undefined,
): void {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom ?? {};
  if (fieldRef !== undefined) {
    const value = fieldValue?.(fieldRef.fieldPath) ?? '';
    w.line(3, `${name}:\t${value} (${fieldRef.apiVersion ?? ''}:${fieldRef.fieldPath})`);
  } else if (resourceFieldRef !== undefined) {
    const { resource } = resourceFieldRef;
    const value = resourceFieldValue(resourceFieldRef, container);
    const shown =
      value === '0' && (resource === 'limits.cpu' || resource === 'limits.memory') ? 'node allocatable' : value;
    w.line(3, `${name}:\t${shown} (${resource})`);
  } else if (secretKeyRef !== undefined) {
    const { key, name: secret = '', optional } = secretKeyRef;
    w.line(3, `${name}:\t<set to the key '${key}' in secret '${secret}'>\tOptional: ${optional === true}`);
  } else if (configMapKeyRef !== undefined) {
    const { key, name: configMap = '', optional } = configMapKeyRef;
    w.line(3, `${name}:\t<set to the key '${key}' of config map '${configMap}'>\tOptional: ${optional === true}`);
  }
}

function mounts(w: PrefixWriter, { volumeMounts = [], volumeDevices = [] }: V1Container): void {
  const none = volumeMounts.length === 0 ? '\t<none>' : '';
  w.line(2, `Mounts:${none}`);
  for (const mount of [...volumeMounts].sort((a, b) => byCodePoints(a.mountPath, b.mountPath))) {
    const path = (mount.subPath ?? '') === '' ? '' : `,path=${JSON.stringify(mount.subPath)}`;
    w.line(3, `${mount.mountPath} from ${mount.name} (${mount.readOnly === true ? 'ro' : 'rw'}${path})`);
  }
  if (volumeDevices.length === 0) return;
  w.line(2, `Devices:${none}`);
  for (const device of [...volumeDevices].sort((a, b) => byCodePoints(a.devicePath, b.devicePath)))
    w.line(3, `${device.devicePath} from ${device.name}`);
}

export function tolerations(w: PrefixWriter, title: string, list: readonly V1Toleration[] | undefined): void {
  w.write(0, `${title}:\t`);
  if (list === undefined || list.length === 0) {
    w.end('<none>');
    return;
  }
  const sorted = [...list].sort((a, b) => byCodePoints(a.key ?? '', b.key ?? ''));
  for (const [at, { key = '', value = '', effect = '', operator, tolerationSeconds }] of sorted.entries()) {
    if (at > 0) w.write(0, '\t');
    const exists =
      operator === 'Exists' && value === '' ? (key !== '' || effect !== '' ? ' op=Exists' : 'op=Exists') : '';
    const time = tolerationSeconds === undefined || tolerationSeconds === null ? '' : ` for ${tolerationSeconds}s`;
    w.end(`${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}${exists}${time}`);
  }
}

export function spreadConstraints(
  w: PrefixWriter,
  list: readonly V1TopologySpreadConstraint[] | undefined,
  space: string,
): void {
  if (list === undefined || list.length === 0) return;
  const sorted = [...list].sort((a, b) => byCodePoints(a.topologyKey, b.topologyKey));
  w.write(0, `${space}Topology Spread Constraints:\t`);
  for (const [at, { topologyKey, whenUnsatisfiable, maxSkew, labelSelector }] of sorted.entries()) {
    if (at > 0) w.write(0, `${space}\t`);
    const selector = labelSelector === undefined ? '' : ` for selector ${formatSelector(labelSelector)}`;
    w.end(`${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}`);
  }
}
