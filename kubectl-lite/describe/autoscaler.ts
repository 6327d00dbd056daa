/** `describe hpa`. */
import { canonicalQuantity } from '../../base/quantity.ts';
import type {
  V2HorizontalPodAutoscaler,
  V2HPAScalingRules,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from '../../generated/kubernetes.d.ts';
import { described, goTime, head } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

export function describeAutoscaler(w: PrefixWriter, { metadata, spec, status }: V2HorizontalPodAutoscaler): void {
  head(w, metadata);
  described(w, metadata);
  w.line(0, `CreationTimestamp:\t${goTime(metadata?.creationTimestamp)}`);
  w.line(0, `Reference:\t${spec?.scaleTargetRef.kind ?? ''}/${spec?.scaleTargetRef.name ?? ''}`);
  w.line(0, 'Metrics:\t( current / target )');
  for (const [at, metric] of (spec?.metrics ?? []).entries()) metricLine(w, metric, status?.currentMetrics?.[at]);
  w.line(0, `Min replicas:\t${spec?.minReplicas ?? '<unset>'}`).line(0, `Max replicas:\t${spec?.maxReplicas ?? 0}`);
  if (spec?.behavior !== undefined) {
    w.line(0, 'Behavior:');
    direction(w, 'Scale Up', spec.behavior.scaleUp);
    direction(w, 'Scale Down', spec.behavior.scaleDown);
  }
  w.line(
    0,
    `${spec?.scaleTargetRef.kind ?? ''} pods:\t${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`,
  );
  if ((status?.conditions?.length ?? 0) === 0) return;
  w.line(0, 'Conditions:').line(1, 'Type\tStatus\tReason\tMessage').line(1, '----\t------\t------\t-------');
  for (const { type, status: value, reason = '', message = '' } of status?.conditions ?? [])
    w.line(1, `${type}\t${value}\t${reason}\t${message}`);
}

const quantity = (text: string | undefined): string => (text === undefined ? '<nil>' : canonicalQuantity(text));

function metricLine(w: PrefixWriter, metric: V2MetricSpec, current: V2MetricStatus | undefined): void {
  const { external, pods, object, resource, containerResource } = metric;
  if (metric.type === 'External' && external !== undefined) {
    const name = JSON.stringify(external.metric.name);
    const now = current?.external?.current;
    if (external.target.averageValue !== undefined)
      w.line(
        1,
        `${name} (target average value):\t${now?.averageValue === undefined ? '<unknown>' : quantity(now.averageValue)} / ${quantity(external.target.averageValue)}`,
      );
    else
      w.line(
        1,
        `${name} (target value):\t${now === undefined ? '<unknown>' : quantity(now.value)} / ${quantity(external.target.value)}`,
      );
  } else if (metric.type === 'Pods' && pods !== undefined) {
    const now = current?.pods?.current;
    w.line(
      1,
      `${JSON.stringify(pods.metric.name)} on pods:\t${now === undefined ? '<unknown>' : quantity(now.averageValue)} / ${quantity(pods.target.averageValue)}`,
    );
  } else if (metric.type === 'Object' && object !== undefined) {
    const now = current?.object?.current;
    const average = object.target.type === 'AverageValue';
    const shown = now === undefined ? '<unknown>' : quantity(average ? now.averageValue : now.value);
    const target = quantity(average ? object.target.averageValue : object.target.value);
    w.line(
      1,
      `"${object.metric.name}" on ${object.describedObject.kind}/${object.describedObject.name} (target ${average ? 'average ' : ''}value):\t${shown} / ${target}`,
    );
  } else if (metric.type === 'Resource' && resource !== undefined)
    resourceLine(w, `resource ${resource.name} on pods`, resource.target, current?.resource?.current);
  else if (metric.type === 'ContainerResource' && containerResource !== undefined)
    resourceLine(
      w,
      `resource ${containerResource.name} of container "${containerResource.container}" on pods`,
      containerResource.target,
      current?.containerResource?.current,
    );
  else w.line(1, `<unknown metric type ${JSON.stringify(metric.type)}>`);
}

function resourceLine(
  w: PrefixWriter,
  title: string,
  target: V2MetricTarget,
  now: V2MetricValueStatus | undefined,
): void {
  if (target.averageValue !== undefined) {
    w.line(
      1,
      `${title}:\t${now === undefined ? '<unknown>' : quantity(now.averageValue)} / ${quantity(target.averageValue)}`,
    );
    return;
  }
  const current =
    now?.averageUtilization === undefined ? '<unknown>' : `${now.averageUtilization}% (${quantity(now.averageValue)})`;
  const wanted = target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  w.line(1, `${title}  (as a percentage of request):\t${current} / ${wanted}`);
}

function direction(w: PrefixWriter, title: string, rules: V2HPAScalingRules | undefined): void {
  if (rules === undefined) return;
  w.line(1, `${title}:`);
  if (rules.stabilizationWindowSeconds !== undefined)
    w.line(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`);
  if ((rules.policies?.length ?? 0) === 0) return;
  w.line(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}`).line(2, 'Policies:');
  for (const { type, value, periodSeconds } of rules.policies ?? [])
    w.line(3, `- Type: ${type}\tValue: ${value}\tPeriod: ${periodSeconds} seconds`);
}
