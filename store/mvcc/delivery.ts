/**
 * One change on its way to watchers. Both forms of its event, with what the key held before and without, are made when
 * the first watcher wants them, and then shared by all.
 */
import type { ByteString } from '../../base/bytes.ts';
import type { KeyValue, Revision, StoreEvent } from '../store.ts';

/** A change as the keyspace reports it. */
export interface Change extends StoreEvent {
  /** What the key held before the revision, when that is known without reading. */
  readonly before?: KeyValue | undefined;
}

/** Where what a key held before is read from. */
export interface PastValues {
  compactRevision(): Revision;
  /** The key at a revision that is not compacted. */
  valueAt(key: ByteString, revision: Revision): KeyValue | undefined;
}

export class Delivery {
  readonly type: StoreEvent['type'];
  readonly #change: Change;
  readonly #revision: Revision;
  readonly #past: PastValues;
  #plain: StoreEvent | undefined;
  #withPrevious: StoreEvent | undefined;

  constructor(change: Change, revision: Revision, past: PastValues) {
    this.type = change.type;
    this.#change = change;
    this.#revision = revision;
    this.#past = past;
  }

  plain(): StoreEvent {
    const { type, kv } = this.#change;
    this.#plain ??= { type, kv };
    return this.#plain;
  }

  /** With what the key held before, unless it did not exist or that is compacted. */
  withPrevious(): StoreEvent {
    if (this.#withPrevious === undefined) {
      const prevKv = this.#previous();
      this.#withPrevious = prevKv === undefined ? this.plain() : { ...this.plain(), prevKv };
    }
    return this.#withPrevious;
  }

  #previous(): KeyValue | undefined {
    const { type, kv, before } = this.#change;
    if (before !== undefined) return before;
    if (type === 'put' && kv.createRevision === kv.modRevision) return undefined;
    const revision = this.#revision - 1;
    return revision < this.#past.compactRevision() ? undefined : this.#past.valueAt(kv.key, revision);
  }
}
