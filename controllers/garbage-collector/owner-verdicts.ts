/** Looks at the owners that an object names, on the server: are they there? */
import type { V1OwnerReference } from '../../generated/kubernetes.d.ts';
import { type ApiObject, type Client, isNotFound, type ResourceRef } from '../runtime/client.ts';
import { isBeingDeleted, namespaceOf, uidOf } from '../runtime/metadata.ts';
import type { RecentMap } from '../runtime/recent-map.ts';
import { FOREGROUND_FINALIZER } from './ownership-graph.ts';

export interface Verdicts {
  /** They are there. */
  readonly solid: readonly V1OwnerReference[];
  /** They are not, or another object has their name. */
  readonly dangling: readonly V1OwnerReference[];
  /** They are being deleted and wait for their dependents. */
  readonly waiting: readonly V1OwnerReference[];
}

export class OwnerVerdicts {
  readonly #client: Client;
  readonly #resolve: (apiVersion: string, kind: string) => ResourceRef | undefined;
  /** Uids that are known to be absent; filled here too. */
  readonly #absent: RecentMap<string, true>;

  constructor(
    client: Client,
    resolve: (apiVersion: string, kind: string) => ResourceRef | undefined,
    absent: RecentMap<string, true>,
  ) {
    this.#client = client;
    this.#resolve = resolve;
    this.#absent = absent;
  }

  /** Rejects when an owner cannot be looked for: its kind is not known, or the server is away. */
  async judge(object: ApiObject, owners: readonly V1OwnerReference[]): Promise<Verdicts> {
    const solid: V1OwnerReference[] = [];
    const dangling: V1OwnerReference[] = [];
    const waiting: V1OwnerReference[] = [];
    for (const reference of owners) {
      const owner = await this.#find(object, reference);
      if (owner === undefined) dangling.push(reference);
      else if (isBeingDeleted(owner) && owner.metadata?.finalizers?.includes(FOREGROUND_FINALIZER) === true) {
        waiting.push(reference);
      } else solid.push(reference);
    }
    return { solid, dangling, waiting };
  }

  async #find(object: ApiObject, { apiVersion, kind, name, uid }: V1OwnerReference): Promise<ApiObject | undefined> {
    if (this.#absent.get(uid) === true) return undefined;
    const ref = this.#resolve(apiVersion, kind);
    if (ref === undefined) throw new Error(`no resource is known for the owner's kind ${apiVersion} ${kind}`);
    // A cluster-scoped object cannot have an owner in a namespace.
    const namespace = namespaceOf(object);
    if (ref.namespaced && namespace === '') return undefined;
    try {
      const owner = await this.#client.get(ref, name, ref.namespaced ? namespace : undefined);
      if (uidOf(owner) === uid) return owner;
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
    // Absent here; a cross-namespace owner of that uid may exist elsewhere, and is none either.
    if (!ref.namespaced) this.#absent.set(uid, true);
    return undefined;
  }
}
