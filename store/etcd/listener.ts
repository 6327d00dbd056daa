/**
 * The port of the etcd API: HTTP/2 for gRPC, and HTTP/1 for `/health`, `/metrics` and `/version`, told apart by how a
 * connection begins (by ALPN with TLS). What is done with a gRPC call or a plain request is not decided here.
 */

import { rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import tls, { type PeerCertificate, type SecureVersion } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import { grpcCode } from '../errors.ts';
import { GatewayWebSockets, type Handshake } from './gateway/web-socket.ts';
import type { Peer } from './grpc/server-call.ts';
import { trailersOf } from './grpc/status.ts';
import { Http2Connection } from './http2/connection.ts';
import { headerValue, PREFACE } from './http2/protocol.ts';
import { SocketLink } from './http2/socket-link.ts';
import type { Http2Stream } from './http2/stream.ts';
import { PlainExchange } from './plain-exchange.ts';

/** A port (0: any free one), or a Unix socket, which is made, and replaces one that was left behind. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string };

export interface ServerTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** With it, clients must present a certificate of this authority. */
  readonly clientCa?: string | Buffer;
  /** Certificates of the authority that are valid no longer. */
  readonly crl?: string | Buffer;
  /** Why the holder of a certificate is not let in, though it is the authority's. */
  readonly refusal?: (certificate: PeerCertificate) => string | undefined;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
}

/** What a port is for: the gRPC API, plain HTTP, or both. */
export type Served = 'both' | 'grpc' | 'http';

export interface PlainRequest {
  readonly method: string;
  /** The path with its query. */
  readonly url: string;
  /** The host that the client named. */
  readonly host: string;
  readonly secure: boolean;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whoever does not read it need not see to it. */
  readonly body: Readable;
  /** The common name of a verified client certificate. */
  readonly certificateName?: string;
  /** Aborted when the client has gone, or the answer has. */
  readonly signal: AbortSignal;
}

export interface PlainResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream goes out as it comes, and is destroyed when the client goes. */
  readonly body: string | Readable;
}

export interface ListenerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tls?: ServerTls;
  readonly serves?: Served;
  readonly onCall: (stream: Http2Stream, endStream: boolean, peer: Peer) => void;
  readonly onPlain: (request: PlainRequest) => Promise<PlainResponse>;
  /** Whether a request may become a WebSocket; one that may not is answered as any other. */
  readonly takesWebSocket?: (request: Omit<PlainRequest, 'body' | 'signal'>) => boolean;
  readonly concurrentStreamsMax?: number;
}

/** A connection that says nothing for so long is closed. */
const GREETING_MS = 10_000;
/** How long open calls may go on after `close`, and how long the sockets may take what was sent last. */
const CALLS_GRACE_MS = 200;
const SOCKETS_GRACE_MS = 200;
const POLL_MS = 20;
const KEEP_ALIVE_MS = 30_000;
const GRPC_TYPE = 'application/grpc';
/** A handshake is the first of its connection, and comes in one piece. */
const WEB_SOCKET = /^upgrade:[ \t]*websocket[ \t]*\r?$/im;

const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const HEADER_LIST_BYTES_MAX = 64 * 1024;

