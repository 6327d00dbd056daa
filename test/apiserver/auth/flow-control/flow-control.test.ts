import { describe, expect, it } from 'vitest';
import { FairFlowControl, type Release } from '../../../../apiserver/auth/flow-control/flow-control.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import type { V1FlowSchema, V1PriorityLevelConfiguration } from '../../../../generated/kubernetes.d.ts';
import { attributesOf, requestOf, userOf } from './flow-requests.ts';

const jane = userOf('jane');
const joe = userOf('joe');
const admin = userOf('admin', 'system:masters');

function level(name: string, limited: object): V1PriorityLevelConfiguration {
  return { metadata: { name }, spec: { type: 'Limited', limited } };
}

function schemaFor(name: string, levelName: string, precedence = 100): V1FlowSchema {
  return {
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: levelName },
      matchingPrecedence: precedence,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'Group', group: { name: 'system:authenticated' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
        },
      ],
    },
  };
}

const queuing = { queues: 16, handSize: 2, queueLengthLimit: 3 };
const queued = (changes: object = {}): V1PriorityLevelConfiguration =>
  level('l', {
    nominalConcurrencyShares: 1000,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Queue', queuing: { ...queuing, ...changes } },
  });

function make(seats: number, levels: V1PriorityLevelConfiguration[], schemas: V1FlowSchema[]) {
  const clock = new VirtualClock();
  const control = new FairFlowControl({ clock, seats });
  control.configure(levels, schemas);
  const stateOf = (name: string): { inUse: number; waiting: number } | undefined => {
    const state = [...control.levels()].find((each) => each.name === name);
    return state === undefined ? undefined : { inUse: state.inUse, waiting: state.waiting };
  };
  return { clock, control, stateOf };
}

