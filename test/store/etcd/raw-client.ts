/** gRPC calls with any bytes at all, over Node's own HTTP/2: for what a well-behaved client would not send. */
import http2 from 'node:http2';
import { type Codec, decode, encode } from '../../../store/etcd/proto/wire.ts';

export interface RawAnswer {
  readonly status: number;
  readonly message: string;
  readonly messages: Buffer[];
}

export function frame(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

export class RawClient {
  readonly session: http2.ClientHttp2Session;

  constructor(url: string) {
    this.session = http2.connect(url);
    this.session.setMaxListeners(0);
    this.session.on('error', () => {});
  }

  open(path: string, headers: Record<string, string> = {}): http2.ClientHttp2Stream {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.on('error', () => {});
    return stream;
  }

  /** Sends the bytes as the body and collects what is answered. */
  call(path: string, body: Buffer, headers: Record<string, string> = {}): Promise<RawAnswer> {
    const stream = this.open(path, headers);
    stream.end(body);
    return answerOf(stream);
  }

  async unary<Request, Response>(
    method: { readonly path: string; readonly request: Codec<Request>; readonly response: Codec<Response> },
    request: Request,
  ): Promise<{ readonly response: Response } | { readonly code: number; readonly message: string }> {
    const { status, message, messages } = await this.call(method.path, frame(encode(method.request, request)));
    const [first] = messages;
    if (status !== 0 || first === undefined) return { code: status, message };
    return { response: decode(method.response, first) };
  }

  close(): void {
    this.session.destroy();
  }
}

export function answerOf(stream: http2.ClientHttp2Stream): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status: string | undefined;
    let message = '';
    const read = (headers: http2.IncomingHttpHeaders): void => {
      status = headers['grpc-status']?.toString() ?? status;
      message = decodeURIComponent(headers['grpc-message']?.toString() ?? message);
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('close', () => {
      if (status === undefined) reject(new Error(`no status; HTTP/2 code ${stream.rstCode}`));
      else resolve({ status: Number(status), message, messages: split(Buffer.concat(chunks)) });
    });
  });
}

function split(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
}
