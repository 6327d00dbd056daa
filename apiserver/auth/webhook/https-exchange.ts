/**
 * One exchange with another server over HTTPS: what webhooks and OpenID providers are asked with. Bounded in time and in
 * size, since whoever answers is not ours.
 */
import http from 'node:http';
import https from 'node:https';

/** More than any key set or review needs. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const REDIRECTS_MAX = 10;

export interface TlsParts {
  /** PEM; absent: the authorities that this machine trusts. */
  readonly authorities?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Whose certificate is expected, when that is not the host of the address. */
  readonly serverName?: string;
  /** Take every certificate. */
  readonly insecure?: boolean;
}

export interface HttpsRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls?: TlsParts;
  readonly signal: AbortSignal;
  /** Reuses connections. */
  readonly agent?: https.Agent;
}

export interface HttpsAnswer {
  readonly code: number;
  readonly headers: Readonly<http.IncomingHttpHeaders>;
  readonly text: string;
}

export function tlsAgent(tls: TlsParts): https.Agent {
  return new https.Agent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    ...(tls.authorities === undefined ? {} : { ca: tls.authorities }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: tls.insecure !== true,
  });
}

/** Rejects when there is no whole answer. Redirects of a GET are followed, to HTTPS alone. */
export async function exchange(request: HttpsRequest): Promise<HttpsAnswer> {
  let { url } = request;
  for (let hops = 0; ; hops++) {
    const answer = await once({ ...request, url });
    const { location } = answer.headers;
    const moved = request.method === 'GET' && answer.code >= 300 && answer.code < 400 && location !== undefined;
    if (!moved) return answer;
    if (hops === REDIRECTS_MAX) throw new Error(`stopped after ${REDIRECTS_MAX} redirects`);
    const next = new URL(location, url);
    if (next.protocol !== 'https:') throw new Error(`redirected to ${next.protocol}`);
    url = next.href;
  }
}

function once({ url, method, headers = {}, body, signal, agent }: HttpsRequest): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
      signal,
    };
    const receive = (response: http.IncomingMessage): void => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > ANSWER_BYTES_MAX) response.destroy(new Error(`the answer exceeds ${ANSWER_BYTES_MAX} bytes`));
        else pieces.push(piece);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          code: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    };
    const sent =
      new URL(url).protocol === 'http:'
        ? http.request(url, options, receive)
        : https.request(url, { ...options, ...(agent === undefined ? {} : { agent }) }, receive);
    sent.on('error', reject);
    sent.end(body);
  });
}
