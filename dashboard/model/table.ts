/**
 * A map that never changes: `set` and `delete` answer a new one that shares nearly all of the old. Keeping every
 * state of the page for scrubbing costs little for that reason.
 *
 * It is a hash trie of 32-way branches (Bagwell, "Ideal Hash Trees"). Within one `Edit` a branch that the edit itself made
 * may be written in place, so that a batch of a thousand changes copies each branch once.
 */

/** Whose changes may be made in place. A new one for every batch. */
export class Edit {
  readonly kind = 'edit';
}

interface Leaf<Value> {
  readonly hash: number;
  readonly key: string;
  readonly value: Value;
}

/** Keys with the same hash. */
interface Collision<Value> {
  readonly hash: number;
  readonly leaves: readonly Leaf<Value>[];
}

interface Branch<Value> {
  bitmap: number;
  children: Node<Value>[];
  readonly edit: Edit | undefined;
}

type Node<Value> = Leaf<Value> | Collision<Value> | Branch<Value>;

const BITS = 5;
const MASK = 31;

export class Table<Value> implements Iterable<[string, Value]> {
  static readonly #empty = new Table<never>(undefined, 0);
  readonly #root: Node<Value> | undefined;
  readonly size: number;

  private constructor(root: Node<Value> | undefined, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<Value>(): Table<Value> {
    return Table.#empty;
  }

  static from<Value>(entries: Iterable<readonly [string, Value]>): Table<Value> {
    const edit = new Edit();
    let table = Table.empty<Value>();
    for (const [key, value] of entries) table = table.set(key, value, edit);
    return table;
  }

  get(key: string): Value | undefined {
    const hash = hashOf(key);
    let node = this.#root;
    for (let shift = 0; node !== undefined; shift += BITS) {
      if ('children' in node) {
        const bit = 1 << ((hash >>> shift) & MASK);
        if ((node.bitmap & bit) === 0) return undefined;
        node = node.children[ones(node.bitmap & (bit - 1))];
      } else if ('leaves' in node) return node.leaves.find((leaf) => leaf.key === key)?.value;
      else return node.key === key ? node.value : undefined;
    }
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: Value, edit?: Edit): Table<Value> {
    const leaf: Leaf<Value> = { hash: hashOf(key), key, value };
    if (this.#root === undefined) return new Table<Value>(leaf, 1);
    const known = this.has(key);
    const root = put(this.#root, 0, leaf, edit);
    return root === this.#root && known ? this : new Table(root, known ? this.size : this.size + 1);
  }

  delete(key: string, edit?: Edit): Table<Value> {
    if (this.#root === undefined || !this.has(key)) return this;
    return new Table(remove(this.#root, 0, hashOf(key), key, edit), this.size - 1);
  }

  *values(): IterableIterator<Value> {
    for (const [, value] of this) yield value;
  }

  *[Symbol.iterator](): IterableIterator<[string, Value]> {
    if (this.#root !== undefined) yield* walk(this.#root);
  }
}

function* walk<Value>(node: Node<Value>): IterableIterator<[string, Value]> {
  if ('children' in node) for (const child of node.children) yield* walk(child);
  else if ('leaves' in node) for (const { key, value } of node.leaves) yield [key, value];
  else yield [node.key, node.value];
}

function put<Value>(node: Node<Value>, shift: number, leaf: Leaf<Value>, edit: Edit | undefined): Node<Value> {
  if ('children' in node) {
    const bit = 1 << ((leaf.hash >>> shift) & MASK);
    const at = ones(node.bitmap & (bit - 1));
    const child = node.children[at];
    const own = edit !== undefined && node.edit === edit ? node : { ...node, children: [...node.children], edit };
    if ((node.bitmap & bit) === 0 || child === undefined) {
      own.children.splice(at, 0, leaf);
      own.bitmap |= bit;
    } else own.children[at] = put(child, shift + BITS, leaf, edit);
    return own;
  }
  if ('leaves' in node) {
    if (node.hash !== leaf.hash) return split(node, leaf, shift, edit);
    return { hash: node.hash, leaves: [...node.leaves.filter(({ key }) => key !== leaf.key), leaf] };
  }
  if (node.key === leaf.key) return leaf;
  if (node.hash === leaf.hash) return { hash: leaf.hash, leaves: [node, leaf] };
  return split(node, leaf, shift, edit);
}

/** A branch that holds both, whose hashes differ somewhere from `shift` on. */
function split<Value>(
  one: Leaf<Value> | Collision<Value>,
  other: Leaf<Value>,
  shift: number,
  edit: Edit | undefined,
): Branch<Value> {
  const a = (one.hash >>> shift) & MASK;
  const b = (other.hash >>> shift) & MASK;
  if (a === b) return { bitmap: 1 << a, children: [split(one, other, shift + BITS, edit)], edit };
  return { bitmap: (1 << a) | (1 << b), children: a < b ? [one, other] : [other, one], edit };
}

function remove<Value>(
  node: Node<Value>,
  shift: number,
  hash: number,
  key: string,
  edit: Edit | undefined,
): Node<Value> | undefined {
  if ('children' in node) {
    const bit = 1 << ((hash >>> shift) & MASK);
    const at = ones(node.bitmap & (bit - 1));
    const child = node.children[at];
    if (child === undefined) return node;
    const rest = remove(child, shift + BITS, hash, key, edit);
    const own = edit !== undefined && node.edit === edit ? node : { ...node, children: [...node.children], edit };
    if (rest !== undefined) own.children[at] = rest;
    else {
      own.children.splice(at, 1);
      own.bitmap &= ~bit;
    }
    const [only] = own.children;
    if (only === undefined) return undefined;
    // A branch of one leaf is that leaf.
    return own.children.length === 1 && !('children' in only) ? only : own;
  }
  if ('leaves' in node) {
    const leaves = node.leaves.filter((leaf) => leaf.key !== key);
    const [only] = leaves;
    return leaves.length === 1 ? only : { hash, leaves };
  }
  return undefined;
}

/** FNV-1a, 32 bits. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  // The last characters of names vary most, and the low bits are looked at first: mix.
  hash ^= hash >>> 15;
  return hash;
}

function ones(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
