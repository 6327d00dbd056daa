/**
 * One Watch call: creates, cancels and reports on watches, each with an id that is unique in the call. What a watch sees
 * goes out in order; while the client takes nothing, the store holds the watches back and reads history later, so that a
 * client that never reads costs no memory but its watches.
 */
import { limits } from '../../../base/limits.ts';
import { reasonOfMessage, StoreError } from '../../errors.ts';
import type { ResponseHeader, Revision, StoreEvent, Watch, WatchResponse } from '../../store.ts';
import type { ServerCall } from '../grpc/server-call.ts';
import type * as pb from '../proto/gen/etcdserverpb.ts';
import type { ServiceDeps } from './service-deps.ts';
import { fragments } from './watch-fragments.ts';

/** The id of answers that concern no watch, or all. */
const NO_WATCH = -1n;
const EMPTY_RANGE = 'mvcc: watcher range is empty';
const DUPLICATE_ID = 'mvcc: duplicate watch ID provided on the WatchStream';
const TOO_MANY = 'mvcc: too many watches on the WatchStream';

interface OpenWatch {
  readonly id: bigint;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
  handle: Watch | undefined;
}

/** A report on all watches of the call together, while some of them still have something to deliver. */
interface ProgressOfAll {
  readonly waitingFor: Set<OpenWatch>;
  revision: Revision;
}

export class WatchSession {
  readonly #call: ServerCall<pb.WatchRequest, pb.WatchResponse>;
  readonly #deps: ServiceDeps;
  readonly #watches = new Map<bigint, OpenWatch>();
  #nextId = 0n;
  #progress: ProgressOfAll | undefined;

  constructor(call: ServerCall<pb.WatchRequest, pb.WatchResponse>, deps: ServiceDeps) {
    this.#call = call;
    this.#deps = deps;
  }

  /** Until the client is gone: as in etcd, who asks nothing more is still told what happens. */
  async run(): Promise<void> {
    for (let request = await this.#call.read(); request !== undefined; request = await this.#call.read()) {
      const union = request.requestUnion;
      if (union?.case === 'createRequest') await this.#create(union.value);
      else if (union?.case === 'cancelRequest') await this.#cancel(union.value.watchId);
      else if (union?.case === 'progressRequest') await this.#reportOnAll();
      await this.#call.waitForRoom();
    }
    const { signal } = this.#call;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.handle?.close();
    this.#watches.clear();
  }

