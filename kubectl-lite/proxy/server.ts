/**
 * Passes requests that come without credentials on to the API server, with those of the kubeconfig. Whoever reaches the
 * port acts as that user: so it listens on loopback unless told otherwise, and answers only to names that mean loopback,
 * which a page in a browser cannot give itself. Connections that would change their protocol are not passed on.
 */
import http from 'node:http';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../base/errors.ts';
import type { Rest } from '../rest.ts';
import type { Asked } from './filter.ts';

export interface ProxyOptions {
  readonly filter: ((asked: Asked) => boolean) | undefined;
  /** Both begin and end with a slash. */
  readonly apiPrefix: string;
  readonly staticPrefix: string;
  /** Answers for files; without it there are none. */
  readonly serveFile: ((file: string, response: http.ServerResponse) => void) | undefined;
  readonly appendServerPath: boolean;
}

/** Of one connection only; the other end has its own (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(
  'connection keep-alive proxy-connection te trailer transfer-encoding upgrade proxy-authorization'.split(' '),
);

export function proxyServer(rest: Rest, options: ProxyOptions): http.Server {
  const agent = new ServerAgent(rest);
  return http.createServer((request, response) => {
    const [rawPath = '', ...query] = (request.url ?? '/').split('?');
    const asked = decoded(rawPath);
    if (asked === undefined) return plain(response, 400, 'Bad Request');
    const cleaned = cleanedPath(asked);
    if (cleaned !== asked) return moved(response, encodeURI(cleaned), query);
    const { apiPrefix, staticPrefix, serveFile } = options;
    if (serveFile !== undefined && asked.startsWith(staticPrefix) && staticPrefix.length >= apiPrefix.length)
      return serveFile(asked.slice(staticPrefix.length - 1), response);
    if (`${asked}/` === apiPrefix) return moved(response, apiPrefix, query);
    if (!asked.startsWith(apiPrefix)) return plain(response, 404, '404 page not found');
    // A prefix that is not of the API itself is taken off.
    const cut = apiPrefix.startsWith('/api') ? 0 : apiPrefix.length - 1;
    const accepted = options.filter?.({
      method: request.method ?? 'GET',
      path: asked.slice(cut),
      host: request.headers.host ?? '',
    });
    if (accepted === false) return plain(response, 403, 'Forbidden');
    const target = [encodedSuffix(rawPath, asked, cut), ...query].join('?');
    passOn(rest, agent, options, target, request, response);
  });
}

/** Keeps connections to the API server, each known to be to it. */
class ServerAgent extends http.Agent {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    super({ keepAlive: true });
    this.#rest = rest;
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    done?: (error: Error | null, stream: Duplex) => void,
  ): null {
    this.#rest.connect().then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, undefined as never),
    );
    return null;
  }
}

function decoded(rawPath: string): string | undefined {
  if (!rawPath.startsWith('/')) return undefined;
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return undefined;
  }
}

/** The path as it came, without the prefix; where the prefix was escaped, escaped anew. */
function encodedSuffix(rawPath: string, asked: string, cut: number): string {
  return rawPath.slice(0, cut) === asked.slice(0, cut) ? rawPath.slice(cut) : encodeURI(asked.slice(cut));
}

/** Without `//`, `.` and `..`. */
function cleanedPath(asked: string): string {
  const cleaned = path.posix.normalize(asked);
  return cleaned === '' ? '/' : cleaned;
}

function passOn(
  rest: Rest,
  agent: http.Agent,
  { appendServerPath }: ProxyOptions,
  target: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  const server = new URL(rest.connection.server);
  const upstream = http.request({
    method: request.method,
    path: appendServerPath ? `${server.pathname.replace(/\/$/, '')}${target}` : target,
    // Who brings credentials of its own is left to them, as by kubectl.
    headers: { ...rest.credentials(), ...endToEnd(request.headers), host: server.host },
    agent,
  });
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    response.flushHeaders();
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else plain(response, 500, messageOf(error));
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

function endToEnd(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(/ *, */);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name)));
}

function moved(response: http.ServerResponse, location: string, query: readonly string[]): void {
  response.setHeader('location', [location, ...query].join('?'));
  plain(response, 301, 'Moved Permanently');
}

export function plain(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.end(`${text}\n`);
}
