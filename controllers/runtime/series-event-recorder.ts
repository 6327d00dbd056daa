/**
 * Events in the form of events.k8s.io, as the scheduler writes them (k8s.io/client-go/tools/events): with an action, a
 * reporting instance and a MicroTime. What repeats becomes a series: the second time is written at once, later ones are
 * counted and written every 30 minutes, and a series that was quiet for 6 minutes ends with its final count.
 */
import { type Clock, microTimestamp, type Timer } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { CoreV1Event } from '../../generated/kubernetes.d.ts';
import { ApiError, type ApiObject, type Client, isNotFound } from './client.ts';
import { EventNames } from './event-names.ts';
import { type EventType, referenceTo } from './event-recorder.ts';
import { metadataOf } from './metadata.ts';
import { RecentMap } from './recent-map.ts';
import { events } from './resources.ts';

export interface SeriesEventRecorderDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Series {
  readonly event: CoreV1Event;
  count: number;
  lastMs: number;
  /** The count that the server knows. */
  writtenCount: number;
}

const QUEUED_MAX = 1000;
const SERIES_MAX = 8192;
const WRITERS = 8;
const TRIES_MAX = 12;
const RETRY_MS = 10_000;
const REFRESH_MS = 30 * 60 * 1000;
const FINISH_MS = 6 * 60 * 1000;
const NOTE_MAX = 1024;

export class SeriesEventRecorder {
  readonly #deps: SeriesEventRecorderDeps;
  readonly #controller: string;
  readonly #instance: string;
  readonly #names: EventNames;
  readonly #series = new RecentMap<string, Series>(SERIES_MAX);
  readonly #queue: Series[] = [];
  readonly #stop = new AbortController();
  readonly #writing = new Set<Promise<void>>();
  readonly #timers: readonly Timer[];

  /** @param host joined to the component for `reportingInstance` */
  constructor(deps: SeriesEventRecorderDeps, component: string, host: string) {
    this.#deps = deps;
    this.#controller = component;
    this.#names = new EventNames(deps.random);
    this.#instance = `${component}-${host}`;
    this.#timers = [
      deps.clock.every(REFRESH_MS, () => this.#refresh()),
      deps.clock.every(FINISH_MS, () => this.#finish()),
    ];
  }

  event(
    regarding: ApiObject,
    type: EventType,
    reason: string,
    action: string,
    note: string,
    related?: ApiObject,
  ): void {
    if (this.#stop.signal.aborted) return;
    const about = referenceTo(regarding);
    const relatedTo = related === undefined ? undefined : referenceTo(related);
    const key = JSON.stringify([type, action, reason, about, relatedTo]);
    const nowMs = this.#deps.clock.nowMs();
    const known = this.#series.get(key);
    if (known !== undefined) {
      known.count++;
      known.lastMs = nowMs;
      if (known.count === 2) this.#enqueue(known);
      return;
    }
    const event: CoreV1Event = {
      metadata: {
        name: this.#names.next(about.name ?? '', nowMs),
        namespace: about.namespace ?? 'default',
      },
      involvedObject: about,
      ...(relatedTo === undefined ? {} : { related: relatedTo }),
      eventTime: microTimestamp(nowMs),
      type,
      reason,
      action,
      message: note.length <= NOTE_MAX ? note : `${note.slice(0, NOTE_MAX - 4)} ...`,
      reportingComponent: this.#controller,
      reportingInstance: this.#instance,
      source: {},
    };
    const series = { event, count: 1, lastMs: nowMs, writtenCount: 0 };
    this.#series.set(key, series);
    this.#enqueue(series);
  }

  /** Resolves when everything recorded so far was written or given up. */
  async flush(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers) timer.cancel();
    this.#queue.length = 0;
    await Promise.all(this.#writing);
  }

  #enqueue(series: Series): void {
    if (this.#queue.length >= QUEUED_MAX) return;
    this.#queue.push(series);
    if (this.#writing.size >= WRITERS) return;
    const writer = this.#write();
    this.#writing.add(writer);
    writer.finally(() => this.#writing.delete(writer)).catch(() => undefined);
  }

  async #write(): Promise<void> {
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      await this.#deliver(series);
    }
  }

  async #deliver(series: Series): Promise<void> {
    const { signal } = this.#stop;
    for (let tries = 0; tries < TRIES_MAX && !signal.aborted; tries++) {
      try {
        await this.#send(series);
        return;
      } catch (thrown) {
        const retry = !(thrown instanceof ApiError) || (thrown.reason === 'AlreadyExists' && series.count > 1);
        this.#deps.logger.debug({ reason: series.event.reason, error: messageOf(thrown) }, 'an event was not written');
        if (!retry) return;
        await this.#deps.clock.sleep(RETRY_MS * (1 + 0.25 * this.#deps.random.next()), signal);
      }
    }
  }

  async #send(series: Series): Promise<void> {
    const { client } = this.#deps;
    const { event, count } = series;
    const { name = '', namespace } = metadataOf(event);
    const said = { count, lastObservedTime: microTimestamp(series.lastMs) };
    if (count > 1) {
      try {
        await client.patch(events, name, namespace, 'strategic', { series: said });
        series.writtenCount = count;
        return;
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
    }
    await client.create(events, count > 1 ? { ...event, series: said } : event);
    series.writtenCount = count;
  }

  #refresh(): void {
    for (const [, series] of this.#series.entries()) if (series.count > 1) this.#enqueue(series);
  }

  #finish(): void {
    const quietSinceMs = this.#deps.clock.nowMs() - FINISH_MS;
    for (const [key, series] of [...this.#series.entries()]) {
      if (series.lastMs > quietSinceMs) continue;
      if (series.count > series.writtenCount) this.#enqueue(series);
      this.#series.delete(key);
    }
  }
}
