/** The `Fault` object (`chaos.sampan.dev/v1alpha1`): what is to break, where, when, for how long and how often. */
import type { V1Condition, V1LabelSelector, V1ObjectMeta } from '../../generated/kubernetes.d.ts';

export type FaultType =
  | 'NodeCrash'
  | 'NodeFreeze'
  | 'KubeletStop'
  | 'ContainerExit'
  | 'StoreMemberCrash'
  | 'StoreMemberPause'
  | 'StoreMemberDiskStall'
  | 'StoreMemberPartition'
  | 'StoreMemberDelay';

export interface FaultTarget {
  /** One by name … */
  readonly name?: string;
  readonly namespace?: string;
  /** … or all that match when it strikes. */
  readonly selector?: V1LabelSelector;
  /** ContainerExit: which container of the pod; absent: all. */
  readonly container?: string;
}

export interface FaultSpec {
  readonly type: FaultType;
  readonly target: FaultTarget;
  /** Go durations. No duration: until the object is deleted. */
  readonly startDelay?: string;
  readonly duration?: string;
  /** Strikes again and again: `interval` from strike to strike, `count` in all; absent: until deleted. */
  readonly repeat?: { readonly interval: string; readonly count?: number };
  /** StoreMemberPartition and StoreMemberDelay: which ways; no peers: to all other members. */
  readonly network?: { readonly peers?: readonly string[]; readonly delay?: string };
}

export interface Fault {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: V1ObjectMeta | undefined;
  spec: FaultSpec;
  status?: FaultStatus;
}

/**
 * Pending: before its first strike. Active: it strikes. Waiting: healed until the next strike. Healed: it is over.
 * Failed: it named nothing, or nothing could be done.
 */
export type FaultPhase = 'Pending' | 'Active' | 'Waiting' | 'Healed' | 'Failed';

export interface FaultStatus {
  readonly phase: FaultPhase;
  /** What the last strike hit: node names, `namespace/pod/container`, member names. */
  readonly targets?: readonly string[];
  /** How often it struck. */
  readonly strikes?: number;
  /** Of the last strike. */
  readonly injectedAt?: string;
  readonly healedAt?: string;
  readonly nextStrikeAt?: string;
  readonly message?: string;
  readonly conditions?: readonly V1Condition[];
  readonly observedGeneration?: number;
}

/** Why a fault cannot be carried out, in words for its status. */
export class FaultRefused extends Error {
  override readonly name = 'FaultRefused';
  /** The reason of its condition: `NoTarget`, `Unsupported`, `QuorumAtRisk`. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
