/**
 * One member of the random network: it does its Readies a stage at a time, so that messages, ticks and crashes come
 * between the stages; and it loses in a crash what it may lose.
 */
import type { SeededRandom } from '../../../base/random.ts';
import type { MemoryLog } from '../../../store/raft/memory-log.ts';
import type { ConfState, HardState, Message, Ready } from '../../../store/raft/types.ts';
import type { Scenario } from './random-scenario.ts';
import type { SafetyChecker } from './safety-checker.ts';
import type { TestMember } from './test-member.ts';

export interface HostDeps {
  readonly random: SeededRandom;
  readonly checker: SafetyChecker;
  readonly breach: Scenario['breach'];
  readonly send: (message: Message) => void;
}

type Stage = 'persist' | 'send' | 'apply' | 'advance';

export class RandomHost {
  readonly member: TestMember;
  readonly #deps: HostDeps;
  up = true;
  crashes = 0;
  changes = 0;
  #work: { readonly ready: Ready; stage: Stage; sentEarly: boolean } | undefined;
  /** What a crash leaves, at least: the hard state of the last sync, and a state that was applied up to here. */
  #syncedHardState: HardState;
  #savedApplied: { readonly index: number; readonly confState: ConfState };

  constructor(member: TestMember, deps: HostDeps) {
    this.member = member;
    this.#deps = deps;
    this.#syncedHardState = member.log.initialState().hardState;
    this.#savedApplied = { index: member.appliedIndex, confState: member.confState };
  }

  get isLeader(): boolean {
    return this.up && this.member.node.status().role === 'leader';
  }

  get isIdle(): boolean {
    return this.#work === undefined && !this.member.node.hasReady();
  }

  step(message: Message): void {
    this.member.node.step(message);
    this.#observe();
  }

  /** The next stage of the member's Ready, if there is one. */
  work(): void {
    if (!this.up || this.isIdle) return;
    this.#work ??= { ready: this.member.node.ready(), stage: 'persist', sentEarly: false };
    const work = this.#work;
    if (work.stage === 'persist') {
      if (this.#maySendEarly()) {
        work.sentEarly = true;
        this.#send(work.ready, (message) => this.#isSentEarly(message));
        // A breach is seen only if there is time for a crash.
        if (this.#deps.breach === 'sendBeforePersist' && this.#deps.random.below(2) === 0) return;
      }
      this.#persist(work.ready);
      work.stage = 'send';
    } else if (work.stage === 'send') {
      this.#send(work.ready, (message) => !(work.sentEarly && this.#isSentEarly(message)));
      work.stage = 'apply';
    } else if (work.stage === 'apply') {
      this.#apply(work.ready);
      work.stage = 'advance';
    } else {
      this.member.node.advance(work.ready);
      this.#work = undefined;
    }
    this.#observe();
  }

  /** Makes a snapshot, and drops some of the log, or all that it covers. */
  snapshot(): void {
    const { member } = this;
    if (!this.up || this.#work !== undefined || member.appliedIndex < 2) return;
    const start = member.log.firstIndex() - 1;
    member.snapshot(start + this.#deps.random.below(member.appliedIndex - start + 1));
    this.#savedApplied = { index: member.appliedIndex, confState: member.confState };
  }

  crash(): void {
    if (!this.up) return;
    this.up = false;
    this.crashes++;
    const { random, breach } = this.#deps;
    const { log } = this.member;
    // Half way through persisting, entries may be on disk without the hard state that follows them.
    const { ready, stage } = this.#work ?? {};
    if (ready !== undefined && stage === 'persist' && ready.snapshot === undefined && random.below(2) === 0) {
      log.append(ready.entries.slice(0, random.below(ready.entries.length + 1)));
    }
    this.#work = undefined;
    if (breach === 'forgetVote' || random.below(2) === 0) log.setHardState(this.#syncedHardState);
    if (random.below(2) === 0) this.#loseApplied();
    if (breach === 'loseEntries') this.#loseEntries();
  }

  restart(): void {
    if (this.up) return;
    this.up = true;
    this.member.restart();
    this.#syncedHardState = this.member.log.initialState().hardState;
  }

  #maySendEarly(): boolean {
    return this.#deps.breach === 'sendBeforePersist' || this.#deps.random.below(2) === 0;
  }

  /** A leader's own messages promise nothing that is not durable already. */
  #isSentEarly(message: Message): boolean {
    const isSafe = message.type === 'append' || message.type === 'heartbeat';
    return isSafe || this.#deps.breach === 'sendBeforePersist';
  }

  #send(ready: Ready, which: (message: Message) => boolean): void {
    for (const message of ready.messages) if (which(message)) this.#deps.send(message);
  }

  #persist(ready: Ready): void {
    const { member } = this;
    const { checker, breach } = this.#deps;
    member.persist(ready);
    if (ready.mustSync) this.#syncedHardState = member.log.initialState().hardState;
    if (breach === 'forgetVote') this.#syncedHardState = { ...this.#syncedHardState, vote: 0n };
    if (ready.snapshot !== undefined) {
      // A snapshot counts as persisted only when its state is on disk, too.
      member.restore(ready.snapshot);
      this.#savedApplied = { index: member.appliedIndex, confState: member.confState };
    }
    let previous = (ready.entries[0]?.index ?? 1) - 1;
    for (const entry of ready.entries) {
      checker.sawEntry(member.id, entry, member.log.term(previous));
      previous = entry.index;
    }
    if (ready.softState?.role === 'leader') {
      checker.sawElected(member.id, member.node.status().term, (index) => member.log.term(index));
    }
  }

  #apply(ready: Ready): void {
    const { member } = this;
    const { random, checker } = this.#deps;
    const { term } = member.node.status();
    member.apply(ready, (entry) => {
      checker.sawApplied(member.id, entry, term);
      if (entry.type === 'confChange') this.changes++;
    });
    if (random.below(3) === 0) this.#savedApplied = { index: member.appliedIndex, confState: member.confState };
    for (const { context, index } of ready.readStates) checker.answeredRead(member.id, context, index);
  }

  #observe(): void {
    const { id, node, log } = this.member;
    const { role, term } = node.status();
    if (role !== 'leader') return;
    this.#deps.checker.sawLeader(id, term);
    if (this.#work === undefined) {
      this.#deps.checker.sawLeaderLog(id, term, log.lastIndex(), (index) => log.term(index));
    }
  }

  /** The applied state may be older than what was applied, as long as the log can bring it up again. */
  #loseApplied(): void {
    const { member } = this;
    const { index, confState } = this.#savedApplied;
    if (index < member.log.firstIndex() - 1) return;
    member.loseAppliedAfter(index);
    member.confState = confState;
    member.log.setConfState(confState);
  }

  /** A breach: the last entries are gone, though they were reported as durable. */
  #loseEntries(): void {
    const { member } = this;
    const start = member.log.firstIndex() - 1;
    cutLog(member.log, Math.max(member.appliedIndex, start, member.log.lastIndex() - 3));
  }
}

function cutLog(log: MemoryLog, index: number): void {
  const kept = log.entries(log.firstIndex(), index + 1, Number.MAX_SAFE_INTEGER);
  const snapshot = log.snapshot();
  if (typeof kept === 'string' || snapshot === 'unavailable') return;
  if (snapshot.metadata.index !== log.firstIndex() - 1) return;
  const { hardState, confState } = log.initialState();
  log.applySnapshot(snapshot);
  log.setConfState(confState);
  log.append(kept);
  log.setHardState({ ...hardState, commit: Math.min(hardState.commit, index) });
}
