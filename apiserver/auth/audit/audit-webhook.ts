/**
 * Sends audit events to another server, in batches: an audit.k8s.io/v1 EventList by POST. It never makes a request wait:
 * what does not fit into the buffer while the server is away is dropped, and the log says how much.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';

/** Upstream's defaults of `--audit-webhook-batch-*`. */
const BUFFER_EVENTS_MAX = 10_000;
const BATCH_EVENTS_MAX = 400;
const BATCH_WAIT_MS = 30_000;
const FIRST_RETRY_MS = 10_000;
const ATTEMPTS_MAX = 5;

/** Posts a body; resolves with the status code, or rejects. */
export type PostJson = (body: string, signal: AbortSignal) => Promise<number>;

export class AuditWebhook {
  readonly #post: PostJson;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #buffer: object[] = [];
  readonly #ending = new AbortController();
  #timer: Timer | undefined;
  #sending = false;
  #dropped = 0;

  constructor(post: PostJson, clock: Clock, logger: Logger) {
    this.#post = post;
    this.#clock = clock;
    this.#logger = logger;
  }

  write(event: object): void {
    if (this.#buffer.length >= BUFFER_EVENTS_MAX) {
      this.#dropped++;
      return;
    }
    this.#buffer.push(event);
    if (this.#buffer.length >= BATCH_EVENTS_MAX) this.#sendSoon();
    else this.#timer ??= this.#clock.after(BATCH_WAIT_MS, () => this.#sendSoon());
  }

  /** Sends what is left, once, and stops. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#ending.abort();
    while (this.#buffer.length > 0) {
      const batch = this.#buffer.splice(0, BATCH_EVENTS_MAX);
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
      await this.#send(this.#buffer.splice(0, BATCH_EVENTS_MAX));
    }
    if (this.#dropped === 0) return;
    this.#logger.warn({ events: this.#dropped }, 'audit events were dropped: the webhook is too slow');
    this.#dropped = 0;
  }

  async #send(batch: readonly object[]): Promise<void> {
    const body = eventList(batch);
    let waitMs = FIRST_RETRY_MS;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX && !this.#ending.signal.aborted; attempt++) {
      const outcome = await this.#post(body, this.#ending.signal).catch(messageOf);
      if (typeof outcome === 'number' && outcome < 300) return;
      this.#logger.warn({ outcome, attempt }, 'the audit webhook did not take a batch');
      if (typeof outcome === 'number' && outcome >= 400 && outcome < 500 && outcome !== 429) return;
      await this.#clock.sleep(waitMs, this.#ending.signal);
      waitMs *= 1.5;
    }
  }
}

function eventList(events: readonly object[]): string {
  return JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: events });
}
