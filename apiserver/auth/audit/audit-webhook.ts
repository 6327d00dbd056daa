/**
 * Sends audit events to another server: an audit.k8s.io/v1 EventList by POST. In batches, which make no request wait:
 * what does not fit into the buffer while the server is away is dropped, and the log says how much. Or each by itself, for
 * requests that wait until it was taken.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { PostText } from '../webhook/webhook-client.ts';

const ATTEMPTS_MAX = 5;

/** `--audit-webhook-batch-*` and `--audit-webhook-initial-backoff`. */
export interface BatchLimits {
  readonly bufferEventsMax: number;
  readonly batchEventsMax: number;
  readonly batchWaitMs: number;
  readonly firstRetryMs: number;
  /** How many batches are sent at most; absent: all. */
  readonly throttle?: { readonly perSecond: number; readonly burst: number };
  /** Bytes of events in a batch, if it has more than one; absent: any. */
  readonly batchBytesMax?: number;
}

/** Upstream's. */
export const batchDefaults: BatchLimits = {
  bufferEventsMax: 10_000,
  batchEventsMax: 400,
  batchWaitMs: 30_000,
  firstRetryMs: 10_000,
  throttle: { perSecond: 10, burst: 15 },
};

export class AuditWebhook {
  readonly #post: PostText;
  readonly #limits: BatchLimits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #buffer: object[] = [];
  readonly #ending = new AbortController();
  #timer: Timer | undefined;
  #sending = false;
  #dropped = 0;
  /** When the tokens that were taken are back: before now, there are some. */
  #emptyAtMs = Number.NEGATIVE_INFINITY;

  constructor(post: PostText, limits: BatchLimits, clock: Clock, logger: Logger) {
    this.#post = post;
    this.#limits = limits;
    this.#clock = clock;
    this.#logger = logger;
  }

  write(event: object): void {
    if (this.#buffer.length >= this.#limits.bufferEventsMax) {
      this.#dropped++;
      return;
    }
    this.#buffer.push(event);
    if (this.#buffer.length >= this.#limits.batchEventsMax) this.#sendSoon();
    else this.#timer ??= this.#clock.after(this.#limits.batchWaitMs, () => this.#sendSoon());
  }

  /** Sends what is left, once, and stops. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#ending.abort();
    while (this.#buffer.length > 0) {
      const batch = this.#takeBatch();
      await this.#post(eventList(batch), AbortSignal.timeout(5000)).catch(() => undefined);
    }
  }

  #sendSoon(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#sending) return;
    this.#sending = true;
    void this.#sendAll().finally(() => {
      this.#sending = false;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#buffer.length > 0 && !this.#ending.signal.aborted) {
      await this.#turn();
      if (this.#ending.signal.aborted) return;
      await this.send(this.#takeBatch()).catch(() => undefined);
    }
    if (this.#dropped === 0) return;
    this.#logger.warn({ events: this.#dropped }, 'audit events were dropped: the webhook is too slow');
    this.#dropped = 0;
  }

  #takeBatch(): readonly object[] {
    const { batchEventsMax, batchBytesMax } = this.#limits;
    let count = Math.min(batchEventsMax, this.#buffer.length);
    if (batchBytesMax !== undefined) {
      let bytes = 0;
      count = this.#buffer.slice(0, count).findIndex((event, at) => {
        bytes += Buffer.byteLength(JSON.stringify(event));
        return at > 0 && bytes > batchBytesMax;
      });
      if (count < 0) count = batchEventsMax;
    }
    return this.#buffer.splice(0, count);
  }

  /** Waits until another batch may be sent: a bucket of `burst` tokens, filled at `perSecond`. */
  async #turn(): Promise<void> {
    const { throttle } = this.#limits;
    if (throttle === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    this.#emptyAtMs = Math.max(this.#emptyAtMs, nowMs - (throttle.burst * 1000) / throttle.perSecond);
    this.#emptyAtMs += 1000 / throttle.perSecond;
    if (this.#emptyAtMs > nowMs) await this.#clock.sleep(this.#emptyAtMs - nowMs, this.#ending.signal);
  }

  /** Sends them by themselves, tries again as often as for a batch, and throws when nothing helps. */
  async send(events: readonly object[]): Promise<void> {
    const body = eventList(events);
    const { signal } = this.#ending;
    let waitMs = this.#limits.firstRetryMs;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#post(body, signal).then(({ code }) => code, messageOf);
      if (typeof outcome === 'number' && outcome < 300) return;
      this.#logger.warn({ outcome, attempt }, 'the audit webhook did not take what was sent');
      if (attempt >= ATTEMPTS_MAX || signal.aborted) throw new Error(`the audit webhook answered ${outcome}`);
      await this.#clock.sleep(waitMs, signal);
      waitMs *= 1.5;
    }
  }
}

function eventList(events: readonly object[]): string {
  return JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: events });
}
