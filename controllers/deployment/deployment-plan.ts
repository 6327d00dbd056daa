/**
 * What to do about a Deployment: pure, from the Deployment, the ReplicaSets it owns, and the time
 * (k8s.io/kubernetes/pkg/controller/deployment). The order of the actions is the order in which they are carried out; the
 * first that fails ends the turn.
 *
 * Which of four courses is taken: being deleted (status only), paused or rescaled (sizes in proportion), rolled back (the
 * template of an old revision comes back), or rolled out (Recreate or RollingUpdate).
 */
import type { V1Deployment, V1DeploymentStatus, V1Pod, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import { annotationsOf, isBeingDeleted, nameOf, namespaceOf } from '../runtime/metadata.ts';
import { controllerReference } from '../runtime/owner-references.ts';
import { deployments } from '../runtime/resources.ts';
import { isPodFinished } from '../workload/pod-state.ts';
import { POD_TEMPLATE_HASH, templateHash } from '../workload/pod-template.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import {
  type Conditions,
  countStatus,
  findCondition,
  isComplete,
  pausedConditions,
  progressCheckInMs,
  progressDeadlineMs,
  rolloutStatus,
  setCondition,
} from './deployment-status.ts';
import { planScaling, type Sizing } from './proportional-scaling.ts';
import { annotationsForNew, findNewReplicaSet, maxRevision, REVISION, ROLLBACK_TO, revisionOf } from './revisions.ts';
import { planRollback } from './rollback.ts';
import { planRollingStep } from './rolling-update.ts';
import { desiredOf, isRollingUpdate, isScalingEvent, newReplicaSetSize, sizeAnnotations, sumStatus } from './sizes.ts';

export interface DeploymentEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export type DeploymentAction =
  | { readonly type: 'create-replica-set'; readonly replicaSet: V1ReplicaSet; readonly event?: DeploymentEvent }
  | { readonly type: 'update-replica-set'; readonly replicaSet: V1ReplicaSet; readonly event?: DeploymentEvent }
  | { readonly type: 'delete-replica-set'; readonly replicaSet: V1ReplicaSet }
  | { readonly type: 'update-deployment'; readonly deployment: V1Deployment; readonly event?: DeploymentEvent }
  | { readonly type: 'update-status'; readonly deployment: V1Deployment };

export interface DeploymentPlan {
  readonly actions: readonly DeploymentAction[];
  readonly requeueAfterMs?: number;
  /** Why, in words. */
  readonly words: string;
}

/** @param pods all pods of the ReplicaSets; looked at only by the strategy Recreate */
export function planDeployment(
  deployment: V1Deployment,
  replicaSets: readonly V1ReplicaSet[],
  pods: readonly V1Pod[],
  nowMs: number,
): DeploymentPlan {
  const found = findNewReplicaSet(deployment, replicaSets);
  const old = replicaSets.filter((replicaSet) => replicaSet !== found);
  const turn = new Turn(deployment, found, old, nowMs);
  const paused = deployment.spec?.paused === true;
  if (isBeingDeleted(deployment)) return turn.finish('it is being deleted', 'counts');
  if (paused || (annotationsOf(deployment)[ROLLBACK_TO] === undefined && isScalingEvent(deployment, replicaSets))) {
    turn.size(planScaling(deployment, turn.newReplicaSet, old));
    if (paused) turn.dropOldRevisions();
    return turn.finish(paused ? 'the rollout is paused' : `its size changed to ${desiredOf(deployment)}`, 'counts');
  }
  if (annotationsOf(deployment)[ROLLBACK_TO] !== undefined) {
    return planRollback(deployment, found, old);
  }
  return isRollingUpdate(deployment) ? rollOut(turn) : recreate(turn, pods);
}

function rollOut(turn: Turn): DeploymentPlan {
  if (turn.newReplicaSet === undefined) {
    turn.create();
    return turn.finish('no ReplicaSet has its template yet', 'rollout');
  }
  turn.size(planRollingStep(turn.deployment, turn.newReplicaSet, turn.old));
  if (isComplete(turn.deployment, turn.deployment.status)) turn.dropOldRevisions();
  return turn.finish('rolling update', 'rollout');
}

