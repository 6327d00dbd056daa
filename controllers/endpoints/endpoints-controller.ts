/** The Endpoints controller: keeps the Endpoints object of every service with a selector. */
import { messageOf } from '../../base/errors.ts';
import type { V1Endpoints, V1Pod, V1Service } from '../../generated/kubernetes.d.ts';
import { isConflict, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { Informer } from '../runtime/informer.ts';
import { keyFrom, keyOf, type ObjectKey } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { endpoints, pods, services } from '../runtime/resources.ts';
import { isNamespaceTerminating } from '../workload/pod-writes.ts';
import { planEndpoints } from './endpoints-plan.ts';
import { podSelectorOf } from './service-endpoints.ts';
import { ServiceWatch } from './service-watch.ts';
import { TriggerTimes } from './trigger-times.ts';

export class EndpointsController implements Controller {
  readonly name = 'endpoints-controller';
  readonly #deps: ControllerDeps;
  readonly #services: Informer<V1Service>;
  readonly #endpoints: Informer<V1Endpoints>;
  readonly #watch: ServiceWatch;
  readonly #loop: ReconcileLoop;
  readonly #triggers = new TriggerTimes();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#loop = new ReconcileLoop(this, deps);
    this.#services = deps.informers.of<V1Service>(services);
    this.#endpoints = deps.informers.of<V1Endpoints>(endpoints);
    this.#watch = new ServiceWatch(this.#services, deps.informers.of<V1Pod>(pods), this.#loop);
    this.#endpoints.subscribe({ deleted: (found) => this.#loop.enqueueKey(keyOf(found)) });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const { client } = context;
    const { events } = this.#deps;
    const service = this.#services.get(name, namespace);
    const key = keyFrom(namespace, name);
    if (service === undefined) {
      this.#triggers.forget(key);
      await client.delete(endpoints, name, namespace).catch(unlessNotFound);
      return;
    }
    const selector = podSelectorOf(service);
    if (selector === undefined) return;
    const picked = this.#watch.podsOf(service, selector);
    const current = this.#endpoints.get(name, namespace);
    const wanted = planEndpoints(service, picked, current, () => this.#triggers.next(service, picked));
    if (wanted === undefined) return;
    context.decided(() => `the endpoints of ${key} change: ${picked.length} pods stand behind it`);
    try {
      if (current === undefined) await client.create(endpoints, wanted);
      else await client.update(endpoints, wanted);
    } catch (thrown) {
      if (isNamespaceTerminating(thrown)) return;
      if (!isConflict(thrown)) {
        const [reason, verb] =
          current === undefined
            ? ['FailedToCreateEndpoint', 'create endpoint for service']
            : ['FailedToUpdateEndpoint', 'update endpoint'];
        events.event(wanted, 'Warning', reason, `Failed to ${verb} ${key}: ${messageOf(thrown)}`);
      }
      throw thrown;
    }
  }
}

function unlessNotFound(thrown: unknown): void {
  if (!isNotFound(thrown)) throw thrown;
}
