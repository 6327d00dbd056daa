/** What a store member's process and its parent say to each other, over the channel that Node opens between them. */
import type { Moment } from '../base/moments.ts';
import type { Hindrances } from './member-hindrances.ts';

/** Set for a member whose parent wants to hear of moments later: it keeps a ring of its own. */
export const KEEP_MOMENTS = 'SAMPAN_KEEP_MOMENTS';

/** From the parent. */
export type MemberRequest =
  /** Answered with the moments after that number. `watched`: somebody looks now, and for a second more. */
  | { readonly type: 'moments'; readonly after: number; readonly watched: boolean }
  /** From now on it suffers this, and nothing else. */
  | { readonly type: 'hindrances'; readonly hindrances: Hindrances };

/** From the member. */
export type MemberNotice =
  /** It serves. */
  | { readonly type: 'ready'; readonly replayedEntries: number }
  /** It leads now, or no longer. */
  | { readonly type: 'role'; readonly leads: boolean }
  /** The oldest that were asked for; more are there while the last of them is not `last`. */
  | { readonly type: 'moments'; readonly moments: readonly Moment[]; readonly last: number };

export type MemberReady = Extract<MemberNotice, { type: 'ready' }>;
