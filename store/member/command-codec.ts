/**
 * Commands as bytes, in the log and between members. Layout: request id (member u64, incarnation u32, number u32), the
 * command's number (one byte), its fields in the order below. Numbers are only ever added: a member that reads one it
 * does not know was left behind by an upgrade, and stops (`BinaryFormatError`) rather than come to another state.
 */
import { unreachable } from '../../base/assert.ts';
import { BinaryFormatError, BinaryReader } from '../../base/binary-reader.ts';
import type { BinaryWriter } from '../../base/binary-writer.ts';
import type { Command, CommandType, RequestId } from './command.ts';
import { OperationReader, OperationWriter } from './operation-codec.ts';

/** By number, from 1. */
const commandTypes: readonly CommandType[] = [
  'put',
  'deleteRange',
  'txn',
  'compact',
  'leaseGrant',
  'leaseRevoke',
  'leaseCheckpoint',
  'memberAttributes',
  'alarm',
  'memberUpdate',
  'authReplace',
];
const alarmTypes = ['NOSPACE', 'CORRUPT'] as const;

const numberOf = new Map(commandTypes.map((type, at) => [type, at + 1]));

export interface SubmittedCommand {
  readonly requestId: RequestId;
  readonly command: Command;
}

/** Appends the command's bytes to `writer`. */
export function encodeCommand(writer: BinaryWriter, requestId: RequestId, command: Command): void {
  writer.bigU64(requestId.member);
  writer.u32(requestId.incarnation);
  writer.u32(requestId.number);
  writer.u8(numberOf.get(command.type) ?? 0);
  const operations = new OperationWriter(writer);
  switch (command.type) {
    case 'put':
      operations.put(command.request);
      return;
    case 'deleteRange':
      operations.deleteRange(command.request);
      return;
    case 'txn':
      operations.txn(command.request);
      return;
    case 'compact':
      writer.varint(command.revision);
      return;
    case 'leaseGrant':
      writer.bigI64(command.id);
      writer.varint(command.ttl);
      return;
    case 'leaseRevoke':
      writer.bigI64(command.id);
      writer.varint(command.expiredInTerm);
      return;
    case 'leaseCheckpoint':
      writer.varint(command.term);
      writer.varint(command.checkpoints.length);
      for (const { id, remainingTtl } of command.checkpoints) {
        writer.bigI64(id);
        writer.varint(remainingTtl);
      }
      return;
    case 'memberAttributes':
      writer.bigU64(command.id);
      writer.text(command.name);
      encodeTexts(writer, command.clientUrls);
      return;
    case 'memberUpdate':
      writer.bigU64(command.id);
      encodeTexts(writer, command.peerUrls);
      return;
    case 'authReplace':
      writer.varint(command.expectedVersion);
      writer.bytes(command.state);
      return;
    case 'alarm':
      writer.bool(command.action === 'activate');
      writer.bigU64(command.alarm.memberId);
      writer.u8(alarmTypes.indexOf(command.alarm.alarm));
      return;
    default:
      unreachable(command);
  }
}

/** Throws `BinaryFormatError` unless `bytes` is exactly one command. Values are views of `bytes`. */
export function decodeCommand(bytes: Uint8Array): SubmittedCommand {
  const reader = new BinaryReader(bytes);
  const requestId = { member: reader.bigU64(), incarnation: reader.u32(), number: reader.u32() };
  const number = reader.u8();
  const type = commandTypes[number - 1];
  if (type === undefined) throw new BinaryFormatError(`command ${number} is not known to this version`);
  const command = decodeFields(reader, type);
  reader.end();
  return { requestId, command };
}

function decodeFields(reader: BinaryReader, type: CommandType): Command {
  const operations = new OperationReader(reader);
  switch (type) {
    case 'put':
      return { type, request: operations.put() };
    case 'deleteRange':
      return { type, request: operations.deleteRange() };
    case 'txn':
      return { type, request: operations.txn() };
    case 'compact':
      return { type, revision: reader.varint() };
    case 'leaseGrant':
      return { type, id: reader.bigI64(), ttl: reader.varint() };
    case 'leaseRevoke':
      return { type, id: reader.bigI64(), expiredInTerm: reader.varint() };
    case 'leaseCheckpoint': {
      const term = reader.varint();
      const checkpoints = Array.from({ length: countOf(reader) }, () => ({
        id: reader.bigI64(),
        remainingTtl: reader.varint(),
      }));
      return { type, term, checkpoints };
    }
    case 'memberAttributes':
      return { type, id: reader.bigU64(), name: reader.text(), clientUrls: decodeTexts(reader) };
    case 'memberUpdate':
      return { type, id: reader.bigU64(), peerUrls: decodeTexts(reader) };
    case 'authReplace':
      return { type, expectedVersion: reader.varint(), state: reader.bytes() };
    case 'alarm': {
      const action = reader.bool() ? 'activate' : 'deactivate';
      const memberId = reader.bigU64();
      const alarm = alarmTypes[reader.u8()];
      if (alarm === undefined) throw new BinaryFormatError('the alarm is not known to this version');
      return { type, action, alarm: { memberId, alarm } };
    }
    default:
      return unreachable(type);
  }
}

export function encodeTexts(writer: BinaryWriter, texts: readonly string[]): void {
  writer.varint(texts.length);
  for (const text of texts) writer.text(text);
}

export function decodeTexts(reader: BinaryReader): string[] {
  return Array.from({ length: countOf(reader) }, () => reader.text());
}

/** How many follow: each takes a byte at least, so a damaged number does not ask for much memory. */
function countOf(reader: BinaryReader): number {
  const count = reader.varint();
  if (count > reader.remaining) throw new BinaryFormatError(`${count} items in ${reader.remaining} bytes`);
  return count;
}
