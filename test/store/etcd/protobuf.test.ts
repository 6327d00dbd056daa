/** The generated codecs against protobufjs, an independent implementation that reads the same `.proto` files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import * as auth from '../../../store/etcd/proto/gen/authpb.ts';
import * as etcd from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import * as mvcc from '../../../store/etcd/proto/gen/mvccpb.ts';
import * as election from '../../../store/etcd/proto/gen/v3electionpb.ts';
import * as lock from '../../../store/etcd/proto/gen/v3lockpb.ts';
import { type Codec, decode, encode, encodeFrame, ProtobufError } from '../../../store/etcd/proto/wire.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = join(root, 'store', 'etcd', 'proto');
const packages = { authpb: auth, etcdserverpb: etcd, mvccpb: mvcc, v3electionpb: election, v3lockpb: lock };

const schema = new protobuf.Root();
schema.resolvePath = (_origin, target) => join(folder, target);
for (const name of Object.keys(packages)) {
  const source = readFileSync(join(folder, `${name}.proto`), 'utf8').replace(/^import "options.proto";$/m, '');
  protobuf.parse(source, schema, { keepCase: true });
}
schema.resolveAll();

interface Subject {
  readonly type: protobuf.Type;
  readonly codec: Codec<unknown>;
}

const subjects: Subject[] = Object.entries(packages).flatMap(([name, module]) => {
  const codecs: Readonly<Record<string, unknown>> = module;
  const namespace = schema.lookup(name) as protobuf.Namespace;
  return namespace.nestedArray
    .filter((nested): nested is protobuf.Type => nested instanceof protobuf.Type)
    .map((type) => ({
      type,
      codec: codecs[`${type.name[0]?.toLowerCase()}${type.name.slice(1)}Codec`] as Codec<unknown>,
    }));
});

/** A message with every kind of value a field may have, extremes among them. */
function randomMessage(type: protobuf.Type, random: SeededRandom, depth: number): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const inOneof = field.partOf !== null;
    if (inOneof && field.partOf?.fieldsArray.some((other) => other.name in message)) continue;
    if (random.below(3) === 0 || (depth > 3 && field.resolvedType instanceof protobuf.Type)) continue;
    const value = (): unknown => randomValue(field, random, depth);
    message[field.name] = field.repeated ? Array.from({ length: random.below(4) }, value) : value();
  }
  return message;
}

function randomValue(field: protobuf.Field, random: SeededRandom, depth: number): unknown {
  if (field.resolvedType instanceof protobuf.Type) return randomMessage(field.resolvedType, random, depth + 1);
  if (field.resolvedType instanceof protobuf.Enum) return random.below(7);
  const asNumber = field.options?.jstype === 'JS_NUMBER';
  const integer = (): string => {
    const wide = BigInt(random.below(2 ** 32)) * 2n ** 32n + BigInt(random.below(2 ** 32));
    const shifted = BigInt.asIntN(64, wide) >> BigInt(random.below(64));
    // Numbers hold 53 bits; what is beyond is not exact, and not part of the comparison.
    const value = asNumber ? BigInt.asIntN(53, shifted) : shifted;
    const unsigned = field.type === 'uint64';
    return String(unsigned ? BigInt.asUintN(asNumber ? 53 : 64, value) : value);
  };
  switch (field.type) {
    case 'bytes':
      return Buffer.from(random.bytes(random.below(300)));
    case 'string':
      return ['', 'plain', 'grün', '日本', '😀'][random.below(5)];
    case 'bool':
      return random.below(2) === 1;
    case 'uint32':
      return random.below(2 ** 32);
    default:
      return integer();
  }
}

function plain(type: protobuf.Type, bytes: Uint8Array): unknown {
  return type.toObject(type.decode(bytes), { longs: String, bytes: String, enums: Number, defaults: true });
}

