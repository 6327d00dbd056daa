/**
 * One informer for each resource, shared by all controllers of a process. Informers are made when first asked for and
 * started together, after every controller has added its indexes and handlers.
 */
import type { ApiObject, ResourceRef } from './client.ts';
import { Informer, type InformerDeps } from './informer.ts';

export class InformerSet {
  readonly #deps: InformerDeps;
  readonly #informers = new Map<string, Informer<ApiObject>>();
  #started = false;

  constructor(deps: InformerDeps) {
    this.#deps = deps;
  }

  /** The shared informer of a resource, over all namespaces. `T` is the resource's type: the caller knows it from the ref. */
  of<T extends ApiObject>(ref: ResourceRef): Informer<T> {
    const key = `${ref.group}/${ref.version}/${ref.resource}`;
    let informer = this.#informers.get(key);
    if (informer === undefined) {
      informer = new Informer<ApiObject>(this.#deps, ref);
      this.#informers.set(key, informer);
      if (this.#started) informer.start();
    }
    // The store behind is filled with objects of this ref alone.
    return informer as unknown as Informer<T>;
  }

  /** Starts all informers; those made later start at once. */
  start(): void {
    this.#started = true;
    for (const informer of this.#informers.values()) informer.start();
  }

  /** Resolves when every informer made so far has its first list, or when `signal` is aborted. */
  async synced(signal: AbortSignal): Promise<void> {
    const all = Promise.all([...this.#informers.values()].map((informer) => informer.synced));
    await Promise.race([all, aborted(signal)]);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.stop()));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
