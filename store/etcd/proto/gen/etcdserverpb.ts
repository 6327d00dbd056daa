/** Package etcdserverpb, generated from ../etcdserverpb.proto by build/protobuf.mjs. Do not edit. */
import type { ByteString } from '../../../../base/bytes.ts';
import type { Codec, Reader, Writer } from '../wire.ts';
import { type Permission, permissionCodec, type UserAddOptions, userAddOptionsCodec } from './authpb.ts';
import { type Event, eventCodec, type KeyValue, keyValueCodec } from './mvccpb.ts';

const noBytes = new Uint8Array(0);

/** A number where the sender knows a value that this program does not. */
export type RangeRequestSortOrder = 'none' | 'ascend' | 'descend' | number;
const namesRangeRequestSortOrder = ['none', 'ascend', 'descend'] as const;
function readRangeRequestSortOrder(r: Reader): RangeRequestSortOrder {
  const value = r.int32();
  return namesRangeRequestSortOrder[value] ?? value;
}
function writeRangeRequestSortOrder(w: Writer, value: RangeRequestSortOrder): void {
  w.int32(typeof value === 'number' ? value : namesRangeRequestSortOrder.indexOf(value));
}

/** A number where the sender knows a value that this program does not. */
export type RangeRequestSortTarget = 'key' | 'version' | 'create' | 'mod' | 'value' | number;
const namesRangeRequestSortTarget = ['key', 'version', 'create', 'mod', 'value'] as const;
function readRangeRequestSortTarget(r: Reader): RangeRequestSortTarget {
  const value = r.int32();
  return namesRangeRequestSortTarget[value] ?? value;
}
function writeRangeRequestSortTarget(w: Writer, value: RangeRequestSortTarget): void {
  w.int32(typeof value === 'number' ? value : namesRangeRequestSortTarget.indexOf(value));
}

/** A number where the sender knows a value that this program does not. */
export type CompareCompareResult = 'equal' | 'greater' | 'less' | 'notEqual' | number;
const namesCompareCompareResult = ['equal', 'greater', 'less', 'notEqual'] as const;
function readCompareCompareResult(r: Reader): CompareCompareResult {
  const value = r.int32();
  return namesCompareCompareResult[value] ?? value;
}
function writeCompareCompareResult(w: Writer, value: CompareCompareResult): void {
  w.int32(typeof value === 'number' ? value : namesCompareCompareResult.indexOf(value));
}

/** A number where the sender knows a value that this program does not. */
export type CompareCompareTarget = 'version' | 'create' | 'mod' | 'value' | 'lease' | number;
const namesCompareCompareTarget = ['version', 'create', 'mod', 'value', 'lease'] as const;
function readCompareCompareTarget(r: Reader): CompareCompareTarget {
  const value = r.int32();
  return namesCompareCompareTarget[value] ?? value;
}
function writeCompareCompareTarget(w: Writer, value: CompareCompareTarget): void {
  w.int32(typeof value === 'number' ? value : namesCompareCompareTarget.indexOf(value));
}

/** A number where the sender knows a value that this program does not. */
export type WatchCreateRequestFilterType = 'noput' | 'nodelete' | number;
const namesWatchCreateRequestFilterType = ['noput', 'nodelete'] as const;
function readWatchCreateRequestFilterType(r: Reader): WatchCreateRequestFilterType {
  const value = r.int32();
  return namesWatchCreateRequestFilterType[value] ?? value;
}
function writeWatchCreateRequestFilterType(w: Writer, value: WatchCreateRequestFilterType): void {
  w.int32(typeof value === 'number' ? value : namesWatchCreateRequestFilterType.indexOf(value));
}

/** A number where the sender knows a value that this program does not. */
export type AlarmType = 'none' | 'nospace' | 'corrupt' | number;
const namesAlarmType = ['none', 'nospace', 'corrupt'] as const;
function readAlarmType(r: Reader): AlarmType {
  const value = r.int32();
  return namesAlarmType[value] ?? value;
}
function writeAlarmType(w: Writer, value: AlarmType): void {
  w.int32(typeof value === 'number' ? value : namesAlarmType.indexOf(value));
}

/** A number where the sender knows a value that this program does not. */
export type AlarmRequestAlarmAction = 'get' | 'activate' | 'deactivate' | number;
const namesAlarmRequestAlarmAction = ['get', 'activate', 'deactivate'] as const;
function readAlarmRequestAlarmAction(r: Reader): AlarmRequestAlarmAction {
  const value = r.int32();
  return namesAlarmRequestAlarmAction[value] ?? value;
}
function writeAlarmRequestAlarmAction(w: Writer, value: AlarmRequestAlarmAction): void {
  w.int32(typeof value === 'number' ? value : namesAlarmRequestAlarmAction.indexOf(value));
}

/** A number where the sender knows a value that this program does not. */
export type DowngradeRequestDowngradeAction = 'validate' | 'enable' | 'cancel' | number;
const namesDowngradeRequestDowngradeAction = ['validate', 'enable', 'cancel'] as const;
function readDowngradeRequestDowngradeAction(r: Reader): DowngradeRequestDowngradeAction {
  const value = r.int32();
  return namesDowngradeRequestDowngradeAction[value] ?? value;
}
function writeDowngradeRequestDowngradeAction(w: Writer, value: DowngradeRequestDowngradeAction): void {
  w.int32(typeof value === 'number' ? value : namesDowngradeRequestDowngradeAction.indexOf(value));
}

export interface ResponseHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: number;
  readonly raftTerm: number;
}
/** Every field at its default. */
export const emptyResponseHeader: ResponseHeader = { clusterId: 0n, memberId: 0n, revision: 0, raftTerm: 0 };
function writeResponseHeader(w: Writer, m: ResponseHeader): void {
  if (m.raftTerm !== 0) {
    w.uint64Number(m.raftTerm);
    w.tag(32);
  }
  if (m.revision !== 0) {
    w.int64Number(m.revision);
    w.tag(24);
  }
  if (m.memberId !== 0n) {
    w.uint64(m.memberId);
    w.tag(16);
  }
  if (m.clusterId !== 0n) {
    w.uint64(m.clusterId);
    w.tag(8);
  }
}
function readResponseHeader(r: Reader, end: number, into?: ResponseHeader): ResponseHeader {
  let clusterId: bigint = into === undefined ? 0n : into.clusterId;
  let memberId: bigint = into === undefined ? 0n : into.memberId;
  let revision: number = into === undefined ? 0 : into.revision;
  let raftTerm: number = into === undefined ? 0 : into.raftTerm;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        clusterId = r.uint64();
        break;
      case 16:
        memberId = r.uint64();
        break;
      case 24:
        revision = r.int64Number();
        break;
      case 32:
        raftTerm = r.uint64Number();
        break;
      default:
        r.skip(tag);
    }
  }
  return { clusterId, memberId, revision, raftTerm };
}
export const responseHeaderCodec: Codec<ResponseHeader> = {
  write: writeResponseHeader,
  read: readResponseHeader,
  fields: [
    { name: 'cluster_id', property: 'clusterId', kind: 'uint64' },
    { name: 'member_id', property: 'memberId', kind: 'uint64' },
    { name: 'revision', property: 'revision', kind: 'int64Number' },
    { name: 'raft_term', property: 'raftTerm', kind: 'uint64Number' },
  ],
};

export interface RangeRequest {
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly limit: number;
  readonly revision: number;
  readonly sortOrder: RangeRequestSortOrder;
  readonly sortTarget: RangeRequestSortTarget;
  readonly serializable: boolean;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}
/** Every field at its default. */
export const emptyRangeRequest: RangeRequest = {
  key: '',
  rangeEnd: '',
  limit: 0,
  revision: 0,
  sortOrder: 'none',
  sortTarget: 'key',
  serializable: false,
  keysOnly: false,
  countOnly: false,
  minModRevision: 0,
  maxModRevision: 0,
  minCreateRevision: 0,
  maxCreateRevision: 0,
};
function writeRangeRequest(w: Writer, m: RangeRequest): void {
  if (m.maxCreateRevision !== 0) {
    w.int64Number(m.maxCreateRevision);
    w.tag(104);
  }
  if (m.minCreateRevision !== 0) {
    w.int64Number(m.minCreateRevision);
    w.tag(96);
  }
  if (m.maxModRevision !== 0) {
    w.int64Number(m.maxModRevision);
    w.tag(88);
  }
  if (m.minModRevision !== 0) {
    w.int64Number(m.minModRevision);
    w.tag(80);
  }
  if (m.countOnly) {
    w.bool(m.countOnly);
    w.tag(72);
  }
  if (m.keysOnly) {
    w.bool(m.keysOnly);
    w.tag(64);
  }
  if (m.serializable) {
    w.bool(m.serializable);
    w.tag(56);
  }
  if (m.sortTarget !== 'key') {
    writeRangeRequestSortTarget(w, m.sortTarget);
    w.tag(48);
  }
  if (m.sortOrder !== 'none') {
    writeRangeRequestSortOrder(w, m.sortOrder);
    w.tag(40);
  }
  if (m.revision !== 0) {
    w.int64Number(m.revision);
    w.tag(32);
  }
  if (m.limit !== 0) {
    w.int64Number(m.limit);
    w.tag(24);
  }
  if (m.rangeEnd !== '') {
    w.byteString(m.rangeEnd);
    w.tag(18);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(10);
  }
}
function readRangeRequest(r: Reader, end: number, into?: RangeRequest): RangeRequest {
  let key: ByteString = into === undefined ? '' : into.key;
  let rangeEnd: ByteString = into === undefined ? '' : into.rangeEnd;
  let limit: number = into === undefined ? 0 : into.limit;
  let revision: number = into === undefined ? 0 : into.revision;
  let sortOrder: RangeRequestSortOrder = into === undefined ? 'none' : into.sortOrder;
  let sortTarget: RangeRequestSortTarget = into === undefined ? 'key' : into.sortTarget;
  let serializable: boolean = into === undefined ? false : into.serializable;
  let keysOnly: boolean = into === undefined ? false : into.keysOnly;
  let countOnly: boolean = into === undefined ? false : into.countOnly;
  let minModRevision: number = into === undefined ? 0 : into.minModRevision;
  let maxModRevision: number = into === undefined ? 0 : into.maxModRevision;
  let minCreateRevision: number = into === undefined ? 0 : into.minCreateRevision;
  let maxCreateRevision: number = into === undefined ? 0 : into.maxCreateRevision;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        key = r.byteString();
        break;
      case 18:
        rangeEnd = r.byteString();
        break;
      case 24:
        limit = r.int64Number();
        break;
      case 32:
        revision = r.int64Number();
        break;
      case 40:
        sortOrder = readRangeRequestSortOrder(r);
        break;
      case 48:
        sortTarget = readRangeRequestSortTarget(r);
        break;
      case 56:
        serializable = r.bool();
        break;
      case 64:
        keysOnly = r.bool();
        break;
      case 72:
        countOnly = r.bool();
        break;
      case 80:
        minModRevision = r.int64Number();
        break;
      case 88:
        maxModRevision = r.int64Number();
        break;
      case 96:
        minCreateRevision = r.int64Number();
        break;
      case 104:
        maxCreateRevision = r.int64Number();
        break;
      default:
        r.skip(tag);
    }
  }
  return {
    key,
    rangeEnd,
    limit,
    revision,
    sortOrder,
    sortTarget,
    serializable,
    keysOnly,
    countOnly,
    minModRevision,
    maxModRevision,
    minCreateRevision,
    maxCreateRevision,
  };
}
export const rangeRequestCodec: Codec<RangeRequest> = {
  write: writeRangeRequest,
  read: readRangeRequest,
  fields: [
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'range_end', property: 'rangeEnd', kind: 'byteString' },
    { name: 'limit', property: 'limit', kind: 'int64Number' },
    { name: 'revision', property: 'revision', kind: 'int64Number' },
    {
      name: 'sort_order',
      property: 'sortOrder',
      kind: 'enum',
      values: [
        ['NONE', 'none'],
        ['ASCEND', 'ascend'],
        ['DESCEND', 'descend'],
      ],
    },
    {
      name: 'sort_target',
      property: 'sortTarget',
      kind: 'enum',
      values: [
        ['KEY', 'key'],
        ['VERSION', 'version'],
        ['CREATE', 'create'],
        ['MOD', 'mod'],
        ['VALUE', 'value'],
      ],
    },
    { name: 'serializable', property: 'serializable', kind: 'bool' },
    { name: 'keys_only', property: 'keysOnly', kind: 'bool' },
    { name: 'count_only', property: 'countOnly', kind: 'bool' },
    { name: 'min_mod_revision', property: 'minModRevision', kind: 'int64Number' },
    { name: 'max_mod_revision', property: 'maxModRevision', kind: 'int64Number' },
    { name: 'min_create_revision', property: 'minCreateRevision', kind: 'int64Number' },
    { name: 'max_create_revision', property: 'maxCreateRevision', kind: 'int64Number' },
  ],
};

export interface RangeResponse {
  readonly header: ResponseHeader;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}
/** Every field at its default. */
export const emptyRangeResponse: RangeResponse = { header: emptyResponseHeader, kvs: [], more: false, count: 0 };
function writeRangeResponse(w: Writer, m: RangeResponse): void {
  if (m.count !== 0) {
    w.int64Number(m.count);
    w.tag(32);
  }
  if (m.more) {
    w.bool(m.more);
    w.tag(24);
  }
  for (let i = m.kvs.length - 1; i >= 0; i--) {
    w.message(keyValueCodec, m.kvs[i] as KeyValue);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readRangeResponse(r: Reader, end: number, into?: RangeResponse): RangeResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const kvs: KeyValue[] = into === undefined ? [] : [...into.kvs];
  let more: boolean = into === undefined ? false : into.more;
  let count: number = into === undefined ? 0 : into.count;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        kvs.push(r.message(keyValueCodec));
        break;
      case 24:
        more = r.bool();
        break;
      case 32:
        count = r.int64Number();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, kvs, more, count };
}
export const rangeResponseCodec: Codec<RangeResponse> = {
  write: writeRangeResponse,
  read: readRangeResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'kvs', property: 'kvs', kind: 'message', fields: () => keyValueCodec.fields, repeated: true },
    { name: 'more', property: 'more', kind: 'bool' },
    { name: 'count', property: 'count', kind: 'int64Number' },
  ],
};

export interface PutRequest {
  readonly key: ByteString;
  readonly value: Uint8Array;
  readonly lease: bigint;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}
/** Every field at its default. */
export const emptyPutRequest: PutRequest = {
  key: '',
  value: noBytes,
  lease: 0n,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
};
function writePutRequest(w: Writer, m: PutRequest): void {
  if (m.ignoreLease) {
    w.bool(m.ignoreLease);
    w.tag(48);
  }
  if (m.ignoreValue) {
    w.bool(m.ignoreValue);
    w.tag(40);
  }
  if (m.prevKv) {
    w.bool(m.prevKv);
    w.tag(32);
  }
  if (m.lease !== 0n) {
    w.int64(m.lease);
    w.tag(24);
  }
  if (m.value.length > 0) {
    w.byteArray(m.value);
    w.tag(18);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(10);
  }
}
function readPutRequest(r: Reader, end: number, into?: PutRequest): PutRequest {
  let key: ByteString = into === undefined ? '' : into.key;
  let value: Uint8Array = into === undefined ? noBytes : into.value;
  let lease: bigint = into === undefined ? 0n : into.lease;
  let prevKv: boolean = into === undefined ? false : into.prevKv;
  let ignoreValue: boolean = into === undefined ? false : into.ignoreValue;
  let ignoreLease: boolean = into === undefined ? false : into.ignoreLease;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        key = r.byteString();
        break;
      case 18:
        value = r.byteArray();
        break;
      case 24:
        lease = r.int64();
        break;
      case 32:
        prevKv = r.bool();
        break;
      case 40:
        ignoreValue = r.bool();
        break;
      case 48:
        ignoreLease = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { key, value, lease, prevKv, ignoreValue, ignoreLease };
}
export const putRequestCodec: Codec<PutRequest> = {
  write: writePutRequest,
  read: readPutRequest,
  fields: [
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'value', property: 'value', kind: 'bytes' },
    { name: 'lease', property: 'lease', kind: 'int64' },
    { name: 'prev_kv', property: 'prevKv', kind: 'bool' },
    { name: 'ignore_value', property: 'ignoreValue', kind: 'bool' },
    { name: 'ignore_lease', property: 'ignoreLease', kind: 'bool' },
  ],
};

