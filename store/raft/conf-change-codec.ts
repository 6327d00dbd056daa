/**
 * The data of a confChange entry: transition, changes, context.
 *
 * Leaving a joint configuration without context is zero bytes, so that no limit on bytes can ever refuse it.
 */
import { BinaryReader, BinaryWriter } from './binary.ts';
import type { ConfChange, ConfChangeSingle } from './types.ts';

/** A code on the wire is a position here: append only. */
const TRANSITIONS: readonly ConfChange['transition'][] = ['auto', 'jointImplicit', 'jointExplicit'];
const CHANGE_TYPES: readonly ConfChangeSingle['type'][] = ['addVoter', 'addLearner', 'remove'];

export function encodeConfChange(change: ConfChange): Uint8Array {
  if (change.changes.length === 0 && change.transition === 'auto' && change.context.length === 0) {
    return new Uint8Array(0);
  }
  const writer = new BinaryWriter(16 + change.changes.length * 11 + change.context.length);
  writer.byte(TRANSITIONS.indexOf(change.transition)).uint(change.changes.length);
  for (const { type, id } of change.changes) writer.byte(CHANGE_TYPES.indexOf(type)).uint64(id);
  return writer.bytes(change.context).finish();
}

/** @throws WireFormatError */
export function decodeConfChange(bytes: Uint8Array): ConfChange {
  if (bytes.length === 0) return { changes: [], transition: 'auto', context: bytes };
  const reader = new BinaryReader(bytes);
  const transition = TRANSITIONS[reader.byte('the transition')] ?? reader.fail('an unknown transition');
  const changes: ConfChangeSingle[] = [];
  for (let left = reader.count('the changes', 2); left > 0; left--) {
    const type = CHANGE_TYPES[reader.byte('the change')] ?? reader.fail('an unknown kind of change');
    changes.push({ type, id: reader.uint64('the member') });
  }
  const context = reader.bytes('the context');
  reader.end();
  return { changes, transition, context };
}
