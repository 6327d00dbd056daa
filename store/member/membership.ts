/**
 * Who the members are: replicated state, kept in the backend, changed only when an entry is applied. A removed member's
 * id is remembered for ever: it is never taken in again, and its messages are refused.
 *
 * Invariant: an id is here, or removed, or was never known; the voters and learners of raft's ConfState are the members here.
 */
import { BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import type { Backend } from '../backend/backend.ts';
import { StoreError } from '../errors.ts';
import type { Member } from '../store.ts';
import { decodeTexts, encodeTexts } from './command-codec.ts';

const PRESENT = 1;
const REMOVED = 2;

export class Membership {
  readonly #backend: Backend;
  readonly #members = new Map<bigint, Member>();
  readonly #removed = new Set<bigint>();
  #changes = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.reload();
  }

  /** Reads everything anew after the backend was replaced. */
  reload(): void {
    this.#changes++;
    this.#members.clear();
    this.#removed.clear();
    for (const { key, value } of this.#backend.range('members')) {
      const id = Buffer.from(key, 'latin1').readBigUInt64BE(0);
      const reader = new BinaryReader(value);
      if (reader.u8() === REMOVED) this.#removed.add(id);
      else this.#members.set(id, decodeMember(reader, id));
    }
  }

  /** Counts every change: whoever remembers it knows whether there was one. */
  get changes(): number {
    return this.#changes;
  }

  /** In ascending order of id. */
  list(): Member[] {
    return [...this.#members.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: bigint): Member | undefined {
    return this.#members.get(id);
  }

  isRemoved(id: bigint): boolean {
    return this.#removed.has(id);
  }

  /** Throws what forbids to add it: `memberExists`, `memberNotFound` for a removed id, `peerUrlExists`. */
  checkAdd(member: Member): void {
    if (this.#removed.has(member.id)) throw new StoreError('memberNotFound');
    if (this.#members.has(member.id)) throw new StoreError('memberExists');
    this.#checkPeerUrls(member.id, member.peerUrls);
  }

  /** Throws `memberNotFound`, `memberNotLearner`. */
  checkPromote(id: bigint): void {
    if (!this.#present(id).isLearner) throw new StoreError('memberNotLearner');
  }

  /** Throws `memberNotFound`. */
  checkRemove(id: bigint): void {
    this.#present(id);
  }

  add(member: Member): void {
    this.#put(member);
  }

  promote(id: bigint): void {
    this.#put({ ...this.#present(id), isLearner: false });
  }

  remove(id: bigint): void {
    this.#changes++;
    this.#members.delete(id);
    this.#removed.add(id);
    this.#backend.put('members', memberKey(id), Buffer.of(REMOVED));
  }

  /** What a member says of itself when it starts. Nothing when it was removed meanwhile. */
  setAttributes(id: bigint, attributes: Pick<Member, 'name' | 'clientUrls'>): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#put({ ...member, ...attributes });
  }

  /** Throws `memberNotFound`, `peerUrlExists`. */
  setPeerUrls(id: bigint, peerUrls: readonly string[]): void {
    const member = this.#present(id);
    this.#checkPeerUrls(id, peerUrls);
    this.#put({ ...member, peerUrls });
  }

  #present(id: bigint): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new StoreError('memberNotFound');
    return member;
  }

  #checkPeerUrls(id: bigint, peerUrls: readonly string[]): void {
    for (const other of this.#members.values()) {
      if (other.id !== id && other.peerUrls.some((url) => peerUrls.includes(url)))
        throw new StoreError('peerUrlExists');
    }
  }

  #put(member: Member): void {
    this.#changes++;
    this.#members.set(member.id, member);
    const writer = new BinaryWriter();
    writer.u8(PRESENT);
    encodeMember(writer, member);
    this.#backend.put('members', memberKey(member.id), writer.copy());
  }
}

/** All but the id. */
export function encodeMember(writer: BinaryWriter, member: Member): void {
  writer.text(member.name);
  encodeTexts(writer, member.peerUrls);
  encodeTexts(writer, member.clientUrls);
  writer.bool(member.isLearner);
}

export function decodeMember(reader: BinaryReader, id: bigint): Member {
  const name = reader.text();
  const peerUrls = decodeTexts(reader);
  const clientUrls = decodeTexts(reader);
  return { id, name, peerUrls, clientUrls, isLearner: reader.bool() };
}

function memberKey(id: bigint): string {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(id, 0);
  return bytes.toString('latin1');
}
