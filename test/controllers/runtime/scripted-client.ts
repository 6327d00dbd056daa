/**
 * A server's side of lists and watches, told by the test what to answer. Only for the informer's own tests: they need
 * failures on demand. Reconcilers are tested against the real API server.
 */
import { Deferred } from '../../../base/deferred.ts';
import type {
  ApiObject,
  Client,
  ListOptions,
  ObjectList,
  ResourceRef,
  WatchEvent,
  WatchOptions,
} from '../../../controllers/runtime/client.ts';

type Step = { readonly event: WatchEvent<ApiObject> } | { readonly end: true } | { readonly failure: Error };

export class ScriptedClient implements Pick<Client, 'list' | 'watch'> {
  readonly lists: (ObjectList<ApiObject> | Error)[] = [];
  /** What was asked, in order: `list`, `watch 5`. */
  readonly asked: string[] = [];
  #steps: Step[] = [];
  #wake = new Deferred<void>();

  async list<T extends ApiObject>(_ref: ResourceRef, _options?: ListOptions): Promise<ObjectList<T>> {
    this.asked.push('list');
    const next = this.lists.shift();
    if (next === undefined) throw new Error('no list is scripted');
    if (next instanceof Error) throw next;
    return next as ObjectList<T>;
  }

  async *watch<T extends ApiObject>(_ref: ResourceRef, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    this.asked.push(`watch ${options.resourceVersion}`);
    const aborted = new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve()));
    while (!options.signal.aborted) {
      const step = this.#steps.shift();
      if (step === undefined) {
        await Promise.race([this.#wake.promise, aborted]);
        continue;
      }
      if ('failure' in step) throw step.failure;
      if ('end' in step) return;
      yield step.event as WatchEvent<T>;
    }
  }

  send(...steps: Step[]): void {
    this.#steps.push(...steps);
    this.#wake.resolve();
    this.#wake = new Deferred<void>();
  }
}