export class Listener {
  readonly #deps: ListenerDeps;
  readonly #server: net.Server;
  readonly #plain: http.Server;
  /** Apart, as a server that takes upgrades takes them all. */
  readonly #upgrading: http.Server;
  readonly #webSockets: GatewayWebSockets;
  /** Every open socket, with its connection once it speaks HTTP/2. */
  readonly #sockets = new Map<net.Socket, Http2Connection | undefined>();
  /** Of HTTP/2 connections that have ended. */
  #closedReceivedBytes = 0;
  #closedSentBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    this.#plain = http.createServer((request, response) => this.#onRequest(request, response));
    this.#upgrading = http.createServer((request, response) => this.#onRequest(request, response));
    this.#upgrading.on('upgrade', (request, socket, head) => this.#onUpgrade({ request, socket, head }));
    this.#webSockets = new GatewayWebSockets(deps.onPlain);
    const options = { noDelay: true };
    if (deps.tls === undefined) {
      this.#server = net.createServer(options, (socket) => this.#greet(socket));
    } else {
      const { clientCa, refusal, ...rest } = deps.tls;
      const verify = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
      const tlsOptions = { ...options, ...rest, ALPNProtocols: ['h2', 'http/1.1'], ...verify };
      this.#server = tls.createServer(tlsOptions, (socket) => {
        const reason = clientCa === undefined ? undefined : refusal?.(socket.getPeerCertificate());
        if (reason === undefined) this.#greet(socket);
        else this.#reject(socket, reason);
      });
      this.#server.on('tlsClientError', (error: Error) => {
        this.#deps.logger.warn({ error: error.message }, 'rejected connection');
      });
    }
  }

  /** Resolves with the port, 0 for a Unix socket; rejects with Node's error when the address cannot be had. */
  async listen(at: ListenAddress): Promise<number> {
    if ('socketPath' in at) await rm(at.socketPath, { force: true });
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const onListening = (): void => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      };
      if ('socketPath' in at) this.#server.listen(at.socketPath, onListening);
      else this.#server.listen(at.port, at.host, onListening);
    });
  }

  /** Bytes of all HTTP/2 connections so far. */
  get traffic(): { readonly received: number; readonly sent: number } {
    let received = this.#closedReceivedBytes;
    let sent = this.#closedSentBytes;
    for (const [socket, connection] of this.#sockets) {
      if (connection === undefined) continue;
      received += socket.bytesRead;
      sent += socket.bytesWritten;
    }
    return { received, sent };
  }

  /** Takes no new connections and calls, lets open calls end for a moment, then ends them. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#plain.close();
    this.#upgrading.close();
    for (const connection of this.#sockets.values()) connection?.drain();
    await this.#waitUntil(() => this.#openCalls() === 0, CALLS_GRACE_MS);
    for (const [socket, connection] of this.#sockets) {
      if (connection === undefined) socket.destroy();
      else connection.end();
    }
    await this.#waitUntil(() => this.#sockets.size === 0, SOCKETS_GRACE_MS);
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  async #waitUntil(done: () => boolean, graceMs: number): Promise<void> {
    for (let waitedMs = 0; waitedMs < graceMs && !done(); waitedMs += POLL_MS) await this.#deps.clock.sleep(POLL_MS);
  }

  #openCalls(): number {
    let calls = 0;
    for (const connection of this.#sockets.values()) calls += connection?.openStreams ?? 0;
    return calls;
  }

  #reject(socket: net.Socket, reason: string): void {
    this.#deps.logger.warn({ reason, client: peerOf(socket).address }, 'rejected connection');
    socket.on('error', () => {});
    socket.destroy();
  }

  /** Waits for the first bytes: they say which protocol it is. */
  #greet(socket: net.Socket): void {
    this.#sockets.set(socket, undefined);
    // A client whose machine is gone says nothing: the kernel finds out.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once('close', () => this.#sockets.delete(socket));
    // Without a listener an error would end the process; 'close' follows it.
    socket.on('error', (error) => this.#deps.logger.debug({ error: error.message }, 'connection failed'));
    const timer = this.#deps.clock.after(GREETING_MS, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    socket.once('data', (first: Buffer) => {
      timer.cancel();
      const length = Math.min(first.length, PREFACE.length);
      if (first.toString('latin1', 0, length) === PREFACE.slice(0, length)) {
        this.#speakHttp2(socket, first);
        return;
      }
      if (this.#deps.serves === 'grpc') {
        this.#reject(socket, 'not an HTTP/2 connection');
        return;
      }
      socket.pause();
      socket.unshift(first);
      (WEB_SOCKET.test(first.toString('latin1')) ? this.#upgrading : this.#plain).emit('connection', socket);
      socket.resume();
    });
  }

  #speakHttp2(socket: net.Socket, first: Buffer): void {
    const peer = peerOf(socket);
    const link = new SocketLink(socket);
    const connection: Http2Connection = new Http2Connection(
      {
        role: 'server',
        streamWindowBytes: STREAM_WINDOW_BYTES,
        connectionWindowBytes: CONNECTION_WINDOW_BYTES,
        concurrentStreamsMax: this.#deps.concurrentStreamsMax ?? limits.streamsPerConnectionMax,
        headerListBytesMax: HEADER_LIST_BYTES_MAX,
      },
      {
        onOutput: link.onOutput,
        onStream: (stream, endStream) => this.#onStream(stream, endStream, peer),
        onEnd: (error) => {
          if (error !== undefined) this.#deps.logger.debug({ error: error.message }, 'HTTP/2 connection ended');
          link.end();
        },
      },
    );
    this.#sockets.set(socket, connection);
    socket.once('close', () => {
      connection.end();
      this.#closedReceivedBytes += socket.bytesRead;
      this.#closedSentBytes += socket.bytesWritten;
    });
    link.attach(connection);
    connection.receive(first);
  }

  #onStream(stream: Http2Stream, endStream: boolean, peer: Peer): void {
    const { serves = 'both', tls: secured } = this.#deps;
    const contentType = headerValue(stream.fields, 'content-type') ?? '';
    if (serves === 'grpc' || (serves === 'both' && contentType.startsWith(GRPC_TYPE))) {
      if (contentType === GRPC_TYPE || /^[+;]/.test(contentType.slice(GRPC_TYPE.length))) {
        this.#deps.onCall(stream, endStream, peer);
      } else {
        refuseType(stream, contentType);
      }
      return;
    }
    const exchange = new PlainExchange(stream, endStream);
    this.#deps.onPlain(exchange.request(secured !== undefined, peer)).then(
      (response) => exchange.answer(response),
      () => exchange.fail(),
    );
  }

  #onUpgrade(handshake: Handshake): void {
    const { request, socket } = handshake;
    const plain = this.#headOf(request);
    if (this.#deps.takesWebSocket?.(plain) === true) {
      this.#webSockets.take(handshake, plain);
      return;
    }
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as net.Socket);
    response.once('finish', () => socket.end());
    this.#onRequest(request, response);
  }

  #headOf(request: http.IncomingMessage): Omit<PlainRequest, 'body' | 'signal'> {
    const { method = 'GET', url = '/', headers: given } = request;
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const { certificateName } = peerOf(request.socket);
    return {
      method,
      url,
      host: headers.host ?? '',
      secure: this.#deps.tls !== undefined,
      headers,
      ...(certificateName !== undefined && { certificateName }),
    };
  }

  #onRequest(request: http.IncomingMessage, response: http.ServerResponse): void {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    this.#deps.onPlain({ ...this.#headOf(request), body: request, signal: gone.signal }).then(
      ({ status, headers, body }) => {
        request.resume();
        if (typeof body === 'string') {
          response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
          return;
        }
        response.writeHead(status, headers).flushHeaders();
        pipeline(body, response, () => {});
      },
      () => response.destroy(),
    );
  }
}

function refuseType(stream: Http2Stream, contentType: string): void {
  const message = `invalid gRPC request content-type "${contentType}"`;
  const status = [
    { name: ':status', value: '415' },
    { name: 'content-type', value: GRPC_TYPE },
  ];
  stream.sendHeaders([...status, ...trailersOf({ code: grpcCode.invalidArgument, message })], true);
  if (!stream.remoteEnded) stream.reset(0);
  stream.release();
}

function peerOf(socket: net.Socket): Peer {
  const address = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
  if (!(socket instanceof tls.TLSSocket) || !socket.authorized) return { address };
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? { address, certificateName: name } : { address };
}
