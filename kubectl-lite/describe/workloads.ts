/** `describe` of deployments, replica sets, daemon sets, stateful sets and replication controllers. */
import type {
  V1DaemonSet,
  V1Deployment,
  V1ReplicaSet,
  V1ReplicationController,
  V1StatefulSet,
} from '../../generated/kubernetes.d.ts';
import { claimTemplates } from './claims.ts';
import {
  annotations,
  controlledBy,
  described,
  formatSelector,
  goTime,
  head,
  labelLine,
  labels,
  reasons,
  selectorText,
} from './parts.ts';
import { describePodTemplate } from './pod-parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

/** How many pods of a controller are in which phase. */
export interface PodCounts {
  readonly running: number;
  readonly waiting: number;
  readonly succeeded: number;
  readonly failed: number;
}

function podsText({ running, waiting, succeeded, failed }: PodCounts): string {
  return `${running} Running / ${waiting} Waiting / ${succeeded} Succeeded / ${failed} Failed`;
}

export function describeDeployment(
  w: PrefixWriter,
  { metadata, spec, status }: V1Deployment,
  sets: { readonly old: readonly V1ReplicaSet[]; readonly fresh: readonly V1ReplicaSet[] },
): void {
  head(w, metadata);
  w.line(0, `CreationTimestamp:\t${goTime(metadata?.creationTimestamp)}`);
  described(w, metadata);
  w.line(0, `Selector:\t${selectorText(spec?.selector)}`);
  w.line(
    0,
    `Replicas:\t${spec?.replicas ?? 0} desired | ${status?.updatedReplicas ?? 0} updated | ${status?.replicas ?? 0} total | ${status?.availableReplicas ?? 0} available | ${status?.unavailableReplicas ?? 0} unavailable`,
  );
  w.line(0, `StrategyType:\t${spec?.strategy?.type ?? ''}`).line(0, `MinReadySeconds:\t${spec?.minReadySeconds ?? 0}`);
  const update = spec?.strategy?.rollingUpdate;
  if (update !== undefined && update !== null)
    w.line(
      0,
      `RollingUpdateStrategy:\t${String(update.maxUnavailable ?? 0)} max unavailable, ${String(update.maxSurge ?? 0)} max surge`,
    );
  describePodTemplate(w, spec?.template);
  reasons(w, status?.conditions);
  if (sets.old.length + sets.fresh.length > 0)
    w.line(0, `OldReplicaSets:\t${setsText(sets.old)}`).line(0, `NewReplicaSet:\t${setsText(sets.fresh)}`);
}

function setsText(sets: readonly V1ReplicaSet[]): string {
  if (sets.length === 0) return '<none>';
  return sets
    .map(
      ({ metadata, spec, status }) =>
        `${metadata?.name ?? ''} (${status?.replicas ?? 0}/${spec?.replicas ?? 0} replicas created)`,
    )
    .join(', ');
}

export function describeReplicaSet(w: PrefixWriter, { metadata, spec, status }: V1ReplicaSet, pods: PodCounts): void {
  head(w, metadata);
  w.line(0, `Selector:\t${formatSelector(spec?.selector)}`);
  described(w, metadata);
  const owner = controlledBy(metadata);
  if (owner !== undefined) w.line(0, `Controlled By:\t${owner}`);
  w.line(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`);
  w.line(0, `Pods Status:\t${podsText(pods)}`);
  describePodTemplate(w, spec?.template);
  reasons(w, status?.conditions);
}

export function describeReplicationController(
  w: PrefixWriter,
  { metadata, spec, status }: V1ReplicationController,
  pods: PodCounts,
): void {
  head(w, metadata);
  w.line(0, `Selector:\t${labelLine(spec?.selector)}`);
  described(w, metadata);
  w.line(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`);
  w.line(0, `Pods Status:\t${podsText(pods)}`);
  describePodTemplate(w, spec?.template);
  reasons(w, status?.conditions);
}

export function describeDaemonSet(w: PrefixWriter, { metadata, spec, status }: V1DaemonSet, pods: PodCounts): void {
  head(w, metadata);
  w.line(0, `Selector:\t${selectorText(spec?.selector)}`);
  w.line(0, `Node-Selector:\t${labelLine(spec?.template.spec?.nodeSelector)}`);
  labels(w, 'Labels', metadata?.labels);
  annotations(w, 'Annotations', metadata?.annotations);
  w.line(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}`);
  w.line(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}`);
  w.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}`);
  w.line(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}`);
  w.line(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}`);
  w.line(0, `Pods Status:\t${podsText(pods)}`);
  describePodTemplate(w, spec?.template);
}

export function describeStatefulSet(w: PrefixWriter, { metadata, spec, status }: V1StatefulSet, pods: PodCounts): void {
  head(w, metadata);
  w.line(0, `CreationTimestamp:\t${goTime(metadata?.creationTimestamp)}`);
  w.line(0, `Selector:\t${selectorText(spec?.selector)}`);
  described(w, metadata);
  w.line(0, `Replicas:\t${spec?.replicas ?? 0} desired | ${status?.replicas ?? 0} total`);
  w.line(0, `Update Strategy:\t${spec?.updateStrategy?.type ?? ''}`);
  const update = spec?.updateStrategy?.rollingUpdate;
  if (update?.partition !== undefined) {
    w.line(1, `Partition:\t${update.partition}`);
    if (update.maxUnavailable !== undefined) w.line(1, `MaxUnavailable:\t${String(update.maxUnavailable)}`);
  }
  w.line(0, `Pods Status:\t${podsText(pods)}`);
  describePodTemplate(w, spec?.template);
  claimTemplates(w, spec?.volumeClaimTemplates);
}
