/** A rollback asked for by annotation: the template of an old revision becomes the Deployment's again. Pure. */
import type { V1Deployment, V1PodTemplateSpec, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import { annotationsOf, nameOf } from '../runtime/metadata.ts';
import { POD_TEMPLATE_HASH, sameTemplate } from '../workload/pod-template.ts';
import type { DeploymentEvent, DeploymentPlan } from './deployment-plan.ts';
import { annotationsAfterRollback, ROLLBACK_TO, revisionOf } from './revisions.ts';

/** `0` means the revision before the newest. Whatever comes of it, the request is cleared. */
export function planRollback(
  deployment: V1Deployment,
  newReplicaSet: V1ReplicaSet | undefined,
  old: readonly V1ReplicaSet[],
): DeploymentPlan {
  const all = newReplicaSet === undefined ? old : [...old, newReplicaSet];
  const asked = Number(annotationsOf(deployment)[ROLLBACK_TO]);
  const revision = asked === 0 ? lastRevision(all) : asked;
  const target = all.find((replicaSet) => revision !== 0 && revisionOf(replicaSet) === revision);
  if (target === undefined) {
    const message = revision === 0 ? 'Unable to find last revision.' : 'Unable to find the revision to rollback to.';
    return clear(deployment, { type: 'Warning', reason: 'DeploymentRollbackRevisionNotFound', message });
  }
  if (sameTemplate(deployment.spec?.template, target.spec?.template)) {
    const message = `The rollback revision contains the same template as current deployment "${nameOf(deployment)}"`;
    return clear(deployment, { type: 'Warning', reason: 'DeploymentRollbackTemplateUnchanged', message });
  }
  const rolledBack: V1Deployment = {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: annotationsAfterRollback(deployment, target) },
    spec:
      deployment.spec === undefined
        ? undefined
        : { ...deployment.spec, template: withoutHash(target.spec?.template ?? {}) },
  };
  const message = `Rolled back deployment "${nameOf(deployment)}" to revision ${revision}`;
  return clear(rolledBack, { type: 'Normal', reason: 'DeploymentRollback', message });
}

function clear(deployment: V1Deployment, event: DeploymentEvent): DeploymentPlan {
  const annotations = { ...annotationsOf(deployment) };
  delete annotations[ROLLBACK_TO];
  const cleared = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  return { actions: [{ type: 'update-deployment', deployment: cleared, event }], words: event.message };
}

function lastRevision(all: readonly V1ReplicaSet[]): number {
  const revisions = all.map(revisionOf).sort((a, b) => b - a);
  return revisions[1] ?? 0;
}

function withoutHash(template: V1PodTemplateSpec): V1PodTemplateSpec {
  const labels = { ...template.metadata?.labels };
  delete labels[POD_TEMPLATE_HASH];
  return { ...template, metadata: { ...template.metadata, labels } };
}