function recreate(turn: Turn, pods: readonly V1Pod[]): DeploymentPlan {
  const active = turn.old.filter((replicaSet) => desiredOf(replicaSet) > 0);
  if (active.length > 0) {
    turn.size(active.map((replicaSet) => ({ replicaSet, to: 0, annotate: false })));
    return turn.finish('Recreate: the old pods go first', 'rollout');
  }
  const isNew = (pod: V1Pod): boolean =>
    pod.metadata?.ownerReferences?.some((owner) => owner.uid === turn.newReplicaSet?.metadata?.uid) ?? false;
  if (sumStatus(turn.old, 'replicas') > 0 || pods.some((pod) => !isNew(pod) && !isPodFinished(pod))) {
    return turn.finish('Recreate: waiting until the old pods are gone', 'rollout');
  }
  if (turn.newReplicaSet === undefined) {
    turn.create();
    return turn.finish('Recreate: the old pods are gone', 'rollout');
  }
  const to = desiredOf(turn.deployment);
  turn.size([{ replicaSet: turn.newReplicaSet, to, annotate: false }]);
  if (isComplete(turn.deployment, turn.deployment.status)) turn.dropOldRevisions();
  return turn.finish('Recreate', 'rollout');
}

/** Collects a turn's actions and the picture that its status is counted from. Lives inside one call of `planDeployment`. */
class Turn {
  readonly deployment: V1Deployment;
  readonly old: readonly V1ReplicaSet[];
  readonly #nowMs: number;
  readonly #actions: DeploymentAction[] = [];
  readonly #words: string[] = [];
  #newReplicaSet: V1ReplicaSet | undefined;
  /** The new ReplicaSet's annotations or minReadySeconds are not what they should be. */
  #newIsStale = false;
  #revision: string | undefined;
  #conditions: Conditions;

  constructor(deployment: V1Deployment, found: V1ReplicaSet | undefined, old: readonly V1ReplicaSet[], nowMs: number) {
    this.deployment = deployment;
    this.old = old;
    this.#nowMs = nowMs;
    this.#conditions = isBeingDeleted(deployment)
      ? (deployment.status?.conditions ?? [])
      : pausedConditions(deployment, nowMs);
    this.#newReplicaSet = found;
    if (found !== undefined) this.#refresh(found);
  }

  get newReplicaSet(): V1ReplicaSet | undefined {
    return this.#newReplicaSet;
  }

  create(): void {
    const { deployment } = this;
    const hash = templateHash(deployment.spec?.template, deployment.status?.collisionCount);
    const to = newReplicaSetSize(deployment, this.old, 0);
    const revision = maxRevision(this.old) + 1;
    const replicaSet = newReplicaSet(deployment, hash, to, revision);
    const message = `Scaled up replica set ${nameOf(replicaSet)} from 0 to ${to}`;
    const event = { type: 'Normal', reason: 'ScalingReplicaSet', message } as const;
    this.#actions.push({ type: 'create-replica-set', replicaSet, ...(to > 0 ? { event } : {}) });
    this.#words.push(`created ReplicaSet ${nameOf(replicaSet)} for ${to} pods`);
    this.#newReplicaSet = replicaSet;
    this.#revision = String(revision);
    if (progressDeadlineMs(deployment) !== undefined) {
      const created = `Created new replica set "${nameOf(replicaSet)}"`;
      this.#condition('True', 'NewReplicaSetCreated', created);
    }
  }

  size(sizings: readonly Sizing[]): void {
    for (const { replicaSet, to, annotate } of sizings) {
      const from = desiredOf(replicaSet);
      const isNew = replicaSet === this.#newReplicaSet;
      const annotations = { ...annotationsOf(replicaSet), ...sizeAnnotations(this.deployment) };
      if (from === to && !(annotate && !semanticEqual(annotations, annotationsOf(replicaSet)))) continue;
      const next = {
        ...replicaSet,
        metadata: { ...replicaSet.metadata, annotations },
        spec: replicaSet.spec === undefined ? undefined : { ...replicaSet.spec, replicas: to },
      };
      const verb = to > from ? 'up' : 'down';
      const message = `Scaled ${verb} replica set ${nameOf(replicaSet)} from ${from} to ${to}`;
      const event = { type: 'Normal', reason: 'ScalingReplicaSet', message } as const;
      this.#actions.push({ type: 'update-replica-set', replicaSet: next, ...(from === to ? {} : { event }) });
      if (from !== to) this.#words.push(`scaled ${nameOf(replicaSet)} ${verb} from ${from} to ${to}`);
      if (isNew) {
        this.#newReplicaSet = next;
        this.#newIsStale = false;
      }
    }
  }