export interface PutResponse {
  readonly header: ResponseHeader;
  readonly prevKv?: KeyValue;
}
/** Every field at its default. */
export const emptyPutResponse: PutResponse = { header: emptyResponseHeader };
function writePutResponse(w: Writer, m: PutResponse): void {
  if (m.prevKv !== undefined) {
    w.message(keyValueCodec, m.prevKv);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readPutResponse(r: Reader, end: number, into?: PutResponse): PutResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let prevKv: KeyValue | undefined = into === undefined ? undefined : into.prevKv;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        prevKv = r.message(keyValueCodec, prevKv);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof PutResponse]: PutResponse[K] } = { header: header ?? emptyResponseHeader };
  if (prevKv !== undefined) message.prevKv = prevKv;
  return message;
}
export const putResponseCodec: Codec<PutResponse> = {
  write: writePutResponse,
  read: readPutResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'prev_kv', property: 'prevKv', kind: 'message', fields: () => keyValueCodec.fields },
  ],
};

export interface DeleteRangeRequest {
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly prevKv: boolean;
}
/** Every field at its default. */
export const emptyDeleteRangeRequest: DeleteRangeRequest = { key: '', rangeEnd: '', prevKv: false };
function writeDeleteRangeRequest(w: Writer, m: DeleteRangeRequest): void {
  if (m.prevKv) {
    w.bool(m.prevKv);
    w.tag(24);
  }
  if (m.rangeEnd !== '') {
    w.byteString(m.rangeEnd);
    w.tag(18);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(10);
  }
}
function readDeleteRangeRequest(r: Reader, end: number, into?: DeleteRangeRequest): DeleteRangeRequest {
  let key: ByteString = into === undefined ? '' : into.key;
  let rangeEnd: ByteString = into === undefined ? '' : into.rangeEnd;
  let prevKv: boolean = into === undefined ? false : into.prevKv;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        key = r.byteString();
        break;
      case 18:
        rangeEnd = r.byteString();
        break;
      case 24:
        prevKv = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { key, rangeEnd, prevKv };
}
export const deleteRangeRequestCodec: Codec<DeleteRangeRequest> = {
  write: writeDeleteRangeRequest,
  read: readDeleteRangeRequest,
  fields: [
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'range_end', property: 'rangeEnd', kind: 'byteString' },
    { name: 'prev_kv', property: 'prevKv', kind: 'bool' },
  ],
};

export interface DeleteRangeResponse {
  readonly header: ResponseHeader;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}
/** Every field at its default. */
export const emptyDeleteRangeResponse: DeleteRangeResponse = { header: emptyResponseHeader, deleted: 0, prevKvs: [] };
function writeDeleteRangeResponse(w: Writer, m: DeleteRangeResponse): void {
  for (let i = m.prevKvs.length - 1; i >= 0; i--) {
    w.message(keyValueCodec, m.prevKvs[i] as KeyValue);
    w.tag(26);
  }
  if (m.deleted !== 0) {
    w.int64Number(m.deleted);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readDeleteRangeResponse(r: Reader, end: number, into?: DeleteRangeResponse): DeleteRangeResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let deleted: number = into === undefined ? 0 : into.deleted;
  const prevKvs: KeyValue[] = into === undefined ? [] : [...into.prevKvs];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        deleted = r.int64Number();
        break;
      case 26:
        prevKvs.push(r.message(keyValueCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, deleted, prevKvs };
}
export const deleteRangeResponseCodec: Codec<DeleteRangeResponse> = {
  write: writeDeleteRangeResponse,
  read: readDeleteRangeResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'deleted', property: 'deleted', kind: 'int64Number' },
    { name: 'prev_kvs', property: 'prevKvs', kind: 'message', fields: () => keyValueCodec.fields, repeated: true },
  ],
};

export interface RequestOp {
  readonly request: RequestOpRequest | undefined;
}
export type RequestOpRequest =
  | { readonly case: 'requestRange'; readonly value: RangeRequest }
  | { readonly case: 'requestPut'; readonly value: PutRequest }
  | { readonly case: 'requestDeleteRange'; readonly value: DeleteRangeRequest }
  | { readonly case: 'requestTxn'; readonly value: TxnRequest };
/** Every field at its default. */
export const emptyRequestOp: RequestOp = { request: undefined };
function writeRequestOp(w: Writer, m: RequestOp): void {
  if (m.request?.case === 'requestTxn') {
    w.message(txnRequestCodec, m.request.value);
    w.tag(34);
  }
  if (m.request?.case === 'requestDeleteRange') {
    w.message(deleteRangeRequestCodec, m.request.value);
    w.tag(26);
  }
  if (m.request?.case === 'requestPut') {
    w.message(putRequestCodec, m.request.value);
    w.tag(18);
  }
  if (m.request?.case === 'requestRange') {
    w.message(rangeRequestCodec, m.request.value);
    w.tag(10);
  }
}
function readRequestOp(r: Reader, end: number, into?: RequestOp): RequestOp {
  let request: RequestOpRequest | undefined = into === undefined ? undefined : into.request;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        request = {
          case: 'requestRange',
          value: r.message(rangeRequestCodec, request?.case === 'requestRange' ? request.value : undefined),
        };
        break;
      case 18:
        request = {
          case: 'requestPut',
          value: r.message(putRequestCodec, request?.case === 'requestPut' ? request.value : undefined),
        };
        break;
      case 26:
        request = {
          case: 'requestDeleteRange',
          value: r.message(deleteRangeRequestCodec, request?.case === 'requestDeleteRange' ? request.value : undefined),
        };
        break;
      case 34:
        request = {
          case: 'requestTxn',
          value: r.message(txnRequestCodec, request?.case === 'requestTxn' ? request.value : undefined),
        };
        break;
      default:
        r.skip(tag);
    }
  }
  return { request };
}
export const requestOpCodec: Codec<RequestOp> = {
  write: writeRequestOp,
  read: readRequestOp,
  fields: [
    {
      name: 'request_range',
      property: 'requestRange',
      kind: 'message',
      fields: () => rangeRequestCodec.fields,
      oneof: 'request',
      oneofName: 'etcdserverpb.RequestOp.request',
    },
    {
      name: 'request_put',
      property: 'requestPut',
      kind: 'message',
      fields: () => putRequestCodec.fields,
      oneof: 'request',
      oneofName: 'etcdserverpb.RequestOp.request',
    },
    {
      name: 'request_delete_range',
      property: 'requestDeleteRange',
      kind: 'message',
      fields: () => deleteRangeRequestCodec.fields,
      oneof: 'request',
      oneofName: 'etcdserverpb.RequestOp.request',
    },
    {
      name: 'request_txn',
      property: 'requestTxn',
      kind: 'message',
      fields: () => txnRequestCodec.fields,
      oneof: 'request',
      oneofName: 'etcdserverpb.RequestOp.request',
    },
  ],
};

export interface ResponseOp {
  readonly response: ResponseOpResponse | undefined;
}
export type ResponseOpResponse =
  | { readonly case: 'responseRange'; readonly value: RangeResponse }
  | { readonly case: 'responsePut'; readonly value: PutResponse }
  | { readonly case: 'responseDeleteRange'; readonly value: DeleteRangeResponse }
  | { readonly case: 'responseTxn'; readonly value: TxnResponse };
/** Every field at its default. */
export const emptyResponseOp: ResponseOp = { response: undefined };
function writeResponseOp(w: Writer, m: ResponseOp): void {
  if (m.response?.case === 'responseTxn') {
    w.message(txnResponseCodec, m.response.value);
    w.tag(34);
  }
  if (m.response?.case === 'responseDeleteRange') {
    w.message(deleteRangeResponseCodec, m.response.value);
    w.tag(26);
  }
  if (m.response?.case === 'responsePut') {
    w.message(putResponseCodec, m.response.value);
    w.tag(18);
  }
  if (m.response?.case === 'responseRange') {
    w.message(rangeResponseCodec, m.response.value);
    w.tag(10);
  }
}
function readResponseOp(r: Reader, end: number, into?: ResponseOp): ResponseOp {
  let response: ResponseOpResponse | undefined = into === undefined ? undefined : into.response;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        response = {
          case: 'responseRange',
          value: r.message(rangeResponseCodec, response?.case === 'responseRange' ? response.value : undefined),
        };
        break;
      case 18:
        response = {
          case: 'responsePut',
          value: r.message(putResponseCodec, response?.case === 'responsePut' ? response.value : undefined),
        };
        break;
      case 26:
        response = {
          case: 'responseDeleteRange',
          value: r.message(
            deleteRangeResponseCodec,
            response?.case === 'responseDeleteRange' ? response.value : undefined,
          ),
        };
        break;
      case 34:
        response = {
          case: 'responseTxn',
          value: r.message(txnResponseCodec, response?.case === 'responseTxn' ? response.value : undefined),
        };
        break;
      default:
        r.skip(tag);
    }
  }
  return { response };
}
export const responseOpCodec: Codec<ResponseOp> = {
  write: writeResponseOp,
  read: readResponseOp,
  fields: [
    {
      name: 'response_range',
      property: 'responseRange',
      kind: 'message',
      fields: () => rangeResponseCodec.fields,
      oneof: 'response',
      oneofName: 'etcdserverpb.ResponseOp.response',
    },
    {
      name: 'response_put',
      property: 'responsePut',
      kind: 'message',
      fields: () => putResponseCodec.fields,
      oneof: 'response',
      oneofName: 'etcdserverpb.ResponseOp.response',
    },
    {
      name: 'response_delete_range',
      property: 'responseDeleteRange',
      kind: 'message',
      fields: () => deleteRangeResponseCodec.fields,
      oneof: 'response',
      oneofName: 'etcdserverpb.ResponseOp.response',
    },
    {
      name: 'response_txn',
      property: 'responseTxn',
      kind: 'message',
      fields: () => txnResponseCodec.fields,
      oneof: 'response',
      oneofName: 'etcdserverpb.ResponseOp.response',
    },
  ],
};

export interface Compare {
  readonly result: CompareCompareResult;
  readonly target: CompareCompareTarget;
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly targetUnion: CompareTargetUnion | undefined;
}
export type CompareTargetUnion =
  | { readonly case: 'version'; readonly value: number }
  | { readonly case: 'createRevision'; readonly value: number }
  | { readonly case: 'modRevision'; readonly value: number }
  | { readonly case: 'value'; readonly value: Uint8Array }
  | { readonly case: 'lease'; readonly value: bigint };
