import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeKeyRecord,
  decodeKeyValue,
  encodeKeyValue,
  encodeTombstone,
} from '../../../store/mvcc/key-value-codec.ts';
import {
  firstKeyOfRevision,
  isTombstoneKey,
  mainOfKey,
  revisionKey,
  subOfKey,
} from '../../../store/mvcc/revision-key.ts';

describe('records', () => {
  test('M25 a record is the protobuf message that etcd writes', () => {
    const encoded = encodeKeyValue({
      key: 'k\xff',
      value: Buffer.from('value'),
      createRevision: 1,
      modRevision: 300,
      version: 2 ** 40,
      lease: -1n,
    });
    expect(Buffer.from(encoded).toString('hex')).toBe(
      ['0a026bff', '1001', '18ac02', '20808080808020', '2a0576616c7565', '30ffffffffffffffffff01'].join(''),
    );
    expect(Buffer.from(encodeTombstone('key')).toString('hex')).toBe('0a036b6579');
  });

  test('M25 what was encoded is decoded', () => {
    const revision = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const arbitrary = fc.record({
      key: fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 300 }),
      value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      createRevision: revision,
      modRevision: revision,
      version: revision,
      lease: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    });
    fc.assert(
      fc.property(arbitrary, (kv) => {
        const encoded = encodeKeyValue(kv);
        const decoded = decodeKeyValue(encoded);
        expect({ ...decoded, value: Buffer.from(decoded.value) }).toEqual(kv);
        const { value: _, ...record } = kv;
        expect(decodeKeyRecord(encoded)).toEqual(record);
      }),
      { seed: 20260101, numRuns: 500 },
    );
    expect(() => decodeKeyValue(Buffer.from('0a056b', 'hex'))).toThrow('cut short');
    expect(() => decodeKeyValue(Buffer.from('7801', 'hex'))).toThrow('unknown field');
  });

  test('M25 places are in the order of revision and sub revision', () => {
    const places = [
      [1, 0],
      [1, 1],
      [1, 70000],
      [2, 0],
      [2 ** 32 - 1, 5],
      [2 ** 32, 0],
      [Number.MAX_SAFE_INTEGER, 0],
    ] as const;
    const keys = places.flatMap(([main, sub]) => [revisionKey(main, sub, false), revisionKey(main, sub, true)]);
    expect([...keys].sort()).toEqual(keys);
    expect(keys.map((key) => [mainOfKey(key), subOfKey(key), isTombstoneKey(key)])).toEqual(
      places.flatMap(([main, sub]) => [
        [main, sub, false],
        [main, sub, true],
      ]),
    );
    expect(firstKeyOfRevision(2)).toBe(revisionKey(2, 0, false));
    expect(Buffer.from(revisionKey(258, 3, true), 'latin1').toString('hex')).toBe(
      '00000000000001025f000000000000000374',
    );
  });
});
