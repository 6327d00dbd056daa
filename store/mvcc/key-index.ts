/**
 * The index in memory: every key, in byte order, with the revisions at which it changed and which the backend still
 * holds. It answers "what was this key at revision R" with the place of one record, and knows which records nobody
 * can ask for any more once a compaction has passed.
 *
 * Worked example. put(a) at 2, put(a) at 3, delete(a) at 4, put(a) at 6:
 *
 *   history of a    main  create  version
 *                    2      2       1
 *                    3      2       2
 *                    4      0       0      (a deletion: version 0)
 *   newest           6      6       1
 *
 *   at 3 -> the record of 3;  at 4 or 5 -> not there;  at 6 and later -> the record of 6
 *   compact(4): the records of 2 and 3 go, that of 4 stays, so that a watch from 4 still sees the deletion
 *   compact(5): the record of 4 goes too
 *
 * The rule: a record goes when its revision is before the compact revision and, at the compact revision, it is
 * superseded or is a deletion. Whatever changed at the compact revision itself stays, as etcd keeps it since 3.5.16.
 *
 * Invariants:
 * - History is ascending by (main, sub), and all of it is older than the newest.
 * - `#garbage` names a history once for each record that will go, in the order in which they may go; of one history
 *   always its oldest record goes.
 */
import { assert, present } from '../../base/assert.ts';
import type { ByteString } from '../../base/bytes.ts';
import { createOrderedMap, type OrderedMap, orderedMapOf } from '../backend/ordered-map.ts';
import type { KeyValue, Revision } from '../store.ts';
import { GarbageQueue } from './garbage-queue.ts';

/** What a key was at some revision. `version` 0: a deletion. */
export interface KeyState {
  readonly main: Revision;
  readonly sub: number;
  readonly createRevision: Revision;
  readonly version: number;
}

/** One key: its newest state inline (nearly every read asks for it), older ones in a flat array, if there are any. */
export class KeyHistory implements KeyState {
  readonly key: ByteString;
  main: Revision;
  sub: number;
  createRevision: Revision;
  version: number;
  /** Four numbers for each older state: main, sub, createRevision, version; oldest first. */
  older: number[] | undefined = undefined;
  /** Where in `older` the oldest state is that still counts; those before it are gone. */
  olderFrom = 0;
  /** The newest state as clients see it, when it is cached; kept by `CurrentValues`. */
  cached: KeyValue | undefined = undefined;

  constructor(key: ByteString, state: KeyState) {
    this.key = key;
    this.main = state.main;
    this.sub = state.sub;
    this.createRevision = state.createRevision;
    this.version = state.version;
  }

