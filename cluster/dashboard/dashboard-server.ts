/**
 * The page's server: static files, the Kubernetes API under the page's own identity, the store's keys, and the line over
 * which a page is told what happens. It listens on loopback only and lets in whoever has the printed address.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { BuiltApiServer } from '../../apiserver/machinery/build-api-server.ts';
import { codeOf, messageOf } from '../../base/errors.ts';
import type { WatchRow } from '../../dashboard/model/moment.ts';
import { recentWrites } from '../../dashboard/model/recent-writes.ts';
import type { LessonWorld } from '../lessons/lesson-world.ts';
import { LoopbackClient } from '../loopback-client.ts';
import { dashboardIdentity } from '../own-identities.ts';
import type { StoreBacking } from '../store-backing.ts';
import { proxyRequest } from './kubernetes-proxy.ts';
import { LessonRoom } from './lesson-room.ts';
import { LiveFeed, type LiveFeedDeps } from './live-feed.ts';
import { LiveLines } from './live-line.ts';
import { MemberSampler } from './member-samples.ts';
import { complaintOf, cookieOf, securityHeaders } from './request-guard.ts';
import { StaticFiles } from './static-files.ts';
import { isShownKey, keyHistory } from './store-endpoints.ts';
import { Visitors } from './visitors.ts';

const HOST = '127.0.0.1';
const WATCHES_SHOWN_MAX = 400;
const RECENT_MAX = 40;

export interface DashboardOptions {
  readonly clusterName: string;
  readonly version: string;
  /** 0: a free one. */
  readonly port: number;
  readonly dataDir: string;
  /** The built page. */
  readonly folder: string;
  /** Types of Fault that can be made here. */
  readonly faults: readonly string[];
}

export interface DashboardDeps extends Pick<LiveFeedDeps, 'clock' | 'random' | 'logger' | 'ring'> {
  readonly server: BuiltApiServer;
  readonly store: StoreBacking;
  /** Where lessons happen; undefined where nothing is remembered that they could be judged by. */
  readonly lessons: LessonWorld | undefined;
}

export interface Dashboard {
  readonly port: number;
  /** Lets one browser in. */
  readonly address: string;
  close(): Promise<void>;
}

/** Undefined when the port is taken by somebody else: a cluster is worth having without its page. */
export async function startDashboard(options: DashboardOptions, deps: DashboardDeps): Promise<Dashboard | undefined> {
  const server = new DashboardServer(options, deps);
  try {
    return await server.listen();
  } catch (thrown) {
    await server.close();
    if (codeOf(thrown) === 'EADDRINUSE' || codeOf(thrown) === 'EACCES') return undefined;
    throw thrown;
  }
}

class DashboardServer {
  readonly #options: DashboardOptions;
  readonly #deps: DashboardDeps;
  readonly #app: FastifyInstance;
  readonly #visitors: Visitors;
  readonly #files: StaticFiles;
  readonly #sampler: MemberSampler;
  readonly #feed: LiveFeed;
  readonly #lines: LiveLines;
  readonly #lessons: LessonRoom | undefined;
  #port = 0;

