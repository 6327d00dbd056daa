/**
 * The arithmetic of majorities. A joint configuration has two voter sets and needs a majority of each, which is what
 * makes the switch between two configurations safe (Ongaro 2014, section 4.3).
 *
 * An empty set agrees with everything: so a configuration that is not joint is a joint one with an empty second set.
 */
import type { ConfState, MemberId } from './types.ts';

export type VoteResult = 'won' | 'lost' | 'pending';

type Voters = Pick<ConfState, 'voters' | 'votersOutgoing'>;

/**
 * The highest index that a majority of `voters` has acknowledged; Infinity for the empty set.
 *
 * Example: acknowledged 5, 9, 7 gives 7; 5, 9 gives 5, for two voters must both agree.
 */
export function majorityIndex(voters: readonly MemberId[], acknowledged: (id: MemberId) => number): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY;
  const indexes = voters.map(acknowledged).sort((a, b) => a - b);
  return indexes[voters.length - (Math.floor(voters.length / 2) + 1)] as number;
}

/** The highest index that a majority of each of the two sets has acknowledged. */
export function jointIndex(config: Voters, acknowledged: (id: MemberId) => number): number {
  return Math.min(majorityIndex(config.voters, acknowledged), majorityIndex(config.votersOutgoing, acknowledged));
}

/** How an election among `voters` stands; `voteOf` says undefined for who has not answered. */
export function majorityVote(voters: readonly MemberId[], voteOf: (id: MemberId) => boolean | undefined): VoteResult {
  if (voters.length === 0) return 'won';
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = voteOf(id);
    if (vote === undefined) missing++;
    else if (vote) granted++;
  }
  const needed = Math.floor(voters.length / 2) + 1;
  if (granted >= needed) return 'won';
  return granted + missing >= needed ? 'pending' : 'lost';
}

/** Won when both sets elect; lost when either cannot any more. */
export function jointVote(config: Voters, voteOf: (id: MemberId) => boolean | undefined): VoteResult {
  const incoming = majorityVote(config.voters, voteOf);
  const outgoing = majorityVote(config.votersOutgoing, voteOf);
  if (incoming === outgoing) return incoming;
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending';
}
