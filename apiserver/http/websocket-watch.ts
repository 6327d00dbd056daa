/** Watches over WebSocket: each event is one text message; the end of the watch closes the socket. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../base/clock.ts';
import type { ApiAnswer } from '../machinery/api-server.ts';
import { UNREAD_MS_MAX } from './answer-writing.ts';

/** Bytes that may wait in a socket before the next event is taken from the watch. */
const BUFFERED_BYTES_MAX = 1024 * 1024;
const MESSAGE_BYTES_MAX = 64 * 1024;

export class WebSocketWatches {
  readonly #clock: Clock;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Completes the handshake and sends the events until the watch or the client ends. */
  serve(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    events: Extract<ApiAnswer, { type: 'watch' }>['events'],
    onGone: () => void,
  ): void {
    this.#server.handleUpgrade(request, socket, head, (client) => {
      client.on('close', onGone);
      client.on('error', onGone);
      this.#send(client, events).then(
        () => client.close(1000),
        () => client.close(1011),
      );
    });
  }

  async #send(client: WebSocket, events: AsyncIterable<{ bytes(): Uint8Array }>): Promise<void> {
    for await (const frame of events) {
      if (client.readyState !== client.OPEN) return;
      if (client.bufferedAmount <= BUFFERED_BYTES_MAX) client.send(frame.bytes(), { binary: false });
      else await this.#sendAndWait(client, frame.bytes());
    }
  }

  /** Resolves when the client has taken all that was sent; who takes too long is cut off. */
  #sendAndWait(client: WebSocket, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(UNREAD_MS_MAX, () => client.terminate());
      client.send(bytes, { binary: false }, () => {
        timer.cancel();
        resolve();
      });
    });
  }
}

/** The answer to an upgrade that is refused, as plain HTTP. */
export function refuseUpgrade(socket: Duplex, answer: ApiAnswer): void {
  const body = answer.type === 'object' ? answer.bytes() : answer.type === 'bytes' ? answer.body : new Uint8Array(0);
  const type = answer.type === 'bytes' ? answer.contentType : 'application/json';
  socket.write(
    `HTTP/1.1 ${answer.code} ${answer.code < 400 ? 'OK' : 'Refused'}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  socket.end(body);
}
