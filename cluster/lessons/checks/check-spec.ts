/** What a lesson's file can ask to be checked. Each kind is judged by the function of the same name in `judges.ts`. */

/** A key of the store whose object has (or must not have) a value at a path such as `data.color`. */
export interface ValueCheck {
  readonly kind: 'value';
  readonly key: string;
  /** Absent: that the key exists is enough. */
  readonly path?: string;
  readonly equals?: string;
  /** True: the key must be gone. */
  readonly gone?: boolean;
}

/** A key was written so often since the step began. */
export interface ChangedCheck {
  readonly kind: 'changed';
  readonly key: string;
  readonly times: number;
}

/** A request was answered with this code since the step began. */
export interface RequestCheck {
  readonly kind: 'request';
  readonly verb: string;
  readonly resource: string;
  readonly name?: string;
  readonly code: number;
}

/** The learner watched a resource while it changed. */
export interface WatchedCheck {
  readonly kind: 'watched';
  readonly resource: string;
  readonly name: string;
  readonly events: number;
}

/** A Deployment has exactly this many pods, all ready. */
export interface ReadyCheck {
  readonly kind: 'ready';
  readonly deployment: string;
  readonly pods: number;
  readonly image?: string;
}

/** Pods of a Deployment that existed when the step began are gone, and others took their place. */
export interface ReplacedCheck {
  readonly kind: 'replaced';
  readonly deployment: string;
  readonly pods: number;
}

/** No ready pod of the Deployment is on this node, and those that were there were replaced elsewhere. */
export interface MovedCheck {
  readonly kind: 'moved';
  readonly deployment: string;
  readonly from: string;
}

export interface NodeReadyCheck {
  readonly kind: 'node-ready';
  readonly node: string;
  readonly ready: boolean;
}

/** A fault of this type struck this target since the step began (`active`: and still holds), or all were healed. */
export interface FaultCheck {
  readonly kind: 'fault';
  readonly type: string;
  readonly state: 'struck' | 'healed';
  readonly targets?: number;
}

/** How often the store's leader changed since the step began, and who may not lead. */
export interface LeaderChangedCheck {
  readonly kind: 'leader-changed';
  readonly times: number;
}

/** Every acknowledged write of the lesson's writer is in the store; at least so many since the step began. */
export interface WritesKeptCheck {
  readonly kind: 'writes-kept';
  readonly acknowledged: number;
}

/** The writer got nothing acknowledged for the last so many seconds. */
export interface WritesRefusedCheck {
  readonly kind: 'writes-refused';
  readonly seconds: number;
}

/** Containers of pods with this name prefix were restarted so often; `waiting` is the reason that one gives now. */
export interface RestartsCheck {
  readonly kind: 'restarts';
  readonly pod: string;
  readonly times: number;
  readonly waiting?: string;
}

/** Since the step began a Deployment never had fewer available replicas than this, by the store's own history. */
export interface AvailabilityCheck {
  readonly kind: 'availability';
  readonly deployment: string;
  readonly least: number;
}

/** A pod is on a node, or is refused by the scheduler with words that hold this. */
export interface ScheduledCheck {
  readonly kind: 'scheduled';
  readonly pod: string;
  readonly node?: string;
  readonly refusedFor?: string;
}

/** A snapshot file of the lesson's folder is whole, and was made since the step began. */
export interface SnapshotCheck {
  readonly kind: 'snapshot';
  readonly file: string;
}

/** A cluster that was started on a data directory of the lesson's folder, not the lesson's own, has the key. */
export interface RestoredCheck {
  readonly kind: 'restored';
  readonly directory: string;
  readonly key: string;
}

/** A store at this address, not the lesson's own, has the key. */
export interface ElsewhereCheck {
  readonly kind: 'elsewhere';
  readonly endpoint: string;
  readonly key: string;
}

/** An API server at this address says that it is ready, or nobody answers there. */
export interface ServingCheck {
  readonly kind: 'serving';
  readonly url: string;
  readonly ready: boolean;
}

export type CheckSpec =
  | ValueCheck
  | ChangedCheck
  | RequestCheck
  | WatchedCheck
  | ReadyCheck
  | ReplacedCheck
  | MovedCheck
  | NodeReadyCheck
  | FaultCheck
  | LeaderChangedCheck
  | WritesKeptCheck
  | WritesRefusedCheck
  | RestartsCheck
  | AvailabilityCheck
  | ScheduledCheck
  | SnapshotCheck
  | RestoredCheck
  | ElsewhereCheck
  | ServingCheck;

export type CheckKind = CheckSpec['kind'];
