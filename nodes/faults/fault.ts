/** The `Fault` object (`chaos.sampan.dev/v1alpha1`): what is to break, where, when and for how long. */
import type { V1LabelSelector, V1ObjectMeta } from '../../generated/kubernetes.d.ts';

export type FaultType =
  | 'NodeCrash'
  | 'NodeFreeze'
  | 'KubeletStop'
  | 'ContainerExit'
  | 'StoreMemberCrash'
  | 'StoreMemberPause';

export interface FaultTarget {
  /** One by name … */
  readonly name?: string;
  readonly namespace?: string;
  /** … or all that match. */
  readonly selector?: V1LabelSelector;
  /** ContainerExit: which container of the pod; absent: all. */
  readonly container?: string;
}

export interface Fault {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: V1ObjectMeta | undefined;
  spec: {
    readonly type: FaultType;
    readonly target: FaultTarget;
    /** Go durations. No duration: until the object is deleted. */
    readonly startDelay?: string;
    readonly duration?: string;
  };
  status?: FaultStatus;
}

/** Pending (before its start), Active, Healed (its duration is over), Failed (it named nothing, or nothing could be done). */
export type FaultPhase = 'Pending' | 'Active' | 'Healed' | 'Failed';

export interface FaultStatus {
  readonly phase: FaultPhase;
  /** What it hit: node names, `namespace/pod/container`, member names. */
  readonly targets?: readonly string[];
  readonly injectedAt?: string;
  readonly healedAt?: string;
  readonly message?: string;
}