/** Every field at its default. */
export const emptyCompare: Compare = {
  result: 'equal',
  target: 'version',
  key: '',
  rangeEnd: '',
  targetUnion: undefined,
};
function writeCompare(w: Writer, m: Compare): void {
  if (m.rangeEnd !== '') {
    w.byteString(m.rangeEnd);
    w.tag(514);
  }
  if (m.targetUnion?.case === 'lease') {
    w.int64(m.targetUnion.value);
    w.tag(64);
  }
  if (m.targetUnion?.case === 'value') {
    w.byteArray(m.targetUnion.value);
    w.tag(58);
  }
  if (m.targetUnion?.case === 'modRevision') {
    w.int64Number(m.targetUnion.value);
    w.tag(48);
  }
  if (m.targetUnion?.case === 'createRevision') {
    w.int64Number(m.targetUnion.value);
    w.tag(40);
  }
  if (m.targetUnion?.case === 'version') {
    w.int64Number(m.targetUnion.value);
    w.tag(32);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(26);
  }
  if (m.target !== 'version') {
    writeCompareCompareTarget(w, m.target);
    w.tag(16);
  }
  if (m.result !== 'equal') {
    writeCompareCompareResult(w, m.result);
    w.tag(8);
  }
}
function readCompare(r: Reader, end: number, into?: Compare): Compare {
  let result: CompareCompareResult = into === undefined ? 'equal' : into.result;
  let target: CompareCompareTarget = into === undefined ? 'version' : into.target;
  let key: ByteString = into === undefined ? '' : into.key;
  let rangeEnd: ByteString = into === undefined ? '' : into.rangeEnd;
  let targetUnion: CompareTargetUnion | undefined = into === undefined ? undefined : into.targetUnion;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        result = readCompareCompareResult(r);
        break;
      case 16:
        target = readCompareCompareTarget(r);
        break;
      case 26:
        key = r.byteString();
        break;
      case 514:
        rangeEnd = r.byteString();
        break;
      case 32:
        targetUnion = { case: 'version', value: r.int64Number() };
        break;
      case 40:
        targetUnion = { case: 'createRevision', value: r.int64Number() };
        break;
      case 48:
        targetUnion = { case: 'modRevision', value: r.int64Number() };
        break;
      case 58:
        targetUnion = { case: 'value', value: r.byteArray() };
        break;
      case 64:
        targetUnion = { case: 'lease', value: r.int64() };
        break;
      default:
        r.skip(tag);
    }
  }
  return { result, target, key, rangeEnd, targetUnion };
}
export const compareCodec: Codec<Compare> = {
  write: writeCompare,
  read: readCompare,
  fields: [
    {
      name: 'result',
      property: 'result',
      kind: 'enum',
      values: [
        ['EQUAL', 'equal'],
        ['GREATER', 'greater'],
        ['LESS', 'less'],
        ['NOT_EQUAL', 'notEqual'],
      ],
    },
    {
      name: 'target',
      property: 'target',
      kind: 'enum',
      values: [
        ['VERSION', 'version'],
        ['CREATE', 'create'],
        ['MOD', 'mod'],
        ['VALUE', 'value'],
        ['LEASE', 'lease'],
      ],
    },
    { name: 'key', property: 'key', kind: 'byteString' },
    {
      name: 'version',
      property: 'version',
      kind: 'int64Number',
      oneof: 'targetUnion',
      oneofName: 'etcdserverpb.Compare.target_union',
    },
    {
      name: 'create_revision',
      property: 'createRevision',
      kind: 'int64Number',
      oneof: 'targetUnion',
      oneofName: 'etcdserverpb.Compare.target_union',
    },
    {
      name: 'mod_revision',
      property: 'modRevision',
      kind: 'int64Number',
      oneof: 'targetUnion',
      oneofName: 'etcdserverpb.Compare.target_union',
    },
    {
      name: 'value',
      property: 'value',
      kind: 'bytes',
      oneof: 'targetUnion',
      oneofName: 'etcdserverpb.Compare.target_union',
    },
    {
      name: 'lease',
      property: 'lease',
      kind: 'int64',
      oneof: 'targetUnion',
      oneofName: 'etcdserverpb.Compare.target_union',
    },
    { name: 'range_end', property: 'rangeEnd', kind: 'byteString' },
  ],
};

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}
/** Every field at its default. */
export const emptyTxnRequest: TxnRequest = { compare: [], success: [], failure: [] };
function writeTxnRequest(w: Writer, m: TxnRequest): void {
  for (let i = m.failure.length - 1; i >= 0; i--) {
    w.message(requestOpCodec, m.failure[i] as RequestOp);
    w.tag(26);
  }
  for (let i = m.success.length - 1; i >= 0; i--) {
    w.message(requestOpCodec, m.success[i] as RequestOp);
    w.tag(18);
  }
  for (let i = m.compare.length - 1; i >= 0; i--) {
    w.message(compareCodec, m.compare[i] as Compare);
    w.tag(10);
  }
}
function readTxnRequest(r: Reader, end: number, into?: TxnRequest): TxnRequest {
  const compare: Compare[] = into === undefined ? [] : [...into.compare];
  const success: RequestOp[] = into === undefined ? [] : [...into.success];
  const failure: RequestOp[] = into === undefined ? [] : [...into.failure];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        compare.push(r.message(compareCodec));
        break;
      case 18:
        success.push(r.message(requestOpCodec));
        break;
      case 26:
        failure.push(r.message(requestOpCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { compare, success, failure };
}
export const txnRequestCodec: Codec<TxnRequest> = {
  write: writeTxnRequest,
  read: readTxnRequest,
  fields: [
    { name: 'compare', property: 'compare', kind: 'message', fields: () => compareCodec.fields, repeated: true },
    { name: 'success', property: 'success', kind: 'message', fields: () => requestOpCodec.fields, repeated: true },
    { name: 'failure', property: 'failure', kind: 'message', fields: () => requestOpCodec.fields, repeated: true },
  ],
};

export interface TxnResponse {
  readonly header: ResponseHeader;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}
/** Every field at its default. */
export const emptyTxnResponse: TxnResponse = { header: emptyResponseHeader, succeeded: false, responses: [] };
function writeTxnResponse(w: Writer, m: TxnResponse): void {
  for (let i = m.responses.length - 1; i >= 0; i--) {
    w.message(responseOpCodec, m.responses[i] as ResponseOp);
    w.tag(26);
  }
  if (m.succeeded) {
    w.bool(m.succeeded);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readTxnResponse(r: Reader, end: number, into?: TxnResponse): TxnResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let succeeded: boolean = into === undefined ? false : into.succeeded;
  const responses: ResponseOp[] = into === undefined ? [] : [...into.responses];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        succeeded = r.bool();
        break;
      case 26:
        responses.push(r.message(responseOpCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, succeeded, responses };
}
export const txnResponseCodec: Codec<TxnResponse> = {
  write: writeTxnResponse,
  read: readTxnResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'succeeded', property: 'succeeded', kind: 'bool' },
    { name: 'responses', property: 'responses', kind: 'message', fields: () => responseOpCodec.fields, repeated: true },
  ],
};

export interface CompactionRequest {
  readonly revision: number;
  readonly physical: boolean;
}
/** Every field at its default. */
export const emptyCompactionRequest: CompactionRequest = { revision: 0, physical: false };
function writeCompactionRequest(w: Writer, m: CompactionRequest): void {
  if (m.physical) {
    w.bool(m.physical);
    w.tag(16);
  }
  if (m.revision !== 0) {
    w.int64Number(m.revision);
    w.tag(8);
  }
}
function readCompactionRequest(r: Reader, end: number, into?: CompactionRequest): CompactionRequest {
  let revision: number = into === undefined ? 0 : into.revision;
  let physical: boolean = into === undefined ? false : into.physical;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        revision = r.int64Number();
        break;
      case 16:
        physical = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { revision, physical };
}
export const compactionRequestCodec: Codec<CompactionRequest> = {
  write: writeCompactionRequest,
  read: readCompactionRequest,
  fields: [
    { name: 'revision', property: 'revision', kind: 'int64Number' },
    { name: 'physical', property: 'physical', kind: 'bool' },
  ],
};

export interface CompactionResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyCompactionResponse: CompactionResponse = { header: emptyResponseHeader };
function writeCompactionResponse(w: Writer, m: CompactionResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readCompactionResponse(r: Reader, end: number, into?: CompactionResponse): CompactionResponse {
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
export const compactionResponseCodec: Codec<CompactionResponse> = {
  write: writeCompactionResponse,
  read: readCompactionResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface WatchRequest {
  readonly requestUnion: WatchRequestRequestUnion | undefined;
}
export type WatchRequestRequestUnion =
  | { readonly case: 'createRequest'; readonly value: WatchCreateRequest }
  | { readonly case: 'cancelRequest'; readonly value: WatchCancelRequest }
  | { readonly case: 'progressRequest'; readonly value: WatchProgressRequest };
/** Every field at its default. */
export const emptyWatchRequest: WatchRequest = { requestUnion: undefined };
function writeWatchRequest(w: Writer, m: WatchRequest): void {
  if (m.requestUnion?.case === 'progressRequest') {
    w.message(watchProgressRequestCodec, m.requestUnion.value);
    w.tag(26);
  }
  if (m.requestUnion?.case === 'cancelRequest') {
    w.message(watchCancelRequestCodec, m.requestUnion.value);
    w.tag(18);
  }
  if (m.requestUnion?.case === 'createRequest') {
    w.message(watchCreateRequestCodec, m.requestUnion.value);
    w.tag(10);
  }
}
function readWatchRequest(r: Reader, end: number, into?: WatchRequest): WatchRequest {
  let requestUnion: WatchRequestRequestUnion | undefined = into === undefined ? undefined : into.requestUnion;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        requestUnion = {
          case: 'createRequest',
          value: r.message(
            watchCreateRequestCodec,
            requestUnion?.case === 'createRequest' ? requestUnion.value : undefined,
          ),
        };
        break;
      case 18:
        requestUnion = {
          case: 'cancelRequest',
          value: r.message(
            watchCancelRequestCodec,
            requestUnion?.case === 'cancelRequest' ? requestUnion.value : undefined,
          ),
        };
        break;
      case 26:
        requestUnion = {
          case: 'progressRequest',
          value: r.message(
            watchProgressRequestCodec,
            requestUnion?.case === 'progressRequest' ? requestUnion.value : undefined,
          ),
        };
        break;
      default:
        r.skip(tag);
    }
  }
  return { requestUnion };
}
export const watchRequestCodec: Codec<WatchRequest> = {
  write: writeWatchRequest,
  read: readWatchRequest,
  fields: [
    {
      name: 'create_request',
      property: 'createRequest',
      kind: 'message',
      fields: () => watchCreateRequestCodec.fields,
      oneof: 'requestUnion',
      oneofName: 'etcdserverpb.WatchRequest.request_union',
    },
    {
      name: 'cancel_request',
      property: 'cancelRequest',
      kind: 'message',
      fields: () => watchCancelRequestCodec.fields,
      oneof: 'requestUnion',
      oneofName: 'etcdserverpb.WatchRequest.request_union',
    },
    {
      name: 'progress_request',
      property: 'progressRequest',
      kind: 'message',
      fields: () => watchProgressRequestCodec.fields,
      oneof: 'requestUnion',
      oneofName: 'etcdserverpb.WatchRequest.request_union',
    },
  ],
};

export interface WatchCreateRequest {
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly startRevision: number;
  readonly progressNotify: boolean;
  readonly filters: readonly WatchCreateRequestFilterType[];
  readonly prevKv: boolean;
  readonly watchId: bigint;
  readonly fragment: boolean;
}
/** Every field at its default. */
export const emptyWatchCreateRequest: WatchCreateRequest = {
  key: '',
  rangeEnd: '',
  startRevision: 0,
  progressNotify: false,
  filters: [],
  prevKv: false,
  watchId: 0n,
  fragment: false,
};
function writeWatchCreateRequest(w: Writer, m: WatchCreateRequest): void {
  if (m.fragment) {
    w.bool(m.fragment);
    w.tag(64);
  }
  if (m.watchId !== 0n) {
    w.int64(m.watchId);
    w.tag(56);
  }
  if (m.prevKv) {
    w.bool(m.prevKv);
    w.tag(48);
  }
  if (m.filters.length > 0) {
    const before = w.written;
    for (let i = m.filters.length - 1; i >= 0; i--)
      writeWatchCreateRequestFilterType(w, m.filters[i] as WatchCreateRequestFilterType);
    w.uint32(w.written - before);
    w.tag(42);
  }
  if (m.progressNotify) {
    w.bool(m.progressNotify);
    w.tag(32);
  }
  if (m.startRevision !== 0) {
    w.int64Number(m.startRevision);
    w.tag(24);
  }
  if (m.rangeEnd !== '') {
    w.byteString(m.rangeEnd);
    w.tag(18);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(10);
  }
}
function readWatchCreateRequest(r: Reader, end: number, into?: WatchCreateRequest): WatchCreateRequest {
  let key: ByteString = into === undefined ? '' : into.key;
  let rangeEnd: ByteString = into === undefined ? '' : into.rangeEnd;
  let startRevision: number = into === undefined ? 0 : into.startRevision;
  let progressNotify: boolean = into === undefined ? false : into.progressNotify;
  const filters: WatchCreateRequestFilterType[] = into === undefined ? [] : [...into.filters];
  let prevKv: boolean = into === undefined ? false : into.prevKv;
  let watchId: bigint = into === undefined ? 0n : into.watchId;
  let fragment: boolean = into === undefined ? false : into.fragment;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        key = r.byteString();
        break;
      case 18:
        rangeEnd = r.byteString();
        break;
      case 24:
        startRevision = r.int64Number();
        break;
      case 32:
        progressNotify = r.bool();
        break;
      case 40:
        filters.push(readWatchCreateRequestFilterType(r));
        break;
      case 42: {
        const packedEnd = r.length();
        while (r.at < packedEnd) filters.push(readWatchCreateRequestFilterType(r));
        r.finish(packedEnd);
        break;
      }
      case 48:
        prevKv = r.bool();
        break;
      case 56:
        watchId = r.int64();
        break;
      case 64:
        fragment = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { key, rangeEnd, startRevision, progressNotify, filters, prevKv, watchId, fragment };
}
export const watchCreateRequestCodec: Codec<WatchCreateRequest> = {
  write: writeWatchCreateRequest,
  read: readWatchCreateRequest,
  fields: [
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'range_end', property: 'rangeEnd', kind: 'byteString' },
    { name: 'start_revision', property: 'startRevision', kind: 'int64Number' },
    { name: 'progress_notify', property: 'progressNotify', kind: 'bool' },
    {
      name: 'filters',
      property: 'filters',
      kind: 'enum',
      values: [
        ['NOPUT', 'noput'],
        ['NODELETE', 'nodelete'],
      ],
      repeated: true,
    },
    { name: 'prev_kv', property: 'prevKv', kind: 'bool' },
    { name: 'watch_id', property: 'watchId', kind: 'int64' },
    { name: 'fragment', property: 'fragment', kind: 'bool' },
  ],
};

export interface WatchCancelRequest {
  readonly watchId: bigint;
}
/** Every field at its default. */
export const emptyWatchCancelRequest: WatchCancelRequest = { watchId: 0n };
function writeWatchCancelRequest(w: Writer, m: WatchCancelRequest): void {
  if (m.watchId !== 0n) {
    w.int64(m.watchId);
    w.tag(8);
  }
}
function readWatchCancelRequest(r: Reader, end: number, into?: WatchCancelRequest): WatchCancelRequest {
  let watchId: bigint = into === undefined ? 0n : into.watchId;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        watchId = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { watchId };
}
export const watchCancelRequestCodec: Codec<WatchCancelRequest> = {
  write: writeWatchCancelRequest,
  read: readWatchCancelRequest,
  fields: [{ name: 'watch_id', property: 'watchId', kind: 'int64' }],
};

export type WatchProgressRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyWatchProgressRequest: WatchProgressRequest = {};
function writeWatchProgressRequest(_w: Writer, _m: WatchProgressRequest): void {}
function readWatchProgressRequest(r: Reader, end: number, _into?: WatchProgressRequest): WatchProgressRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const watchProgressRequestCodec: Codec<WatchProgressRequest> = {
  write: writeWatchProgressRequest,
  read: readWatchProgressRequest,
  fields: [],
};

export interface WatchResponse {
  readonly header: ResponseHeader;
  readonly watchId: bigint;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly fragment: boolean;
  readonly events: readonly Event[];
}
/** Every field at its default. */
export const emptyWatchResponse: WatchResponse = {
  header: emptyResponseHeader,
  watchId: 0n,
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: '',
  fragment: false,
  events: [],
};
function writeWatchResponse(w: Writer, m: WatchResponse): void {
  for (let i = m.events.length - 1; i >= 0; i--) {
    w.message(eventCodec, m.events[i] as Event);
    w.tag(90);
  }
  if (m.fragment) {
    w.bool(m.fragment);
    w.tag(56);
  }
  if (m.cancelReason !== '') {
    w.string(m.cancelReason);
    w.tag(50);
  }
  if (m.compactRevision !== 0) {
    w.int64Number(m.compactRevision);
    w.tag(40);
  }
  if (m.canceled) {
    w.bool(m.canceled);
    w.tag(32);
  }
  if (m.created) {
    w.bool(m.created);
    w.tag(24);
  }
  if (m.watchId !== 0n) {
    w.int64(m.watchId);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readWatchResponse(r: Reader, end: number, into?: WatchResponse): WatchResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let watchId: bigint = into === undefined ? 0n : into.watchId;
  let created: boolean = into === undefined ? false : into.created;
  let canceled: boolean = into === undefined ? false : into.canceled;
  let compactRevision: number = into === undefined ? 0 : into.compactRevision;
  let cancelReason: string = into === undefined ? '' : into.cancelReason;
  let fragment: boolean = into === undefined ? false : into.fragment;
  const events: Event[] = into === undefined ? [] : [...into.events];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        watchId = r.int64();
        break;
      case 24:
        created = r.bool();
        break;
      case 32:
        canceled = r.bool();
        break;
      case 40:
        compactRevision = r.int64Number();
        break;
      case 50:
        cancelReason = r.string();
        break;
      case 56:
        fragment = r.bool();
        break;
      case 90:
        events.push(r.message(eventCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return {
    header: header ?? emptyResponseHeader,
    watchId,
    created,
    canceled,
    compactRevision,
    cancelReason,
    fragment,
    events,
  };
}
export const watchResponseCodec: Codec<WatchResponse> = {
  write: writeWatchResponse,
  read: readWatchResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'watch_id', property: 'watchId', kind: 'int64' },
    { name: 'created', property: 'created', kind: 'bool' },
    { name: 'canceled', property: 'canceled', kind: 'bool' },
    { name: 'compact_revision', property: 'compactRevision', kind: 'int64Number' },
    { name: 'cancel_reason', property: 'cancelReason', kind: 'string' },
    { name: 'fragment', property: 'fragment', kind: 'bool' },
    { name: 'events', property: 'events', kind: 'message', fields: () => eventCodec.fields, repeated: true },
  ],
};

export interface LeaseGrantRequest {
  readonly ttl: number;
  readonly id: bigint;
}
/** Every field at its default. */
export const emptyLeaseGrantRequest: LeaseGrantRequest = { ttl: 0, id: 0n };
function writeLeaseGrantRequest(w: Writer, m: LeaseGrantRequest): void {
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(16);
  }
  if (m.ttl !== 0) {
    w.int64Number(m.ttl);
    w.tag(8);
  }
}
function readLeaseGrantRequest(r: Reader, end: number, into?: LeaseGrantRequest): LeaseGrantRequest {
  let ttl: number = into === undefined ? 0 : into.ttl;
  let id: bigint = into === undefined ? 0n : into.id;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        ttl = r.int64Number();
        break;
      case 16:
        id = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { ttl, id };
}
export const leaseGrantRequestCodec: Codec<LeaseGrantRequest> = {
  write: writeLeaseGrantRequest,
  read: readLeaseGrantRequest,
  fields: [
    { name: 'TTL', property: 'ttl', kind: 'int64Number' },
    { name: 'ID', property: 'id', kind: 'int64' },
  ],
};

export interface LeaseGrantResponse {
  readonly header: ResponseHeader;
  readonly id: bigint;
  readonly ttl: number;
  readonly error: string;
}
/** Every field at its default. */
export const emptyLeaseGrantResponse: LeaseGrantResponse = { header: emptyResponseHeader, id: 0n, ttl: 0, error: '' };
function writeLeaseGrantResponse(w: Writer, m: LeaseGrantResponse): void {
  if (m.error !== '') {
    w.string(m.error);
    w.tag(34);
  }
  if (m.ttl !== 0) {
    w.int64Number(m.ttl);
    w.tag(24);
  }
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readLeaseGrantResponse(r: Reader, end: number, into?: LeaseGrantResponse): LeaseGrantResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let id: bigint = into === undefined ? 0n : into.id;
  let ttl: number = into === undefined ? 0 : into.ttl;
  let error: string = into === undefined ? '' : into.error;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        id = r.int64();
        break;
      case 24:
        ttl = r.int64Number();
        break;
      case 34:
        error = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, id, ttl, error };
}
export const leaseGrantResponseCodec: Codec<LeaseGrantResponse> = {
  write: writeLeaseGrantResponse,
  read: readLeaseGrantResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'ID', property: 'id', kind: 'int64' },
    { name: 'TTL', property: 'ttl', kind: 'int64Number' },
    { name: 'error', property: 'error', kind: 'string' },
  ],
};

