import { describe, expect, it } from 'vitest';
import { defaultPriorityLevels } from '../../../../apiserver/auth/flow-control/default-flows.ts';
import { FairFlowControl } from '../../../../apiserver/auth/flow-control/flow-control.ts';
import { allocateSeats, moveSeats } from '../../../../apiserver/auth/flow-control/seat-allocation.ts';
import { SeatDemand } from '../../../../apiserver/auth/flow-control/seat-demand.ts';
import { divideSeats } from '../../../../apiserver/auth/flow-control/seat-pool.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import type { V1PriorityLevelConfigurationSpec } from '../../../../generated/kubernetes.d.ts';
import { requestOf, userOf } from './flow-requests.ts';

describe('demand', () => {
  it('is summed up over each period by time', async () => {
    const clock = new VirtualClock();
    const demand = new SeatDemand(clock);
    demand.set(8);
    await clock.advance(2500);
    demand.set(0);
    await clock.advance(7500);
    // A quarter of the time 8, otherwise nothing.
    const { highWatermark, average, deviation, smoothed } = demand.endPeriod();
    expect({ highWatermark, average }).toEqual({ highWatermark: 8, average: 2 });
    expect(deviation).toBeCloseTo(Math.sqrt(12), 9);
    expect(smoothed).toBeCloseTo(2 + Math.sqrt(12), 9);
  });

  it('rises at once and falls slowly', async () => {
    const clock = new VirtualClock();
    const demand = new SeatDemand(clock);
    demand.set(10);
    await clock.advance(10_000);
    expect(demand.endPeriod()).toEqual({ highWatermark: 10, average: 10, deviation: 0, smoothed: 10 });
    demand.set(0);
    await clock.advance(10_000);
    expect(demand.endPeriod()).toMatchObject({ highWatermark: 10, average: 0, smoothed: 9.77 });
    await clock.advance(10_000);
    const { highWatermark, smoothed } = demand.endPeriod();
    expect(highWatermark).toBe(0);
    expect(smoothed).toBeCloseTo(9.77 * 0.977, 9);
  });
});

describe('an allocation', () => {
  it.each([
    ['no bound matters', 12, [claim(2, 2, 100), claim(4, 2, 100)], [4, 8], 2],
    ['an upper bound holds', 12, [claim(2, 2, 100), claim(4, 2, 6)], [6, 6], 3],
    ['a lower bound holds', 10, [claim(4, 4, 100), claim(20, 0, 100)], [4, 6], 0.3],
    ['nothing is left', 6, [claim(2, 2, 9), claim(4, 4, 9)], [2, 4], 1],
  ])('gives everybody the same fraction of the target: %s', (_, total, claims, seats, fraction) => {
    const allocation = allocateSeats(total, claims);
    expect(allocation?.fraction).toBeCloseTo(fraction, 9);
    for (const [at, wanted] of seats.entries()) expect(allocation?.seats[at]).toBeCloseTo(wanted, 9);
  });

  it('is none where the bounds allow none', () => {
    expect(allocateSeats(5, [claim(4, 4, 9), claim(4, 4, 9)])).toBeUndefined();
    expect(allocateSeats(20, [claim(4, 4, 9), claim(4, 4, 9)])).toBeUndefined();
  });

  function claim(target: number, lower: number, upper: number) {
    return { target, lower, upper };
  }
});

describe('seats are moved', () => {
  const specs = new Map<string, V1PriorityLevelConfigurationSpec>(
    defaultPriorityLevels.flatMap(({ metadata, spec }) =>
      spec === undefined ? [] : [[metadata?.name ?? '', spec] as const],
    ),
  );
  const moved = (demands: Record<string, number>) =>
    moveSeats(
      new Map(
        [...divideSeats(specs, 600)].map(([name, limits]) => {
          const seats = demands[name] ?? 0;
          return [name, { ...limits, exempt: name === 'exempt', highWatermark: seats, smoothed: seats }] as const;
        }),
      ),
    );

  it('O6 as kube-apiserver moves its 600 while only the exempt ask for any', () => {
    // apiserver_flowcontrol_current_limit_seats and _seat_fair_frac of an idle server with default flags.
    const { current, fraction } = moved({ exempt: 6 }) ?? {};
    expect(fraction).toBeCloseTo(2.3333333333333335, 12);
    expect(current?.get('exempt')).toBe(6);
    expect(current?.get('leader-election')).toBe(58);
    expect(current?.get('system')).toBe(117);
    expect(current?.get('workload-low')).toBe(56);
  });

  it('O6 to the level that asks, but not what others keep', () => {
    const { current } = moved({ 'global-default': 2000 }) ?? {};
    // 602 without the 13, 25, 73, 50, 49 and 24 that the others keep.
    expect(current?.get('global-default')).toBe(368);
    expect(current?.get('workload-low')).toBe(24);
  });

  it('O6 away from everybody alike when the exempt take most of them', () => {
    const { current, fraction } = moved({ exempt: 400, 'workload-low': 245 }) ?? {};
    // Of the 202 that are left, less than the 258 that are kept: nobody has more than that.
    expect(current?.get('workload-low')).toBe(24);
    expect(current?.get('system')).toBe(50);
    expect(fraction).toBe(0);
  });

  it('O6 every ten seconds, and the metrics tell by what', async () => {
    const clock = new VirtualClock();
    const control = new FairFlowControl({ clock, seats: 600 });
    const held = await Promise.all([1, 2, 3].map(() => control.acquire(requestOf(userOf('jane')))));
    const line = (name: string): string | undefined =>
      control
        .metricsText()
        .split('\n')
        .find((each) => each.startsWith(`apiserver_flowcontrol_${name}{priority_level="global-default"}`))
        ?.split(' ')[1];
    expect(line('demand_seats_high_watermark')).toBe('0');
    await clock.advance(10_000);
    expect(line('demand_seats_high_watermark')).toBe('3');
    expect(line('demand_seats_average')).toBe('3');
    expect(line('demand_seats_stdev')).toBe('0');
    expect(line('demand_seats_smoothed')).toBe('3');
    expect(line('target_seats')).toBe('24');
    expect(line('upper_limit_seats')).toBe('649');
    expect(control.metricsText()).toContain('\napiserver_flowcontrol_seat_fair_frac 2.333');
    for (const release of held) release?.();
    control.close();
    await clock.advance(20_000);
    expect(line('demand_seats_high_watermark')).toBe('3');
  });
});
