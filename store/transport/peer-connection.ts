/**
 * The way to one peer: a WebSocket that this member opens, and opens again when it breaks. Messages are never kept for
 * later: raft sends anew what counts, so what cannot go out now is dropped, and said so.
 */
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { entriesBytes } from '../raft/entry-bytes.ts';
import type { MemberId, Message } from '../raft/types.ts';
import { type Handshake, handshakeHeaders, MESSAGES_PATH, REMOVED_STATUS } from './handshake.ts';
import { watchLiveness } from './liveness.ts';
import { decodeFrame, encodeFrame } from './peer-frames.ts';
import type { PeerClientTls } from './peer-tls.ts';

const BACKOFF_MIN_MS = 25;
const BACKOFF_MAX_MS = 1000;
const CALL_TIMEOUT_MS = 5000;
const HANDSHAKE_TIMEOUT_MS = 5000;
/** A frame is sent when it holds so many bytes of entries: one message may make it larger. */
const FRAME_BYTES = 1 << 20;
/** Bytes that wait to go out; beyond, messages are dropped until they have gone. */
const BUFFERED_BYTES_MAX = 16 << 20;

export interface PeerConnectionDeps {
  readonly handshake: Handshake;
  /** One after the other, until one answers. */
  readonly urls: readonly string[];
  readonly tls: PeerClientTls;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly onReachable: () => void;
  readonly onUnreachable: () => void;
  readonly onRemoved: () => void;
}

export class PeerConnection {
  readonly #deps: PeerConnectionDeps;
  #socket: WebSocket | undefined;
  #isOpen = false;
  #attempts = 0;
  #retry: Timer | undefined;
  #closed = false;
  #nextCall = 1;
  readonly #calls = new Map<number, { readonly answer: Deferred<Uint8Array>; readonly timer: Timer }>();

  constructor(deps: PeerConnectionDeps) {
    this.#deps = deps;
    this.#dial();
  }

  get id(): MemberId {
    return this.#deps.handshake.to;
  }

  get urls(): readonly string[] {
    return this.#deps.urls;
  }

  /** In frames of a bounded size; those for which there is no room are dropped. */
  send(messages: readonly Message[]): void {
    let frame: Message[] = [];
    let bytes = 0;
    for (const message of messages) {
      frame.push(message);
      bytes += entriesBytes(message.entries);
      if (bytes < FRAME_BYTES) continue;
      if (!this.#sendFrame(frame)) return;
      frame = [];
      bytes = 0;
    }
    if (frame.length > 0) this.#sendFrame(frame);
  }

  call(request: Uint8Array): Promise<Uint8Array> {
    const socket = this.#socket;
    if (!this.#isOpen || socket === undefined) return Promise.reject(new Error('the peer cannot be reached'));
    const number = this.#nextCall++;
    const answer = new Deferred<Uint8Array>();
    const timer = this.#deps.clock.after(CALL_TIMEOUT_MS, () => {
      this.#calls.delete(number);
      answer.reject(new Error('the peer did not answer'));
    });
    this.#calls.set(number, { answer, timer });
    socket.send(encodeFrame({ type: 'call', number, request }));
    return answer.promise;
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#lost('closed');
  }

  /** Returns whether it went. */
  #sendFrame(messages: readonly Message[]): boolean {
    const socket = this.#socket;
    if (!this.#isOpen || socket === undefined || socket.bufferedAmount > BUFFERED_BYTES_MAX) {
      this.#deps.onUnreachable();
      return false;
    }
    socket.send(encodeFrame({ type: 'messages', messages }));
    return true;
  }

  #dial(): void {
    const { urls, handshake, tls, clock } = this.#deps;
    const url = urls[this.#attempts % Math.max(1, urls.length)];
    if (url === undefined) return;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}${MESSAGES_PATH}`, {
      headers: handshakeHeaders(handshake),
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
      ...tls,
    });
    this.#socket = socket;
    socket.on('open', () => {
      this.#isOpen = true;
      this.#attempts = 0;
      watchLiveness(socket, clock);
      this.#deps.onReachable();
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) this.#receive(data);
    });
    socket.on('unexpected-response', (_request, response) => {
      if (response.statusCode === REMOVED_STATUS) this.#deps.onRemoved();
      else this.#deps.logger.warn({ peer: this.id.toString(16), status: response.statusCode }, 'a peer refuses us');
      socket.terminate();
    });
    socket.on('error', (error) => {
      this.#deps.logger.debug({ peer: this.id.toString(16), error: messageOf(error) }, 'no way to a peer');
    });
    socket.on('close', () => {
      if (this.#socket === socket) this.#lost('the connection broke');
    });
  }

  #receive(data: Buffer): void {
    let frame: ReturnType<typeof decodeFrame>;
    try {
      frame = decodeFrame(data);
    } catch (error) {
      this.#deps.logger.warn({ peer: this.id.toString(16), error: messageOf(error) }, 'a peer answers nonsense');
      this.#socket?.terminate();
      return;
    }
    if (frame.type !== 'answer' && frame.type !== 'failure') return;
    const call = this.#calls.get(frame.number);
    this.#calls.delete(frame.number);
    call?.timer.cancel();
    if (frame.type === 'answer') call?.answer.resolve(frame.answer);
    else call?.answer.reject(new Error(frame.message));
  }

  /** Gives up the socket, and tries again after a pause that doubles, unless closed. */
  #lost(why: string): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#socket?.terminate();
    this.#socket = undefined;
    for (const { answer, timer } of this.#calls.values()) {
      timer.cancel();
      answer.reject(new Error(why));
    }
    this.#calls.clear();
    if (this.#closed) return;
    if (wasOpen) this.#deps.onUnreachable();
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(10, this.#attempts++));
    const delayMs = backoffMs * (0.5 + this.#deps.random.next() / 2);
    this.#retry = this.#deps.clock.after(delayMs, () => this.#dial());
  }
}
