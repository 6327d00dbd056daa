/** Entries, messages and Readies in words, for the transcripts. An entry is written term/index, then its data. */
import { decodeConfChange } from '../../../store/raft/conf-change-codec.ts';
import type { RaftStatus } from '../../../store/raft/status.ts';
import type { ConfChange, ConfState, Entry, MemberId, Message, Ready } from '../../../store/raft/types.ts';

export function renderEntry(entry: Entry): string {
  const data =
    entry.type === 'confChange'
      ? `[${renderConfChange(decodeConfChange(entry.data))}]`
      : `'${Buffer.from(entry.data).toString()}'`;
  return `${entry.term}/${entry.index} ${data}`;
}

export function renderConfChange(change: ConfChange): string {
  if (change.changes.length === 0) return 'leave joint';
  const words = { addVoter: 'add', addLearner: 'learner', remove: 'remove' };
  const changes = change.changes.map(({ type, id }) => `${words[type]} ${id}`).join(', ');
  const joint = { auto: '', jointImplicit: ', joint', jointExplicit: ', joint until told' }[change.transition];
  return changes + joint;
}

export function renderConfState(state: ConfState): string {
  const parts = [`voters ${state.voters.join(' ') || 'none'}`];
  if (state.votersOutgoing.length > 0) parts.push(`and of the old ones ${state.votersOutgoing.join(' ')}`);
  if (state.learners.length > 0) parts.push(`learners ${state.learners.join(' ')}`);
  if (state.learnersNext.length > 0) parts.push(`learners next ${state.learnersNext.join(' ')}`);
  if (state.autoLeave) parts.push('left by itself');
  return parts.join(', ');
}

export function renderMessage(message: Message): string {
  return `${message.from}>${message.to} ${message.type}${message.term > 0 ? ` term ${message.term}` : ''}${details(message)}`;
}

function details(message: Message): string {
  const context = message.context === undefined ? '' : `, context ${message.context}`;
  const known = message.commitTerm === undefined ? '' : `, committed ${message.commitTerm}/${message.commit}`;
  switch (message.type) {
    case 'append': {
      const entries = message.entries.length > 0 ? `: ${message.entries.map(renderEntry).join(' ')}` : ': nothing';
      return ` after ${message.logTerm}/${message.index}${entries}, commit ${message.commit}`;
    }
    case 'appendResponse':
      return message.reject
        ? ` index ${message.index}, refused, try ${message.logTerm}/${message.rejectHint}`
        : ` index ${message.index}`;
    case 'vote':
    case 'preVote':
      return `, log ends ${message.logTerm}/${message.index}${known}${context}`;
    case 'voteResponse':
    case 'preVoteResponse':
      return `${message.reject ? ', refused' : ', granted'}${known}`;
    case 'heartbeat':
      return ` commit ${message.commit}, round ${message.context}`;
    case 'heartbeatResponse':
      return `, round ${message.context}`;
    case 'snapshot': {
      const metadata = message.snapshot?.metadata;
      return metadata === undefined
        ? ' without snapshot'
        : ` of ${metadata.term}/${metadata.index}, ${renderConfState(metadata.confState)}`;
    }
    case 'propose':
      return `: ${message.entries.map(renderEntry).join(' ')}`;
    case 'readIndexResponse':
      return ` index ${message.index}${context}`;
    default:
      return context;
  }
}

/** What a Ready asks for, a line each, in the order in which it is to be done. */
export function renderReady(ready: Ready): string[] {
  const lines: string[] = [];
  if (ready.softState !== undefined) {
    lines.push(`is ${ready.softState.role}, ${renderLeader(ready.softState.leader)}`);
  }
  if (ready.snapshot !== undefined) {
    const { term, index, confState } = ready.snapshot.metadata;
    lines.push(`persist and restore snapshot ${term}/${index}, ${renderConfState(confState)}`);
  }
  if (ready.entries.length > 0) lines.push(`persist ${ready.entries.map(renderEntry).join(' ')}`);
  if (ready.hardState !== undefined) {
    const { term, vote, commit } = ready.hardState;
    lines.push(
      `persist term ${term}, ${vote === 0n ? 'no vote' : `vote ${vote}`}, commit ${commit}${ready.mustSync ? '' : ' (need not wait)'}`,
    );
  }
  for (const message of ready.messages) lines.push(`send ${renderMessage(message)}`);
  if (ready.committedEntries.length > 0) lines.push(`apply ${ready.committedEntries.map(renderEntry).join(' ')}`);
  for (const { context, index } of ready.readStates) lines.push(`read ${context} may be served at ${index}`);
  return lines;
}

export function renderStatus(status: RaftStatus): string[] {
  const lines = [
    `${status.id}: ${status.role}, term ${status.term}, ${renderLeader(status.leader)}, commit ${status.commit}, ` +
      `applied ${status.applied}, log to ${status.lastIndex}; ${renderConfState(status.confState)}`,
  ];
  for (const [id, progress] of status.progress) {
    if (id === status.id) continue;
    const notes = [
      progress.isLearner ? 'learner' : '',
      progress.paused ? 'paused' : '',
      progress.recentActive ? '' : 'silent',
      progress.inflight > 0 ? `${progress.inflight} in flight` : '',
      progress.pendingSnapshot > 0 ? `snapshot ${progress.pendingSnapshot} under way` : '',
    ].filter((note) => note !== '');
    lines.push(`  ${id}: ${[`${progress.state} match ${progress.match} next ${progress.next}`, ...notes].join(', ')}`);
  }
  return lines;
}

function renderLeader(leader: MemberId): string {
  return leader === 0n ? 'no leader' : `leader ${leader}`;
}
