/**
 * Messages as bytes, for the peers' transport. The format is our own and versioned by whoever frames it. Whatever
 * cannot be read is refused; no count is believed beyond the bytes that are there.
 *
 * message: type (1 byte), flags (1 byte), from, to, term, logTerm, index, commit, commitTerm if flagged, rejectHint,
 *          number of entries and each entry, snapshot metadata if flagged, context if flagged.
 * entry:   term, index, type (1 byte), data with its length.
 */
import { BinaryFormatError, BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import { entriesBytes } from './entry-bytes.ts';
import type { ConfState, Entry, EntryType, MemberId, Message, MessageType, Snapshot } from './types.ts';

/** A code on the wire is a position here: append only. */
const MESSAGE_TYPES: readonly MessageType[] = [
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
];
const ENTRY_TYPES: readonly EntryType[] = ['normal', 'confChange'];

const FLAG_REJECT = 1;
const FLAG_SNAPSHOT = 2;
const FLAG_CONTEXT = 4;
const FLAG_COMMIT_TERM = 8;
const FLAGS_KNOWN = FLAG_REJECT | FLAG_SNAPSHOT | FLAG_CONTEXT | FLAG_COMMIT_TERM;

export function encodeMessage(message: Message): Uint8Array {
  const { snapshot, context, commitTerm } = message;
  const writer = new BinaryWriter(128 + entriesBytes(message.entries) + (context?.length ?? 0));
  writer.u8(MESSAGE_TYPES.indexOf(message.type));
  writer.u8(
    (message.reject ? FLAG_REJECT : 0) |
      (snapshot === undefined ? 0 : FLAG_SNAPSHOT) |
      (context === undefined ? 0 : FLAG_CONTEXT) |
      (commitTerm === undefined ? 0 : FLAG_COMMIT_TERM),
  );
  writer.bigU64(message.from);
  writer.bigU64(message.to);
  writer.varint(message.term);
  writer.varint(message.logTerm);
  writer.varint(message.index);
  writer.varint(message.commit);
  if (commitTerm !== undefined) writer.varint(commitTerm);
  writer.varint(message.rejectHint);
  writer.varint(message.entries.length);
  for (const entry of message.entries) writeEntry(writer, entry);
  if (snapshot !== undefined) writeSnapshot(writer, snapshot);
  if (context !== undefined) writer.text(context);
  return writer.view();
}

/**
 * The entries' data are views of `bytes`, which must not change afterwards.
 *
 * @throws BinaryFormatError
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes);
  const type = MESSAGE_TYPES[reader.u8()];
  if (type === undefined) throw new BinaryFormatError('a message of an unknown type');
  const flags = reader.u8();
  if ((flags & ~FLAGS_KNOWN) !== 0) throw new BinaryFormatError('a message with unknown flags');
  const from = reader.bigU64();
  const to = reader.bigU64();
  const term = reader.varint();
  const logTerm = reader.varint();
  const index = reader.varint();
  const commit = reader.varint();
  const commitTerm = (flags & FLAG_COMMIT_TERM) === 0 ? undefined : reader.varint();
  const rejectHint = reader.varint();
  const entries: Entry[] = [];
  for (let left = reader.varint(); left > 0; left--) entries.push(readEntry(reader));
  const snapshot = (flags & FLAG_SNAPSHOT) === 0 ? undefined : readSnapshot(reader);
  const context = (flags & FLAG_CONTEXT) === 0 ? undefined : reader.text();
  reader.end();
  return {
    type,
    from,
    to,
    term,
    logTerm,
    index,
    commit,
    ...(commitTerm === undefined ? {} : { commitTerm }),
    entries,
    reject: (flags & FLAG_REJECT) !== 0,
    rejectHint,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(context === undefined ? {} : { context }),
  };
}

function writeEntry(writer: BinaryWriter, entry: Entry): void {
  writer.varint(entry.term);
  writer.varint(entry.index);
  writer.u8(ENTRY_TYPES.indexOf(entry.type));
  writer.bytes(entry.data);
}

function readEntry(reader: BinaryReader): Entry {
  const term = reader.varint();
  const index = reader.varint();
  const type = ENTRY_TYPES[reader.u8()];
  if (type === undefined) throw new BinaryFormatError('an entry of an unknown type');
  return { term, index, type, data: reader.bytes() };
}

function writeSnapshot(writer: BinaryWriter, { metadata }: Snapshot): void {
  const { index, term, confState } = metadata;
  writer.varint(index);
  writer.varint(term);
  writeIds(writer, confState.voters);
  writeIds(writer, confState.votersOutgoing);
  writeIds(writer, confState.learners);
  writeIds(writer, confState.learnersNext);
  writer.bool(confState.autoLeave);
}

function readSnapshot(reader: BinaryReader): Snapshot {
  const index = reader.varint();
  const term = reader.varint();
  const confState: ConfState = {
    voters: readIds(reader),
    votersOutgoing: readIds(reader),
    learners: readIds(reader),
    learnersNext: readIds(reader),
    autoLeave: reader.bool(),
  };
  return { metadata: { index, term, confState } };
}

function writeIds(writer: BinaryWriter, ids: readonly MemberId[]): void {
  writer.varint(ids.length);
  for (const id of ids) writer.bigU64(id);
}

function readIds(reader: BinaryReader): MemberId[] {
  const ids: MemberId[] = [];
  for (let left = reader.varint(); left > 0; left--) ids.push(reader.bigU64());
  return ids;
}
