/**
 * Bugs to plant, each a single place of the store's source replaced by something wrong: nothing in the store itself
 * knows of them. Each says which judges may find it.
 */

export interface Mutation {
  readonly name: string;
  /** The file, from the root of the repository. */
  readonly file: string;
  /** Exactly one place of it. */
  readonly from: string;
  readonly to: string;
  /** Seeds within which it must be found. */
  readonly seedsMax: number;
  /** Some bugs need more to happen than an ordinary run has. */
  readonly steps?: number;
  readonly members?: number;
}

export const mutations: readonly Mutation[] = [
  {
    name: 'acknowledge before fsync',
    file: 'store/member/ready-loop.ts',
    from: '    if (synced !== undefined) await synced;\n',
    to: '',
    seedsMax: 50,
  },
  {
    name: 'vote twice in a term',
    file: 'store/raft/election.ts',
    from: 'core.vote === message.from || (core.vote === NOBODY && core.leader === NOBODY) ||',
    to: 'true ||',
    seedsMax: 100,
  },
  {
    name: 'forget the vote at a restart',
    file: 'store/member/ready-loop.ts',
    from: '      ...(hardState && { hardState }),',
    to: '      ...(hardState && { hardState: { ...hardState, vote: 0n } }),',
    seedsMax: 100,
  },
  {
    name: 'commit an entry of an earlier term by counting',
    file: 'store/raft/raft-log.ts',
    from: 'if (index <= this.#committed || !this.matchesTerm(index, term)) return false;\n    this.commitTo(index);\n    return true;\n  }\n\n  appliedTo',
    to: 'if (index <= this.#committed) return false;\n    this.commitTo(index);\n    return true;\n  }\n\n  appliedTo',
    seedsMax: 100,
  },
  {
    name: 'stand for election though pre-votes were refused',
    file: 'store/raft/election.ts',
    from: 'core.tracker.recordVote(message.from, !message.reject)',
    to: "core.tracker.recordVote(message.from, !message.reject || message.type === 'preVoteResponse')",
    seedsMax: 100,
  },
  {
    name: "skip pre-vote's term check",
    file: 'store/raft/election.ts',
    from: '(pre && message.term > core.term);',
    to: 'pre;',
    seedsMax: 100,
  },
  {
    name: 'count pre-votes that were granted for an earlier attempt',
    file: 'store/raft/election.ts',
    from: "  if (awaited === 'preVoteResponse' && !message.reject && message.term !== core.term + 1) return;\n",
    to: '',
    seedsMax: 300,
  },
  {
    name: 'give a pre-vote while a leader is heard',
    file: 'store/raft/step.ts',
    from: "if ((type === 'vote' || type === 'preVote') && isHeldByLease(core, message)) return false;",
    to: "if (type === 'vote' && isHeldByLease(core, message)) return false;",
    seedsMax: 100,
  },
  {
    name: 'elect without looking at the log',
    file: 'store/raft/election.ts',
    from: 'const granted = isFree && core.log.isUpToDate(message.index, message.logTerm);',
    to: 'const granted = isFree;',
    seedsMax: 100,
  },
  {
    name: 'serve reads without ReadIndex',
    file: 'store/member/member-store.ts',
    from: 'if (request.serializable !== true) await this.#member.readBarrier(options);\n    return this.#answer(this.#member.machine.keyspace.range(request));',
    to: 'return this.#answer(this.#member.machine.keyspace.range(request));',
    seedsMax: 50,
  },
  {
    name: 'answer ReadIndex without a quorum',
    file: 'store/raft/read-only.ts',
    from: 'const confirmed = this.#confirmedRound(config, self);\n    let count',
    to: 'const confirmed = this.#round + 0 * this.#confirmedRound(config, self);\n    let count',
    seedsMax: 300,
  },
  {
    name: 'answer ReadIndex before a commit of the own term',
    file: 'store/raft/read-index.ts',
    from: 'if (!core.hasCommittedInTerm) {',
    to: 'if (core.reads.isFull) {',
    seedsMax: 500,
    steps: 300,
    members: 5,
  },
  {
    name: 'skip watch events at a compaction',
    file: 'store/mvcc/watch-hub.ts',
    from: 'if (watcher.nextRevision < compacted) {',
    to: 'if (watcher.nextRevision < compacted) watcher.nextRevision = compacted;\n      if (watcher.nextRevision < compacted) {',
    seedsMax: 100,
  },
  {
    name: 'lose watch events when a snapshot is taken over',
    file: 'store/mvcc/keyspace.ts',
    from: 'this.hub.resumeAfterReload(seenRevision);',
    to: 'this.hub.resumeAfterReload(seenRevision + 1);',
    seedsMax: 100,
  },
  {
    name: 'tear a revision between two watch answers',
    file: 'store/mvcc/watch-hub.ts',
    from: 'if (last !== undefined && isEnough && event.kv.modRevision > last.kv.modRevision) {\n      return { events, through: last.kv.modRevision };',
    to: 'if (last !== undefined && (isEnough || events.length >= 2)) {\n      return { events, through: last.kv.modRevision };',
    seedsMax: 100,
  },
  {
    name: 'tell progress before the events up to it',
    file: 'store/mvcc/watcher.ts',
    from: "{ type: 'progress', header: this.#host.header(current) }",
    to: "{ type: 'progress', header: this.#host.header(current + 1) }",
    seedsMax: 200,
  },
  {
    name: 'filter the wrong way round',
    file: 'store/mvcc/watcher.ts',
    from: "return delivery.type === 'put' ? !this.#noPut : !this.#noDelete;",
    to: "return delivery.type === 'put' ? !this.#noDelete : !this.#noPut;",
    seedsMax: 50,
  },
  {
    name: 'reuse a revision after a crash',
    file: 'store/mvcc/keyspace.ts',
    from: 'this.#revision = Math.max(this.#records.recover(), this.#compactRevision);',
    to: 'this.#revision = Math.max(1, this.#records.recover() - 1, this.#compactRevision);',
    seedsMax: 100,
  },
  {
    name: 'apply entries again after a restart',
    file: 'store/member/state-machine.ts',
    from: "    this.backend.put('meta', APPLIED, this.#writer.copy());\n",
    to: "    if (applied.index % 2 === 0) this.backend.put('meta', APPLIED, this.#writer.copy());\n",
    seedsMax: 100,
  },
  {
    name: 'cut the log before the state is durable',
    file: 'store/member/snapshot-keeper.ts',
    from: 'machine.backend.commit().then(',
    to: 'Promise.resolve().then(',
    seedsMax: 300,
  },
  {
    name: 'expire a lease early on a new leader',
    file: 'store/mvcc/lease-table.ts',
    from: 'for (const lease of this.#leases.values()) this.#refresh(lease, nowMs, extendMs);',
    to: 'for (const lease of this.#leases.values()) this.#refresh(lease, nowMs - lease.ttl * 800, extendMs / 10);',
    seedsMax: 200,
  },
  {
    name: 'give an answer to a request of an earlier life',
    file: 'store/member/open-member.ts',
    from: 'const incarnation = random.below(2 ** 32);',
    to: 'const incarnation = 1;',
    seedsMax: 200,
  },
  {
    name: 'count half of the voters as a majority',
    file: 'store/raft/quorum.ts',
    from: 'return indexes[voters.length - (Math.floor(voters.length / 2) + 1)] as number;',
    to: 'return indexes[voters.length - Math.max(1, Math.floor(voters.length / 2))] as number;',
    seedsMax: 50,
  },
  {
    name: 'take damaged log frames for good',
    file: 'store/wal/segment-format.ts',
    from: 'if (segment.readUInt32LE(position + 8) !== frameCrc(segment.subarray(position, end), salt)) return undefined;',
    to: 'if (salt < 0) frameCrc(segment.subarray(position, end), salt);',
    seedsMax: 100,
  },
  {
    name: 'delete the keys of an expired lease in the wrong members only',
    file: 'store/member/state-machine.ts',
    from: 'if (command.expiredInTerm === 0 || command.expiredInTerm === term)',
    to: 'if (command.expiredInTerm === 0 || this.leases.isPrimary)',
    seedsMax: 100,
  },
];
