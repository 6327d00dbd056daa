/**
 * A cluster of pure cores under chance: every step is one tick, one message, one stage of one Ready, one request or one
 * fault, drawn from a seed. Messages are lost, repeated, delayed and reordered; members crash between the stages of a
 * Ready, lose what they had not synced, and restart. The safety checker looks on. After that everything is healed, and
 * the cluster must be able to work again.
 */
import { SeededRandom } from '../../../base/random.ts';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import { decodeMessage, encodeMessage } from '../../../store/raft/message-codec.ts';
import type { ConfChange, ConfChangeSingle, MemberId, Message } from '../../../store/raft/types.ts';
import { RandomHost } from './random-host.ts';
import {
  type Action,
  drawWeather,
  drawWeights,
  fairWeather,
  type Outcome,
  type Scenario,
  type Weather,
} from './random-scenario.ts';
import { renderStatus } from './render.ts';
import { SafetyChecker } from './safety-checker.ts';
import { defaultOptions, type SnapshotStore, TestMember } from './test-member.ts';

const NETWORK_MESSAGES_MAX = 400;

export class RandomNetwork {
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #checker = new SafetyChecker();
  readonly #hosts = new Map<MemberId, RandomHost>();
  readonly #ids: MemberId[];
  readonly #snapshots: SnapshotStore = new Map([[1, new Map()]]);
  readonly #weights: [Action, number][];
  readonly #weightsSum: number;
  #weather: Weather;
  #network: Message[] = [];
  #late: Message[] = [];
  #cut = new Set<string>();
  #counter = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = new SeededRandom(scenario.seed);
    this.#ids = Array.from({ length: scenario.voters + scenario.spares }, (_, i) => BigInt(i + 1));
    this.#weights = drawWeights(this.#random, scenario);
    this.#weightsSum = this.#weights.reduce((sum, [, weight]) => sum + weight, 0);
    this.#weather = drawWeather(this.#random);
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
      const host = new RandomHost(member, {
        random: this.#random,
        checker: this.#checker,
        breach: scenario.breach,
        send: (message) => this.#send(message),
      });
      this.#hosts.set(id, host);
    }
  }

  run(): Outcome {
    for (let i = 0; i < this.#scenario.steps; i++) this.#step();
    if (this.#scenario.breach === undefined) this.#recover();
    const hosts = [...this.#hosts.values()];
    return {
      committed: this.#checker.committed.size,
      leaders: this.#checker.leaders,
      reads: this.#checker.reads,
      crashes: hosts.reduce((sum, host) => sum + host.crashes, 0),
      membershipChanges: hosts.reduce((sum, host) => sum + host.changes, 0),
    };
  }

  #step(): void {
    const host = this.#anyHost();
    this.#actions[this.#drawAction()](host);
  }

  readonly #actions: Record<Action, (host: RandomHost) => void> = {
    deliver: () => {
      for (let messages = 1 + this.#random.below(this.#weather.pace); messages > 0; messages--) this.#deliverAny();
    },
    arriveLate: () => {
      this.#network.push(...this.#late.splice(this.#random.below(this.#late.length + 1), 1));
    },
    work: (host) => {
      for (let stages = 1 + this.#random.below(this.#weather.pace); stages > 0; stages--) host.work();
    },
    tick: (host) => this.#tick(host),
    propose: (host) => this.#propose(host),
    read: (host) => this.#read(host),
    transfer: (host) => {
      if (host.up) host.member.node.transferLeader(this.#anyId());
    },
    partition: () => this.#partition(),
    heal: () => this.#cut.clear(),
    crash: (host) => host.crash(),
    restart: (host) => host.restart(),
    snapshot: (host) => host.snapshot(),
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

  #anyHost(): RandomHost {
    return this.#host(this.#anyId());
  }

  #anyId(): MemberId {
    return this.#ids[this.#random.below(this.#ids.length)] as MemberId;
  }

  #host(id: MemberId): RandomHost {
    return this.#hosts.get(id) as RandomHost;
  }

  #tick(host: RandomHost): void {
    if (this.#scenario.lockstep) {
      for (const each of this.#hosts.values()) if (each.up) each.member.node.tick();
    } else if (host.up) {
      // Often in bursts, else elections would hardly ever be due.
      for (let ticks = 1 + this.#random.below(6); ticks > 0; ticks--) host.member.node.tick();
    }
  }

  #deliverAny(): void {
    if (this.#network.length === 0) return;
    const at = this.#random.below(Math.min(this.#network.length, this.#weather.reordered));
    const message = this.#network[at] as Message;
    const dice = this.#random.below(100);
    // A repeated message stays in the network.
    if (dice >= this.#weather.repeated) this.#network.splice(at, 1);
    if (dice < 100 - this.#weather.lost) this.#deliver(message);
    else this.#reportLost(message);
  }

  /** The transport says what became of a snapshot. */
  #reportLost(message: Message): void {
    const sender = this.#host(message.from);
    if (message.type === 'snapshot' && sender.up) sender.member.node.reportSnapshot(message.to, 'failed');
  }

  #send(message: Message): void {
    // A partition stops what is sent during it; what was under way before may still arrive, and late.
    if (this.#cut.has(`${message.from}>${message.to}`)) {
      this.#reportLost(message);
      return;
    }
    const way = this.#random.below(100) < this.#weather.delayed ? this.#late : this.#network;
    way.push(this.#scenario.seed % 8 === 0 ? decodeMessage(encodeMessage(message)) : message);
    // What is too much is lost: the oldest.
    if (way.length > NETWORK_MESSAGES_MAX) this.#reportLost(way.shift() as Message);
  }

  #deliver(message: Message): void {
    const host = this.#hosts.get(message.to);
    if (host === undefined || !host.up) {
      this.#reportLost(message);
      return;
    }
    host.step(message);
    const sender = this.#host(message.from);
    if (message.type === 'snapshot' && sender.up) sender.member.node.reportSnapshot(message.to, 'sent');
  }

  #propose(host: RandomHost): void {
    if (!host.up) return;
    const data = Array.from({ length: 1 + this.#random.below(3) }, () => Buffer.from(`v${++this.#counter}`));
    host.member.node.propose(data);
  }

  #read(anyHost: RandomHost): void {
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

  #hint(host: RandomHost): void {
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
  #someLeader(): RandomHost | undefined {
    const leaders = [...this.#hosts.values()].filter((host) => host.isLeader);
    return leaders[this.#random.below(Math.max(1, leaders.length))];
  }

  #change(anyHost: RandomHost): void {
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
    this.#weather = fairWeather;
    this.#network.push(...this.#late.splice(0));
    for (const host of this.#hosts.values()) host.restart();
    const marker = 'the end';
    const isMarker = (host: RandomHost): boolean =>
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
      const leader = this.#someLeader();
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

  #drain(host: RandomHost): void {
    while (!host.isIdle) host.work();
  }
}
