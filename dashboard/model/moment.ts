/**
 * What happens, one after the other: the system's own moments (as `base/moments.ts` has them) and those that only the
 * page needs. The page's whole knowledge is what `reduce.ts` makes of this sequence, which is why it can go back in time.
 */
import type { Fact } from '../../base/moments.ts';
import type { ObjectRow, RowResource } from './rows.ts';

interface Base {
  /** Wall milliseconds, with a fraction; 0: not known, of a key that was there before anybody looked. */
  readonly atMs: number;
}

/** What the parts of Sampan report about themselves. */
export type SystemMoment = Base & Fact;

/** Of the system's moments that were left out, how many of each kind; `lost`: so many that not even their kind is known. */
export type LeftOut = Readonly<Partial<Record<Fact['type'] | 'lost', number>>>;

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
    /**
     * More came than can be shown: so many moments of the system were left out. They are among those that the server numbered
     * `first` to `last`; the one with the number N has the place N + `offset`.
     */
    | {
        readonly type: 'page.skipped';
        readonly count: number;
        readonly kinds: LeftOut;
        readonly first: number;
        readonly last: number;
        readonly offset: number;
      }
    /** So many objects and keys changed and are not told yet, since more changed than can be told at once. */
    | { readonly type: 'page.behind'; readonly objects: number; readonly keys: number }
  );

/** `place`: where it stands in the sequence, growing, with gaps where moments were left out. */
export type Moment = (SystemMoment | PageMoment) & { readonly place: number };
export type MomentType = Moment['type'];
