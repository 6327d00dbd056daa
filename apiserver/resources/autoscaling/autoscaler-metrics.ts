/** What horizontal pod autoscalers may measure (pkg/apis/autoscaling/validation: validateMetricSpec …). */
import { quantityOf } from '../../../base/quantity.ts';
import type {
  V2ContainerResourceMetricSource,
  V2CrossVersionObjectReference,
  V2ExternalMetricSource,
  V2MetricIdentifier,
  V2MetricSpec,
  V2MetricTarget,
  V2ObjectMetricSource,
  V2PodsMetricSource,
  V2ResourceMetricSource,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { pathSegmentComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkLabel } from '../validation/formats.ts';
import { checkPathSegment } from '../validation/references.ts';
import { checkContainerResourceName } from '../validation/resource-names.ts';

export interface ReferenceOptions {
  /** The core group is meant. */
  readonly allowEmptyGroup: boolean;
  /** It was stored under older rules. */
  readonly allowInvalidVersion: boolean;
}

export function checkCrossReference(
  reference: V2CrossVersionObjectReference,
  options: ReferenceOptions,
  path: string,
  errors: FieldErrors,
): void {
  checkPathSegment(reference.kind, `${path}.kind`, errors);
  checkPathSegment(reference.name, `${path}.name`, errors);
  const complaint = apiVersionComplaint(reference, options);
  if (complaint !== undefined) errors.invalid(`${path}.apiVersion`, reference.apiVersion ?? '', complaint);
}

export function apiVersionComplaint(
  { apiVersion = '' }: V2CrossVersionObjectReference,
  { allowEmptyGroup, allowInvalidVersion }: ReferenceOptions,
): string | undefined {
  if (allowInvalidVersion) return undefined;
  const parts = apiVersion.split('/');
  if (apiVersion !== '/' && parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const hasGroup = parts.length === 2 && parts[0] !== '';
  return hasGroup || allowEmptyGroup ? undefined : 'apiVersion must specify API group';
}

/** A type of metric: the field that holds it, and how it is judged. */
interface MetricKind {
  readonly type: string;
  readonly field: Exclude<keyof V2MetricSpec, 'type'>;
}

/** In the order in which they are looked at. */
const KINDS: readonly MetricKind[] = [
  { type: 'Object', field: 'object' },
  { type: 'External', field: 'external' },
  { type: 'Pods', field: 'pods' },
  { type: 'Resource', field: 'resource' },
  { type: 'ContainerResource', field: 'containerResource' },
];

const TYPES = KINDS.map(({ type }) => type).sort();

export function checkMetric(metric: V2MetricSpec, options: ReferenceOptions, path: string, errors: FieldErrors): void {
  if (metric.type === '') errors.required(`${path}.type`, 'must specify a metric source type');
  const refuseType = (): void => errors.notSupported(`${path}.type`, metric.type, TYPES);
  const kind = KINDS.find(({ type }) => type === metric.type);
  if (kind === undefined) refuseType();
  const present = KINDS.filter(({ field }) => metric[field] !== undefined).map(({ field }) => field);
  // Only the first one is looked into; the others are too many.
  if (present[0] !== undefined) checkSource(metric, present[0], options, path, errors);
  if (kind === undefined) refuseType();
  else if (metric[kind.field] === undefined) {
    errors.required(`${path}.${kind.field}`, 'must populate information for the given metric source');
  }
  if (present.length === 1) return;
  for (const field of present) {
    if (field !== kind?.field) errors.forbidden(`${path}.${field}`, 'must populate the given metric source only');
  }
}

function checkSource(
  metric: V2MetricSpec,
  field: MetricKind['field'],
  options: ReferenceOptions,
  metricPath: string,
  errors: FieldErrors,
): void {
  const path = `${metricPath}.${field}`;
  const { object, external, pods, resource, containerResource } = metric;
  if (field === 'object' && object !== undefined) checkObject(object, options, path, errors);
  if (field === 'external' && external !== undefined) checkExternal(external, path, errors);
  if (field === 'pods' && pods !== undefined) checkPods(pods, path, errors);
  if (field === 'resource' && resource !== undefined) checkResource(resource, path, errors);
  if (field === 'containerResource' && containerResource !== undefined) {
    checkContainerResource(containerResource, path, errors);
  }
}

function checkObject(source: V2ObjectMetricSource, options: ReferenceOptions, path: string, errors: FieldErrors): void {
  const { value, averageValue } = source.target;
  checkCrossReference(source.describedObject, options, `${path}.describedObject`, errors);
  checkIdentifier(source.metric, `${path}.metric`, errors);
  checkTarget(source.target, `${path}.target`, errors);
  if (value !== undefined || averageValue !== undefined) return;
  errors.required(`${path}.target.averageValue`, 'must set either a target value or averageValue');
}

function checkExternal({ metric, target }: V2ExternalMetricSource, path: string, errors: FieldErrors): void {
  const { value, averageValue } = target;
  checkIdentifier(metric, `${path}.metric`, errors);
  checkTarget(target, `${path}.target`, errors);
  if (value === undefined && averageValue === undefined) {
    const message = 'must set either a target value for metric or a per-pod target';
    errors.required(`${path}.target.averageValue`, message);
  }
  if (value !== undefined && averageValue !== undefined) {
    const message = 'may not set both a target value for metric and a per-pod target';
    errors.forbidden(`${path}.target.value`, message);
  }
}

function checkPods({ metric, target }: V2PodsMetricSource, path: string, errors: FieldErrors): void {
  checkIdentifier(metric, `${path}.metric`, errors);
  checkTarget(target, `${path}.target`, errors);
  if (target.averageValue === undefined) {
    errors.required(`${path}.target.averageValue`, 'must specify a positive target averageValue');
  }
}

function checkResource({ name, target }: V2ResourceMetricSource, path: string, errors: FieldErrors): void {
  if (name === '') errors.required(`${path}.name`, 'must specify a resource name');
  checkResourceTarget(target, `${path}.target`, errors);
}

function checkContainerResource(source: V2ContainerResourceMetricSource, path: string, errors: FieldErrors): void {
  const { name, container, target } = source;
  if (name === '') errors.required(`${path}.name`, 'must specify a resource name');
  else checkContainerResourceName(name, `${path}.name`, errors);
  if (container === '') errors.required(`${path}.container`, 'must specify a container');
  else checkLabel(container, `${path}.container`, errors);
  checkResourceTarget(target, `${path}.target`, errors);
}

function checkResourceTarget(target: V2MetricTarget, path: string, errors: FieldErrors): void {
  const { averageUtilization, averageValue } = target;
  checkTarget(target, path, errors);
  if (averageUtilization === undefined && averageValue === undefined) {
    errors.required(`${path}.averageUtilization`, 'must set either a target raw value or a target utilization');
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    errors.forbidden(`${path}.averageValue`, 'may not set both a target raw value and a target utilization');
  }
}

function checkTarget(target: V2MetricTarget, path: string, errors: FieldErrors): void {
  const { type, averageUtilization } = target;
  if (type === '') errors.required(`${path}.type`, 'must specify a metric target type');
  if (type !== 'Utilization' && type !== 'Value' && type !== 'AverageValue') {
    errors.invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue');
  }
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target[field];
    if (amount !== undefined && quantityOf(amount).sign <= 0) {
      errors.invalid(`${path}.${field}`, amount, 'must be positive');
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0');
  }
}

function checkIdentifier({ name }: V2MetricIdentifier, path: string, errors: FieldErrors): void {
  if (name === '') errors.required(`${path}.name`, 'must specify a metric name');
  else addInvalid(errors, `${path}.name`, name, pathSegmentComplaints(name));
}
