/** The table of pods: what `kubectl get pods` says of each (pkg/printers/internalversion). */
import type { V1ContainerStatus, V1Pod, V1PodStatus } from '../../../generated/kubernetes.d.ts';
import type { Filled, KindTable } from '../row.ts';
import { ageOf, orNone, since } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn, wide } from '../table/columns.ts';

export const podTable: KindTable<V1Pod> = {
  columns: [
    nameColumn,
    textColumn('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
    textColumn('Status', 'The aggregate status of the containers in this pod.'),
    textColumn(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    ),
    ageColumn,
    wide(textColumn('IP', fieldDoc('V1PodStatus.podIP'))),
    wide(textColumn('Node', fieldDoc('V1PodSpec.nodeName'))),
    wide(textColumn('Nominated Node', fieldDoc('V1PodStatus.nominatedNodeName'))),
    wide(textColumn('Readiness Gates', fieldDoc('V1PodSpec.readinessGates'))),
  ],
  cells(pod, nowMs) {
    const summary = summarize(pod);
    const { restarts, lastRestart } = summary;
    return [
      pod.metadata.name ?? '',
      `${summary.ready}/${summary.total}`,
      summary.reason,
      restarts !== 0 && lastRestart !== '' ? `${restarts} (${since(lastRestart, nowMs)} ago)` : String(restarts),
      ageOf(pod, nowMs),
      orNone(pod.status.podIPs?.[0]?.ip),
      orNone(pod.spec.nodeName),
      orNone(pod.status.nominatedNodeName),
      readinessGates(pod),
    ];
  },
  conditions(pod) {
    if (pod.status.phase === 'Succeeded') return [completed('Succeeded', 'The pod has completed successfully.')];
    return pod.status.phase === 'Failed' ? [completed('Failed', 'The pod failed.')] : [];
  },
};

function completed(reason: string, message: string) {
  return { type: 'Completed', status: 'True', reason, message };
}

interface PodSummary {
  reason: string;
  ready: number;
  readonly total: number;
  restarts: number;
  /** When the last restarted container had stopped; '' for never. */
  lastRestart: string;
}

function summarize(pod: Filled<V1Pod>): PodSummary {
  const { status, spec } = pod;
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always').map((each) => each.name),
  );
  const gated = status.conditions?.some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
  const summary: PodSummary = {
    reason: gated ? 'SchedulingGated' : status.reason || status.phase || '',
    ready: 0,
    total: (spec.containers ?? []).length + sidecars.size,
    restarts: 0,
    lastRestart: '',
  };
  const initializing = summarizeInit(pod, sidecars, summary);
  const initialized = status.conditions?.find((condition) => condition.type === 'Initialized')?.status === 'True';
  if (!initializing || initialized) summarizeContainers(status, sidecars, summary);
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') summary.reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') summary.reason = 'Terminating';
  }
  return summary;
}

/** Goes through the init containers up to the first that has not done its work. True when there is such a one. */
function summarizeInit(pod: Filled<V1Pod>, sidecars: ReadonlySet<string>, summary: PodSummary): boolean {
  const statuses = pod.status.initContainerStatuses ?? [];
  for (const [index, container] of statuses.entries()) {
    countRestarts(container, summary);
    const terminated = container.state?.terminated;
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started === true) {
      if (container.ready) summary.ready++;
      continue;
    }
    const waiting = container.state?.waiting?.reason ?? '';
    if (terminated !== undefined) summary.reason = `Init:${exitReason(terminated)}`;
    else if (waiting !== '' && waiting !== 'PodInitializing') summary.reason = `Init:${waiting}`;
    else summary.reason = `Init:${index}/${(pod.spec.initContainers ?? []).length}`;
    return true;
  }
  return false;
}

function summarizeContainers(status: V1PodStatus, sidecars: ReadonlySet<string>, summary: PodSummary): void {
  summary.restarts = 0;
  summary.lastRestart = '';
  for (const container of status.initContainerStatuses ?? []) {
    if (sidecars.has(container.name)) countRestarts(container, summary);
  }
  let running = false;
  let failure = '';
  for (const container of [...(status.containerStatuses ?? [])].reverse()) {
    countRestarts(container, summary);
    const { waiting, terminated, running: runs } = container.state ?? {};
    if (waiting?.reason) summary.reason = waiting.reason;
    else if (terminated !== undefined) {
      summary.reason = exitReason(terminated);
      if (terminated.exitCode !== 0) failure = summary.reason;
    } else if (container.ready && runs !== undefined) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason !== 'Completed') return;
  const ready = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (running && ready) summary.reason = 'Running';
  else if (failure !== '') summary.reason = failure;
  else if (running) summary.reason = 'NotReady';
}

function countRestarts(container: V1ContainerStatus, summary: PodSummary): void {
  summary.restarts += container.restartCount;
  const stopped = container.lastState?.terminated?.finishedAt ?? '';
  if (stopped > summary.lastRestart) summary.lastRestart = stopped;
}

function exitReason(terminated: {
  reason?: string | undefined;
  signal?: number | undefined;
  exitCode: number;
}): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function readinessGates(pod: Filled<V1Pod>): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(
    (gate) => pod.status.conditions?.find((condition) => condition.type === gate.conditionType)?.status === 'True',
  );
  return `${open.length}/${gates.length}`;
}
