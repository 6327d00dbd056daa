/** What goes wrong in a run, how it is done to a cluster, and how it ends. */
import { messageOf, UsageError } from '../../base/errors.ts';
import { diskError } from '../../store/wal/memory-disk.ts';
import type { Cluster } from './cluster.ts';
import type { Host } from './host.ts';
import type { Action, FaultKind } from './plan.ts';
import type { Violations } from './violation.ts';

/** Within so long, who hears no leader has stood for election. */
const ELECTION_MS = 2000;
/** What strays arrives in another term than it was sent in. */
const STRAY_MAX_MS = 4 * ELECTION_MS;
/** A removal whose outcome is not known may still be made. */
const REMOVAL_SETTLES_MS = 5000;

export class Faults {
  readonly counts = new Map<FaultKind, number>();
  readonly #cluster: Cluster;
  readonly #violations: Violations;
  /** Hosts whose member is being added. */
  #adding = false;
  #removing = false;

  constructor(cluster: Cluster, violations: Violations) {
    this.#cluster = cluster;
    this.#violations = violations;
  }

  inject(kind: FaultKind, action: Action): void {
    const host = this.#cluster.hostAt(action.host);
    if (host === undefined) return;
    if (this.#maybeInject(kind, host, action)) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Everything heals. */
  heal(): void {
    const { network, hosts } = this.#cluster;
    network.setWeather(this.#cluster.fairWeather);
    network.heal();
    for (const host of hosts) {
      host.resume();
      host.syncMaxMs = 1;
      host.disk.syncFailure = undefined;
      host.disk.capacityBytes = Number.POSITIVE_INFINITY;
      if (!host.retired) this.#cluster.restart(host);
    }
  }

  #maybeInject(kind: FaultKind, host: Host, action: Action): boolean {
    const { network } = this.#cluster;
    const { forMs, dice } = action;
    const after = (work: () => void): void => void this.#cluster.clock.after(forMs, work);
    switch (kind) {
      case 'crash':
        if (host.life === undefined) return false;
        host.crash(dice[0] < 0.7);
        after(() => this.#cluster.restart(host));
        return true;
      case 'crashAll':
        for (const each of this.#cluster.hosts) {
          if (each.retired) continue;
          each.crash(dice[0] < 0.7);
          after(() => this.#cluster.restart(each));
        }
        return true;
      case 'pause':
        if (host.member === undefined) return false;
        host.pause();
        after(() => host.resume());
        return true;
      case 'cut': {
        const other = this.#cluster.hostAt(action.target);
        if (host.member === undefined || other?.member === undefined || other === host) return false;
        network.cut(host.member.id, other.member.id);
        after(() => network.heal());
        return true;
      }
      case 'isolate':
        if (host.member === undefined) return false;
        network.isolate(host.member.id);
        after(() => network.heal());
        return true;
      case 'storm':
        network.setWeather({
          delayMinMs: 0,
          delayMaxMs: stormDelayMs(dice[0]),
          loss: 0.3 * dice[1],
          duplication: 0.3 * dice[2],
        });
        after(() => network.setWeather(this.#cluster.fairWeather));
        return true;
      case 'stray':
        network.setWeather({ ...this.#cluster.fairWeather, straying: 0.1 + 0.4 * dice[0], strayMaxMs: STRAY_MAX_MS });
        after(() => network.setWeather(this.#cluster.fairWeather));
        return true;
      case 'unrest':
        return this.#unrest(action);
      case 'slowDisk':
        host.syncMaxMs = 50 + 800 * dice[0];
        after(() => {
          host.syncMaxMs = 1;
        });
        return true;
      case 'brokenDisk':
        host.disk.syncFailure = diskError('EIO', 'the disk is broken');
        return this.#untilRepaired(host, after);
      case 'fullDisk':
        host.disk.capacityBytes = 1;
        return this.#untilRepaired(host, after);
      case 'damage':
        return this.#damage(host, action);
      case 'wallJump':
        host.machine.wallOffsetMs += (dice[0] - 0.5) * 100_000;
        return true;
      case 'transfer': {
        const leader = this.#cluster.leader;
        if (leader === undefined || host.member === undefined || leader === host.member) return false;
        leader.core.transferLeader(host.member.id);
        return true;
      }
      case 'add':
        return this.#add();
      case 'remove':
        return this.#remove(host);
    }
  }

  /**
   * A leader is lost while messages stray; the next one is not heard by one member, who stands against it. What was said
   * to that member in the first election may arrive only now.
   */
  #unrest({ host, forMs, dice }: Action): boolean {
    const { network, clock, fairWeather } = this.#cluster;
    const deposed = this.#cluster.leader;
    if (deposed === undefined) return false;
    network.setWeather({ ...fairWeather, straying: 0.2 + 0.6 * dice[0], strayMaxMs: STRAY_MAX_MS });
    network.isolate(deposed.id);
    clock.after(ELECTION_MS + 1000 * dice[1], () => {
      network.heal();
      const { leader } = this.#cluster;
      const deaf = this.#cluster.hostAt(host)?.member;
      if (leader !== undefined && deaf !== undefined && deaf !== leader) network.cut(leader.id, deaf.id);
    });
    clock.after(3 * ELECTION_MS + forMs, () => {
      network.heal();
      network.setWeather(fairWeather);
    });
    return true;
  }

  #untilRepaired(host: Host, after: (work: () => void) => void): boolean {
    host.diskFailed = true;
    after(() => {
      host.disk.syncFailure = undefined;
      host.disk.capacityBytes = Number.POSITIVE_INFINITY;
      // A member that stopped by itself is started again, as by whoever watches over its process.
      if (host.member === undefined) {
        host.crash(true);
        this.#cluster.restart(host);
      }
    });
    return true;
  }

  /**
   * A bit rots on the disk of a member that does not run. Where the log says that the place was durable, the member must
   * refuse to start; the operator then puts the disk right.
   */
  #damage(host: Host, { forMs, dice }: Action): boolean {
    if (host.member === undefined) return false;
    host.crash(true);
    this.#cluster.clock.after(forMs, () => void this.#startDamaged(host, dice[0]));
    return true;
  }

  async #startDamaged(host: Host, where: number): Promise<void> {
    if (host.life !== undefined || host.retired) return;
    const names = (await host.disk.list(`/${host.name}/wal`)).filter((name) => name.endsWith('.wal'));
    const path = `/${host.name}/wal/${names.at(-1)}`;
    if (names.length > 0 && host.life === undefined) {
      const bytes = host.disk.bytesOf(path);
      let used = bytes.length;
      while (used > 0 && bytes[used - 1] === 0) used--;
      // The first part of what is used: frames behind it say that it was durable.
      const position = Math.floor(where * used * 0.3);
      if (used > 2000) {
        host.disk.damage(path, position, 0x10);
        try {
          await host.open();
          this.#violations.add(
            'damage',
            `${host.name} started with a damaged byte at ${position} of ${used} in ${path}`,
          );
        } catch (error) {
          // Only our own errors are a clear refusal.
          const refused = error instanceof UsageError || messageOf(error).includes(path);
          if (!refused && !host.isBusy) this.#violations.add('damage', `an unclear refusal: ${messageOf(error)}`);
        }
        host.disk.damage(path, position, 0x10);
      }
    }
    this.#cluster.restart(host);
  }

  #add(): boolean {
    const { leader } = this.#cluster;
    if (leader === undefined || this.#adding || this.#cluster.current.length >= 5) return false;
    this.#adding = true;
    void this.#cluster
      .addMember(leader)
      .catch(() => {})
      .finally(() => {
        this.#adding = false;
      });
    return true;
  }

  #remove(host: Host): boolean {
    const { leader } = this.#cluster;
    const { member } = host;
    if (leader === undefined || member === undefined || this.#removing) return false;
    // From two to one is no change to make while things fail: should the one that goes be gone before the other knows that
    // the change is committed, the other waits for its vote for ever. That is so in every Raft with simple changes.
    if (leader.members.filter(({ isLearner }) => !isLearner).length <= 2) return false;
    this.#removing = true;
    void leader.admin
      .memberRemove(member.id)
      .catch(() => {})
      .finally(() =>
        this.#cluster.clock.after(REMOVAL_SETTLES_MS, () => {
          this.#removing = false;
        }),
      );
    return true;
  }
}

/** Mostly shorter than an election; now and then so long that what was meant for one arrives in the next. */
function stormDelayMs(dice: number): number {
  return dice < 0.8 ? 20 + 400 * dice : 4000 * dice;
}
