/**
 * Raft's promises, judged at every step from the moments that members record and the messages that they send:
 *
 * - election safety: one leader a term, and one vote a term, which the voter remembers over all its lives;
 * - pre-vote: nobody stands in a term without a majority that was ready to elect it in that very term; and nobody is
 *   ready to who hears a leader, or has reached that term itself: who comes back from a partition deposes nobody;
 * - leader append-only: a leader never takes back its own log;
 * - log matching: one index and term, one entry, with one predecessor;
 * - leader completeness: a leader's log has everything that was applied anywhere before;
 * - state machine safety: at one index everybody applies the same entry;
 * - durability: what is applied anywhere is on the disks of a majority.
 *
 * A member's log is followed from `raft.append` and `raft.durable`, through its crashes: what was appended and not
 * durable may or may not be there afterwards.
 */
import type { Fact, Recorder } from '../../base/moments.ts';
import type { RunningMember } from '../../store/member/running-member.ts';
import { NOBODY } from '../../store/raft/raft-core.ts';
import type { ConfState, Message } from '../../store/raft/types.ts';
import type { Violations } from './violation.ts';

/** A leader that was heard less than so long ago is not to be deposed: the election timeout, less a tick and some skew. */
const HOLD_MS = 850;

interface FollowedLog {
  readonly terms: Map<number, number>;
  last: number;
  durable: number;
  /** Up to here it is covered by a snapshot, as far as was seen. */
  base: number;
  role: string;
  roleTerm: number;
  /** When its base was looked at last, as what it had applied. */
  seenApplied: number;
}

export class RaftJudge implements Recorder {
  readonly active = true;
  readonly watched = false;
  readonly #violations: Violations;
  readonly #logs = new Map<string, FollowedLog>();
  readonly #names = new Map<bigint, string>();
  readonly #running = new Map<string, RunningMember>();
  readonly #leaders = new Map<number, string>();
  readonly #votes = new Map<string, bigint>();
  /** Who was ready to elect whom, as `candidate/term`. */
  readonly #preVotes = new Map<string, Set<string>>();
  /** When a member heard its leader last, by its own clock, and the leader's term. */
  readonly #heard = new Map<bigint, { readonly term: number; readonly atMs: number }>();
  /** By `member/candidate/term`: how many pre-votes the member is free to give, one for each time that it was asked. */
  readonly #free = new Map<string, number>();
  readonly #entries = new Map<string, string>();
  readonly #applied = new Map<number, number>();
  readonly #knownConfigurations = new WeakSet<ConfState>();
  /** The memberships that were seen; they come back, and members see them at different times: a commit counts in any. */
  readonly #configurations: ConfState[] = [];
  elections = 0;
  /** How many entries were applied, all members together. */
  applies = 0;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  lives(member: RunningMember): void {
    const { name } = member;
    this.#names.set(member.id, name);
    this.#running.set(name, member);
    const log = this.#log(name);
    const { firstIndex, lastIndex, term, vote } = member.core.raftStatus();
    const voted = this.#votes.get(`${member.id}/${term}`);
    if (voted !== undefined && voted !== vote) this.#fail(`member ${name} forgot its vote of term ${term}`);
    log.base = Math.max(log.base, firstIndex - 1);
    // What came back is on the disk, whether a sync had been waited for or not.
    // What had been written over it without being synced may be there instead, or not: nobody told.
    for (const index of log.terms.keys()) if (index > Math.min(log.durable, lastIndex)) log.terms.delete(index);
    log.last = lastIndex;
    log.durable = lastIndex;
  }

  dies(member: RunningMember): void {
    this.observe();
    const { name } = member;
    this.#running.delete(name);
    this.#heard.delete(member.id);
    this.#log(name).role = 'dead';
  }

  /** To be called often: looks at what moments do not tell. */
  observe(): void {
    for (const [name, member] of this.#running) {
      const { confState } = member.core.machine;
      if (confState !== undefined && !this.#knownConfigurations.has(confState)) this.#sawConfiguration(confState);
      const applied = member.core.machine.applied.index;
      const log = this.#log(name);
      if (member.core.isStopped || log.seenApplied === applied) continue;
      log.seenApplied = applied;
      log.base = Math.max(log.base, member.core.raftStatus().firstIndex - 1);
    }
  }

  record(fact: Fact): void {
    if (fact.type === 'raft.role') this.#sawRole(fact.member, fact.role, fact.term);
    if (fact.type !== 'raft.append' && fact.type !== 'raft.durable' && fact.type !== 'raft.apply') return;
    const { type, member, term } = fact;
    for (let index = fact.first; index <= fact.last; index++) {
      if (type === 'raft.append') this.#sawAppend(member, index, term);
      else if (type === 'raft.durable') this.#sawDurable(member, index, term);
      else this.#sawApplied(member, index, term);
    }
  }

  /** Of every message that reaches a member, before it acts on it. */
  received({ type, from, to, term }: Message, nowMs: number): void {
    if (type !== 'append' && type !== 'heartbeat' && type !== 'preVote') return;
    const heard = this.#heard.get(to);
    if (type !== 'preVote') {
      if (heard === undefined || term >= heard.term) this.#heard.set(to, { term, atMs: nowMs });
      return;
    }
    const status = this.#running.get(this.#names.get(to) ?? '')?.core.raftStatus();
    const hears = heard !== undefined && nowMs < heard.atMs + HOLD_MS;
    const isNew = status === undefined || term > status.term;
    const isHeld = status?.role === 'follower' && hears && heard.term === status.term;
    const hasChosen = status !== undefined && (status.vote !== NOBODY || status.leader !== NOBODY);
    const ballot = `${to}/${from}/${term}`;
    if (isNew ? !isHeld : !hasChosen || status.vote === from) this.#free.set(ballot, (this.#free.get(ballot) ?? 0) + 1);
  }

  /** Of every message that leaves a member. */
  sent(message: Message): void {
    if (message.type === 'voteResponse' && !message.reject) {
      const ballot = `${message.from}/${message.term}`;
      const before = this.#votes.get(ballot);
      if (before !== undefined && before !== message.to) {
        this.#fail(`member ${message.from.toString(16)} voted twice in term ${message.term}`);
      }
      this.#votes.set(ballot, message.to);
    }
    if (message.type === 'preVoteResponse' && !message.reject) {
      const candidacy = `${message.to}/${message.term}`;
      const granted = this.#preVotes.get(candidacy) ?? new Set();
      this.#preVotes.set(candidacy, granted.add(message.from.toString(16)));
      const ballot = `${message.from}/${message.to}/${message.term}`;
      const free = this.#free.get(ballot) ?? 0;
      this.#free.set(ballot, free - 1);
      if (free <= 0) {
        const [own, other] = [message.from.toString(16), message.to.toString(16)];
        this.#fail(
          `member ${own} was ready to elect ${other} in term ${message.term}, and had a leader, or a vote in it`,
        );
      }
    }
    if (message.type === 'vote' && message.context === undefined) this.#sawCandidacy(message);
    if (message.type !== 'append') return;
    let previousTerm = message.logTerm;
    for (const { index, term, data } of message.entries) {
      const key = `${index}/${term}`;
      const content = `${previousTerm} ${Buffer.from(data).toString('latin1')}`;
      const known = this.#entries.get(key);
      if (known !== undefined && known !== content) this.#fail(`two entries of term ${term} at index ${index}`);
      this.#entries.set(key, content);
      previousTerm = term;
    }
  }

