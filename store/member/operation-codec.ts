/**
 * Puts, deletes, ranges and transactions as bytes: the part of a command that nests. A byte of flags says which optional
 * fields follow; a field at its default takes no bytes.
 */
import { unreachable } from '../../base/assert.ts';
import { BinaryFormatError, type BinaryReader } from '../../base/binary-reader.ts';
import type { BinaryWriter } from '../../base/binary-writer.ts';
import type {
  Compare,
  CompareResult,
  DeleteRangeRequest,
  Operation,
  PutRequest,
  RangeRequest,
  SortTarget,
  TxnRequest,
} from '../store.ts';

const compareResults: readonly CompareResult[] = ['equal', 'greater', 'less', 'notEqual'];
const compareTargets = ['version', 'create', 'mod', 'value', 'lease'] as const;
const operationTypes = ['range', 'put', 'deleteRange', 'txn'] as const;
const sortOrders = ['none', 'ascend', 'descend'] as const;
const sortTargets: readonly SortTarget[] = ['key', 'version', 'create', 'mod', 'value'];

/** How deep transactions may nest when they are read: far beyond what a request may hold, short of the stack's end. */
const NESTING_MAX = 1000;

const PUT = { lease: 1, prevKv: 2, ignoreValue: 4, ignoreLease: 8 } as const;
const DELETE = { rangeEnd: 1, prevKv: 2 } as const;
const RANGE = {
  rangeEnd: 1,
  limit: 2,
  revision: 4,
  sort: 8,
  keysOnly: 16,
  countOnly: 32,
  bounds: 64,
  serializable: 128,
} as const;

export class OperationWriter {
  readonly #writer: BinaryWriter;

  constructor(writer: BinaryWriter) {
    this.#writer = writer;
  }

  put(request: PutRequest): void {
    const writer = this.#writer;
    const { lease, prevKv, ignoreValue, ignoreLease } = request;
    writer.u8(
      (lease ? PUT.lease : 0) |
        (prevKv ? PUT.prevKv : 0) |
        (ignoreValue ? PUT.ignoreValue : 0) |
        (ignoreLease ? PUT.ignoreLease : 0),
    );
    writer.byteString(request.key);
    writer.bytes(request.value);
    if (lease) writer.bigI64(lease);
  }

  deleteRange(request: DeleteRangeRequest): void {
    const writer = this.#writer;
    const { rangeEnd, prevKv } = request;
    writer.u8((rangeEnd !== undefined ? DELETE.rangeEnd : 0) | (prevKv ? DELETE.prevKv : 0));
    writer.byteString(request.key);
    if (rangeEnd !== undefined) writer.byteString(rangeEnd);
  }

  range(request: RangeRequest): void {
    const writer = this.#writer;
    const { rangeEnd, sortOrder, sortTarget } = request;
    const limit = positive(request.limit);
    const revision = positive(request.revision);
    const bounds = [
      request.minModRevision,
      request.maxModRevision,
      request.minCreateRevision,
      request.maxCreateRevision,
    ];
    const hasSort = sortOrder !== undefined || sortTarget !== undefined;
    const hasBounds = bounds.some((bound) => bound);
    writer.u8(
      (rangeEnd !== undefined ? RANGE.rangeEnd : 0) |
        (limit ? RANGE.limit : 0) |
        (revision ? RANGE.revision : 0) |
        (hasSort ? RANGE.sort : 0) |
        (request.keysOnly ? RANGE.keysOnly : 0) |
        (request.countOnly ? RANGE.countOnly : 0) |
        (hasBounds ? RANGE.bounds : 0) |
        (request.serializable ? RANGE.serializable : 0),
    );
    writer.byteString(request.key);
    if (rangeEnd !== undefined) writer.byteString(rangeEnd);
    if (limit) writer.varint(limit);
    if (revision) writer.varint(revision);
    if (hasSort) {
      writer.u8(sortOrders.indexOf(sortOrder ?? 'none'));
      writer.u8(sortTargets.indexOf(sortTarget ?? 'key'));
    }
    if (hasBounds) for (const bound of bounds) writer.f64(bound ?? 0);
  }

  txn(request: TxnRequest): void {
    const writer = this.#writer;
    writer.varint(request.compare.length);
    for (const compare of request.compare) this.#compare(compare);
    for (const operations of [request.success, request.failure]) {
      writer.varint(operations.length);
      for (const operation of operations) this.#operation(operation);
    }
  }

