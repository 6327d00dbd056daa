/**
 * Metrics in the form that autoscaling/v1 keeps them in an annotation, and back (pkg/apis/autoscaling/v1/conversion.go).
 * Fields are in the order in which Go writes them; what is undefined is not written.
 */
import { quantityOf } from '../../../base/quantity.ts';
import type {
  V1LabelSelector,
  V2CrossVersionObjectReference,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from '../../../generated/kubernetes.d.ts';

type Reference = V2CrossVersionObjectReference;

interface ResourceV1 {
  name: string;
  targetAverageUtilization?: number | undefined;
  targetAverageValue?: string | undefined;
  container?: string;
}

export interface MetricSpecV1 {
  type: string;
  object?: {
    target: Reference;
    metricName: string;
    targetValue: string;
    selector?: V1LabelSelector | undefined;
    averageValue?: string | undefined;
  };
  pods?: { metricName: string; targetAverageValue: string; selector?: V1LabelSelector | undefined };
  resource?: ResourceV1;
  containerResource?: ResourceV1;
  external?: {
    metricName: string;
    metricSelector?: V1LabelSelector | undefined;
    targetValue?: string | undefined;
    targetAverageValue?: string | undefined;
  };
}

interface ResourceStatusV1 {
  name: string;
  currentAverageUtilization?: number | undefined;
  currentAverageValue: string;
  container?: string;
}

export interface MetricStatusV1 {
  type: string;
  object?: {
    target: Reference;
    metricName: string;
    currentValue: string;
    selector?: V1LabelSelector | undefined;
    averageValue?: string | undefined;
  };
  pods?: { metricName: string; currentAverageValue: string; selector?: V1LabelSelector | undefined };
  resource?: ResourceStatusV1;
  containerResource?: ResourceStatusV1;
  external?: {
    metricName: string;
    metricSelector?: V1LabelSelector | undefined;
    currentValue: string;
    currentAverageValue?: string | undefined;
  };
}

export function metricToV1({ type, object, pods, resource, containerResource, external }: V2MetricSpec): MetricSpecV1 {
  const metric: MetricSpecV1 = { type };
  if (object !== undefined) {
    metric.object = {
      target: reference(object.describedObject),
      metricName: object.metric.name,
      targetValue: object.target.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.target.averageValue,
    };
  }
  if (pods !== undefined) {
    const { name, selector } = pods.metric;
    metric.pods = { metricName: name, targetAverageValue: pods.target.averageValue ?? '0', selector };
  }
  if (resource !== undefined) metric.resource = resourceToV1(resource.name, resource.target);
  if (containerResource !== undefined) {
    const { name, target, container } = containerResource;
    metric.containerResource = { ...resourceToV1(name, target), container };
  }
  if (external !== undefined) {
    metric.external = {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    };
  }
  return metric;
}

function resourceToV1(name: string, { averageUtilization, averageValue }: V2MetricTarget): ResourceV1 {
  return { name, targetAverageUtilization: averageUtilization, targetAverageValue: averageValue };
}

function reference({ kind, name, apiVersion }: Reference): Reference {
  return { kind, name, ...(apiVersion ? { apiVersion } : {}) };
}

export function metricFromV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: MetricSpecV1): V2MetricSpec {
  const metric: V2MetricSpec = { type };
  if (object !== undefined) {
    const { averageValue, targetValue, target, metricName, selector } = object;
    const hasValue = averageValue === undefined || !quantityOf(targetValue).isZero;
    metric.object = {
      describedObject: target,
      metric: { name: metricName, selector },
      target: {
        type: averageValue === undefined ? 'Value' : 'AverageValue',
        value: hasValue ? targetValue : undefined,
        averageValue,
      },
    };
  }
  if (pods !== undefined) {
    const { metricName: name, selector, targetAverageValue: averageValue } = pods;
    metric.pods = { metric: { name, selector }, target: { type: 'AverageValue', averageValue } };
  }
  if (resource !== undefined) metric.resource = { name: resource.name, target: resourceTarget(resource) };
  if (containerResource !== undefined) {
    const { name, container = '' } = containerResource;
    metric.containerResource = { name, container, target: resourceTarget(containerResource) };
  }
  if (external !== undefined) {
    const {
      metricName: name,
      metricSelector: selector,
      targetValue: value,
      targetAverageValue: averageValue,
    } = external;
    const targetType = value === undefined ? 'AverageValue' : 'Value';
    metric.external = { metric: { name, selector }, target: { type: targetType, value, averageValue } };
  }
  return metric;
}

function resourceTarget({ targetAverageUtilization, targetAverageValue }: ResourceV1): V2MetricTarget {
  return {
    type: targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization',
    averageValue: targetAverageValue,
    averageUtilization: targetAverageUtilization,
  };
}

export function metricStatusToV1(status: V2MetricStatus): MetricStatusV1 {
  const { type, object, pods, resource, containerResource, external } = status;
  const metric: MetricStatusV1 = { type };
  if (object !== undefined) {
    metric.object = {
      target: reference(object.describedObject),
      metricName: object.metric.name,
      currentValue: object.current.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.current.averageValue,
    };
  }
  if (pods !== undefined) {
    const { name, selector } = pods.metric;
    metric.pods = { metricName: name, currentAverageValue: pods.current.averageValue ?? '0', selector };
  }
  if (resource !== undefined) metric.resource = resourceStatusToV1(resource.name, resource.current);
  if (containerResource !== undefined) {
    const { name, current, container } = containerResource;
    metric.containerResource = { ...resourceStatusToV1(name, current), container };
  }
  if (external !== undefined) {
    metric.external = {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      currentValue: external.current.value ?? '0',
      currentAverageValue: external.current.averageValue,
    };
  }
  return metric;
}

function resourceStatusToV1(name: string, current: V2MetricValueStatus): ResourceStatusV1 {
  const { averageUtilization, averageValue = '0' } = current;
  return { name, currentAverageUtilization: averageUtilization, currentAverageValue: averageValue };
}

export function metricStatusFromV1(status: MetricStatusV1): V2MetricStatus {
  const { type, object, pods, resource, containerResource, external } = status;
  const metric: V2MetricStatus = { type };
  if (object !== undefined) {
    metric.object = {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      current: { value: object.currentValue, averageValue: object.averageValue },
    };
  }
  if (pods !== undefined) {
    const { metricName: name, selector, currentAverageValue: averageValue } = pods;
    metric.pods = { metric: { name, selector }, current: { averageValue } };
  }
  if (resource !== undefined) metric.resource = { name: resource.name, current: resourceCurrent(resource) };
  if (containerResource !== undefined) {
    const { name, container = '' } = containerResource;
    metric.containerResource = { name, container, current: resourceCurrent(containerResource) };
  }
  if (external !== undefined) {
    const { metricName: name, metricSelector: selector, currentValue: value, currentAverageValue } = external;
    metric.external = { metric: { name, selector }, current: { value, averageValue: currentAverageValue } };
  }
  return metric;
}

function resourceCurrent({ currentAverageUtilization, currentAverageValue }: ResourceStatusV1): V2MetricValueStatus {
  return { averageValue: currentAverageValue, averageUtilization: currentAverageUtilization };
}
