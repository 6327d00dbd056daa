/**
 * Compaction by itself, as etcd has it (server/etcdserver/api/v3compactor): on the leader only, either keeping so many
 * revisions, looked at every five minutes, or the revisions of the last so-much time, remembered in ten samples.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { StoreError } from '../errors.ts';
import type { Revision, Store } from '../store.ts';
import type { AutoCompaction } from './options.ts';
import type { StoreMember } from './store-member.ts';

const REVISION_CHECK_MS = 5 * 60_000;
const SAMPLES = 10;
const PERIOD_MAX_MS = 60 * 60_000;

export interface AutoCompactorDeps {
  readonly core: StoreMember;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rule: AutoCompaction;
}

export class AutoCompactor {
  readonly #deps: AutoCompactorDeps;
  readonly #timer: Timer;
  /** Periodic: when which revision was current, oldest first. */
  readonly #samples: { readonly atMs: number; readonly revision: Revision }[] = [];
  #compacted: Revision = 0;

  constructor(deps: AutoCompactorDeps) {
    this.#deps = deps;
    const { rule, clock } = deps;
    const periodMs =
      rule.mode === 'revision' ? REVISION_CHECK_MS : Math.max(1, Math.min(rule.retentionMs, PERIOD_MAX_MS) / SAMPLES);
    this.#timer = clock.every(periodMs, () => this.#check());
  }

  stop(): void {
    this.#timer.cancel();
  }

  #check(): void {
    const { core } = this.#deps;
    const revision = this.#revisionToCompact(core.machine.keyspace.currentRevision);
    if (!core.isLeader || revision <= this.#compacted || revision < 1) return;
    this.#compact(revision).catch((error: unknown) => {
      this.#deps.logger.warn({ error: messageOf(error), revision }, 'automatic compaction failed');
    });
  }

  #revisionToCompact(current: Revision): Revision {
    const { rule, clock } = this.#deps;
    if (rule.mode === 'revision') return current - rule.retention;
    const nowMs = clock.monotonicMs();
    this.#samples.push({ atMs: nowMs, revision: current });
    let revision = 0;
    while ((this.#samples[0]?.atMs ?? nowMs) <= nowMs - rule.retentionMs)
      revision = this.#samples.shift()?.revision ?? 0;
    return revision;
  }

  async #compact(revision: Revision): Promise<void> {
    try {
      await this.#deps.store.compact(revision);
      this.#deps.logger.info({ revision }, 'compacted automatically');
    } catch (error) {
      if (!(error instanceof StoreError && error.reason === 'compacted')) throw error;
    }
    this.#compacted = revision;
  }
}
