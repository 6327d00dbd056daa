import { describe, expect, it } from 'vitest';
import { podDisruptionBudgetRow } from '../../../../apiserver/resources/policy/pod-disruption-budget.ts';
import { cellsOf, created, refused, updateRefused } from '../row-fixture.ts';

const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } };

describe('pod disruption budgets', () => {
  it('begin without a status', () => {
    expect(created(podDisruptionBudgetRow, { spec, status: { disruptionsAllowed: 3 } }).status).toEqual({
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    });
  });

  it.each([
    [spec, []],
    [{ minAvailable: '50%' }, []],
    [{ minAvailable: -1 }, ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0']],
    [{ maxUnavailable: '101%' }, ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%']],
    [
      { maxUnavailable: 'half' },
      [
        "spec.maxUnavailable: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    ],
    [
      { minAvailable: 1, maxUnavailable: 1 },
      [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      { unhealthyPodEvictionPolicy: 'Never' },
      [
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    ],
    [
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    ],
  ])('judge %o', (each, complaints) => {
    expect(refused(podDisruptionBudgetRow, { spec: each })).toEqual(complaints);
  });

  it('judge the status alone where the status is written', () => {
    const conditions = [{ type: 'A', status: 'Yes', reason: '-' }, { type: 'A' }];
    const status = { conditions, disruptionsAllowed: -1 };
    const [status0, time0, reason0, twice, ...rest] = updateRefused(
      podDisruptionBudgetRow,
      { spec },
      { spec: {}, status },
      'status',
    );
    expect(status0).toBe(
      'status.conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
    );
    expect(time0).toBe('status.conditions[0].lastTransitionTime: Required value');
    expect(reason0).toMatch('status.conditions[0].reason: Invalid value: "-": a condition reason must start with');
    expect(twice).toBe('status.conditions[1].type: Duplicate value: "A"');
    expect(rest).toEqual([
      'status.conditions[1].status: Unsupported value: "": supported values: "False", "True", "Unknown"',
      'status.conditions[1].lastTransitionTime: Required value',
      'status.conditions[1].reason: Required value',
      'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it('show what is allowed', () => {
    expect(cellsOf(podDisruptionBudgetRow, { spec, status: { disruptionsAllowed: 2 } }).slice(1, 4)).toEqual([
      '1',
      'N/A',
      2,
    ]);
  });
});
