/**
 * Items by half-open interval of keys, answering "whose interval contains this key" in time that grows with the
 * logarithm of the number of different intervals, plus the answers. Items with the same interval share a node.
 *
 * A treap (Seidel and Aragon, "Randomized Search Trees", 1996), ordered by start then end, each node knowing the
 * greatest end below it. Priorities come from a counter, scrambled, so that a run repeats.
 *
 * Worked example: intervals [a,c) [b,z) [m,p). For key "n": the subtree whose greatest end is "c" is not entered.
 */
import type { ByteString } from '../../base/bytes.ts';

interface Node<T> {
  readonly start: ByteString;
  readonly end: ByteString;
  readonly priority: number;
  readonly items: Set<T>;
  greatestEnd: ByteString;
  left: Node<T> | undefined;
  right: Node<T> | undefined;
}

/** An end beyond every key: no byte string has such a character. */
const NO_END = '\u0100';

export class IntervalMap<T> {
  #root: Node<T> | undefined;
  #created = 0;

  /** @param end undefined: no end */
  add(start: ByteString, end: ByteString | undefined, item: T): void {
    this.#root = this.#insert(this.#root, start, end ?? NO_END, item);
  }

  delete(start: ByteString, end: ByteString | undefined, item: T): void {
    this.#root = this.#remove(this.#root, start, end ?? NO_END, item);
  }

  forEachContaining(key: ByteString, visit: (item: T) => void): void {
    visitContaining(this.#root, key, visit);
  }

  #insert(node: Node<T> | undefined, start: ByteString, end: ByteString, item: T): Node<T> {
    if (node === undefined) return this.#newNode(start, end, item);
    const order = compare(start, end, node);
    if (order === 0) {
      node.items.add(item);
      return node;
    }
    if (order < 0) {
      node.left = this.#insert(node.left, start, end, item);
      return node.left.priority > node.priority ? rotateRight(node, node.left) : refresh(node);
    }
    node.right = this.#insert(node.right, start, end, item);
    return node.right.priority > node.priority ? rotateLeft(node, node.right) : refresh(node);
  }

  #remove(node: Node<T> | undefined, start: ByteString, end: ByteString, item: T): Node<T> | undefined {
    if (node === undefined) return undefined;
    const order = compare(start, end, node);
    if (order < 0) node.left = this.#remove(node.left, start, end, item);
    else if (order > 0) node.right = this.#remove(node.right, start, end, item);
    else {
      node.items.delete(item);
      if (node.items.size === 0) return join(node.left, node.right);
    }
    return refresh(node);
  }

  #newNode(start: ByteString, end: ByteString, item: T): Node<T> {
    const priority = Math.imul(++this.#created ^ (this.#created >>> 16), 0x45d9f3b) ^ 0x2c1b3c6d;
    return { start, end, priority, items: new Set([item]), greatestEnd: end, left: undefined, right: undefined };
  }
}

function compare<T>(start: ByteString, end: ByteString, node: Node<T>): number {
  if (start !== node.start) return start < node.start ? -1 : 1;
  return end < node.end ? -1 : end > node.end ? 1 : 0;
}

function refresh<T>(node: Node<T>): Node<T> {
  let greatest = node.end;
  if (node.left !== undefined && node.left.greatestEnd > greatest) greatest = node.left.greatestEnd;
  if (node.right !== undefined && node.right.greatestEnd > greatest) greatest = node.right.greatestEnd;
  node.greatestEnd = greatest;
  return node;
}

function rotateRight<T>(node: Node<T>, left: Node<T>): Node<T> {
  node.left = left.right;
  left.right = refresh(node);
  return refresh(left);
}

function rotateLeft<T>(node: Node<T>, right: Node<T>): Node<T> {
  node.right = right.left;
  right.left = refresh(node);
  return refresh(right);
}

/** Everything in `left` comes before everything in `right`. */
function join<T>(left: Node<T> | undefined, right: Node<T> | undefined): Node<T> | undefined {
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (left.priority > right.priority) {
    left.right = join(left.right, right);
    return refresh(left);
  }
  right.left = join(left, right.left);
  return refresh(right);
}

function visitContaining<T>(node: Node<T> | undefined, key: ByteString, visit: (item: T) => void): void {
  if (node === undefined || node.greatestEnd <= key) return;
  visitContaining(node.left, key, visit);
  if (node.start > key) return;
  if (key < node.end) {
    for (const item of node.items) visit(item);
  }
  visitContaining(node.right, key, visit);
}
