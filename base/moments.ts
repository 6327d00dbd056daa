/**
 * Moments: what each part did, as typed values. The demos, lessons, traces and pages read moments; there is no second
 * way to learn what happened. A part gets a `Recorder` by constructor and asks `recorder.active` before it builds a
 * fact, so that nobody pays while nobody looks.
 *
 * A part states a **fact**; the ring makes a **moment** of it: a fact with its number and its time. Facts name each
 * other, so that one request can be followed through every part, even where parts live in other processes:
 *
 *     api.request  request R  ──── api.write  request R, revision V ──── store.change  revision V, index I
 *          ▲ cause: turn T              │                                   raft.append … raft.apply  first..last ∋ I
 *          │                            ▼
 *     controller.take  turn T  ◄── api.watch-event  revision V
 *
 * A **turn** is one piece of work of one part: a controller's reconcile, a scheduler's judgement, a kubelet's report.
 */

/** A member by its name; while the cluster does not know its name yet, by its id in hex. */
type MemberName = string;

export type Fact =
  /** A member's role or its idea of who leads changed. */
  | {
      readonly type: 'raft.role';
      readonly member: MemberName;
      readonly role: 'follower' | 'preCandidate' | 'candidate' | 'leader';
      readonly term: number;
      readonly leader?: MemberName;
    }
  /** `member` asks `to` for its vote; `pre`: it first asks whether it would be elected. */
  | {
      readonly type: 'raft.vote-asked';
      readonly member: MemberName;
      readonly to: MemberName;
      readonly term: number;
      readonly pre: boolean;
    }
  /** `member` answers a candidate that asked for its vote. */
  | {
      readonly type: 'raft.vote';
      readonly member: MemberName;
      readonly candidate: MemberName;
      readonly term: number;
      readonly granted: boolean;
      readonly pre: boolean;
    }
  /**
   * Entries `first` to `last` of one term are in the member's log; are on its disk; are known to it as committed; are
   * applied to its state.
   */
  | {
      readonly type: 'raft.append' | 'raft.durable' | 'raft.commit' | 'raft.apply';
      readonly member: MemberName;
      readonly first: number;
      readonly last: number;
      readonly term: number;
    }
  /** While watched only: a message left a member, or arrived at one. What was sent and never arrived was lost. */
  | {
      readonly type: 'raft.message';
      readonly stage: 'sent' | 'received';
      readonly from: MemberName;
      readonly to: MemberName;
      readonly message: string;
      readonly term: number;
      /** The last entry that it is about; `entries` are carried. */
      readonly index: number;
      readonly entries: number;
      readonly reject: boolean;
    }
  /** While watched only, once a heartbeat: how a member sees itself, and how long until it would stand for election. */
  | {
      readonly type: 'raft.state';
      readonly member: MemberName;
      readonly role: string;
      readonly term: number;
      readonly leader?: MemberName;
      readonly lastIndex: number;
      readonly commit: number;
      readonly applied: number;
      readonly electionElapsedMs: number;
      readonly electionTimeoutMs: number;
    }
  /** A key has a new value, or is gone, at `revision`, by the log's entry `index` (0: the store has no log). */
  | {
      readonly type: 'store.change';
      readonly member: MemberName;
      readonly change: 'put' | 'delete';
      readonly key: string;
      readonly revision: number;
      readonly version: number;
      readonly index: number;
      readonly term: number;
    }
  /**
   * A request was answered; it came in `durationMs` before. `request` is its audit id; `cause` the turn that made it,
   * absent for those from outside. Authentication, flow control and authorization took the first `authorizedMs`.
   */
  | {
      readonly type: 'api.request';
      readonly request: string;
      readonly cause?: string;
      readonly verb: string;
      /** `deployments.apps/scale`, or the path of what is no resource. */
      readonly resource: string;
      readonly namespace?: string;
      readonly name?: string;
      readonly user: string;
      readonly userAgent: string;
      readonly code: number;
      readonly durationMs: number;
      readonly authorizedMs?: number;
    }
  /**
   * An object was written, as `resourceVersion` = `revision`. The transaction took the last `durationMs`; what came
   * before it, from authorization on, was decoding, defaulting, admission and validation. Without `request`: the API
   * server's own doing.
   */
  | {
      readonly type: 'api.write';
      readonly request?: string;
      readonly change: 'create' | 'update' | 'delete';
      readonly resource: string;
      readonly namespace?: string;
      readonly name: string;
      readonly revision: number;
      readonly durationMs: number;
    }
  /** A change was handed to those who watch the resource; `watchers` of them waited for it. */
  | {
      readonly type: 'api.watch-event';
      readonly change: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly resource: string;
      readonly namespace?: string;
      readonly name: string;
      readonly revision: number;
      readonly watchers: number;
    }
  /** A key was taken from a controller's queue. `revisions`: the changes that put it there; none: time or a retry did. */
  | {
      readonly type: 'controller.take';
      readonly turn: string;
      readonly controller: string;
      readonly key: string;
      readonly queueLength: number;
      readonly revisions: readonly number[];
    }
  /** What a controller decided and why. Without `turn`: one that has no queue. */
  | {
      readonly type: 'controller.decision';
      readonly turn?: string;
      readonly controller: string;
      readonly key: string;
      readonly words: string;
    }
  /** The turn is over. With `failure`, the key comes back later. */
  | {
      readonly type: 'controller.done';
      readonly turn: string;
      readonly controller: string;
      readonly key: string;
      readonly durationMs: number;
      readonly failure?: string;
    }
  /** The scheduler chose a node, or says why none fits. It saw the pod as of `revision`. */
  | {
      readonly type: 'scheduler.decision';
      readonly turn: string;
      readonly pod: string;
      readonly revision: number;
      readonly node?: string;
      readonly words: string;
    }
  /** A container on a node changed its state. */
  | {
      readonly type: 'node.container';
      readonly node: string;
      readonly pod: string;
      readonly container: string;
      readonly state: 'waiting' | 'running' | 'terminated';
      readonly reason: string;
      readonly restarts: number;
    }
  /** A kubelet is about to report a pod's phase. It acts on the pod as of `revision`. */
  | {
      readonly type: 'node.pod';
      readonly turn: string;
      readonly node: string;
      readonly pod: string;
      readonly revision: number;
      readonly phase: string;
      /** Whether it reports the pod as ready. */
      readonly ready: boolean;
      readonly words: string;
    }
  /** A fault struck `targets`, or what it broke was healed. */
  | {
      readonly type: 'fault';
      readonly fault: string;
      readonly phase: 'injected' | 'healed';
      readonly targets: readonly string[];
      readonly words: string;
    };

