/**
 * Members in different processes: WebSockets with binary frames, over TLS with certificates on both sides where they
 * are given. Each member opens one connection to each peer and sends on it; what it receives comes on the connections
 * that the peers opened. Nothing gets in without the handshake (handshake.ts).
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../base/clock.ts';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { MemberId, Message } from '../raft/types.ts';
import { type ClusterDescriptionText, decodeDescription, encodeDescription } from './cluster-description.ts';
import { checkHandshake, type Handshake, MEMBERS_PATH, MESSAGES_PATH, SNAPSHOT_PATH } from './handshake.ts';
import { PeerConnection } from './peer-connection.ts';
import { decodeFrame, encodeFrame } from './peer-frames.ts';
import { clientTls, type PeerTlsMaterial, serverTls } from './peer-tls.ts';
import { acceptSnapshot, uploadSnapshot } from './snapshot-upload.ts';
import type { ClusterDescription, Transport, TransportHandlers } from './transport.ts';

export interface WsTransportDeps {
  readonly id: MemberId;
  readonly clusterId: bigint;
  /** `host:port` each; port 0 picks a free one. */
  readonly listen: readonly string[];
  readonly tls?: PeerTlsMaterial;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A frame holds little more than one message, and a message at least one entry, however large requests may be. */
const FRAME_BYTES_MAX = 256 << 20;

export class WsTransport implements Transport {
  readonly #deps: WsTransportDeps;
  readonly #servers: readonly Server[];
  readonly #sockets: WebSocketServer;
  readonly #peers = new Map<MemberId, PeerConnection>();
  /** The connections that peers have opened. */
  readonly #heard = new Map<WebSocket, MemberId>();
  #handlers: TransportHandlers | undefined;
  #closed: Promise<void> | undefined;

  constructor(deps: WsTransportDeps) {
    this.#deps = deps;
    this.#servers = deps.listen.map(() => this.#newServer());
    this.#sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX });
  }

  /** Where it listens first, once started. */
  get address(): AddressInfo | undefined {
    const address = this.#servers[0]?.address();
    return typeof address === 'object' && address !== null ? address : undefined;
  }

