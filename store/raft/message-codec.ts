/**
 * Messages and entries as bytes, for the peers' transport and the log on disk. The format is our own and versioned by
 * whoever frames it.
 *
 * message: type (1 byte), flags (1 byte), from, to, term, logTerm, index, commit, commitTerm if flagged, rejectHint,
 *          number of entries and each entry, snapshot metadata if flagged, context if flagged.
 * entry:   term, index, type (1 byte), data with its length.
 */
import { BinaryReader, BinaryWriter } from './binary.ts';
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

const ENTRY_BYTES_MIN = 4;

export function encodeMessage(message: Message): Uint8Array {
  const { snapshot, context, commitTerm } = message;
  const writer = new BinaryWriter(128 + entriesBytes(message.entries) + (context?.length ?? 0));
  writer
    .byte(MESSAGE_TYPES.indexOf(message.type))
    .byte(
      (message.reject ? FLAG_REJECT : 0) |
        (snapshot === undefined ? 0 : FLAG_SNAPSHOT) |
        (context === undefined ? 0 : FLAG_CONTEXT) |
        (commitTerm === undefined ? 0 : FLAG_COMMIT_TERM),
    )
    .uint64(message.from)
    .uint64(message.to)
    .uint(message.term)
    .uint(message.logTerm)
    .uint(message.index)
    .uint(message.commit);
  if (commitTerm !== undefined) writer.uint(commitTerm);
  writer.uint(message.rejectHint).uint(message.entries.length);
  for (const entry of message.entries) writeEntry(writer, entry);
  if (snapshot !== undefined) writeSnapshot(writer, snapshot);
  if (context !== undefined) writer.text(context);
  return writer.finish();
}

/**
 * The entries' data are views of `bytes`, which must not change afterwards.
 *
 * @throws WireFormatError
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes);
  const type = MESSAGE_TYPES[reader.byte('the message type')] ?? reader.fail('an unknown message type');
  const flags = reader.byte('the flags');
  if ((flags & ~FLAGS_KNOWN) !== 0) reader.fail('unknown flags');
  const from = reader.uint64('from');
  const to = reader.uint64('to');
  const term = reader.uint('the term');
  const logTerm = reader.uint('the log term');
  const index = reader.uint('the index');
  const commit = reader.uint('the commit index');
  const commitTerm = (flags & FLAG_COMMIT_TERM) === 0 ? undefined : reader.uint('the term of the commit index');
  const rejectHint = reader.uint('the reject hint');
  const entries: Entry[] = [];
  for (let left = reader.count('the entries', ENTRY_BYTES_MIN); left > 0; left--) entries.push(readEntry(reader));
  const snapshot = (flags & FLAG_SNAPSHOT) === 0 ? undefined : readSnapshot(reader);
  const context = (flags & FLAG_CONTEXT) === 0 ? undefined : reader.text('the context');
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

export function encodeEntry(entry: Entry): Uint8Array {
  const writer = new BinaryWriter(entriesBytes([entry]));
  writeEntry(writer, entry);
  return writer.finish();
}

/** @throws WireFormatError. The data is a view of `bytes`. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const reader = new BinaryReader(bytes);
  const entry = readEntry(reader);
  reader.end();
  return entry;
}

export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const writer = new BinaryWriter(128);
  writeSnapshot(writer, snapshot);
  return writer.finish();
}

/** @throws WireFormatError */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const reader = new BinaryReader(bytes);
  const snapshot = readSnapshot(reader);
  reader.end();
  return snapshot;
}

export function writeEntry(writer: BinaryWriter, entry: Entry): void {
  writer.uint(entry.term).uint(entry.index).byte(ENTRY_TYPES.indexOf(entry.type)).bytes(entry.data);
}

/** @throws WireFormatError */
export function readEntry(reader: BinaryReader): Entry {
  const term = reader.uint("the entry's term");
  const index = reader.uint("the entry's index");
  const type = ENTRY_TYPES[reader.byte("the entry's type")] ?? reader.fail('an unknown entry type');
  const data = reader.bytes("the entry's data");
  return { term, index, type, data };
}

export function writeConfState(writer: BinaryWriter, state: ConfState): void {
  for (const ids of [state.voters, state.votersOutgoing, state.learners, state.learnersNext]) {
    writer.uint(ids.length);
    for (const id of ids) writer.uint64(id);
  }
  writer.byte(state.autoLeave ? 1 : 0);
}

/** @throws WireFormatError */
export function readConfState(reader: BinaryReader): ConfState {
  const voters = readIds(reader, 'the voters');
  const votersOutgoing = readIds(reader, 'the outgoing voters');
  const learners = readIds(reader, 'the learners');
  const learnersNext = readIds(reader, 'the next learners');
  const autoLeave = reader.byte('autoLeave');
  if (autoLeave > 1) reader.fail('autoLeave is neither 0 nor 1');
  return { voters, votersOutgoing, learners, learnersNext, autoLeave: autoLeave === 1 };
}

function readIds(reader: BinaryReader, what: string): MemberId[] {
  const ids: MemberId[] = [];
  for (let left = reader.count(what, 1); left > 0; left--) ids.push(reader.uint64(what));
  return ids;
}

function writeSnapshot(writer: BinaryWriter, { metadata }: Snapshot): void {
  writer.uint(metadata.index).uint(metadata.term);
  writeConfState(writer, metadata.confState);
}

function readSnapshot(reader: BinaryReader): Snapshot {
  const index = reader.uint("the snapshot's index");
  const term = reader.uint("the snapshot's term");
  return { metadata: { index, term, confState: readConfState(reader) } };
}
