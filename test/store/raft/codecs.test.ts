/** The wire forms: what is encoded comes back, and anything else is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BinaryReader, BinaryWriter, WireFormatError } from '../../../store/raft/binary.ts';
import { decodeConfChange, encodeConfChange } from '../../../store/raft/conf-change-codec.ts';
import { ConfChangeError } from '../../../store/raft/conf-changer.ts';
import {
  decodeEntry,
  decodeMessage,
  decodeSnapshot,
  encodeEntry,
  encodeMessage,
  encodeSnapshot,
} from '../../../store/raft/message-codec.ts';
import type { ConfChange, ConfChangeSingle, Entry, Message, MessageType } from '../../../store/raft/types.ts';

const seeded = { seed: 7, numRuns: 300 };

const uint = fc.oneof(fc.nat(300), fc.maxSafeNat());
const id = fc.oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, 0xffff_ffff_ffff_ffffn));
const data = fc.uint8Array({ maxLength: 40 });
const entry: fc.Arbitrary<Entry> = fc.record({
  term: uint,
  index: uint,
  type: fc.constantFrom('normal', 'confChange'),
  data,
});
const ids = fc.array(id, { maxLength: 4 });
const snapshot = fc.record({
  metadata: fc.record({
    index: uint,
    term: uint,
    confState: fc.record({
      voters: ids,
      votersOutgoing: ids,
      learners: ids,
      learnersNext: ids,
      autoLeave: fc.boolean(),
    }),
  }),
});
const type = fc.constantFrom<MessageType[]>(
  'append',
  'appendResponse',
  'preVote',
  'preVoteResponse',
  'vote',
  'voteResponse',
  'heartbeat',
  'heartbeatResponse',
  'snapshot',
  'propose',
  'readIndex',
  'readIndexResponse',
  'transferLeader',
  'timeoutNow',
);
const message: fc.Arbitrary<Message> = fc.record(
  {
    type,
    from: id,
    to: id,
    term: uint,
    logTerm: uint,
    index: uint,
    commit: uint,
    commitTerm: uint,
    entries: fc.array(entry, { maxLength: 5 }),
    reject: fc.boolean(),
    rejectHint: uint,
    snapshot,
    context: fc.string({ unit: 'grapheme', maxLength: 20 }),
  },
  {
    requiredKeys: ['type', 'from', 'to', 'term', 'logTerm', 'index', 'commit', 'entries', 'reject', 'rejectHint'],
  },
) as fc.Arbitrary<Message>;
const confChange: fc.Arbitrary<ConfChange> = fc.record({
  changes: fc.array(
    fc.record({ type: fc.constantFrom<ConfChangeSingle['type'][]>('addVoter', 'addLearner', 'remove'), id }),
    { maxLength: 5 },
  ),
  transition: fc.constantFrom<ConfChange['transition'][]>('auto', 'jointImplicit', 'jointExplicit'),
  context: data,
});

describe('what is encoded comes back', () => {
  test('messages', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(plain(decodeMessage(encodeMessage(value)))).toEqual(plain(value));
      }),
      seeded,
    );
  });
  test('entries', () => {
    fc.assert(
      fc.property(entry, (value) => {
        expect(plain(decodeEntry(encodeEntry(value)))).toEqual(plain(value));
      }),
      seeded,
    );
  });
  test('snapshots', () => {
    fc.assert(
      fc.property(snapshot, (value) => {
        expect(decodeSnapshot(encodeSnapshot(value))).toEqual(value);
      }),
      seeded,
    );
  });
  test('membership changes', () => {
    fc.assert(
      fc.property(confChange, (value) => {
        expect(plain(decodeConfChange(encodeConfChange(value)))).toEqual(plain(value));
      }),
      seeded,
    );
  });
  test('numbers at their limits', () => {
    const writer = new BinaryWriter(16).uint(Number.MAX_SAFE_INTEGER).uint64(0xffff_ffff_ffff_ffffn).uint(0);
    const reader = new BinaryReader(writer.finish());
    expect([reader.uint('a'), reader.uint64('b'), reader.uint('c')]).toEqual([
      Number.MAX_SAFE_INTEGER,
      0xffff_ffff_ffff_ffffn,
      0,
    ]);
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(() => new BinaryWriter().uint(wrong)).toThrow(RangeError);
    for (const wrong of [-1n, 2n ** 64n]) expect(() => new BinaryWriter().uint64(wrong)).toThrow(RangeError);
  });
  test('leaving a joint configuration takes no bytes', () => {
    const leave = { changes: [], transition: 'auto', context: new Uint8Array(0) } as const;
    expect(encodeConfChange(leave).length).toBe(0);
  });
});

describe('garbage is refused, with an error that says so', () => {
  const decoders = [decodeMessage, decodeEntry, decodeSnapshot, decodeConfChange];

  test('any bytes at all are decoded or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of decoders) refusesOrDecodes(() => decode(bytes));
      }),
      { ...seeded, numRuns: 1000 },
    );
  });

  test('no beginning of a message passes for a whole one', () => {
    fc.assert(
      fc.property(message, fc.nat(1000), (value, cut) => {
        const bytes = encodeMessage(value);
        expect(() => decodeMessage(bytes.subarray(0, cut % bytes.length))).toThrow(WireFormatError);
      }),
      seeded,
    );
  });

  test('nor a message with something after it', () => {
    fc.assert(
      fc.property(message, fc.uint8Array({ minLength: 1, maxLength: 5 }), (value, more) => {
        expect(() => decodeMessage(Buffer.concat([encodeMessage(value), more]))).toThrow(WireFormatError);
      }),
      seeded,
    );
  });

  test('a number of entries that cannot be there allocates nothing', () => {
    const writer = new BinaryWriter().byte(0).byte(0).uint64(1n).uint64(2n);
    for (let field = 0; field < 5; field++) writer.uint(0);
    const bytes = writer.uint(Number.MAX_SAFE_INTEGER).finish();
    expect(() => decodeMessage(bytes)).toThrow(/the entries: 9007199254740991 cannot fit in 0 bytes/);
  });

  test('a number beyond the safe integers, an unknown type, bad UTF-8', () => {
    expect(() => new BinaryReader(Buffer.from('ffffffffffffff7f', 'hex')).uint('it')).toThrow(/it is too large/);
    expect(() => new BinaryReader(Buffer.from('ffffffffffffffff01', 'hex')).uint('it')).toThrow(/too long a number/);
    expect(() => new BinaryReader(Buffer.from('ffffffffffffffffff02', 'hex')).uint64('it')).toThrow(/too large/);
    expect(() => decodeMessage(Buffer.from([99]))).toThrow(/an unknown message type/);
    expect(() => decodeMessage(Buffer.from([0, 0x80]))).toThrow(/unknown flags/);
    expect(() => new BinaryReader(Buffer.from([1, 0xff])).text('it')).toThrow(/it is not UTF-8/);
  });
});

function refusesOrDecodes(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof WireFormatError) && !(error instanceof ConfChangeError)) throw error;
  }
}

/** With bytes as plain Uint8Arrays: a decoder's are views of a Buffer. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}