describe('protobuf', () => {
  it('the generated files are current', async () => {
    const generator = join(root, 'build', 'protobuf.mjs');
    const { generate } = (await import(generator)) as { generate(): Map<string, string> };
    for (const [file, text] of generate()) {
      expect(readFileSync(join(root, file), 'utf8'), `${file}: run node build/protobuf.mjs`).toBe(text);
    }
  });

  it('knows every message of the files', () => {
    expect(subjects.length).toBeGreaterThan(100);
    for (const { type, codec } of subjects) expect(codec, type.fullName).toBeDefined();
  });

  it('reads what protobufjs writes, and writes what protobufjs reads', () => {
    const random = new SeededRandom('messages');
    for (const { type, codec } of subjects) {
      for (let round = 0; round < 20; round++) {
        const bytes = type.encode(type.fromObject(randomMessage(type, random, 0))).finish();
        const written = encode(codec, decode(codec, bytes));
        expect(withoutEmptyHeaders(plain(type, written)), type.fullName).toEqual(
          withoutEmptyHeaders(plain(type, bytes)),
        );
      }
    }
  });

  it('merges the parts of a message that comes in pieces', () => {
    const put = encode(etcd.rangeRequestCodec, { ...etcd.emptyRangeRequest, key: 'a', limit: 3 });
    const more = encode(etcd.rangeRequestCodec, { ...etcd.emptyRangeRequest, rangeEnd: 'b' });
    const merged = decode(etcd.rangeRequestCodec, Buffer.concat([put, more]));
    expect(merged).toMatchObject({ key: 'a', limit: 3, rangeEnd: 'b' });
    const nested = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0x0a, bytes.length), bytes]);
    const operation = decode(etcd.requestOpCodec, Buffer.concat([nested(put), nested(more)]));
    expect(operation.request).toMatchObject({ case: 'requestRange', value: { key: 'a', rangeEnd: 'b' } });
  });

  it('passes over fields it does not know, of every wire type', () => {
    const unknown = Buffer.from([
      ...[0xf8, 0x01, 0x96, 0x01], // 31: varint
      ...[0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8], // 31: 64 bits
      ...[0xfa, 0x01, 2, 9, 9], // 31: bytes
      ...[0xfd, 0x01, 1, 2, 3, 4], // 31: 32 bits
      ...[0xfb, 0x01, 0x08, 0x01, 0xfc, 0x01], // 31: a group
    ]);
    const known = encode(etcd.leaseGrantRequestCodec, { id: -5n, ttl: 10 });
    expect(decode(etcd.leaseGrantRequestCodec, Buffer.concat([unknown, known, unknown]))).toEqual({ id: -5n, ttl: 10 });
  });

  it('reads packed and unpacked enums, and keeps numbers it does not know', () => {
    const unpacked = Buffer.of(0x28, 1, 0x28, 0, 0x28, 9);
    const packed = Buffer.of(0x2a, 3, 1, 0, 9);
    for (const bytes of [unpacked, packed]) {
      expect(decode(etcd.watchCreateRequestCodec, bytes).filters).toEqual(['nodelete', 'noput', 9]);
    }
    const bytes = encode(etcd.watchCreateRequestCodec, { ...etcd.emptyWatchCreateRequest, filters: [9, 'nodelete'] });
    expect(bytes).toEqual(Buffer.of(0x2a, 2, 9, 1));
  });

  it('refuses malformed messages with a ProtobufError, and never anything else', () => {
    const random = new SeededRandom('damage');
    let refused = 0;
    for (const { type, codec } of subjects) {
      for (let round = 0; round < 20; round++) {
        const bytes = Buffer.from(type.encode(type.fromObject(randomMessage(type, random, 0))).finish());
        if (bytes.length === 0) continue;
        const damaged = round % 2 === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
        if (damaged === bytes) bytes[random.below(bytes.length)] = random.below(256);
        try {
          decode(codec, damaged);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProtobufError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  it('refuses nesting that would exhaust the stack', () => {
    let bytes = Buffer.alloc(0);
    const length = (of: number): number[] => (of < 0x80 ? [of] : [(of & 0x7f) | 0x80, ...length(of >>> 7)]);
    for (let depth = 0; depth < 5000; depth++) {
      const operation = Buffer.concat([Buffer.from([0x22, ...length(bytes.length)]), bytes]);
      bytes = Buffer.concat([Buffer.from([0x12, ...length(operation.length)]), operation]);
    }
    expect(() => decode(etcd.txnRequestCodec, bytes)).toThrow('nested too deeply');
  });

  it('refuses text that is not UTF-8', () => {
    expect(() => decode(etcd.authenticateRequestCodec, Buffer.of(0x0a, 2, 0xc3, 0x28))).toThrow('invalid UTF-8');
  });

  it('frames messages larger than its buffer', () => {
    const value = Buffer.alloc(3_000_000, 7);
    const frame = encodeFrame(etcd.putRequestCodec, { ...etcd.emptyPutRequest, key: 'big', value });
    expect(frame[0]).toBe(0);
    expect(frame.readUInt32BE(1)).toBe(frame.length - 5);
    expect(Buffer.compare(decode(etcd.putRequestCodec, frame.subarray(5)).value, value)).toBe(0);
    // And small ones after it.
    expect(encode(etcd.putRequestCodec, { ...etcd.emptyPutRequest, key: 'k' })).toEqual(Buffer.of(0x0a, 1, 0x6b));
  });
});

/** Messages that are always there are written also where the original left them out: the same, to a reader. */
function withoutEmptyHeaders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyHeaders);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutEmptyHeaders(inner)] as const);
  return Object.fromEntries(
    entries.filter(([key, inner]) => !['header', 'kv'].includes(key) || (inner !== null && !isDefault(inner))),
  );
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isDefault);
  return value === '0' || value === '' || value === 0 || value === false || value === null;
}
