/**
 * One HTTP/2 connection (RFC 9113), either side of it, without I/O: bytes go in by `receive`, frames come out by
 * `takeOutput`, and streams by the handler. The shell that owns the socket is `socket-link.ts`.
 *
 * Bounds: what arrives is bounded by the windows, which open again only when it is consumed; what is sent waits in the
 * streams, whose users look at `pendingBytes`; header lists, frames and concurrent streams by the settings.
 *
 * Left out, as the protocol permits: server push (refused), priorities (ignored), the upgrade from HTTP/1.
 */
import { breach, type FrameHandler, FrameParser } from './frame-parser.ts';
import { FrameWriter } from './frame-writer.ts';
import {
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  errorCode,
  type HeaderField,
  Http2Error,
  PREFACE,
  setting,
  WINDOW_BYTES_MAX,
} from './protocol.ts';
import { SendScheduler } from './send-scheduler.ts';
import { Http2Stream, type StreamClosed, type StreamOwner } from './stream.ts';

export interface ConnectionOptions {
  readonly role: 'server' | 'client';
  /** Bytes that one stream may have received and not consumed. */
  readonly streamWindowBytes: number;
  /** The same for all streams of the connection together. */
  readonly connectionWindowBytes: number;
  /** Streams that the far side may have open at a time. */
  readonly concurrentStreamsMax: number;
  readonly headerListBytesMax: number;
}

export interface ConnectionHandler {
  /** There is output to take. Called once until it is taken. */
  onOutput(): void;
  /** Server: a request arrived. Its listener must be set before this returns. */
  onStream?(stream: Http2Stream, endStream: boolean): void;
  /** Every frame: a sign of life. */
  onFrame?(): void;
  /** The far side will take no new streams (client: look for another connection). */
  onGoaway?(code: number, debug: string): void;
  /** The connection is over: write what is to be taken and close the socket. */
  onEnd(error: Http2Error | undefined): void;
}

export class Http2Connection implements StreamOwner, FrameHandler {
  readonly #options: ConnectionOptions;
  readonly #handler: ConnectionHandler;
  readonly #parser: FrameParser;
  readonly #writer: FrameWriter;
  readonly #scheduler: SendScheduler;
  readonly #streams = new Map<number, Http2Stream>();
  /** Client: streams that wait for a slot. */
  readonly #unopened = new Set<Http2Stream>();
  readonly #pings: (() => void)[] = [];
  #prefaceLeft: string;
  #receiveWindow: number;
  #unannouncedBytes = 0;
  #peerConcurrentMax = Number.POSITIVE_INFINITY;
  /** Server: the newest stream that arrived, and that was taken. */
  #lastPeerStreamId = 0;
  #lastTakenStreamId = 0;
  #nextStreamId = 1;
  /** Streams that hold a slot: the far side's at a server, ours at a client. */
  #slots = 0;
  #draining = false;
  #ended = false;

