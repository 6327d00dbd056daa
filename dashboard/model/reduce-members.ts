/** The members of the store: roles, logs, messages, elections. Pure. */
import type { MemberSample, Moment } from './moment.ts';
import type { LogEntry, MemberState, PeerMessage, State, Turning } from './state.ts';

type Draft = { -readonly [Field in keyof State]: State[Field] };
type Of<Type extends Moment['type']> = Extract<Moment, { type: Type }>;
/** One member of the union stands for all four stages. */
type EntriesMoment = Extract<Moment, { readonly first: number; readonly member: string }>;

const TAIL_MAX = 12;
const MESSAGES_MAX = 160;
const TURNINGS_MAX = 60;

/** Moments name members by name, or by id while the name is not known; both find the same member. */
function find(draft: Draft, nameOrId: string): MemberState {
  const known = draft.members.get(nameOrId) ?? [...draft.members.values()].find(({ id }) => id === nameOrId);
  return (
    known ?? {
      name: nameOrId,
      id: nameOrId,
      state: 'running',
      restarts: 0,
      role: '',
      term: 0,
      leader: '',
      lastIndex: 0,
      commit: 0,
      applied: 0,
      revision: 0,
      bytes: 0,
      tail: [],
    }
  );
}

function nameOf(draft: Draft, nameOrId: string | undefined): string {
  return nameOrId === undefined || nameOrId === '' ? '' : find(draft, nameOrId).name;
}

function put(draft: Draft, member: MemberState): void {
  draft.members = new Map(draft.members).set(member.name, member);
}

/** The newest first by their own time: what members in other processes say arrives late. */
function turn(draft: Draft, turning: Turning): void {
  const later = draft.turnings.findIndex(({ atMs }) => atMs <= turning.atMs);
  const at = later < 0 ? draft.turnings.length : later;
  draft.turnings = [...draft.turnings.slice(0, at), turning, ...draft.turnings.slice(at)].slice(0, TURNINGS_MAX);
}

/** What members answered when asked. A sample names every member: others are gone. */
export function sampled(draft: Draft, samples: readonly MemberSample[]): void {
  const members = new Map<string, MemberState>();
  for (const sample of samples) {
    const known = draft.members.get(sample.name) ?? draft.members.get(sample.id) ?? find(draft, sample.name);
    const { pid: _old, ...before } = known;
    const answers = sample.state === 'running' && sample.term > 0;
    const leaderName = samples.find(({ id }) => id === sample.leader)?.name ?? '';
    const role =
      sample.leader !== '' && sample.leader === sample.id
        ? 'leader'
        : known.role === 'leader'
          ? 'follower'
          : known.role;
    members.set(sample.name, {
      ...before,
      name: sample.name,
      id: sample.id === '0' ? known.id : sample.id,
      state: sample.state,
      restarts: sample.restarts,
      ...(sample.pid === undefined ? {} : { pid: sample.pid }),
      ...(answers
        ? {
            term: Math.max(known.term, sample.term),
            leader: leaderName,
            role: role === '' ? 'follower' : role,
            lastIndex: Math.max(known.lastIndex, sample.index),
            commit: Math.max(known.commit, sample.index),
            applied: Math.max(known.applied, sample.applied),
            revision: sample.revision,
            bytes: sample.bytes,
          }
        : {}),
    });
  }
  draft.members = members;
}

export function roleChanged(draft: Draft, moment: Of<'raft.role'>): void {
  const { atMs, place, role, term } = moment;
  const before = find(draft, moment.member);
  const leader = role === 'leader' ? before.name : nameOf(draft, moment.leader);
  put(draft, { ...before, role, term, leader });
  const pre = role === 'preCandidate';
  // Who asks first would stand in the next term.
  const about = { place, atMs, member: before.name, other: leader, term: pre ? term + 1 : term, pre };
  if (role === 'leader' && before.role !== 'leader') turn(draft, { ...about, kind: 'elected' });
  else if (role === 'candidate' || role === 'preCandidate') turn(draft, { ...about, kind: 'stood' });
  else if (leader !== '' && before.leader !== leader) turn(draft, { ...about, kind: 'followed' });
}

