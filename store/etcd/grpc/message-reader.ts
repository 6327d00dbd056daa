/**
 * gRPC's messages out of a stream's data: a flag byte, four bytes of length, the message. A message is copied once, so
 * that what is kept of it keeps no network buffer alive.
 */
import { grpcCode } from '../../errors.ts';
import { GrpcError } from './status.ts';

const PREFIX_BYTES = 5;

export class MessageReader {
  readonly #messageBytesMax: number;
  readonly #onMessage: (message: Buffer) => void;
  /** The beginning of a message whose rest has not come, in pieces. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** Bytes of the message with its prefix; 0 while the prefix is not complete. */
  #wantedBytes = 0;

  constructor(messageBytesMax: number, onMessage: (message: Buffer) => void) {
    this.#messageBytesMax = messageBytesMax;
    this.#onMessage = onMessage;
  }

  /** A message has begun and is not complete. */
  get midMessage(): boolean {
    return this.#partBytes > 0;
  }

  /** Throws `GrpcError` when a message is too large or compressed. */
  push(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#partBytes === 0 && rest.length >= PREFIX_BYTES) {
        const end = this.#frameBytes(rest);
        if (rest.length >= end) {
          this.#onMessage(Buffer.from(rest.subarray(PREFIX_BYTES, end)));
          rest = rest.subarray(end);
          continue;
        }
        this.#wantedBytes = end;
      }
      rest = this.#collect(rest);
    }
  }

  /** Adds to the pieces what belongs to the message that has begun; returns what is left. */
  #collect(bytes: Buffer): Buffer {
    const wanted = this.#wantedBytes === 0 ? PREFIX_BYTES : this.#wantedBytes;
    const taken = Math.min(wanted - this.#partBytes, bytes.length);
    this.#parts.push(bytes.subarray(0, taken));
    this.#partBytes += taken;
    if (this.#partBytes === wanted) {
      const joined = Buffer.concat(this.#parts, wanted);
      if (this.#wantedBytes === 0) {
        this.#wantedBytes = this.#frameBytes(joined);
        this.#parts = [joined];
      }
      if (this.#wantedBytes === this.#partBytes) {
        this.#parts = [];
        this.#partBytes = 0;
        this.#wantedBytes = 0;
        this.#onMessage(joined.subarray(PREFIX_BYTES));
      }
    }
    return bytes.subarray(taken);
  }

  #frameBytes(prefix: Buffer): number {
    if (prefix[0] !== 0) {
      throw new GrpcError(grpcCode.unimplemented, 'grpc: Decompressor is not installed for grpc-encoding ""');
    }
    const length = prefix.readUInt32BE(1);
    if (length > this.#messageBytesMax) {
      throw new GrpcError(
        grpcCode.resourceExhausted,
        `grpc: received message larger than max (${length} vs. ${this.#messageBytesMax})`,
      );
    }
    return PREFIX_BYTES + length;
  }
}
