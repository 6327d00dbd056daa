import { describe, expect, it } from 'vitest';
import { defaultPriorityLevels } from '../../../../apiserver/auth/flow-control/default-flows.ts';
import { divideSeats, SeatPool } from '../../../../apiserver/auth/flow-control/seat-pool.ts';
import { DEFAULT_SEATS } from '../../../../apiserver/auth/security.ts';
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

  it('leave one level that floods no more than so many of the default 24', () => {
    const limits = divideSeats(specs(), DEFAULT_SEATS);
    const keptByOthers = [...limits].reduce(
      (sum, [name, { kept }]) => (name === 'global-default' ? sum : sum + kept),
      0,
    );
    expect(DEFAULT_SEATS - keptByOthers).toBe(14);
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
    expect([...limits.values()].map(({ most }) => most)).toEqual([10, 15, 40]);
  });
});

describe('a pool', () => {
  function pool(total: number): {
    pool: SeatPool;
    take: (name: 'a' | 'b') => boolean;
    give: (name: 'a' | 'b') => void;
  } {
    const holders = { a: { inUse: 0 }, b: { inUse: 0 } };
    const seats = new SeatPool(total);
    seats.setLimits([
      [holders.a, { nominal: 5, kept: 2, most: total }],
      [holders.b, { nominal: 5, kept: 5, most: 7 }],
    ]);
    return {
      pool: seats,
      take(name) {
        if (!seats.hasSeat(holders[name])) return false;
        seats.taken(holders[name]);
        holders[name].inUse++;
        return true;
      },
      give(name) {
        holders[name].inUse--;
        seats.returned(holders[name]);
      },
    };
  }
  const count = (attempt: () => boolean): number => {
    let taken = 0;
    while (attempt()) taken++;
    return taken;
  };

  it('lends what others do not keep, and no more than may be borrowed', () => {
    const { take } = pool(10);
    expect(count(() => take('b'))).toBe(7);
    expect(count(() => take('a'))).toBe(3);
  });

  it('always has what a level keeps', () => {
    const { take } = pool(10);
    expect(count(() => take('a'))).toBe(5);
    expect(count(() => take('b'))).toBe(5);
  });

  it('gets every seat back', () => {
    const { take, give } = pool(10);
    for (let round = 0; round < 3; round++) {
      const a = count(() => take('a'));
      const b = count(() => take('b'));
      expect([a, b]).toEqual([5, 5]);
      for (let n = 0; n < a; n++) give('a');
      for (let n = 0; n < b; n++) give('b');
      expect(count(() => take('b'))).toBe(7);
      for (let n = 0; n < 7; n++) give('b');
    }
  });

  it('has no seat for a level it does not know', () => {
    expect(new SeatPool(10).hasSeat({ inUse: 0 })).toBe(false);
  });
});