  /** Deletes the oldest of the empty ReplicaSets beyond revisionHistoryLimit. */
  dropOldRevisions(): void {
    const limit = this.deployment.spec?.revisionHistoryLimit;
    if (limit === undefined || limit === 0x7fffffff) return;
    const candidates = this.old
      .filter((replicaSet) => !isBeingDeleted(replicaSet))
      .sort((a, b) => revisionOf(a) - revisionOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
    for (const replicaSet of candidates.slice(0, Math.max(0, candidates.length - limit))) {
      const seen = (replicaSet.status?.observedGeneration ?? 0) >= (replicaSet.metadata?.generation ?? 0);
      if (desiredOf(replicaSet) !== 0 || (replicaSet.status?.replicas ?? 0) !== 0 || !seen) continue;
      this.#actions.push({ type: 'delete-replica-set', replicaSet });
      this.#words.push(`deleted ${nameOf(replicaSet)}: more than ${limit} old revisions`);
    }
  }

  finish(reason: string, kind: 'counts' | 'rollout'): DeploymentPlan {
    const { deployment } = this;
    if (this.#newIsStale && this.#newReplicaSet !== undefined) {
      this.#actions.unshift({ type: 'update-replica-set', replicaSet: this.#newReplicaSet });
    }
    const all = this.#newReplicaSet === undefined ? this.old : [...this.old, this.#newReplicaSet];
    const make = kind === 'rollout' ? rolloutStatus : countStatus;
    const status: V1DeploymentStatus = make(deployment, all, this.#newReplicaSet, this.#conditions, this.#nowMs);
    const revision = this.#revision ?? annotationsOf(deployment)[REVISION];
    if (!semanticEqual(status, deployment.status) || revision !== annotationsOf(deployment)[REVISION]) {
      const annotations = { ...annotationsOf(deployment), ...(revision === undefined ? {} : { [REVISION]: revision }) };
      const metadata = { ...deployment.metadata, annotations };
      this.#actions.push({ type: 'update-status', deployment: { ...deployment, metadata, status } });
    }
    const checkInMs = kind === 'rollout' ? progressCheckInMs(deployment, status, this.#nowMs) : undefined;
    const words = this.#words.length === 0 ? `nothing to scale: ${reason}` : `${this.#words.join(', ')}: ${reason}`;
    return { actions: this.#actions, words, ...(checkInMs === undefined ? {} : { requeueAfterMs: checkInMs }) };
  }

  /** Brings the found ReplicaSet's annotations up to date, and notes the Deployment's revision. */
  #refresh(found: V1ReplicaSet): void {
    const { deployment } = this;
    const annotations = annotationsForNew(deployment, annotationsOf(found), maxRevision(this.old) + 1);
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
    const sameDelay = (found.spec?.minReadySeconds ?? 0) === minReadySeconds;
    this.#revision = annotations[REVISION];
    if (!semanticEqual(annotations, annotationsOf(found)) || !sameDelay) {
      this.#newReplicaSet = {
        ...found,
        metadata: { ...found.metadata, annotations },
        spec: found.spec === undefined ? undefined : { ...found.spec, minReadySeconds },
      };
      this.#newIsStale = true;
    }
    if (progressDeadlineMs(deployment) !== undefined && findCondition(this.#conditions, 'Progressing') === undefined) {
      this.#condition('True', 'FoundNewReplicaSet', `Found new replica set "${nameOf(found)}"`);
    }
  }

  #condition(status: string, reason: string, message: string): void {
    this.#conditions = setCondition(this.#conditions, 'Progressing', status, reason, message, this.#nowMs);
  }
}

/** The ReplicaSet for the Deployment's template. Its name follows from the template, so creating it twice is no harm. */
function newReplicaSet(deployment: V1Deployment, hash: string, replicas: number, revision: number): V1ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec ?? {};
  const labels = { ...template?.metadata?.labels, [POD_TEMPLATE_HASH]: hash };
  const name = nameOf(deployment).slice(0, 253 - 1 - hash.length);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      annotations: { ...annotationsForNew(deployment, {}, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [POD_TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  };
}
