/**
 * How a segment of the log lies on disk. A segment file is a header, then frames, then zeros (the preallocated rest):
 *
 *     byte 0   header, 64 bytes: "SAMPWAL\0", version u32, CRC-32C u32 of all the rest,
 *              cluster id u64, member id u64, segment number u64, first frame's sequence u64, next entry's index u64,
 *              salt u32, zeros
 *     byte 64  frame: magic u32, payload length u32, CRC-32C u32, zero u32, sequence u64, durable sequence u64,
 *              payload, zeros up to a multiple of 8
 *              frame ...
 *
 * A frame is what one group commit wrote: it is there whole or not at all, its CRC-32C covers everything behind the
 * CRC's own four bytes. Invariants that recovery rests on:
 *
 * - sequences count up by one, through all segments;
 * - `durable sequence` is the last frame known durable when this one was written. A damaged frame N is therefore a torn
 *   tail only if no frame with a durable sequence of N or more lies behind it; else N was durable, and is now corrupt;
 * - the CRC starts from the segment's salt, so that a copy of some other log inside a value is not taken for a frame.
 *
 * All integers are little-endian.
 */
import { crc32c } from '@node-rs/crc32';
import { BinaryWriter } from '../../base/binary-writer.ts';

export const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 64;
export const FRAME_HEADER_BYTES = 32;
export const FRAME_ALIGNMENT = 8;

const HEADER_MAGIC = Buffer.from('SAMPWAL\0', 'latin1');
/** "SMPF" */
const FRAME_MAGIC = 0x46504d53;
const TWO_32 = 4294967296;

export interface SegmentHeader {
  readonly version: number;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** 1 for the first segment, one more with each. */
  readonly number: number;
  /** The sequence of its first frame: every frame of the segments before has a lower one. */
  readonly firstSequence: number;
  /** One more than the last entry that the segments before may hold. */
  readonly nextIndex: number;
  readonly salt: number;
}

export function encodeSegmentHeader(header: Omit<SegmentHeader, 'salt'>): Buffer {
  const writer = new BinaryWriter(SEGMENT_HEADER_BYTES);
  writer.raw(HEADER_MAGIC);
  writer.u32(header.version);
  writer.u32(0);
  writer.bigU64(header.clusterId);
  writer.bigU64(header.memberId);
  writer.u64(header.number);
  writer.u64(header.firstSequence);
  writer.u64(header.nextIndex);
  writer.u32(headerCrc(writer.view()));
  writer.u32(0);
  writer.patchU32(12, headerCrc(writer.view()));
  return Buffer.from(writer.view());
}

/** The header at the start of `bytes`, or why it is none. A newer version is returned, for the caller to refuse. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | 'foreign' | 'damaged' {
  const buffer = asBuffer(bytes);
  if (buffer.length < SEGMENT_HEADER_BYTES) return 'damaged';
  if (!buffer.subarray(0, 8).equals(HEADER_MAGIC)) return 'foreign';
  if (buffer.readUInt32LE(12) !== headerCrc(buffer.subarray(0, SEGMENT_HEADER_BYTES))) return 'damaged';
  return {
    version: buffer.readUInt32LE(8),
    clusterId: buffer.readBigUInt64LE(16),
    memberId: buffer.readBigUInt64LE(24),
    number: readU64(buffer, 32),
    firstSequence: readU64(buffer, 40),
    nextIndex: readU64(buffer, 48),
    salt: buffer.readUInt32LE(56),
  };
}

/** Opens a frame in `writer`, which must be empty; the payload follows, then `finishFrame`. */
export function beginFrame(writer: BinaryWriter): void {
  writer.u32(FRAME_MAGIC);
  for (let i = 4; i < FRAME_HEADER_BYTES; i += 4) writer.u32(0);
}

/** Completes the frame in `writer` and returns its bytes, valid until the writer is used again. */
export function finishFrame(
  writer: BinaryWriter,
  frame: { sequence: number; durableSequence: number; salt: number },
): Buffer {
  const payloadBytes = writer.length - FRAME_HEADER_BYTES;
  writer.align(FRAME_ALIGNMENT);
  writer.patchU32(4, payloadBytes);
  writer.patchU32(16, frame.sequence % TWO_32);
  writer.patchU32(20, Math.floor(frame.sequence / TWO_32));
  writer.patchU32(24, frame.durableSequence % TWO_32);
  writer.patchU32(28, Math.floor(frame.durableSequence / TWO_32));
  writer.patchU32(8, frameCrc(writer.view(), frame.salt));
  return writer.view();
}

export interface Frame {
  readonly sequence: number;
  readonly durableSequence: number;
  readonly payload: Buffer;
  /** Where the next frame begins. */
  readonly end: number;
}

/** The frame at `position` of a segment's bytes, or undefined when there is no undamaged one. */
export function decodeFrame(segment: Buffer, position: number, salt: number): Frame | undefined {
  if (position + FRAME_HEADER_BYTES > segment.length) return undefined;
  if (segment.readUInt32LE(position) !== FRAME_MAGIC) return undefined;
  const payloadEnd = position + FRAME_HEADER_BYTES + segment.readUInt32LE(position + 4);
  const end = payloadEnd + ((FRAME_ALIGNMENT - (payloadEnd % FRAME_ALIGNMENT)) % FRAME_ALIGNMENT);
  if (end > segment.length) return undefined;
  if (segment.readUInt32LE(position + 8) !== frameCrc(segment.subarray(position, end), salt)) return undefined;
  return {
    sequence: readU64(segment, position + 16),
    durableSequence: readU64(segment, position + 24),
    payload: segment.subarray(position + FRAME_HEADER_BYTES, payloadEnd),
    end,
  };
}

/** The CRC of a header: its version, then everything behind the CRC itself. */
function headerCrc(header: Buffer): number {
  return crc32c(header.subarray(16), crc32c(header.subarray(8, 12)));
}

/** The CRC of a frame: its length, then everything behind the CRC itself. */
function frameCrc(frame: Buffer, salt: number): number {
  return crc32c(frame.subarray(12), crc32c(frame.subarray(4, 8), salt));
}

function readU64(buffer: Buffer, position: number): number {
  return buffer.readUInt32LE(position) + buffer.readUInt32LE(position + 4) * TWO_32;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
