/**
 * One run: a cluster in virtual time, everything that the plan says happening to it, a calm at the end in which it must
 * come together again, and the judges' verdict.
 */
import { messageOf } from '../../base/errors.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { Revision, StoreEvent } from '../../store/index.ts';
import type { RunningMember } from '../../store/member/running-member.ts';
import { Clients } from './clients.ts';
import { Cluster } from './cluster.ts';
import { Faults } from './faults.ts';
import { HistoryJudge } from './history-judge.ts';
import type { Host } from './host.ts';
import { judgeLinearizability } from './judge-history.ts';
import { judgeLeases } from './lease-judge.ts';
import { runUntil } from './life-clock.ts';
import { textOf } from './model.ts';
import { type FaultKind, faultKinds, makePlan, type Plan, type PlanOptions, type RequestKind } from './plan.ts';
import { RaftJudge } from './raft-judge.ts';
import { type Violation, Violations } from './violation.ts';
import { WatchJudge, type WatchRecord } from './watch-judge.ts';

const CALM_MS = 9000;
const CALM_MAX_MS = 60_000;

export interface Report {
  readonly violations: readonly Violation[];
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly virtualMs: number;
  readonly requests: number;
  readonly acknowledged: number;
  readonly operationsChecked: number;
  readonly watchEvents: number;
  readonly revisions: number;
  readonly elections: number;
  readonly messages: number;
  readonly undecided: boolean;
  /** All that clients saw, one line each: the same for the same seed. */
  readonly history: readonly string[];
}

export function planOf(options: PlanOptions): Plan {
  return makePlan(options, new SeededRandom(`plan/${options.seed}/${options.steps}/${options.members}`));
}

/** Never rejects: what is thrown inside is a violation too. */
export function simulate(plan: Plan): Promise<Report> {
  return new Simulation(plan).run();
}

