/**
 * A map of byte strings in byte order: sorted-btree's B+ tree with copy-on-write clones. The package is CommonJS, and
 * Node, bundlers and test runners disagree on where its default export is; this file is the only one that cares.
 */
import sortedBtree from 'sorted-btree';
import { bulkLoad } from 'sorted-btree/extended/bulkLoad.js';
import type { ByteString } from '../../base/bytes.ts';

const NODE_SIZE = 32;

type BTreeClass = typeof sortedBtree.default;
const BTree: BTreeClass =
  'default' in sortedBtree ? sortedBtree.default : (sortedBtree as unknown as { default: BTreeClass }['default']);

export type OrderedMap<V> = InstanceType<typeof sortedBtree.default<ByteString, V>>;

const compareKeys = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);

/** The same, filled at once: keys in strictly ascending order. */
export function orderedMapOf<V>(keys: ByteString[], values: V[]): OrderedMap<V> {
  return bulkLoad(keys, values, NODE_SIZE, compareKeys);
}

export function createOrderedMap<V>(): OrderedMap<V> {
  return new BTree<ByteString, V>(undefined, compareKeys, NODE_SIZE);
}
