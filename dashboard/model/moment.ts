/**
 * What happens, one after the other: the system's own moments (as `base/moments.ts` has them) and those that only the
 * page needs. The page's whole knowledge is what `reduce.ts` makes of this sequence, which is why it can go back in time.
 */
import type { ObjectRow, RowResource } from './rows.ts';

interface Base {
  /** Wall milliseconds, with a fraction. */
  readonly atMs: number;
}

type Change = 'ADDED' | 'MODIFIED' | 'DELETED';

/** What the parts of Sampan report about themselves. Kinds that the page does not know are counted all the same. */
export type SystemMoment = Base &
  (
    | {
        readonly type: 'raft.role';
        readonly member: string;
        readonly role: string;
        readonly term: number;
        readonly leader?: string;
      }
    | {
        readonly type: 'raft.vote-asked';
        readonly member: string;
        readonly to: string;
        readonly term: number;
        readonly pre: boolean;
      }
    | {
        readonly type: 'raft.vote';
        readonly member: string;
        readonly candidate: string;
        readonly term: number;
        readonly granted: boolean;
        readonly pre: boolean;
      }
    | {
        readonly type: 'raft.append' | 'raft.durable' | 'raft.commit' | 'raft.apply';
        readonly member: string;
        readonly first: number;
        readonly last: number;
        readonly term: number;
      }
    | {
        readonly type: 'raft.message';
        readonly stage: 'sent' | 'received';
        readonly from: string;
        readonly to: string;
        readonly message: string;
        readonly term: number;
        readonly index: number;
        readonly entries: number;
        readonly reject: boolean;
      }
    | {
        readonly type: 'raft.state';
        readonly member: string;
        readonly role: string;
        readonly term: number;
        readonly leader?: string;
        readonly lastIndex: number;
        readonly commit: number;
        readonly applied: number;
        readonly electionElapsedMs: number;
        readonly electionTimeoutMs: number;
      }
    | {
        readonly type: 'store.change';
        readonly member?: string;
        readonly change: 'put' | 'delete';
        readonly key: string;
        readonly revision: number;
        readonly version: number;
        readonly index?: number;
      }
    | {
        readonly type: 'api.request';
        readonly request?: string;
        readonly cause?: string;
        readonly verb: string;
        readonly resource: string;
        readonly namespace?: string;
        readonly name?: string;
        readonly user: string;
        readonly code: number;
        readonly durationMs: number;
        readonly authorizedMs?: number;
      }
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
    | {
        readonly type: 'api.watch-event';
        readonly change: Change;
        readonly resource: string;
        readonly namespace?: string;
        readonly name: string;
        readonly revision?: number;
        readonly watchers: number;
      }
    | {
        readonly type: 'controller.take';
        readonly turn?: string;
        readonly controller: string;
        readonly key: string;
        readonly queueLength: number;
        readonly revisions?: readonly number[];
      }
    | {
        readonly type: 'controller.decision';
        readonly turn?: string;
        readonly controller: string;
        readonly key: string;
        readonly words: string;
      }
    | {
        readonly type: 'controller.done';
        readonly turn: string;
        readonly controller: string;
        readonly key: string;
        readonly durationMs: number;
        readonly failure?: string;
      }
    | {
        readonly type: 'scheduler.decision';
        readonly turn?: string;
        readonly pod: string;
        readonly revision?: number;
        readonly node?: string;
        readonly words: string;
      }
    | {
        readonly type: 'node.container';
        readonly node: string;
        readonly pod: string;
        readonly container: string;
        readonly state: string;
        readonly reason: string;
        readonly restarts: number;
      }
    | {
        readonly type: 'node.pod';
        readonly turn?: string;
        readonly node: string;
        readonly pod: string;
        readonly revision?: number;
        readonly phase: string;
        readonly words: string;
      }
    | { readonly type: 'fault'; readonly fault: string; readonly phase: string; readonly words: string }
  );

/** A member of the store, as asked now and then. */
export interface MemberSample {
  readonly name: string;
  /** Its id in hexadecimal: how moments name it. */
  readonly id: string;
  /** `running`, `paused`, `crashed`, `starting`, `stopped`; `unreachable` when it does not answer. */
  readonly state: string;
  readonly pid?: number;
  readonly restarts: number;
  readonly term: number;
  readonly leader: string;
  readonly index: number;
  readonly applied: number;
  readonly revision: number;
  readonly bytes: number;
}

/** A watch that somebody has open. */
export interface WatchRow {
  readonly id: number;
  readonly user: string;
  readonly agent: string;
  readonly resource: string;
  /** What all keys begin with that it sees. */
  readonly prefix: string;
  readonly selector?: string;
  /** It sees what changed after this revision. */
  readonly fromRevision: number;
  readonly sinceMs: number;
}

export type PageMoment = Base &
  (
    | { readonly type: 'page.object'; readonly change: 'put'; readonly row: ObjectRow }
    | { readonly type: 'page.object'; readonly change: 'delete'; readonly resource: RowResource; readonly key: string }
    | {
        readonly type: 'page.key';
        readonly change: 'put' | 'delete';
        readonly key: string;
        readonly revision: number;
        /** 0: not known. */
        readonly version: number;
      }
    | { readonly type: 'page.members'; readonly members: readonly MemberSample[] }
    | { readonly type: 'page.watches'; readonly watches: readonly WatchRow[] }
    /** Everything anew: at the beginning, and after a break in the line. */
    | { readonly type: 'page.start'; readonly cluster: string }
    /** So many moments of the system were left out, since more came than can be shown. */
    | { readonly type: 'page.skipped'; readonly count: number }
  );

/** `place`: where it stands in the sequence, growing, with gaps where moments were left out. */
export type Moment = (SystemMoment | PageMoment) & { readonly place: number };
export type MomentType = Moment['type'];
