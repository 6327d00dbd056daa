/** The table of horizontal pod autoscalers (pkg/printers/internalversion: printHorizontalPodAutoscaler). */
import type {
  V2HorizontalPodAutoscaler,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from '../../../generated/kubernetes.d.ts';
import type { Filled, KindTable } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';

const UNKNOWN = '<unknown>';
const METRICS_SHOWN_MAX = 2;

/** What is measured now, and what it should be. */
function formatMetric(metric: V2MetricSpec, status: V2MetricStatus | undefined): string {
  const { object, external, pods, resource, containerResource } = metric;
  switch (metric.type) {
    case 'External':
      return formatValue(external?.target, status?.external?.current);
    case 'Object':
      return formatValue(object?.target, status?.object?.current);
    case 'Pods':
      return `${formatCurrent(status?.pods?.current)}/${pods?.target.averageValue ?? '<nil>'}`;
    case 'Resource':
      return formatResource(resource, status?.resource?.current);
    case 'ContainerResource':
      return formatResource(containerResource, status?.containerResource?.current);
    default:
      return '<unknown type>';
  }
}

function formatCurrent(current: V2MetricValueStatus | undefined): string {
  return current === undefined ? UNKNOWN : (current.averageValue ?? '<nil>');
}

function formatValue(target: V2MetricTarget | undefined, current: V2MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  }
  return `${current === undefined ? UNKNOWN : (current.value ?? '<nil>')}/${target?.value ?? '<nil>'}`;
}

function formatResource(
  source: { readonly name: string; readonly target: V2MetricTarget } | undefined,
  current: V2MetricValueStatus | undefined,
): string {
  const { averageValue, averageUtilization } = source?.target ?? {};
  if (averageValue !== undefined) return `${source?.name}: ${formatCurrent(current)}/${averageValue}`;
  const now = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  return `${source?.name}: ${now}/${averageUtilization === undefined ? '<auto>' : `${averageUtilization}%`}`;
}

function formatMetrics({ spec, status }: Filled<V2HorizontalPodAutoscaler>): string {
  const all = (spec.metrics ?? []).map((metric, index) => formatMetric(metric, status.currentMetrics?.[index]));
  if (all.length === 0) return '<none>';
  const shown = all.slice(0, METRICS_SHOWN_MAX).join(', ');
  return all.length > METRICS_SHOWN_MAX ? `${shown} + ${all.length - METRICS_SHOWN_MAX} more...` : shown;
}

export const autoscalerTable: KindTable<V2HorizontalPodAutoscaler> = {
  columns: [
    nameColumn,
    textColumn(
      'Reference',
      'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
    ),
    textColumn('Targets', fieldDoc('V2HorizontalPodAutoscalerSpec.metrics')),
    textColumn('MinPods', fieldDoc('V2HorizontalPodAutoscalerSpec.minReplicas')),
    textColumn('MaxPods', fieldDoc('V2HorizontalPodAutoscalerSpec.maxReplicas')),
    textColumn('Replicas', fieldDoc('V2HorizontalPodAutoscalerStatus.currentReplicas')),
    ageColumn,
  ],
  cells(autoscaler, nowMs) {
    const { spec, status } = autoscaler;
    return [
      nameOf(autoscaler),
      `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      formatMetrics(autoscaler),
      String(spec.minReplicas ?? '<unset>'),
      spec.maxReplicas,
      status.currentReplicas ?? 0,
      ageOf(autoscaler, nowMs),
    ];
  },
};
