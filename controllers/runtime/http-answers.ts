/** Reads HTTP answers: whole bodies, failures, and watches line by line, each within a bound. */
import type { IncomingMessage } from 'node:http';
import { ApiError } from './client.ts';

const ERROR_BYTES_MAX = 1024 * 1024;

/** The whole body as text. Rejects when it is longer than `bytesMax` or cut off. */
export async function bodyOf(answer: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      answer.destroy();
      throw new Error(`the answer is longer than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The failure that an answer says, whether or not its body is a Status. */
export async function errorOf(answer: IncomingMessage): Promise<ApiError> {
  const code = answer.statusCode ?? 500;
  const text = await bodyOf(answer, ERROR_BYTES_MAX);
  try {
    const status = JSON.parse(text) as { kind?: string; reason?: string; message?: string; details?: unknown };
    if (status.kind === 'Status') {
      return new ApiError(code, status.reason ?? '', status.message ?? text, status.details);
    }
  } catch {
    // Not JSON: a proxy's page, or a server that is not ours.
  }
  const words = text.trim().slice(0, 200);
  return new ApiError(code, '', `the server answered ${code}${words === '' ? '' : `: ${words}`}`);
}

/** The lines of a body as they come. A line longer than `bytesMax` ends it with an error. */
export async function* linesOf(answer: IncomingMessage, bytesMax: number): AsyncGenerator<string> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      waiting.push(chunk.subarray(start, end));
      const line = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
      waiting = [];
      waitingBytes = 0;
      start = end + 1;
      if (line !== undefined && line.length > 0) yield line.toString('utf8');
    }
    if (start < chunk.length) {
      waiting.push(chunk.subarray(start));
      waitingBytes += chunk.length - start;
      if (waitingBytes > bytesMax) throw new Error(`a watch event is longer than ${bytesMax} bytes`);
    }
  }
}
