/**
 * Joins an HTTP/2 connection to a socket: what the connection has to send in one turn of the event loop leaves in one
 * write; while the socket is full the connection holds data back, and while too much else waits nothing is read.
 */
import type { Socket } from 'node:net';
import type { Http2Connection } from './connection.ts';

/** Answers to pings, settings and the like that wait for a socket which the far side does not read. */
const UNREAD_BYTES_MAX = 1024 * 1024;

export class SocketLink {
  readonly #socket: Socket;
  #connection: Http2Connection | undefined;
  #flushDue = false;
  #readingPaused = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  /** Starts: reads from the socket into the connection. */
  attach(connection: Http2Connection): void {
    this.#connection = connection;
    this.#socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    this.#socket.on('drain', () => {
      connection.setSocketFull(false);
      this.#flush();
      if (this.#readingPaused && this.#socket.writableLength < UNREAD_BYTES_MAX) {
        this.#readingPaused = false;
        this.#socket.resume();
      }
    });
    connection.start();
  }

  /** The connection has output: it is written at the end of this turn of the event loop. */
  readonly onOutput = (): void => {
    if (this.#flushDue) return;
    this.#flushDue = true;
    setImmediate(this.#flush);
  };

  /** Writes what is left and closes the socket. */
  end(): void {
    this.#flush();
    this.#socket.destroySoon();
  }

  readonly #flush = (): void => {
    this.#flushDue = false;
    const connection = this.#connection;
    if (connection === undefined || this.#socket.destroyed) return;
    while (connection.pendingBytes > 0) {
      const chunks = connection.takeOutput();
      let room = true;
      if (chunks.length > 1) this.#socket.cork();
      for (const chunk of chunks) room = this.#socket.write(chunk);
      if (chunks.length > 1) this.#socket.uncork();
      if (room) continue;
      connection.setSocketFull(true);
      if (this.#socket.writableLength > UNREAD_BYTES_MAX && !this.#readingPaused) {
        this.#readingPaused = true;
        this.#socket.pause();
      }
      return;
    }
  };
}
