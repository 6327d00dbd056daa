/** HTTPS requests exactly as they are written: no path is tidied up, no header left out. */
import https from 'node:https';
import tls from 'node:tls';

export interface Credentials {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Answered {
  /** 0: the connection was closed without an answer. */
  readonly code: number;
  readonly text: string;
  readonly headers: string;
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

/** @param everything takes what is answered, for who looks through it afterwards */
export function rawClient(port: number, everything: (text: string) => void) {
  return (credentials: Credentials, { method = 'GET', path, headers = [], body = '' }: Sent): Promise<Answered> =>
    new Promise((resolve) => {
      const { token, cert, key } = credentials;
      const socket = tls.connect({
        host: '127.0.0.1',
        port,
        rejectUnauthorized: false,
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      });
      const payload = Buffer.from(body);
      const lines = [
        `${method} ${path} HTTP/1.1`,
        'host: 127.0.0.1',
        ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
        ...(payload.length === 0 ? [] : [`content-length: ${payload.length}`]),
        ...headers,
      ];
      const pieces: Buffer[] = [];
      const finish = (): void => {
        const text = Buffer.concat(pieces).toString('latin1');
        everything(text);
        const end = text.indexOf('\r\n\r\n');
        const code = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
        resolve({ code, headers: text.slice(0, Math.max(0, end)), text: text.slice(end + 4) });
      };
      socket.on('data', (piece: Buffer) => {
        pieces.push(piece);
        // A server that refuses a body may answer before it has it all; who hangs up then loses the answer.
        if (isWhole(Buffer.concat(pieces).toString('latin1'))) socket.destroy();
      });
      socket.on('close', finish);
      socket.on('error', () => {});
      socket.setTimeout(30_000, () => socket.destroy());
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      socket.write(payload);
    });
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length);
}

/** A connection that says something and then nothing more. */
export function dawdle(port: number, words: string): { readonly closed: Promise<void>; end(): void } {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  socket.on('error', () => {});
  socket.write(words);
  return {
    closed: new Promise((resolve) => {
      socket.on('close', () => resolve());
    }),
    end: () => socket.destroy(),
  };
}

export function agentOf(cert: string, key: string): https.Agent {
  return new https.Agent({ cert, key, rejectUnauthorized: false, keepAlive: true });
}
