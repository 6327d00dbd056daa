/** Reads objects of any kind, and changes their owner references and finalizers on the newest version there is. */
import type { V1OwnerReference } from '../../generated/kubernetes.d.ts';
import { type ApiObject, type Client, isConflict, isNotFound, type ResourceRef } from '../runtime/client.ts';
import { nameOf, namespaceOf, ownersOf, uidOf } from '../runtime/metadata.ts';

const TRIES_MAX = 5;

export class MetadataWrites {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async read(
    ref: ResourceRef,
    at: { readonly namespace: string; readonly name: string },
  ): Promise<ApiObject | undefined> {
    try {
      return await this.#client.get(ref, at.name, ref.namespaced ? at.namespace : undefined);
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    }
  }

  async dropOwners(ref: ResourceRef, object: ApiObject, useless: readonly V1OwnerReference[]): Promise<void> {
    const uids = new Set(useless.map(({ uid }) => uid));
    await this.change(ref, object, (current) => ({
      ownerReferences: ownersOf(current).filter(({ uid }) => !uids.has(uid)),
    }));
  }

  async dropFinalizer(ref: ResourceRef | undefined, object: ApiObject, finalizer: string): Promise<void> {
    if (ref === undefined) return;
    await this.change(ref, object, ({ metadata }) => ({
      finalizers: (metadata?.finalizers ?? []).filter((each) => each !== finalizer),
    }));
  }

  /** A merge patch of the metadata, made from the newest version. That the object is gone, or another, is fine. */
  async change(ref: ResourceRef, object: ApiObject, metadataFor: (object: ApiObject) => object): Promise<void> {
    const [name, namespace] = [nameOf(object), namespaceOf(object)];
    let current = object;
    for (let tries = 1; ; tries++) {
      const { uid, resourceVersion } = current.metadata ?? {};
      try {
        const metadata = { uid, resourceVersion, ...metadataFor(current) };
        await this.#client.patch(ref, name, ref.namespaced ? namespace : undefined, 'merge', { metadata });
        return;
      } catch (thrown) {
        if (isNotFound(thrown)) return;
        if (!isConflict(thrown) || tries === TRIES_MAX) throw thrown;
      }
      const latest = await this.read(ref, { namespace, name });
      if (latest === undefined || uidOf(latest) !== uidOf(object)) return;
      current = latest;
    }
  }
}