  async #create(request: pb.WatchCreateRequest): Promise<void> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      await this.#refuse(refusal);
      return;
    }
    const { key, rangeEnd, startRevision, progressNotify, prevKv, fragment } = request;
    const watch: OpenWatch = { id: this.#idFor(request.watchId), fragment, progressNotify, handle: undefined };
    this.#watches.set(watch.id, watch);
    const filters = request.filters.flatMap((filter) =>
      filter === 'noput' ? (['noPut'] as const) : filter === 'nodelete' ? (['noDelete'] as const) : [],
    );
    const wanted = { key: key === '' ? '\0' : key, rangeEnd, startRevision, progressNotify, prevKv, filters };
    watch.handle = this.#deps.store.watch(wanted, (response) => this.#onResponse(watch, response));
  }

  /** In etcd's order. */
  #refusal(request: pb.WatchCreateRequest): string | undefined {
    if (request.startRevision < 0) return new StoreError('compacted').message;
    const denied = this.#deps.access.whyNotWatch(this.#call, request);
    if (denied !== undefined) return denied;
    if (isEmptyRange(request)) return EMPTY_RANGE;
    if (request.watchId !== 0n && this.#watches.has(request.watchId)) return DUPLICATE_ID;
    return this.#watches.size >= limits.watchesPerStreamMax ? TOO_MANY : undefined;
  }

  #idFor(wanted: bigint): bigint {
    if (wanted !== 0n) return wanted;
    while (this.#watches.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  async #refuse(cancelReason: string): Promise<void> {
    const header = await this.#header();
    await this.#send({ header, watchId: NO_WATCH, created: true, canceled: true, cancelReason });
  }

  async #cancel(id: bigint): Promise<void> {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.handle?.close();
    this.#forget(watch);
    await this.#send({ header: await this.#header(), watchId: id, canceled: true });
  }

  /** One answer for all watches, as soon as each has delivered everything so far. */
  async #reportOnAll(): Promise<void> {
    if (this.#watches.size === 0) {
      await this.#send({ header: await this.#header(), watchId: NO_WATCH });
      return;
    }
    this.#progress = { waitingFor: new Set(this.#watches.values()), revision: Number.MAX_SAFE_INTEGER };
    for (const watch of this.#watches.values()) watch.handle?.requestProgress();
  }

  #onResponse(watch: OpenWatch, response: WatchResponse): Promise<void> | undefined {
    const { header } = response;
    switch (response.type) {
      case 'created':
        return this.#send({ header, watchId: watch.id, created: true });
      case 'events':
        return this.#sendEvents(watch, header, response.events);
      case 'progress':
        return this.#onProgress(watch, header);
      case 'canceled':
        return this.#onCanceled(watch, response);
    }
  }

  #onProgress(watch: OpenWatch, header: ResponseHeader): Promise<void> | undefined {
    const progress = this.#progress;
    // What was asked for all is told of all together, and not of each besides.
    if (!progress?.waitingFor.delete(watch)) {
      return watch.progressNotify ? this.#send({ header, watchId: watch.id }) : undefined;
    }
    progress.revision = Math.min(progress.revision, header.revision);
    return this.#maybeReport(header);
  }

  #maybeReport(header: ResponseHeader): Promise<void> | undefined {
    const progress = this.#progress;
    if (progress === undefined || progress.waitingFor.size > 0) return undefined;
    this.#progress = undefined;
    const revision = Math.min(progress.revision, header.revision);
    return this.#send({ header: { ...header, revision }, watchId: NO_WATCH });
  }

  #onCanceled(
    watch: OpenWatch,
    { header, compactRevision, reason }: Extract<WatchResponse, { type: 'canceled' }>,
  ): Promise<void> | undefined {
    this.#forget(watch);
    // etcd tells of compaction by that revision alone; a watch that could never be has no id.
    if (compactRevision !== undefined) {
      return this.#send({ header: { ...header, revision: 0 }, watchId: watch.id, canceled: true, compactRevision });
    }
    if (reasonOfMessage(reason) === 'stopped') {
      this.#call.fail(new StoreError('stopped'));
      return undefined;
    }
    return this.#send({ header, watchId: NO_WATCH, created: true, canceled: true, cancelReason: reason });
  }

  #forget(watch: OpenWatch): void {
    this.#watches.delete(watch.id);
    this.#progress?.waitingFor.delete(watch);
  }

  #sendEvents(watch: OpenWatch, header: ResponseHeader, events: readonly StoreEvent[]): Promise<void> | undefined {
    if (!watch.fragment) return this.#send({ header, watchId: watch.id, events });
    let room: Promise<void> | undefined;
    for (const part of fragments(events, this.#deps.responseBytesMax)) {
      room = this.#send({ header, watchId: watch.id, events: part.events, fragment: part.more });
    }
    return room;
  }

  #send(
    parts: Pick<pb.WatchResponse, 'header' | 'watchId'> & Partial<Omit<pb.WatchResponse, 'header' | 'watchId'>>,
  ): Promise<void> | undefined {
    return this.#call.send({
      header: parts.header,
      watchId: parts.watchId,
      created: parts.created ?? false,
      canceled: parts.canceled ?? false,
      compactRevision: parts.compactRevision ?? 0,
      cancelReason: parts.cancelReason ?? '',
      fragment: parts.fragment ?? false,
      events: parts.events ?? [],
    });
  }

  /** The header of an answer that comes from no watch. */
  async #header(): Promise<ResponseHeader> {
    const { header } = await this.#deps.store.status();
    return header;
  }
}

function isEmptyRange({ key, rangeEnd }: pb.WatchCreateRequest): boolean {
  return rangeEnd !== '' && rangeEnd !== '\0' && rangeEnd <= (key === '' ? '\0' : key);
}
