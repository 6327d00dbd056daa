/**
 * A cluster of pure cores under chance: every step is one tick, one message, one stage of one Ready, one request or one
 * fault, drawn from a seed. Messages are lost, repeated, delayed and reordered; members crash between the stages of a
 * Ready, lose what they had not synced, and restart. The safety checker looks on. After that everything is healed, and
 * the cluster must be able to work again.
 */
import { SeededRandom } from '../../../base/random.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import { decodeMessage, encodeMessage } from '../../../store/raft/message-codec.ts';
import type {
  ConfChange,
  ConfChangeSingle,
  ConfState,
  HardState,
  MemberId,
  Message,
  Ready,
} from '../../../store/raft/types.ts';
import { renderStatus } from './render.ts';
import { SafetyChecker } from './safety-checker.ts';
import { defaultOptions, type MemberOptions, type SnapshotStore, TestMember } from './test-member.ts';

export interface Scenario {
  readonly seed: number;
  readonly steps: number;
  readonly voters: number;
  /** Members that exist but are not in the first configuration. */
  readonly spares: number;
  readonly membershipChanges: boolean;
  readonly options: Partial<MemberOptions>;
  /** Tick all members together, as reads by lease require of clocks. */
  readonly lockstep: boolean;
  /** Deliberate breaches of the loop's contract, to see that the checker notices. */
  readonly breach?: 'sendBeforePersist' | 'forgetVote' | 'loseEntries';
}

export interface Outcome {
  readonly committed: number;
  readonly leaders: number;
  readonly reads: number;
  readonly crashes: number;
  readonly membershipChanges: number;
}

type Stage = 'persist' | 'send' | 'apply' | 'advance';

interface Host {
  readonly member: TestMember;
  up: boolean;
  work: { readonly ready: Ready; stage: Stage; sentEarly: boolean } | undefined;
  /** What a crash leaves, at least: hard state of the last sync, and a state that was applied up to here. */
  syncedHardState: HardState;
  savedApplied: { readonly index: number; readonly confState: ConfState };
}

const NETWORK_MESSAGES_MAX = 400;

type Action =
  | 'deliver'
  | 'arriveLate'
  | 'work'
  | 'tick'
  | 'propose'
  | 'read'
  | 'transfer'
  | 'partition'
  | 'heal'
  | 'crash'
  | 'restart'
  | 'snapshot'
  | 'hint'
  | 'change';

/** How often each action happens. Each seed has its own mixture of faults, some of them none at all. */
function drawWeights(random: SeededRandom, scenario: Scenario): [Action, number][] {
  const some = (most: number): number => (random.below(3) === 0 ? 0 : 1 + random.below(most));
  return [
    ['deliver', 400],
    ['arriveLate', 1 + random.below(10)],
    ['work', 400],
    ['tick', 30 + random.below(150)],
    ['propose', 20 + random.below(60)],
    ['read', 10 + random.below(60)],
    ['transfer', some(10)],
    ['partition', some(10)],
    ['heal', 1 + random.below(8)],
    ['crash', scenario.breach === undefined ? some(10) : 30],
    ['restart', 10 + random.below(40)],
    ['snapshot', some(10)],
    ['hint', some(4)],
    ['change', scenario.membershipChanges ? 1 + random.below(20) : 0],
  ];
}

