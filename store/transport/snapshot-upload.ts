/**
 * One state from one member to another: a connection of its own, so that it does not hold up messages. The first frame
 * is the snapshot message, then come chunks, then an empty frame; the receiver answers `ok` once it is durable, or the
 * error's text. Neither side holds more than a few chunks, nor waits for one that has fallen silent.
 */
import { WebSocket } from 'ws';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { decodeMessage, encodeMessage } from '../raft/message-codec.ts';
import type { MemberId, Message } from '../raft/types.ts';
import { type Handshake, handshakeHeaders, SNAPSHOT_PATH } from './handshake.ts';
import { watchLiveness } from './liveness.ts';
import type { PeerClientTls } from './peer-tls.ts';

const OK = 'ok';
const CHUNKS_HELD_MAX = 16;
const HANDSHAKE_TIMEOUT_MS = 5000;

/**
 * Resolves when the peer has it durably; rejects when it refuses it, breaks off, or is not heard of any more.
 *
 * @param urls of the peer: the first that answers counts
 */
export async function uploadSnapshot(
  clock: Clock,
  urls: readonly string[],
  handshake: Handshake,
  tls: PeerClientTls,
  message: Message,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const socket = await firstOpen(urls, handshake, tls);
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => (String(data) === OK ? resolve() : reject(new Error(String(data)))));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection broke')));
  });
  answered.catch(() => {});
  try {
    watchLiveness(socket, clock);
    await sendFrame(socket, encodeMessage(message));
    for await (const chunk of chunks) if (chunk.length > 0) await sendFrame(socket, chunk);
    await sendFrame(socket, new Uint8Array(0));
    await answered;
  } finally {
    socket.terminate();
  }
}

/** Rejects with what was wrong with the last. */
async function firstOpen(urls: readonly string[], handshake: Handshake, tls: PeerClientTls): Promise<WebSocket> {
  let failure: unknown = new Error('the peer has no address');
  for (const url of urls) {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}${SNAPSHOT_PATH}`, {
      headers: handshakeHeaders(handshake),
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
      ...tls,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('open', resolve);
        // Stays: a socket that is given up may fail once more.
        socket.on('error', reject);
      });
      return socket;
    } catch (thrown) {
      failure = thrown;
      socket.terminate();
    }
  }
  throw failure;
}

/** Takes one state in, from a connection that was let in for it. */
export function acceptSnapshot(
  clock: Clock,
  socket: WebSocket,
  from: MemberId,
  onSnapshot: (message: Message, chunks: AsyncIterable<Uint8Array>) => Promise<void>,
): void {
  watchLiveness(socket, clock);
  const frames = framesOf(socket);
  const take = async (): Promise<void> => {
    const first = await frames.next();
    if (first.done) throw new Error('the connection broke');
    const message = decodeMessage(first.value);
    if (message.from !== from || message.type !== 'snapshot') throw new Error('this is not a snapshot of its sender');
    await onSnapshot(message, frames);
  };
  take().then(
    () => socket.send(OK, () => socket.close()),
    (error: unknown) => socket.send(messageOf(error), () => socket.terminate()),
  );
}

function sendFrame(socket: WebSocket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** The frames up to the empty one; throws when the connection breaks before it. */
async function* framesOf(socket: WebSocket): AsyncGenerator<Uint8Array> {
  const held: Buffer[] = [];
  let broken = false;
  let wake = (): void => {};
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) held.push(data);
    if (held.length >= CHUNKS_HELD_MAX) socket.pause();
    wake();
  });
  socket.on('close', () => {
    broken = true;
    wake();
  });
  socket.on('error', () => socket.terminate());
  for (;;) {
    const frame = held.shift();
    if (frame !== undefined) {
      if (held.length === 0) socket.resume();
      if (frame.length === 0) return;
      yield frame;
    } else if (broken) {
      throw new Error('the connection broke before the whole state was there');
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}
