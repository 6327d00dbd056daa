/** A client whose writes say which turn makes them, so that an effect can be followed back to its cause. */
import type {
  ApiObject,
  Client,
  DeleteOptions,
  ListOptions,
  ObjectList,
  PatchType,
  ResourceRef,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts';

export class CausedClient implements Client {
  readonly #client: Client;
  readonly #cause: string;

  constructor(client: Client, cause: string) {
    this.#client = client;
    this.#cause = cause;
  }

  get<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace?: string,
    options?: { readonly subresource?: string },
  ): Promise<T> {
    return this.#client.get<T>(ref, name, namespace, options);
  }

  list<T extends ApiObject>(ref: ResourceRef, options?: ListOptions): Promise<ObjectList<T>> {
    return this.#client.list<T>(ref, options);
  }

  watch<T extends ApiObject>(ref: ResourceRef, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    return this.#client.watch<T>(ref, options);
  }

  create<T extends ApiObject>(ref: ResourceRef, object: T, options?: WriteOptions): Promise<T> {
    return this.#client.create(ref, object, { ...options, cause: this.#cause });
  }

  update<T extends ApiObject>(ref: ResourceRef, object: T, options?: WriteOptions): Promise<T> {
    return this.#client.update(ref, object, { ...options, cause: this.#cause });
  }

  patch<T extends ApiObject>(
    ref: ResourceRef,
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions & { readonly force?: boolean },
  ): Promise<T> {
    return this.#client.patch<T>(ref, name, namespace, type, patch, { ...options, cause: this.#cause });
  }

  delete(ref: ResourceRef, name: string, namespace?: string, options?: DeleteOptions): Promise<void> {
    return this.#client.delete(ref, name, namespace, { ...options, cause: this.#cause });
  }
}
