/** HTTP requests as the API server wants them: headers flat, the body whole and bounded, the client's certificate judged. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { limits } from '../../base/limits.ts';
import type { Credentials, PresentedCertificate } from '../machinery/api-server.ts';
import { requestEntityTooLarge } from '../machinery/status.ts';

/** Judges the certificates that a client sent, leaf first, in DER (`auth/client-certificates.ts`). */
export interface CertificateJudge {
  /** Those whose certificates count: clients are told in the handshake, to know which of theirs to send. */
  readonly authorityPems: readonly string[];
  present(chain: readonly Uint8Array[]): PresentedCertificate | undefined;
  /** As long as it is the same, so are the answers. */
  readonly generation: number;
}

/** What is meant as one list however often it is sent. */
const LISTS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'sec-websocket-protocol', 'cookie']);

/** A text for each name: of what was sent several times the first, where Node gives all of them joined or as a list. */
export function flatHeaders(request: IncomingMessage): Record<string, string | undefined> {
  const flat = request.headers as Record<string, string | string[] | undefined>;
  for (const name in flat) {
    const value = flat[name];
    if (value === undefined || (typeof value === 'string' && !value.includes(', ')) || LISTS.has(name)) continue;
    flat[name] = valuesOf(request, name)[0];
  }
  return flat as Record<string, string | undefined>;
}

/** All that was sent under a name (in lower case), one by one. */
export function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}

interface Certificate {
  readonly raw?: Uint8Array;
  readonly issuerCertificate?: Certificate;
}

const CHAIN_MAX = 6;

interface Known {
  readonly credentials: Credentials;
  readonly generation: number;
}

/** Judged once for each connection, and again when the judge may have changed its mind. */
export class CallerOfSocket {
  readonly #judge: CertificateJudge | undefined;
  readonly #known = new WeakMap<object, Known>();

  constructor(judge: CertificateJudge | undefined) {
    this.#judge = judge;
  }

  credentials(request: IncomingMessage): Credentials {
    const { socket } = request;
    const generation = this.#judge?.generation ?? 0;
    let known = this.#known.get(socket);
    if (known === undefined || known.generation !== generation) {
      const certificate = this.#certificateOf(socket);
      const credentials: Credentials = {
        type: 'network',
        remoteAddress: socket.remoteAddress ?? '',
        ...(certificate === undefined ? {} : { certificate }),
      };
      known = { credentials, generation };
      this.#known.set(socket, known);
    }
    return known.credentials;
  }

  #certificateOf(socket: object): PresentedCertificate | undefined {
    if (this.#judge === undefined || !(socket instanceof TLSSocket)) return undefined;
    const chain: Uint8Array[] = [];
    let certificate: Certificate | undefined = socket.getPeerCertificate(true);
    while (certificate?.raw !== undefined && chain.length < CHAIN_MAX) {
      chain.push(certificate.raw);
      if (certificate.issuerCertificate === certificate) break;
      certificate = certificate.issuerCertificate;
    }
    return chain.length === 0 ? undefined : this.#judge.present(chain);
  }
}

/** The whole body; undefined when there is none. @throws StatusError 413 */
export function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> | undefined {
  const { headers } = request;
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) return undefined;
  const max = limits.requestBodyBytesMax;
  return new Promise((resolve, reject) => {
    const tooLarge = (): void => {
      request.removeAllListeners('data');
      request.resume();
      reject(requestEntityTooLarge(`limit is ${max}`));
    };
    if (length !== undefined && Number(length) > max) {
      tooLarge();
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > max) tooLarge();
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the client went away')));
  });
}