/** A fact that is being made: what may be absent is set after the rest, which costs less than spreading it in. */
export type FactDraft<Type extends Fact['type']> = {
  -readonly [Field in keyof Extract<Fact, { readonly type: Type }>]: Extract<Fact, { readonly type: Type }>[Field];
};

/**
 * A fact, with its number in the ring (no gaps, strictly increasing) and when it was stated: wall milliseconds with
 * their fraction. Moments of other processes come a little late: their numbers are in the order of arrival.
 */
export type Moment = Fact & { readonly seq: number; readonly atMs: number };

export type MomentType = Fact['type'];

export interface Recorder {
  /** False while nobody looks, nor ever will: then do not even build the fact. */
  readonly active: boolean;
  /** Somebody looks this very moment: state also what beats all the time, as messages between members do. */
  readonly watched: boolean;
  record(fact: Fact): void;
}

/** The request header in which a turn names itself; it ends up as `cause` of the `api.request`, and nowhere else. */
export const CAUSE_HEADER = 'sampan-cause';

export const silentRecorder: Recorder = { active: false, watched: false, record: () => {} };

/** What caused the moment, by name: `turn:…`, `request:…`, `revision:N`, `entry:N`; most telling first. */
export function causesOf(fact: Fact): readonly string[] {
  switch (fact.type) {
    case 'api.request':
      return fact.cause === undefined ? [] : [`turn:${fact.cause}`];
    case 'api.write':
      return fact.request === undefined ? [] : [`request:${fact.request}`];
    case 'store.change':
      return fact.index === 0 ? [] : [`entry:${fact.index}`];
    case 'api.watch-event':
    case 'scheduler.decision':
    case 'node.pod':
      return [`revision:${fact.revision}`];
    case 'controller.take':
      return fact.revisions.map((revision) => `revision:${revision}`);
    case 'controller.decision':
    case 'controller.done':
      return fact.turn === undefined ? [] : [`turn:${fact.turn}`];
    default:
      return [];
  }
}