  /** The state at revision `at`, undefined when the key did not exist then. */
  at(at: Revision): KeyState | undefined {
    if (this.main <= at) return this.version === 0 ? undefined : this;
    const older = this.older;
    if (older === undefined) return undefined;
    // The last of the older ones whose main revision is not after `at`.
    const first = this.olderFrom / 4;
    let low = first;
    let high = older.length / 4;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((older[middle * 4] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    if (low === first) return undefined;
    const state = olderState(older, (low - 1) * 4);
    return state.version === 0 ? undefined : state;
  }

  /** Forgets the oldest of `older`. At constant cost a call: the space is given back when half of it is unused. */
  dropOldest(older: readonly number[]): void {
    this.olderFrom += 4;
    if (this.olderFrom * 2 < older.length) return;
    this.older = this.olderFrom === older.length ? undefined : older.slice(this.olderFrom);
    this.olderFrom = 0;
  }
}

function olderState(older: readonly number[], offset: number): KeyState {
  return {
    main: older[offset] ?? 0,
    sub: older[offset + 1] ?? 0,
    createRevision: older[offset + 2] ?? 0,
    version: older[offset + 3] ?? 0,
  };
}

/** A record of the backend that a compaction has made unreachable. */
export interface DeadRecord {
  readonly key: ByteString;
  readonly main: Revision;
  readonly sub: number;
  readonly tombstone: boolean;
}

/** More than any key: keys are shorter than 65,536 bytes only by custom, but none has a character above 0xff. */
const BEYOND_ALL_KEYS = '\u0100';

export class KeyIndex {
  /** By key, for the one that is asked for most; and in order, for ranges. The same histories in both. */
  #byKey = new Map<ByteString, KeyHistory>();
  #tree: OrderedMap<KeyHistory> = createOrderedMap();
  /** Records that go with compactions to come: the history, and from which compact revision on its oldest may go. */
  readonly #garbage = new GarbageQueue<KeyHistory>();

  /** Keys, including deleted ones that are still remembered. */
  get size(): number {
    return this.#byKey.size;
  }

  get(key: ByteString): KeyHistory | undefined {
    return this.#byKey.get(key);
  }

  /** An index of records that come in ascending order of (main, sub), as `append` takes them; many times faster. */
  static build(records: Iterable<readonly [ByteString, KeyState]>): KeyIndex {
    const index = new KeyIndex();
    const histories = index.#byKey;
    for (const [key, state] of records) {
      const history = histories.get(key);
      if (history === undefined) histories.set(key, index.#newHistory(key, state));
      else index.appendTo(history, state);
    }
    const keys = [...histories.keys()].sort();
    index.#tree = orderedMapOf(
      keys,
      keys.map((key) => present(histories.get(key), 'a history')),
    );
    return index;
  }

  /** Notes a change. Changes come in ascending order of (main, sub). Returns the key's history, `state` its newest. */
  append(key: ByteString, state: KeyState): KeyHistory {
    const history = this.#byKey.get(key);
    if (history === undefined) {
      const created = this.#newHistory(key, state);
      this.#byKey.set(key, created);
      this.#tree.set(key, created);
      return created;
    }
    this.appendTo(history, state);
    return history;
  }

  /** As `append`, for a caller that has the history at hand. */
  appendTo(history: KeyHistory, state: KeyState): void {
    assert(
      state.main > history.main || (state.main === history.main && state.sub > history.sub),
      'changes of a key come in order',
    );
    if (history.version !== 0) {
      // Superseded from `state.main` on; but what changed at the compact revision itself stays.
      this.#garbage.push(history, state.main, Math.max(state.main, history.main + 1));
    }
    history.older ??= [];
    history.older.push(history.main, history.sub, history.createRevision, history.version);
    history.main = state.main;
    history.sub = state.sub;
    history.createRevision = state.createRevision;
    history.version = state.version;
    history.cached = undefined;
    if (state.version === 0) this.#garbage.push(history, state.main, state.main + 1);
  }

  /**
   * Calls `visit` for each key in [start, end) that existed at `revision`, in order, until it answers false.
   * @param end undefined: to the last key
   */
  forEachAt(
    start: ByteString,
    end: ByteString | undefined,
    revision: Revision,
    visit: (history: KeyHistory, state: KeyState) => boolean,
  ): void {
    this.#tree.editRange(start, end ?? BEYOND_ALL_KEYS, false, (_key, history) => {
      const state = history.at(revision);
      return state === undefined || visit(history, state) ? undefined : STOP;
    });
  }

  /** How many keys in [start, end) existed at `revision`. */
  countAt(start: ByteString, end: ByteString | undefined, revision: Revision): number {
    let count = 0;
    this.#tree.forRange(start, end ?? BEYOND_ALL_KEYS, false, (_key, history) => {
      if (history.main <= revision ? history.version !== 0 : history.at(revision) !== undefined) count++;
    });
    return count;
  }

  /** Forgets, and returns, the next record that nobody can ask for at compact revision `compacted`, if there is one. */
  takeDead(compacted: Revision): DeadRecord | undefined {
    const history = this.#garbage.take(compacted);
    if (history === undefined) return undefined;
    const { key, older } = history;
    if (older === undefined) {
      assert(history.version === 0, 'only a deletion goes while it is the newest');
      this.#byKey.delete(key);
      this.#tree.delete(key);
      return { key, main: history.main, sub: history.sub, tombstone: true };
    }
    const { main, sub, version } = olderState(older, history.olderFrom);
    history.dropOldest(older);
    return { key, main, sub, tombstone: version === 0 };
  }

  #newHistory(key: ByteString, state: KeyState): KeyHistory {
    const history = new KeyHistory(key, state);
    if (state.version === 0) this.#garbage.push(history, state.main, state.main + 1);
    return history;
  }
}

const STOP = { break: true };
