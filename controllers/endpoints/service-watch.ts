/**
 * What wakes the controllers that say who stands behind a service: the service itself, and pods that its selector picks,
 * before or after a change. A service of many pods is woken a little later, so that their changes are taken together.
 */

import { requirementsOfMap, selectorMatches } from '../../base/label-selector.ts';
import type { V1Pod, V1Service } from '../../generated/kubernetes.d.ts';
import { byNamespace } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { keyOf, labelsOf, namespaceOf } from '../runtime/metadata.ts';
import type { ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { endpointRelevant, podSelectorOf } from './service-endpoints.ts';

const PODS_PER_MS = 10;
const WAIT_MAX_MS = 200;

export class ServiceWatch {
  readonly #services: Informer<V1Service>;
  readonly #pods: Informer<V1Pod>;
  readonly #loop: ReconcileLoop;
  /** How many pods each service had when it was looked at last. */
  readonly #sizes = new Map<string, number>();

  constructor(services: Informer<V1Service>, pods: Informer<V1Pod>, loop: ReconcileLoop) {
    this.#services = services;
    this.#pods = pods;
    this.#loop = loop;
    services.addIndex(byNamespace);
    pods.addIndex(byNamespace);
    services.subscribe({
      added: (service) => loop.enqueue(service),
      updated: (service) => loop.enqueue(service),
      deleted: (service) => {
        this.#sizes.delete(keyOf(service));
        loop.enqueue(service);
      },
    });
    pods.subscribe({
      added: (pod) => this.#wakeFor(pod),
      updated: (pod, old) => {
        if (endpointRelevant(pod) === endpointRelevant(old)) return;
        this.#wakeFor(pod);
        if (pod.metadata?.labels !== old.metadata?.labels) this.#wakeFor(old);
      },
      deleted: (pod) => this.#wakeFor(pod),
    });
  }

  /** The pods that the service's selector picks. */
  podsOf(service: V1Service, selector: Readonly<Record<string, string>>): readonly V1Pod[] {
    const requirements = requirementsOfMap(selector);
    const all = this.#pods.by(byNamespace, namespaceOf(service));
    const picked = all.filter((pod) => selectorMatches(requirements, labelsOf(pod)));
    this.#sizes.set(keyOf(service), picked.length);
    return picked;
  }

  #wakeFor(pod: V1Pod): void {
    for (const service of this.#services.by(byNamespace, namespaceOf(pod))) {
      const selector = podSelectorOf(service);
      if (selector === undefined || !selectorMatches(requirementsOfMap(selector), labelsOf(pod))) continue;
      const waitMs = Math.floor((this.#sizes.get(keyOf(service)) ?? 0) / PODS_PER_MS);
      this.#loop.enqueueAfter(service, Math.min(WAIT_MAX_MS, waitMs));
    }
  }
}