export function ballot(draft: Draft, moment: Of<'raft.vote-asked'> | Of<'raft.vote'>): void {
  const { place, atMs, term, pre } = moment;
  const member = nameOf(draft, moment.member);
  if (moment.type === 'raft.vote-asked') {
    turn(draft, { place, atMs, kind: 'asked', member, other: nameOf(draft, moment.to), term, pre });
    return;
  }
  const kind = moment.granted ? 'granted' : 'refused';
  turn(draft, { place, atMs, kind, member, other: nameOf(draft, moment.candidate), term, pre });
}

const STAGE = {
  'raft.append': 'append',
  'raft.durable': 'durable',
  'raft.commit': 'commit',
  'raft.apply': 'apply',
} as const;
const ORDER: readonly LogEntry['stage'][] = ['append', 'durable', 'commit', 'apply'];

export function entriesMoved(draft: Draft, moment: EntriesMoment): void {
  const { type, first, last, term } = moment;
  const stage = STAGE[type];
  const before = find(draft, moment.member);
  const kept = before.tail.filter(({ index }) => index < first || index > last);
  // An append cuts off whatever stood behind it.
  const rest = type === 'raft.append' ? kept.filter(({ index }) => index < first) : kept;
  const moved: LogEntry[] = [];
  for (let index = Math.max(first, last - TAIL_MAX + 1); index <= last; index++) {
    const was = before.tail.find((entry) => entry.index === index && entry.term === term);
    moved.push({ index, term, stage: was === undefined ? stage : further(was.stage, stage) });
  }
  const tail = [...rest, ...moved].sort((a, b) => a.index - b.index).slice(-TAIL_MAX);
  put(draft, {
    ...before,
    tail,
    lastIndex: type === 'raft.append' ? last : Math.max(before.lastIndex, last),
    ...(stage === 'commit' || stage === 'apply' ? { commit: Math.max(before.commit, last) } : {}),
    ...(stage === 'apply' ? { applied: Math.max(before.applied, last) } : {}),
  });
}

function further(one: LogEntry['stage'], other: LogEntry['stage']): LogEntry['stage'] {
  return ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other;
}

export function messagePassed(draft: Draft, moment: Of<'raft.message'>): void {
  const { place, atMs, message, term, index, entries, reject, stage } = moment;
  const from = nameOf(draft, moment.from);
  const to = nameOf(draft, moment.to);
  if (stage === 'sent') {
    const sent: PeerMessage = { place, from, to, message, term, index, entries, reject, sentMs: atMs };
    draft.messages = [...draft.messages.slice(1 - MESSAGES_MAX), sent];
    return;
  }
  const at = draft.messages.findIndex(
    (each) =>
      each.receivedMs === undefined &&
      each.from === from &&
      each.to === to &&
      each.message === message &&
      each.term === term &&
      each.index === index,
  );
  const known = draft.messages[at];
  const messages = [...draft.messages];
  if (known !== undefined) messages[at] = { ...known, receivedMs: Math.max(atMs, known.sentMs) };
  // Its sending was told by another process, later or not at all.
  else messages.push({ place, from, to, message, term, index, entries, reject, sentMs: atMs, receivedMs: atMs });
  draft.messages = messages.slice(-MESSAGES_MAX);
}

export function memberState(draft: Draft, moment: Of<'raft.state'>): void {
  const before = find(draft, moment.member);
  put(draft, {
    ...before,
    role: moment.role,
    term: moment.term,
    leader: moment.role === 'leader' ? before.name : nameOf(draft, moment.leader),
    lastIndex: moment.lastIndex,
    commit: moment.commit,
    applied: moment.applied,
    election: {
      elapsedMs: moment.electionElapsedMs,
      timeoutMs: moment.electionTimeoutMs,
      toldAtMs: moment.atMs,
    },
  });
}
