/** Sends requests of the fuzz test over HTTP as a careless client would: half of a body, or gone before the answer. */
import http from 'node:http';

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** The client goes away in the middle of its body. */
  readonly cutShort: boolean;
}

export interface Received {
  /** 0: there was no answer, since the client went away. */
  readonly code: number;
  readonly text: string;
}

const ANSWERED_WITHIN_MS = 10_000;
/** A watch has no end; this long it is listened to. */
const WATCHED_MS = 30;

export class FuzzClient {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** @throws Error when no answer comes in time, or the connection breaks */
  send(sent: Sent): Promise<Received> {
    const { method, headers, body, cutShort } = sent;
    const { port } = new URL(this.#origin);
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1',
        port,
        path: sendable(sent.url),
        method,
        agent: this.#agent,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) },
      });
      const late = setTimeout(() => request.destroy(new Error('no answer in time')), ANSWERED_WITHIN_MS);
      request.on('close', () => clearTimeout(late));
      request.on('error', (error) => {
        if (cutShort) resolve({ code: 0, text: '' });
        // The server may end an idle connection in the moment in which it is used again.
        else if (request.reusedSocket && 'code' in error && error.code === 'ECONNRESET') resolve(this.send(sent));
        else reject(error);
      });
      request.on('response', (response) => {
        const code = response.statusCode ?? 0;
        const chunks: Buffer[] = [];
        const text = (): string => Buffer.concat(chunks).toString('utf8');
        const endless = isWatch(sent.url) && code === 200;
        if (endless) {
          setTimeout(() => {
            resolve({ code, text: text() });
            request.destroy();
          }, WATCHED_MS);
        }
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ code, text: text() }));
        response.on('error', (error) => (endless ? resolve({ code, text: text() }) : reject(error)));
      });
      if (cutShort && body !== undefined) {
        request.write(body.subarray(0, body.length >> 1), () => request.destroy(new Error('the client went away')));
      } else request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function isWatch(url: string): boolean {
  return /[?&;]watch/.test(url) || url.includes('/watch/') || url.includes('/log');
}

/** What HTTP lets stand in a request line; the rest as percents, byte by byte. */
function sendable(url: string): string {
  const path = url.replace(/[^\x21-\x7e]+/g, (text) =>
    [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return path.startsWith('/') ? path : `/${path}`;
}
