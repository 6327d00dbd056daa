/** What horizontal pod autoscalers may be told (pkg/apis/autoscaling/validation). */
import { quantityOf } from '../../../base/quantity.ts';
import type { V2HorizontalPodAutoscaler, V2HPAScalingRules } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkNonNegative, checkOneOf, MUST_BE_POSITIVE } from '../validation/formats.ts';
import { checkNonNegativeQuantity } from '../validation/resource-names.ts';
import { apiVersionComplaint, checkCrossReference, checkMetric, type ReferenceOptions } from './autoscaler-metrics.ts';

type Autoscaler = Filled<V2HorizontalPodAutoscaler>;

const STABILIZATION_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

/** Of objects that are measured; the core group's may be. */
const MEASURED: ReferenceOptions = { allowEmptyGroup: true, allowInvalidVersion: false };

export function validateAutoscaler(autoscaler: Autoscaler, old: Autoscaler | undefined, errors: FieldErrors): void {
  const { spec } = autoscaler;
  validateReplicas(spec, old?.spec.minReplicas === 0 ? 0 : 1, errors);
  checkCrossReference(spec.scaleTargetRef, targetOptions(spec, old?.spec), 'spec.scaleTargetRef', errors);
  validateMetrics(autoscaler, measuredOptions(old), errors);
  for (const way of ['scaleUp', 'scaleDown'] as const) {
    const rules = spec.behavior?.[way];
    if (rules !== undefined) validateRules(rules, `spec.behavior.${way}`, errors);
  }
}

function validateReplicas(spec: Autoscaler['spec'], lowerBound: number, errors: FieldErrors): void {
  const { minReplicas, maxReplicas } = spec;
  if (minReplicas !== undefined && minReplicas < lowerBound) {
    errors.invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${lowerBound}`);
  }
  if (maxReplicas === 0) errors.required('spec.maxReplicas', 'must be set and greater than 0');
  else if (maxReplicas < 0) errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1');
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
}

function targetOptions(spec: Autoscaler['spec'], old: Autoscaler['spec'] | undefined): ReferenceOptions {
  const { apiVersion, kind } = spec.scaleTargetRef;
  const isOld = old?.scaleTargetRef.apiVersion === apiVersion && old?.scaleTargetRef.kind === kind;
  return { allowInvalidVersion: isOld, allowEmptyGroup: !isOld && kind === 'ReplicationController' };
}

function measuredOptions(old: Autoscaler | undefined): ReferenceOptions {
  const hadInvalid = (old?.spec.metrics ?? []).some(
    ({ type, object }) =>
      type === 'Object' && object !== undefined && apiVersionComplaint(object.describedObject, MEASURED) !== undefined,
  );
  return { ...MEASURED, allowInvalidVersion: hadInvalid };
}

function validateMetrics({ spec }: Autoscaler, options: ReferenceOptions, errors: FieldErrors): void {
  const metrics = spec.metrics ?? [];
  for (const [index, metric] of metrics.entries()) checkMetric(metric, options, `spec.metrics[${index}]`, errors);
  const canWake = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (spec.minReplicas === 0 && !canWake) {
    const message = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.forbidden('spec.metrics', message);
  }
}

function validateRules(rules: V2HPAScalingRules, path: string, errors: FieldErrors): void {
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies = [], tolerance } = rules;
  const secondsPath = `${path}.stabilizationWindowSeconds`;
  if (seconds !== undefined && seconds < 0) {
    errors.invalid(secondsPath, seconds, 'must be greater than or equal to zero');
  }
  if (seconds !== undefined && seconds > STABILIZATION_SECONDS_MAX) {
    errors.invalid(secondsPath, seconds, `must be less than or equal to ${STABILIZATION_SECONDS_MAX}`);
  }
  if (selectPolicy !== undefined) checkOneOf(selectPolicy, ['Disabled', 'Max', 'Min'], `${path}.selectPolicy`, errors);
  if (policies.length === 0) errors.required(`${path}.policies`, 'must specify at least one Policy');
  for (const [index, { type, value, periodSeconds }] of policies.entries()) {
    const at = `${path}.policies[${index}]`;
    checkOneOf(type, ['Percent', 'Pods'], `${at}.type`, errors);
    if (value <= 0) errors.invalid(`${at}.value`, value, MUST_BE_POSITIVE);
    if (periodSeconds <= 0) errors.invalid(`${at}.periodSeconds`, periodSeconds, MUST_BE_POSITIVE);
    if (periodSeconds > PERIOD_SECONDS_MAX) {
      errors.invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${PERIOD_SECONDS_MAX}`);
    }
  }
  if (tolerance !== undefined) checkNonNegativeQuantity(quantityOf(tolerance), `${path}.tolerance`, errors);
}

export function validateAutoscalerStatus({ status }: Autoscaler, errors: FieldErrors): void {
  checkNonNegative(status.currentReplicas, 'status.currentReplicas', errors);
  checkNonNegative(status.desiredReplicas, 'status.desiredReplicas', errors);
}
