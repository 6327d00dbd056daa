/**
 * A cache of keys' newest values, so that reading what was just written, or is read again and again, decodes nothing.
 * It is bounded by bytes: what came in first goes first. The values hang on the index's histories themselves, so a hit
 * costs no lookup.
 */
import type { KeyValue } from '../store.ts';
import type { KeyHistory } from './key-index.ts';

/** What an entry weighs besides its value: the objects around it. */
const ENTRY_BYTES = 250;
const DEFAULT_BYTES_MAX = 64 * 1024 * 1024;

export class CurrentValues {
  readonly #bytesMax: number;
  #bytes = 0;
  /** In order of arrival; a history's weight at arrival beside it. One history may be here more than once. */
  #queue: { histories: KeyHistory[]; kvs: KeyValue[] } = { histories: [], kvs: [] };
  #oldest = 0;

  constructor(bytesMax = DEFAULT_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** `kv` is the newest value of `history`. */
  set(history: KeyHistory, kv: KeyValue): void {
    history.cached = kv;
    this.#queue.histories.push(history);
    this.#queue.kvs.push(kv);
    this.#bytes += ENTRY_BYTES + kv.value.length;
    while (this.#bytes > this.#bytesMax) this.#dropOldest();
  }

  clear(): void {
    for (const history of this.#queue.histories) history.cached = undefined;
    this.#queue = { histories: [], kvs: [] };
    this.#oldest = 0;
    this.#bytes = 0;
  }

  #dropOldest(): void {
    const { histories, kvs } = this.#queue;
    const history = histories[this.#oldest];
    const kv = kvs[this.#oldest];
    if (history === undefined || kv === undefined) {
      this.clear();
      return;
    }
    if (history.cached === kv) history.cached = undefined;
    this.#bytes -= ENTRY_BYTES + kv.value.length;
    this.#oldest++;
    // Give the consumed half back now and then, at constant cost a call.
    if (this.#oldest * 2 > histories.length) {
      this.#queue = { histories: histories.slice(this.#oldest), kvs: kvs.slice(this.#oldest) };
      this.#oldest = 0;
    }
  }
}
