/**
 * Lets claims and volumes go that are being deleted, once nobody uses them any more
 * (k8s.io/kubernetes/pkg/controller/volume/pvcprotection, pvprotection): a claim when no pod uses it, a volume when it is not
 * bound. Until then a finalizer holds them.
 */
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '../../generated/kubernetes.d.ts';
import type { ApiObject, Client, ResourceRef } from '../runtime/client.ts';
import { isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { IndexDefinition } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { isBeingDeleted, keyFrom, keyOf, nameOf, namespaceOf, type ObjectKey } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { persistentVolumeClaims, persistentVolumes, pods } from '../runtime/resources.ts';
import { claimNames } from '../scheduler/plugins/volume-binding.ts';
import { isPodFinished } from '../workload/pod-state.ts';

const byClaim: IndexDefinition<V1Pod> = {
  name: 'claim',
  valuesOf: (pod) => claimNames(pod).map((name) => keyFrom(namespaceOf(pod), name)),
};

interface Protection<T extends ApiObject> {
  readonly controller: string;
  readonly ref: ResourceRef;
  readonly finalizer: string;
  inUse(object: T): Promise<boolean>;
}

class ProtectionController<T extends ApiObject> implements Controller {
  readonly name: string;
  readonly loop: ReconcileLoop;
  readonly #protection: Protection<T>;
  readonly #objects: Informer<T>;

  constructor(deps: ControllerDeps, protection: Protection<T>) {
    this.name = protection.controller;
    this.#protection = protection;
    this.loop = new ReconcileLoop(this, deps, { workers: 1 });
    this.#objects = deps.informers.of<T>(protection.ref);
    const wake = (object: T): void => {
      if (isBeingDeleted(object) || !this.#isHeld(object)) this.loop.enqueue(object);
    };
    this.#objects.subscribe({ added: wake, updated: wake });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const { client } = context;
    const object = this.#objects.get(name, namespace);
    if (object === undefined) return;
    const { finalizer, inUse, ref } = this.#protection;
    const finalizers = object.metadata?.finalizers ?? [];
    if (!isBeingDeleted(object)) {
      if (!this.#isHeld(object)) await this.#write(client, object, [...finalizers, finalizer]);
    } else if (this.#isHeld(object) && !(await inUse(object))) {
      context.decided(() => `${ref.kind} ${name} may go: nobody uses it`);
      await this.#write(
        client,
        object,
        finalizers.filter((each) => each !== finalizer),
      );
    }
  }

  #isHeld(object: T): boolean {
    return object.metadata?.finalizers?.includes(this.#protection.finalizer) ?? false;
  }

  async #write(client: Client, object: T, finalizers: string[]): Promise<void> {
    try {
      await client.update(this.#protection.ref, { ...object, metadata: { ...object.metadata, finalizers } });
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
  }
}

export function claimProtection(deps: ControllerDeps): Controller {
  const users = deps.informers.of<V1Pod>(pods);
  users.addIndex(byClaim);
  const uses = (pod: V1Pod): boolean => (pod.spec?.nodeName ?? '') !== '' && !isPodFinished(pod);
  const controller = new ProtectionController<V1PersistentVolumeClaim>(deps, {
    controller: 'persistentvolumeclaim-protection-controller',
    ref: persistentVolumeClaims,
    finalizer: 'kubernetes.io/pvc-protection',
    async inUse(claim) {
      if (users.by(byClaim, keyOf(claim)).some(uses)) return true;
      // A pod that was bound a moment ago may not have reached us.
      const { items } = await deps.client.list<V1Pod>(pods, { namespace: namespaceOf(claim) });
      return items.some((pod) => uses(pod) && claimNames(pod).includes(nameOf(claim)));
    },
  });
  const wake = (pod: V1Pod): void => {
    for (const key of claimNames(pod)) controller.loop.enqueueKey(keyFrom(namespaceOf(pod), key));
  };
  users.subscribe({
    updated: (pod, old) => {
      if (isPodFinished(pod) && !isPodFinished(old)) wake(pod);
    },
    deleted: wake,
  });
  return controller;
}

export function volumeProtection(deps: ControllerDeps): Controller {
  return new ProtectionController<V1PersistentVolume>(deps, {
    controller: 'persistentvolume-protection-controller',
    ref: persistentVolumes,
    finalizer: 'kubernetes.io/pv-protection',
    inUse: (volume) => Promise.resolve(volume.status?.phase === 'Bound'),
  });
}
