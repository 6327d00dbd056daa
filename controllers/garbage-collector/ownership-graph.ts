/**
 * Who owns whom, as far as informers have told: a node for every object, and *virtual* nodes for owners that were named and
 * not seen. Pure bookkeeping; what is worth a closer look is returned by each change.
 *
 * Invariants: `dependents` of a node are exactly the nodes that name it as an owner; a virtual node exists only while it has
 * dependents or until it was looked for.
 */
import type { V1OwnerReference } from '../../generated/kubernetes.d.ts';
import type { ApiObject, ResourceRef } from '../runtime/client.ts';
import { isBeingDeleted, nameOf, namespaceOf, ownersOf, uidOf } from '../runtime/metadata.ts';

export const ORPHAN_FINALIZER = 'orphan';
export const FOREGROUND_FINALIZER = 'foregroundDeletion';

export interface GraphNode {
  readonly uid: string;
  /** Undefined for a virtual node of a kind that is not in the catalog. */
  readonly ref: ResourceRef | undefined;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  owners: readonly V1OwnerReference[];
  readonly dependents: Set<GraphNode>;
  beingDeleted: boolean;
  /** It waits until its blocking dependents are gone. */
  deletingDependents: boolean;
  virtual: boolean;
}

/** What a change makes worth looking at. */
export interface Suspects {
  readonly toDelete: readonly GraphNode[];
  readonly toOrphan: readonly GraphNode[];
}

export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>();

  get size(): number {
    return this.#nodes.size;
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** An object was seen. @param resolve finds the resource of a kind, for owners not seen yet */
  put(
    ref: ResourceRef,
    object: ApiObject,
    resolve: (apiVersion: string, kind: string) => ResourceRef | undefined,
  ): Suspects {
    const uid = uidOf(object);
    const owners = ownersOf(object);
    const deleted = isBeingDeleted(object);
    const finalizers = object.metadata?.finalizers ?? [];
    const toDelete: GraphNode[] = [];
    const toOrphan: GraphNode[] = [];
    const found = this.#nodes.get(uid);
    const isNew = found === undefined || found.virtual || found.namespace !== namespaceOf(object);
    const node = isNew ? this.#insert(ref, object, found) : found;
    const before = isNew ? [] : node.owners;
    node.owners = owners;
    toDelete.push(...this.#link(node, before, owners, resolve));
    if (deleted && !node.beingDeleted) {
      node.beingDeleted = true;
      if (finalizers.includes(ORPHAN_FINALIZER)) toOrphan.push(node);
    }
    if (deleted && finalizers.includes(FOREGROUND_FINALIZER) && !node.deletingDependents) {
      node.deletingDependents = true;
      toDelete.push(...node.dependents, node);
    }
    return { toDelete, toOrphan };
  }

  /** An object is gone: its dependents may have lost their owner, and its owners may have waited for it. */
  remove(uid: string): Suspects {
    const node = this.#nodes.get(uid);
    if (node === undefined) return { toDelete: [], toOrphan: [] };
    this.#nodes.delete(uid);
    const waiting: GraphNode[] = [];
    for (const { uid: ownerUid } of node.owners) {
      const owner = this.#nodes.get(ownerUid);
      if (owner === undefined) continue;
      owner.dependents.delete(node);
      if (owner.deletingDependents) waiting.push(owner);
      if (owner.virtual && owner.dependents.size === 0) this.#nodes.delete(ownerUid);
    }
    return { toDelete: [...node.dependents, ...waiting], toOrphan: [] };
  }

  #insert(ref: ResourceRef, object: ApiObject, virtual: GraphNode | undefined): GraphNode {
    const node: GraphNode = {
      uid: uidOf(object),
      ref,
      apiVersion: ref.group === '' ? ref.version : `${ref.group}/${ref.version}`,
      kind: ref.kind,
      namespace: namespaceOf(object),
      name: nameOf(object),
      owners: [],
      dependents: virtual?.dependents ?? new Set(),
      beingDeleted: false,
      deletingDependents: false,
      virtual: false,
    };
    this.#nodes.set(node.uid, node);
    return node;
  }

  /**
   * Returns what is worth looking at: owners that were never seen (virtual, made now), owners that a blocking dependent has
   * left, and the node itself when it names an owner wrongly.
   */
  #link(
    node: GraphNode,
    before: readonly V1OwnerReference[],
    after: readonly V1OwnerReference[],
    resolve: (apiVersion: string, kind: string) => ResourceRef | undefined,
  ): readonly GraphNode[] {
    const suspects: GraphNode[] = [];
    for (const old of before) {
      const kept = after.find(({ uid }) => uid === old.uid);
      const owner = this.#nodes.get(old.uid);
      if (owner === undefined) continue;
      if (kept === undefined) owner.dependents.delete(node);
      const unblocks = old.blockOwnerDeletion === true && kept?.blockOwnerDeletion !== true;
      if (unblocks && owner.deletingDependents) suspects.push(owner);
    }
    for (const { uid, apiVersion, kind, name } of after) {
      let owner = this.#nodes.get(uid);
      if (owner === undefined) {
        const ref = resolve(apiVersion, kind);
        const namespace = ref?.namespaced === false ? '' : node.namespace;
        owner = {
          uid,
          ref,
          apiVersion,
          kind,
          namespace,
          name,
          owners: [],
          dependents: new Set(),
          beingDeleted: false,
          deletingDependents: false,
          virtual: true,
        };
        this.#nodes.set(uid, owner);
        suspects.push(owner);
      } else if (!owner.virtual && !isNamed(owner, node, kind, name)) {
        suspects.push(node);
      }
      owner.dependents.add(node);
    }
    return suspects;
  }
}

/** Whether a reference from `node` to that kind and name means `owner`: an owner is in the same namespace or in none. */
function isNamed(owner: GraphNode, node: GraphNode, kind: string, name: string): boolean {
  return owner.kind === kind && owner.name === name && (owner.namespace === '' || owner.namespace === node.namespace);
}