export interface LeaseRevokeRequest {
  readonly id: bigint;
}
/** Every field at its default. */
export const emptyLeaseRevokeRequest: LeaseRevokeRequest = { id: 0n };
function writeLeaseRevokeRequest(w: Writer, m: LeaseRevokeRequest): void {
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(8);
  }
}
function readLeaseRevokeRequest(r: Reader, end: number, into?: LeaseRevokeRequest): LeaseRevokeRequest {
  let id: bigint = into === undefined ? 0n : into.id;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id };
}
export const leaseRevokeRequestCodec: Codec<LeaseRevokeRequest> = {
  write: writeLeaseRevokeRequest,
  read: readLeaseRevokeRequest,
  fields: [{ name: 'ID', property: 'id', kind: 'int64' }],
};

export interface LeaseRevokeResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyLeaseRevokeResponse: LeaseRevokeResponse = { header: emptyResponseHeader };
function writeLeaseRevokeResponse(w: Writer, m: LeaseRevokeResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readLeaseRevokeResponse(r: Reader, end: number, into?: LeaseRevokeResponse): LeaseRevokeResponse {
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
export const leaseRevokeResponseCodec: Codec<LeaseRevokeResponse> = {
  write: writeLeaseRevokeResponse,
  read: readLeaseRevokeResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface LeaseKeepAliveRequest {
  readonly id: bigint;
}
/** Every field at its default. */
export const emptyLeaseKeepAliveRequest: LeaseKeepAliveRequest = { id: 0n };
function writeLeaseKeepAliveRequest(w: Writer, m: LeaseKeepAliveRequest): void {
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(8);
  }
}
function readLeaseKeepAliveRequest(r: Reader, end: number, into?: LeaseKeepAliveRequest): LeaseKeepAliveRequest {
  let id: bigint = into === undefined ? 0n : into.id;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id };
}
export const leaseKeepAliveRequestCodec: Codec<LeaseKeepAliveRequest> = {
  write: writeLeaseKeepAliveRequest,
  read: readLeaseKeepAliveRequest,
  fields: [{ name: 'ID', property: 'id', kind: 'int64' }],
};

export interface LeaseKeepAliveResponse {
  readonly header: ResponseHeader;
  readonly id: bigint;
  readonly ttl: number;
}
/** Every field at its default. */
export const emptyLeaseKeepAliveResponse: LeaseKeepAliveResponse = { header: emptyResponseHeader, id: 0n, ttl: 0 };
function writeLeaseKeepAliveResponse(w: Writer, m: LeaseKeepAliveResponse): void {
  if (m.ttl !== 0) {
    w.int64Number(m.ttl);
    w.tag(24);
  }
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readLeaseKeepAliveResponse(r: Reader, end: number, into?: LeaseKeepAliveResponse): LeaseKeepAliveResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let id: bigint = into === undefined ? 0n : into.id;
  let ttl: number = into === undefined ? 0 : into.ttl;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        id = r.int64();
        break;
      case 24:
        ttl = r.int64Number();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, id, ttl };
}
export const leaseKeepAliveResponseCodec: Codec<LeaseKeepAliveResponse> = {
  write: writeLeaseKeepAliveResponse,
  read: readLeaseKeepAliveResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'ID', property: 'id', kind: 'int64' },
    { name: 'TTL', property: 'ttl', kind: 'int64Number' },
  ],
};

export interface LeaseTimeToLiveRequest {
  readonly id: bigint;
  readonly keys: boolean;
}
/** Every field at its default. */
export const emptyLeaseTimeToLiveRequest: LeaseTimeToLiveRequest = { id: 0n, keys: false };
function writeLeaseTimeToLiveRequest(w: Writer, m: LeaseTimeToLiveRequest): void {
  if (m.keys) {
    w.bool(m.keys);
    w.tag(16);
  }
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(8);
  }
}
function readLeaseTimeToLiveRequest(r: Reader, end: number, into?: LeaseTimeToLiveRequest): LeaseTimeToLiveRequest {
  let id: bigint = into === undefined ? 0n : into.id;
  let keys: boolean = into === undefined ? false : into.keys;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.int64();
        break;
      case 16:
        keys = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id, keys };
}
export const leaseTimeToLiveRequestCodec: Codec<LeaseTimeToLiveRequest> = {
  write: writeLeaseTimeToLiveRequest,
  read: readLeaseTimeToLiveRequest,
  fields: [
    { name: 'ID', property: 'id', kind: 'int64' },
    { name: 'keys', property: 'keys', kind: 'bool' },
  ],
};

export interface LeaseTimeToLiveResponse {
  readonly header: ResponseHeader;
  readonly id: bigint;
  readonly ttl: number;
  readonly grantedTtl: number;
  readonly keys: readonly ByteString[];
}
/** Every field at its default. */
export const emptyLeaseTimeToLiveResponse: LeaseTimeToLiveResponse = {
  header: emptyResponseHeader,
  id: 0n,
  ttl: 0,
  grantedTtl: 0,
  keys: [],
};
function writeLeaseTimeToLiveResponse(w: Writer, m: LeaseTimeToLiveResponse): void {
  for (let i = m.keys.length - 1; i >= 0; i--) {
    w.byteString(m.keys[i] as ByteString);
    w.tag(42);
  }
  if (m.grantedTtl !== 0) {
    w.int64Number(m.grantedTtl);
    w.tag(32);
  }
  if (m.ttl !== 0) {
    w.int64Number(m.ttl);
    w.tag(24);
  }
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readLeaseTimeToLiveResponse(r: Reader, end: number, into?: LeaseTimeToLiveResponse): LeaseTimeToLiveResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let id: bigint = into === undefined ? 0n : into.id;
  let ttl: number = into === undefined ? 0 : into.ttl;
  let grantedTtl: number = into === undefined ? 0 : into.grantedTtl;
  const keys: ByteString[] = into === undefined ? [] : [...into.keys];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        id = r.int64();
        break;
      case 24:
        ttl = r.int64Number();
        break;
      case 32:
        grantedTtl = r.int64Number();
        break;
      case 42:
        keys.push(r.byteString());
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, id, ttl, grantedTtl, keys };
}
export const leaseTimeToLiveResponseCodec: Codec<LeaseTimeToLiveResponse> = {
  write: writeLeaseTimeToLiveResponse,
  read: readLeaseTimeToLiveResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'ID', property: 'id', kind: 'int64' },
    { name: 'TTL', property: 'ttl', kind: 'int64Number' },
    { name: 'grantedTTL', property: 'grantedTtl', kind: 'int64Number' },
    { name: 'keys', property: 'keys', kind: 'byteString', repeated: true },
  ],
};

export type LeaseLeasesRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyLeaseLeasesRequest: LeaseLeasesRequest = {};
function writeLeaseLeasesRequest(_w: Writer, _m: LeaseLeasesRequest): void {}
function readLeaseLeasesRequest(r: Reader, end: number, _into?: LeaseLeasesRequest): LeaseLeasesRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const leaseLeasesRequestCodec: Codec<LeaseLeasesRequest> = {
  write: writeLeaseLeasesRequest,
  read: readLeaseLeasesRequest,
  fields: [],
};

export interface LeaseStatus {
  readonly id: bigint;
}
/** Every field at its default. */
export const emptyLeaseStatus: LeaseStatus = { id: 0n };
function writeLeaseStatus(w: Writer, m: LeaseStatus): void {
  if (m.id !== 0n) {
    w.int64(m.id);
    w.tag(8);
  }
}
function readLeaseStatus(r: Reader, end: number, into?: LeaseStatus): LeaseStatus {
  let id: bigint = into === undefined ? 0n : into.id;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id };
}
export const leaseStatusCodec: Codec<LeaseStatus> = {
  write: writeLeaseStatus,
  read: readLeaseStatus,
  fields: [{ name: 'ID', property: 'id', kind: 'int64' }],
};

export interface LeaseLeasesResponse {
  readonly header: ResponseHeader;
  readonly leases: readonly LeaseStatus[];
}
/** Every field at its default. */
export const emptyLeaseLeasesResponse: LeaseLeasesResponse = { header: emptyResponseHeader, leases: [] };
function writeLeaseLeasesResponse(w: Writer, m: LeaseLeasesResponse): void {
  for (let i = m.leases.length - 1; i >= 0; i--) {
    w.message(leaseStatusCodec, m.leases[i] as LeaseStatus);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readLeaseLeasesResponse(r: Reader, end: number, into?: LeaseLeasesResponse): LeaseLeasesResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const leases: LeaseStatus[] = into === undefined ? [] : [...into.leases];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        leases.push(r.message(leaseStatusCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, leases };
}
export const leaseLeasesResponseCodec: Codec<LeaseLeasesResponse> = {
  write: writeLeaseLeasesResponse,
  read: readLeaseLeasesResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'leases', property: 'leases', kind: 'message', fields: () => leaseStatusCodec.fields, repeated: true },
  ],
};

export interface Member {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}
/** Every field at its default. */
export const emptyMember: Member = { id: 0n, name: '', peerUrls: [], clientUrls: [], isLearner: false };
function writeMember(w: Writer, m: Member): void {
  if (m.isLearner) {
    w.bool(m.isLearner);
    w.tag(40);
  }
  for (let i = m.clientUrls.length - 1; i >= 0; i--) {
    w.string(m.clientUrls[i] as string);
    w.tag(34);
  }
  for (let i = m.peerUrls.length - 1; i >= 0; i--) {
    w.string(m.peerUrls[i] as string);
    w.tag(26);
  }
  if (m.name !== '') {
    w.string(m.name);
    w.tag(18);
  }
  if (m.id !== 0n) {
    w.uint64(m.id);
    w.tag(8);
  }
}
function readMember(r: Reader, end: number, into?: Member): Member {
  let id: bigint = into === undefined ? 0n : into.id;
  let name: string = into === undefined ? '' : into.name;
  const peerUrls: string[] = into === undefined ? [] : [...into.peerUrls];
  const clientUrls: string[] = into === undefined ? [] : [...into.clientUrls];
  let isLearner: boolean = into === undefined ? false : into.isLearner;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.uint64();
        break;
      case 18:
        name = r.string();
        break;
      case 26:
        peerUrls.push(r.string());
        break;
      case 34:
        clientUrls.push(r.string());
        break;
      case 40:
        isLearner = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id, name, peerUrls, clientUrls, isLearner };
}
export const memberCodec: Codec<Member> = {
  write: writeMember,
  read: readMember,
  fields: [
    { name: 'ID', property: 'id', kind: 'uint64' },
    { name: 'name', property: 'name', kind: 'string' },
    { name: 'peerURLs', property: 'peerUrls', kind: 'string', repeated: true },
    { name: 'clientURLs', property: 'clientUrls', kind: 'string', repeated: true },
    { name: 'isLearner', property: 'isLearner', kind: 'bool' },
  ],
};

export interface MemberAddRequest {
  readonly peerUrls: readonly string[];
  readonly isLearner: boolean;
}
/** Every field at its default. */
export const emptyMemberAddRequest: MemberAddRequest = { peerUrls: [], isLearner: false };
function writeMemberAddRequest(w: Writer, m: MemberAddRequest): void {
  if (m.isLearner) {
    w.bool(m.isLearner);
    w.tag(16);
  }
  for (let i = m.peerUrls.length - 1; i >= 0; i--) {
    w.string(m.peerUrls[i] as string);
    w.tag(10);
  }
}
function readMemberAddRequest(r: Reader, end: number, into?: MemberAddRequest): MemberAddRequest {
  const peerUrls: string[] = into === undefined ? [] : [...into.peerUrls];
  let isLearner: boolean = into === undefined ? false : into.isLearner;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        peerUrls.push(r.string());
        break;
      case 16:
        isLearner = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { peerUrls, isLearner };
}
export const memberAddRequestCodec: Codec<MemberAddRequest> = {
  write: writeMemberAddRequest,
  read: readMemberAddRequest,
  fields: [
    { name: 'peerURLs', property: 'peerUrls', kind: 'string', repeated: true },
    { name: 'isLearner', property: 'isLearner', kind: 'bool' },
  ],
};

export interface MemberAddResponse {
  readonly header: ResponseHeader;
  readonly member?: Member;
  readonly members: readonly Member[];
}
/** Every field at its default. */
export const emptyMemberAddResponse: MemberAddResponse = { header: emptyResponseHeader, members: [] };
function writeMemberAddResponse(w: Writer, m: MemberAddResponse): void {
  for (let i = m.members.length - 1; i >= 0; i--) {
    w.message(memberCodec, m.members[i] as Member);
    w.tag(26);
  }
  if (m.member !== undefined) {
    w.message(memberCodec, m.member);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readMemberAddResponse(r: Reader, end: number, into?: MemberAddResponse): MemberAddResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let member: Member | undefined = into === undefined ? undefined : into.member;
  const members: Member[] = into === undefined ? [] : [...into.members];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        member = r.message(memberCodec, member);
        break;
      case 26:
        members.push(r.message(memberCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof MemberAddResponse]: MemberAddResponse[K] } = {
    header: header ?? emptyResponseHeader,
    members,
  };
  if (member !== undefined) message.member = member;
  return message;
}
export const memberAddResponseCodec: Codec<MemberAddResponse> = {
  write: writeMemberAddResponse,
  read: readMemberAddResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'member', property: 'member', kind: 'message', fields: () => memberCodec.fields },
    { name: 'members', property: 'members', kind: 'message', fields: () => memberCodec.fields, repeated: true },
  ],
};

export interface MemberRemoveRequest {
  readonly id: bigint;
}
/** Every field at its default. */
export const emptyMemberRemoveRequest: MemberRemoveRequest = { id: 0n };
function writeMemberRemoveRequest(w: Writer, m: MemberRemoveRequest): void {
  if (m.id !== 0n) {
    w.uint64(m.id);
    w.tag(8);
  }
}
function readMemberRemoveRequest(r: Reader, end: number, into?: MemberRemoveRequest): MemberRemoveRequest {
  let id: bigint = into === undefined ? 0n : into.id;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.uint64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id };
}
export const memberRemoveRequestCodec: Codec<MemberRemoveRequest> = {
  write: writeMemberRemoveRequest,
  read: readMemberRemoveRequest,
  fields: [{ name: 'ID', property: 'id', kind: 'uint64' }],
};

export interface MemberRemoveResponse {
  readonly header: ResponseHeader;
  readonly members: readonly Member[];
}
/** Every field at its default. */
export const emptyMemberRemoveResponse: MemberRemoveResponse = { header: emptyResponseHeader, members: [] };
function writeMemberRemoveResponse(w: Writer, m: MemberRemoveResponse): void {
  for (let i = m.members.length - 1; i >= 0; i--) {
    w.message(memberCodec, m.members[i] as Member);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readMemberRemoveResponse(r: Reader, end: number, into?: MemberRemoveResponse): MemberRemoveResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const members: Member[] = into === undefined ? [] : [...into.members];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        members.push(r.message(memberCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, members };
}
export const memberRemoveResponseCodec: Codec<MemberRemoveResponse> = {
  write: writeMemberRemoveResponse,
  read: readMemberRemoveResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'members', property: 'members', kind: 'message', fields: () => memberCodec.fields, repeated: true },
  ],
};

