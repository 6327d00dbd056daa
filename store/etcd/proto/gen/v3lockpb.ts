/** Package v3lockpb, generated from ../v3lockpb.proto by build/protobuf.mjs. Do not edit. */
import type { ByteString } from '../../../../base/bytes.ts';
import type { Codec, Reader, Writer } from '../wire.ts';
import { emptyResponseHeader, type ResponseHeader, responseHeaderCodec } from './etcdserverpb.ts';

export interface LockRequest {
  readonly name: ByteString;
  readonly lease: bigint;
}
/** Every field at its default. */
export const emptyLockRequest: LockRequest = { name: '', lease: 0n };
function writeLockRequest(w: Writer, m: LockRequest): void {
  if (m.lease !== 0n) {
    w.int64(m.lease);
    w.tag(16);
  }
  if (m.name !== '') {
    w.byteString(m.name);
    w.tag(10);
  }
}
function readLockRequest(r: Reader, end: number, into?: LockRequest): LockRequest {
  let name: ByteString = into === undefined ? '' : into.name;
  let lease: bigint = into === undefined ? 0n : into.lease;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.byteString();
        break;
      case 16:
        lease = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name, lease };
}
export const lockRequestCodec: Codec<LockRequest> = {
  write: writeLockRequest,
  read: readLockRequest,
  fields: [
    { name: 'name', property: 'name', kind: 'byteString' },
    { name: 'lease', property: 'lease', kind: 'int64' },
  ],
};

export interface LockResponse {
  readonly header: ResponseHeader;
  readonly key: ByteString;
}
/** Every field at its default. */
export const emptyLockResponse: LockResponse = { header: emptyResponseHeader, key: '' };
function writeLockResponse(w: Writer, m: LockResponse): void {
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readLockResponse(r: Reader, end: number, into?: LockResponse): LockResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let key: ByteString = into === undefined ? '' : into.key;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        key = r.byteString();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, key };
}
export const lockResponseCodec: Codec<LockResponse> = {
  write: writeLockResponse,
  read: readLockResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'key', property: 'key', kind: 'byteString' },
  ],
};

export interface UnlockRequest {
  readonly key: ByteString;
}
/** Every field at its default. */
export const emptyUnlockRequest: UnlockRequest = { key: '' };
function writeUnlockRequest(w: Writer, m: UnlockRequest): void {
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(10);
  }
}
function readUnlockRequest(r: Reader, end: number, into?: UnlockRequest): UnlockRequest {
  let key: ByteString = into === undefined ? '' : into.key;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        key = r.byteString();
        break;
      default:
        r.skip(tag);
    }
  }
  return { key };
}
export const unlockRequestCodec: Codec<UnlockRequest> = {
  write: writeUnlockRequest,
  read: readUnlockRequest,
  fields: [{ name: 'key', property: 'key', kind: 'byteString' }],
};

export interface UnlockResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyUnlockResponse: UnlockResponse = { header: emptyResponseHeader };
function writeUnlockResponse(w: Writer, m: UnlockResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readUnlockResponse(r: Reader, end: number, into?: UnlockResponse): UnlockResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader };
}
export const unlockResponseCodec: Codec<UnlockResponse> = {
  write: writeUnlockResponse,
  read: readUnlockResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export const lockService = {
  lock: {
    path: '/v3lockpb.Lock/Lock',
    requestStream: false,
    responseStream: false,
    request: lockRequestCodec,
    response: lockResponseCodec,
  },
  unlock: {
    path: '/v3lockpb.Lock/Unlock',
    requestStream: false,
    responseStream: false,
    request: unlockRequestCodec,
    response: unlockResponseCodec,
  },
} as const;
