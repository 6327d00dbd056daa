/**
 * Applies committed entries to the state, and answers those who wait for them.
 *
 * Invariants:
 * - a batch is applied in one synchronous piece that ends with the applied index, so a crash leaves it whole or not at all;
 * - nobody is answered before the whole piece is done, and answers go out in the order of the entries.
 */
import type { RaftNode } from '../raft/raft-node.ts';
import type { Entry } from '../raft/types.ts';
import type { ResponseHeader } from '../store.ts';
import { applyMembershipEntry } from './membership-change.ts';
import type { PendingRequests } from './pending-requests.ts';
import type { StateMachine } from './state-machine.ts';

export interface EntryApplierDeps {
  readonly machine: StateMachine;
  readonly raft: RaftNode;
  readonly pending: PendingRequests;
  readonly header: (revision: number) => ResponseHeader;
  /** The first entry of a leader's term: all entries of earlier terms that there will ever be are applied. */
  readonly onTermBegins: (term: number) => void;
  readonly onRemoved: (id: bigint) => void;
}

type Settle = () => void;

export class EntryApplier {
  readonly #deps: EntryApplierDeps;

  constructor(deps: EntryApplierDeps) {
    this.#deps = deps;
  }

  apply(entries: readonly Entry[]): void {
    const { machine } = this.#deps;
    const settles: Settle[] = [];
    let applied = machine.applied;
    try {
      for (const entry of entries) {
        // A state that was received may be newer than the snapshot that announced it.
        if (entry.index <= applied.index) continue;
        settles.push(entry.type === 'confChange' ? this.#applyConfChange(entry) : this.#applyNormal(entry));
        applied = { index: entry.index, term: entry.term };
      }
    } finally {
      machine.markApplied(applied);
    }
    for (const settle of settles) settle();
  }

  #applyNormal(entry: Entry): Settle {
    const { machine, pending, header, onTermBegins } = this.#deps;
    const outcome = machine.apply(entry);
    if (outcome === undefined) return () => onTermBegins(entry.term);
    if ('error' in outcome) return () => pending.reject(outcome.requestId, outcome.error);
    const { requestId, result, revision } = outcome;
    return () => pending.resolve(requestId, () => ({ ...result, header: header(revision) }));
  }

  #applyConfChange(entry: Entry): Settle {
    const { machine, raft, pending, onRemoved } = this.#deps;
    const applyToRaft: Parameters<typeof applyMembershipEntry>[2] = (change) => raft.applyConfChange(change);
    const { confState, settlement } = applyMembershipEntry(entry, machine.membership, applyToRaft);
    machine.applyConfState(entry, confState);
    return () => {
      const { removed, requestId, error } = settlement;
      if (removed !== undefined) onRemoved(removed);
      if (requestId === undefined) return;
      if (error !== undefined) pending.reject(requestId, error);
      else pending.resolve(requestId, () => undefined);
    };
  }
}
