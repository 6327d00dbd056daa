/**
 * Which objects belong to a controller's owner: it adopts orphans that its selector picks, and releases what it owns but
 * no longer picks (k8s.io/kubernetes/pkg/controller: ControllerRefManager). An owner that is being deleted adopts nothing,
 * and before the first adoption the owner is read again from the server, in case our copy of it is old.
 */
import { type LabelMatcher, type LabelSelectorObject, labelMatcher } from '../../base/label-selector.ts';
import { ApiError, type ApiObject, type Client, isNotFound, type ResourceRef } from '../runtime/client.ts';
import { isBeingDeleted, labelsOf, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { controllerOf, controllerReference } from '../runtime/owner-references.ts';

export interface ClaimPlan<T> {
  readonly owned: readonly T[];
  readonly adopt: readonly T[];
  readonly release: readonly T[];
}

/** Pure: what to do with each of `objects`, which are all in the owner's namespace. */
export function planClaims<T extends ApiObject>(
  owner: ApiObject,
  matches: LabelMatcher,
  objects: readonly T[],
): ClaimPlan<T> {
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  const dying = isBeingDeleted(owner);
  for (const object of objects) {
    const controller = controllerOf(object);
    const picked = matches(labelsOf(object));
    if (controller !== undefined) {
      if (controller.uid !== uidOf(owner)) continue;
      if (picked) owned.push(object);
      else if (!dying) release.push(object);
    } else if (picked && !dying && !isBeingDeleted(object)) {
      adopt.push(object);
    }
  }
  return { owned, adopt, release };
}

/** Carries out the claims and returns all that now belongs to `owner`: adopted objects as the server answered them. */
export async function claim<T extends ApiObject>(
  client: Client,
  ownerRef: ResourceRef,
  owner: ApiObject,
  selector: LabelSelectorObject | undefined,
  objectRef: ResourceRef,
  objects: readonly T[],
): Promise<T[]> {
  const { owned, adopt, release } = planClaims(owner, labelMatcher(selector), objects);
  const claimed = [...owned];
  if (adopt.length > 0) {
    await assertMayAdopt(client, ownerRef, owner);
    for (const object of adopt) {
      const adopted = await patchUnlessGone<T>(client, objectRef, object, {
        metadata: { uid: uidOf(object), ownerReferences: [controllerReference(ownerRef, owner)] },
      });
      if (adopted !== undefined) claimed.push(adopted);
    }
  }
  for (const object of release) {
    await patchUnlessGone(client, objectRef, object, {
      metadata: { uid: uidOf(object), ownerReferences: [{ $patch: 'delete', uid: uidOf(owner) }] },
    });
  }
  return claimed;
}

async function assertMayAdopt(client: Client, ref: ResourceRef, owner: ApiObject): Promise<void> {
  const fresh = await client.get(ref, nameOf(owner), namespaceOf(owner));
  const what = `${ref.kind} ${namespaceOf(owner)}/${nameOf(owner)}`;
  if (uidOf(fresh) !== uidOf(owner)) {
    throw new Error(`original ${what} is gone: got uid ${uidOf(fresh)}, wanted ${uidOf(owner)}`);
  }
  if (isBeingDeleted(fresh)) throw new Error(`${what} has just been deleted at ${fresh.metadata?.deletionTimestamp}`);
}

/** Undefined when the object, with this uid, is no longer there: nothing to adopt or release. */
async function patchUnlessGone<T extends ApiObject>(
  client: Client,
  ref: ResourceRef,
  object: T,
  patch: unknown,
): Promise<T | undefined> {
  try {
    return await client.patch<T>(ref, nameOf(object), namespaceOf(object), 'strategic', patch);
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    // The uid in the patch is of an object that is gone; another has its name.
    if (thrown instanceof ApiError && (thrown.reason === 'Invalid' || thrown.reason === 'Conflict')) return undefined;
    throw thrown;
  }
}
