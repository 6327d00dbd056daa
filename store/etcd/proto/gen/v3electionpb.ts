/** Package v3electionpb, generated from ../v3electionpb.proto by build/protobuf.mjs. Do not edit. */
import type { ByteString } from '../../../../base/bytes.ts';
import type { Codec, Reader, Writer } from '../wire.ts';
import { emptyResponseHeader, type ResponseHeader, responseHeaderCodec } from './etcdserverpb.ts';
import { type KeyValue, keyValueCodec } from './mvccpb.ts';

const noBytes = new Uint8Array(0);

export interface CampaignRequest {
  readonly name: ByteString;
  readonly lease: bigint;
  readonly value: Uint8Array;
}
/** Every field at its default. */
export const emptyCampaignRequest: CampaignRequest = { name: '', lease: 0n, value: noBytes };
function writeCampaignRequest(w: Writer, m: CampaignRequest): void {
  if (m.value.length > 0) {
    w.byteArray(m.value);
    w.tag(26);
  }
  if (m.lease !== 0n) {
    w.int64(m.lease);
    w.tag(16);
  }
  if (m.name !== '') {
    w.byteString(m.name);
    w.tag(10);
  }
}
function readCampaignRequest(r: Reader, end: number, into?: CampaignRequest): CampaignRequest {
  let name: ByteString = into === undefined ? '' : into.name;
  let lease: bigint = into === undefined ? 0n : into.lease;
  let value: Uint8Array = into === undefined ? noBytes : into.value;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.byteString();
        break;
      case 16:
        lease = r.int64();
        break;
      case 26:
        value = r.byteArray();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name, lease, value };
}
export const campaignRequestCodec: Codec<CampaignRequest> = {
  write: writeCampaignRequest,
  read: readCampaignRequest,
  fields: [
    { name: 'name', property: 'name', kind: 'byteString' },
    { name: 'lease', property: 'lease', kind: 'int64' },
    { name: 'value', property: 'value', kind: 'bytes' },
  ],
};

export interface CampaignResponse {
  readonly header: ResponseHeader;
  readonly leader?: LeaderKey;
}
/** Every field at its default. */
export const emptyCampaignResponse: CampaignResponse = { header: emptyResponseHeader };
function writeCampaignResponse(w: Writer, m: CampaignResponse): void {
  if (m.leader !== undefined) {
    w.message(leaderKeyCodec, m.leader);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readCampaignResponse(r: Reader, end: number, into?: CampaignResponse): CampaignResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let leader: LeaderKey | undefined = into === undefined ? undefined : into.leader;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        leader = r.message(leaderKeyCodec, leader);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof CampaignResponse]: CampaignResponse[K] } = {
    header: header ?? emptyResponseHeader,
  };
  if (leader !== undefined) message.leader = leader;
  return message;
}
export const campaignResponseCodec: Codec<CampaignResponse> = {
  write: writeCampaignResponse,
  read: readCampaignResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'leader', property: 'leader', kind: 'message', fields: () => leaderKeyCodec.fields },
  ],
};

export interface LeaderKey {
  readonly name: ByteString;
  readonly key: ByteString;
  readonly rev: number;
  readonly lease: bigint;
}
/** Every field at its default. */
export const emptyLeaderKey: LeaderKey = { name: '', key: '', rev: 0, lease: 0n };
function writeLeaderKey(w: Writer, m: LeaderKey): void {
  if (m.lease !== 0n) {
    w.int64(m.lease);
    w.tag(32);
  }
  if (m.rev !== 0) {
    w.int64Number(m.rev);
    w.tag(24);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(18);
  }
  if (m.name !== '') {
    w.byteString(m.name);
    w.tag(10);
  }
}
function readLeaderKey(r: Reader, end: number, into?: LeaderKey): LeaderKey {
  let name: ByteString = into === undefined ? '' : into.name;
  let key: ByteString = into === undefined ? '' : into.key;
  let rev: number = into === undefined ? 0 : into.rev;
  let lease: bigint = into === undefined ? 0n : into.lease;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.byteString();
        break;
      case 18:
        key = r.byteString();
        break;
      case 24:
        rev = r.int64Number();
        break;
      case 32:
        lease = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name, key, rev, lease };
}
export const leaderKeyCodec: Codec<LeaderKey> = {
  write: writeLeaderKey,
  read: readLeaderKey,
  fields: [
    { name: 'name', property: 'name', kind: 'byteString' },
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'rev', property: 'rev', kind: 'int64Number' },
    { name: 'lease', property: 'lease', kind: 'int64' },
  ],
};

export interface LeaderRequest {
  readonly name: ByteString;
}
/** Every field at its default. */
export const emptyLeaderRequest: LeaderRequest = { name: '' };
function writeLeaderRequest(w: Writer, m: LeaderRequest): void {
  if (m.name !== '') {
    w.byteString(m.name);
    w.tag(10);
  }
}
function readLeaderRequest(r: Reader, end: number, into?: LeaderRequest): LeaderRequest {
  let name: ByteString = into === undefined ? '' : into.name;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.byteString();
        break;
      default:
        r.skip(tag);
    }
  }
  return { name };
}
export const leaderRequestCodec: Codec<LeaderRequest> = {
  write: writeLeaderRequest,
  read: readLeaderRequest,
  fields: [{ name: 'name', property: 'name', kind: 'byteString' }],
};

