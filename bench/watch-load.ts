/**
 * Watchers on connections of their own, and how long after a write each has its event. All of it is in one process, so
 * the times of writing and of arriving are of one clock; what the client itself takes to read a thousand sockets is
 * part of what is measured.
 */
import type net from 'node:net';
import { AnswerReader } from './http-answers.ts';
import { connect, httpRequest } from './http-load.ts';

/** Made at once; a thousand handshakes together would only wait for each other. */
const CONNECTING_AT_ONCE = 32;
const LINE_END = 0x0a;

export class Watchers {
  readonly #sockets: net.Socket[] = [];
  #onEvent: () => void = () => {};
  #broken: Error | undefined;

  /** @param onEvent called for every event of every watcher */
  set onEvent(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  /** Opens `count` watches of `path`; resolves when all have been answered. */
  async open(server: { readonly port: number; readonly token: string }, path: string, count: number): Promise<void> {
    for (let at = 0; at < count; at += CONNECTING_AT_ONCE) {
      const some = Math.min(CONNECTING_AT_ONCE, count - at);
      await Promise.all(Array.from({ length: some }, () => this.#openOne(server, path)));
    }
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }

  /** Resolves after `write` was called and each watcher has had `events` events. Answers milliseconds, one an event. */
  async timed(events: number, write: () => Promise<unknown>): Promise<number[]> {
    const latencies: number[] = [];
    const awaited = events * this.#sockets.length;
    const writtenAt = performance.now();
    const arrived = new Promise<void>((resolve, reject) => {
      this.#onEvent = () => {
        latencies.push(performance.now() - writtenAt);
        if (latencies.length === awaited) resolve();
        if (this.#broken !== undefined) reject(this.#broken);
      };
    });
    await Promise.all([write(), arrived]);
    return latencies;
  }

  async #openOne(server: { readonly port: number; readonly token: string }, path: string): Promise<void> {
    const socket = await connect({ port: server.port, tls: true });
    this.#sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      const reader = new AnswerReader({
        onHead: (status) => (status === 200 ? resolve() : reject(new Error(`the watch was answered with ${status}`))),
        onBody: (piece) => {
          for (let at = piece.indexOf(LINE_END); at >= 0; at = piece.indexOf(LINE_END, at + 1)) this.#onEvent();
        },
        onEnd: () => {
          this.#broken = new Error('a watch ended');
        },
      });
      socket.on('data', (data: Buffer) => reader.take(data));
      socket.on('error', reject);
      socket.write(httpRequest(server.token, 'GET', path));
    });
  }
}
