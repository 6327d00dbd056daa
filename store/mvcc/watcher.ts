/**
 * One watch: what it asked for, what it has buffered, and its conversation with its listener, one answer at a time.
 *
 * Invariants:
 * - The first answer is `created` (or, for an impossible request, the only one is `canceled`); `canceled` is the last.
 * - The listener is not called while the promise it returned is pending.
 * - The buffer holds whole revisions. While the watcher is behind, `nextRevision` is the first that was not read yet.
 */
import type { ByteString } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import type {
  ResponseHeader,
  Revision,
  StoreEvent,
  Watch,
  WatchListener,
  WatchRequest,
  WatchResponse,
} from '../store.ts';
import type { Delivery } from './delivery.ts';

/** What a watcher needs of its hub. */
export interface WatcherHost {
  header(revision: Revision): ResponseHeader;
  currentRevision(): Revision;
  /** There may be something to deliver. */
  ready(watcher: Watcher): void;
  closed(watcher: Watcher): void;
  /** The listener threw or rejected. */
  failed(thrown: unknown): void;
}

/** Of values; with `limits.watchBufferEventsMax` the bound of one watcher's buffer. */
const BUFFER_BYTES_MAX = 16 * 1024 * 1024;

interface WatcherOptions {
  readonly request: WatchRequest;
  readonly key: ByteString;
  /** undefined: no end. */
  readonly end: ByteString | undefined;
  readonly listener: WatchListener;
  readonly currentRevision: Revision;
  readonly host: WatcherHost;
}

interface Cancellation {
  readonly reason: string;
  readonly compactRevision?: Revision;
  /** Without a `created` before it. */
  readonly unborn?: boolean;
}

export class Watcher implements Watch {
  readonly request: WatchRequest;
  readonly key: ByteString;
  readonly end: ByteString | undefined;
  /** It reads from history now. Kept by the hub, as its list of those who do. */
  isBehind = false;
  /** Means something only while the watcher is behind. */
  nextRevision: Revision;
  readonly #host: WatcherHost;
  readonly #listener: WatchListener;
  readonly #startRevision: Revision;
  readonly #noPut: boolean;
  readonly #noDelete: boolean;
  /** The revision to say in `created`; undefined once it was said. */
  #bornAt: Revision | undefined;
  #buffer: StoreEvent[] = [];
  #bufferedBytes = 0;
  #busy = false;
  #closed = false;
  #cancellation: Cancellation | undefined;
  #progressRequested = false;
  /** Nothing was delivered since the last tick. */
  #quiet = true;

  constructor({ request, key, end, listener, currentRevision, host }: WatcherOptions) {
    this.request = request;
    this.key = key;
    this.end = end;
    this.#listener = listener;
    this.#host = host;
    this.#startRevision = request.startRevision ?? 0;
    this.nextRevision = this.#startRevision > 0 ? this.#startRevision : currentRevision + 1;
    this.#bornAt = currentRevision;
    this.#noPut = request.filters?.includes('noPut') ?? false;
    this.#noDelete = request.filters?.includes('noDelete') ?? false;
  }

  /** Can take events read from history now. */
  get isFree(): boolean {
    return !this.#busy && !this.#closed && this.#buffer.length === 0 && this.#bornAt === undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#buffer = [];
    this.#host.closed(this);
  }

  requestProgress(): void {
    if (this.#closed) return;
    this.#progressRequested = true;
    this.#host.ready(this);
  }

  tick(): void {
    if (!this.request.progressNotify) return;
    if (this.#quiet) this.requestProgress();
    this.#quiet = true;
  }

  /** A last answer, after what is buffered. */
  cancel(cancellation: Cancellation): void {
    this.#cancellation ??= cancellation;
  }

  /** In step: takes an event of the present revision, unless it does not want it, or has no room and falls behind. */
  offer(delivery: Delivery, revision: Revision): 'buffered' | 'unwanted' | 'overflow' {
    if (revision < this.#startRevision || !this.#wants(delivery)) return 'unwanted';
    if (this.#isFull()) {
      // A revision is taken whole or not at all: what of it is in the buffer is read again, with the rest.
      while (this.#buffer.at(-1)?.kv.modRevision === revision) this.#buffer.pop();
      this.nextRevision = revision;
      return 'overflow';
    }
    this.#take(delivery);
    return 'buffered';
  }

  /** Behind: takes an event read from history. */
  accept(delivery: Delivery, revision: Revision): void {
    if (revision >= this.nextRevision && this.#wants(delivery)) this.#take(delivery);
  }

  /** History was read through `revision`. */
  readThrough(revision: Revision): void {
    this.nextRevision = Math.max(this.nextRevision, revision + 1);
  }

  /** In step until now, it is to read history from `revision` on. */
  fallBehind(revision: Revision): void {
    this.nextRevision = Math.max(this.#startRevision, revision);
  }

  /** Answers the listener until there is nothing more to say or it is busy. */
  deliver(): void {
    while (!this.#busy && !this.#closed) {
      const response = this.#next();
      if (response === undefined) return;
      this.#say(response);
    }
  }

  #wants(delivery: Delivery): boolean {
    return delivery.type === 'put' ? !this.#noPut : !this.#noDelete;
  }

  #isFull(): boolean {
    return this.#buffer.length >= limits.watchBufferEventsMax || this.#bufferedBytes >= BUFFER_BYTES_MAX;
  }

  #take(delivery: Delivery): void {
    const event = this.request.prevKv ? delivery.withPrevious() : delivery.plain();
    this.#buffer.push(event);
    this.#bufferedBytes += event.kv.value.length + (event.prevKv?.value.length ?? 0);
  }

  #next(): WatchResponse | undefined {
    const cancellation = this.#cancellation;
    if (this.#bornAt !== undefined && !cancellation?.unborn) {
      const header = this.#host.header(this.#bornAt);
      this.#bornAt = undefined;
      return { type: 'created', header };
    }
    const last = this.#buffer.at(-1);
    if (last !== undefined) {
      const events = this.#buffer;
      this.#buffer = [];
      this.#bufferedBytes = 0;
      this.#quiet = false;
      return { type: 'events', header: this.#host.header(last.kv.modRevision), events };
    }
    const current = this.#host.currentRevision();
    if (cancellation !== undefined) {
      const { reason, compactRevision } = cancellation;
      const header = this.#host.header(current);
      return { type: 'canceled', header, reason, ...(compactRevision !== undefined && { compactRevision }) };
    }
    if (!this.#progressRequested || this.isBehind) return undefined;
    this.#progressRequested = false;
    return current < this.#startRevision ? undefined : { type: 'progress', header: this.#host.header(current) };
  }

  #say(response: WatchResponse): void {
    if (response.type === 'canceled') this.close();
    let answer: unknown;
    try {
      answer = this.#listener(response);
    } catch (thrown) {
      this.close();
      this.#host.failed(thrown);
      return;
    }
    if (!(answer instanceof Promise)) return;
    this.#busy = true;
    answer.then(
      () => {
        this.#busy = false;
        if (!this.#closed) this.#host.ready(this);
      },
      (thrown) => {
        this.close();
        this.#host.failed(thrown);
      },
    );
  }
}