export interface LeaderResponse {
  readonly header: ResponseHeader;
  readonly kv?: KeyValue;
}
/** Every field at its default. */
export const emptyLeaderResponse: LeaderResponse = { header: emptyResponseHeader };
function writeLeaderResponse(w: Writer, m: LeaderResponse): void {
  if (m.kv !== undefined) {
    w.message(keyValueCodec, m.kv);
    w.tag(18);
  }
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readLeaderResponse(r: Reader, end: number, into?: LeaderResponse): LeaderResponse {
  let header: ResponseHeader | undefined = into === undefined ? undefined : into.header;
  let kv: KeyValue | undefined = into === undefined ? undefined : into.kv;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        header = r.message(responseHeaderCodec, header);
        break;
      case 18:
        kv = r.message(keyValueCodec, kv);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof LeaderResponse]: LeaderResponse[K] } = {
    header: header ?? emptyResponseHeader,
  };
  if (kv !== undefined) message.kv = kv;
  return message;
}
export const leaderResponseCodec: Codec<LeaderResponse> = {
  write: writeLeaderResponse,
  read: readLeaderResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
    { name: 'kv', property: 'kv', kind: 'message', fields: () => keyValueCodec.fields },
  ],
};

export interface ResignRequest {
  readonly leader?: LeaderKey;
}
/** Every field at its default. */
export const emptyResignRequest: ResignRequest = {};
function writeResignRequest(w: Writer, m: ResignRequest): void {
  if (m.leader !== undefined) {
    w.message(leaderKeyCodec, m.leader);
    w.tag(10);
  }
}
function readResignRequest(r: Reader, end: number, into?: ResignRequest): ResignRequest {
  let leader: LeaderKey | undefined = into === undefined ? undefined : into.leader;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        leader = r.message(leaderKeyCodec, leader);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof ResignRequest]: ResignRequest[K] } = {};
  if (leader !== undefined) message.leader = leader;
  return message;
}
export const resignRequestCodec: Codec<ResignRequest> = {
  write: writeResignRequest,
  read: readResignRequest,
  fields: [{ name: 'leader', property: 'leader', kind: 'message', fields: () => leaderKeyCodec.fields }],
};

export interface ResignResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyResignResponse: ResignResponse = { header: emptyResponseHeader };
function writeResignResponse(w: Writer, m: ResignResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readResignResponse(r: Reader, end: number, into?: ResignResponse): ResignResponse {
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
export const resignResponseCodec: Codec<ResignResponse> = {
  write: writeResignResponse,
  read: readResignResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export interface ProclaimRequest {
  readonly leader?: LeaderKey;
  readonly value: Uint8Array;
}
/** Every field at its default. */
export const emptyProclaimRequest: ProclaimRequest = { value: noBytes };
function writeProclaimRequest(w: Writer, m: ProclaimRequest): void {
  if (m.value.length > 0) {
    w.byteArray(m.value);
    w.tag(18);
  }
  if (m.leader !== undefined) {
    w.message(leaderKeyCodec, m.leader);
    w.tag(10);
  }
}
function readProclaimRequest(r: Reader, end: number, into?: ProclaimRequest): ProclaimRequest {
  let leader: LeaderKey | undefined = into === undefined ? undefined : into.leader;
  let value: Uint8Array = into === undefined ? noBytes : into.value;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        leader = r.message(leaderKeyCodec, leader);
        break;
      case 18:
        value = r.byteArray();
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof ProclaimRequest]: ProclaimRequest[K] } = { value };
  if (leader !== undefined) message.leader = leader;
  return message;
}
export const proclaimRequestCodec: Codec<ProclaimRequest> = {
  write: writeProclaimRequest,
  read: readProclaimRequest,
  fields: [
    { name: 'leader', property: 'leader', kind: 'message', fields: () => leaderKeyCodec.fields },
    { name: 'value', property: 'value', kind: 'bytes' },
  ],
};

export interface ProclaimResponse {
  readonly header: ResponseHeader;
}
/** Every field at its default. */
export const emptyProclaimResponse: ProclaimResponse = { header: emptyResponseHeader };
function writeProclaimResponse(w: Writer, m: ProclaimResponse): void {
  w.message(responseHeaderCodec, m.header);
  w.tag(10);
}
function readProclaimResponse(r: Reader, end: number, into?: ProclaimResponse): ProclaimResponse {
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
export const proclaimResponseCodec: Codec<ProclaimResponse> = {
  write: writeProclaimResponse,
  read: readProclaimResponse,
  fields: [
    { name: 'header', property: 'header', kind: 'message', fields: () => responseHeaderCodec.fields, always: true },
  ],
};

export const electionService = {
  campaign: {
    path: '/v3electionpb.Election/Campaign',
    requestStream: false,
    responseStream: false,
    request: campaignRequestCodec,
    response: campaignResponseCodec,
  },
  proclaim: {
    path: '/v3electionpb.Election/Proclaim',
    requestStream: false,
    responseStream: false,
    request: proclaimRequestCodec,
    response: proclaimResponseCodec,
  },
  leader: {
    path: '/v3electionpb.Election/Leader',
    requestStream: false,
    responseStream: false,
    request: leaderRequestCodec,
    response: leaderResponseCodec,
  },
  observe: {
    path: '/v3electionpb.Election/Observe',
    requestStream: false,
    responseStream: true,
    request: leaderRequestCodec,
    response: leaderResponseCodec,
  },
  resign: {
    path: '/v3electionpb.Election/Resign',
    requestStream: false,
    responseStream: false,
    request: resignRequestCodec,
    response: resignResponseCodec,
  },
} as const;
