/**
 * How pods wake the controllers that own them. A pod with a controlling owner wakes that owner; an orphan wakes every owner
 * whose selector picks it, because one of them may adopt it. Expectations are told of what appears and goes away.
 *
 * An owner looks at all of its pods on each turn. So that n pods do not cost n turns of n each, an owner of many pods is
 * woken a little later, the later the more it has, and takes their events together.
 */
import { type LabelSelectorObject, labelMatcher } from '../../base/label-selector.ts';
import type { V1OwnerReference, V1Pod } from '../../generated/kubernetes.d.ts';
import type { ApiObject } from '../runtime/client.ts';
import type { Expectations } from '../runtime/expectations.ts';
import { byController, byNamespace } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { isBeingDeleted, keyOf, labelsOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { controllerOf } from '../runtime/owner-references.ts';

import type { ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { isPodReady } from './pod-state.ts';
import { semanticEqual } from './semantic-equal.ts';

/** Pods for which an owner waits one more millisecond, and how long it waits at most. */
const PODS_PER_MS = 20;
const WAIT_MAX_MS = 200;

export interface PodOwnerWatch<O extends ApiObject> {
  readonly kind: string;
  readonly pods: Informer<V1Pod>;
  readonly owners: Informer<O>;
  readonly loop: ReconcileLoop;
  readonly expectations?: Expectations;
  selectorOf(owner: O): LabelSelectorObject | undefined;
  /** Owners that count available pods look again when a ready pod has become available. */
  minReadySecondsOf?(owner: O): number;
}

export function watchOwnedPods<O extends ApiObject>(watch: PodOwnerWatch<O>): void {
  watch.owners.addIndex(byNamespace);
  watch.pods.addIndex(byController);
  watch.pods.subscribe({
    added: (pod) => (isBeingDeleted(pod) ? podGone(watch, pod) : podAdded(watch, pod)),
    updated: (pod, old) => podUpdated(watch, pod, old),
    deleted: (pod) => podGone(watch, pod),
  });
}

function podAdded<O extends ApiObject>(watch: PodOwnerWatch<O>, pod: V1Pod): void {
  const controller = controllerOf(pod);
  if (controller === undefined) {
    wakePossibleOwners(watch, pod);
    return;
  }
  const owner = resolve(watch, namespaceOf(pod), controller);
  if (owner === undefined) return;
  watch.expectations?.creationObserved(keyOf(owner));
  wake(watch, owner);
}

function podUpdated<O extends ApiObject>(watch: PodOwnerWatch<O>, pod: V1Pod, old: V1Pod): void {
  if (isBeingDeleted(pod)) {
    podGone(watch, pod);
    return;
  }
  const controller = controllerOf(pod);
  const before = controllerOf(old);
  const controllerChanged = controller?.uid !== before?.uid;
  if (controllerChanged && before !== undefined) {
    const owner = resolve(watch, namespaceOf(old), before);
    if (owner !== undefined) wake(watch, owner);
  }
  if (controller === undefined) {
    if (controllerChanged || !semanticEqual(pod.metadata?.labels, old.metadata?.labels)) wakePossibleOwners(watch, pod);
    return;
  }
  const owner = resolve(watch, namespaceOf(pod), controller);
  if (owner === undefined) return;
  wake(watch, owner);
  const minReadySeconds = watch.minReadySecondsOf?.(owner) ?? 0;
  if (minReadySeconds > 0 && isPodReady(pod) && !isPodReady(old)) {
    watch.loop.enqueueAfter(owner, minReadySeconds * 1000);
  }
}

function podGone<O extends ApiObject>(watch: PodOwnerWatch<O>, pod: V1Pod): void {
  const controller = controllerOf(pod);
  if (controller === undefined) return;
  const owner = resolve(watch, namespaceOf(pod), controller);
  if (owner === undefined) return;
  watch.expectations?.deletionObserved(keyOf(owner), keyOf(pod));
  wake(watch, owner);
}

function wake<O extends ApiObject>({ loop, pods }: PodOwnerWatch<O>, owner: O): void {
  const waitMs = Math.floor(pods.countBy(byController, uidOf(owner)) / PODS_PER_MS);
  loop.enqueueAfter(owner, Math.min(WAIT_MAX_MS, waitMs));
}

function resolve<O extends ApiObject>(
  watch: PodOwnerWatch<O>,
  namespace: string,
  controller: V1OwnerReference,
): O | undefined {
  if (controller.kind !== watch.kind) return undefined;
  const owner = watch.owners.get(controller.name, namespace);
  return owner !== undefined && uidOf(owner) === controller.uid ? owner : undefined;
}

function wakePossibleOwners<O extends ApiObject>(watch: PodOwnerWatch<O>, pod: V1Pod): void {
  const labels = labelsOf(pod);
  for (const _label in labels) {
    for (const owner of watch.owners.by(byNamespace, namespaceOf(pod))) {
      if (labelMatcher(watch.selectorOf(owner))(labels)) watch.loop.enqueue(owner);
    }
    return;
  }
}
