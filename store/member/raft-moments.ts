/** Tells the recorder what consensus does at this member. Costs nothing while nobody looks. */
import type { Clock } from '../../base/clock.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Entry, SoftState } from '../raft/types.ts';
import { idText } from './cluster-identity.ts';

export type EntryStage = 'raft.append' | 'raft.durable' | 'raft.commit' | 'raft.apply';

export class RaftMoments {
  readonly #member: string;
  readonly #recorder: Recorder;
  readonly #clock: Clock;

  constructor(id: bigint, recorder: Recorder, clock: Clock) {
    this.#member = idText(id);
    this.#recorder = recorder;
    this.#clock = clock;
  }

  role({ role, leader }: SoftState, term: number): void {
    if (!this.#recorder.active) return;
    const atMs = this.#clock.nowMs();
    const known = leader === 0n ? {} : { leader: idText(leader) };
    this.#recorder.record({ type: 'raft.role', atMs, member: this.#member, role, term, ...known });
  }

  entries(entries: readonly Entry[], ...stages: readonly EntryStage[]): void {
    if (!this.#recorder.active) return;
    const atMs = this.#clock.nowMs();
    for (const type of stages) {
      for (const { index, term } of entries) this.#recorder.record({ type, atMs, member: this.#member, index, term });
    }
  }
}
