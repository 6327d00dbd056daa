/**
 * The HTTP shell of the API server: TLS with optional client certificates, HTTP/1.1, WebSocket upgrades for watches. It
 * maps requests to `ApiServer.handle` and answers onto the wire, and decides nothing itself.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import Fastify from 'fastify';
import type { Clock } from '../../base/clock.ts';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ApiAnswer, ApiRequest, ApiServer, Credentials } from '../machinery/api-server.ts';
import { withoutTokens } from '../machinery/shown-url.ts';
import { StatusError } from '../machinery/status.ts';
import { writeAnswer } from './answer-writing.ts';
import { Client } from './client.ts';
import { refusePlainHttp } from './plain-on-tls.ts';
import { CallerOfSocket, type CertificateJudge, flatHeaders, readBody, valuesOf } from './request-reading.ts';
import { type ListenTls, ServingContext } from './serving-context.ts';
import { refuseUpgrade, WebSocketWatches } from './websocket-watch.ts';

/** What one client can hold of the server without asking anything of it. */
export interface ConnectionLimits {
  /** Connections beyond this are closed at once. */
  readonly connectionsMax: number;
  /** Headers must arrive within this; a half-sent request does not hold a connection for ever. */
  readonly headersMs: number;
  /** The body, too. */
  readonly requestMs: number;
}

const CONNECTION_LIMITS: ConnectionLimits = { connectionsMax: 10_000, headersMs: 30_000, requestMs: 120_000 };
/** How often connections are looked through for those that are late. */
const CHECK_MS_MAX = 5000;
const KEEP_ALIVE_MS = 180_000;
const HEADER_BYTES_MAX = 1024 * 1024;
/** Of a body that was refused already. */
const UNWANTED_BYTES_MAX = 32 * 1024 * 1024;
const UNWANTED_MS_MAX = 5000;

export interface ListenOptions {
  readonly server: Pick<ApiServer, 'handle'>;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM; absent: plain HTTP, for tests. */
  readonly tls?: ListenTls;
  readonly certificates?: CertificateJudge;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly connectionLimits?: ConnectionLimits;
}

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /**
   * Other certificates, or the authorities that the judge now has, for connections from now on; absent: as before.
   * Throws what OpenSSL says of a pair that cannot be used, and changes nothing then.
   */
  renew(tls?: ListenTls): void;
  /** Ends watches, lets other requests finish for a moment, then closes every connection. */
  close(graceMs?: number): Promise<void>;
}

/** @throws UsageError when the address cannot be had */
export async function listen(options: ListenOptions): Promise<HttpListener> {
  const shell = new Shell(options);
  return shell.listen();
}

