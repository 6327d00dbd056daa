/**
 * Somebody who writes all the while: a ConfigMap with a number that grows by one with each write. Every acknowledged write
 * is remembered with its revision, so that a lesson can look in the store's history whether one was lost.
 */
import type { Clock } from '../../base/clock.ts';
import { type ApiObject, type Client, isAlreadyExists } from '../../controllers/runtime/client.ts';
import { configMaps } from '../../controllers/runtime/resources.ts';
import type { Store } from '../../store/index.ts';
import { storedAt } from './stored-objects.ts';

const NAME = 'lesson-writer';
const KEY = `/registry/configmaps/default/${NAME}`;
const PERIOD_MS = 200;
/** How many acknowledged writes are remembered: the newest. */
const REMEMBERED_MAX = 2_000;

interface Counter extends ApiObject {
  data?: Readonly<Record<string, string>>;
}

export interface AcknowledgedWrite {
  readonly number: number;
  readonly revision: number;
  readonly atMs: number;
}

export class LessonWriter {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  readonly #writing: Promise<void>;
  readonly #acknowledged: AcknowledgedWrite[] = [];

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#writing = this.#write();
  }

  /** Acknowledged since a moment of the monotonic clock, oldest first. */
  since(atMs: number): readonly AcknowledgedWrite[] {
    return this.#acknowledged.filter((write) => write.atMs >= atMs);
  }

  /** How long ago the last write was acknowledged, in milliseconds. */
  silentMs(): number {
    const last = this.#acknowledged.at(-1);
    return last === undefined ? Number.POSITIVE_INFINITY : this.#clock.monotonicMs() - last.atMs;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { signal } = this.#ended;
    let number = 0;
    while (!signal.aborted) {
      try {
        const data = { number: String(number + 1) };
        const counter: Counter = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: NAME, namespace: 'default' },
          data,
        };
        const written =
          number === 0
            ? await this.#create(counter)
            : await this.#client.patch<Counter>(configMaps, NAME, 'default', 'merge', { data });
        number++;
        this.#remember({
          number,
          revision: Number(written.metadata?.resourceVersion),
          atMs: this.#clock.monotonicMs(),
        });
      } catch {
        // Refused or not answered: not acknowledged, and so not remembered. The number is tried again.
      }
      await this.#clock.sleep(PERIOD_MS, signal);
    }
  }

  async #create(counter: Counter): Promise<Counter> {
    try {
      return await this.#client.create<Counter>(configMaps, counter);
    } catch (thrown) {
      if (!isAlreadyExists(thrown)) throw thrown;
      return this.#client.patch<Counter>(configMaps, NAME, 'default', 'merge', { data: counter.data });
    }
  }

  #remember(write: AcknowledgedWrite): void {
    this.#acknowledged.push(write);
    if (this.#acknowledged.length > REMEMBERED_MAX) this.#acknowledged.shift();
  }
}

/** The acknowledged writes that the store's history does not hold at their revision. */
export async function lostWrites(store: Store, writes: readonly AcknowledgedWrite[]): Promise<AcknowledgedWrite[]> {
  const lost: AcknowledgedWrite[] = [];
  for (const write of writes) {
    const found = await storedAt<Counter>(store, KEY, write.revision);
    if (found?.data?.number !== String(write.number)) lost.push(write);
  }
  return lost;
}
