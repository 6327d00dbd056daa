/**
 * Keeps events from flooding the API, with client-go's figures (k8s.io/client-go/tools/record/events_cache.go):
 *
 * - the same event again becomes a higher `count` of the first one;
 * - from the 10th different message of one reason about one object within 10 minutes on, they become one event whose
 *   message begins with `(combined from similar events): `;
 * - one source may tell 25 events about one object in a burst, and then one every 5 minutes.
 *
 * Pure but for the clock; each table remembers the 4,096 keys used last.
 */
import { type Clock, timestamp } from '../../base/clock.ts';
import type { CoreV1Event } from '../../generated/kubernetes.d.ts';
import { TokenBucket } from './rate-limits.ts';
import { RecentMap } from './recent-map.ts';

const REMEMBERED_MAX = 4096;
const SIMILAR_MAX = 10;
const SIMILAR_WITHIN_MS = 600_000;
const BURST = 25;
const PER_SECOND = 1 / 300;

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

interface Observed {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string | undefined;
}

export class EventCorrelator {
  readonly #clock: Clock;
  readonly #similar = new RecentMap<string, Similar>(REMEMBERED_MAX);
  readonly #observed = new RecentMap<string, Observed>(REMEMBERED_MAX);
  readonly #buckets = new RecentMap<string, TokenBucket>(REMEMBERED_MAX);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The event to write: with `count` above 1 it changes the event of that name; undefined: write nothing. */
  correlate(event: CoreV1Event): CoreV1Event | undefined {
    const { event: joined, key } = this.#join(event);
    const counted = this.#count(joined, key);
    return this.#allowed(counted) ? counted : undefined;
  }

  /** Remembers under which name the server has what `correlate` gave. */
  written(event: CoreV1Event, answer: CoreV1Event): void {
    this.#observed.set(exactKey(event), {
      name: answer.metadata.name ?? '',
      count: answer.count ?? 1,
      firstTimestamp: answer.firstTimestamp,
    });
  }

  #join(event: CoreV1Event): { event: CoreV1Event; key: string } {
    const nowMs = this.#clock.nowMs();
    const key = similarKey(event);
    let similar = this.#similar.get(key);
    if (similar === undefined || nowMs - similar.lastMs > SIMILAR_WITHIN_MS) {
      similar = { messages: new Set(), lastMs: nowMs };
    }
    similar.messages.add(event.message ?? '');
    similar.lastMs = nowMs;
    this.#similar.set(key, similar);
    if (similar.messages.size < SIMILAR_MAX) return { event, key: exactKey(event) };
    for (const message of similar.messages) {
      similar.messages.delete(message);
      break;
    }
    const now = timestamp(nowMs);
    const message = `(combined from similar events): ${event.message ?? ''}`;
    return { event: { ...event, message, count: 1, firstTimestamp: now, lastTimestamp: now }, key };
  }

  #count(event: CoreV1Event, key: string): CoreV1Event {
    const last = this.#observed.get(key);
    const counted: CoreV1Event =
      last === undefined
        ? event
        : {
            ...event,
            metadata: { ...event.metadata, name: last.name },
            count: last.count + 1,
            firstTimestamp: last.firstTimestamp,
          };
    this.#observed.set(key, {
      name: counted.metadata.name ?? '',
      count: counted.count ?? 1,
      firstTimestamp: counted.firstTimestamp,
    });
    return counted;
  }

  #allowed(event: CoreV1Event): boolean {
    const key = sourceKey(event);
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#clock, PER_SECOND, BURST);
      this.#buckets.set(key, bucket);
    }
    return bucket.tryTake();
  }
}

function sourceKey({ source, involvedObject: about, type }: CoreV1Event): string {
  return [
    source?.component,
    source?.host,
    about.kind,
    about.namespace,
    about.name,
    about.uid,
    about.apiVersion,
    type,
  ].join('\n');
}

function similarKey(event: CoreV1Event): string {
  return `${sourceKey(event)}\n${event.reason}`;
}

function exactKey(event: CoreV1Event): string {
  return `${similarKey(event)}\n${event.involvedObject.fieldPath ?? ''}\n${event.message}`;
}
