/**
 * gRPC's messages out of a stream's data: a flag byte (1: compressed), four bytes of length, the message. A message is
 * copied once, so that what is kept of it keeps no network buffer alive.
 */
import { gunzipSync } from 'node:zlib';
import { codeOf, messageOf } from '../../../base/errors.ts';
import { grpcCode } from '../../errors.ts';
import { GrpcError } from './status.ts';

const PREFIX_BYTES = 5;
const COMPRESSED = 1;

export class MessageReader {
  readonly #messageBytesMax: number;
  readonly #onMessage: (message: Buffer) => void;
  readonly #encoding: string | undefined;
  /** The beginning of a message whose rest has not come, in pieces. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** Bytes of the message with its prefix; 0 while the prefix is not complete. */
  #wantedBytes = 0;

  /** @param encoding of those messages that say that they are compressed: `gzip`, or none is */
  constructor(messageBytesMax: number, onMessage: (message: Buffer) => void, encoding?: string) {
    this.#messageBytesMax = messageBytesMax;
    this.#onMessage = onMessage;
    this.#encoding = encoding;
  }

  /** A message has begun and is not complete. */
  get midMessage(): boolean {
    return this.#partBytes > 0;
  }

  /** Throws `GrpcError` when a message is too large, or compressed in a way that is not known. */
  push(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#partBytes === 0 && rest.length >= PREFIX_BYTES) {
        const end = this.#frameBytes(rest);
        if (rest.length >= end) {
          this.#emit(rest[0], Buffer.from(rest.subarray(PREFIX_BYTES, end)));
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
        this.#emit(joined[0], joined.subarray(PREFIX_BYTES));
      }
    }
    return bytes.subarray(taken);
  }

  #emit(flag: number | undefined, message: Buffer): void {
    this.#onMessage(flag === COMPRESSED ? this.#unzip(message) : message);
  }

  /** Whatever it claims to hold, no more is made of it than a message may have. */
  #unzip(message: Buffer): Buffer {
    try {
      return gunzipSync(message, { maxOutputLength: this.#messageBytesMax });
    } catch (thrown) {
      if (codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE') {
        throw new GrpcError(
          grpcCode.resourceExhausted,
          `grpc: received message after decompression larger than max ${this.#messageBytesMax}`,
        );
      }
      throw new GrpcError(grpcCode.internal, `grpc: failed to decompress the received message: ${messageOf(thrown)}`);
    }
  }

  #frameBytes(prefix: Buffer): number {
    const [flag = 0] = prefix;
    if (flag > COMPRESSED) {
      throw new GrpcError(grpcCode.internal, `grpc: received unexpected payload format ${flag}`);
    }
    if (flag === COMPRESSED && this.#encoding !== 'gzip') {
      throw new GrpcError(grpcCode.internal, 'grpc: compressed flag set with identity or empty encoding');
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
