/** Horizontal pod autoscalers: how many replicas, by what is measured. Served as v2, which is stored, and as v1. */
import type {
  V1HorizontalPodAutoscaler,
  V2HorizontalPodAutoscaler,
  V2HPAScalingRules,
} from '../../../generated/kubernetes.d.ts';
import type { KubeObject } from '../../machinery/resource-row.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { toWireForm } from '../wire-form.ts';
import { autoscalerTable } from './autoscaler-table.ts';
import {
  cpuUtilization,
  DEFAULT_CPU_UTILIZATION,
  dropRoundTripAnnotations,
  fromV2,
  toV2,
} from './autoscaler-v1-conversion.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation.ts';

type Autoscaler = Filled<V2HorizontalPodAutoscaler>;

const MODEL = 'V2HorizontalPodAutoscaler';
const PERIOD_SECONDS = 15;

function setDefaults({ metadata, spec }: Autoscaler): void {
  dropRoundTripAnnotations(metadata);
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) spec.metrics = [cpuUtilization(DEFAULT_CPU_UTILIZATION)];
  if (spec.behavior === undefined) return;
  spec.behavior.scaleUp = {
    ...rulesOf([
      ['Pods', 4],
      ['Percent', 100],
    ]),
    stabilizationWindowSeconds: 0,
    ...spec.behavior.scaleUp,
  };
  spec.behavior.scaleDown = { ...rulesOf([['Percent', 100]]), ...spec.behavior.scaleDown };
}

function rulesOf(policies: readonly (readonly [type: string, value: number])[]): V2HPAScalingRules {
  return {
    selectPolicy: 'Max',
    policies: policies.map(([type, value]) => ({ type, value, periodSeconds: PERIOD_SECONDS })),
  };
}

const shared = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
} as const;

export const horizontalPodAutoscalerRow = defineRow<V2HorizontalPodAutoscaler>({
  ...shared,
  version: 'v2',
  model: MODEL,
  strategy: {
    defaults: setDefaults,
    prepareForCreate(autoscaler) {
      autoscaler.status = { desiredReplicas: 0 };
    },
    prepareForUpdate: (autoscaler, old) => keepField(autoscaler, old, 'status'),
    validate: (autoscaler, errors) => validateAutoscaler(autoscaler, undefined, errors),
    validateUpdate: validateAutoscaler,
  },
  table: autoscalerTable,
  subresources: {
    status: statusPart<V2HorizontalPodAutoscaler>(MODEL, {
      defaults: setDefaults,
      validateUpdate: (autoscaler, _old, errors) => validateAutoscalerStatus(autoscaler, errors),
    }),
  },
});

/** A v1 object as it is stored. */
function stored(object: KubeObject): KubeObject {
  const autoscaler = toV2(object);
  toWireForm(MODEL, autoscaler);
  setDefaults(autoscaler as unknown as Autoscaler);
  return autoscaler;
}

function shown(object: KubeObject): KubeObject {
  const autoscaler = fromV2(object);
  toWireForm('V1HorizontalPodAutoscaler', autoscaler);
  return autoscaler;
}

export const horizontalPodAutoscalerV1Row = defineRow<V1HorizontalPodAutoscaler>({
  ...shared,
  version: 'v1',
  model: 'V1HorizontalPodAutoscaler',
  conversion: { fromStored: shown, toStored: stored },
  strategy: {
    defaults({ spec }) {
      spec.minReplicas ??= 1;
    },
  },
  table: {
    columns: autoscalerTable.columns,
    cells: (autoscaler, nowMs) =>
      autoscalerTable.cells(stored(autoscaler as unknown as KubeObject) as unknown as Autoscaler, nowMs),
  },
  // Writes happen on what is stored, by its own rules.
  subresources: horizontalPodAutoscalerRow.subresources,
});