/** What has come of a request: at once, later, refused. */
async function outcome(pending: Release | undefined | Promise<Release | undefined>): Promise<string> {
  if (pending === undefined) return 'refused';
  if (typeof pending === 'function') return 'at once';
  const first = await Promise.race([pending.then((release) => release ?? 'refused'), tick().then(() => 'waiting')]);
  return typeof first === 'function' ? 'later' : first;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function now(pending: Release | undefined | Promise<Release | undefined>): Release {
  if (typeof pending !== 'function') throw new Error('not at once');
  return pending;
}

describe('flow control', () => {
  it('lets as many pass as there are seats, the others wait, and no more than the queues hold', async () => {
    const { control, stateOf } = make(4, [queued()], [schemaFor('s', 'l')]);
    const held = [1, 2, 3, 4].map(() => now(control.acquire(requestOf(jane))));
    const waiting = [1, 2, 3, 4, 5, 6].map(() => control.acquire(requestOf(jane)));
    expect(control.acquire(requestOf(jane))).toBeUndefined();
    expect(stateOf('l')).toEqual({ inUse: 4, waiting: 6 });
    expect(await outcome(control.acquire(requestOf(joe)))).toBe('waiting');
    held[0]?.();
    held[0]?.();
    const outcomes = await Promise.all(waiting.map(outcome));
    expect(outcomes.filter((each) => each === 'later').length).toBeLessThanOrEqual(1);
    expect(stateOf('l')).toEqual({ inUse: 4, waiting: 6 });
    for (const release of held) release();
    await tick();
    expect(stateOf('l')).toEqual({ inUse: 4, waiting: 3 });
  });

  it('ends with every seat free', async () => {
    const { control, stateOf } = make(4, [queued()], [schemaFor('s', 'l')]);
    const all = Array.from({ length: 9 }, () => control.acquire(requestOf(jane)));
    await Promise.all(all.map(async (pending) => (await pending)?.()));
    expect(stateOf('l')).toEqual({ inUse: 0, waiting: 0 });
  });

  it('does not make the exempt wait, nor count them', () => {
    const { control, stateOf } = make(1, [queued()], [schemaFor('s', 'l')]);
    for (let n = 0; n < 1000; n++) now(control.acquire(requestOf(admin)));
    expect(stateOf('exempt')).toEqual({ inUse: 0, waiting: 0 });
    now(control.acquire(requestOf(jane)));
  });

  it('refuses at once where nobody may wait', () => {
    const { control } = make(
      2,
      [level('l', { nominalConcurrencyShares: 1000, borrowingLimitPercent: 0 })],
      [schemaFor('s', 'l')],
    );
    const releases = [1, 2].map(() => now(control.acquire(requestOf(jane))));
    expect(control.acquire(requestOf(jane))).toBeUndefined();
    releases[0]?.();
    now(control.acquire(requestOf(jane)));
  });

  it('refuses who has waited for 15 s', async () => {
    const { clock, control, stateOf } = make(1, [queued()], [schemaFor('s', 'l')]);
    now(control.acquire(requestOf(jane)));
    const waiting = control.acquire(requestOf(jane));
    await clock.advance(14_999);
    expect(await outcome(waiting)).toBe('waiting');
    await clock.advance(1);
    expect(await waiting).toBeUndefined();
    expect(stateOf('l')).toEqual({ inUse: 1, waiting: 0 });
  });

  it('passes over who has gone', async () => {
    const { control, stateOf } = make(1, [queued()], [schemaFor('s', 'l')]);
    const release = now(control.acquire(requestOf(jane)));
    let gone = false;
    const leaving = Object.defineProperty(requestOf(jane), 'gone', { get: () => gone });
    const waiting = control.acquire(leaving);
    gone = true;
    release();
    expect(await outcome(waiting)).toBe('refused');
    expect(stateOf('l')).toEqual({ inUse: 0, waiting: 0 });
    now(control.acquire(requestOf(jane)));
  });

  it('gives watches a seat to begin with, logs and terminals none', () => {
    const { control, stateOf } = make(1, [queued()], [schemaFor('s', 'l')]);
    const watch = attributesOf(jane, { verb: 'watch' });
    const release = now(control.acquire(requestOf(jane, { attributes: watch, longRunning: true })));
    expect(stateOf('l')).toEqual({ inUse: 1, waiting: 0 });
    const log = attributesOf(jane, { verb: 'get', subresource: 'log' });
    now(control.acquire(requestOf(jane, { attributes: log, longRunning: true })));
    release();
    expect(stateOf('l')).toEqual({ inUse: 0, waiting: 0 });
  });

  it('lets one user who floods starve nobody', async () => {
    const { clock, control } = make(4, [queued({ queueLengthLimit: 200 })], [schemaFor('s', 'l')]);
    let flooding = true;
    const flood = async (): Promise<void> => {
      while (flooding) {
        const release = await control.acquire(requestOf(joe));
        await clock.sleep(10);
        release?.();
      }
    };
    const floods = Array.from({ length: 200 }, flood);
    await clock.advance(500);
    const waits: number[] = [];
    for (let n = 0; n < 20; n++) {
      const sinceMs = clock.monotonicMs();
      let release: Release | undefined;
      const got = (async (): Promise<void> => {
        release = await control.acquire(requestOf(jane));
      })();
      while (release === undefined && clock.monotonicMs() - sinceMs < 1000) await clock.advance(1);
      await got;
      waits.push(clock.monotonicMs() - sinceMs);
      release?.();
      await clock.advance(7);
    }
    // At most one round of the four seats.
    expect(Math.max(...waits)).toBeLessThanOrEqual(11);
    flooding = false;
    await clock.advance(1000);
    await Promise.all(floods);
  });

  it('O5 lets a flow have eight changes under way beside another, and as many as it likes alone', async () => {
    const { clock, control, stateOf } = make(40, [queued({ queueLengthLimit: 50 })], [schemaFor('s', 'l')]);
    const create = (user: typeof jane) =>
      control.acquire(requestOf(user, { attributes: attributesOf(user, { verb: 'create' }) }));
    const alone = Array.from({ length: 20 }, () => now(create(joe)));
    now(control.acquire(requestOf(jane)))();
    const beside = [1, 2, 3].map(() => create(joe));
    expect(await Promise.all(beside.map(outcome))).toEqual(['waiting', 'waiting', 'waiting']);
    now(create(jane))();
    for (const release of alone.splice(0, 12)) release();
    expect(stateOf('l')).toEqual({ inUse: 8, waiting: 3 });
    alone.shift()?.();
    await tick();
    expect(stateOf('l')).toEqual({ inUse: 8, waiting: 2 });
    // Nobody else came for a while.
    await clock.advance(5001);
    alone.shift()?.();
    await tick();
    await tick();
    expect(stateOf('l')).toEqual({ inUse: 9, waiting: 0 });
  });

  it('lends seats by what was asked for in the last ten seconds, and gives a level back what is its own', async () => {
    const { clock, control, stateOf } = make(
      10,
      [
        level('a', { nominalConcurrencyShares: 1000, lendablePercent: 50, limitResponse: { type: 'Queue', queuing } }),
        level('b', { nominalConcurrencyShares: 1000, lendablePercent: 50, limitResponse: { type: 'Queue', queuing } }),
      ],
      [
        {
          ...schemaFor('jane', 'a', 1),
          spec: {
            priorityLevelConfiguration: { name: 'a' },
            matchingPrecedence: 1,
            rules: [
              {
                subjects: [{ kind: 'User', user: { name: 'jane' } }],
                resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
              },
            ],
          },
        },
        schemaFor('others', 'b', 2),
      ],
    );
    // Of five each keeps two; nobody has asked for anything, and each of the three levels gets 2.2 of its target.
    const first = Array.from({ length: 4 }, () => now(control.acquire(requestOf(joe))));
    const later = [1, 2, 3, 4, 5].map(() => control.acquire(requestOf(joe)));
    expect(await Promise.all(later.map(outcome))).toEqual(new Array(5).fill('waiting'));
    await clock.advance(10_000);
    await tick();
    // Of the eleven seats all but the two that are kept here and the one that is kept in catch-all.
    expect(stateOf('b')).toEqual({ inUse: 8, waiting: 1 });
    const own = [1, 2, 3].map(() => control.acquire(requestOf(jane)));
    expect(await Promise.all(own.map(outcome))).toEqual(['at once', 'at once', 'waiting']);
    await clock.advance(10_000);
    await tick();
    expect(stateOf('a')).toEqual({ inUse: 3, waiting: 0 });
    for (const release of first.slice(0, 1)) release();
    await tick();
    expect(stateOf('b')).toEqual({ inUse: 7, waiting: 0 });
  });

  it.each([
    ['Queue', 'waiting', 'waiting'],
    ['Reject', 'at once', 'refused'],
  ])(
    'a level that has lent all its seats has one request under way where nobody may wait (%s)',
    async (type, first, second) => {
      const { control } = make(
        10,
        [
          level('l', {
            nominalConcurrencyShares: 10,
            lendablePercent: 100,
            limitResponse: type === 'Queue' ? { type, queuing } : { type },
          }),
        ],
        [schemaFor('s', 'l')],
      );
      expect(await outcome(control.acquire(requestOf(jane)))).toBe(first);
      expect(await outcome(control.acquire(requestOf(jane)))).toBe(second);
    },
  );
});

describe('other levels and schemas', () => {
  it('without any, everything but what is exempt falls under catch-all', () => {
    const { control, stateOf } = make(20, [], []);
    now(control.acquire(requestOf(jane)));
    expect(stateOf('catch-all')).toEqual({ inUse: 1, waiting: 0 });
    now(control.acquire(requestOf(admin)));
    expect([...control.levels()].map(({ name }) => name).sort()).toEqual(['catch-all', 'exempt']);
  });

  it('a schema without its level counts for nothing', () => {
    const { control, stateOf } = make(20, [queued()], [schemaFor('dangling', 'missing', 1), schemaFor('s', 'l', 2)]);
    now(control.acquire(requestOf(jane)));
    expect(stateOf('l')).toEqual({ inUse: 1, waiting: 0 });
  });

  it('those who wait get the new seats at once', async () => {
    const { control, stateOf } = make(
      20,
      [level('other', { nominalConcurrencyShares: 1000 }), queued()],
      [schemaFor('s', 'l')],
    );
    const held = Array.from({ length: 10 }, () => now(control.acquire(requestOf(jane))));
    const waiting = [1, 2].map(() => control.acquire(requestOf(jane)));
    expect(await Promise.all(waiting.map(outcome))).toEqual(['waiting', 'waiting']);
    control.configure([queued()], [schemaFor('s', 'l')]);
    expect(await Promise.all(waiting.map(outcome))).toEqual(['later', 'later']);
    for (const release of [...held, ...(await Promise.all(waiting))]) release?.();
    expect(stateOf('l')).toEqual({ inUse: 0, waiting: 0 });
  });

  it('those who wait stay in line when the queues become others, as far as there is room', async () => {
    const { control, stateOf } = make(1, [queued()], [schemaFor('s', 'l')]);
    const release = now(control.acquire(requestOf(jane)));
    const waiting = [1, 2, 3, 4].map(() => control.acquire(requestOf(jane)));
    control.configure([queued({ queues: 2, handSize: 1, queueLengthLimit: 2 })], [schemaFor('s', 'l')]);
    expect((await Promise.all(waiting.map(outcome))).sort()).toEqual(['refused', 'refused', 'waiting', 'waiting']);
    release();
    expect(stateOf('l')).toEqual({ inUse: 1, waiting: 1 });
  });

  it('a level that is gone lets everybody finish, and then is gone', async () => {
    const { control, stateOf } = make(1, [queued()], [schemaFor('s', 'l')]);
    const release = now(control.acquire(requestOf(jane)));
    const waiting = control.acquire(requestOf(jane));
    control.configure([], []);
    expect(stateOf('l')).toEqual({ inUse: 1, waiting: 1 });
    release();
    const second = await waiting;
    expect(stateOf('l')).toEqual({ inUse: 1, waiting: 0 });
    second?.();
    expect(stateOf('l')).toBeUndefined();
    expect([...control.levels()].map(({ nominal }) => nominal)).toEqual([0, 1]);
  });
});
