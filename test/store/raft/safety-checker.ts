/**
 * The five properties that Raft promises at all times (Ongaro & Ousterhout 2014, figure 3), judged from what members
 * persist, apply and become; and that a read index is never behind what was committed when it was asked for.
 */
import type { Entry, MemberId } from '../../../store/raft/types.ts';

export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
}

interface Committed {
  readonly entry: Entry;
  /** No later than this term was it committed. */
  readonly byTerm: number;
}

export class SafetyChecker {
  readonly #leaders = new Map<number, MemberId>();
  readonly #entries = new Map<string, { readonly previousTerm: number; readonly data: string }>();
  readonly #committed = new Map<number, Committed>();
  readonly #ownLog = new Map<MemberId, { readonly term: number; readonly index: number; readonly lastTerm: number }>();
  readonly #reads = new Map<string, number>();
  leaders = 0;
  reads = 0;

  get committed(): ReadonlyMap<number, Committed> {
    return this.#committed;
  }

  /** Election safety: at most one leader in a term. */
  sawLeader(id: MemberId, term: number): void {
    const other = this.#leaders.get(term);
    if (other === undefined) this.leaders++;
    else if (other !== id) throw new SafetyViolation(`members ${other} and ${id} both lead term ${term}`);
    this.#leaders.set(term, id);
  }

  /** Leader append-only: its log in its term never shrinks and never changes. */
  sawLeaderLog(id: MemberId, term: number, lastIndex: number, termAt: (index: number) => unknown): void {
    const before = this.#ownLog.get(id);
    if (before?.term === term) {
      if (lastIndex < before.index) throw new SafetyViolation(`leader ${id} of term ${term} shortened its log`);
      const now = termAt(before.index);
      if (now !== 'compacted' && now !== before.lastTerm) {
        throw new SafetyViolation(`leader ${id} of term ${term} overwrote its entry ${before.index}`);
      }
    }
    const lastTerm = termAt(lastIndex);
    if (typeof lastTerm === 'number') this.#ownLog.set(id, { term, index: lastIndex, lastTerm });
  }

  /**
   * Log matching, by induction: an entry of one index and term is the same wherever it stands, and so is the term of
   * the one before it.
   */
  sawEntry(id: MemberId, entry: Entry, previousTerm: number | string): void {
    if (typeof previousTerm !== 'number') return;
    const key = `${entry.index}/${entry.term}`;
    const data = Buffer.from(entry.data).toString('latin1');
    const known = this.#entries.get(key);
    if (known === undefined) this.#entries.set(key, { previousTerm, data });
    else if (known.data !== data || known.previousTerm !== previousTerm) {
      throw new SafetyViolation(`member ${id} has another entry, or another before it, at ${key}`);
    }
  }

  /** Leader completeness: what was committed in earlier terms is in the log of every later leader. */
  sawElected(id: MemberId, term: number, termAt: (index: number) => unknown): void {
    for (const [index, { entry, byTerm }] of this.#committed) {
      if (byTerm >= term) continue;
      const own = termAt(index);
      if (own !== 'compacted' && own !== entry.term) {
        throw new SafetyViolation(`leader ${id} of term ${term} lacks entry ${index} of term ${entry.term}`);
      }
    }
  }

  /** State machine safety: at one index, everybody applies the same entry. */
  sawApplied(id: MemberId, entry: Entry, term: number): void {
    const known = this.#committed.get(entry.index);
    if (known === undefined) {
      this.#committed.set(entry.index, { entry, byTerm: term });
    } else if (known.entry.term !== entry.term || Buffer.compare(known.entry.data, entry.data) !== 0) {
      throw new SafetyViolation(`member ${id} applied another entry ${entry.index} than somebody else`);
    } else if (term < known.byTerm) {
      this.#committed.set(entry.index, { entry, byTerm: term });
    }
  }

  askedRead(context: string, committedAnywhere: number): void {
    this.#reads.set(context, committedAnywhere);
  }

  answeredRead(id: MemberId, context: string, index: number): void {
    const least = this.#reads.get(context);
    if (least === undefined) throw new SafetyViolation(`member ${id} answered a read that nobody asked: ${context}`);
    if (index < least) {
      throw new SafetyViolation(`member ${id} would serve a stale read: at ${index}, but ${least} was committed`);
    }
    this.reads++;
  }
}
