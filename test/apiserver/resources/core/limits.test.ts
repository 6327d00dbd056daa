import { describe, expect, it } from 'vitest';
import { limitRangeRow } from '../../../../apiserver/resources/core/limit-range.ts';
import { resourceQuotaRow } from '../../../../apiserver/resources/core/resource-quota.ts';
import { cellsOf, created, defaulted, refused, updateRefused, warnedOf } from '../row-fixture.ts';

const limits = (...items: object[]): object => ({ spec: { limits: items } });

describe('limit ranges', () => {
  it('take what is not said from what is', () => {
    const item = {
      type: 'Container',
      max: { cpu: '2', memory: '2Gi' },
      default: { cpu: '1' },
      min: { storage: '1Gi' },
    };
    expect(defaulted(limitRangeRow, limits(item))).toMatchObject(
      limits({
        ...item,
        default: { cpu: '1', memory: '2Gi' },
        defaultRequest: { cpu: '1', memory: '2Gi', storage: '1Gi' },
      }),
    );
    expect(defaulted(limitRangeRow, limits({ type: 'Pod', max: { cpu: '2' } }))).toMatchObject(
      limits({ type: 'Pod', max: { cpu: '2' } }),
    );
  });

  it.each([
    ['nothing', limits(), []],
    [
      'types',
      limits({ type: 'Pot' }, { type: 'Pod' }, { type: 'Pod' }, { type: 'a.b/c' }),
      [
        'spec.limits[0].type: Invalid value: "Pot": must be a standard limit type or fully qualified',
        'spec.limits[2].type: Duplicate value: "Pod"',
      ],
    ],
    [
      'defaults of pods',
      limits({ type: 'Pod', default: { cpu: '1' }, defaultRequest: { cpu: '1' } }),
      [
        "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
        "spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
      ],
    ],
    [
      'bounds that contradict each other',
      limits({
        type: 'Container',
        min: { cpu: '4' },
        max: { cpu: '2' },
        default: { cpu: '3' },
        defaultRequest: { cpu: '3500m' },
      }),
      [
        'spec.limits[0].min[cpu]: Invalid value: "4": min value 4 is greater than max value 2',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "3500m": min value 4 is greater than default request value 3500m',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "3500m": default request value 3500m is greater than max value 2',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "3500m": default request value 3500m is greater than default limit value 3',
        'spec.limits[0].default[cpu]: Invalid value: "4": min value 4 is greater than default value 3',
        'spec.limits[0].default[cpu]: Invalid value: "2": default value 3 is greater than max value 2',
      ],
    ],
    [
      'ratios',
      limits({
        type: 'Container',
        min: { cpu: '1' },
        max: { cpu: '2' },
        maxLimitRequestRatio: { cpu: '3', memory: '500m' },
      }),
      [
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
        'spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: "500m": ratio 500m is less than 1',
      ],
    ],
    [
      'claims without storage',
      limits({ type: 'PersistentVolumeClaim' }),
      [
        'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      ],
    ],
    [
      'names of resources',
      limits({ type: 'Container', max: { gas: '1' } }),
      [
        'spec.limits[0].max[gas]: Invalid value: "gas": must be a standard resource type or fully qualified',
        'spec.limits[0].max[gas]: Invalid value: "gas": must be a standard resource for containers',
        'spec.limits[0].default[gas]: Invalid value: "gas": must be a standard resource type or fully qualified',
        'spec.limits[0].default[gas]: Invalid value: "gas": must be a standard resource for containers',
        'spec.limits[0].defaultRequest[gas]: Invalid value: "gas": must be a standard resource type or fully qualified',
        'spec.limits[0].defaultRequest[gas]: Invalid value: "gas": must be a standard resource for containers',
      ],
    ],
    [
      'resources that nobody can overcommit',
      limits({ type: 'Container', default: { 'a.b/c': '2' }, defaultRequest: { 'a.b/c': '1' } }),
      [
        'spec.limits[0].defaultRequest[a.b/c]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in a.b/c',
      ],
    ],
  ])('judge %s', (_, parts, complaints) => {
    expect(refused(limitRangeRow, parts)).toEqual(complaints);
  });
});

describe('resource quotas', () => {
  it.each([
    ['counts', { hard: { pods: '10', 'count/jobs.batch': '3', 'requests.cpu': '1500m', secrets: '2' } }, []],
    [
      'amounts',
      { hard: { pods: '1.5', cpu: '-1', gas: '1', 'requests.nvidia.com/gpu': '1m' } },
      [
        'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.hard[gas]: Invalid value: "gas": must be a standard resource type or fully qualified',
        'spec.hard[gas]: Invalid value: "gas": must be a standard resource for quota',
        'spec.hard[pods]: Invalid value: "1500m": must be an integer',
      ],
    ],
    [
      'scopes',
      { hard: { services: '1', pods: '1' }, scopes: ['BestEffort', 'NotBestEffort', 'Rich'] },
      [
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Rich"]: unsupported scope applied to resource',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Rich"]: unsupported scope applied to resource',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Rich"]: unsupported scope',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Rich"]: conflicting scopes',
      ],
    ],
    [
      'selectors of scopes',
      {
        hard: { pods: '1' },
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'BestEffort', operator: 'In', values: ['a'] },
            { scopeName: 'PriorityClass', operator: 'In' },
            { scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] },
            { scopeName: 'PriorityClass', operator: 'Near' },
          ],
        },
      },
      [
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exists\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity',
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        "spec.scopeSelector.matchExpressions.values: Invalid value: [\"a\"]: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "Near": not a valid selector operator',
      ],
    ],
  ])('judge %s', (_, spec, complaints) => {
    expect(refused(resourceQuotaRow, { spec })).toEqual(complaints);
  });

  it('keep their scopes', () => {
    const withScopes = (...scopes: string[]): object => ({ spec: { hard: { pods: '1' }, scopes }, status: {} });
    expect(updateRefused(resourceQuotaRow, withScopes('BestEffort'), withScopes('BestEffort'))).toEqual([]);
    expect(updateRefused(resourceQuotaRow, withScopes('BestEffort'), withScopes('NotBestEffort'))).toEqual([
      'spec.scopes: Invalid value: ["NotBestEffort"]: field is immutable',
    ]);
  });

  it('begin without a status', () => {
    expect(created(resourceQuotaRow, { spec: {}, status: { used: { pods: '1' } } }).status).toEqual({});
  });

  it('warn of promises that are greater than the grants', () => {
    const hard = { cpu: '3', 'limits.cpu': '2', 'requests.memory': '1Gi', 'limits.memory': '2Gi' };
    expect(warnedOf(resourceQuotaRow, { spec: { hard } })).toEqual([
      'ResourceQuota cpu (3) should be less than limits.cpu (2)',
    ]);
  });

  it('show requests and limits apart', () => {
    const metadata = { name: 'q', creationTimestamp: '2026-01-31T11:55:00Z' };
    const hard = { 'requests.cpu': '1', 'limits.cpu': '2', pods: '3' };
    const status = { hard, used: { pods: '1', 'limits.cpu': '500m' } };
    expect(cellsOf(resourceQuotaRow, { metadata, spec: { hard }, status })).toEqual([
      ...['q', 'pods: 1/3, requests.cpu: 0/1', 'limits.cpu: 500m/2', '5m'],
    ]);
  });
});
