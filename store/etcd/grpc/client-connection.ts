/**
 * One connection to one gRPC server, as its client. It is used once: when it has ended, its owner makes another.
 *
 * A call that fails says whether the server can have done anything for it (`GrpcError.unprocessed`): nothing, if the
 * connection was never made, or the call never left, or the server said that it refused the stream.
 */
import net from 'node:net';
import tls from 'node:tls';
import { messageOf } from '../../../base/errors.ts';
import { grpcCode } from '../../errors.ts';
import { Http2Connection } from '../http2/connection.ts';
import type { HeaderField } from '../http2/protocol.ts';
import { SocketLink } from '../http2/socket-link.ts';
import type { Http2Stream } from '../http2/stream.ts';
import { encodeFrame } from '../proto/wire.ts';
import { ClientCall, type ResponseListener } from './client-call.ts';
import type { Method } from './method.ts';
import { formatTimeout, GrpcError } from './status.ts';

export interface ClientTls {
  /** The authorities to believe; absent: those of the system. */
  readonly ca?: string | Buffer;
  /** The client's own certificate and key. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the server's certificate must have; absent: the host. */
  readonly serverName?: string;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls?: ClientTls;
}

export interface ConnectionEvents {
  /** Calls can be made. */
  onReady(): void;
  /** No new calls: the server goes away, or the connection has ended. Called once. */
  onUnusable(reason: string): void;
  /** Something arrived. */
  onSignOfLife(): void;
}

export interface CallSettings {
  readonly metadata: readonly HeaderField[];
  /** Sent to the server, which gives up after it; who calls must watch the time himself. */
  readonly timeoutMs?: number;
}

const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 64 * 1024 * 1024;
const HEADER_LIST_BYTES_MAX = 64 * 1024;
/** As etcd's client: what the server sends is bounded by the server. */
const RESPONSE_BYTES_MAX = 0x7fffffff;

export class ClientConnection {
  readonly #socket: net.Socket;
  readonly #connection: Http2Connection;
  readonly #events: ConnectionEvents;
  readonly #baseHeaders: readonly HeaderField[];
  #state: 'connecting' | 'ready' | 'unusable' = 'connecting';

  constructor({ host, port, tls: secure }: Target, events: ConnectionEvents) {
    this.#events = events;
    this.#baseHeaders = [
      { name: ':scheme', value: secure === undefined ? 'http' : 'https' },
      { name: ':authority', value: `${host.includes(':') ? `[${host}]` : host}:${port}` },
      { name: 'content-type', value: 'application/grpc' },
      { name: 'te', value: 'trailers' },
    ];
    this.#socket = secure === undefined ? net.connect({ host, port }) : connectTls(host, port, secure);
    const link = new SocketLink(this.#socket);
    this.#connection = new Http2Connection(
      {
        role: 'client',
        streamWindowBytes: STREAM_WINDOW_BYTES,
        connectionWindowBytes: CONNECTION_WINDOW_BYTES,
        concurrentStreamsMax: 0,
        headerListBytesMax: HEADER_LIST_BYTES_MAX,
      },
      {
        onOutput: link.onOutput,
        onFrame: () => this.#onFrame(),
        onGoaway: (code, debug) => this.#becomeUnusable(debug || `the server goes away (code ${code})`),
        onEnd: (error) => {
          this.#becomeUnusable(error?.message ?? 'connection closed');
          link.end();
        },
      },
    );
    let failure = 'connection closed by the server';
    this.#socket.on('error', (error) => {
      failure = messageOf(error);
    });
    this.#socket.once('close', () => {
      this.#becomeUnusable(failure);
      this.#connection.end();
    });
    this.#socket.once(secure === undefined ? 'connect' : 'secureConnect', () => link.attach(this.#connection));
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  get openCalls(): number {
    return this.#connection.openStreams;
  }

  /** Makes a call with one request; responses go to the listener. */
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    settings: CallSettings,
    listener: ResponseListener<Response>,
  ): ClientCall<Request, Response> {
    const call = this.open(method, settings, listener);
    call.sendLastFrame(encodeFrame(method.request, request));
    return call;
  }

  /** Opens a call whose requests follow. */
  open<Request, Response>(
    method: Method<Request, Response>,
    settings: CallSettings,
    listener: ResponseListener<Response>,
  ): ClientCall<Request, Response> {
    const stream = this.#request(method.path, settings);
    return new ClientCall(stream, method, RESPONSE_BYTES_MAX, listener);
  }

  /** Ends the connection at once, without waiting for the far side; open calls fail. Idempotent. */
  destroy(reason: string): void {
    this.#becomeUnusable(reason);
    this.#connection.end();
    this.#socket.destroy();
  }

  #request(path: string, { metadata, timeoutMs }: CallSettings): Http2Stream {
    if (this.#state !== 'ready') {
      throw new GrpcError(grpcCode.unavailable, 'the connection is not ready', { unprocessed: true });
    }
    const fields: HeaderField[] = [
      { name: ':method', value: 'POST' },
      { name: ':path', value: path },
    ];
    fields.push(...this.#baseHeaders, ...metadata);
    if (timeoutMs !== undefined) {
      fields.push({ name: 'grpc-timeout', value: formatTimeout(timeoutMs), neverIndexed: true });
    }
    return this.#connection.request(fields);
  }

  #onFrame(): void {
    if (this.#state === 'connecting') {
      this.#state = 'ready';
      this.#events.onReady();
    }
    this.#events.onSignOfLife();
  }

  #becomeUnusable(reason: string): void {
    if (this.#state === 'unusable') return;
    this.#state = 'unusable';
    this.#events.onUnusable(reason);
  }
}

function connectTls(host: string, port: number, { ca, cert, key, serverName }: ClientTls): tls.TLSSocket {
  return tls.connect({
    host,
    port,
    ALPNProtocols: ['h2'],
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // A server name must not be an address (RFC 6066).
    ...(serverName !== undefined ? { servername: serverName } : net.isIP(host) === 0 && { servername: host }),
  });
}
