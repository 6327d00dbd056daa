/** Pods as `logs` and `exec` see them: whose they are, their containers, and which of several pods comes first. */
import type { Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure } from '../failure.ts';
import { labelText } from '../printers/table.ts';

export interface Container {
  readonly name: string;
  readonly tty?: boolean;
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly message?: string };
    readonly running?: object;
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string };
  };
}

export interface Pod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly ephemeralContainers?: readonly Container[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

export function allContainers({ spec }: Pod): string[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])].map(
    ({ name }) => name,
  );
}

/** Init and ephemeral containers are marked. */
export function containerList({ spec }: Pod): string {
  return [
    ...(spec?.containers ?? []).map(({ name }) => name),
    ...(spec?.initContainers ?? []).map(({ name }) => `${name} (init)`),
    ...(spec?.ephemeralContainers ?? []).map(({ name }) => `${name} (ephem)`),
  ].join(', ');
}

/** Which pods a workload's or a service's are, as a label selector. @param doing `get the logs from` */
export function selectorOf(doing: string, selector: unknown, { kind, group, version }: Resource): string {
  const object = (selector ?? {}) as { matchLabels?: Record<string, string> } & Record<string, unknown>;
  const known = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'Service', 'ReplicationController'];
  if (!known.includes(kind)) {
    const type = `*${group === '' ? 'v1' : version}.${kind}`;
    throw new Failure(`cannot ${doing} ${type}: selector for ${type} not implemented`);
  }
  const labels =
    object.matchLabels ??
    (kind === 'Service' || kind === 'ReplicationController' ? (object as Record<string, string>) : {});
  return Object.keys(labels).length === 0 ? '' : labelText(labels);
}

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The pods whose logs tell most first: placed before unplaced, running before pending, ready before not ready, then those
 * ready for longer, with more restarts, older.
 */
export function firstToLog(pods: readonly Pod[]): Pod[] {
  const ready = (pod: Pod) => pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
  const restarts = (pod: Pod): number =>
    Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
  const created = (pod: Pod): number => Date.parse(String(pod.metadata.creationTimestamp ?? '')) || 0;
  return [...pods].sort((a, b) => {
    const placed = Number(b.spec?.nodeName !== undefined) - Number(a.spec?.nodeName !== undefined);
    if (placed !== 0) return placed;
    const phase = (PHASES[b.status?.phase ?? ''] ?? 0) - (PHASES[a.status?.phase ?? ''] ?? 0);
    if (phase !== 0) return phase;
    const [readyA, readyB] = [ready(a), ready(b)];
    if ((readyA === undefined) !== (readyB === undefined)) return readyA === undefined ? 1 : -1;
    const since = Date.parse(readyB?.lastTransitionTime ?? '') - Date.parse(readyA?.lastTransitionTime ?? '');
    if (since !== 0 && !Number.isNaN(since)) return since;
    return restarts(b) - restarts(a) || created(a) - created(b);
  });
}
