/**
 * Members of pure cores that a script moves one command at a time, printing all they do. Messages wait until they are
 * delivered, or lost; nothing happens that the script does not say. `commands` is the language.
 */
import { present } from '../../../base/assert.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import type { ConfChange, ConfChangeSingle, MemberId, Message } from '../../../store/raft/types.ts';
import { renderConfState, renderEntry, renderMessage, renderReady, renderStatus } from './render.ts';
import { defaultOptions, type MemberOptions, type SnapshotStore, TestMember } from './test-member.ts';

const SETTLE_ROUNDS_MAX = 60;

export class Interaction {
  readonly #members = new Map<MemberId, TestMember>();
  readonly #crashed = new Set<MemberId>();
  readonly #cut = new Set<MemberId>();
  readonly #snapshots: SnapshotStore = new Map([[1, new Map()]]);
  #options: MemberOptions = defaultOptions;
  #network: Message[] = [];
  #output: string[] = [];

  /** Runs one line, and returns what it printed. */
  run(line: string): string[] {
    this.#output = [];
    const quiet = line.startsWith('quietly ');
    const [name = '', ...words] = (quiet ? line.slice('quietly '.length) : line).trim().split(/\s+/);
    const command = this.commands[name];
    if (command === undefined) throw new Error(`an unknown command: ${line}`);
    command(words);
    return quiet ? [] : this.#output;
  }

  readonly commands: Record<string, (words: string[]) => void> = {
    /** `members 1 2 3 learners 4 joining 5 pre-vote=off`: founding voters, learners, and members without a log. */
    members: (words) => this.#found(words),
    tick: ([id, count]) => {
      for (let left = Number(count ?? 1); left > 0; left--) this.#member(id).node.tick();
    },
    campaign: ([id]) => this.#member(id).node.campaign(),
    propose: ([id, ...data]) => {
      const outcome = this.#member(id).node.propose(data.map((text) => Buffer.from(text)));
      if (outcome === 'dropped') this.#print('dropped');
    },
    /** `change 1 add 4, remove 2 joint`, `change 1 leave` */
    change: ([id, ...words]) => {
      const outcome = this.#member(id).node.proposeConfChange(parseConfChange(words));
      if (outcome === 'dropped') this.#print('dropped');
    },
    read: ([id, context]) => this.#member(id).node.readIndex(context ?? ''),
    /** `transfer 1 2`: asks member 1 to hand leadership to member 2. */
    transfer: ([id, to]) => this.#member(id).node.transferLeader(BigInt(to ?? 0)),
    'forget-leader': ([id]) => this.#member(id).node.forgetLeader(),
    unreachable: ([id, peer]) => this.#member(id).node.reportUnreachable(BigInt(peer ?? 0)),
    /** One Ready of one member. */
    ready: ([id]) => this.#handleReady(this.#member(id)),
    /** Delivers what waits, or only `1>2`, or only `1>2 append`. Answers wait for the next time. */
    deliver: ([link, type]) => {
      for (const message of this.#take(link, type)) this.#deliver(message);
    },
    /** Loses what waits, with the same choice. */
    lose: ([link, type]) => {
      for (const message of this.#take(link, type)) this.#lose(message);
    },
    /** Readies and deliveries, until nothing is left to do. */
    settle: () => this.#settle(),
    /** From now on nothing gets to or from these members. */
    isolate: (ids) => {
      for (const id of ids) this.#cut.add(BigInt(id));
    },
    heal: () => this.#cut.clear(),
    /** `crash 1`; with a number: the state on disk was applied up to that index only. */
    crash: ([id, appliedOnDisk]) => {
      this.#crashed.add(this.#member(id).id);
      this.#member(id).crash(appliedOnDisk === undefined ? undefined : Number(appliedOnDisk));
    },
    restart: ([id]) => {
      this.#member(id).restart();
      this.#crashed.delete(this.#member(id).id);
    },
    /** `snapshot 1 5`: of the applied state; the log is dropped up to 5, or whole. */
    snapshot: ([id, compactTo]) => {
      const member = this.#member(id);
      const { metadata } = member.snapshot(compactTo === undefined ? member.appliedIndex : Number(compactTo));
      this.#print(
        `snapshot ${metadata.term}/${metadata.index}, ${renderConfState(metadata.confState)}; the log begins at ${member.log.firstIndex()}`,
      );
    },
    status: (ids) => {
      for (const member of this.#some(ids)) this.#print(...renderStatus(member.node.status()));
    },
    log: (ids) => {
      for (const member of this.#some(ids)) {
        const entries = member.log.entries(member.log.firstIndex(), member.log.lastIndex() + 1, Number.MAX_VALUE);
        const words =
          typeof entries === 'string' || entries.length === 0 ? 'empty' : entries.map(renderEntry).join(' ');
        this.#print(`${member.id}: ${words}`);
      }
    },
    waiting: () => this.#print(...this.#network.map(renderMessage)),
  };

  #found(words: string[]): void {
    const groups = { members: [] as MemberId[], learners: [] as MemberId[], joining: [] as MemberId[] };
    let group: keyof typeof groups = 'members';
    for (const word of words) {
      if (word === 'learners' || word === 'joining') group = word;
      else if (word.includes('=')) this.#options = { ...this.#options, ...parseOption(word) };
      else groups[group].push(BigInt(word));
    }
    const { members: voters, learners, joining } = groups;
    const confState = { voters, votersOutgoing: [], learners, learnersNext: [], autoLeave: false };
    for (const id of [...voters, ...learners, ...joining]) {
      const log = joining.includes(id) ? new MemoryLog() : MemoryLog.founding(confState);
      // Not chance but rank: member 1 waits 10 ticks for a leader, 2 waits 12, and so on.
      const random = { below: () => 2 * (Number(id) - 1) };
      this.#members.set(id, new TestMember(id, log, { ...this.#options, random }, this.#snapshots));
    }
  }

  #member(id: string | undefined): TestMember {
    return present(this.#members.get(BigInt(id ?? 0)), `member ${id}`);
  }

  #some(ids: string[]): TestMember[] {
    return ids.length === 0 ? [...this.#members.values()] : ids.map((id) => this.#member(id));
  }

  #handleReady(member: TestMember): void {
    if (!member.node.hasReady()) {
      this.#print(`${member.id} has nothing to do`);
      return;
    }
    const before = renderConfState(member.confState);
    const { ready, messages } = member.handleReady();
    this.#print(`${member.id}:`, ...renderReady(ready).map((line) => `  ${line}`));
    const after = renderConfState(member.confState);
    if (after !== before && ready.snapshot === undefined) this.#print(`  now ${after}`);
    this.#network.push(...messages);
  }

