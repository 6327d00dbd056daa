/** What faults of store members do to their processes, together and one after the other. */
import { describe, expect, it } from 'vitest';
import { type BreakableMember, MemberFaults, NoMemberFaults } from '../../cluster/member-faults.ts';
import type { Hindrances } from '../../cluster/member-hindrances.ts';
import type { Fault, FaultSpec, FaultTarget } from '../../nodes/faults/fault.ts';

class FakeMember implements BreakableMember {
  readonly address: BreakableMember['address'];
  leads = false;
  down = false;
  paused = false;
  hindrances: Hindrances | undefined;

  constructor(name: string) {
    this.address = { name, clientUrl: `https://${name}:1`, peerUrl: `https://${name}:2` };
  }

  setDown(down: boolean): void {
    this.down = down;
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
  }

  setHindrances(hindrances: Hindrances): void {
    this.hindrances = hindrances;
  }
}

function setUp() {
  const members = ['a', 'b', 'c'].map((name) => new FakeMember(name));
  const [a = expect.fail(), b = expect.fail(), c = expect.fail()] = members;
  b.leads = true;
  return { faults: new MemberFaults(members), a, b, c };
}

const faultOf = (spec: FaultSpec): Fault => ({ spec });
const crash = (target: FaultTarget, duration?: string): FaultSpec => ({
  type: 'StoreMemberCrash',
  target,
  ...(duration === undefined ? {} : { duration }),
});

describe('targets', () => {
  it('are found by name, by label, and by who leads now', async () => {
    const { faults, b, c } = setUp();
    const found = (target: FaultTarget) => faults.targets(faultOf(crash(target, '1s')));
    expect(await found({ name: 'a' })).toEqual(['a']);
    expect(await found({ name: 'x' })).toEqual([]);
    expect(await found({ selector: { matchLabels: { 'sampan.dev/role': 'leader' } } })).toEqual(['b']);
    b.leads = false;
    c.leads = true;
    expect(await found({ selector: { matchLabels: { 'sampan.dev/role': 'leader' } } })).toEqual(['c']);
    const ends = { matchExpressions: [{ key: 'sampan.dev/name', operator: 'In', values: ['a', 'c'] }] };
    expect(await found({ selector: ends })).toEqual(['a', 'c']);
  });

  it('may not take the quorum without an end: nobody could delete the fault any more', async () => {
    const { faults } = setUp();
    await faults.apply('a', [crash({ name: 'a' })]);
    await expect(faults.targets(faultOf(crash({ name: 'b' })))).rejects.toMatchObject({
      reason: 'QuorumAtRisk',
      message: expect.stringContaining('it would leave 1 of 3 store members, fewer than the quorum of 2'),
    });
    expect(await faults.targets(faultOf(crash({ name: 'b' }, '5s')))).toEqual(['b']);
    // The same member again, or one that only speaks slowly, takes nothing more away.
    expect(await faults.targets(faultOf(crash({ name: 'a' })))).toEqual(['a']);
    const slow: FaultSpec = { type: 'StoreMemberDelay', target: { name: 'b' }, network: { delay: '1s' } };
    expect(await faults.targets(faultOf(slow))).toEqual(['b']);
    await faults.apply('a', []);
    expect(await faults.targets(faultOf(crash({ name: 'b' })))).toEqual(['b']);
  });

  it('have peers that exist', async () => {
    const { faults } = setUp();
    const spec: FaultSpec = { type: 'StoreMemberPartition', target: { name: 'a' }, network: { peers: ['x'] } };
    await expect(faults.targets(faultOf(spec))).rejects.toMatchObject({ reason: 'NoTarget' });
  });

  it('are refused, with the reason, where members cannot be broken', async () => {
    await expect(new NoMemberFaults('there is one').targets()).rejects.toMatchObject({
      reason: 'Unsupported',
      message: 'there is one',
    });
  });
});

describe('faults on one member', () => {
  it('add up, and go one by one', async () => {
    const { faults, a } = setUp();
    const pause: FaultSpec = { type: 'StoreMemberPause', target: { name: 'a' } };
    const stall: FaultSpec = { type: 'StoreMemberDiskStall', target: { name: 'a' } };
    await faults.apply('a', [crash({ name: 'a' }), pause, stall]);
    expect(a).toMatchObject({ down: true, paused: true, hindrances: { diskStalled: true, ways: [] } });
    await faults.apply('a', [pause]);
    expect(a).toMatchObject({ down: false, paused: true, hindrances: { diskStalled: false } });
    await faults.apply('a', []);
    expect(a).toMatchObject({ down: false, paused: false, hindrances: { diskStalled: false, ways: [] } });
  });

  it('cut and slow the ways that they name; the worse of two counts', async () => {
    const { faults, a } = setUp();
    const cut: FaultSpec = { type: 'StoreMemberPartition', target: { name: 'a' }, network: { peers: ['b'] } };
    const slow = (delay: string): FaultSpec => ({
      type: 'StoreMemberDelay',
      target: { name: 'a' },
      network: { delay },
    });
    await faults.apply('a', [slow('20ms'), cut, slow('50ms')]);
    expect(a.hindrances?.ways).toEqual([
      { peerUrl: 'https://b:2', cut: true, delayMs: 50 },
      { peerUrl: 'https://c:2', cut: false, delayMs: 50 },
    ]);
    await faults.apply('a', [{ type: 'StoreMemberPartition', target: { name: 'a' } }]);
    expect(a.hindrances?.ways.map(({ cut: isCut }) => isCut)).toEqual([true, true]);
  });
});
