/**
 * What a frame's payload holds: records, one after the other, each a kind and its fields. Three kinds:
 *
 * - entry: an entry of raft's log; one at an index that is already there replaces it and drops all behind it;
 * - hard state: the newest counts;
 * - marker: "the state up to this index is kept elsewhere": entries up to it are no longer needed. A restored one says
 *   that the state came from another member, and no entry written before it counts.
 */
import { BinaryFormatError, BinaryReader } from '../../base/binary-reader.ts';
import type { BinaryWriter } from '../../base/binary-writer.ts';
import type { ConfState, Entry, HardState, MemberId, SnapshotMetadata } from '../raft/types.ts';

const KIND_NORMAL = 1;
const KIND_CONF_CHANGE = 2;
const KIND_HARD_STATE = 3;
const KIND_MARKER = 4;

export interface RecordSink {
  entry(entry: Entry): void;
  hardState(hardState: HardState): void;
  marker(marker: SnapshotMetadata, restored: boolean): void;
}

export function encodeEntry(writer: BinaryWriter, entry: Entry): void {
  writer.u8(entry.type === 'normal' ? KIND_NORMAL : KIND_CONF_CHANGE);
  writer.varint(entry.term);
  writer.varint(entry.index);
  writer.bytes(entry.data);
}

export function encodeHardState(writer: BinaryWriter, hardState: HardState): void {
  writer.u8(KIND_HARD_STATE);
  writer.varint(hardState.term);
  writer.bigU64(hardState.vote);
  writer.varint(hardState.commit);
}

export function encodeMarker(writer: BinaryWriter, marker: SnapshotMetadata, restored: boolean): void {
  writer.u8(KIND_MARKER);
  writer.bool(restored);
  writer.varint(marker.term);
  writer.varint(marker.index);
  encodeConfState(writer, marker.confState);
}

/** Gives every record of a payload to the sink, in order. Throws `BinaryFormatError` on what it does not know. */
export function decodeRecords(payload: Uint8Array, sink: RecordSink): void {
  const reader = new BinaryReader(payload);
  while (reader.remaining > 0) {
    const kind = reader.u8();
    switch (kind) {
      case KIND_NORMAL:
      case KIND_CONF_CHANGE: {
        const term = reader.varint();
        const index = reader.varint();
        sink.entry({ term, index, type: kind === KIND_NORMAL ? 'normal' : 'confChange', data: reader.bytes() });
        break;
      }
      case KIND_HARD_STATE:
        sink.hardState({ term: reader.varint(), vote: reader.bigU64(), commit: reader.varint() });
        break;
      case KIND_MARKER: {
        const restored = reader.bool();
        const term = reader.varint();
        const index = reader.varint();
        sink.marker({ term, index, confState: decodeConfState(reader) }, restored);
        break;
      }
      default:
        throw new BinaryFormatError(`record kind ${kind} is unknown`);
    }
  }
}

export function encodeConfState(writer: BinaryWriter, confState: ConfState): void {
  for (const ids of [confState.voters, confState.votersOutgoing, confState.learners, confState.learnersNext]) {
    writer.varint(ids.length);
    for (const id of ids) writer.bigU64(id);
  }
  writer.bool(confState.autoLeave);
}

export function decodeConfState(reader: BinaryReader): ConfState {
  return {
    voters: decodeIds(reader),
    votersOutgoing: decodeIds(reader),
    learners: decodeIds(reader),
    learnersNext: decodeIds(reader),
    autoLeave: reader.bool(),
  };
}

function decodeIds(reader: BinaryReader): MemberId[] {
  const count = reader.varint();
  if (count * 8 > reader.remaining) throw new BinaryFormatError(`${count} member ids in ${reader.remaining} bytes`);
  return Array.from({ length: count }, () => reader.bigU64());
}
