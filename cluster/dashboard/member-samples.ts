/** Asks each member of the store how it is, for the page: its place in the log, its term, whom it takes for the leader. */
import type { MemberSample } from '../../dashboard/model/moment.ts';
import type { Member, Store } from '../../store/index.ts';
import type { BackingMember } from '../store-backing.ts';

const ASK_MS = 1500;

type MemberLine = ReturnType<BackingMember['open']>;

export class MemberSampler {
  readonly #members: readonly BackingMember[];
  readonly #store: Store;
  readonly #lines = new Map<string, MemberLine>();
  #known: readonly Member[] = [];

  /** @param store the cluster as a whole, which knows the members' ids */
  constructor(members: readonly BackingMember[], store: Store) {
    this.#members = members;
    this.#store = store;
  }

  async sample(): Promise<readonly MemberSample[]> {
    if (this.#known.length !== this.#members.length) {
      const signal = AbortSignal.timeout(ASK_MS);
      this.#known = await this.#store.members({ linearizable: false, signal }).then(
        ({ members }) => members,
        () => this.#known,
      );
    }
    return Promise.all(this.#members.map((member) => this.#ask(member)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.close()));
    this.#lines.clear();
  }

  async #ask(member: BackingMember): Promise<MemberSample> {
    const { name } = member;
    const id = this.#known.find((known) => known.name === name)?.id ?? 0n;
    const silent = {
      name,
      id: id.toString(16),
      state: member.state(),
      restarts: member.restarts(),
      ...(member.pid() === undefined ? {} : { pid: member.pid() as number }),
      term: 0,
      leader: '',
      index: 0,
      applied: 0,
      revision: 0,
      bytes: 0,
    };
    if (silent.state !== 'running') return silent;
    try {
      const { header, leader, raftIndex, raftAppliedIndex, dbSizeInUse } = await this.#line(member).status({
        signal: AbortSignal.timeout(ASK_MS),
      });
      return {
        ...silent,
        id: header.memberId.toString(16),
        term: header.raftTerm,
        leader: leader === 0n ? '' : leader.toString(16),
        index: raftIndex,
        applied: raftAppliedIndex,
        revision: header.revision,
        bytes: dbSizeInUse,
      };
    } catch {
      return { ...silent, state: 'unreachable' };
    }
  }

  #line(member: BackingMember): MemberLine {
    const known = this.#lines.get(member.name);
    if (known !== undefined) return known;
    const line = member.open();
    this.#lines.set(member.name, line);
    return line;
  }
}
