/** Faults of store members that run as processes: SIGKILL and kept down, or SIGSTOP, until healed. */
import type { Fault, FaultType } from '../nodes/faults/fault.ts';
import type { FaultInjector } from '../nodes/faults/fault-runner.ts';
import type { MemberProcess } from './member-processes.ts';

export class MemberFaults implements FaultInjector {
  readonly types = ['StoreMemberCrash', 'StoreMemberPause'] as const;
  readonly #members: readonly MemberProcess[];

  constructor(members: readonly MemberProcess[]) {
    this.#members = members;
  }

  async targets({ spec: { target } }: Fault): Promise<readonly string[]> {
    return this.#members.map(({ address }) => address.name).filter((name) => name === target.name);
  }

  async inject(type: FaultType, target: string): Promise<void> {
    const member = this.#member(target);
    if (type === 'StoreMemberCrash') member?.crash();
    else member?.pause();
  }

  async heal(_type: FaultType, target: string): Promise<void> {
    this.#member(target)?.heal();
  }

  #member(name: string): MemberProcess | undefined {
    return this.#members.find(({ address }) => address.name === name);
  }
}
