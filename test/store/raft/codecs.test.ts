/** The wire forms: what is encoded comes back, and anything else is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BinaryFormatError } from '../../../base/binary-reader.ts';
import { BinaryWriter } from '../../../base/binary-writer.ts';
import { decodeConfChange, encodeConfChange } from '../../../store/raft/conf-change-codec.ts';
import { decodeMessage, encodeMessage } from '../../../store/raft/message-codec.ts';
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
  test('R22 messages', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(plain(decodeMessage(encodeMessage(value)))).toEqual(plain(value));
      }),
      seeded,
    );
  });
  test('R22 membership changes', () => {
    fc.assert(
      fc.property(confChange, (value) => {
        expect(plain(decodeConfChange(encodeConfChange(value)))).toEqual(plain(value));
      }),
      seeded,
    );
  });
  test('R11 leaving a joint configuration takes no bytes', () => {
    const leave = { changes: [], transition: 'auto', context: new Uint8Array(0) } as const;
    expect(encodeConfChange(leave).length).toBe(0);
  });
});

describe('garbage is refused, with an error that says so', () => {
  const decoders = [decodeMessage, decodeConfChange];

  test('R22 any bytes at all are decoded or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of decoders) refusesOrDecodes(() => decode(bytes));
      }),
      { ...seeded, numRuns: 1000 },
    );
  });

  test('R22 no beginning of a message passes for a whole one', () => {
    fc.assert(
      fc.property(message, fc.nat(1000), (value, cut) => {
        const bytes = encodeMessage(value);
        expect(() => decodeMessage(bytes.subarray(0, cut % bytes.length))).toThrow(BinaryFormatError);
      }),
      seeded,
    );
  });

  test('R22 nor a message with something after it', () => {
    fc.assert(
      fc.property(message, fc.uint8Array({ minLength: 1, maxLength: 5 }), (value, more) => {
        expect(() => decodeMessage(Buffer.concat([encodeMessage(value), more]))).toThrow(BinaryFormatError);
      }),
      seeded,
    );
  });

  test('R22 a number of entries that cannot be there is not believed', () => {
    const writer = new BinaryWriter();
    writer.raw(new Uint8Array(2 + 16 + 5));
    writer.varint(Number.MAX_SAFE_INTEGER);
    expect(() => decodeMessage(writer.copy())).toThrow(/1 bytes wanted at byte 31 of 31/);
  });

  test('R22 unknown types and flags', () => {
    expect(() => decodeMessage(Buffer.from([99, 0]))).toThrow(/of an unknown type/);
    expect(() => decodeMessage(Buffer.from([0, 0x80]))).toThrow(/unknown flags/);
    expect(() => decodeConfChange(Buffer.from([9, 0, 0]))).toThrow(/unknown transition/);
    expect(() => decodeConfChange(Buffer.from([0, 1, 9]))).toThrow(/unknown kind/);
  });
});

function refusesOrDecodes(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof BinaryFormatError)) throw error;
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
