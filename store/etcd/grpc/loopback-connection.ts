/**
 * A gRPC connection to the server in the same process, without a socket: what a client of the API can do, a part of the
 * server can do through it, and is checked, limited and counted in the same way.
 */

import { Http2Connection } from '../http2/connection.ts';
import type { HeaderField } from '../http2/protocol.ts';
import type { Http2Stream } from '../http2/stream.ts';
import { ClientCall, type ResponseListener } from './client-call.ts';
import type { Method } from './method.ts';

const OPTIONS = {
  streamWindowBytes: 1024 * 1024,
  connectionWindowBytes: 16 * 1024 * 1024,
  headerListBytesMax: 64 * 1024,
};

export class LoopbackConnection {
  readonly #client: Http2Connection;
  readonly #server: Http2Connection;
  readonly #responseBytesMax: number;

  constructor(deps: {
    readonly concurrentStreamsMax: number;
    readonly responseBytesMax: number;
    readonly onCall: (stream: Http2Stream, endStream: boolean) => void;
  }) {
    const { concurrentStreamsMax, onCall } = deps;
    this.#responseBytesMax = deps.responseBytesMax;
    const toServer = (): void => carry(this.#client, this.#server);
    const toClient = (): void => carry(this.#server, this.#client);
    this.#client = new Http2Connection(
      { role: 'client', concurrentStreamsMax: 0, ...OPTIONS },
      { onOutput: () => setImmediate(toServer), onEnd: () => this.#server.end() },
    );
    this.#server = new Http2Connection(
      { role: 'server', concurrentStreamsMax, ...OPTIONS },
      { onOutput: () => setImmediate(toClient), onStream: onCall, onEnd: () => this.#client.end() },
    );
    this.#client.start();
    this.#server.start();
  }

  /** Opens a call whose requests follow. */
  open<Request, Response>(
    method: Method<Request, Response>,
    metadata: readonly HeaderField[],
    listener: ResponseListener<Response>,
  ): ClientCall<Request, Response> {
    const stream = this.#client.request([
      { name: ':method', value: 'POST' },
      { name: ':scheme', value: 'http' },
      { name: ':path', value: method.path },
      { name: ':authority', value: 'localhost' },
      { name: 'content-type', value: 'application/grpc' },
      { name: 'te', value: 'trailers' },
      ...metadata,
    ]);
    return new ClientCall(stream, method, this.#responseBytesMax, listener);
  }

  close(): void {
    this.#client.end();
  }
}

/** All that one side has to send; the windows bound how much that is. */
function carry(from: Http2Connection, to: Http2Connection): void {
  while (from.pendingBytes > 0) for (const chunk of from.takeOutput()) to.receive(chunk);
}
