/** What daemon sets must be (pkg/apis/apps/validation: ValidateDaemonSet …). */
import type {
  V1DaemonSet,
  V1DaemonSetUpdateStrategy,
  V1RollingUpdateDaemonSet,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkNonNegative } from '../validation/formats.ts';
import { checkImmutableModel } from '../validation/immutability.ts';
import { checkAtMostAll, checkIntOrPercent } from '../validation/int-or-percent.ts';
import { internalForm, selectorForm } from '../validation/internal-form.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { checkPodTemplate } from '../validation/pod-template.ts';
import { isNone } from './deployment-validation.ts';
import {
  checkCollisions,
  checkCounts,
  checkEndless,
  checkTemplateLabels,
  isEmpty,
  isWellFormed,
} from './workload-validation.ts';

type DaemonSet = Filled<V1DaemonSet>;

export function checkDaemonSet({ spec }: DaemonSet, errors: FieldErrors): void {
  const { selector, template } = spec;
  checkLabelSelector(selector, 'spec.selector', errors);
  if (isWellFormed(selector)) checkTemplateLabels(selector, template, 'spec.template', errors);
  if (selector !== undefined && isEmpty(selector)) {
    errors.invalid('spec.selector', selectorForm(selector), 'empty selector is invalid for daemonset');
  }
  checkPodTemplate(template, 'spec.template', errors);
  checkEndless(template, 'DaemonSet', 'spec.template', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy', errors);
  checkNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
}

function checkStrategy(strategy: V1DaemonSetUpdateStrategy, path: string, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  if (type === 'OnDelete') return;
  if (type !== 'RollingUpdate') {
    errors.notSupported(path, internalForm('DaemonSetUpdateStrategy', strategy), ['RollingUpdate', 'OnDelete']);
  } else if (rollingUpdate === undefined) errors.required(`${path}.rollingUpdate`);
  else checkRollingUpdate(rollingUpdate, `${path}.rollingUpdate`, errors);
}

/** A node's pod is replaced either before or after the old one goes. */
function checkRollingUpdate(rolling: V1RollingUpdateDaemonSet, path: string, errors: FieldErrors): void {
  const { maxUnavailable = 0, maxSurge = 0 } = rolling;
  checkIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkIntOrPercent(maxSurge, `${path}.maxSurge`, errors);
  checkAtMostAll(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkAtMostAll(maxSurge, `${path}.maxSurge`, errors);
  if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    errors.invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero');
  } else if (isNone(maxUnavailable) && isNone(maxSurge)) {
    errors.required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
  }
}

export function checkDaemonSetUpdate(set: DaemonSet, old: DaemonSet, errors: FieldErrors): void {
  checkImmutableModel(
    'V1LabelSelector',
    set.spec.selector,
    old.spec.selector,
    'spec.selector',
    errors,
    selectorForm(set.spec.selector),
  );
  checkDaemonSet(set, errors);
}

export function checkDaemonSetStatusUpdate({ status }: DaemonSet, old: DaemonSet, errors: FieldErrors): void {
  checkCounts(status, ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled'], errors);
  checkCounts(status, ['numberReady', 'observedGeneration', 'updatedNumberScheduled', 'numberAvailable'], errors);
  checkCounts(status, ['numberUnavailable', 'collisionCount'], errors);
  checkCollisions(status, old.status, errors);
}
