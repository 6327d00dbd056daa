/** The members of a run, and the network between them. */
import type { Random } from '../../base/random.ts';
import type { VirtualClock } from '../../base/virtual-clock.ts';
import type { RunningMember } from '../../store/member/running-member.ts';
import { MemoryNetwork, type NetworkWeather } from '../../store/transport/memory-network.ts';
import { Host, type HostDeps } from './host.ts';
import type { RaftJudge } from './raft-judge.ts';

export interface ClusterDeps {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly judge: RaftJudge;
  readonly members: number;
  /** Of every life of every member, as soon as it runs. */
  readonly onLife: (host: Host, member: RunningMember) => void;
}

export class Cluster {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly fairWeather: Partial<NetworkWeather>;
  readonly hosts: Host[] = [];
  readonly #deps: ClusterDeps;
  readonly #hostDeps: HostDeps;
  #added = 0;

  constructor(deps: ClusterDeps) {
    const { clock, random, members, judge } = deps;
    this.#deps = deps;
    this.clock = clock;
    this.fairWeather = { delayMinMs: 0.2, delayMaxMs: 0.2 + random.next() * 10 };
    this.network = new MemoryNetwork({ clock, random: random.fork('network'), weather: this.fairWeather });
    const names = Array.from({ length: members }, (_, at) => `m${at + 1}`);
    this.#hostDeps = {
      clock,
      network: this.network,
      random,
      judge,
      member: {
        initialCluster: names.map((name) => ({ name, peerUrl: `http://${name}:2380` })),
        electionMs: 1000,
        heartbeatMs: 100,
        // Small, so that logs are cut, and states sent, all the time.
        snapshotEntries: 10 + random.below(60),
        catchUpEntries: 1 + random.below(20),
        segmentBytes: 2048 << random.below(4),
      },
    };
    for (const name of names) this.hosts.push(new Host(name, this.#hostDeps));
  }

  /** Those that belong to the cluster, running or not. */
  get current(): Host[] {
    return this.hosts.filter((host) => !host.retired);
  }

  get running(): RunningMember[] {
    return this.hosts.flatMap((host) => (host.retired ? [] : (host.member ?? [])));
  }

  get leader(): RunningMember | undefined {
    return this.running.filter((member) => member.isLeader).sort((a, b) => b.core.term - a.core.term)[0];
  }

  hostAt(number: number): Host | undefined {
    const { current } = this;
    return current[number % current.length];
  }

  start(): void {
    for (const host of this.hosts) this.restart(host);
  }

  /** Starts a member that does not run. */
  restart(host: Host): void {
    if (host.retired) return;
    if (host.life !== undefined) {
      // It stopped by itself: its process is gone.
      if (host.life.member?.core.isStopped !== true) return;
      host.crash(false);
    }
    void this.#open(host);
  }

  /** Adds a learner on a new machine, starts it, and makes it a voter as soon as that is possible. */
  async addMember(leader: RunningMember): Promise<void> {
    const host = new Host(`n${++this.#added}`, this.#hostDeps);
    const { member } = await leader.admin.memberAdd({ peerUrls: [host.peerUrl], isLearner: true });
    host.joining = {
      join: { clusterId: leader.clusterId, members: [...leader.members.filter(({ id }) => id !== member.id), member] },
      initialCluster: [{ name: host.name, peerUrl: host.peerUrl }],
    };
    this.hosts.push(host);
    this.restart(host);
    for (let attempt = 0; attempt < 20; attempt++) {
      await new Promise<void>((resolve) => void this.clock.after(500, resolve));
      const asked = this.leader;
      const promoted = await asked?.admin.memberPromote(member.id).then(
        () => true,
        () => false,
      );
      if (promoted === true) return;
    }
  }

  async #open(host: Host): Promise<void> {
    let member: RunningMember;
    try {
      member = await host.open();
    } catch (error) {
      host.openFailure = error;
      if (String(error).includes('was removed from the cluster')) host.retired = true;
      return;
    }
    host.openFailure = undefined;
    this.#deps.onLife(host, member);
    void member.stopped.then((failure) => {
      if (String(failure?.error).includes('was removed from the cluster')) host.retired = true;
    });
  }
}
