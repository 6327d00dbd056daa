/**
 * Calls a KMS plugin: gRPC over a Unix socket, one connection that is made when it is needed and made again when it is
 * lost. A call waits for a plugin that is not there yet, up to the timeout of the configuration.
 */
import http2 from 'node:http2';
import net from 'node:net';
import type { Clock } from '../../../../base/clock.ts';
import {
  decodeDecrypted,
  decodeEncrypted,
  decodeStatus,
  encodeDecrypt,
  encodeEncrypt,
  type KmsStatus,
  type SealedSeed,
} from './kms-messages.ts';

export interface KmsClient {
  status(): Promise<KmsStatus>;
  encrypt(plaintext: Uint8Array, uid: string): Promise<SealedSeed>;
  decrypt(seed: SealedSeed, uid: string): Promise<Uint8Array>;
  close(): void;
}

const SERVICE = '/v2.KeyManagementService/';
const HEADER_BYTES = 5;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const RECONNECT_MS = 100;

/** gRPC's status codes, as Go prints them. */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

type Headers = http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;

function rpcError(code: number, words: string): Error {
  return new Error(`rpc error: code = ${codeNames[code] ?? `Code(${code})`} desc = ${words}`);
}

/** The path of the socket in `unix:///run/kms.sock`; one that begins with @ has no file (Linux: abstract). */
export function socketPath(endpoint: string): string {
  const path = decodeURIComponent(new URL(endpoint).pathname);
  return path.startsWith('/@') ? `\0${path.slice(2)}` : path;
}

export class UnixKmsClient implements KmsClient {
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  #session: http2.ClientHttp2Session | undefined;
  #closed = false;

  constructor(endpoint: string, timeoutMs: number, clock: Clock) {
    this.#path = socketPath(endpoint);
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  async status(): Promise<KmsStatus> {
    return decodeStatus(await this.#call('Status', new Uint8Array()));
  }

  async encrypt(plaintext: Uint8Array, uid: string): Promise<SealedSeed> {
    return decodeEncrypted(await this.#call('Encrypt', encodeEncrypt(plaintext, uid)));
  }

  async decrypt(seed: SealedSeed, uid: string): Promise<Uint8Array> {
    return decodeDecrypted(await this.#call('Decrypt', encodeDecrypt(seed, uid)));
  }

  close(): void {
    this.#closed = true;
    this.#session?.destroy();
    this.#session = undefined;
  }

  async #call(method: string, message: Uint8Array): Promise<Uint8Array> {
    const deadline = new AbortController();
    const timer = this.#clock.after(this.#timeoutMs, () => deadline.abort());
    try {
      const session = await this.#connected(deadline.signal);
      return await exchange(session, SERVICE + method, message, this.#timeoutMs, deadline.signal);
    } finally {
      timer.cancel();
    }
  }

  /** Tries until the deadline: the plugin may be starting. */
  async #connected(signal: AbortSignal): Promise<http2.ClientHttp2Session> {
    for (;;) {
      if (this.#closed) throw rpcError(1, 'the connection is closing');
      if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed) return this.#session;
      const outcome = await connect(this.#path, signal);
      if (typeof outcome !== 'string') {
        this.#session?.destroy();
        this.#session = outcome;
        // The plugin alone does not keep this process running.
        outcome.unref();
        continue;
      }
      if (!signal.aborted) await this.#clock.sleep(RECONNECT_MS, signal).catch(() => {});
      if (signal.aborted) throw rpcError(4, `context deadline exceeded while waiting for connections: ${outcome}`);
    }
  }
}

/** A session; or in words why there is none. */
function connect(path: string, signal: AbortSignal): Promise<http2.ClientHttp2Session | string> {
  return new Promise((resolve) => {
    const socket = net.connect({ path });
    const give = (outcome: http2.ClientHttp2Session | string): void => {
      signal.removeEventListener('abort', late);
      resolve(outcome);
    };
    const late = (): void => {
      socket.destroy();
      give('the plugin does not answer');
    };
    if (signal.aborted) return late();
    signal.addEventListener('abort', late, { once: true });
    socket.once('error', (error) => give(error.message));
    socket.once('connect', () => {
      const session = http2.connect('http://localhost', { createConnection: () => socket });
      // What happens to it later is seen by the calls on it.
      session.on('error', () => {});
      give(session);
    });
  });
}

function exchange(
  session: http2.ClientHttp2Session,
  path: string,
  message: Uint8Array,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-apiserver',
      'grpc-timeout': `${Math.ceil(timeoutMs)}m`,
    });
    const parts: Buffer[] = [];
    let bytes = 0;
    let outcome: Headers = {};
    const late = (): void => {
      reject(rpcError(4, 'context deadline exceeded'));
      stream.close(http2.constants.NGHTTP2_CANCEL);
    };
    if (signal.aborted) return late();
    signal.addEventListener('abort', late, { once: true });
    const take = (headers: Headers): void => {
      outcome = { ...outcome, ...headers };
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= ANSWER_BYTES_MAX) parts.push(part);
      else stream.close(http2.constants.NGHTTP2_CANCEL);
    });
    stream.on('error', (error) => reject(rpcError(14, error.message)));
    stream.on('close', () => {
      signal.removeEventListener('abort', late);
      try {
        resolve(answerOf(outcome, Buffer.concat(parts)));
      } catch (thrown) {
        reject(thrown);
      }
    });
    stream.end(framed(message));
  });
}

function framed(message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Throws the plugin's error, or says what is wrong with the answer. */
function answerOf(headers: Headers, body: Buffer): Uint8Array {
  const code = headers['grpc-status'];
  if (headers[':status'] !== 200 || typeof code !== 'string') {
    throw rpcError(14, `the connection was lost or is no gRPC (HTTP status ${headers[':status'] ?? 'missing'})`);
  }
  if (code !== '0') throw rpcError(Number(code), unescaped(String(headers['grpc-message'] ?? '')));
  const length = body.length < HEADER_BYTES ? -1 : body.readUInt32BE(1);
  if (body[0] !== 0 || length !== body.length - HEADER_BYTES) throw rpcError(13, 'the answer is no single message');
  return body.subarray(HEADER_BYTES);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
