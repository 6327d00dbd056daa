/**
 * How the backend holds one `KeyValue`: the protobuf message `mvccpb.KeyValue` (etcd/api/mvccpb/kv.proto) as etcd
 * writes it, fields in ascending order and zeros left out, because `hashKv` covers these bytes and must equal etcd's.
 *
 *   1 key bytes   2 create_revision   3 mod_revision   4 version   5 value bytes   6 lease
 */
import { assert } from '../../base/assert.ts';
import type { ByteString } from '../../base/bytes.ts';
import type { KeyValue, LeaseId } from '../store.ts';

/** A tag, a varint of up to 10 bytes: for each of the six fields. */
const OVERHEAD_BYTES_MAX = 66;
const EMPTY = new Uint8Array(0);

export function encodeKeyValue(kv: KeyValue): Uint8Array {
  const out = Buffer.allocUnsafe(OVERHEAD_BYTES_MAX + kv.key.length + kv.value.length);
  out[0] = 0x0a;
  let at = writeVarint(out, 1, kv.key.length);
  at += out.write(kv.key, at, 'latin1');
  at = writeField(out, at, 0x10, kv.createRevision);
  at = writeField(out, at, 0x18, kv.modRevision);
  at = writeField(out, at, 0x20, kv.version);
  if (kv.value.length > 0) {
    out[at] = 0x2a;
    at = writeVarint(out, at + 1, kv.value.length);
    out.set(kv.value, at);
    at += kv.value.length;
  }
  if (kv.lease !== 0n) {
    out[at] = 0x30;
    at = writeBigVarint(out, at + 1, BigInt.asUintN(64, kv.lease));
  }
  return out.subarray(0, at);
}

/** A deletion's record holds the key alone. */
export function encodeTombstone(key: ByteString): Uint8Array {
  const out = Buffer.allocUnsafe(11 + key.length);
  out[0] = 0x0a;
  const at = writeVarint(out, 1, key.length);
  return out.subarray(0, at + out.write(key, at, 'latin1'));
}

/** @param key the key where the caller has it already: the decoded one is then not built anew */
export function decodeKeyValue(bytes: Uint8Array, key?: ByteString): KeyValue {
  const fields = readFields(bytes);
  return {
    key: key ?? keyOf(bytes, fields),
    value: fields.valueEnd === 0 ? EMPTY : bytes.subarray(fields.valueStart, fields.valueEnd),
    createRevision: fields.createRevision,
    modRevision: fields.modRevision,
    version: fields.version,
    lease: fields.lease,
  };
}

/** A record without its value: what the key index is rebuilt from. */
export function decodeKeyRecord(bytes: Uint8Array): Omit<KeyValue, 'value'> {
  const fields = readFields(bytes);
  return {
    key: keyOf(bytes, fields),
    createRevision: fields.createRevision,
    modRevision: fields.modRevision,
    version: fields.version,
    lease: fields.lease,
  };
}

interface Fields {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
  createRevision: number;
  modRevision: number;
  version: number;
  lease: LeaseId;
}

/** Where the last varint ended. */
let position = 0;

function readFields(bytes: Uint8Array): Fields {
  const fields: Fields = {
    keyStart: 0,
    keyEnd: 0,
    valueStart: 0,
    valueEnd: 0,
    createRevision: 0,
    modRevision: 0,
    version: 0,
    lease: 0n,
  };
  position = 0;
  while (position < bytes.length) {
    const tag = bytes[position++];
    switch (tag) {
      case 0x0a: {
        const length = readVarint(bytes);
        fields.keyStart = position;
        position += length;
        fields.keyEnd = position;
        break;
      }
      case 0x10:
        fields.createRevision = readVarint(bytes);
        break;
      case 0x18:
        fields.modRevision = readVarint(bytes);
        break;
      case 0x20:
        fields.version = readVarint(bytes);
        break;
      case 0x2a: {
        const length = readVarint(bytes);
        fields.valueStart = position;
        position += length;
        fields.valueEnd = position;
        break;
      }
      case 0x30:
        fields.lease = readBigVarint(bytes);
        break;
      default:
        assert(false, `a record of the backend has an unknown field ${tag}`);
    }
  }
  assert(position === bytes.length, 'a record of the backend is cut short');
  return fields;
}

function keyOf(bytes: Uint8Array, fields: Fields): ByteString {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1', fields.keyStart, fields.keyEnd);
}

function writeField(out: Uint8Array, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  out[at] = tag;
  return writeVarint(out, at + 1, value);
}

function writeVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest >= 0x80) {
    out[end++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  out[end++] = rest;
  return end;
}

function writeBigVarint(out: Uint8Array, at: number, value: bigint): number {
  let rest = value;
  let end = at;
  while (rest >= 0x80n) {
    out[end++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  out[end++] = Number(rest);
  return end;
}

function readVarint(bytes: Uint8Array): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[position++] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 0x80;
  }
}

function readBigVarint(bytes: Uint8Array): bigint {
  let value = 0n;
  let shift = 0n;
  for (;;) {
    const byte = bytes[position++] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
    shift += 7n;
  }
}