  async start(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
    await Promise.all(this.#servers.map((server, at) => listenOn(server, this.#deps.listen[at] ?? '')));
  }

  send(messages: readonly Message[]): void {
    const byPeer = new Map<MemberId, Message[]>();
    for (const message of messages) {
      const others = byPeer.get(message.to);
      if (others === undefined) byPeer.set(message.to, [message]);
      else others.push(message);
    }
    for (const [id, batch] of byPeer) {
      const peer = this.#peers.get(id);
      if (peer === undefined) this.#handlers?.onUnreachable(id);
      else peer.send(batch);
    }
  }

  sendSnapshot(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const urls = this.#peers.get(message.to)?.urls;
    if (urls === undefined) return Promise.reject(new Error('the peer is not known'));
    const { clock, tls } = this.#deps;
    return uploadSnapshot(clock, urls, this.#handshakeTo(message.to), clientTls(tls), message, chunks);
  }

  call(to: MemberId, request: Uint8Array): Promise<Uint8Array> {
    return this.#peers.get(to)?.call(request) ?? Promise.reject(new Error('the peer is not known'));
  }

  setPeer(id: MemberId, urls: readonly string[]): void {
    const known = this.#peers.get(id);
    if (this.#closed !== undefined || (known !== undefined && sameUrls(known.urls, urls))) return;
    known?.close();
    const { tls, clock, random, logger } = this.#deps;
    this.#peers.set(
      id,
      new PeerConnection({
        handshake: this.#handshakeTo(id),
        urls,
        tls: clientTls(tls),
        clock,
        random,
        logger,
        onReachable: () => this.#handlers?.onReachable(id),
        onUnreachable: () => this.#handlers?.onUnreachable(id),
        onRemoved: () => this.#handlers?.onRemoved(),
      }),
    );
  }

  /** Also ends what it has opened: it comes again, is refused, and so learns that it was removed, should it say nothing. */
  removePeer(id: MemberId): void {
    this.#peers.get(id)?.close();
    this.#peers.delete(id);
    for (const [socket, from] of this.#heard) if (from === id) socket.terminate();
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    for (const id of [...this.#peers.keys()]) this.removePeer(id);
    for (const socket of this.#sockets.clients) socket.terminate();
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise<void>((resolve) => {
          server.close(() => resolve());
        });
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  #newServer(): Server {
    const { tls } = this.#deps;
    const server = tls === undefined ? createServer() : createTlsServer(serverTls(tls));
    server.on('request', (request, response) => this.#answer(request, response));
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    if (tls?.refusal !== undefined) server.on('secureConnection', (socket: TLSSocket) => this.#checkName(socket));
    return server;
  }

  #checkName(socket: TLSSocket): void {
    const reason = this.#deps.tls?.refusal?.(socket.getPeerCertificate());
    if (reason === undefined) return;
    this.#deps.logger.warn({ reason }, 'a connection of a peer was refused');
    socket.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url !== MEMBERS_PATH || this.#handlers === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(encodeDescription(this.#handlers.describe())));
  }

  #handshakeTo(to: MemberId): Handshake {
    return { clusterId: this.#deps.clusterId, from: this.#deps.id, to };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Whoever is refused may be gone before it reads why.
    socket.on('error', () => socket.destroy());
    const handlers = this.#handlers;
    if (handlers === undefined || this.#closed !== undefined) {
      socket.destroy();
      return;
    }
    const { id, clusterId } = this.#deps;
    const from = checkHandshake(request.headers, { id, clusterId, isRemoved: (peer) => handlers.isRemoved(peer) });
    if (typeof from !== 'bigint') {
      this.#deps.logger.warn({ reason: from.reason }, 'a connection of a peer was refused');
      socket.end(`HTTP/1.1 ${from.status} Refused\r\nconnection: close\r\n\r\n${from.reason}\n`);
      return;
    }
    if (request.url !== MESSAGES_PATH && request.url !== SNAPSHOT_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      if (request.url === MESSAGES_PATH) this.#listenTo(opened, from, handlers);
      else acceptSnapshot(this.#deps.clock, opened, from, (message, chunks) => handlers.onSnapshot(message, chunks));
    });
  }

  #listenTo(socket: WebSocket, from: MemberId, handlers: TransportHandlers): void {
    this.#heard.set(socket, from);
    socket.on('close', () => this.#heard.delete(socket));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data, isBinary) => {
      if (!isBinary || !Buffer.isBuffer(data)) return;
      // Removed while connected: as if it had not been let in.
      if (handlers.isRemoved(from)) {
        socket.terminate();
        return;
      }
      try {
        this.#receive(socket, from, data, handlers);
      } catch (error) {
        this.#deps.logger.warn({ peer: from.toString(16), error: messageOf(error) }, 'a peer sends nonsense');
        socket.terminate();
      }
    });
  }

  #receive(socket: WebSocket, from: MemberId, data: Buffer, handlers: TransportHandlers): void {
    const frame = decodeFrame(data);
    if (frame.type === 'messages') {
      // Nobody speaks for anybody else.
      for (const message of frame.messages) if (message.from === from) handlers.onMessage(message);
    } else if (frame.type === 'call') {
      const { number } = frame;
      handlers.onCall(from, frame.request).then(
        (answer) => socket.send(encodeFrame({ type: 'answer', number, answer })),
        (error: unknown) => socket.send(encodeFrame({ type: 'failure', number, message: messageOf(error) })),
      );
    }
  }
}

async function listenOn(server: Server, listen: string): Promise<void> {
  const at = listen.lastIndexOf(':');
  const host = listen.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(listen.slice(at + 1)), host, resolve);
    });
  } catch (error) {
    const why = codeOf(error) === 'EADDRINUSE' ? 'the address is in use' : messageOf(error);
    throw new UsageError(`cannot listen for peers on ${listen}: ${why}`);
  }
}

/** Asks a member who the members are. Rejects when it does not answer. */
export function describeCluster(url: string, tls?: PeerTlsMaterial): Promise<ClusterDescription> {
  return new Promise((resolve, reject) => {
    const target = new URL(MEMBERS_PATH, url);
    const options = { timeout: 3000, ...clientTls(tls) };
    const request = target.protocol === 'https:' ? httpsRequest(target, options) : httpRequest(target, options);
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error(`${url} does not answer`)));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
          resolve(decodeDescription(JSON.parse(Buffer.concat(chunks).toString('utf8')) as ClusterDescriptionText));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    request.end();
  });
}

function sameUrls(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((url, at) => url === b[at]);
}
