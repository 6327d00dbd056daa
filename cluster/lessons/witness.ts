/**
 * Remembers what happened in a cluster since a lesson began: the moments that checks ask about, in order, at most a bounded
 * number of them. What values keys had is not kept here: the store's own history has them.
 */
import type { Moment, MomentType } from '../../base/moments.ts';
import type { RingRecorder } from '../../base/ring-recorder.ts';

const MOMENTS_MAX = 100_000;

const ABOUT: ReadonlySet<MomentType> = new Set([
  'raft.role',
  'store.change',
  'api.request',
  'api.watch-event',
  'controller.decision',
  'scheduler.decision',
  'node.pod',
  'fault',
]);

export class Witness {
  readonly #moments: Moment[] = [];
  readonly #stopListening: () => void;
  /** How many were dropped from the front. */
  #dropped = 0;

  constructor(ring: RingRecorder) {
    this.#stopListening = ring.listen((moment) => {
      if (!ABOUT.has(moment.type)) return;
      this.#moments.push(moment);
      if (this.#moments.length <= MOMENTS_MAX) return;
      this.#dropped += MOMENTS_MAX / 2;
      this.#moments.splice(0, MOMENTS_MAX / 2);
    });
  }

  /** The present place in history, for `since`. */
  now(): number {
    return this.#dropped + this.#moments.length;
  }

  since(place: number): readonly Moment[] {
    return this.#moments.slice(Math.max(0, place - this.#dropped));
  }

  close(): void {
    this.#stopListening();
  }
}

export function momentsOf<T extends MomentType>(
  moments: readonly Moment[],
  type: T,
): readonly Extract<Moment, { type: T }>[] {
  return moments.filter((moment): moment is Extract<Moment, { type: T }> => moment.type === type);
}

/** The revisions at which a key changed, in order. Every member states every change; each counts once. */
export function revisionsOf(moments: readonly Moment[], key: string): readonly number[] {
  const changes = momentsOf(moments, 'store.change').filter((moment) => moment.key === key);
  return [...new Set(changes.map(({ revision }) => revision))].sort((one, other) => one - other);
}