  constructor(options: ConnectionOptions, handler: ConnectionHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#parser = new FrameParser(options.headerListBytesMax, this);
    this.#writer = new FrameWriter(() => handler.onOutput());
    this.#scheduler = new SendScheduler(this.#writer, (stream) => {
      stream.localEnded = true;
      this.settle(stream);
    });
    this.#receiveWindow = options.connectionWindowBytes;
    this.#prefaceLeft = options.role === 'server' ? PREFACE : '';
  }

  /** Sends the preface and the settings. */
  start(): void {
    const { role, streamWindowBytes, connectionWindowBytes, concurrentStreamsMax, headerListBytesMax } = this.#options;
    if (role === 'client') this.#writer.preface(PREFACE);
    this.#writer.settings([
      role === 'client' ? [setting.enablePush, 0] : [setting.maxConcurrentStreams, concurrentStreamsMax],
      [setting.initialWindowSize, streamWindowBytes],
      [setting.maxHeaderListSize, headerListBytesMax],
    ]);
    if (connectionWindowBytes > DEFAULT_WINDOW_BYTES) {
      this.#writer.windowUpdate(0, connectionWindowBytes - DEFAULT_WINDOW_BYTES);
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True when no new stream can be opened: the far side or we said so. */
  get draining(): boolean {
    return this.#draining || this.#ended;
  }

  get openStreams(): number {
    return this.#streams.size + this.#unopened.size;
  }

  /** Output that is not yet taken. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  /** What is to be written to the socket now. */
  takeOutput(): Buffer[] {
    const output = this.#writer.take();
    this.#scheduler.pumpWaiting();
    return output;
  }

  /** Whether the socket has room: while it has none, data waits in its streams. */
  setSocketFull(full: boolean): void {
    this.#scheduler.setSocketFull(full);
  }

  /** Takes what arrived. A breach of the protocol ends the stream or the connection, and is not thrown. */
  receive(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      const at = this.#prefaceLeft === '' ? 0 : this.#receivePreface(chunk);
      if (at < chunk.length) this.#parser.push(at === 0 ? chunk : chunk.subarray(at));
    } catch (thrown) {
      if (!(thrown instanceof Http2Error)) throw thrown;
      this.end(thrown);
    }
  }

  /** Client: opens a stream. The listener must be set in the same turn. */
  request(fields: readonly HeaderField[]): Http2Stream {
    const { streamWindowBytes } = this.#options;
    const stream = new Http2Stream(this, 0, fields, this.#scheduler.streamWindow, streamWindowBytes);
    stream.queue.push({ fields, endStream: false });
    this.#unopened.add(stream);
    this.#openWaiting();
    return stream;
  }

  /** Sends a ping; `onPong` when it is answered. */
  ping(onPong: () => void): void {
    this.#pings.push(onPong);
    this.#writer.ping(new Uint8Array(8), false);
  }

  /** Takes no new streams; those that are open may end. */
  drain(): void {
    if (this.draining) return;
    this.#draining = true;
    this.#writer.goaway(this.#lastTakenStreamId, errorCode.noError, '');
  }

  /** Ends the connection and every stream. With an error, the far side is told. Idempotent. */
  end(error?: Http2Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#writer.goaway(this.#lastTakenStreamId, error?.code ?? errorCode.noError, error?.message ?? '');
    const closed = { code: error?.code ?? errorCode.cancel, message: error?.message ?? 'connection closed' };
    for (const stream of this.#unopened) this.#close(stream, { ...closed, unprocessed: true });
    for (const stream of this.#streams.values()) this.#close(stream, { ...closed, unprocessed: false });
    this.#unopened.clear();
    this.#streams.clear();
    this.#handler.onEnd(error);
  }

  // ---- what streams ask

  pump(stream: Http2Stream): void {
    if (stream.id !== 0 && !this.#ended) this.#scheduler.pump(stream);
  }

  enqueued(length: number): void {
    this.#scheduler.enqueued(length);
  }

  waitForRoom(): Promise<void> | undefined {
    return this.#scheduler.waitForRoom();
  }

  replenish(stream: Http2Stream, length: number): void {
    if (stream.closed) return;
    stream.unconsumedBytes -= length;
    stream.unannouncedBytes += length;
    if (stream.unannouncedBytes >= this.#options.streamWindowBytes / 2 && !stream.remoteEnded) {
      this.#writer.windowUpdate(stream.id, stream.unannouncedBytes);
      stream.receiveWindow += stream.unannouncedBytes;
      stream.unannouncedBytes = 0;
    }
    this.#replenishConnection(length);
  }

  reset(stream: Http2Stream, code: number): void {
    if (stream.id !== 0) this.#writer.rstStream(stream.id, code);
    this.#unopened.delete(stream);
    this.#forget(stream);
  }

  settle(stream: Http2Stream): void {
    if (stream.closed || (stream.localEnded && stream.remoteEnded)) this.#forget(stream);
  }

  /** Both sides ended, or it was reset: drops the stream, and its slot unless it is held. */
  #forget(stream: Http2Stream): void {
    if (!stream.closed) {
      stream.closed = true;
      this.#scheduler.forget(stream);
      stream.queue.length = 0;
      stream.pendingBytes = 0;
      if (stream.unconsumedBytes > 0) this.#replenishConnection(stream.unconsumedBytes);
    }
    if (stream.held || !this.#streams.delete(stream.id)) return;
    this.#slots--;
    if (this.#unopened.size > 0) this.#openWaiting();
  }

  #close(stream: Http2Stream, closed: StreamClosed): void {
    const wasClosed = stream.closed;
    this.#forget(stream);
    if (!wasClosed) stream.listener.onClose(closed);
  }

  #openWaiting(): void {
    for (const stream of this.#unopened) {
      if (this.#slots >= this.#peerConcurrentMax || this.draining) return;
      this.#unopened.delete(stream);
      stream.id = this.#nextStreamId;
      this.#nextStreamId += 2;
      stream.sendWindow = this.#scheduler.streamWindow;
      this.#slots++;
      this.#streams.set(stream.id, stream);
      this.pump(stream);
    }
  }

  #replenishConnection(length: number): void {
    this.#unannouncedBytes += length;
    if (this.#ended || this.#unannouncedBytes < this.#options.connectionWindowBytes / 2) return;
    this.#writer.windowUpdate(0, this.#unannouncedBytes);
    this.#receiveWindow += this.#unannouncedBytes;
    this.#unannouncedBytes = 0;
  }

  // ---- what the far side sent

  /** Returns how much of `chunk` the preface took. */
  #receivePreface(chunk: Buffer): number {
    const length = Math.min(this.#prefaceLeft.length, chunk.length);
    if (chunk.toString('latin1', 0, length) !== this.#prefaceLeft.slice(0, length)) {
      throw breach('not an HTTP/2 connection');
    }
    this.#prefaceLeft = this.#prefaceLeft.slice(length);
    return length;
  }

  onFrame(): void {
    this.#handler.onFrame?.();
  }

  onStreamError(streamId: number, error: Http2Error): void {
    this.#writer.rstStream(streamId, error.code);
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) this.#close(stream, { code: error.code, message: error.message, unprocessed: false });
  }

  onData(streamId: number, bytes: Buffer, windowLength: number, endStream: boolean): void {
    if (this.#isIdle(streamId)) throw breach('DATA on a stream that is not open');
    this.#receiveWindow -= windowLength;
    if (this.#receiveWindow < 0) throw new Http2Error(errorCode.flowControlError, 'more data than the window allows');
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.closed || stream.remoteEnded) {
      this.#replenishConnection(windowLength);
      if (stream === undefined || stream.closed) return;
      throw new Http2Error(errorCode.streamClosed, 'DATA after the end of the stream', streamId);
    }
    stream.receiveWindow -= windowLength;
    stream.unconsumedBytes += windowLength;
    if (stream.receiveWindow < 0) {
      throw new Http2Error(errorCode.flowControlError, 'more data than the window allows', streamId);
    }
    if (windowLength > bytes.length) this.replenish(stream, windowLength - bytes.length);
    if (endStream) stream.remoteEnded = true;
    stream.listener.onData(bytes, endStream);
    if (endStream) this.settle(stream);
  }

  onHeaders(streamId: number, fields: readonly HeaderField[] | undefined, endStream: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined && !stream.closed) {
      if (fields === undefined) throw new Http2Error(errorCode.enhanceYourCalm, 'too many headers', streamId);
      if (stream.remoteEnded) throw new Http2Error(errorCode.streamClosed, 'HEADERS after the end', streamId);
      if (this.#options.role === 'server' && !endStream) throw breach('trailers must end the stream', streamId);
      if (endStream) stream.remoteEnded = true;
      stream.listener.onHeaders(fields, endStream);
      if (endStream) this.settle(stream);
      return;
    }
    if (this.#options.role === 'client') {
      if (this.#isIdle(streamId)) throw breach('HEADERS on a stream that was not opened');
      return;
    }
    if (streamId <= this.#lastPeerStreamId) return;
    this.#lastPeerStreamId = streamId;
    if (!this.draining) this.#accept(streamId, endStream, fields);
  }

  /** Server: a new stream. */
  #accept(streamId: number, endStream: boolean, fields: readonly HeaderField[] | undefined): void {
    this.#lastTakenStreamId = streamId;
    if (fields === undefined) throw new Http2Error(errorCode.enhanceYourCalm, 'too many headers', streamId);
    if (this.#slots >= this.#options.concurrentStreamsMax) {
      throw new Http2Error(errorCode.refusedStream, 'too many concurrent streams', streamId);
    }
    if (!isRequest(fields)) throw breach('malformed request', streamId);
    const { streamWindowBytes } = this.#options;
    const stream = new Http2Stream(this, streamId, fields, this.#scheduler.streamWindow, streamWindowBytes);
    stream.held = true;
    stream.remoteEnded = endStream;
    this.#slots++;
    this.#streams.set(streamId, stream);
    this.#handler.onStream?.(stream, endStream);
  }

  onReset(streamId: number, code: number): void {
    if (this.#isIdle(streamId)) throw breach('RST_STREAM on a stream that is not open');
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    const unprocessed = code === errorCode.refusedStream;
    this.#close(stream, { code, message: `stream was reset with code ${code}`, unprocessed });
  }

  onSetting(id: number, value: number): void {
    switch (id) {
      case setting.headerTableSize:
        this.#scheduler.encoder.setTableSize(value);
        break;
      case setting.enablePush:
        if (value > 1) throw breach('ENABLE_PUSH must be 0 or 1');
        break;
      case setting.maxConcurrentStreams:
        this.#peerConcurrentMax = value;
        break;
      case setting.initialWindowSize: {
        if (value > WINDOW_BYTES_MAX) throw new Http2Error(errorCode.flowControlError, 'the window is too large');
        const change = value - this.#scheduler.streamWindow;
        this.#scheduler.streamWindow = value;
        for (const stream of [...this.#streams.values()]) this.#scheduler.widenStream(stream, change);
        break;
      }
      case setting.maxFrameSize:
        if (value < DEFAULT_FRAME_BYTES || value > 0xffffff) throw breach('MAX_FRAME_SIZE is out of range');
        break;
    }
  }

  onSettingsEnd(): void {
    this.#writer.settingsAck();
    this.#openWaiting();
  }

  onPing(payload: Buffer, ack: boolean): void {
    if (ack) this.#pings.shift()?.();
    else this.#writer.ping(payload, true);
  }

  onGoaway(lastStreamId: number, code: number, debug: string): void {
    this.#draining = true;
    if (this.#options.role === 'client') {
      const closed = { code, message: `the server goes away: ${debug || code}`, unprocessed: true };
      for (const stream of this.#unopened) this.#close(stream, closed);
      this.#unopened.clear();
      for (const stream of [...this.#streams.values()]) if (stream.id > lastStreamId) this.#close(stream, closed);
    }
    this.#handler.onGoaway?.(code, debug);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      this.#scheduler.widen(increment);
      return;
    }
    if (this.#isIdle(streamId)) throw breach('WINDOW_UPDATE on a stream that is not open');
    const stream = this.#streams.get(streamId);
    if (stream !== undefined && !stream.closed) this.#scheduler.widenStream(stream, increment);
  }

  /** A stream that neither side has opened yet. */
  #isIdle(streamId: number): boolean {
    if (streamId % 2 === 0) return true;
    return streamId > (this.#options.role === 'server' ? this.#lastPeerStreamId : this.#nextStreamId - 2);
  }
}

/** Pseudo-headers first, a method and a path among them, names in lower case (sections 8.2 and 8.3). */
function isRequest(fields: readonly HeaderField[]): boolean {
  let regular = false;
  let method = false;
  let path = false;
  for (const { name } of fields) {
    if (name.startsWith(':')) {
      if (regular) return false;
      if (name === ':method') method = true;
      else if (name === ':path') path = true;
      else if (name !== ':scheme' && name !== ':authority') return false;
    } else {
      regular = true;
      if (name === '' || name === 'connection' || /[A-Z]/.test(name)) return false;
    }
  }
  return method && path;
}
