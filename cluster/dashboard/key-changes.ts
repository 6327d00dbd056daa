/** The keys of the store as the page lists them: those that are there, and each change that a member has applied. */
import { prefixEnd } from '../../base/bytes.ts';
import type { Moment } from '../../base/moments.ts';
import type { Store } from '../../store/index.ts';

export interface KeyChange {
  readonly change: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  /** 1 at creation, one more with every change. */
  readonly version: number;
}

export const ROOT = '/registry/';
const PAGE_KEYS = 5000;

/** Every member tells of the same change: the caller counts each revision of a key once. */
export function keyChangeOf(moment: Moment): KeyChange | undefined {
  if (moment.type !== 'store.change' || !moment.key.startsWith(ROOT)) return undefined;
  const { change, key, revision, version } = moment;
  return { change, key, revision, version };
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
