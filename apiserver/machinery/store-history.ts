/** What the store still knows of the past: the changes of one resource up to a revision, as a watch from back then tells them. */
import { prefixEnd } from '../../base/bytes.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { Revision, Store, StoreEvent, Watch } from '../../store/index.ts';

const READ_MAX_MS = 3000;
const PROGRESS_RETRY_MS = 100;

interface HistorySource {
  readonly store: Store;
  readonly clock: Clock;
}

export interface StoreHistory {
  /** All changes after `since`, up to the revision asked for. */
  readonly events: readonly StoreEvent[];
  readonly since: Revision;
}

/**
 * The changes below `prefix` up to revision `until`, as far back as the store has them and `limits.watchCacheEventsMax`
 * revisions at most. Never rejects: of a store that does not answer in time nothing is known before `until`.
 */
export async function readHistory(source: HistorySource, prefix: string, until: Revision): Promise<StoreHistory> {
  const from = Math.max(1, until - limits.watchCacheEventsMax + 1);
  const read = await readOnce(source, prefix, from, until);
  if (!('compactRevision' in read)) return read;
  const oldest = read.compactRevision + 1;
  if (oldest > until) return { events: [], since: until };
  // Compacted yet again meanwhile: then so be it.
  const again = await readOnce(source, prefix, oldest, until);
  return 'compactRevision' in again ? { events: [], since: until } : again;
}

/** One watch from `from` on, ended once everything up to `until` was told. */
function readOnce(
  { store, clock }: HistorySource,
  prefix: string,
  from: Revision,
  until: Revision,
): Promise<StoreHistory | { readonly compactRevision: Revision }> {
  const events: StoreEvent[] = [];
  let watch: Watch | undefined;
  let asking: Timer | undefined;
  let timeout: Timer | undefined;
  return new Promise<StoreHistory | { readonly compactRevision: Revision }>((resolve) => {
    const nothing = (): void => resolve({ events: [], since: until });
    const complete = (): void => resolve({ events, since: from - 1 });
    timeout = clock.after(READ_MAX_MS, nothing);
    asking = clock.every(PROGRESS_RETRY_MS, () => watch?.requestProgress());
    watch = store.watch({ key: prefix, rangeEnd: prefixEnd(prefix), startRevision: from, prevKv: true }, (answer) => {
      switch (answer.type) {
        case 'created':
          // Listeners may be called before the watch is at hand here.
          queueMicrotask(() => watch?.requestProgress());
          return;
        case 'progress':
          if (answer.header.revision >= until) complete();
          return;
        case 'events':
          for (const event of answer.events) if (event.kv.modRevision <= until) events.push(event);
          if ((answer.events.at(-1)?.kv.modRevision ?? 0) >= until) complete();
          return;
        case 'canceled':
          if (answer.compactRevision === undefined) nothing();
          else resolve({ compactRevision: answer.compactRevision });
      }
    });
  }).finally(() => {
    watch?.close();
    asking?.cancel();
    timeout?.cancel();
  });
}
