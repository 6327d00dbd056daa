import { describe, expect, it } from 'vitest';
import { FairQueues, type Next, type Waiting } from '../../../../apiserver/auth/flow-control/fair-queues.ts';
import { dealHand } from '../../../../apiserver/auth/flow-control/shuffle-sharding.ts';

describe('a hand', () => {
  it.each([
    [128, 6],
    [64, 8],
    [16, 4],
    [8, 8],
    [12, 11],
    [1, 1],
  ])('of %i queues has %i different ones', (queues, handSize) => {
    for (let flow = 0; flow < 200; flow++) {
      const hand = dealHand(`flow ${flow}`, queues, handSize);
      expect(new Set(hand).size).toBe(handSize);
      for (const card of hand) expect(card >= 0 && card < queues).toBe(true);
    }
  });

  it('is the same for the same flow, and spreads flows evenly', () => {
    expect(dealHand('a', 64, 8)).toEqual(dealHand('a', 64, 8));
    const counts = new Array<number>(64).fill(0);
    for (let flow = 0; flow < 2000; flow++) {
      for (const card of dealHand(`flow ${flow}`, 64, 8)) counts[card] = (counts[card] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(180);
    expect(Math.max(...counts)).toBeLessThan(330);
  });

  it('rarely leaves a flow without a queue of its own', () => {
    const elephant = new Set(dealHand('elephant', 128, 6));
    let squashed = 0;
    for (let flow = 0; flow < 1000; flow++) {
      if (dealHand(`mouse ${flow}`, 128, 6).every((card) => elephant.has(card))) squashed++;
    }
    expect(squashed).toBe(0);
  });
});

interface Guest extends Waiting {
  readonly costMs: number;
}

function guest(flow: string, costMs: number): Guest {
  return { flow, costMs, mutating: false, gone: false, refuse: () => {} };
}

/** Takes out who is next. */
function next(queues: FairQueues<Guest>): Next<Guest> | undefined {
  const found = queues.next();
  if (found !== undefined) queues.remove(found.queue, found.waiter);
  return found;
}

describe('fair queues', () => {
  const limits = { queues: 64, handSize: 4, queueLengthLimit: 1000 };

  /** One seat; the time that each flow got of `totalMs`, all of them always having requests waiting. */
  function shares(flows: Readonly<Record<string, number>>, totalMs: number, seats = 1): Record<string, number> {
    const queues = new FairQueues<Guest>({ ...limits, handSize: 1 });
    for (const [flow, costMs] of Object.entries(flows)) {
      for (let n = 0; n < 900; n++) queues.add(guest(flow, costMs));
    }
    const got: Record<string, number> = {};
    const running: { endMs: number; served: Guest; queue: ReturnType<typeof queues.queueFor> }[] = [];
    let nowMs = 0;
    while (nowMs < totalMs) {
      while (running.length < seats) {
        const found = next(queues);
        if (found === undefined) break;
        queues.started(found.queue, found.waiter);
        running.push({ endMs: nowMs + found.waiter.costMs, served: found.waiter, queue: found.queue });
      }
      running.sort((a, b) => a.endMs - b.endMs);
      const done = running.shift();
      if (done === undefined) break;
      nowMs = done.endMs;
      queues.ended(done.queue, done.served, done.served.costMs);
      got[done.served.flow] = (got[done.served.flow] ?? 0) + done.served.costMs;
    }
    return got;
  }

  it.each([1, 4])('give flows equal time, however dear their requests are (%i seats)', (seats) => {
    const got = shares({ cheap: 1, usual: 5, dear: 25 }, 1500 / seats, seats);
    const sum = Object.values(got).reduce((a, b) => a + b, 0);
    for (const share of Object.values(got)) expect(Math.abs(share / sum - 1 / 3)).toBeLessThan(0.08);
  });

  it('let a newcomer start before those who flood', () => {
    const queues = new FairQueues<Guest>(limits);
    for (let n = 0; n < 400; n++) queues.add(guest('flood', 1));
    for (let n = 0; n < 50; n++) {
      const found = next(queues);
      if (found === undefined) throw new Error('nobody waits');
      queues.started(found.queue, found.waiter);
      queues.ended(found.queue, found.waiter, 10);
    }
    queues.add(guest('newcomer', 1));
    expect(next(queues)?.waiter.flow).toBe('newcomer');
  });

  it('let a newcomer start first also when all was cheaper than guessed', () => {
    const queues = new FairQueues<Guest>(limits);
    for (let n = 0; n < 400; n++) queues.add(guest('flood', 1));
    const running = Array.from({ length: 40 }, () => {
      const found = next(queues);
      if (found === undefined) throw new Error('nobody waits');
      queues.started(found.queue, found.waiter);
      return found;
    });
    for (const { queue, waiter } of running) queues.ended(queue, waiter, 0.1);
    queues.add(guest('newcomer', 1));
    expect(next(queues)?.waiter.flow).toBe('newcomer');
  });

  it('do not let an idle flow save up time', () => {
    const queues = new FairQueues<Guest>({ ...limits, handSize: 1 });
    const run = (flow: string, costMs: number): void => {
      const queue = queues.queueFor(flow);
      queues.started(queue, guest(flow, costMs));
      queues.ended(queue, guest(flow, costMs), costMs);
    };
    for (let n = 0; n < 100; n++) run('busy', 10);
    for (let n = 0; n < 50; n++) {
      queues.add(guest('busy', 10));
      queues.add(guest('rested', 10));
    }
    const first = Array.from({ length: 20 }, () => {
      const found = next(queues);
      if (found === undefined) throw new Error('nobody waits');
      queues.started(found.queue, found.waiter);
      queues.ended(found.queue, found.waiter, 10);
      return found.waiter.flow;
    });
    expect(first.filter((flow) => flow === 'rested').length).toBeLessThanOrEqual(11);
  });

  it('serve the requests of one queue in their order', () => {
    const queues = new FairQueues<Guest>({ ...limits, handSize: 1 });
    const guests = [1, 2, 3].map((costMs) => guest('a', costMs));
    for (const each of guests) queues.add(each);
    expect([next(queues), next(queues), next(queues)].map((found) => found?.waiter)).toEqual(guests);
    expect(next(queues)).toBeUndefined();
  });

  it('are bounded, and forget who leaves', () => {
    const queues = new FairQueues<Guest>({ queues: 8, handSize: 2, queueLengthLimit: 3 });
    const inQueues = Array.from({ length: 7 }, () => {
      const waiter = guest('a', 1);
      return { waiter, queue: queues.add(waiter) };
    });
    expect(inQueues.map(({ queue }) => queue !== undefined)).toEqual([true, true, true, true, true, true, false]);
    expect(queues.waiting).toBe(6);
    const [first] = inQueues;
    if (first?.queue === undefined) throw new Error('there was room');
    queues.remove(first.queue, first.waiter);
    queues.remove(first.queue, first.waiter);
    expect(queues.waiting).toBe(5);
    expect(queues.add(first.waiter)).toBeDefined();
    expect(queues.drain().length).toBe(6);
    expect(queues.waiting).toBe(0);
    expect(next(queues)).toBeUndefined();
  });

  it('give the places of those who have gone to others', () => {
    const queues = new FairQueues<Guest>({ queues: 1, handSize: 1, queueLengthLimit: 2 });
    let refused = 0;
    const leaving = { ...guest('a', 1), gone: false, refuse: () => refused++ };
    queues.add(leaving);
    queues.add(guest('a', 2));
    leaving.gone = true;
    expect(queues.add(guest('a', 3))).toBeDefined();
    expect(refused).toBe(1);
    expect([next(queues), next(queues)].map((found) => found?.waiter.costMs)).toEqual([2, 3]);
  });

  it('pass over a flow that has so many changes under way, until one ends', () => {
    const queues = new FairQueues<Guest>({ ...limits, handSize: 1 });
    const changes = [1, 2, 3].map((costMs) => ({ ...guest('a', costMs), mutating: true }));
    for (const each of changes) queues.add(each);
    const running = [1, 2].map(() => {
      const found = queues.next(2);
      if (found === undefined) throw new Error('it may have two');
      queues.remove(found.queue, found.waiter);
      queues.started(found.queue, found.waiter);
      return found;
    });
    expect(queues.next(2)).toBeUndefined();
    expect(queues.next()?.waiter).toBe(changes[2]);
    queues.add(guest('b', 9));
    expect(queues.next(2)?.waiter.flow).toBe('b');
    const [ended] = running;
    if (ended !== undefined) queues.ended(ended.queue, ended.waiter, 0);
    expect(queues.hasRoom({ flow: 'a', mutating: true }, 2)).toBe(true);
  });
});
