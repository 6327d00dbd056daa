/**
 * A transaction in three steps, as etcd takes them (server/etcdserver/txn/txn.go): every compare, those of nested
 * transactions too, is evaluated on the state before the transaction and decides which branches run; the operations
 * of these branches are checked against the same state, so that nothing can fail any more; then they run in order,
 * each seeing what those before it wrote.
 */
import { unreachable } from '../../base/assert.ts';
import type { Compare, KeyValue, Operation, RangeRequest, TxnRequest } from '../store.ts';
import { compareBytes } from './compare-bytes.ts';

/** A transaction with its branches chosen. `nested` holds those of the chosen operations that are transactions. */
export interface ChosenTxn {
  readonly succeeded: boolean;
  readonly operations: readonly Operation[];
  readonly nested: ReadonlyMap<number, ChosenTxn>;
}

const NOTHING_NESTED: ReadonlyMap<number, ChosenTxn> = new Map();

/** What a compare needs to read. */
export type ReadCurrent = (key: string, rangeEnd: string | undefined) => readonly KeyValue[];

export function chooseBranches(txn: TxnRequest, read: ReadCurrent): ChosenTxn {
  const succeeded = txn.compare.every((compare) => holds(compare, read(compare.key, compare.rangeEnd)));
  const operations = succeeded ? txn.success : txn.failure;
  let nested: Map<number, ChosenTxn> | undefined;
  operations.forEach((operation, i) => {
    if (operation.type !== 'txn') return;
    nested ??= new Map();
    nested.set(i, chooseBranches(operation.request, read));
  });
  return { succeeded, operations, nested: nested ?? NOTHING_NESTED };
}

const MISSING = { version: 0, createRevision: 0, modRevision: 0, lease: 0n };

/** Whether a compare holds for all of `kvs`. Where there is no key, a value never compares, anything else is 0. */
function holds(compare: Compare, kvs: readonly KeyValue[]): boolean {
  if (kvs.length > 0) return kvs.every((kv) => resultFits(compare, differenceOf(compare, kv)));
  return compare.target !== 'value' && resultFits(compare, differenceOf(compare, { ...MISSING, value: undefined }));
}

function differenceOf(
  compare: Compare,
  kv: Pick<KeyValue, 'version' | 'createRevision' | 'modRevision' | 'lease'> & { value: Uint8Array | undefined },
): number {
  switch (compare.target) {
    case 'version':
      return kv.version - compare.version;
    case 'create':
      return kv.createRevision - compare.createRevision;
    case 'mod':
      return kv.modRevision - compare.modRevision;
    case 'lease':
      return kv.lease < compare.lease ? -1 : kv.lease > compare.lease ? 1 : 0;
    case 'value':
      return kv.value === undefined ? -1 : compareBytes(kv.value, compare.value);
    default:
      return unreachable(compare);
  }
}

function resultFits({ result }: Compare, difference: number): boolean {
  switch (result) {
    case 'equal':
      return difference === 0;
    case 'notEqual':
      return difference !== 0;
    case 'greater':
      return difference > 0;
    case 'less':
      return difference < 0;
    default:
      return unreachable(result);
  }
}

/** True when the transaction holds ranges only: it then needs no log entry. A nested transaction counts as a write. */
export function isReadOnlyTxn(txn: TxnRequest): boolean {
  return rangesOf(txn) !== undefined;
}

/** True for a read-only transaction all of whose ranges may be answered from one member's own state. */
export function isSerializableTxn(txn: TxnRequest): boolean {
  return rangesOf(txn)?.every((range) => range.serializable === true) ?? false;
}

function rangesOf(txn: TxnRequest): RangeRequest[] | undefined {
  const ranges: RangeRequest[] = [];
  for (const operation of [...txn.success, ...txn.failure]) {
    if (operation.type !== 'range') return undefined;
    ranges.push(operation.request);
  }
  return ranges;
}
