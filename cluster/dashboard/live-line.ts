/** `/live`: the WebSocket over which a page is told what happens. A page that does not keep up is told everything anew. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Abilities, ToPage } from '../../dashboard/model/wire.ts';
import type { LiveFeed } from './live-feed.ts';

/** Pages at once. */
const LINES_MAX = 32;
/** Bytes that may wait for a page that does not read. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
/** Closing with this code asks the page to begin again. */
const FELL_BEHIND = 4000;

export interface LiveLinesOptions {
  readonly cluster: string;
  readonly version: string;
  readonly abilities: () => Abilities;
  readonly feed: LiveFeed;
  readonly logger: Logger;
}

export class LiveLines {
  readonly #options: LiveLinesOptions;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });

  constructor(options: LiveLinesOptions) {
    this.#options = options;
  }

  /** @param request already known to be one of ours */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#server.clients.size >= LINES_MAX) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (line) => void this.#serve(line));
  }

  close(): void {
    for (const line of this.#server.clients) line.terminate();
    this.#server.close();
  }

  async #serve(line: WebSocket): Promise<void> {
    const { feed, cluster, version, abilities, logger } = this.#options;
    line.on('error', () => line.terminate());
    const hello: ToPage = { type: 'hello', cluster, version, abilities: abilities() };
    line.send(JSON.stringify(hello));
    try {
      const leave = await feed.join((text) => {
        if (line.bufferedAmount > UNREAD_BYTES_MAX) line.close(FELL_BEHIND, 'the page fell behind');
        else if (line.readyState === line.OPEN) line.send(text, { binary: false });
      });
      if (line.readyState !== line.OPEN) leave();
      line.on('close', leave);
    } catch (thrown) {
      logger.warn({ error: messageOf(thrown) }, 'a page could not be told what happens');
      line.terminate();
    }
  }
}