  #settle(): void {
    for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
      let busy = this.#network.length > 0;
      for (const member of this.#members.values()) {
        while (!this.#crashed.has(member.id) && member.node.hasReady()) {
          this.#handleReady(member);
          busy = true;
        }
      }
      for (const message of this.#take(undefined, undefined)) this.#deliver(message);
      if (!busy) return;
    }
    this.#print('(and so on)');
  }

  #take(link: string | undefined, type: string | undefined): Message[] {
    const matches = (message: Message): boolean =>
      (link === undefined || link === `${message.from}>${message.to}`) && (type === undefined || type === message.type);
    const taken = this.#network.filter(matches);
    this.#network = this.#network.filter((message) => !matches(message));
    return taken;
  }

  #deliver(message: Message): void {
    const receiver = this.#members.get(message.to);
    const isLost = [message.from, message.to].some((id) => this.#cut.has(id)) || this.#crashed.has(message.to);
    if (receiver === undefined || isLost) {
      this.#lose(message);
      return;
    }
    receiver.node.step(message);
    if (message.type === 'snapshot') this.#members.get(message.from)?.node.reportSnapshot(message.to, 'sent');
  }

  #lose(message: Message): void {
    this.#print(`lost: ${renderMessage(message)}`);
    if (message.type === 'snapshot') this.#members.get(message.from)?.node.reportSnapshot(message.to, 'failed');
  }

  #print(...lines: string[]): void {
    this.#output.push(...lines);
  }
}

function parseOption(word: string): Partial<MemberOptions> {
  const [name, value] = word.split('=');
  switch (name) {
    case 'pre-vote':
      return { preVote: value === 'on' };
    case 'check-quorum':
      return { checkQuorum: value === 'on' };
    case 'reads':
      return { readOnly: value === 'lease' ? 'lease' : 'safe' };
    case 'message-bytes':
      return { messageBytesMax: Number(value) };
    case 'inflight':
      return { inflightMessagesMax: Number(value) };
    case 'uncommitted-bytes':
      return { uncommittedBytesMax: Number(value) };
    default:
      throw new Error(`an unknown option: ${word}`);
  }
}

function parseConfChange(words: string[]): ConfChange {
  const text = words.join(' ');
  const context = new Uint8Array(0);
  if (text === 'leave') return { changes: [], transition: 'auto', context };
  const types = { add: 'addVoter', learner: 'addLearner', remove: 'remove' } as const;
  const changes: ConfChangeSingle[] = [...text.matchAll(/(add|learner|remove) (\d+)/g)].map(([, type, id]) => ({
    type: types[type as keyof typeof types],
    id: BigInt(id ?? 0),
  }));
  const transition = text.endsWith('joint until told')
    ? 'jointExplicit'
    : text.endsWith('joint')
      ? 'jointImplicit'
      : 'auto';
  return { changes, transition, context };
}
