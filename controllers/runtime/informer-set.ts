/**
 * One informer for each resource, shared by all controllers of a process. Informers are made when first asked for and
 * started together, after every controller has added its indexes and handlers.
 *
 * Each controller asks through a scope of its own, which knows when all that this controller needs is filled: a resource
 * that is not served keeps back those who need it, and nobody else.
 */
import type { ApiObject, ResourceRef } from './client.ts';
import { Informer, type InformerDeps, type Telling } from './informer.ts';

export class InformerSet {
  readonly #deps: InformerDeps;
  readonly telling: Telling = { revision: undefined };
  readonly #informers = new Map<string, Informer<ApiObject>>();
  #started = false;

  constructor(deps: InformerDeps) {
    this.#deps = { ...deps, telling: this.telling };
  }

  scope(): InformerScope {
    return new InformerScope(this);
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

  async stop(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.stop()));
  }
}

export class InformerScope {
  readonly #set: InformerSet;
  readonly #needed: Promise<void>[] = [];

  constructor(set: InformerSet) {
    this.#set = set;
  }

  /** The change that handlers hear of at this moment. */
  get telling(): Telling {
    return this.#set.telling;
  }

  /** An informer that must be filled before the controller starts. */
  of<T extends ApiObject>(ref: ResourceRef): Informer<T> {
    const informer = this.#set.of<T>(ref);
    this.#needed.push(informer.synced);
    return informer;
  }

  /** An informer that the controller does without while it is empty. */
  optional<T extends ApiObject>(ref: ResourceRef): Informer<T> {
    return this.#set.of<T>(ref);
  }

  /** Resolves when everything needed is filled; false when `stopped` was resolved before. */
  async synced(stopped: Promise<unknown>): Promise<boolean> {
    const first = await Promise.race([Promise.all(this.#needed), stopped.then(() => STOPPED)]);
    return first !== STOPPED;
  }
}

const STOPPED = Symbol('stopped');
