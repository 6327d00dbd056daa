/**
 * The EndpointSlice controller: keeps a service's slices as `planSlices` says.
 *
 * New slices get their names from the server, so acting on an old picture would make them twice: what was written must be
 * seen before the service is looked at again.
 */
import { timestamp } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { V1EndpointSlice, V1Node, V1Pod, V1Service } from '../../generated/kubernetes.d.ts';
import { type Client, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { IndexDefinition } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import {
  annotationsOf,
  isBeingDeleted,
  keyFrom,
  labelsOf,
  nameOf,
  namespaceOf,
  type ObjectKey,
} from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { endpointSlices, nodes, pods, services } from '../runtime/resources.ts';
import { isNamespaceTerminating } from '../workload/pod-writes.ts';
import { PendingWrites } from './pending-writes.ts';
import { podSelectorOf } from './service-endpoints.ts';
import { ServiceWatch } from './service-watch.ts';
import { MANAGED_BY, MANAGER, planSlices, SERVICE_NAME } from './slice-plan.ts';
import { LAST_CHANGE, TriggerTimes } from './trigger-times.ts';

const byService: IndexDefinition<V1EndpointSlice> = {
  name: 'service',
  valuesOf: (slice) => (labelsOf(slice)[MANAGED_BY] === MANAGER ? serviceKeyOf(slice) : undefined),
};

function serviceKeyOf(slice: V1EndpointSlice): string {
  return keyFrom(namespaceOf(slice), labelsOf(slice)[SERVICE_NAME] ?? '');
}

export class EndpointSliceController implements Controller {
  readonly name = 'endpointslice-controller';
  readonly #deps: ControllerDeps;
  readonly #services: Informer<V1Service>;
  readonly #slices: Informer<V1EndpointSlice>;
  readonly #nodes: Informer<V1Node>;
  readonly #watch: ServiceWatch;
  readonly #loop: ReconcileLoop;
  readonly #triggers = new TriggerTimes();
  readonly #pending: PendingWrites;
  /** Services with pods on nodes that were not known. */
  readonly #skipped = new Set<string>();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#pending = new PendingWrites(deps.clock);
    this.#loop = new ReconcileLoop(this, deps);
    this.#services = deps.informers.of<V1Service>(services);
    this.#slices = deps.informers.of<V1EndpointSlice>(endpointSlices);
    this.#nodes = deps.informers.of<V1Node>(nodes);
    this.#watch = new ServiceWatch(this.#services, deps.informers.of<V1Pod>(pods), this.#loop);
    this.#slices.addIndex(byService);
    this.#slices.subscribe({
      added: (slice) => this.#sliceChanged(slice),
      updated: (slice) => this.#sliceChanged(slice),
      deleted: (slice) => {
        this.#pending.gone(serviceKeyOf(slice), nameOf(slice));
        this.#sliceChanged(slice);
      },
    });
    this.#nodes.subscribe({ added: () => this.#wakeSkipped() });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const { client } = context;
    const service = this.#services.get(name, namespace);
    const key = keyFrom(namespace, name);
    if (service === undefined) {
      this.#triggers.forget(key);
      this.#pending.forget(key);
      this.#skipped.delete(key);
      return;
    }
    const selector = podSelectorOf(service);
    if (selector === undefined || isBeingDeleted(service)) return;
    if (!this.#pending.allSeen(key)) return;
    const picked = this.#watch.podsOf(service, selector);
    const existing = this.#slices.by(byService, key).filter((slice) => !isBeingDeleted(slice));
    const plan = planSlices(service, picked, existing, (nodeName) => this.#nodes.get(nodeName));
    if (plan.skipped.length > 0) this.#skipped.add(key);
    else this.#skipped.delete(key);
    const changes = plan.create.length + plan.update.length + plan.delete.length;
    if (changes === 0) return;
    context.decided(() => `${changes} slices of ${key} change: ${picked.length} pods stand behind it`);
    const triggerMs = this.#triggers.next(service, picked);
    try {
      for (const slice of plan.create) await this.#write(client, key, 'create', withTrigger(slice, triggerMs));
      for (const slice of plan.update) await this.#write(client, key, 'update', withTrigger(slice, triggerMs));
      for (const slice of plan.delete) await this.#delete(client, key, slice);
    } catch (thrown) {
      if (isNamespaceTerminating(thrown)) return;
      const message = `Error updating Endpoint Slices for Service ${key}: ${messageOf(thrown)}`;
      this.#deps.events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
      throw thrown;
    }
  }

  #wakeSkipped(): void {
    for (const key of this.#skipped) this.#loop.enqueueKey(key);
  }

  async #write(client: Client, key: string, verb: 'create' | 'update', slice: V1EndpointSlice): Promise<void> {
    const written = await client[verb]<V1EndpointSlice>(endpointSlices, slice);
    this.#pending.wrote(key, nameOf(written), written.metadata?.resourceVersion ?? '');
    const seen = this.#slices.get(nameOf(written), namespaceOf(written));
    if (seen !== undefined) this.#pending.saw(key, nameOf(seen), seen.metadata?.resourceVersion ?? '');
  }

  async #delete(client: Client, key: string, slice: V1EndpointSlice): Promise<void> {
    this.#pending.deleting(key, nameOf(slice));
    try {
      await client.delete(endpointSlices, nameOf(slice), namespaceOf(slice));
    } catch (thrown) {
      this.#pending.gone(key, nameOf(slice));
      if (!isNotFound(thrown)) throw thrown;
    }
  }

  #sliceChanged(slice: V1EndpointSlice): void {
    const key = serviceKeyOf(slice);
    this.#pending.saw(key, nameOf(slice), slice.metadata?.resourceVersion ?? '');
    if (labelsOf(slice)[MANAGED_BY] === MANAGER) this.#loop.enqueueKey(key);
  }
}

function withTrigger(slice: V1EndpointSlice, triggerMs: number | undefined): V1EndpointSlice {
  const { [LAST_CHANGE]: _before, ...others } = annotationsOf(slice);
  const annotations = triggerMs === undefined ? others : { ...others, [LAST_CHANGE]: timestamp(triggerMs) };
  return { ...slice, metadata: { ...slice.metadata, annotations } };
}