  constructor(options: DashboardOptions, deps: DashboardDeps) {
    const { server, store, logger } = deps;
    const { clusterName: cluster, version, faults } = options;
    this.#options = options;
    this.#deps = deps;
    this.#visitors = new Visitors(options.dataDir, deps.random);
    this.#files = new StaticFiles(options.folder);
    this.#sampler = new MemberSampler(store.members, store.store);
    this.#feed = new LiveFeed({
      ...deps,
      clusterName: cluster,
      client: new LoopbackClient(server, dashboardIdentity.user, 'sampan-dashboard'),
      store: store.store,
      pullMoments: () => store.pullMoments(),
      members: () => this.#sampler.sample(),
      watches: () => this.#watches(),
    });
    const abilities = () => ({ members: store.faults !== undefined, faults });
    this.#lines = new LiveLines({ cluster, version, abilities, feed: this.#feed, logger });
    this.#lessons = deps.lessons === undefined ? undefined : new LessonRoom(deps.lessons);
    this.#app = Fastify({ logger: false, forceCloseConnections: true });
    this.#route();
  }

  async listen(): Promise<Dashboard> {
    await this.#app.listen({ host: HOST, port: this.#options.port });
    this.#port = (this.#app.server.address() as AddressInfo).port;
    this.#app.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    return {
      port: this.#port,
      address: this.#visitors.open(`http://${HOST}:${this.#port}`),
      close: () => this.close(),
    };
  }

  async close(): Promise<void> {
    this.#visitors.close();
    this.#lines.close();
    await this.#lessons?.close();
    await this.#feed.stop();
    await this.#sampler.close();
    (this.#app.server as Server).closeAllConnections();
    await this.#app.close();
  }

  #route(): void {
    const app = this.#app;
    // Bodies are the API server's affair: they are handed on as they come.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.addHook('onRequest', async (request, reply) => this.#guard(request, reply));
    app.get('/', (request, reply) => this.#page(request, reply));
    app.get('/assets/*', (request, reply) => this.#file(request.url.split('?')[0] ?? '', reply));
    app.get('/favicon.svg', (_request, reply) => this.#file('/favicon.svg', reply));
    app.get('/session', async () => ({ open: true }));
    app.all('/k8s/*', async (request, reply) => {
      reply.hijack();
      const { server, clock } = this.#deps;
      await proxyRequest(server, clock, request.url.slice('/k8s'.length), request.raw, reply.raw);
    });
    for (const path of ['/lessons', '/lessons/*', '/lesson', '/lesson/*']) {
      app.all(path, async (request, reply) => {
        if (this.#lessons === undefined)
          return reply.code(404).send({ message: 'lessons need moments: start without --moments 0' });
        reply.hijack();
        await this.#lessons.serve(request.raw, reply.raw);
        return reply;
      });
    }
    app.get('/store/history', async (request, reply) => {
      const { key, revision = '0' } = request.query as Record<string, string | undefined>;
      if (!isShownKey(key) || !isNumber(revision)) {
        return reply
          .code(400)
          .send({ message: 'name a key below /registry/, and a revision if it is not the present one' });
      }
      return keyHistory(this.#deps.store.store, key, Number(revision));
    });
    app.get('/moments', async (request, reply) => {
      const { first, last } = request.query as Record<string, string | undefined>;
      if (!isNumber(first) || !isNumber(last)) {
        return reply.code(400).send({ message: 'name the numbers of the first and the last moment' });
      }
      return { moments: this.#feed.moments(Number(first), Number(last)) };
    });
    app.get('/moments/recent', async (request) => {
      const { wanted = '' } = request.query as Record<string, string | undefined>;
      return { written: recentWrites(this.#feed.newestFirst(), String(wanted), RECENT_MAX) };
    });
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'there is nothing here' }));
    app.setErrorHandler((error, _request, reply) => {
      this.#deps.logger.debug({ error: messageOf(error) }, 'a request of the page failed');
      return reply.code(503).send({ message: messageOf(error) });
    });
  }

  async #guard(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { pathname } = new URL(request.url, `http://${HOST}`);
    // On the raw answer, so that what is handed on to others carries them, too.
    for (const [name, value] of Object.entries(securityHeaders(this.#port))) reply.raw.setHeader(name, value);
    reply.header('cache-control', 'no-store');
    const open = pathname === '/' || pathname === '/favicon.svg' || pathname.startsWith('/assets/');
    const complaint = this.#complaint(request.raw, false, open);
    if (complaint !== undefined) await reply.code(403).send({ message: complaint });
    else if (!open && !this.#visitors.knows(this.#cookie(request.raw))) {
      await reply.code(401).send({ message: `open the address in ${this.#visitors.addressFile}` });
    }
  }

  #complaint({ method = 'GET', headers }: IncomingMessage, upgrade: boolean, navigation: boolean): string | undefined {
    const { host, origin, 'sec-fetch-site': site } = headers;
    const fetchSite = typeof site === 'string' ? site : undefined;
    return complaintOf({ method, host, origin, fetchSite, upgrade, navigation }, this.#port);
  }

  #cookie(request: IncomingMessage): string | undefined {
    return cookieOf(request.headers.cookie, this.#cookieName);
  }

  /** Cookies do not know ports, so each server's has a name of its own. */
  get #cookieName(): string {
    return `sampan-page-${this.#port}`;
  }

  /** The page is the same for everybody; what it may ask depends on the cookie that the token is exchanged for. */
  async #page(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.query as { token?: unknown };
    const cookie = typeof token === 'string' ? this.#visitors.admit(token) : undefined;
    if (cookie !== undefined) {
      reply.header('set-cookie', `${this.#cookieName}=${cookie}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000`);
    }
    return this.#file('/index.html', reply);
  }

  async #file(name: string, reply: FastifyReply): Promise<FastifyReply> {
    const file = await this.#files.get(name);
    if (file === undefined)
      return reply.code(404).send({ message: `${name} is not there: npm run build makes the page` });
    if (file.immutable) reply.header('cache-control', 'public, max-age=31536000, immutable');
    return reply.header('content-type', file.contentType).send(file.body);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refused =
      (request.url ?? '') !== '/live'
        ? '404 Not Found'
        : this.#complaint(request, true, false) !== undefined
          ? '403 Forbidden'
          : this.#visitors.knows(this.#cookie(request))
            ? undefined
            : '401 Unauthorized';
    if (refused !== undefined) {
      socket.end(`HTTP/1.1 ${refused}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    this.#lines.accept(request, socket, head);
  }

  #watches(): readonly WatchRow[] {
    return this.#deps.server.watches.list(WATCHES_SHOWN_MAX).map((watch) => ({
      id: watch.id,
      user: watch.user,
      agent: watch.userAgent,
      resource: watch.resource,
      prefix: watch.prefix,
      ...(watch.selector === '' ? {} : { selector: watch.selector }),
      fromRevision: watch.fromRevision,
      sinceMs: watch.openedAtMs,
    }));
  }
}

function isNumber(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,15}$/.test(text);
}