export interface MemberUpdateRequest {
  readonly id: bigint;
  readonly peerUrls: readonly string[];
}
/** Every field at its default. */
export const emptyMemberUpdateRequest: MemberUpdateRequest = { id: 0n, peerUrls: [] };
function writeMemberUpdateRequest(w: Writer, m: MemberUpdateRequest): void {
  for (let i = m.peerUrls.length - 1; i >= 0; i--) {
    w.string(m.peerUrls[i] as string);
    w.tag(18);
  }
  if (m.id !== 0n) {
    w.uint64(m.id);
    w.tag(8);
  }
}
function readMemberUpdateRequest(r: Reader, end: number, into?: MemberUpdateRequest): MemberUpdateRequest {
  let id: bigint = into === undefined ? 0n : into.id;
  const peerUrls: string[] = into === undefined ? [] : [...into.peerUrls];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.uint64();
        break;
      case 18:
        peerUrls.push(r.string());
        break;
      default:
        r.skip(tag);
    }
  }
  return { id, peerUrls };
}
export const memberUpdateRequestCodec: Codec<MemberUpdateRequest> = {
  write: writeMemberUpdateRequest,
  read: readMemberUpdateRequest,
  fields: [
    { name: 'ID', property: 'id', kind: 'uint64' },
    { name: 'peerURLs', property: 'peerUrls', kind: 'string', repeated: true },
  ],
};

export interface MemberUpdateResponse {
  readonly header: ResponseHeader;
  readonly members: readonly Member[];
}
/** Every field at its default. */
export const emptyMemberUpdateResponse: MemberUpdateResponse = { header: emptyResponseHeader, members: [] };
function writeMemberUpdateResponse(w: Writer, m: MemberUpdateResponse): void {
  for (let i = m.members.length - 1; i >= 0; i--) {
    w.message(memberCodec, m.members[i] as Member);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readMemberUpdateResponse(r: Reader, end: number, into?: MemberUpdateResponse): MemberUpdateResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const members: Member[] = into === undefined ? [] : [...into.members];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        members.push(r.message(memberCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, members };
}
export const memberUpdateResponseCodec: Codec<MemberUpdateResponse> = {
  write: writeMemberUpdateResponse,
  read: readMemberUpdateResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'members', property: 'members', kind: 'message', fields: () => memberCodec.fields, repeated: true },
  ],
};

export interface MemberListRequest {
  readonly linearizable: boolean;
}
/** Every field at its default. */
export const emptyMemberListRequest: MemberListRequest = { linearizable: false };
function writeMemberListRequest(w: Writer, m: MemberListRequest): void {
  if (m.linearizable) {
    w.bool(m.linearizable);
    w.tag(8);
  }
}
function readMemberListRequest(r: Reader, end: number, into?: MemberListRequest): MemberListRequest {
  let linearizable: boolean = into === undefined ? false : into.linearizable;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        linearizable = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { linearizable };
}
export const memberListRequestCodec: Codec<MemberListRequest> = {
  write: writeMemberListRequest,
  read: readMemberListRequest,
  fields: [{ name: 'linearizable', property: 'linearizable', kind: 'bool' }],
};

export interface MemberListResponse {
  readonly header: ResponseHeader;
  readonly members: readonly Member[];
}
/** Every field at its default. */
export const emptyMemberListResponse: MemberListResponse = { header: emptyResponseHeader, members: [] };
function writeMemberListResponse(w: Writer, m: MemberListResponse): void {
  for (let i = m.members.length - 1; i >= 0; i--) {
    w.message(memberCodec, m.members[i] as Member);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readMemberListResponse(r: Reader, end: number, into?: MemberListResponse): MemberListResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const members: Member[] = into === undefined ? [] : [...into.members];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        members.push(r.message(memberCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, members };
}
export const memberListResponseCodec: Codec<MemberListResponse> = {
  write: writeMemberListResponse,
  read: readMemberListResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'members', property: 'members', kind: 'message', fields: () => memberCodec.fields, repeated: true },
  ],
};

export interface MemberPromoteRequest {
  readonly id: bigint;
}
/** Every field at its default. */
export const emptyMemberPromoteRequest: MemberPromoteRequest = { id: 0n };
function writeMemberPromoteRequest(w: Writer, m: MemberPromoteRequest): void {
  if (m.id !== 0n) {
    w.uint64(m.id);
    w.tag(8);
  }
}
function readMemberPromoteRequest(r: Reader, end: number, into?: MemberPromoteRequest): MemberPromoteRequest {
  let id: bigint = into === undefined ? 0n : into.id;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        id = r.uint64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { id };
}
export const memberPromoteRequestCodec: Codec<MemberPromoteRequest> = {
  write: writeMemberPromoteRequest,
  read: readMemberPromoteRequest,
  fields: [{ name: 'ID', property: 'id', kind: 'uint64' }],
};

export interface MemberPromoteResponse {
  readonly header: ResponseHeader;
  readonly members: readonly Member[];
}
/** Every field at its default. */
export const emptyMemberPromoteResponse: MemberPromoteResponse = { header: emptyResponseHeader, members: [] };
function writeMemberPromoteResponse(w: Writer, m: MemberPromoteResponse): void {
  for (let i = m.members.length - 1; i >= 0; i--) {
    w.message(memberCodec, m.members[i] as Member);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readMemberPromoteResponse(r: Reader, end: number, into?: MemberPromoteResponse): MemberPromoteResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const members: Member[] = into === undefined ? [] : [...into.members];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        members.push(r.message(memberCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, members };
}
export const memberPromoteResponseCodec: Codec<MemberPromoteResponse> = {
  write: writeMemberPromoteResponse,
  read: readMemberPromoteResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'members', property: 'members', kind: 'message', fields: () => memberCodec.fields, repeated: true },
  ],
};

export type DefragmentRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyDefragmentRequest: DefragmentRequest = {};
function writeDefragmentRequest(_w: Writer, _m: DefragmentRequest): void {}
function readDefragmentRequest(r: Reader, end: number, _into?: DefragmentRequest): DefragmentRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const defragmentRequestCodec: Codec<DefragmentRequest> = {
  write: writeDefragmentRequest,
  read: readDefragmentRequest,
  fields: [],
};

export interface DefragmentResponse {
  readonly header?: ResponseHeader;
}
/** Every field at its default. */
export const emptyDefragmentResponse: DefragmentResponse = {};
function writeDefragmentResponse(w: Writer, m: DefragmentResponse): void {
  if (m.header !== undefined) {
    w.message(responseHeaderCodec, m.header);
    w.tag(10);
  }
}
function readDefragmentResponse(r: Reader, end: number, into?: DefragmentResponse): DefragmentResponse {
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
  const message: { -readonly [K in keyof DefragmentResponse]: DefragmentResponse[K] } = {};
  if (header !== undefined) message.header = header;
  return message;
}
export const defragmentResponseCodec: Codec<DefragmentResponse> = {
  write: writeDefragmentResponse,
  read: readDefragmentResponse,
  fields: [{ name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields }],
};

export interface MoveLeaderRequest {
  readonly targetId: bigint;
}
/** Every field at its default. */
export const emptyMoveLeaderRequest: MoveLeaderRequest = { targetId: 0n };
function writeMoveLeaderRequest(w: Writer, m: MoveLeaderRequest): void {
  if (m.targetId !== 0n) {
    w.uint64(m.targetId);
    w.tag(8);
  }
}
function readMoveLeaderRequest(r: Reader, end: number, into?: MoveLeaderRequest): MoveLeaderRequest {
  let targetId: bigint = into === undefined ? 0n : into.targetId;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        targetId = r.uint64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { targetId };
}
export const moveLeaderRequestCodec: Codec<MoveLeaderRequest> = {
  write: writeMoveLeaderRequest,
  read: readMoveLeaderRequest,
  fields: [{ name: 'targetID', property: 'targetId', kind: 'uint64' }],
};

export interface MoveLeaderResponse {
  readonly header?: ResponseHeader;
}
/** Every field at its default. */
export const emptyMoveLeaderResponse: MoveLeaderResponse = {};
function writeMoveLeaderResponse(w: Writer, m: MoveLeaderResponse): void {
  if (m.header !== undefined) {
    w.message(responseHeaderCodec, m.header);
    w.tag(10);
  }
}
function readMoveLeaderResponse(r: Reader, end: number, into?: MoveLeaderResponse): MoveLeaderResponse {
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
  const message: { -readonly [K in keyof MoveLeaderResponse]: MoveLeaderResponse[K] } = {};
  if (header !== undefined) message.header = header;
  return message;
}
export const moveLeaderResponseCodec: Codec<MoveLeaderResponse> = {
  write: writeMoveLeaderResponse,
  read: readMoveLeaderResponse,
  fields: [{ name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields }],
};

export interface AlarmRequest {
  readonly action: AlarmRequestAlarmAction;
  readonly memberId: bigint;
  readonly alarm: AlarmType;
}
/** Every field at its default. */
export const emptyAlarmRequest: AlarmRequest = { action: 'get', memberId: 0n, alarm: 'none' };
function writeAlarmRequest(w: Writer, m: AlarmRequest): void {
  if (m.alarm !== 'none') {
    writeAlarmType(w, m.alarm);
    w.tag(24);
  }
  if (m.memberId !== 0n) {
    w.uint64(m.memberId);
    w.tag(16);
  }
  if (m.action !== 'get') {
    writeAlarmRequestAlarmAction(w, m.action);
    w.tag(8);
  }
}
function readAlarmRequest(r: Reader, end: number, into?: AlarmRequest): AlarmRequest {
  let action: AlarmRequestAlarmAction = into === undefined ? 'get' : into.action;
  let memberId: bigint = into === undefined ? 0n : into.memberId;
  let alarm: AlarmType = into === undefined ? 'none' : into.alarm;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        action = readAlarmRequestAlarmAction(r);
        break;
      case 16:
        memberId = r.uint64();
        break;
      case 24:
        alarm = readAlarmType(r);
        break;
      default:
        r.skip(tag);
    }
  }
  return { action, memberId, alarm };
}
export const alarmRequestCodec: Codec<AlarmRequest> = {
  write: writeAlarmRequest,
  read: readAlarmRequest,
  fields: [
    {
      name: 'action',
      property: 'action',
      kind: 'enum',
      values: [
        ['GET', 'get'],
        ['ACTIVATE', 'activate'],
        ['DEACTIVATE', 'deactivate'],
      ],
    },
    { name: 'memberID', property: 'memberId', kind: 'uint64' },
    {
      name: 'alarm',
      property: 'alarm',
      kind: 'enum',
      values: [
        ['NONE', 'none'],
        ['NOSPACE', 'nospace'],
        ['CORRUPT', 'corrupt'],
      ],
    },
  ],
};

export interface AlarmMember {
  readonly memberId: bigint;
  readonly alarm: AlarmType;
}
/** Every field at its default. */
export const emptyAlarmMember: AlarmMember = { memberId: 0n, alarm: 'none' };
function writeAlarmMember(w: Writer, m: AlarmMember): void {
  if (m.alarm !== 'none') {
    writeAlarmType(w, m.alarm);
    w.tag(16);
  }
  if (m.memberId !== 0n) {
    w.uint64(m.memberId);
    w.tag(8);
  }
}
function readAlarmMember(r: Reader, end: number, into?: AlarmMember): AlarmMember {
  let memberId: bigint = into === undefined ? 0n : into.memberId;
  let alarm: AlarmType = into === undefined ? 'none' : into.alarm;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        memberId = r.uint64();
        break;
      case 16:
        alarm = readAlarmType(r);
        break;
      default:
        r.skip(tag);
    }
  }
  return { memberId, alarm };
}
export const alarmMemberCodec: Codec<AlarmMember> = {
  write: writeAlarmMember,
  read: readAlarmMember,
  fields: [
    { name: 'memberID', property: 'memberId', kind: 'uint64' },
    {
      name: 'alarm',
      property: 'alarm',
      kind: 'enum',
      values: [
        ['NONE', 'none'],
        ['NOSPACE', 'nospace'],
        ['CORRUPT', 'corrupt'],
      ],
    },
  ],
};

export interface AlarmResponse {
  readonly header: ResponseHeader;
  readonly alarms: readonly AlarmMember[];
}
/** Every field at its default. */
export const emptyAlarmResponse: AlarmResponse = { header: emptyResponseHeader, alarms: [] };
function writeAlarmResponse(w: Writer, m: AlarmResponse): void {
  for (let i = m.alarms.length - 1; i >= 0; i--) {
    w.message(alarmMemberCodec, m.alarms[i] as AlarmMember);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAlarmResponse(r: Reader, end: number, into?: AlarmResponse): AlarmResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const alarms: AlarmMember[] = into === undefined ? [] : [...into.alarms];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        alarms.push(r.message(alarmMemberCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, alarms };
}
export const alarmResponseCodec: Codec<AlarmResponse> = {
  write: writeAlarmResponse,
  read: readAlarmResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'alarms', property: 'alarms', kind: 'message', fields: () => alarmMemberCodec.fields, repeated: true },
  ],
};

export interface DowngradeRequest {
  readonly action: DowngradeRequestDowngradeAction;
  readonly version: string;
}
/** Every field at its default. */
export const emptyDowngradeRequest: DowngradeRequest = { action: 'validate', version: '' };
function writeDowngradeRequest(w: Writer, m: DowngradeRequest): void {
  if (m.version !== '') {
    w.string(m.version);
    w.tag(18);
  }
  if (m.action !== 'validate') {
    writeDowngradeRequestDowngradeAction(w, m.action);
    w.tag(8);
  }
}
function readDowngradeRequest(r: Reader, end: number, into?: DowngradeRequest): DowngradeRequest {
  let action: DowngradeRequestDowngradeAction = into === undefined ? 'validate' : into.action;
  let version: string = into === undefined ? '' : into.version;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        action = readDowngradeRequestDowngradeAction(r);
        break;
      case 18:
        version = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { action, version };
}
export const downgradeRequestCodec: Codec<DowngradeRequest> = {
  write: writeDowngradeRequest,
  read: readDowngradeRequest,
  fields: [
    {
      name: 'action',
      property: 'action',
      kind: 'enum',
      values: [
        ['VALIDATE', 'validate'],
        ['ENABLE', 'enable'],
        ['CANCEL', 'cancel'],
      ],
    },
    { name: 'version', property: 'version', kind: 'string' },
  ],
};

export interface DowngradeResponse {
  readonly header: ResponseHeader;
  readonly version: string;
}
/** Every field at its default. */
export const emptyDowngradeResponse: DowngradeResponse = { header: emptyResponseHeader, version: '' };
function writeDowngradeResponse(w: Writer, m: DowngradeResponse): void {
  if (m.version !== '') {
    w.string(m.version);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readDowngradeResponse(r: Reader, end: number, into?: DowngradeResponse): DowngradeResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let version: string = into === undefined ? '' : into.version;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        version = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, version };
}
export const downgradeResponseCodec: Codec<DowngradeResponse> = {
  write: writeDowngradeResponse,
  read: readDowngradeResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'version', property: 'version', kind: 'string' },
  ],
};

export type StatusRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyStatusRequest: StatusRequest = {};
function writeStatusRequest(_w: Writer, _m: StatusRequest): void {}
function readStatusRequest(r: Reader, end: number, _into?: StatusRequest): StatusRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const statusRequestCodec: Codec<StatusRequest> = {
  write: writeStatusRequest,
  read: readStatusRequest,
  fields: [],
};