class Simulation {
  readonly #plan: Plan;
  readonly #clock = new VirtualClock();
  readonly #violations = new Violations();
  readonly #raft = new RaftJudge(this.#violations);
  readonly #history = new HistoryJudge(this.#violations);
  readonly #historians: WatchRecord[] = [];
  readonly #cluster: Cluster;
  readonly #clients: Clients;
  readonly #faults: Faults;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#cluster = new Cluster({
      clock: this.#clock,
      random: new SeededRandom(`run/${plan.seed}/${plan.members}`),
      judge: this.#raft,
      members: plan.members,
      onLife: (host, member) => this.#onLife(host, member),
    });
    this.#clients = new Clients(this.#clock, this.#cluster, () => this.#history.lastRevision);
    this.#faults = new Faults(this.#cluster, this.#violations);
  }

  async run(): Promise<Report> {
    try {
      await this.#play();
    } catch (error) {
      this.#violations.add('thrown', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const report = this.#report();
    await this.#stop();
    return report;
  }

  async #play(): Promise<void> {
    this.#cluster.start();
    for (const action of this.#plan.actions) {
      await this.#passUntil(action.atMs);
      const { kind } = action;
      if (isFault(kind)) this.#faults.inject(kind, action);
      else this.#clients.ask(kind, action);
      if (this.#violations.all.length > 0) break;
    }
    if (this.#violations.all.length === 0) {
      await this.#passUntil(this.#plan.calmAtMs);
      await this.#comeTogether();
      this.#clients.end();
      this.#judge();
    }
  }

  async #passUntil(untilMs: number): Promise<void> {
    await runUntil(this.#clock, untilMs, () => this.#raft.observe());
  }

  /** Once nothing is wrong any more there is a leader, everybody catches up, and all have the same state. */
  async #comeTogether(): Promise<void> {
    this.#faults.heal();
    await this.#passUntil(this.#clock.monotonicMs() + CALM_MS);
    if (!(await this.#maybeAgree())) return;
    for (let attempts = this.#cluster.current.length; ; attempts--) {
      const host = this.#cluster.current.find(({ member }) => member !== undefined && member === this.#cluster.leader);
      if (host !== undefined) this.#clients.putLast(host);
      await this.#passUntil(this.#clock.monotonicMs() + 2000);
      const last = this.#clients.calls.at(-1);
      const done = last?.outcome?.revision !== undefined;
      // A disk that had failed before may stop a member only now, each one once: the leader in the middle of the put, too.
      const stopped = last?.failure === 'stopped' && host?.diskFailed === true && attempts > 0;
      if (!done && !stopped) {
        this.#violations.add('liveness', `a put at the end was not done: ${last?.failure ?? 'no answer'}`);
        return;
      }
      if (!(await this.#maybeAgree()) || done) return;
    }
  }

  async #maybeAgree(): Promise<boolean> {
    const deadlineMs = this.#clock.monotonicMs() + CALM_MAX_MS;
    while (!this.#agree()) {
      this.#faults.heal();
      if (this.#clock.monotonicMs() > deadlineMs) {
        this.#violations.add(
          'liveness',
          `no agreement ${CALM_MAX_MS} ms after everything had healed: ${this.#words()}`,
        );
        return false;
      }
      await this.#passUntil(this.#clock.monotonicMs() + 1000);
    }
    return true;
  }

  /** Whether every member runs, knows one leader, and has applied what the others have. */
  #agree(): boolean {
    const { leader, current } = this.#cluster;
    if (leader === undefined) return false;
    const ids = new Set(leader.members.map(({ id }) => id));
    return current.every(({ member, retired }) => {
      if (member === undefined) return retired;
      if (!ids.has(member.id)) return member.core.isStopped;
      const { applied } = member.core.machine;
      return member.core.leader === leader.id && applied.index === leader.core.machine.applied.index;
    });
  }

  #words(): string {
    const hosts = this.#cluster.current.map(({ name, member, openFailure }) => {
      if (member === undefined)
        return `${name} is down (${openFailure === undefined ? 'stopped' : messageOf(openFailure)})`;
      const { role, term, commit, applied, lastIndex } = member.core.raftStatus();
      return `${name} ${role} term ${term} leader ${member.core.leader.toString(16)} log ${lastIndex} committed ${commit} applied ${applied}`;
    });
    return hosts.join('; ');
  }

  #onLife(host: Host, member: RunningMember): void {
    const life = host.life;
    if (life === undefined) return;
    void member.stopped.then((failure) => {
      if (failure === undefined || life.clock.isDead || host.diskFailed) return;
      const words = messageOf(failure.error);
      if (!words.includes('was removed')) this.#violations.add('stopped', `${host.name} stopped: ${words}`);
    });
    this.#tell(host, member, 1);
  }

  /** A watch of everything, from the beginning on: what a member tells of the history. */
  #tell(host: Host, member: RunningMember, startRevision: Revision): void {
    const request = { key: '\0', rangeEnd: '\0', startRevision, prevKv: true };
    const words = `the historian of ${host.name}, life ${host.lives}, from ${startRevision}`;
    const record: WatchRecord = { words, request, responses: [], completed: false };
    this.#historians.push(record);
    const { life } = host;
    member.store.watch(request, (response) => {
      if (life?.clock.isDead) return;
      record.responses.push(response);
      if (response.type === 'canceled' && response.compactRevision !== undefined) {
        this.#tell(host, member, response.compactRevision);
      }
      if (response.type !== 'events') return;
      const byRevision = new Map<Revision, StoreEvent[]>();
      for (const { type, kv } of response.events) {
        const events = byRevision.get(kv.modRevision) ?? [];
        events.push({ type, kv });
        byRevision.set(kv.modRevision, events);
      }
      for (const [revision, events] of byRevision) {
        this.#history.saw(revision, events, words, this.#clock.monotonicMs());
      }
    });
  }

  #figures = { operations: 0, steps: 0, undecided: false };

  #judge(): void {
    const violations = this.#violations;
    violations.guard('hash', () => this.#judgeHashes());
    violations.guard('history', () => this.#history.judge(this.#clients.calls));
    if (violations.all.length > 0) return;
    judgeLeases(this.#clients.leases.values(), this.#history, violations);
    const compactRevision = Math.max(
      0,
      ...this.#cluster.running.map(({ core }) => core.machine.keyspace.compactRevision),
    );
    const watches = new WatchJudge(violations, this.#history, compactRevision);
    for (const watch of [...this.#clients.watches, ...this.#historians]) watches.judge(watch);
    violations.guard('linearizable', () => {
      const { calls, leases } = this.#clients;
      this.#figures = judgeLinearizability(calls, leases.values(), this.#history, violations);
    });
  }

  /** All members hold the same, and it is what their events add up to. */
  #judgeHashes(): void {
    const hashes = new Map<string, string[]>();
    const state = this.#history.states().at(-1) ?? new Map();
    const expected = textOf([...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
    for (const { name, member } of this.#cluster.current) {
      if (member === undefined || member.core.isStopped) continue;
      const { keyspace, leases } = member.core.machine;
      const hash = `${keyspace.hashKv().hash} with leases ${leases.list().sort().join(',')}`;
      hashes.set(hash, [...(hashes.get(hash) ?? []), name]);
      const { kvs } = keyspace.range({ key: '\0', rangeEnd: '\0' });
      if (textOf(kvs) !== expected) throw new Error(`${name} holds ${textOf(kvs)}, its events say ${expected}`);
    }
    if (hashes.size > 1) throw new Error([...hashes].map(([hash, names]) => `${names.join()}: ${hash}`).join('; '));
  }

  #report(): Report {
    const { calls, watches } = this.#clients;
    const records = [...watches, ...this.#historians];
    const told = records.flatMap(({ responses }) => responses);
    const history = calls.map((call) => {
      const { startedAt, startedAtMs, endedAtMs, words, outcome, failure } = call;
      const result = outcome === undefined ? (failure ?? 'no answer') : `${outcome.revision ?? ''} ${outcome.text}`;
      return `${startedAt} ${startedAtMs.toFixed(3)}-${endedAtMs.toFixed(3)} ms  ${words} -> ${result}`;
    });
    for (const { words, responses } of watches) {
      history.push(`${words} -> ${responses.map(({ type, header }) => `${type} ${header.revision}`).join(', ')}`);
    }
    return {
      violations: this.#violations.all,
      faults: this.#faults.counts,
      virtualMs: this.#clock.monotonicMs(),
      requests: calls.length,
      acknowledged: calls.filter(({ outcome }) => outcome !== undefined && !outcome.refused).length,
      operationsChecked: this.#figures.operations,
      watchEvents: told.reduce((sum, each) => sum + (each.type === 'events' ? each.events.length : 0), 0),
      revisions: this.#history.lastRevision,
      elections: this.#raft.elections,
      messages: this.#cluster.network.delivered,
      undecided: this.#figures.undecided,
      history,
    };
  }

  async #stop(): Promise<void> {
    for (const host of this.#cluster.hosts) host.crash(false);
    await this.#passUntil(this.#clock.monotonicMs());
  }
}

const faultNames = new Set<string>(faultKinds);

function isFault(kind: FaultKind | RequestKind): kind is FaultKind {
  return faultNames.has(kind);
}
