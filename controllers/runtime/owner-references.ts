/** Owner references: who controls an object, and the references that controllers put on what they make. */
import type { V1OwnerReference } from '../../generated/kubernetes.d.ts';
import type { ApiObject, ResourceRef } from './client.ts';
import { apiVersionOf, nameOf, ownersOf, uidOf } from './metadata.ts';

/** The one owner that manages the object, if any. */
export function controllerOf(object: ApiObject): V1OwnerReference | undefined {
  for (const owner of ownersOf(object)) if (owner.controller === true) return owner;
  return undefined;
}

export function isControlledBy(object: ApiObject, owner: ApiObject): boolean {
  return controllerOf(object)?.uid === uidOf(owner);
}

/** The reference by which `owner`, an object of `ref`, controls what it makes. */
export function controllerReference(ref: ResourceRef, owner: ApiObject): V1OwnerReference {
  return {
    apiVersion: apiVersionOf(ref),
    kind: ref.kind,
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}