export interface StatusResponse {
  readonly header: ResponseHeader;
  readonly version: string;
  readonly dbSize: number;
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftTerm: number;
  readonly raftAppliedIndex: number;
  readonly errors: readonly string[];
  readonly dbSizeInUse: number;
  readonly isLearner: boolean;
  readonly storageVersion: string;
  readonly dbSizeQuota: number;
  readonly downgradeInfo?: DowngradeInfo;
}
/** Every field at its default. */
export const emptyStatusResponse: StatusResponse = {
  header: emptyResponseHeader,
  version: '',
  dbSize: 0,
  leader: 0n,
  raftIndex: 0,
  raftTerm: 0,
  raftAppliedIndex: 0,
  errors: [],
  dbSizeInUse: 0,
  isLearner: false,
  storageVersion: '',
  dbSizeQuota: 0,
};
function writeStatusResponse(w: Writer, m: StatusResponse): void {
  if (m.downgradeInfo !== undefined) {
    w.message(downgradeInfoCodec, m.downgradeInfo);
    w.tag(106);
  }
  if (m.dbSizeQuota !== 0) {
    w.int64Number(m.dbSizeQuota);
    w.tag(96);
  }
  if (m.storageVersion !== '') {
    w.string(m.storageVersion);
    w.tag(90);
  }
  if (m.isLearner) {
    w.bool(m.isLearner);
    w.tag(80);
  }
  if (m.dbSizeInUse !== 0) {
    w.int64Number(m.dbSizeInUse);
    w.tag(72);
  }
  for (let i = m.errors.length - 1; i >= 0; i--) {
    w.string(m.errors[i] as string);
    w.tag(66);
  }
  if (m.raftAppliedIndex !== 0) {
    w.uint64Number(m.raftAppliedIndex);
    w.tag(56);
  }
  if (m.raftTerm !== 0) {
    w.uint64Number(m.raftTerm);
    w.tag(48);
  }
  if (m.raftIndex !== 0) {
    w.uint64Number(m.raftIndex);
    w.tag(40);
  }
  if (m.leader !== 0n) {
    w.uint64(m.leader);
    w.tag(32);
  }
  if (m.dbSize !== 0) {
    w.int64Number(m.dbSize);
    w.tag(24);
  }
  if (m.version !== '') {
    w.string(m.version);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readStatusResponse(r: Reader, end: number, into?: StatusResponse): StatusResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let version: string = into === undefined ? '' : into.version;
  let dbSize: number = into === undefined ? 0 : into.dbSize;
  let leader: bigint = into === undefined ? 0n : into.leader;
  let raftIndex: number = into === undefined ? 0 : into.raftIndex;
  let raftTerm: number = into === undefined ? 0 : into.raftTerm;
  let raftAppliedIndex: number = into === undefined ? 0 : into.raftAppliedIndex;
  const errors: string[] = into === undefined ? [] : [...into.errors];
  let dbSizeInUse: number = into === undefined ? 0 : into.dbSizeInUse;
  let isLearner: boolean = into === undefined ? false : into.isLearner;
  let storageVersion: string = into === undefined ? '' : into.storageVersion;
  let dbSizeQuota: number = into === undefined ? 0 : into.dbSizeQuota;
  let downgradeInfo: DowngradeInfo | undefined = into === undefined ? undefined : into.downgradeInfo;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        version = r.string();
        break;
      case 24:
        dbSize = r.int64Number();
        break;
      case 32:
        leader = r.uint64();
        break;
      case 40:
        raftIndex = r.uint64Number();
        break;
      case 48:
        raftTerm = r.uint64Number();
        break;
      case 56:
        raftAppliedIndex = r.uint64Number();
        break;
      case 66:
        errors.push(r.string());
        break;
      case 72:
        dbSizeInUse = r.int64Number();
        break;
      case 80:
        isLearner = r.bool();
        break;
      case 90:
        storageVersion = r.string();
        break;
      case 96:
        dbSizeQuota = r.int64Number();
        break;
      case 106:
        downgradeInfo = r.message(downgradeInfoCodec, downgradeInfo);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof StatusResponse]: StatusResponse[K] } = {
    header: header ?? emptyResponseHeader,
    version,
    dbSize,
    leader,
    raftIndex,
    raftTerm,
    raftAppliedIndex,
    errors,
    dbSizeInUse,
    isLearner,
    storageVersion,
    dbSizeQuota,
  };
  if (downgradeInfo !== undefined) message.downgradeInfo = downgradeInfo;
  return message;
}
export const statusResponseCodec: Codec<StatusResponse> = {
  write: writeStatusResponse,
  read: readStatusResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'version', property: 'version', kind: 'string' },
    { name: 'dbSize', property: 'dbSize', kind: 'int64Number' },
    { name: 'leader', property: 'leader', kind: 'uint64' },
    { name: 'raftIndex', property: 'raftIndex', kind: 'uint64Number' },
    { name: 'raftTerm', property: 'raftTerm', kind: 'uint64Number' },
    { name: 'raftAppliedIndex', property: 'raftAppliedIndex', kind: 'uint64Number' },
    { name: 'errors', property: 'errors', kind: 'string', repeated: true },
    { name: 'dbSizeInUse', property: 'dbSizeInUse', kind: 'int64Number' },
    { name: 'isLearner', property: 'isLearner', kind: 'bool' },
    { name: 'storageVersion', property: 'storageVersion', kind: 'string' },
    { name: 'dbSizeQuota', property: 'dbSizeQuota', kind: 'int64Number' },
    { name: 'downgradeInfo', property: 'downgradeInfo', kind: 'message', fields: () => downgradeInfoCodec.fields },
  ],
};

export interface DowngradeInfo {
  readonly enabled: boolean;
  readonly targetVersion: string;
}
/** Every field at its default. */
export const emptyDowngradeInfo: DowngradeInfo = { enabled: false, targetVersion: '' };
function writeDowngradeInfo(w: Writer, m: DowngradeInfo): void {
  if (m.targetVersion !== '') {
    w.string(m.targetVersion);
    w.tag(18);
  }
  if (m.enabled) {
    w.bool(m.enabled);
    w.tag(8);
  }
}
function readDowngradeInfo(r: Reader, end: number, into?: DowngradeInfo): DowngradeInfo {
  let enabled: boolean = into === undefined ? false : into.enabled;
  let targetVersion: string = into === undefined ? '' : into.targetVersion;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        enabled = r.bool();
        break;
      case 18:
        targetVersion = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { enabled, targetVersion };
}
export const downgradeInfoCodec: Codec<DowngradeInfo> = {
  write: writeDowngradeInfo,
  read: readDowngradeInfo,
  fields: [
    { name: 'enabled', property: 'enabled', kind: 'bool' },
    { name: 'targetVersion', property: 'targetVersion', kind: 'string' },
  ],
};

export type HashRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyHashRequest: HashRequest = {};
function writeHashRequest(_w: Writer, _m: HashRequest): void {}
function readHashRequest(r: Reader, end: number, _into?: HashRequest): HashRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const hashRequestCodec: Codec<HashRequest> = { write: writeHashRequest, read: readHashRequest, fields: [] };

export interface HashResponse {
  readonly header: ResponseHeader;
  readonly hash: number;
}
/** Every field at its default. */
export const emptyHashResponse: HashResponse = { header: emptyResponseHeader, hash: 0 };
function writeHashResponse(w: Writer, m: HashResponse): void {
  if (m.hash !== 0) {
    w.uint32(m.hash);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readHashResponse(r: Reader, end: number, into?: HashResponse): HashResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let hash: number = into === undefined ? 0 : into.hash;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        hash = r.uint32();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, hash };
}
export const hashResponseCodec: Codec<HashResponse> = {
  write: writeHashResponse,
  read: readHashResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'hash', property: 'hash', kind: 'uint32' },
  ],
};

export interface HashKVRequest {
  readonly revision: number;
}
/** Every field at its default. */
export const emptyHashKVRequest: HashKVRequest = { revision: 0 };
function writeHashKVRequest(w: Writer, m: HashKVRequest): void {
  if (m.revision !== 0) {
    w.int64Number(m.revision);
    w.tag(8);
  }
}
function readHashKVRequest(r: Reader, end: number, into?: HashKVRequest): HashKVRequest {
  let revision: number = into === undefined ? 0 : into.revision;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        revision = r.int64Number();
        break;
      default:
        r.skip(tag);
    }
  }
  return { revision };
}
export const hashKVRequestCodec: Codec<HashKVRequest> = {
  write: writeHashKVRequest,
  read: readHashKVRequest,
  fields: [{ name: 'revision', property: 'revision', kind: 'int64Number' }],
};

export interface HashKVResponse {
  readonly header: ResponseHeader;
  readonly hash: number;
  readonly compactRevision: number;
  readonly hashRevision: number;
}
/** Every field at its default. */
export const emptyHashKVResponse: HashKVResponse = {
  header: emptyResponseHeader,
  hash: 0,
  compactRevision: 0,
  hashRevision: 0,
};
function writeHashKVResponse(w: Writer, m: HashKVResponse): void {
  if (m.hashRevision !== 0) {
    w.int64Number(m.hashRevision);
    w.tag(32);
  }
  if (m.compactRevision !== 0) {
    w.int64Number(m.compactRevision);
    w.tag(24);
  }
  if (m.hash !== 0) {
    w.uint32(m.hash);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readHashKVResponse(r: Reader, end: number, into?: HashKVResponse): HashKVResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let hash: number = into === undefined ? 0 : into.hash;
  let compactRevision: number = into === undefined ? 0 : into.compactRevision;
  let hashRevision: number = into === undefined ? 0 : into.hashRevision;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        hash = r.uint32();
        break;
      case 24:
        compactRevision = r.int64Number();
        break;
      case 32:
        hashRevision = r.int64Number();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, hash, compactRevision, hashRevision };
}
export const hashKVResponseCodec: Codec<HashKVResponse> = {
  write: writeHashKVResponse,
  read: readHashKVResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'hash', property: 'hash', kind: 'uint32' },
    { name: 'compact_revision', property: 'compactRevision', kind: 'int64Number' },
    { name: 'hash_revision', property: 'hashRevision', kind: 'int64Number' },
  ],
};

export type SnapshotRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptySnapshotRequest: SnapshotRequest = {};
function writeSnapshotRequest(_w: Writer, _m: SnapshotRequest): void {}
function readSnapshotRequest(r: Reader, end: number, _into?: SnapshotRequest): SnapshotRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const snapshotRequestCodec: Codec<SnapshotRequest> = {
  write: writeSnapshotRequest,
  read: readSnapshotRequest,
  fields: [],
};

export interface SnapshotResponse {
  readonly header: ResponseHeader;
  readonly remainingBytes: number;
  readonly blob: Uint8Array;
  readonly version: string;
}
/** Every field at its default. */
export const emptySnapshotResponse: SnapshotResponse = {
  header: emptyResponseHeader,
  remainingBytes: 0,
  blob: noBytes,
  version: '',
};
function writeSnapshotResponse(w: Writer, m: SnapshotResponse): void {
  if (m.version !== '') {
    w.string(m.version);
    w.tag(34);
  }
  if (m.blob.length > 0) {
    w.byteArray(m.blob);
    w.tag(26);
  }
  if (m.remainingBytes !== 0) {
    w.uint64Number(m.remainingBytes);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readSnapshotResponse(r: Reader, end: number, into?: SnapshotResponse): SnapshotResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let remainingBytes: number = into === undefined ? 0 : into.remainingBytes;
  let blob: Uint8Array = into === undefined ? noBytes : into.blob;
  let version: string = into === undefined ? '' : into.version;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        remainingBytes = r.uint64Number();
        break;
      case 26:
        blob = r.byteArray();
        break;
      case 34:
        version = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, remainingBytes, blob, version };
}
export const snapshotResponseCodec: Codec<SnapshotResponse> = {
  write: writeSnapshotResponse,
  read: readSnapshotResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'remaining_bytes', property: 'remainingBytes', kind: 'uint64Number' },
    { name: 'blob', property: 'blob', kind: 'bytes' },
    { name: 'version', property: 'version', kind: 'string' },
  ],
};

export type AuthEnableRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyAuthEnableRequest: AuthEnableRequest = {};
function writeAuthEnableRequest(_w: Writer, _m: AuthEnableRequest): void {}
function readAuthEnableRequest(r: Reader, end: number, _into?: AuthEnableRequest): AuthEnableRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const authEnableRequestCodec: Codec<AuthEnableRequest> = {
  write: writeAuthEnableRequest,
  read: readAuthEnableRequest,
  fields: [],
};

export interface AuthEnableResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthEnableResponse: AuthEnableResponse = { header: emptyResponseHeader };
function writeAuthEnableResponse(w: Writer, m: AuthEnableResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthEnableResponse(r: Reader, end: number, into?: AuthEnableResponse): AuthEnableResponse {
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
export const authEnableResponseCodec: Codec<AuthEnableResponse> = {
  write: writeAuthEnableResponse,
  read: readAuthEnableResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export type AuthDisableRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyAuthDisableRequest: AuthDisableRequest = {};
function writeAuthDisableRequest(_w: Writer, _m: AuthDisableRequest): void {}
function readAuthDisableRequest(r: Reader, end: number, _into?: AuthDisableRequest): AuthDisableRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const authDisableRequestCodec: Codec<AuthDisableRequest> = {
  write: writeAuthDisableRequest,
  read: readAuthDisableRequest,
  fields: [],
};

export interface AuthDisableResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthDisableResponse: AuthDisableResponse = { header: emptyResponseHeader };
function writeAuthDisableResponse(w: Writer, m: AuthDisableResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthDisableResponse(r: Reader, end: number, into?: AuthDisableResponse): AuthDisableResponse {
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
export const authDisableResponseCodec: Codec<AuthDisableResponse> = {
  write: writeAuthDisableResponse,
  read: readAuthDisableResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export type AuthStatusRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyAuthStatusRequest: AuthStatusRequest = {};
function writeAuthStatusRequest(_w: Writer, _m: AuthStatusRequest): void {}
function readAuthStatusRequest(r: Reader, end: number, _into?: AuthStatusRequest): AuthStatusRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const authStatusRequestCodec: Codec<AuthStatusRequest> = {
  write: writeAuthStatusRequest,
  read: readAuthStatusRequest,
  fields: [],
};

export interface AuthStatusResponse {
  readonly header: ResponseHeader;
  readonly enabled: boolean;
  readonly authRevision: number;
}
/** Every field at its default. */
export const emptyAuthStatusResponse: AuthStatusResponse = {
  header: emptyResponseHeader,
  enabled: false,
  authRevision: 0,
};
function writeAuthStatusResponse(w: Writer, m: AuthStatusResponse): void {
  if (m.authRevision !== 0) {
    w.uint64Number(m.authRevision);
    w.tag(24);
  }
  if (m.enabled) {
    w.bool(m.enabled);
    w.tag(16);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthStatusResponse(r: Reader, end: number, into?: AuthStatusResponse): AuthStatusResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let enabled: boolean = into === undefined ? false : into.enabled;
  let authRevision: number = into === undefined ? 0 : into.authRevision;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 16:
        enabled = r.bool();
        break;
      case 24:
        authRevision = r.uint64Number();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, enabled, authRevision };
}
export const authStatusResponseCodec: Codec<AuthStatusResponse> = {
  write: writeAuthStatusResponse,
  read: readAuthStatusResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'enabled', property: 'enabled', kind: 'bool' },
    { name: 'authRevision', property: 'authRevision', kind: 'uint64Number' },
  ],
};

export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}
/** Every field at its default. */
export const emptyAuthenticateRequest: AuthenticateRequest = { name: '', password: '' };
function writeAuthenticateRequest(w: Writer, m: AuthenticateRequest): void {
  if (m.password !== '') {
    w.string(m.password);
    w.tag(18);
  }
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthenticateRequest(r: Reader, end: number, into?: AuthenticateRequest): AuthenticateRequest {
  let name: string = into === undefined ? '' : into.name;
  let password: string = into === undefined ? '' : into.password;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      case 18:
        password = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name, password };
}
export const authenticateRequestCodec: Codec<AuthenticateRequest> = {
  write: writeAuthenticateRequest,
  read: readAuthenticateRequest,
  fields: [
    { name: 'name', property: 'name', kind: 'string' },
    { name: 'password', property: 'password', kind: 'string' },
  ],
};

export interface AuthenticateResponse {
  readonly header: ResponseHeader;
  readonly token: string;
}
/** Every field at its default. */
export const emptyAuthenticateResponse: AuthenticateResponse = { header: emptyResponseHeader, token: '' };
function writeAuthenticateResponse(w: Writer, m: AuthenticateResponse): void {
  if (m.token !== '') {
    w.string(m.token);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthenticateResponse(r: Reader, end: number, into?: AuthenticateResponse): AuthenticateResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let token: string = into === undefined ? '' : into.token;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        token = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, token };
}
export const authenticateResponseCodec: Codec<AuthenticateResponse> = {
  write: writeAuthenticateResponse,
  read: readAuthenticateResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'token', property: 'token', kind: 'string' },
  ],
};

export interface AuthUserAddRequest {
  readonly name: string;
  readonly password: string;
  readonly options?: UserAddOptions;
  readonly hashedPassword: string;
}
/** Every field at its default. */
export const emptyAuthUserAddRequest: AuthUserAddRequest = { name: '', password: '', hashedPassword: '' };
function writeAuthUserAddRequest(w: Writer, m: AuthUserAddRequest): void {
  if (m.hashedPassword !== '') {
    w.string(m.hashedPassword);
    w.tag(34);
  }
  if (m.options !== undefined) {
    w.message(userAddOptionsCodec, m.options);
    w.tag(26);
  }
  if (m.password !== '') {
    w.string(m.password);
    w.tag(18);
  }
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthUserAddRequest(r: Reader, end: number, into?: AuthUserAddRequest): AuthUserAddRequest {
  let name: string = into === undefined ? '' : into.name;
  let password: string = into === undefined ? '' : into.password;
  let options: UserAddOptions | undefined = into === undefined ? undefined : into.options;
  let hashedPassword: string = into === undefined ? '' : into.hashedPassword;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      case 18:
        password = r.string();
        break;
      case 26:
        options = r.message(userAddOptionsCodec, options);
        break;
      case 34:
        hashedPassword = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof AuthUserAddRequest]: AuthUserAddRequest[K] } = {
    name,
    password,
    hashedPassword,
  };
  if (options !== undefined) message.options = options;
  return message;
}
export const authUserAddRequestCodec: Codec<AuthUserAddRequest> = {
  write: writeAuthUserAddRequest,
  read: readAuthUserAddRequest,
  fields: [
    { name: 'name', property: 'name', kind: 'string' },
    { name: 'password', property: 'password', kind: 'string' },
    { name: 'options', property: 'options', kind: 'message', fields: () => userAddOptionsCodec.fields },
    { name: 'hashedPassword', property: 'hashedPassword', kind: 'string' },
  ],
};

