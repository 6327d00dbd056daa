/**
 * What a call must pass before its handler: a client may ask to be refused, and a stream of its to be ended, by a member
 * that has no leader (`hasleader` in its metadata), so that it can turn to another; and a learner serves little.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { StoreAdmin } from '../admin.ts';
import { StoreError } from '../errors.ts';
import type { AnyCall } from './grpc/router.ts';
import { kvService, maintenanceService } from './proto/gen/etcdserverpb.ts';
import { healthService } from './proto/gen/grpchealthv1.ts';

/** Election timeouts without a leader before streams are ended: to open them anew costs more than to wait. */
const LEADERLESS_ROUNDS_MAX = 3;

/** What a learner serves; of ranges only the serializable. */
const LEARNER_PATHS: ReadonlySet<string> = new Set([
  kvService.range.path,
  maintenanceService.status.path,
  maintenanceService.snapshot.path,
  healthService.check.path,
  healthService.watch.path,
]);

export class CallGate {
  readonly #admin: StoreAdmin;
  readonly #timer: Timer;
  readonly #streams = new Set<AnyCall>();
  #leaderlessRounds = 0;

  constructor(admin: StoreAdmin, clock: Clock, electionMs: number) {
    this.#admin = admin;
    this.#timer = clock.every(electionMs, () => this.#lookForLeader());
  }

  /** Throws what refuses the call; returns what is to be done when it has ended. */
  enter(path: string, isStream: boolean, call: AnyCall): (() => void) | undefined {
    if (this.#admin.isLearner() && !LEARNER_PATHS.has(path)) throw new StoreError('notSupportedForLearner');
    if (call.metadata('hasleader') !== 'true') return undefined;
    if (this.#admin.leaderId() === 0n) throw new StoreError('noLeader');
    if (!isStream) return undefined;
    this.#streams.add(call);
    return () => this.#streams.delete(call);
  }

  close(): void {
    this.#timer.cancel();
  }

  #lookForLeader(): void {
    this.#leaderlessRounds = this.#admin.leaderId() === 0n ? this.#leaderlessRounds + 1 : 0;
    if (this.#leaderlessRounds < LEADERLESS_ROUNDS_MAX) return;
    for (const call of this.#streams) call.fail(new StoreError('noLeader'));
    this.#streams.clear();
  }
}
