/**
 * Faults of store members that run as processes: SIGKILL and not started again, SIGSTOP, a stalled disk, messages lost or
 * late. Several at once add up; a member that is down is down.
 */
import { parseDuration } from '../base/duration.ts';
import { labelMatcher } from '../base/label-selector.ts';
import { type Fault, FaultRefused, type FaultSpec, type FaultType } from '../nodes/faults/fault.ts';
import type { FaultInjector } from '../nodes/faults/fault-injector.ts';
import type { HinderedWay } from '../store/transport/hindered-transport.ts';
import { type Hindrances, NO_HINDRANCES } from './member-hindrances.ts';
import type { MemberProcess } from './member-processes.ts';

const MEMBER_FAULTS = [
  'StoreMemberCrash',
  'StoreMemberPause',
  'StoreMemberDiskStall',
  'StoreMemberPartition',
  'StoreMemberDelay',
] as const;

/** The part of `MemberProcess` that is needed. */
export type BreakableMember = Pick<MemberProcess, 'address' | 'leads' | 'setDown' | 'setPaused' | 'setHindrances'>;

export class MemberFaults implements FaultInjector {
  readonly types = MEMBER_FAULTS;
  readonly instant: ReadonlySet<FaultType> = new Set();
  readonly #members: readonly BreakableMember[];
  /** What is on each member now, by its name. */
  readonly #applied = new Map<string, readonly FaultSpec[]>();

  constructor(members: readonly BreakableMember[]) {
    this.#members = members;
  }

  async targets({ spec }: Fault): Promise<readonly string[]> {
    const { target, network } = spec;
    const { name, selector } = target;
    const peer = network?.peers?.find((each) => this.#member(each) === undefined);
    if (peer !== undefined) throw new FaultRefused('NoTarget', `there is no store member ${peer} to be a peer`);
    const matches = selector === undefined ? undefined : labelMatcher(selector);
    const hit = this.#members
      .filter((member) => (matches === undefined ? member.address.name === name : matches(labelsOf(member))))
      .map(({ address }) => address.name);
    if (spec.duration === undefined) this.#keepQuorum(spec, hit);
    return hit;
  }

  async apply(target: string, faults: readonly FaultSpec[]): Promise<void> {
    if (faults.length === 0) this.#applied.delete(target);
    else this.#applied.set(target, faults);
    const member = this.#member(target);
    if (member === undefined) return;
    const has = (type: FaultType): boolean => faults.some((fault) => fault.type === type);
    member.setHindrances(this.#hindrances(target, faults));
    member.setPaused(has('StoreMemberPause'));
    member.setDown(has('StoreMemberCrash'));
  }

  async strike(): Promise<void> {}

  /** Without a quorum nobody can delete the fault that took it: such a fault must end by itself. */
  #keepQuorum(spec: FaultSpec, hit: readonly string[]): void {
    if (!takesAway(spec)) return;
    const names = this.#members.map(({ address }) => address.name);
    const left = names.filter((name) => !hit.includes(name) && !(this.#applied.get(name) ?? []).some(takesAway)).length;
    const quorum = Math.floor(names.length / 2) + 1;
    if (left >= quorum || hit.length === 0) return;
    throw new FaultRefused(
      'QuorumAtRisk',
      `it would leave ${left} of ${names.length} store members, fewer than the quorum of ${quorum}, and then nobody could delete the fault: give it a duration`,
    );
  }

  #hindrances(target: string, faults: readonly FaultSpec[]): Hindrances {
    const ways = new Map<string, HinderedWay>();
    for (const { type, network } of faults) {
      if (type !== 'StoreMemberPartition' && type !== 'StoreMemberDelay') continue;
      for (const { address } of this.#members) {
        if (address.name === target || network?.peers?.includes(address.name) === false) continue;
        const before = ways.get(address.peerUrl);
        const delayMs = type === 'StoreMemberDelay' ? (parseDuration(network?.delay ?? '0') ?? 0) : 0;
        ways.set(address.peerUrl, {
          peerUrl: address.peerUrl,
          cut: type === 'StoreMemberPartition' || before?.cut === true,
          delayMs: Math.max(delayMs, before?.delayMs ?? 0),
        });
      }
    }
    const diskStalled = faults.some(({ type }) => type === 'StoreMemberDiskStall');
    return ways.size === 0 && !diskStalled ? NO_HINDRANCES : { diskStalled, ways: [...ways.values()] };
  }

  #member(name: string): BreakableMember | undefined {
    return this.#members.find(({ address }) => address.name === name);
  }
}

/** Whether the members that it hits count for nothing meanwhile. */
function takesAway({ type, network }: FaultSpec): boolean {
  if (type === 'StoreMemberPartition') return network?.peers === undefined;
  return type !== 'StoreMemberDelay';
}

function labelsOf({ address, leads }: BreakableMember): Record<string, string> {
  return { 'sampan.dev/name': address.name, 'sampan.dev/role': leads ? 'leader' : 'follower' };
}

/** Where members cannot be broken one by one: says so, in the status of whoever tries. */
export class NoMemberFaults implements FaultInjector {
  readonly types = MEMBER_FAULTS;
  readonly instant: ReadonlySet<FaultType> = new Set();
  readonly #why: string;

  constructor(why: string) {
    this.#why = why;
  }

  async targets(): Promise<readonly string[]> {
    throw new FaultRefused('Unsupported', this.#why);
  }

  async apply(): Promise<void> {}

  async strike(): Promise<void> {}
}