export interface AuthUserAddResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthUserAddResponse: AuthUserAddResponse = { header: emptyResponseHeader };
function writeAuthUserAddResponse(w: Writer, m: AuthUserAddResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthUserAddResponse(r: Reader, end: number, into?: AuthUserAddResponse): AuthUserAddResponse {
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
export const authUserAddResponseCodec: Codec<AuthUserAddResponse> = {
  write: writeAuthUserAddResponse,
  read: readAuthUserAddResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthUserGetRequest {
  readonly name: string;
}
/** Every field at its default. */
export const emptyAuthUserGetRequest: AuthUserGetRequest = { name: '' };
function writeAuthUserGetRequest(w: Writer, m: AuthUserGetRequest): void {
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthUserGetRequest(r: Reader, end: number, into?: AuthUserGetRequest): AuthUserGetRequest {
  let name: string = into === undefined ? '' : into.name;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name };
}
export const authUserGetRequestCodec: Codec<AuthUserGetRequest> = {
  write: writeAuthUserGetRequest,
  read: readAuthUserGetRequest,
  fields: [{ name: 'name', property: 'name', kind: 'string' }],
};

export interface AuthUserGetResponse {
  readonly header: ResponseHeader;
  readonly roles: readonly string[];
}
/** Every field at its default. */
export const emptyAuthUserGetResponse: AuthUserGetResponse = { header: emptyResponseHeader, roles: [] };
function writeAuthUserGetResponse(w: Writer, m: AuthUserGetResponse): void {
  for (let i = m.roles.length - 1; i >= 0; i--) {
    w.string(m.roles[i] as string);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthUserGetResponse(r: Reader, end: number, into?: AuthUserGetResponse): AuthUserGetResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const roles: string[] = into === undefined ? [] : [...into.roles];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        roles.push(r.string());
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, roles };
}
export const authUserGetResponseCodec: Codec<AuthUserGetResponse> = {
  write: writeAuthUserGetResponse,
  read: readAuthUserGetResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'roles', property: 'roles', kind: 'string', repeated: true },
  ],
};

export type AuthUserListRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyAuthUserListRequest: AuthUserListRequest = {};
function writeAuthUserListRequest(_w: Writer, _m: AuthUserListRequest): void {}
function readAuthUserListRequest(r: Reader, end: number, _into?: AuthUserListRequest): AuthUserListRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const authUserListRequestCodec: Codec<AuthUserListRequest> = {
  write: writeAuthUserListRequest,
  read: readAuthUserListRequest,
  fields: [],
};

export interface AuthUserListResponse {
  readonly header: ResponseHeader;
  readonly users: readonly string[];
}
/** Every field at its default. */
export const emptyAuthUserListResponse: AuthUserListResponse = { header: emptyResponseHeader, users: [] };
function writeAuthUserListResponse(w: Writer, m: AuthUserListResponse): void {
  for (let i = m.users.length - 1; i >= 0; i--) {
    w.string(m.users[i] as string);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthUserListResponse(r: Reader, end: number, into?: AuthUserListResponse): AuthUserListResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const users: string[] = into === undefined ? [] : [...into.users];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        users.push(r.string());
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, users };
}
export const authUserListResponseCodec: Codec<AuthUserListResponse> = {
  write: writeAuthUserListResponse,
  read: readAuthUserListResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'users', property: 'users', kind: 'string', repeated: true },
  ],
};

export interface AuthUserDeleteRequest {
  readonly name: string;
}
/** Every field at its default. */
export const emptyAuthUserDeleteRequest: AuthUserDeleteRequest = { name: '' };
function writeAuthUserDeleteRequest(w: Writer, m: AuthUserDeleteRequest): void {
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthUserDeleteRequest(r: Reader, end: number, into?: AuthUserDeleteRequest): AuthUserDeleteRequest {
  let name: string = into === undefined ? '' : into.name;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name };
}
export const authUserDeleteRequestCodec: Codec<AuthUserDeleteRequest> = {
  write: writeAuthUserDeleteRequest,
  read: readAuthUserDeleteRequest,
  fields: [{ name: 'name', property: 'name', kind: 'string' }],
};

