/**
 * The data of a confChange entry: transition, changes, context.
 *
 * Leaving a joint configuration without context is zero bytes, so that no limit on bytes can ever refuse it.
 */
import { BinaryFormatError, BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import type { ConfChange, ConfChangeSingle } from './types.ts';

/** A code on the wire is a position here: append only. */
const TRANSITIONS: readonly ConfChange['transition'][] = ['auto', 'jointImplicit', 'jointExplicit'];
const CHANGE_TYPES: readonly ConfChangeSingle['type'][] = ['addVoter', 'addLearner', 'remove'];

export function encodeConfChange(change: ConfChange): Uint8Array {
  if (change.changes.length === 0 && change.transition === 'auto' && change.context.length === 0) {
    return new Uint8Array(0);
  }
  const writer = new BinaryWriter(16 + change.changes.length * 9 + change.context.length);
  writer.u8(TRANSITIONS.indexOf(change.transition));
  writer.varint(change.changes.length);
  for (const { type, id } of change.changes) {
    writer.u8(CHANGE_TYPES.indexOf(type));
    writer.bigU64(id);
  }
  writer.bytes(change.context);
  return writer.view();
}

/** @throws BinaryFormatError. The context is a view of `bytes`. */
export function decodeConfChange(bytes: Uint8Array): ConfChange {
  if (bytes.length === 0) return { changes: [], transition: 'auto', context: bytes };
  const reader = new BinaryReader(bytes);
  const transition = TRANSITIONS[reader.u8()];
  if (transition === undefined) throw new BinaryFormatError('a membership change of an unknown transition');
  const changes: ConfChangeSingle[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const type = CHANGE_TYPES[reader.u8()];
    if (type === undefined) throw new BinaryFormatError('a membership change of an unknown kind');
    changes.push({ type, id: reader.bigU64() });
  }
  const context = reader.bytes();
  reader.end();
  return { changes, transition, context };
}
