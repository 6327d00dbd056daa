/** Splits the events of one answer so that each part stays below a size, for clients that cannot take large messages. */
import type { KeyValue, StoreEvent } from '../../store.ts';

/** What an event takes on the wire beside keys and values, at most. */
const EVENT_BYTES = 64;

export interface Fragment {
  readonly events: readonly StoreEvent[];
  /** Parts of the same answer follow. */
  readonly more: boolean;
}

/** At least one event a part, whatever its size. */
export function* fragments(events: readonly StoreEvent[], bytesMax: number): Generator<Fragment> {
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < events.length; at++) {
    const size = eventBytes(events[at] as StoreEvent);
    if (at > start && bytes + size > bytesMax) {
      yield { events: events.slice(start, at), more: true };
      start = at;
      bytes = 0;
    }
    bytes += size;
  }
  yield { events: start === 0 ? events : events.slice(start), more: false };
}

function eventBytes({ kv, prevKv }: StoreEvent): number {
  const size = (of: KeyValue): number => EVENT_BYTES + of.key.length + of.value.length;
  return size(kv) + (prevKv === undefined ? 0 : size(prevKv));
}
