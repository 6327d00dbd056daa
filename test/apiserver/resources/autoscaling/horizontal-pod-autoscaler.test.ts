import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../../../apiserver/machinery/copy-value.ts';
import type { KubeObject } from '../../../../apiserver/machinery/resource-row.ts';
import {
  horizontalPodAutoscalerRow as row,
  horizontalPodAutoscalerV1Row as rowV1,
} from '../../../../apiserver/resources/autoscaling/horizontal-pod-autoscaler.ts';
import { cellsOf, created, defaulted, refused, updateRefused } from '../row-fixture.ts';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const spec = { scaleTargetRef, maxReplicas: 3 };
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const metric = (each: object): object => ({ ...spec, metrics: [each] });

function stored(object: object): KubeObject {
  const converted = rowV1.conversion?.toStored(defaulted(rowV1, object));
  if (converted === undefined) throw new Error('no conversion');
  return converted;
}

function shown(object: object): KubeObject {
  const converted = rowV1.conversion?.fromStored(deepFreeze(defaulted(row, object)) as KubeObject);
  if (converted === undefined) throw new Error('no conversion');
  return converted;
}

describe('horizontal pod autoscalers', () => {
  it('keep at least one, by the use of CPU', () => {
    expect(created(row, { spec })).toMatchObject({ spec: { ...spec, minReplicas: 1, metrics: [cpu(80)] } });
  });

  it('fill in how fast they scale, when something is said of it', () => {
    const behavior = { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } };
    expect(defaulted(row, { spec: { ...spec, behavior } }).spec).toMatchObject({
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [
            { type: 'Pods', value: 4, periodSeconds: 15 },
            { type: 'Percent', value: 100, periodSeconds: 15 },
          ],
        },
        scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      },
    });
  });

  it.each([
    ['a good one', spec, []],
    [
      'no most',
      { scaleTargetRef },
      [
        'spec.maxReplicas: Required value: must be set and greater than 0',
        'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
      ],
    ],
    [
      'fewer than none',
      { scaleTargetRef, minReplicas: 0, maxReplicas: -1 },
      [
        'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
        'spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1',
        'spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`',
        'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
      ],
    ],
    [
      'a target of no group',
      { maxReplicas: 1, scaleTargetRef: { apiVersion: 'v1', kind: 'Deployment', name: '' } },
      [
        'spec.scaleTargetRef.name: Required value',
        'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
      ],
    ],
    ['a replication controller', { ...spec, scaleTargetRef: { kind: 'ReplicationController', name: 'web' } }, []],
    [
      'a version of three parts',
      { ...spec, scaleTargetRef: { ...scaleTargetRef, apiVersion: 'a/b/c' } },
      ['spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    ],
    [
      'an unknown metric',
      metric({ type: 'Weather' }),
      [
        'spec.metrics[0].type: Unsupported value: "Weather": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
        'spec.metrics[0].type: Unsupported value: "Weather": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      'a metric of another type',
      metric({ type: 'Pods', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1 } } }),
      ['spec.metrics[0].pods: Required value: must populate information for the given metric source'],
    ],
    [
      'two metrics in one',
      metric({ ...cpu(50), pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } }),
      ['spec.metrics[0].pods: Forbidden: must populate the given metric source only'],
    ],
    [
      'a resource without a target',
      metric({ type: 'Resource', resource: { name: '', target: { type: 'X', value: '-1' } } }),
      [
        'spec.metrics[0].resource.name: Required value: must specify a resource name',
        'spec.metrics[0].resource.target.type: Invalid value: "X": must be either Utilization, Value, or AverageValue',
        'spec.metrics[0].resource.target.value: Invalid value: "-1": must be positive',
        'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      ],
    ],
    [
      'a container without a name',
      metric({
        type: 'ContainerResource',
        containerResource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0 } },
      }),
      [
        'spec.metrics[0].containerResource.container: Required value: must specify a container',
        'spec.metrics[0].containerResource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      ],
    ],
    [
      'an external metric with two targets',
      metric({
        type: 'External',
        external: { metric: { name: 'm' }, target: { type: 'Value', value: '1', averageValue: '1' } },
      }),
      [
        'spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target',
      ],
    ],
    [
      'an object of a core kind',
      metric({
        type: 'Object',
        object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'a/b' }, target: { type: 'Value' } },
      }),
      [
        'spec.metrics[0].object.metric.name: Invalid value: "a/b": may not contain \'/\'',
        'spec.metrics[0].object.target.averageValue: Required value: must set either a target value or averageValue',
      ],
    ],
    [
      'wild behavior',
      {
        ...spec,
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 3601,
            selectPolicy: 'Any',
            tolerance: '-1',
            policies: [{ type: 'All', value: 0, periodSeconds: 1801 }],
          },
        },
      },
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"',
        'spec.behavior.scaleUp.policies[0].type: Unsupported value: "All": supported values: "Percent", "Pods"',
        'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
        'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
        'spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(row, { spec: each })).toEqual(complaints);
  });

  it('keep a target that older rules allowed, and zero where there was zero', () => {
    const old = { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 1, minReplicas: 0 };
    const external = { type: 'External', external: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } };
    expect(updateRefused(row, { spec: old }, { spec: { ...old, metrics: [external] } })).toEqual([]);
  });

  it('judge counts in the status', () => {
    expect(updateRefused(row, { spec }, { status: { currentReplicas: -1 } }, 'status')).toEqual([
      'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it('show what is measured, in both versions alike', () => {
    const metrics = [
      cpu(50),
      { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1k' } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
    ];
    const currentMetrics = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 20 } } }];
    const object = { spec: { ...spec, metrics }, status: { currentReplicas: 2, currentMetrics } };
    expect(cellsOf(row, object).slice(1, 6)).toEqual([
      'Deployment/web',
      'cpu: 20%/50%, <unknown>/1k + 1 more...',
      '1',
      3,
      2,
    ]);
    expect(cellsOf(rowV1, shown({ spec, status: { currentReplicas: 2 } })).slice(1, 6)).toEqual([
      'Deployment/web',
      'cpu: <unknown>/80%',
      '1',
      3,
      2,
    ]);
  });
});

