/** Who can break things of one sort: nodes and what runs on them, or members of the store. */
import type { Fault, FaultSpec, FaultType } from './fault.ts';

export interface FaultInjector {
  readonly types: readonly FaultType[];
  /** Of these, the ones that are over as soon as they struck: there is nothing to heal. */
  readonly instant: ReadonlySet<FaultType>;
  /**
   * The targets that exist now, without repeats; none: the fault names nothing. Rejects with `FaultRefused` when it could
   * not be carried out on them.
   */
  targets(fault: Fault): Promise<readonly string[]>;
  /**
   * Makes a target what all faults on it say together; none: whole. Called at every change, and again while an earlier
   * call is under way: the latest counts. Resolves when the target is so.
   */
  apply(target: string, faults: readonly FaultSpec[]): Promise<void>;
  /** Strikes with an instant fault. */
  strike(target: string, fault: FaultSpec): Promise<void>;
}
