/** What a store member's process and its parent say to each other, over the channel that Node opens between them. */
import type { Moment } from '../base/moments.ts';

/** Set for a member whose parent wants to hear of moments later: it keeps a ring of its own. */
export const KEEP_MOMENTS = 'SAMPAN_KEEP_MOMENTS';

/** From the parent. */
export type MemberRequest =
  /** Answered with the moments after that number. `watched`: somebody looks now, and for a second more. */
  { readonly type: 'moments'; readonly after: number; readonly watched: boolean };

/** From the member. */
export type MemberNotice =
  /** It serves. */
  | { readonly type: 'ready'; readonly replayedEntries: number }
  /** The oldest that were asked for; more are there while the last of them is not `last`. */
  | { readonly type: 'moments'; readonly moments: readonly Moment[]; readonly last: number };

export type MemberReady = Extract<MemberNotice, { type: 'ready' }>;