export class RandomNetwork {
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #checker = new SafetyChecker();
  readonly #hosts = new Map<MemberId, Host>();
  readonly #ids: MemberId[];
  readonly #snapshots: SnapshotStore = new Map([[1, new Map()]]);
  readonly #weights: [Action, number][];
  readonly #weightsSum: number;
  /** Of a hundred messages, how many are lost, and how many repeated; and how far a message may be overtaken. */
  readonly #lost: number;
  readonly #repeated: number;
  /** Of a hundred messages, how many take a long way, and arrive when the world has changed. */
  #delayed: number;
  readonly #reordered: number;
  /** How many stages of a Ready, and how many messages, at most pass at a time. */
  readonly #pace: number;
  #network: Message[] = [];
  #late: Message[] = [];
  #cut = new Set<string>();
  #counter = 0;
  #crashes = 0;
  #changes = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = new SeededRandom(scenario.seed);
    this.#ids = Array.from({ length: scenario.voters + scenario.spares }, (_, i) => BigInt(i + 1));
    this.#weights = drawWeights(this.#random, scenario);
    this.#weightsSum = this.#weights.reduce((sum, [, weight]) => sum + weight, 0);
    this.#lost = this.#random.below(3) === 0 ? 0 : this.#random.below(15);
    this.#repeated = this.#random.below(3) === 0 ? 0 : this.#random.below(15);
    this.#delayed = this.#random.below(3) === 0 ? 0 : this.#random.below(10);
    this.#reordered = this.#random.below(3) === 0 ? 1 : 1 + this.#random.below(40);
    this.#pace = 1 + this.#random.below(8);
    const voters = this.#ids.slice(0, scenario.voters);
    const confState = { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
    for (const id of this.#ids) {
      const log = voters.includes(id) ? MemoryLog.founding(confState) : new MemoryLog();
      const options = {
        ...defaultOptions,
        messageBytesMax: 120,
        inflightMessagesMax: 4,
        uncommittedBytesMax: 400,
        ...scenario.options,
        random: this.#random.fork(`member ${id}`),
      };
      const member = new TestMember(id, log, options, this.#snapshots);
      this.#hosts.set(id, {
        member,
        up: true,
        work: undefined,
        syncedHardState: log.initialState().hardState,
        savedApplied: { index: member.appliedIndex, confState: member.confState },
      });
    }
  }

  run(): Outcome {
    for (let i = 0; i < this.#scenario.steps; i++) this.#step();
    if (this.#scenario.breach === undefined) this.#recover();
    return {
      committed: this.#checker.committed.size,
      leaders: this.#checker.leaders,
      reads: this.#checker.reads,
      crashes: this.#crashes,
      membershipChanges: this.#changes,
    };
  }

  #step(): void {
    const host = this.#anyHost();
    this.#actions[this.#drawAction()](host);
  }

  readonly #actions: Record<Action, (host: Host) => void> = {
    deliver: () => {
      for (let messages = 1 + this.#random.below(this.#pace); messages > 0; messages--) this.#deliverAny();
    },
    arriveLate: () => {
      this.#network.push(...this.#late.splice(this.#random.below(this.#late.length + 1), 1));
    },
    work: (host) => {
      for (let stages = 1 + this.#random.below(this.#pace); stages > 0; stages--) this.#work(host);
    },
    tick: (host) => this.#tick(host),
    propose: (host) => this.#propose(host),
    read: (host) => this.#read(host),
    transfer: (host) => {
      if (host.up) host.member.node.transferLeader(this.#anyId());
    },
    partition: () => this.#partition(),
    heal: () => this.#cut.clear(),
    crash: (host) => this.#crash(host),
    restart: (host) => this.#restart(host),
    snapshot: (host) => this.#snapshot(host),
    hint: (host) => this.#hint(host),
    change: (host) => this.#change(host),
  };

  #drawAction(): Action {
    let dice = this.#random.below(this.#weightsSum);
    for (const [action, weight] of this.#weights) {
      dice -= weight;
      if (dice < 0) return action;
    }
    return 'work';
  }

  #anyHost(): Host {
    return this.#host(this.#anyId());
  }

  #anyId(): MemberId {
    return this.#ids[this.#random.below(this.#ids.length)] as MemberId;
  }

  #host(id: MemberId): Host {
    return this.#hosts.get(id) as Host;
  }

  #tick(host: Host): void {
    if (this.#scenario.lockstep) {
      for (const each of this.#hosts.values()) if (each.up) each.member.node.tick();
    } else if (host.up) {
      // Often in bursts, else elections would hardly ever be due.
      for (let ticks = 1 + this.#random.below(6); ticks > 0; ticks--) host.member.node.tick();
    }
  }

  #deliverAny(): void {
    if (this.#network.length === 0) return;
    const at = this.#random.below(Math.min(this.#network.length, this.#reordered));
    const message = this.#network[at] as Message;
    const dice = this.#random.below(100);
    // A repeated message stays in the network.
    if (dice >= this.#repeated) this.#network.splice(at, 1);
    if (dice < 100 - this.#lost) this.#deliver(message);
    else this.#reportLost(message);
  }

  /** The transport says what became of a snapshot. */
  #reportLost(message: Message): void {
    const sender = this.#host(message.from);
    if (message.type === 'snapshot' && sender.up) sender.member.node.reportSnapshot(message.to, 'failed');
  }

  #deliver(message: Message): void {
    const host = this.#hosts.get(message.to);
    if (host === undefined || !host.up) {
      this.#reportLost(message);
      return;
    }
    host.member.node.step(message);
    const sender = this.#host(message.from);
    if (message.type === 'snapshot' && sender.up) sender.member.node.reportSnapshot(message.to, 'sent');
    this.#observe(host);
  }

  /** The next stage of the member's Ready. */
  #work(host: Host): void {
    if (!host.up) return;
    const { member } = host;
    if (host.work === undefined) {
      if (!member.node.hasReady()) return;
      host.work = { ready: member.node.ready(), stage: 'persist', sentEarly: false };
    }
    const work = host.work;
    if (work.stage === 'persist') {
      const early = this.#scenario.breach === 'sendBeforePersist';
      if (early || this.#random.below(2) === 0) {
        work.sentEarly = true;
        this.#send(work.ready, (message) => early || isSafeEarly(message));
        // The stages are far apart: time for a crash.
        if (early && this.#random.below(2) === 0) return;
      }
      this.#persist(host, work.ready);
      work.stage = 'send';
    } else if (work.stage === 'send') {
      const early = this.#scenario.breach === 'sendBeforePersist';
      this.#send(work.ready, (message) => !work.sentEarly || !(early || isSafeEarly(message)));
      work.stage = 'apply';
    } else if (work.stage === 'apply') {
      this.#apply(host, work.ready);
      work.stage = 'advance';
    } else {
      member.node.advance(work.ready);
      host.work = undefined;
    }
    this.#observe(host);
  }

  #persist(host: Host, ready: Ready): void {
    const { member } = host;
    member.persist(ready);
    const { breach } = this.#scenario;
    if (ready.mustSync) host.syncedHardState = member.log.initialState().hardState;
    if (breach === 'forgetVote') host.syncedHardState = { ...host.syncedHardState, vote: 0n };
    if (ready.snapshot !== undefined) {
      // A snapshot's state is restored before it counts as persisted.
      const { index, confState } = ready.snapshot.metadata;
      host.savedApplied = { index, confState };
      member.applied = new Map(this.#snapshots.get(index));
      member.appliedIndex = index;
      member.confState = confState;
    }
    let previous = (ready.entries[0]?.index ?? 1) - 1;
    for (const entry of ready.entries) {
      this.#checker.sawEntry(member.id, entry, member.log.term(previous));
      previous = entry.index;
    }
    if (ready.softState?.role === 'leader') {
      this.#checker.sawElected(member.id, member.node.status().term, (index) => member.log.term(index));
    }
  }

  #send(ready: Ready, which: (message: Message) => boolean): void {
    for (const message of ready.messages) {
      if (!which(message)) continue;
      // A partition stops what is sent during it; what was under way before may still arrive, and late.
      if (this.#cut.has(`${message.from}>${message.to}`)) {
        this.#reportLost(message);
        continue;
      }
      const isLate = this.#random.below(100) < this.#delayed;
      const way = isLate ? this.#late : this.#network;
      way.push(this.#scenario.seed % 8 === 0 ? decodeMessage(encodeMessage(message)) : message);
      // What is too much is lost: the oldest.
      if (way.length > NETWORK_MESSAGES_MAX) this.#reportLost(way.shift() as Message);
    }
  }

  #apply(host: Host, ready: Ready): void {
    const { member } = host;
    const term = member.node.status().term;
    member.apply(ready, (entry) => {
      this.#checker.sawApplied(member.id, entry, term);
      if (entry.type === 'confChange') this.#changes++;
    });
    if (this.#random.below(3) === 0) {
      host.savedApplied = { index: member.appliedIndex, confState: member.confState };
    }
    for (const { context, index } of ready.readStates) this.#checker.answeredRead(member.id, context, index);
  }

  #observe(host: Host): void {
    const status = host.member.node.status();
    if (status.role !== 'leader') return;
    this.#checker.sawLeader(host.member.id, status.term);
    if (host.work !== undefined) return;
    const { log } = host.member;
    this.#checker.sawLeaderLog(host.member.id, status.term, log.lastIndex(), (index) => log.term(index));
  }

  #propose(host: Host): void {
    if (!host.up) return;
    const data = Array.from({ length: 1 + this.#random.below(3) }, () => Buffer.from(`v${++this.#counter}`));
    host.member.node.propose(data);
  }

  #read(anyHost: Host): void {
    const host = (this.#random.below(2) === 0 ? this.#someLeader() : undefined) ?? anyHost;
    if (!host.up) return;
    const context = `r${++this.#counter}`;
    this.#checker.askedRead(context, this.#committedAnywhere());
    host.member.node.readIndex(context);
  }

  #committedAnywhere(): number {
    let commit = 0;
    for (const { member, up } of this.#hosts.values()) if (up) commit = Math.max(commit, member.node.status().commit);
    return commit;
  }

  #hint(host: Host): void {
    if (!host.up) return;
    const dice = this.#random.below(3);
    if (dice === 0) host.member.node.forgetLeader();
    else if (dice === 1) host.member.node.reportUnreachable(this.#anyId());
    else host.member.node.campaign();
  }

  #partition(): void {
    this.#cut.clear();
    // Half of the time it is a leader that is cut off: there is more to lose.
    const leader = this.#someLeader();
    const isLeaderAlone = leader !== undefined && this.#random.below(2) === 0;
    const oneWay = this.#random.below(4) === 0;
    const side = new Map(
      this.#ids.map((id) => [id, isLeaderAlone ? Number(id === leader.member.id) : this.#random.below(2)]),
    );
    for (const from of this.#ids) {
      for (const to of this.#ids) {
        const crosses = oneWay ? side.get(from) === 0 && side.get(to) === 1 : side.get(from) !== side.get(to);
        if (crosses) this.#cut.add(`${from}>${to}`);
      }
    }
  }

  /** Of the members that believe to lead, any. */
  #someLeader(): Host | undefined {
    const leaders = [...this.#hosts.values()].filter(({ up, member }) => up && member.node.status().role === 'leader');
    return leaders[this.#random.below(Math.max(1, leaders.length))];
  }

  #crash(host: Host): void {
    if (!host.up) return;
    host.up = false;
    this.#crashes++;
    const { member, work } = host;
    // Half way through persisting, entries may be on disk without the hard state that follows them.
    if (work?.stage === 'persist' && work.ready.snapshot === undefined && this.#random.below(2) === 0) {
      const some = work.ready.entries.slice(0, this.#random.below(work.ready.entries.length + 1));
      member.log.append(some);
    }
    host.work = undefined;
    const synced = host.syncedHardState;
    const lost = this.#random.below(2) === 0 || this.#scenario.breach === 'forgetVote';
    if (lost) member.log.setHardState(synced);
    // The applied state may be older than what was applied, as long as the log can bring it up again.
    const saved = host.savedApplied;
    if (
      this.#random.below(2) === 0 &&
      saved.index < member.appliedIndex &&
      saved.index >= member.log.firstIndex() - 1
    ) {
      for (const index of [...member.applied.keys()]) if (index > saved.index) member.applied.delete(index);
      member.appliedIndex = saved.index;
      member.confState = saved.confState;
      member.log.setConfState(saved.confState);
    }
    if (this.#scenario.breach === 'loseEntries') {
      const keep = Math.max(member.appliedIndex, member.log.firstIndex() - 1, member.log.lastIndex() - 3);
      loseEntriesAfter(member.log, keep);
      const { hardState } = member.log.initialState();
      member.log.setHardState({ ...hardState, commit: Math.min(hardState.commit, keep) });
    }
  }

  #restart(host: Host): void {
    if (host.up) return;
    host.up = true;
    host.member.restart();
    host.syncedHardState = host.member.log.initialState().hardState;
  }

  #snapshot(host: Host): void {
    const { member } = host;
    if (!host.up || host.work !== undefined || member.appliedIndex < 2) return;
    const first = member.log.firstIndex() - 1;
    member.snapshot(first + this.#random.below(member.appliedIndex - first + 1));
    host.savedApplied = { index: member.appliedIndex, confState: member.confState };
  }

  #change(anyHost: Host): void {
    const host = this.#someLeader() ?? anyHost;
    if (!host.up) return;
    const { confState } = host.member.node.status();
    const leave = confState.votersOutgoing.length > 0 && !confState.autoLeave && this.#random.below(2) === 0;
    const transitions: readonly ConfChange['transition'][] = ['auto', 'jointImplicit', 'jointExplicit'];
    host.member.node.proposeConfChange({
      changes: leave ? [] : this.#random.below(2) === 0 ? this.#anyChanges() : this.#changesToAnySet(),
      transition: leave ? 'auto' : this.#pick(transitions),
      context: Buffer.from(`c${++this.#counter}`),
    });
  }

  #anyChanges(): ConfChangeSingle[] {
    const types: readonly ConfChangeSingle['type'][] = ['addVoter', 'addVoter', 'addLearner', 'remove'];
    return Array.from({ length: 1 + this.#random.below(3) }, () => ({ type: this.#pick(types), id: this.#anyId() }));
  }

  /** From whatever the voters are to any others: the larger the step, the more a joint configuration must do. */
  #changesToAnySet(): ConfChangeSingle[] {
    return this.#ids.map((id) => ({ type: this.#pick(['addVoter', 'remove'] as const), id }));
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)] as T;
  }

  /** No more faults: within some seconds of ticks there must be a leader, and a proposal must reach every member. */
  #recover(): void {
    this.#cut.clear();
    this.#delayed = 0;
    this.#network.push(...this.#late.splice(0));
    for (const host of this.#hosts.values()) this.#restart(host);
    const marker = 'the end';
    const isMarker = (host: Host): boolean =>
      [...host.member.applied.values()].some((entry) => Buffer.from(entry.data).toString() === marker);
    for (let round = 0; round < 400; round++) {
      for (const host of this.#hosts.values()) {
        host.member.node.tick();
        this.#drain(host);
      }
      for (let hops = 0; hops < 6; hops++) {
        const messages = this.#network;
        this.#network = [];
        for (const message of messages) this.#deliver(message);
        for (const host of this.#hosts.values()) this.#drain(host);
      }
      const leader = [...this.#hosts.values()].find(
        ({ member }) => member.node.status().role === 'leader' && member.node.status().leader === member.id,
      );
      if (leader === undefined) continue;
      const { voters, votersOutgoing, learners, autoLeave } = leader.member.confState;
      if (votersOutgoing.length > 0 && !autoLeave) {
        leader.member.node.proposeConfChange({ changes: [], transition: 'auto', context: new Uint8Array(0) });
      }
      if (round % 20 === 0) leader.member.node.propose([Buffer.from(marker)]);
      const members = [...voters, ...learners].map((id) => this.#host(id));
      if (votersOutgoing.length === 0 && members.every(isMarker)) return;
    }
    const states = [...this.#hosts.values()].flatMap(({ member }) => renderStatus(member.node.status()));
    throw new Error(`the cluster did not come to work again after all faults were healed:\n${states.join('\n')}`);
  }

  #drain(host: Host): void {
    while (host.work !== undefined || host.member.node.hasReady()) this.#work(host);
  }
}

/** A leader's own messages promise nothing that is not durable already. */
function isSafeEarly(message: Message): boolean {
  return message.type === 'append' || message.type === 'heartbeat';
}

function loseEntriesAfter(log: MemoryLog, index: number): void {
  const kept = log.entries(log.firstIndex(), index + 1, Number.MAX_SAFE_INTEGER);
  if (typeof kept === 'string') return;
  const { hardState, confState } = log.initialState();
  const start = log.firstIndex() - 1;
  const term = log.term(start);
  const snapshot = log.snapshot();
  if (typeof term !== 'number' || snapshot === 'unavailable' || snapshot.metadata.index > start) return;
  log.applySnapshot(snapshot);
  log.setConfState(confState);
  log.setHardState(hardState);
  log.append(kept);
}