  #compare(compare: Compare): void {
    const writer = this.#writer;
    const hasEnd = compare.rangeEnd !== undefined;
    writer.u8(
      compareTargets.indexOf(compare.target) | (compareResults.indexOf(compare.result) << 3) | (hasEnd ? 0x80 : 0),
    );
    writer.byteString(compare.key);
    if (compare.rangeEnd !== undefined) writer.byteString(compare.rangeEnd);
    switch (compare.target) {
      case 'version':
        writer.f64(compare.version);
        return;
      case 'create':
        writer.f64(compare.createRevision);
        return;
      case 'mod':
        writer.f64(compare.modRevision);
        return;
      case 'value':
        writer.bytes(compare.value);
        return;
      case 'lease':
        writer.bigI64(compare.lease);
        return;
      default:
        unreachable(compare);
    }
  }

  #operation(operation: Operation): void {
    this.#writer.u8(operationTypes.indexOf(operation.type));
    switch (operation.type) {
      case 'range':
        this.range(operation.request);
        return;
      case 'put':
        this.put(operation.request);
        return;
      case 'deleteRange':
        this.deleteRange(operation.request);
        return;
      case 'txn':
        this.txn(operation.request);
        return;
      default:
        unreachable(operation);
    }
  }
}

/** Reads what `OperationWriter` wrote, or throws `BinaryFormatError`. */
export class OperationReader {
  readonly #reader: BinaryReader;
  #depth = 0;

  constructor(reader: BinaryReader) {
    this.#reader = reader;
  }

  put(): PutRequest {
    const reader = this.#reader;
    const flags = reader.u8();
    const key = reader.byteString();
    const value = reader.bytes();
    if (flags === 0) return { key, value };
    return {
      key,
      value,
      ...(flags & PUT.lease && { lease: reader.bigI64() }),
      ...(flags & PUT.prevKv && { prevKv: true }),
      ...(flags & PUT.ignoreValue && { ignoreValue: true }),
      ...(flags & PUT.ignoreLease && { ignoreLease: true }),
    };
  }

  deleteRange(): DeleteRangeRequest {
    const reader = this.#reader;
    const flags = reader.u8();
    return {
      key: reader.byteString(),
      ...(flags & DELETE.rangeEnd && { rangeEnd: reader.byteString() }),
      ...(flags & DELETE.prevKv && { prevKv: true }),
    };
  }

  range(): RangeRequest {
    const reader = this.#reader;
    const flags = reader.u8();
    return {
      key: reader.byteString(),
      ...(flags & RANGE.rangeEnd && { rangeEnd: reader.byteString() }),
      ...(flags & RANGE.limit && { limit: reader.varint() }),
      ...(flags & RANGE.revision && { revision: reader.varint() }),
      ...(flags & RANGE.sort && { sortOrder: this.#oneOf(sortOrders), sortTarget: this.#oneOf(sortTargets) }),
      ...(flags & RANGE.keysOnly && { keysOnly: true }),
      ...(flags & RANGE.countOnly && { countOnly: true }),
      ...(flags & RANGE.serializable && { serializable: true }),
      ...(flags & RANGE.bounds && {
        minModRevision: reader.f64(),
        maxModRevision: reader.f64(),
        minCreateRevision: reader.f64(),
        maxCreateRevision: reader.f64(),
      }),
    };
  }

  txn(): TxnRequest {
    if (++this.#depth > NESTING_MAX) throw new BinaryFormatError('transactions nest too deep');
    const compare = Array.from({ length: this.#count() }, () => this.#compare());
    const success = Array.from({ length: this.#count() }, () => this.#operation());
    const failure = Array.from({ length: this.#count() }, () => this.#operation());
    this.#depth--;
    return { compare, success, failure };
  }

  #compare(): Compare {
    const reader = this.#reader;
    const byte = reader.u8();
    const target = compareTargets[byte & 7];
    const result = compareResults[(byte >> 3) & 3];
    if (target === undefined || result === undefined) throw new BinaryFormatError(`compare ${byte} is unknown`);
    const place = { key: reader.byteString(), ...(byte & 0x80 && { rangeEnd: reader.byteString() }), result };
    switch (target) {
      case 'version':
        return { ...place, target, version: reader.f64() };
      case 'create':
        return { ...place, target, createRevision: reader.f64() };
      case 'mod':
        return { ...place, target, modRevision: reader.f64() };
      case 'value':
        return { ...place, target, value: reader.bytes() };
      case 'lease':
        return { ...place, target, lease: reader.bigI64() };
      default:
        return unreachable(target);
    }
  }

  #operation(): Operation {
    const type = this.#oneOf(operationTypes);
    switch (type) {
      case 'range':
        return { type, request: this.range() };
      case 'put':
        return { type, request: this.put() };
      case 'deleteRange':
        return { type, request: this.deleteRange() };
      case 'txn':
        return { type, request: this.txn() };
      default:
        return unreachable(type);
    }
  }

  /** How many follow: each takes a byte at least, so a damaged number does not ask for much memory. */
  #count(): number {
    const count = this.#reader.varint();
    if (count > this.#reader.remaining)
      throw new BinaryFormatError(`${count} items in ${this.#reader.remaining} bytes`);
    return count;
  }

  #oneOf<T>(choices: readonly T[]): T {
    const number = this.#reader.u8();
    const choice = choices[number];
    if (choice === undefined) throw new BinaryFormatError(`${number} is none of ${choices.join(', ')}`);
    return choice;
  }
}

/** As etcd reads a limit or revision: anything below 1 is none. */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value >= 1 ? Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER) : undefined;
}
