/**
 * A backend in memory, for tests and simulations. `commit` draws the line that a simulated crash returns to: with
 * `crashable`, the old values of what was written since are kept, and `crash()` brings them back.
 */
import type { ByteString } from '../../base/bytes.ts';
import {
  type Backend,
  type BackendEntry,
  type BackendRange,
  type BackendSize,
  type Bucket,
  buckets,
} from './backend.ts';
import { everyEntry, exportEntries, importEntries } from './backend-export.ts';
import { createOrderedMap, type OrderedMap } from './ordered-map.ts';

type Tree = OrderedMap<Uint8Array>;

export interface MemoryBackendOptions {
  /** Remember what `crash()` needs. */
  readonly crashable?: boolean;
}

export class MemoryBackend implements Backend {
  readonly #crashable: boolean;
  #trees: Map<Bucket, Tree>;
  #bytes = 0;
  /** Per bucket: what each key held at the last commit, for the keys written since. */
  #undo = new Map<Bucket, Map<ByteString, Uint8Array | undefined>>();

  constructor(options: MemoryBackendOptions = {}) {
    this.#crashable = options.crashable ?? false;
    this.#trees = emptyTrees();
  }

  get(bucket: Bucket, key: ByteString): Uint8Array | undefined {
    return this.#tree(bucket).get(key);
  }

  *range(bucket: Bucket, range: BackendRange = {}): Iterable<BackendEntry> {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for (const [key, value] of this.#tree(bucket).entries(range.start)) {
      if (range.end !== undefined && key >= range.end) return;
      yield { key, value };
      if (--left <= 0) return;
    }
  }

  put(bucket: Bucket, key: ByteString, value: Uint8Array): void {
    const tree = this.#tree(bucket);
    const old = this.#crashable || bucket !== 'revisions' ? tree.get(key) : undefined;
    this.#remember(bucket, key, old);
    // Revisions are written once; other keys may be overwritten.
    this.#bytes += value.length + (old === undefined ? key.length : -old.length);
    tree.set(key, value);
  }

  delete(bucket: Bucket, key: ByteString): void {
    const tree = this.#tree(bucket);
    const old = tree.get(key);
    if (old === undefined) return;
    this.#remember(bucket, key, old);
    this.#bytes -= key.length + old.length;
    tree.delete(key);
  }

  commit(): Promise<void> {
    this.#undo.clear();
    return Promise.resolve();
  }

  size(): BackendSize {
    return { allocated: this.#bytes, inUse: this.#bytes };
  }

  defragment(): Promise<void> {
    return Promise.resolve();
  }

  snapshot(): AsyncIterable<Uint8Array> {
    // Copy-on-write clones: the state as it is now, whatever is written while the chunks are taken.
    const clones = new Map([...this.#trees].map(([bucket, tree]) => [bucket, tree.clone()]));
    return exportAll(clones);
  }

  async restore(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, replaced?: () => void): Promise<void> {
    const trees = emptyTrees();
    let bytes = 0;
    for await (const { bucket, key, value } of importEntries(chunks)) {
      trees.get(bucket)?.set(key, value);
      bytes += key.length + value.length;
    }
    this.#trees = trees;
    this.#bytes = bytes;
    this.#undo.clear();
    replaced?.();
  }

  close(): Promise<void> {
    return this.commit();
  }

  /** What a power loss leaves: the state of the last commit. Only with `crashable`. */
  crash(): void {
    for (const [bucket, olds] of this.#undo) {
      for (const [key, old] of olds) {
        if (old === undefined) this.#tree(bucket).delete(key);
        else this.#tree(bucket).set(key, old);
      }
    }
    this.#undo.clear();
    this.#bytes = 0;
    for (const tree of this.#trees.values()) {
      tree.forEachPair((key, value) => {
        this.#bytes += key.length + value.length;
      });
    }
  }

  #remember(bucket: Bucket, key: ByteString, old: Uint8Array | undefined): void {
    if (!this.#crashable) return;
    let olds = this.#undo.get(bucket);
    if (olds === undefined) {
      olds = new Map();
      this.#undo.set(bucket, olds);
    }
    if (!olds.has(key)) olds.set(key, old);
  }

  #tree(bucket: Bucket): Tree {
    return this.#trees.get(bucket) as Tree;
  }
}

function emptyTrees(): Map<Bucket, Tree> {
  return new Map(buckets.map((bucket) => [bucket, createOrderedMap()]));
}

async function* exportAll(trees: ReadonlyMap<Bucket, Tree>): AsyncIterable<Uint8Array> {
  yield* exportEntries(everyEntry((bucket) => entriesOf(trees.get(bucket))));
}

function* entriesOf(tree: Tree | undefined): Generator<BackendEntry> {
  if (tree === undefined) return;
  for (const [key, value] of tree.entries()) yield { key, value };
}
