/** The watches that are open: who sees what, and from which revision on. */

export interface OpenWatch {
  readonly id: number;
  readonly user: string;
  readonly userAgent: string;
  /** `pods`, `deployments.apps` */
  readonly resource: string;
  /** What all keys begin with that it sees: `/registry/pods/default/`. */
  readonly prefix: string;
  /** Label and field selectors, in words. */
  readonly selector: string;
  /** It sees every change after this revision. */
  readonly fromRevision: number;
  readonly openedAtMs: number;
}

export class OpenWatches {
  readonly #open = new Map<number, OpenWatch>();
  #lastId = 0;

  /** Call the result when the watch has ended. */
  add(watch: Omit<OpenWatch, 'id'>): () => void {
    const id = ++this.#lastId;
    this.#open.set(id, { ...watch, id });
    return () => this.#open.delete(id);
  }

  get size(): number {
    return this.#open.size;
  }

  /** The oldest first, at most `max`. */
  list(max: number): readonly OpenWatch[] {
    const listed: OpenWatch[] = [];
    for (const watch of this.#open.values()) {
      if (listed.length >= max) break;
      listed.push(watch);
    }
    return listed;
  }
}
