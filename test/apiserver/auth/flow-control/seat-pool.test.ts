import { describe, expect, it } from 'vitest';
import { defaultPriorityLevels } from '../../../../apiserver/auth/flow-control/default-flows.ts';
import { divideSeats } from '../../../../apiserver/auth/flow-control/seat-pool.ts';
import type { V1PriorityLevelConfigurationSpec } from '../../../../generated/kubernetes.d.ts';

function specs(): Map<string, V1PriorityLevelConfigurationSpec> {
  return new Map(
    defaultPriorityLevels.flatMap(({ metadata, spec }) =>
      spec === undefined ? [] : [[metadata?.name ?? '', spec] as const],
    ),
  );
}

describe('seats', () => {
  it('are divided as kube-apiserver divides its 600', () => {
    // apiserver_flowcontrol_nominal_limit_seats and _lower_limit_seats of a server with default flags.
    const limits = divideSeats(specs(), 600);
    const shown = Object.fromEntries([...limits].map(([name, { nominal, kept }]) => [name, [nominal, kept]]));
    expect(shown).toEqual({
      'catch-all': [13, 13],
      exempt: [0, 0],
      'global-default': [49, 24],
      'leader-election': [25, 25],
      'node-high': [98, 73],
      system: [74, 50],
      'workload-high': [98, 49],
      'workload-low': [245, 24],
    });
  });

  it('are at least one for every level, however few there are', () => {
    for (const [name, { nominal }] of divideSeats(specs(), 1)) expect(nominal).toBe(name === 'exempt' ? 0 : 1);
  });

  it('may be borrowed up to a limit', () => {
    const limits = divideSeats(
      new Map<string, V1PriorityLevelConfigurationSpec>([
        ['none', { type: 'Limited', limited: { nominalConcurrencyShares: 10, borrowingLimitPercent: 0 } }],
        ['half', { type: 'Limited', limited: { nominalConcurrencyShares: 10, borrowingLimitPercent: 50 } }],
        ['all', { type: 'Limited', limited: { nominalConcurrencyShares: 20 } }],
      ]),
      40,
    );
    expect([...limits.values()].map(({ most }) => most)).toEqual([10, 15, 60]);
  });
});
