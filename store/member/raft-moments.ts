/**
 * Tells the recorder what consensus does at this member. Costs nothing while nobody looks; messages, and how the member
 * sees itself, are told only while somebody watches, since both beat all the time.
 */
import type { Recorder } from '../../base/moments.ts';
import type { RaftStatus } from '../raft/status.ts';
import type { Entry, Message, SoftState } from '../raft/types.ts';
import { idText } from './cluster-identity.ts';

export type EntryStage = 'raft.append' | 'raft.durable' | 'raft.commit' | 'raft.apply';

export interface RaftMomentsDeps {
  /** This member's. */
  readonly name: string;
  readonly recorder: Recorder;
  /** Undefined or empty for a member that has told nobody its name yet. */
  readonly nameOf: (id: bigint) => string | undefined;
}

export class RaftMoments {
  readonly #member: string;
  readonly #recorder: Recorder;
  readonly #nameOf: (id: bigint) => string | undefined;

  constructor({ name, recorder, nameOf }: RaftMomentsDeps) {
    this.#member = name;
    this.#recorder = recorder;
    this.#nameOf = nameOf;
  }

  role({ role, leader }: SoftState, term: number): void {
    if (!this.#recorder.active) return;
    this.#recorder.record({ type: 'raft.role', member: this.#member, role, term, ...this.#known(leader) });
  }

  /** One fact a stage and term, however many entries there are. */
  entries(entries: readonly Entry[], ...stages: readonly EntryStage[]): void {
    if (!this.#recorder.active) return;
    for (const type of stages) {
      for (let from = 0; from < entries.length; ) {
        const { index: first = 0, term = 0 } = entries[from] ?? {};
        let end = from + 1;
        while (entries[end]?.term === term) end++;
        this.#recorder.record({ type, member: this.#member, first, last: first + end - from - 1, term });
        from = end;
      }
    }
  }

  sent(messages: readonly Message[]): void {
    if (!this.#recorder.active) return;
    for (const message of messages) {
      this.#ballot(message);
      if (this.#recorder.watched) this.#message(message, 'sent');
    }
  }

  received(message: Message): void {
    if (this.#recorder.watched) this.#message(message, 'received');
  }

  state(status: () => RaftStatus, tickMs: number): void {
    if (!this.#recorder.watched) return;
    const { role, term, leader, lastIndex, commit, applied, electionElapsed, electionTimeout } = status();
    this.#recorder.record({
      type: 'raft.state',
      member: this.#member,
      role,
      term,
      ...this.#known(leader),
      lastIndex,
      commit,
      applied,
      electionElapsedMs: electionElapsed * tickMs,
      electionTimeoutMs: electionTimeout * tickMs,
    });
  }

  #ballot({ type, to, term, reject }: Message): void {
    const member = this.#member;
    if (type === 'vote' || type === 'preVote') {
      this.#recorder.record({ type: 'raft.vote-asked', member, to: this.#name(to), term, pre: type === 'preVote' });
    } else if (type === 'voteResponse' || type === 'preVoteResponse') {
      const pre = type === 'preVoteResponse';
      this.#recorder.record({ type: 'raft.vote', member, candidate: this.#name(to), term, granted: !reject, pre });
    }
  }

  #message({ type: message, from, to, term, index, entries, reject }: Message, stage: 'sent' | 'received'): void {
    this.#recorder.record({
      type: 'raft.message',
      stage,
      from: this.#name(from),
      to: this.#name(to),
      message,
      term,
      index: entries.at(-1)?.index ?? index,
      entries: entries.length,
      reject,
    });
  }

  #known(leader: bigint): { readonly leader?: string } {
    return leader === 0n ? {} : { leader: this.#name(leader) };
  }

  #name(id: bigint): string {
    const name = this.#nameOf(id);
    return name === undefined || name === '' ? idText(id) : name;
  }
}
