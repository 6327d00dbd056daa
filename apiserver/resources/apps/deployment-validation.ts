/** What deployments must be (pkg/apis/apps/validation: ValidateDeployment …). */
import type { V1Deployment, V1DeploymentSpec, V1DeploymentStrategy } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkNonNegative } from '../validation/formats.ts';
import { checkImmutableModel } from '../validation/immutability.ts';
import { checkAtMostAll, checkIntOrPercent, type IntOrPercent, percentOf } from '../validation/int-or-percent.ts';
import { internalForm, selectorForm } from '../validation/internal-form.ts';
import {
  checkAtMost,
  checkCollisions,
  checkCounts,
  checkOwnSelector,
  checkReplicatedTemplate,
} from './workload-validation.ts';

type Deployment = Filled<V1Deployment>;

export function checkDeployment({ spec }: Deployment, errors: FieldErrors): void {
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  checkOwnSelector(spec.selector, 'deployment', 'spec.selector', errors);
  checkReplicatedTemplate(spec.selector, spec.template, 'spec', errors);
  checkStrategy(spec.strategy ?? {}, 'spec.strategy', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  checkProgressDeadline(spec, 'spec.progressDeadlineSeconds', errors);
}

function checkProgressDeadline(spec: V1DeploymentSpec, path: string, errors: FieldErrors): void {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  checkNonNegative(deadline, path, errors);
  if (deadline !== undefined && deadline <= minReadySeconds) {
    errors.invalid(path, deadline, 'must be greater than minReadySeconds');
  }
}

function checkStrategy(strategy: V1DeploymentStrategy, path: string, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined) {
      errors.forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
    }
  } else if (type !== 'RollingUpdate') {
    errors.notSupported(path, internalForm('DeploymentStrategy', strategy), ['Recreate', 'RollingUpdate']);
  } else {
    const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
    const at = `${path}.rollingUpdate`;
    checkIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, errors);
    checkIntOrPercent(maxSurge, `${at}.maxSurge`, errors);
    if (isNone(maxUnavailable) && isNone(maxSurge)) {
      errors.invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
    }
    checkAtMostAll(maxUnavailable, `${at}.maxUnavailable`, errors);
  }
}

/** Zero, be it a share; what is neither a number nor a share counts as zero. */
export function isNone(value: IntOrPercent): boolean {
  return (percentOf(value) ?? (Number.parseInt(String(value), 10) || 0)) === 0;
}

export function checkDeploymentUpdate(deployment: Deployment, old: Deployment, errors: FieldErrors): void {
  checkDeployment(deployment, errors);
  checkImmutableModel(
    'V1LabelSelector',
    deployment.spec.selector,
    old.spec.selector,
    'spec.selector',
    errors,
    selectorForm(deployment.spec.selector),
  );
}

export function checkDeploymentStatusUpdate({ status }: Deployment, old: Deployment, errors: FieldErrors): void {
  checkCounts(status, ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas'], errors);
  checkCounts(status, ['availableReplicas', 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'], errors);
  const { replicas = 0, readyReplicas = 0 } = status;
  const parts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
  checkAtMost(status, parts, replicas, 'status.replicas', errors);
  checkAtMost(status, ['availableReplicas'], readyReplicas, 'readyReplicas', errors);
  checkCollisions(status, old.status, errors);
}
