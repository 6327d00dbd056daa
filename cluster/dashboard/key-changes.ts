/**
 * The keys of the store as the page lists them: those that are there, and each that a member has changed. Like objects, a key
 * that changed is marked, and told with its last change when its turn comes.
 */
import { prefixEnd } from '../../base/bytes.ts';
import type { Fact } from '../../base/moments.ts';
import type { PageMoment } from '../../dashboard/model/moment.ts';
import type { Store } from '../../store/index.ts';
import { type Rate, ToldShare } from './told-share.ts';

type StoreChange = Extract<Fact, { readonly type: 'store.change' }>;

export interface KeyChange {
  readonly change: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  /** 1 at creation, one more with every change. */
  readonly version: number;
}

export const ROOT = '/registry/';
const PAGE_KEYS = 1000;
const RATE: Rate = { burst: 500, perBeat: 32 };
/** A list of keys is read in less time than these beats take, twice over. */
const REMEMBERED_BEATS = 200;
const LATE_MS = 200;

export class ChangedKeys {
  /** Those that wait longest first. */
  readonly #changed = new Map<string, { readonly fact: StoreChange; readonly atMs: number }>();
  readonly #share = new ToldShare(RATE);
  /** Every member tells of every change, in the order of revisions: who is first is heard. */
  #revision = 0;
  #member = '';
  /** Keys that changed lately, and the revisions of their last change. */
  #recent = new Map<string, number>();
  #lessRecent = new Map<string, number>();
  #beats = 0;

  add(fact: StoreChange, atMs: number): void {
    const { key, revision, member } = fact;
    // One transaction may change several keys at one revision.
    if (revision < this.#revision || (revision === this.#revision && member !== this.#member)) return;
    this.#revision = revision;
    this.#member = member;
    if (!key.startsWith(ROOT)) return;
    this.#recent.set(key, revision);
    this.#changed.set(key, { fact, atMs });
  }

  /** The revision of a key's last change, when it is not long ago; otherwise 0. */
  recentRevision(key: string): number {
    return this.#recent.get(key) ?? this.#lessRecent.get(key) ?? 0;
  }

  /** How many changed and were not told yet. */
  get waiting(): number {
    return this.#changed.size;
  }

  /** What is to be told now of what changed; a beat is over. */
  take(nowMs: number): readonly PageMoment[] {
    const moments: PageMoment[] = [];
    for (const [at, { fact, atMs }] of this.#changed) {
      if (!this.#share.take()) break;
      this.#changed.delete(at);
      const { change, key, revision, version } = fact;
      // What waited long comes after what happened meanwhile: it counts as of now.
      moments.push({ type: 'page.key', atMs: Math.max(atMs, nowMs - LATE_MS), change, key, revision, version });
    }
    this.#share.beat();
    if (++this.#beats % REMEMBERED_BEATS === 0) {
      this.#lessRecent = this.#recent;
      this.#recent = new Map();
    }
    return moments;
  }
}

/** Every key below `/registry/` at one revision, a page at a time. */
export async function* readKeys(store: Store): AsyncIterable<readonly KeyChange[]> {
  let key = ROOT;
  let revision = 0;
  for (;;) {
    const result = await store.range({
      key,
      rangeEnd: prefixEnd(ROOT),
      limit: PAGE_KEYS,
      keysOnly: true,
      serializable: true,
      revision,
    });
    revision ||= result.header.revision;
    yield result.kvs.map((kv) => ({ change: 'put', key: kv.key, revision: kv.modRevision, version: kv.version }));
    const last = result.kvs.at(-1);
    if (!result.more || last === undefined) return;
    key = `${last.key}\0`;
  }
}
