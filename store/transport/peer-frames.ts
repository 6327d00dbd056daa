/**
 * What travels in a WebSocket's binary frames between members: a byte for the kind, and its fields.
 *
 * messages: each with its length;   call: number, request;   answer: number, failed or not, bytes or the error's text
 */
import { BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import { decodeMessage, encodeMessage } from '../raft/message-codec.ts';
import type { Message } from '../raft/types.ts';

export type PeerFrame =
  | { readonly type: 'messages'; readonly messages: readonly Message[] }
  | { readonly type: 'call'; readonly number: number; readonly request: Uint8Array }
  | { readonly type: 'answer'; readonly number: number; readonly answer: Uint8Array }
  | { readonly type: 'failure'; readonly number: number; readonly message: string };

const MESSAGES = 1;
const CALL = 2;
const ANSWER = 3;
const FAILURE = 4;

export function encodeFrame(frame: PeerFrame): Uint8Array {
  const writer = new BinaryWriter(512);
  switch (frame.type) {
    case 'messages':
      writer.u8(MESSAGES);
      for (const message of frame.messages) writer.bytes(encodeMessage(message));
      break;
    case 'call':
      writer.u8(CALL);
      writer.varint(frame.number);
      writer.bytes(frame.request);
      break;
    case 'answer':
      writer.u8(ANSWER);
      writer.varint(frame.number);
      writer.bytes(frame.answer);
      break;
    case 'failure':
      writer.u8(FAILURE);
      writer.varint(frame.number);
      writer.text(frame.message);
      break;
  }
  return writer.view();
}

/** Throws on anything that `encodeFrame` does not write. */
export function decodeFrame(bytes: Uint8Array): PeerFrame {
  const reader = new BinaryReader(bytes);
  const kind = reader.u8();
  if (kind === MESSAGES) {
    const messages: Message[] = [];
    while (reader.remaining > 0) messages.push(decodeMessage(reader.bytes()));
    return { type: 'messages', messages };
  }
  const number = reader.varint();
  if (kind === CALL) return { type: 'call', number, request: reader.bytes() };
  if (kind === ANSWER) return { type: 'answer', number, answer: reader.bytes() };
  if (kind === FAILURE) return { type: 'failure', number, message: reader.text() };
  throw new Error(`frame kind ${kind} is unknown`);
}
