/** `describe pod`. */
import type { V1Container, V1Pod } from '../../generated/kubernetes.d.ts';
import { ageSince } from '../printers/age.ts';
import { byCodePoints } from '../printers/objects.ts';
import { controlledBy, described, goTime, head, labels } from './parts.ts';
import { containers, type FieldValue, resources, spreadConstraints, tolerations } from './pod-parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';
import { volumes } from './volumes.ts';

export function describePod(w: PrefixWriter, pod: V1Pod, nowMs: number): void {
  const { metadata, spec, status } = pod;
  head(w, metadata);
  if (spec?.priority !== undefined) w.line(0, `Priority:\t${spec.priority}`);
  if ((spec?.priorityClassName ?? '') !== '') w.line(0, `Priority Class Name:\t${spec?.priorityClassName}`);
  if ((spec?.runtimeClassName ?? '') !== '') w.line(0, `Runtime Class Name:\t${spec?.runtimeClassName}`);
  if ((spec?.serviceAccountName ?? '') !== '') w.line(0, `Service Account:\t${spec?.serviceAccountName}`);
  w.line(0, `Node:\t${(spec?.nodeName ?? '') === '' ? '<none>' : `${spec?.nodeName}/${status?.hostIP ?? ''}`}`);
  if (status?.startTime !== undefined && status.startTime !== null)
    w.line(0, `Start Time:\t${goTime(status.startTime)}`);
  described(w, metadata);
  phase(w, pod, nowMs);
  if ((status?.reason ?? '') !== '') w.line(0, `Reason:\t${status?.reason}`);
  if ((status?.message ?? '') !== '') w.line(0, `Message:\t${status?.message}`);
  const profile = spec?.securityContext?.seccompProfile;
  if (profile !== undefined) {
    w.line(0, `SeccompProfile:\t${profile.type}`);
    if (profile.type === 'Localhost') w.line(0, `LocalhostProfile:\t${profile.localhostProfile ?? ''}`);
  }
  w.line(0, `IP:\t${status?.podIP ?? ''}`);
  const ips = status?.podIPs ?? [];
  w.line(0, ips.length === 0 ? 'IPs:\t<none>' : 'IPs:');
  for (const { ip } of ips) w.line(1, `IP:\t${ip ?? ''}`);
  const owner = controlledBy(metadata);
  if (owner !== undefined) w.line(0, `Controlled By:\t${owner}`);
  if ((status?.nominatedNodeName ?? '') !== '') w.line(0, `NominatedNodeName:\t${status?.nominatedNodeName}`);
  if (spec?.resources !== undefined) {
    w.line(0, 'Resources:');
    resources(w, spec.resources, 1);
  }
  allContainers(w, pod);
  conditions(w, pod);
  volumes(w, spec?.volumes, '');
  w.line(0, `QoS Class:\t${status?.qosClass ?? ''}`);
  labels(w, 'Node-Selectors', spec?.nodeSelector);
  tolerations(w, 'Tolerations', spec?.tolerations);
  spreadConstraints(w, spec?.topologySpreadConstraints, '');
}

function phase(w: PrefixWriter, { metadata, status }: V1Pod, nowMs: number): void {
  const finished = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  const deleted = metadata?.deletionTimestamp;
  if (deleted === undefined || deleted === null || finished) {
    w.line(0, `Status:\t${status?.phase ?? ''}`);
    return;
  }
  w.line(0, `Status:\tTerminating (lasts ${ageSince(deleted, nowMs)})`);
  w.line(0, `Termination Grace Period:\t${metadata?.deletionGracePeriodSeconds ?? 0}s`);
}

function allContainers(w: PrefixWriter, pod: V1Pod): void {
  const { spec, status } = pod;
  const value = fieldValueOf(pod);
  if ((spec?.initContainers?.length ?? 0) > 0)
    containers(w, 'Init Containers', spec?.initContainers ?? [], status?.initContainerStatuses, value, '');
  containers(w, 'Containers', spec?.containers ?? [], status?.containerStatuses, value, '');
  if ((spec?.ephemeralContainers?.length ?? 0) > 0) {
    const ephemeral = (spec?.ephemeralContainers ?? []) as unknown as readonly V1Container[];
    containers(w, 'Ephemeral Containers', ephemeral, status?.ephemeralContainerStatuses, value, '');
  }
}

function conditions(w: PrefixWriter, { spec, status }: V1Pod): void {
  const list = status?.conditions ?? [];
  const gates = spec?.readinessGates ?? [];
  if (gates.length > 0) {
    w.line(0, 'Readiness Gates:').line(1, 'Type\tStatus');
    for (const { conditionType } of gates)
      w.line(1, `${conditionType} \t${list.find(({ type }) => type === conditionType)?.status ?? '<none>'} `);
  }
  if (list.length === 0) return;
  w.line(0, 'Conditions:').line(1, 'Type\tStatus');
  for (const { type, status: value } of list) w.line(1, `${type} \t${value} `);
}

function fieldValueOf(pod: V1Pod): FieldValue {
  const { metadata, spec, status } = pod;
  return (path) => {
    const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
    if (map !== undefined && key !== undefined)
      return metadata?.[map === 'labels' ? 'labels' : 'annotations']?.[key] ?? '';
    const values: Readonly<Record<string, string | undefined>> = {
      'metadata.name': metadata?.name,
      'metadata.namespace': metadata?.namespace,
      'metadata.uid': metadata?.uid,
      'metadata.labels': mapText(metadata?.labels),
      'metadata.annotations': mapText(metadata?.annotations),
      'spec.nodeName': spec?.nodeName,
      'spec.serviceAccountName': spec?.serviceAccountName,
      'status.hostIP': status?.hostIP,
      'status.podIP': status?.podIP,
      'status.podIPs': status?.podIPs?.map(({ ip }) => ip).join(','),
    };
    const shown = path.startsWith('metadata.') ? values[path] : undefined;
    return shown ?? '';
  };
}

function mapText(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort(byCodePoints)
    .map((key) => `${key}=${JSON.stringify(map?.[key] ?? '')}`)
    .join('\n');
}