  #sawCandidacy({ from, term }: Message): void {
    const granted = this.#preVotes.get(`${from}/${term}`) ?? new Set();
    const own = from.toString(16);
    const isMajority = ({ voters }: ConfState): boolean =>
      voters.filter((id) => id === from || granted.has(id.toString(16))).length > voters.length / 2;
    if (this.#configurations.length === 0 || this.#configurations.some(isMajority)) return;
    this.#fail(`member ${own} stands in term ${term}, and only ${granted.size} others were ready to elect it`);
  }

  #sawRole(name: string, role: string, term: number): void {
    const log = this.#log(name);
    log.role = role;
    log.roleTerm = term;
    if (role !== 'leader') return;
    const other = this.#leaders.get(term);
    if (other === undefined) this.elections++;
    else if (other !== name) this.#fail(`members ${other} and ${name} both lead term ${term}`);
    this.#leaders.set(term, name);
    const status = this.#running.get(name)?.core.raftStatus();
    if (status === undefined || status.term !== term) return;
    for (const [index, applied] of this.#applied) {
      if (index < status.firstIndex) continue;
      const own = log.terms.get(index);
      if (index > log.last || (own !== undefined && own !== applied)) {
        this.#fail(`leader ${name} of term ${term} lacks entry ${index} of term ${applied}, which was applied`);
        return;
      }
    }
  }

  #sawAppend(name: string, index: number, term: number): void {
    const log = this.#log(name);
    if (log.role === 'leader' && log.roleTerm === term && index <= log.last && log.terms.get(index) === term) {
      this.#fail(`leader ${name} of term ${term} wrote its entry ${index} again`);
    }
    log.durable = Math.min(log.durable, index - 1);
    log.terms.set(index, term);
    for (let gone = index + 1; gone <= log.last; gone++) log.terms.delete(gone);
    log.last = index;
  }

  #sawDurable(name: string, index: number, term: number): void {
    const log = this.#log(name);
    if (log.terms.get(index) === term) log.durable = Math.max(log.durable, index);
  }

  #sawApplied(name: string, index: number, term: number): void {
    this.applies++;
    const before = this.#applied.get(index);
    if (before !== undefined) {
      if (before !== term)
        this.#fail(`member ${name} applied entry ${index} of term ${term}, another that of ${before}`);
      return;
    }
    this.#applied.set(index, term);
    this.observe();
    const configurations = this.#configurations;
    if (configurations.length > 0 && !configurations.some((each) => this.#isDurable(each, index, term))) {
      this.#fail(`entry ${index} of term ${term} was applied by ${name}, and is not on the disks of a majority`);
    }
  }

  #isDurable({ voters, votersOutgoing }: ConfState, index: number, term: number): boolean {
    const majority = (ids: readonly bigint[]): boolean => {
      const having = ids.filter((id) => {
        const log = this.#log(this.#names.get(id) ?? id.toString(16));
        return log.base >= index || (log.durable >= index && (log.terms.get(index) ?? term) === term);
      });
      return ids.length === 0 || having.length > ids.length / 2;
    };
    return majority(voters) && majority(votersOutgoing);
  }

  #sawConfiguration(confState: ConfState): void {
    this.#knownConfigurations.add(confState);
    const known = this.#configurations.some((each) => sameVoters(each, confState));
    if (!known) this.#configurations.push(confState);
  }

  #log(name: string): FollowedLog {
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = { terms: new Map(), last: 0, durable: 0, base: 0, role: '', roleTerm: 0, seenApplied: -1 };
      this.#logs.set(name, log);
    }
    return log;
  }

  #fail(words: string): void {
    this.#violations.add('raft', words);
  }
}

function sameVoters(a: ConfState, b: ConfState): boolean {
  const text = (each: ConfState): string => `${[...each.voters].sort()} / ${[...each.votersOutgoing].sort()}`;
  return text(a) === text(b);
}
