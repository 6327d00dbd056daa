/** Package mvccpb, generated from ../mvccpb.proto by build/protobuf.mjs. Do not edit. */
import type { ByteString } from '../../../../base/bytes.ts';
import type { Codec, Reader, Writer } from '../wire.ts';

const noBytes = new Uint8Array(0);

/** A number where the sender knows a value that this program does not. */
export type EventEventType = 'put' | 'delete' | number;
const namesEventEventType = ['put', 'delete'] as const;
function readEventEventType(r: Reader): EventEventType {
  const value = r.int32();
  return namesEventEventType[value] ?? value;
}
function writeEventEventType(w: Writer, value: EventEventType): void {
  w.int32(typeof value === 'number' ? value : namesEventEventType.indexOf(value));
}

export interface KeyValue {
  readonly key: ByteString;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
}
/** Every field at its default. */
export const emptyKeyValue: KeyValue = {
  key: '',
  createRevision: 0,
  modRevision: 0,
  version: 0,
  value: noBytes,
  lease: 0n,
};
function writeKeyValue(w: Writer, m: KeyValue): void {
  if (m.lease !== 0n) {
    w.int64(m.lease);
    w.tag(48);
  }
  if (m.value.length > 0) {
    w.byteArray(m.value);
    w.tag(42);
  }
  if (m.version !== 0) {
    w.int64Number(m.version);
    w.tag(32);
  }
  if (m.modRevision !== 0) {
    w.int64Number(m.modRevision);
    w.tag(24);
  }
  if (m.createRevision !== 0) {
    w.int64Number(m.createRevision);
    w.tag(16);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(10);
  }
}
function readKeyValue(r: Reader, end: number, into?: KeyValue): KeyValue {
  let key: ByteString = into === undefined ? '' : into.key;
  let createRevision: number = into === undefined ? 0 : into.createRevision;
  let modRevision: number = into === undefined ? 0 : into.modRevision;
  let version: number = into === undefined ? 0 : into.version;
  let value: Uint8Array = into === undefined ? noBytes : into.value;
  let lease: bigint = into === undefined ? 0n : into.lease;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        key = r.byteString();
        break;
      case 16:
        createRevision = r.int64Number();
        break;
      case 24:
        modRevision = r.int64Number();
        break;
      case 32:
        version = r.int64Number();
        break;
      case 42:
        value = r.byteArray();
        break;
      case 48:
        lease = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  return { key, createRevision, modRevision, version, value, lease };
}
export const keyValueCodec: Codec<KeyValue> = {
  write: writeKeyValue,
  read: readKeyValue,
  fields: [
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'create_revision', property: 'createRevision', kind: 'int64Number' },
    { name: 'mod_revision', property: 'modRevision', kind: 'int64Number' },
    { name: 'version', property: 'version', kind: 'int64Number' },
    { name: 'value', property: 'value', kind: 'bytes' },
    { name: 'lease', property: 'lease', kind: 'int64' },
  ],
};

export interface Event {
  readonly type: EventEventType;
  readonly kv: KeyValue;
  readonly prevKv?: KeyValue;
}
/** Every field at its default. */
export const emptyEvent: Event = { type: 'put', kv: emptyKeyValue };
function writeEvent(w: Writer, m: Event): void {
  if (m.prevKv !== undefined) {
    w.message(keyValueCodec, m.prevKv);
    w.tag(26);
  }
  w.message(keyValueCodec, m.kv);
  w.tag(18);
  if (m.type !== 'put') {
    writeEventEventType(w, m.type);
    w.tag(8);
  }
}
function readEvent(r: Reader, end: number, into?: Event): Event {
  let type: EventEventType = into === undefined ? 'put' : into.type;
  let kv: KeyValue | undefined = into === undefined ? undefined : into.kv;
  let prevKv: KeyValue | undefined = into === undefined ? undefined : into.prevKv;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        type = readEventEventType(r);
        break;
      case 18:
        kv = r.message(keyValueCodec, kv);
        break;
      case 26:
        prevKv = r.message(keyValueCodec, prevKv);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof Event]: Event[K] } = { type, kv: kv ?? emptyKeyValue };
  if (prevKv !== undefined) message.prevKv = prevKv;
  return message;
}
export const eventCodec: Codec<Event> = {
  write: writeEvent,
  read: readEvent,
  fields: [
    {
      name: 'type',
      property: 'type',
      kind: 'enum',
      values: [
        ['PUT', 'put'],
        ['DELETE', 'delete'],
      ],
    },
    { name: 'kv', property: 'kv', kind: 'message', fields: () => keyValueCodec.fields, always: true },
    { name: 'prev_kv', property: 'prevKv', kind: 'message', fields: () => keyValueCodec.fields },
  ],
};