describe('autoscaling/v1', () => {
  it('is stored as v2', () => {
    expect(stored({ spec: { ...spec, targetCPUUtilizationPercentage: 50 } })).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'name', namespace: 'default' },
      spec: { ...spec, minReplicas: 1, metrics: [cpu(50)] },
      status: { currentMetrics: null, desiredReplicas: 0 },
    });
    expect(stored({ spec }).spec).toMatchObject({ metrics: [cpu(80)] });
  });

  it('shows what it has no field for in annotations, as Go writes it', () => {
    const selector = { matchLabels: { a: 'b' } };
    const metrics = [
      cpu(50),
      {
        type: 'Object',
        object: {
          describedObject: scaleTargetRef,
          metric: { name: 'm', selector },
          target: { type: 'Value', value: '10' },
        },
      },
    ];
    const behavior = { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] }, scaleDown: {} };
    const conditions = [
      { type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'R', message: 'm' },
    ];
    const view = shown({
      metadata: { annotations: { own: 'kept' } },
      spec: { ...spec, metrics, behavior },
      status: { desiredReplicas: 1, conditions },
    });
    expect(view).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { ...spec, minReplicas: 1, targetCPUUtilizationPercentage: 50 },
      status: { currentReplicas: 0, desiredReplicas: 1 },
    });
    expect(view.metadata.annotations).toEqual({
      own: 'kept',
      'autoscaling.alpha.kubernetes.io/metrics':
        '[{"type":"Object","object":{"target":{"kind":"Deployment","name":"web","apiVersion":"apps/v1"},"metricName":"m","targetValue":"10","selector":{"matchLabels":{"a":"b"}}}}]',
      'autoscaling.alpha.kubernetes.io/conditions':
        '[{"type":"AbleToScale","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"R","message":"m"}]',
      'autoscaling.alpha.kubernetes.io/behavior':
        '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":60}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}',
    });
  });

  const target = { type: 'AverageValue', averageValue: '1' };
  it.each([
    ['pods', { type: 'Pods', pods: { metric: { name: 'm' }, target } }],
    ['a resource', { type: 'Resource', resource: { name: 'memory', target } }],
    ['a container', { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'c', target } }],
    ['an external metric', { type: 'External', external: { metric: { name: 'm' }, target } }],
    [
      'an object by both',
      {
        type: 'Object',
        object: { describedObject: scaleTargetRef, metric: { name: 'm' }, target: { ...target, value: '2' } },
      },
    ],
  ])('loses nothing on the way there and back: %s', (_, each) => {
    const current = { averageValue: '3' };
    const currentMetrics = [
      { type: 'Pods', pods: { metric: { name: 'm' }, current } },
      { type: 'Resource', resource: { name: 'cpu', current: { ...current, averageUtilization: 5 } } },
      { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'c', current } },
      { type: 'External', external: { metric: { name: 'm' }, current: { ...current, value: '4' } } },
      { type: 'Object', object: { describedObject: scaleTargetRef, metric: { name: 'm' }, current: { value: '4' } } },
    ];
    const behavior = { scaleUp: { selectPolicy: 'Min' }, scaleDown: { tolerance: '100m' } };
    const object = defaulted(row, {
      spec: { ...spec, metrics: [each, cpu(50)], behavior },
      status: { desiredReplicas: 2, currentMetrics, conditions: [{ type: 'A', status: 'True' }] },
    });
    expect(stored(shown(object))).toEqual(object);
  });

  it('ignores annotations that are no JSON', () => {
    const annotations = {
      'autoscaling.alpha.kubernetes.io/metrics': '{',
      'autoscaling.alpha.kubernetes.io/behavior': '7',
    };
    expect(stored({ metadata: { annotations }, spec })).toMatchObject({ spec: { metrics: [cpu(80)] } });
  });
});