class Shell {
  readonly #options: ListenOptions;
  readonly #callers: CallerOfSocket;
  readonly #watches: WebSocketWatches;
  readonly #serving: ServingContext | undefined;
  /** Those whose requests are under way: when they leave, their watches end. */
  readonly #underWay = new Set<Client>();

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#callers = new CallerOfSocket(options.certificates);
    this.#watches = new WebSocketWatches(options.clock);
    const { tls, certificates } = options;
    this.#serving = tls === undefined ? undefined : new ServingContext(tls, certificates?.authorityPems ?? []);
  }

  async listen(): Promise<HttpListener> {
    const { host, port, tls } = this.#options;
    let server: Server | undefined;
    const fastify = Fastify({
      logger: false,
      schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
      serverFactory: (handler) => {
        // Requests for resources go around fastify's routing, which would decide nothing and cost a tenth of a get.
        server = this.#makeServer((request, response) => {
          if (request.url?.startsWith('/api') === true) void this.#serve(request, response);
          else handler(request, response);
        });
        return server;
      },
      forceCloseConnections: true,
    });
    // Everything is decided by the API server: routing, bodies, methods, errors.
    fastify.addHook('onRequest', (request, reply, done) => {
      reply.hijack();
      void this.#serve(request.raw, reply.raw);
      done();
    });
    fastify.setNotFoundHandler(() => {});
    try {
      await fastify.listen({ host, port });
    } catch (error) {
      throw listenError(error, host, port);
    }
    const address = server?.address() as AddressInfo;
    const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return {
      host: address.address,
      port: address.port,
      url: `${tls === undefined ? 'http' : 'https'}://${shown}:${address.port}`,
      renew: (renewed) => {
        const serving = this.#serving;
        if (serving === undefined || !(server instanceof https.Server)) return;
        serving.replace(renewed ?? serving.tls, this.#options.certificates?.authorityPems ?? []);
        server.setSecureContext(serving.options);
      },
      close: async (graceMs = 2000) => {
        server?.close();
        for (const client of this.#underWay) client.leave();
        await this.#quiet(graceMs);
        server?.closeAllConnections();
        await fastify.close();
      },
    };
  }

  #makeServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
    const serving = this.#serving;
    const { connectionsMax, headersMs, requestMs } = this.#options.connectionLimits ?? CONNECTION_LIMITS;
    const common = {
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(CHECK_MS_MAX, headersMs),
      noDelay: true,
    };
    const server =
      serving === undefined
        ? http.createServer(common, handler)
        : https.createServer(
            {
              ...common,
              ...serving.options,
              SNICallback: (name, done) => done(null, serving.contextFor(name)),
              requestCert: true,
              rejectUnauthorized: false,
              ALPNProtocols: ['http/1.1'],
            },
            handler,
          );
    server.maxConnections = connectionsMax;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#upgrade(request, socket, head);
    });
    server.on('clientError', (error: Error, socket: Duplex) => refuseBroken(error, socket));
    server.on('tlsClientError', (_error: Error, socket: Duplex) => socket.destroy());
    if (serving !== undefined) refusePlainHttp(server, this.#options.clock, headersMs);
    return server as Server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (response.socket === null && !(await itsTurn(request, response))) return;
    const { server, clock, logger } = this.#options;
    const client = new Client();
    this.#underWay.add(client);
    response.on('close', () => {
      this.#underWay.delete(client);
      if (!response.writableFinished) client.leave();
    });
    try {
      const pending = readBody(request);
      const body = pending === undefined ? undefined : await pending;
      const answer = await server.handle(this.#requestOf(request, body, client));
      await writeAnswer({ request, response, clock, client }, answer);
    } catch (error) {
      if (error instanceof StatusError && !response.headersSent) {
        refuse(request, response, error, clock);
        return;
      }
      if (!client.gone)
        logger.warn({ url: withoutTokens(request.url ?? ''), error: messageOf(error) }, 'an answer broke off');
      response.destroy();
    }
  }

  #requestOf(request: IncomingMessage, body: Uint8Array | undefined, client: Client): ApiRequest {
    return new HttpRequest(request, body, this.#callers.credentials(request), client);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { server, logger } = this.#options;
    const client = new Client();
    this.#underWay.add(client);
    const gone = (): void => {
      this.#underWay.delete(client);
      client.leave();
    };
    socket.on('close', gone);
    socket.on('error', gone);
    try {
      const answer: ApiAnswer = await server.handle(this.#requestOf(request, undefined, client));
      const websocket = String(request.headers.upgrade ?? '').toLowerCase() === 'websocket';
      if (answer.type === 'watch' && websocket) this.#watches.serve(request, socket, head, answer.events, gone);
      else refuseUpgrade(socket, answer);
    } catch (error) {
      logger.warn({ url: withoutTokens(request.url ?? ''), error: messageOf(error) }, 'an upgrade failed');
      socket.destroy();
    }
  }

  /** Resolves when no request is under way, or after `graceMs`. */
  async #quiet(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + graceMs;
    while (this.#underWay.size > 0 && clock.monotonicMs() < deadlineMs) await clock.sleep(10);
  }
}

/** A class and no literal with an accessor: V8 makes those slowly. */
class HttpRequest implements ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ApiRequest['headers'];
  readonly body: Uint8Array | undefined;
  readonly credentials: Credentials;
  readonly #request: IncomingMessage;
  readonly #client: Client;

  constructor(request: IncomingMessage, body: Uint8Array | undefined, credentials: Credentials, client: Client) {
    this.method = request.method ?? 'GET';
    this.url = request.url ?? '/';
    this.headers = flatHeaders(request);
    this.body = body;
    this.credentials = credentials;
    this.#request = request;
    this.#client = client;
  }

  valuesOf(name: string): readonly string[] {
    return valuesOf(this.#request, name);
  }

  get signal(): AbortSignal {
    return this.#client.signal;
  }

  get gone(): boolean {
    return this.#client.gone;
  }
}

/** No route has a schema for fastify: the API server checks everything itself. Loading its compilers takes long. */
function noCompiler(): never {
  throw new Error('a route of the HTTP shell has a schema');
}

/**
 * A request that was sent before its predecessor on the connection was answered: it begins when that is done, as in Go's
 * server, so that a client cannot have a thousand lists made at once and read none. False: the client has gone.
 */
function itsTurn(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    response.once('socket', () => resolve(true));
    request.once('close', () => resolve(false));
  });
}

/**
 * Answers before the body is there. What still comes of it is thrown away for a while: a client whose connection is cut
 * while it sends would never read the answer.
 */
function refuse(request: IncomingMessage, response: ServerResponse, error: StatusError, clock: Clock): void {
  const body = JSON.stringify(error.toStatus());
  response.writeHead(error.code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  if (request.complete) {
    response.end(body);
    return;
  }
  // The end of the answer is the end of the connection.
  response.write(body);
  const timer = clock.after(UNWANTED_MS_MAX, () => response.end());
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > UNWANTED_BYTES_MAX) request.socket.destroy();
  });
  request.on('end', () => response.end());
  request.on('close', () => timer.cancel());
}

const brokenCodes: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is not HTTP, or does not come to an end. */
function refuseBroken(error: Error, socket: Duplex): void {
  if (!socket.writable || codeOf(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const code = brokenCodes[codeOf(error) ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${code}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${code}`);
}

function listenError(error: unknown, host: string, port: number): Error {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new UsageError(`cannot listen on ${host}:${port}: another process uses this port`);
    case 'EACCES':
      return new UsageError(`cannot listen on ${host}:${port}: this needs more rights`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`cannot listen on ${host}:${port}: this machine has no such address`);
    default:
      return error instanceof Error ? error : new Error(String(error));
  }
}
