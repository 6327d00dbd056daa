/**
 * Questions between members, over the transport's calls: a number says what is asked, the rest is up to who asks and who
 * answers. A `StoreError` of the answering side arrives as the same one.
 */
import { BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import { messageOf } from '../../base/errors.ts';
import { reasonOfMessage, StoreError } from '../errors.ts';

/** Numbers on the wire: append only. */
export const callNumbers = { leaseKeepAlive: 1, leaseTimeToLive: 2, promoteMember: 3 } as const;

export type CallName = keyof typeof callNumbers;

/** Reads the question, writes the answer. */
export type CallHandler = (question: BinaryReader, answer: BinaryWriter) => Promise<void>;

const ANSWER_ERROR = 0;
const ANSWER_RESULT = 1;

export class PeerCalls {
  readonly #call: (to: bigint, request: Uint8Array) => Promise<Uint8Array>;
  readonly #handlers = new Map<number, CallHandler>();

  constructor(call: (to: bigint, request: Uint8Array) => Promise<Uint8Array>) {
    this.#call = call;
  }

  handle(name: CallName, handler: CallHandler): void {
    this.#handlers.set(callNumbers[name], handler);
  }

  /** Rejects with `timeoutConnectionLost` when the peer cannot be asked, else with what it answered. */
  async ask(to: bigint, name: CallName, write: (question: BinaryWriter) => void): Promise<BinaryReader> {
    const writer = new BinaryWriter();
    writer.u8(callNumbers[name]);
    write(writer);
    let answer: Uint8Array;
    try {
      answer = await this.#call(to, writer.copy());
    } catch (cause) {
      throw new StoreError('timeoutConnectionLost', { cause });
    }
    const reader = new BinaryReader(answer);
    if (reader.u8() === ANSWER_RESULT) return reader;
    const message = reader.text();
    throw new StoreError(reasonOfMessage(message) ?? 'timeoutConnectionLost', { cause: new Error(message) });
  }

  /** Answers a peer; never rejects. */
  async answer(request: Uint8Array): Promise<Uint8Array> {
    const writer = new BinaryWriter();
    try {
      const reader = new BinaryReader(request);
      const handler = this.#handlers.get(reader.u8());
      if (handler === undefined) throw new StoreError('notCapable');
      writer.u8(ANSWER_RESULT);
      await handler(reader, writer);
    } catch (error) {
      writer.reset();
      writer.u8(ANSWER_ERROR);
      writer.text(messageOf(error));
    }
    return writer.copy();
  }
}