export interface AuthUserDeleteResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthUserDeleteResponse: AuthUserDeleteResponse = { header: emptyResponseHeader };
function writeAuthUserDeleteResponse(w: Writer, m: AuthUserDeleteResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthUserDeleteResponse(r: Reader, end: number, into?: AuthUserDeleteResponse): AuthUserDeleteResponse {
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
export const authUserDeleteResponseCodec: Codec<AuthUserDeleteResponse> = {
  write: writeAuthUserDeleteResponse,
  read: readAuthUserDeleteResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthUserChangePasswordRequest {
  readonly name: string;
  readonly password: string;
  readonly hashedPassword: string;
}
/** Every field at its default. */
export const emptyAuthUserChangePasswordRequest: AuthUserChangePasswordRequest = {
  name: '',
  password: '',
  hashedPassword: '',
};
function writeAuthUserChangePasswordRequest(w: Writer, m: AuthUserChangePasswordRequest): void {
  if (m.hashedPassword !== '') {
    w.string(m.hashedPassword);
    w.tag(26);
  }
  if (m.password !== '') {
    w.string(m.password);
    w.tag(18);
  }
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthUserChangePasswordRequest(
  r: Reader,
  end: number,
  into?: AuthUserChangePasswordRequest,
): AuthUserChangePasswordRequest {
  let name: string = into === undefined ? '' : into.name;
  let password: string = into === undefined ? '' : into.password;
  let hashedPassword: string = into === undefined ? '' : into.hashedPassword;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      case 18:
        password = r.string();
        break;
      case 26:
        hashedPassword = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name, password, hashedPassword };
}
export const authUserChangePasswordRequestCodec: Codec<AuthUserChangePasswordRequest> = {
  write: writeAuthUserChangePasswordRequest,
  read: readAuthUserChangePasswordRequest,
  fields: [
    { name: 'name', property: 'name', kind: 'string' },
    { name: 'password', property: 'password', kind: 'string' },
    { name: 'hashedPassword', property: 'hashedPassword', kind: 'string' },
  ],
};

export interface AuthUserChangePasswordResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthUserChangePasswordResponse: AuthUserChangePasswordResponse = { header: emptyResponseHeader };
function writeAuthUserChangePasswordResponse(w: Writer, m: AuthUserChangePasswordResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthUserChangePasswordResponse(
  r: Reader,
  end: number,
  into?: AuthUserChangePasswordResponse,
): AuthUserChangePasswordResponse {
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
export const authUserChangePasswordResponseCodec: Codec<AuthUserChangePasswordResponse> = {
  write: writeAuthUserChangePasswordResponse,
  read: readAuthUserChangePasswordResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthUserGrantRoleRequest {
  readonly user: string;
  readonly role: string;
}
/** Every field at its default. */
export const emptyAuthUserGrantRoleRequest: AuthUserGrantRoleRequest = { user: '', role: '' };
function writeAuthUserGrantRoleRequest(w: Writer, m: AuthUserGrantRoleRequest): void {
  if (m.role !== '') {
    w.string(m.role);
    w.tag(18);
  }
  if (m.user !== '') {
    w.string(m.user);
    w.tag(10);
  }
}
function readAuthUserGrantRoleRequest(
  r: Reader,
  end: number,
  into?: AuthUserGrantRoleRequest,
): AuthUserGrantRoleRequest {
  let user: string = into === undefined ? '' : into.user;
  let role: string = into === undefined ? '' : into.role;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        user = r.string();
        break;
      case 18:
        role = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { user, role };
}
export const authUserGrantRoleRequestCodec: Codec<AuthUserGrantRoleRequest> = {
  write: writeAuthUserGrantRoleRequest,
  read: readAuthUserGrantRoleRequest,
  fields: [
    { name: 'user', property: 'user', kind: 'string' },
    { name: 'role', property: 'role', kind: 'string' },
  ],
};

export interface AuthUserGrantRoleResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthUserGrantRoleResponse: AuthUserGrantRoleResponse = { header: emptyResponseHeader };
function writeAuthUserGrantRoleResponse(w: Writer, m: AuthUserGrantRoleResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthUserGrantRoleResponse(
  r: Reader,
  end: number,
  into?: AuthUserGrantRoleResponse,
): AuthUserGrantRoleResponse {
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
export const authUserGrantRoleResponseCodec: Codec<AuthUserGrantRoleResponse> = {
  write: writeAuthUserGrantRoleResponse,
  read: readAuthUserGrantRoleResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthUserRevokeRoleRequest {
  readonly name: string;
  readonly role: string;
}
/** Every field at its default. */
export const emptyAuthUserRevokeRoleRequest: AuthUserRevokeRoleRequest = { name: '', role: '' };
function writeAuthUserRevokeRoleRequest(w: Writer, m: AuthUserRevokeRoleRequest): void {
  if (m.role !== '') {
    w.string(m.role);
    w.tag(18);
  }
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthUserRevokeRoleRequest(
  r: Reader,
  end: number,
  into?: AuthUserRevokeRoleRequest,
): AuthUserRevokeRoleRequest {
  let name: string = into === undefined ? '' : into.name;
  let role: string = into === undefined ? '' : into.role;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      case 18:
        role = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name, role };
}
export const authUserRevokeRoleRequestCodec: Codec<AuthUserRevokeRoleRequest> = {
  write: writeAuthUserRevokeRoleRequest,
  read: readAuthUserRevokeRoleRequest,
  fields: [
    { name: 'name', property: 'name', kind: 'string' },
    { name: 'role', property: 'role', kind: 'string' },
  ],
};

export interface AuthUserRevokeRoleResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthUserRevokeRoleResponse: AuthUserRevokeRoleResponse = { header: emptyResponseHeader };
function writeAuthUserRevokeRoleResponse(w: Writer, m: AuthUserRevokeRoleResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthUserRevokeRoleResponse(
  r: Reader,
  end: number,
  into?: AuthUserRevokeRoleResponse,
): AuthUserRevokeRoleResponse {
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
export const authUserRevokeRoleResponseCodec: Codec<AuthUserRevokeRoleResponse> = {
  write: writeAuthUserRevokeRoleResponse,
  read: readAuthUserRevokeRoleResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthRoleAddRequest {
  readonly name: string;
}
/** Every field at its default. */
export const emptyAuthRoleAddRequest: AuthRoleAddRequest = { name: '' };
function writeAuthRoleAddRequest(w: Writer, m: AuthRoleAddRequest): void {
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthRoleAddRequest(r: Reader, end: number, into?: AuthRoleAddRequest): AuthRoleAddRequest {
  let name: string = into === undefined ? '' : into.name;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name };
}
export const authRoleAddRequestCodec: Codec<AuthRoleAddRequest> = {
  write: writeAuthRoleAddRequest,
  read: readAuthRoleAddRequest,
  fields: [{ name: 'name', property: 'name', kind: 'string' }],
};

export interface AuthRoleAddResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthRoleAddResponse: AuthRoleAddResponse = { header: emptyResponseHeader };
function writeAuthRoleAddResponse(w: Writer, m: AuthRoleAddResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthRoleAddResponse(r: Reader, end: number, into?: AuthRoleAddResponse): AuthRoleAddResponse {
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
export const authRoleAddResponseCodec: Codec<AuthRoleAddResponse> = {
  write: writeAuthRoleAddResponse,
  read: readAuthRoleAddResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthRoleGetRequest {
  readonly role: string;
}
/** Every field at its default. */
export const emptyAuthRoleGetRequest: AuthRoleGetRequest = { role: '' };
function writeAuthRoleGetRequest(w: Writer, m: AuthRoleGetRequest): void {
  if (m.role !== '') {
    w.string(m.role);
    w.tag(10);
  }
}
function readAuthRoleGetRequest(r: Reader, end: number, into?: AuthRoleGetRequest): AuthRoleGetRequest {
  let role: string = into === undefined ? '' : into.role;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        role = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { role };
}
export const authRoleGetRequestCodec: Codec<AuthRoleGetRequest> = {
  write: writeAuthRoleGetRequest,
  read: readAuthRoleGetRequest,
  fields: [{ name: 'role', property: 'role', kind: 'string' }],
};

export interface AuthRoleGetResponse {
  readonly header: ResponseHeader;
  readonly perm: readonly Permission[];
}
/** Every field at its default. */
export const emptyAuthRoleGetResponse: AuthRoleGetResponse = { header: emptyResponseHeader, perm: [] };
function writeAuthRoleGetResponse(w: Writer, m: AuthRoleGetResponse): void {
  for (let i = m.perm.length - 1; i >= 0; i--) {
    w.message(permissionCodec, m.perm[i] as Permission);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthRoleGetResponse(r: Reader, end: number, into?: AuthRoleGetResponse): AuthRoleGetResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const perm: Permission[] = into === undefined ? [] : [...into.perm];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        perm.push(r.message(permissionCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, perm };
}
export const authRoleGetResponseCodec: Codec<AuthRoleGetResponse> = {
  write: writeAuthRoleGetResponse,
  read: readAuthRoleGetResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'perm', property: 'perm', kind: 'message', fields: () => permissionCodec.fields, repeated: true },
  ],
};

export type AuthRoleListRequest = Readonly<Record<string, never>>;
/** Every field at its default. */
export const emptyAuthRoleListRequest: AuthRoleListRequest = {};
function writeAuthRoleListRequest(_w: Writer, _m: AuthRoleListRequest): void {}
function readAuthRoleListRequest(r: Reader, end: number, _into?: AuthRoleListRequest): AuthRoleListRequest {
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      default:
        r.skip(tag);
    }
  }
  return {};
}
export const authRoleListRequestCodec: Codec<AuthRoleListRequest> = {
  write: writeAuthRoleListRequest,
  read: readAuthRoleListRequest,
  fields: [],
};

export interface AuthRoleListResponse {
  readonly header: ResponseHeader;
  readonly roles: readonly string[];
}
/** Every field at its default. */
export const emptyAuthRoleListResponse: AuthRoleListResponse = { header: emptyResponseHeader, roles: [] };
function writeAuthRoleListResponse(w: Writer, m: AuthRoleListResponse): void {
  for (let i = m.roles.length - 1; i >= 0; i--) {
    w.string(m.roles[i] as string);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthRoleListResponse(r: Reader, end: number, into?: AuthRoleListResponse): AuthRoleListResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  const roles: string[] = into === undefined ? [] : [...into.roles];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        roles.push(r.string());
        break;
      default:
        r.skip(tag);
    }
  }
  return { header: header ?? emptyResponseHeader, roles };
}
export const authRoleListResponseCodec: Codec<AuthRoleListResponse> = {
  write: writeAuthRoleListResponse,
  read: readAuthRoleListResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'roles', property: 'roles', kind: 'string', repeated: true },
  ],
};

export interface AuthRoleDeleteRequest {
  readonly role: string;
}
/** Every field at its default. */
export const emptyAuthRoleDeleteRequest: AuthRoleDeleteRequest = { role: '' };
function writeAuthRoleDeleteRequest(w: Writer, m: AuthRoleDeleteRequest): void {
  if (m.role !== '') {
    w.string(m.role);
    w.tag(10);
  }
}
function readAuthRoleDeleteRequest(r: Reader, end: number, into?: AuthRoleDeleteRequest): AuthRoleDeleteRequest {
  let role: string = into === undefined ? '' : into.role;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        role = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { role };
}
export const authRoleDeleteRequestCodec: Codec<AuthRoleDeleteRequest> = {
  write: writeAuthRoleDeleteRequest,
  read: readAuthRoleDeleteRequest,
  fields: [{ name: 'role', property: 'role', kind: 'string' }],
};

export interface AuthRoleDeleteResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthRoleDeleteResponse: AuthRoleDeleteResponse = { header: emptyResponseHeader };
function writeAuthRoleDeleteResponse(w: Writer, m: AuthRoleDeleteResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthRoleDeleteResponse(r: Reader, end: number, into?: AuthRoleDeleteResponse): AuthRoleDeleteResponse {
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
export const authRoleDeleteResponseCodec: Codec<AuthRoleDeleteResponse> = {
  write: writeAuthRoleDeleteResponse,
  read: readAuthRoleDeleteResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthRoleGrantPermissionRequest {
  readonly name: string;
  readonly perm?: Permission;
}
/** Every field at its default. */
export const emptyAuthRoleGrantPermissionRequest: AuthRoleGrantPermissionRequest = { name: '' };
function writeAuthRoleGrantPermissionRequest(w: Writer, m: AuthRoleGrantPermissionRequest): void {
  if (m.perm !== undefined) {
    w.message(permissionCodec, m.perm);
    w.tag(18);
  }
  if (m.name !== '') {
    w.string(m.name);
    w.tag(10);
  }
}
function readAuthRoleGrantPermissionRequest(
  r: Reader,
  end: number,
  into?: AuthRoleGrantPermissionRequest,
): AuthRoleGrantPermissionRequest {
  let name: string = into === undefined ? '' : into.name;
  let perm: Permission | undefined = into === undefined ? undefined : into.perm;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.string();
        break;
      case 18:
        perm = r.message(permissionCodec, perm);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof AuthRoleGrantPermissionRequest]: AuthRoleGrantPermissionRequest[K] } = {
    name,
  };
  if (perm !== undefined) message.perm = perm;
  return message;
}
export const authRoleGrantPermissionRequestCodec: Codec<AuthRoleGrantPermissionRequest> = {
  write: writeAuthRoleGrantPermissionRequest,
  read: readAuthRoleGrantPermissionRequest,
  fields: [
    { name: 'name', property: 'name', kind: 'string' },
    { name: 'perm', property: 'perm', kind: 'message', fields: () => permissionCodec.fields },
  ],
};

export interface AuthRoleGrantPermissionResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthRoleGrantPermissionResponse: AuthRoleGrantPermissionResponse = { header: emptyResponseHeader };
function writeAuthRoleGrantPermissionResponse(w: Writer, m: AuthRoleGrantPermissionResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthRoleGrantPermissionResponse(
  r: Reader,
  end: number,
  into?: AuthRoleGrantPermissionResponse,
): AuthRoleGrantPermissionResponse {
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
export const authRoleGrantPermissionResponseCodec: Codec<AuthRoleGrantPermissionResponse> = {
  write: writeAuthRoleGrantPermissionResponse,
  read: readAuthRoleGrantPermissionResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface AuthRoleRevokePermissionRequest {
  readonly role: string;
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
}
/** Every field at its default. */
export const emptyAuthRoleRevokePermissionRequest: AuthRoleRevokePermissionRequest = {
  role: '',
  key: '',
  rangeEnd: '',
};
function writeAuthRoleRevokePermissionRequest(w: Writer, m: AuthRoleRevokePermissionRequest): void {
  if (m.rangeEnd !== '') {
    w.byteString(m.rangeEnd);
    w.tag(26);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(18);
  }
  if (m.role !== '') {
    w.string(m.role);
    w.tag(10);
  }
}
function readAuthRoleRevokePermissionRequest(
  r: Reader,
  end: number,
  into?: AuthRoleRevokePermissionRequest,
): AuthRoleRevokePermissionRequest {
  let role: string = into === undefined ? '' : into.role;
  let key: ByteString = into === undefined ? '' : into.key;
  let rangeEnd: ByteString = into === undefined ? '' : into.rangeEnd;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        role = r.string();
        break;
      case 18:
        key = r.byteString();
        break;
      case 26:
        rangeEnd = r.byteString();
        break;
      default:
        r.skip(tag);
    }
  }
  return { role, key, rangeEnd };
}
export const authRoleRevokePermissionRequestCodec: Codec<AuthRoleRevokePermissionRequest> = {
  write: writeAuthRoleRevokePermissionRequest,
  read: readAuthRoleRevokePermissionRequest,
  fields: [
    { name: 'role', property: 'role', kind: 'string' },
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'range_end', property: 'rangeEnd', kind: 'byteString' },
  ],
};

export interface AuthRoleRevokePermissionResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyAuthRoleRevokePermissionResponse: AuthRoleRevokePermissionResponse = { header: emptyResponseHeader };
function writeAuthRoleRevokePermissionResponse(w: Writer, m: AuthRoleRevokePermissionResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readAuthRoleRevokePermissionResponse(
  r: Reader,
  end: number,
  into?: AuthRoleRevokePermissionResponse,
): AuthRoleRevokePermissionResponse {
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
export const authRoleRevokePermissionResponseCodec: Codec<AuthRoleRevokePermissionResponse> = {
  write: writeAuthRoleRevokePermissionResponse,
  read: readAuthRoleRevokePermissionResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export const kvService = {
  range: {
    path: '/etcdserverpb.KV/Range',
    requestStream: false,
    responseStream: false,
    request: rangeRequestCodec,
    response: rangeResponseCodec,
  },
  put: {
    path: '/etcdserverpb.KV/Put',
    requestStream: false,
    responseStream: false,
    request: putRequestCodec,
    response: putResponseCodec,
  },
  deleteRange: {
    path: '/etcdserverpb.KV/DeleteRange',
    requestStream: false,
    responseStream: false,
    request: deleteRangeRequestCodec,
    response: deleteRangeResponseCodec,
  },
  txn: {
    path: '/etcdserverpb.KV/Txn',
    requestStream: false,
    responseStream: false,
    request: txnRequestCodec,
    response: txnResponseCodec,
  },
  compact: {
    path: '/etcdserverpb.KV/Compact',
    requestStream: false,
    responseStream: false,
    request: compactionRequestCodec,
    response: compactionResponseCodec,
  },
} as const;

export const watchService = {
  watch: {
    path: '/etcdserverpb.Watch/Watch',
    requestStream: true,
    responseStream: true,
    request: watchRequestCodec,
    response: watchResponseCodec,
  },
} as const;

export const leaseService = {
  leaseGrant: {
    path: '/etcdserverpb.Lease/LeaseGrant',
    requestStream: false,
    responseStream: false,
    request: leaseGrantRequestCodec,
    response: leaseGrantResponseCodec,
  },
  leaseRevoke: {
    path: '/etcdserverpb.Lease/LeaseRevoke',
    requestStream: false,
    responseStream: false,
    request: leaseRevokeRequestCodec,
    response: leaseRevokeResponseCodec,
  },
  leaseKeepAlive: {
    path: '/etcdserverpb.Lease/LeaseKeepAlive',
    requestStream: true,
    responseStream: true,
    request: leaseKeepAliveRequestCodec,
    response: leaseKeepAliveResponseCodec,
  },
  leaseTimeToLive: {
    path: '/etcdserverpb.Lease/LeaseTimeToLive',
    requestStream: false,
    responseStream: false,
    request: leaseTimeToLiveRequestCodec,
    response: leaseTimeToLiveResponseCodec,
  },
  leaseLeases: {
    path: '/etcdserverpb.Lease/LeaseLeases',
    requestStream: false,
    responseStream: false,
    request: leaseLeasesRequestCodec,
    response: leaseLeasesResponseCodec,
  },
} as const;

export const clusterService = {
  memberAdd: {
    path: '/etcdserverpb.Cluster/MemberAdd',
    requestStream: false,
    responseStream: false,
    request: memberAddRequestCodec,
    response: memberAddResponseCodec,
  },
  memberRemove: {
    path: '/etcdserverpb.Cluster/MemberRemove',
    requestStream: false,
    responseStream: false,
    request: memberRemoveRequestCodec,
    response: memberRemoveResponseCodec,
  },
  memberUpdate: {
    path: '/etcdserverpb.Cluster/MemberUpdate',
    requestStream: false,
    responseStream: false,
    request: memberUpdateRequestCodec,
    response: memberUpdateResponseCodec,
  },
  memberList: {
    path: '/etcdserverpb.Cluster/MemberList',
    requestStream: false,
    responseStream: false,
    request: memberListRequestCodec,
    response: memberListResponseCodec,
  },
  memberPromote: {
    path: '/etcdserverpb.Cluster/MemberPromote',
    requestStream: false,
    responseStream: false,
    request: memberPromoteRequestCodec,
    response: memberPromoteResponseCodec,
  },
} as const;

export const maintenanceService = {
  alarm: {
    path: '/etcdserverpb.Maintenance/Alarm',
    requestStream: false,
    responseStream: false,
    request: alarmRequestCodec,
    response: alarmResponseCodec,
  },
  status: {
    path: '/etcdserverpb.Maintenance/Status',
    requestStream: false,
    responseStream: false,
    request: statusRequestCodec,
    response: statusResponseCodec,
  },
  defragment: {
    path: '/etcdserverpb.Maintenance/Defragment',
    requestStream: false,
    responseStream: false,
    request: defragmentRequestCodec,
    response: defragmentResponseCodec,
  },
  hash: {
    path: '/etcdserverpb.Maintenance/Hash',
    requestStream: false,
    responseStream: false,
    request: hashRequestCodec,
    response: hashResponseCodec,
  },
  hashKv: {
    path: '/etcdserverpb.Maintenance/HashKV',
    requestStream: false,
    responseStream: false,
    request: hashKVRequestCodec,
    response: hashKVResponseCodec,
  },
  snapshot: {
    path: '/etcdserverpb.Maintenance/Snapshot',
    requestStream: false,
    responseStream: true,
    request: snapshotRequestCodec,
    response: snapshotResponseCodec,
  },
  moveLeader: {
    path: '/etcdserverpb.Maintenance/MoveLeader',
    requestStream: false,
    responseStream: false,
    request: moveLeaderRequestCodec,
    response: moveLeaderResponseCodec,
  },
  downgrade: {
    path: '/etcdserverpb.Maintenance/Downgrade',
    requestStream: false,
    responseStream: false,
    request: downgradeRequestCodec,
    response: downgradeResponseCodec,
  },
} as const;

export const authService = {
  authEnable: {
    path: '/etcdserverpb.Auth/AuthEnable',
    requestStream: false,
    responseStream: false,
    request: authEnableRequestCodec,
    response: authEnableResponseCodec,
  },
  authDisable: {
    path: '/etcdserverpb.Auth/AuthDisable',
    requestStream: false,
    responseStream: false,
    request: authDisableRequestCodec,
    response: authDisableResponseCodec,
  },
  authStatus: {
    path: '/etcdserverpb.Auth/AuthStatus',
    requestStream: false,
    responseStream: false,
    request: authStatusRequestCodec,
    response: authStatusResponseCodec,
  },
  authenticate: {
    path: '/etcdserverpb.Auth/Authenticate',
    requestStream: false,
    responseStream: false,
    request: authenticateRequestCodec,
    response: authenticateResponseCodec,
  },
  userAdd: {
    path: '/etcdserverpb.Auth/UserAdd',
    requestStream: false,
    responseStream: false,
    request: authUserAddRequestCodec,
    response: authUserAddResponseCodec,
  },
  userGet: {
    path: '/etcdserverpb.Auth/UserGet',
    requestStream: false,
    responseStream: false,
    request: authUserGetRequestCodec,
    response: authUserGetResponseCodec,
  },
  userList: {
    path: '/etcdserverpb.Auth/UserList',
    requestStream: false,
    responseStream: false,
    request: authUserListRequestCodec,
    response: authUserListResponseCodec,
  },
  userDelete: {
    path: '/etcdserverpb.Auth/UserDelete',
    requestStream: false,
    responseStream: false,
    request: authUserDeleteRequestCodec,
    response: authUserDeleteResponseCodec,
  },
  userChangePassword: {
    path: '/etcdserverpb.Auth/UserChangePassword',
    requestStream: false,
    responseStream: false,
    request: authUserChangePasswordRequestCodec,
    response: authUserChangePasswordResponseCodec,
  },
  userGrantRole: {
    path: '/etcdserverpb.Auth/UserGrantRole',
    requestStream: false,
    responseStream: false,
    request: authUserGrantRoleRequestCodec,
    response: authUserGrantRoleResponseCodec,
  },
  userRevokeRole: {
    path: '/etcdserverpb.Auth/UserRevokeRole',
    requestStream: false,
    responseStream: false,
    request: authUserRevokeRoleRequestCodec,
    response: authUserRevokeRoleResponseCodec,
  },
  roleAdd: {
    path: '/etcdserverpb.Auth/RoleAdd',
    requestStream: false,
    responseStream: false,
    request: authRoleAddRequestCodec,
    response: authRoleAddResponseCodec,
  },
  roleGet: {
    path: '/etcdserverpb.Auth/RoleGet',
    requestStream: false,
    responseStream: false,
    request: authRoleGetRequestCodec,
    response: authRoleGetResponseCodec,
  },
  roleList: {
    path: '/etcdserverpb.Auth/RoleList',
    requestStream: false,
    responseStream: false,
    request: authRoleListRequestCodec,
    response: authRoleListResponseCodec,
  },
  roleDelete: {
    path: '/etcdserverpb.Auth/RoleDelete',
    requestStream: false,
    responseStream: false,
    request: authRoleDeleteRequestCodec,
    response: authRoleDeleteResponseCodec,
  },
  roleGrantPermission: {
    path: '/etcdserverpb.Auth/RoleGrantPermission',
    requestStream: false,
    responseStream: false,
    request: authRoleGrantPermissionRequestCodec,
    response: authRoleGrantPermissionResponseCodec,
  },
  roleRevokePermission: {
    path: '/etcdserverpb.Auth/RoleRevokePermission',
    requestStream: false,
    responseStream: false,
    request: authRoleRevokePermissionRequestCodec,
    response: authRoleRevokePermissionResponseCodec,
  },
} as const;
