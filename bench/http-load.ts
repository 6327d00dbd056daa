/**
 * A small load generator: N keep-alive TLS connections, each with one request under way, as wrk does it. It writes and
 * reads HTTP/1.1 on the socket directly, so that the client costs little beside the server.
 * It only ever speaks to loopback.
 */
import net from 'node:net';
import tls from 'node:tls';

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, one a request. */
  readonly latencies: readonly number[];
  /** Answers that were not the expected status, by status. */
  readonly unexpected: ReadonlyMap<number, number>;
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly expect: number;
  readonly tls: boolean;
  /** The whole request, head and body, for the n-th call. */
  request(n: number): string;
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const latencies: number[] = [];
  const unexpected = new Map<number, number>();
  let n = 0;
  const startedAt = performance.now();
  const endAt = startedAt + options.seconds * 1000;
  const connection = async (): Promise<void> => {
    const socket = await connect(options);
    const read = reader(socket);
    do {
      const before = performance.now();
      socket.write(options.request(n++));
      const status = await read();
      latencies.push(performance.now() - before);
      if (status !== options.expect) unexpected.set(status, (unexpected.get(status) ?? 0) + 1);
    } while (performance.now() < endAt);
    socket.destroy();
  };
  await Promise.all(Array.from({ length: options.connections }, connection));
  return { requests: latencies.length, seconds: (performance.now() - startedAt) / 1000, latencies, unexpected };
}

function connect({ port, tls: secure }: LoadOptions): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket: net.Socket = secure
      ? tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => resolve(socket))
      : net.connect({ host: '127.0.0.1', port }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/** Gives a function that resolves with the status of the next answer, once the whole of it has arrived. */
function reader(socket: net.Socket): () => Promise<number> {
  let buffer = '';
  let waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  const take = (): void => {
    const headEnd = buffer.indexOf('\r\n\r\n');
    if (headEnd < 0 || waiting === undefined) return;
    const head = buffer.slice(0, headEnd);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    let end = headEnd + 4 + Number(length ?? 0);
    if (length === undefined && /transfer-encoding: chunked/i.test(head)) {
      const last = buffer.indexOf('\r\n0\r\n\r\n', headEnd);
      if (last < 0) return;
      end = last + 7;
    }
    if (buffer.length < end) return;
    const status = Number(head.slice(9, 12));
    buffer = buffer.slice(end);
    const { resolve } = waiting;
    waiting = undefined;
    resolve(status);
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    buffer += chunk;
    take();
  });
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  return () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      take();
    });
}
