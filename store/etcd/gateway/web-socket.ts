/**
 * The JSON gateway over a WebSocket, for browsers, which cannot send requests and take answers at once: what a client
 * sends is the body of a POST, a line each, and each line of the answer is a message
 * (github.com/tmc/grpc-websocket-proxy, which etcd wraps its gateway with). The connection ends with the answer, without
 * a word, as there.
 */
import type http from 'node:http';
import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PlainRequest, PlainResponse } from '../listener.ts';

/** Of one message. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** What goes on to the gateway of a handshake's headers. */
const FORWARDED = ['origin', 'referer'];

export interface Handshake {
  readonly request: http.IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

type Answer = (request: PlainRequest) => Promise<PlainResponse>;

export class GatewayWebSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MESSAGE_BYTES_MAX,
    handleProtocols: (protocols) => (protocols.has('Bearer') ? 'Bearer' : false),
  });
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** @param plain the handshake as a request; its body is not read */
  take({ request, socket, head }: Handshake, plain: Omit<PlainRequest, 'body' | 'signal'>): void {
    this.#server.handleUpgrade(request, socket, head, (connection) => {
      const body = bodyOf(connection);
      const gone = new AbortController();
      connection.on('error', () => {});
      connection.once('close', () => {
        gone.abort();
        body.end();
      });
      const asked = { ...plain, method: 'POST', headers: headersOf(plain.headers), body, signal: gone.signal };
      this.#answer(asked)
        .then((response) => sendLines(connection, response.body))
        .then(
          () => socket.end(),
          () => connection.terminate(),
        );
    });
  }
}

/** What a client sends as it comes: held up while it is not read. */
function bodyOf(connection: WebSocket): PassThrough {
  const body = new PassThrough();
  connection.on('message', (data: Buffer) => {
    if (body.writableEnded) return;
    body.write(data);
    if (!body.write('\n')) connection.pause();
  });
  body.on('drain', () => connection.resume());
  body.on('error', () => {});
  return body;
}

/** Browsers cannot send headers of their own: a token comes as a sub-protocol, or as a cookie. */
function headersOf(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of FORWARDED) if (given[name] !== undefined) headers[name] = given[name];
  const protocol = given['sec-websocket-protocol'] ?? '';
  const [, bearer] = /Bearer,(.*)/s.exec(protocol) ?? [];
  if (bearer !== undefined) headers.authorization = `Bearer ${bearer.trim()}`;
  const [, cookie] = /(?:^|;\s*)token=([^;]*)/.exec(given.cookie ?? '') ?? [];
  if (cookie !== undefined) headers.authorization = `Bearer ${cookie}`;
  return headers;
}

async function sendLines(connection: WebSocket, body: string | Readable): Promise<void> {
  const send = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      connection.send(line, (error) => (error ? reject(error) : resolve()));
    });
  let rest = '';
  for await (const chunk of typeof body === 'string' ? [body] : body) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') await send(line);
  }
  if (rest !== '') await send(rest);
}
