/** Raw requests over HTTP and TLS: what came back, byte for byte. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  /** For TLS: the authority to trust, and who we are. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly agent?: http.Agent;
}

/** The response, its body still to be read. */
export function open(url: string, options: RequestOptions = {}): Promise<http.IncomingMessage> {
  const { body, headers = {}, agent = false, ...rest } = options;
  const length: Record<string, number> = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const all = { ...rest, agent, headers: { 'content-type': 'application/json', ...length, ...headers } };
    const request = secure ? https.request(url, all as https.RequestOptions, resolve) : http.request(url, all, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

export async function call(url: string, options: RequestOptions = {}): Promise<HttpAnswer> {
  const response = await open(url, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

/** What a server answers to these bytes until it closes the connection. */
export function converse(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
    );
  });
}
