/** The rest of the world as plugins see it, from informers. What is not served counts as empty. */
import type { LabelSelectorObject, Labels } from '../../base/label-selector.ts';
import { labelMatcher } from '../../base/label-selector.ts';
import type {
  V1Namespace,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1ReplicationController,
  V1Service,
  V1StatefulSet,
  V1StorageClass,
} from '../../generated/kubernetes.d.ts';
import { byNamespace } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import type { InformerScope } from '../runtime/informer-set.ts';
import { labelsOf } from '../runtime/metadata.ts';
import { controllerOf } from '../runtime/owner-references.ts';
import {
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
  storageClasses,
} from '../runtime/resources.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ClusterEvent, World } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';

export class SchedulerWorld implements World {
  readonly cluster: ClusterState;
  readonly #namespaces: Informer<V1Namespace>;
  readonly #services: Informer<V1Service>;
  readonly #replicaSets: Informer<V1ReplicaSet>;
  readonly #replicationControllers: Informer<V1ReplicationController>;
  readonly #statefulSets: Informer<V1StatefulSet>;
  readonly #claims: Informer<V1PersistentVolumeClaim>;
  readonly #volumes: Informer<V1PersistentVolume>;
  readonly #storageClasses: Informer<V1StorageClass>;
  readonly #budgets: Informer<V1PodDisruptionBudget>;

  constructor(cluster: ClusterState, informers: InformerScope, happened: (event: ClusterEvent) => void) {
    this.cluster = cluster;
    this.#namespaces = informers.optional(namespaces);
    this.#services = informers.optional(services);
    this.#replicaSets = informers.optional(replicaSets);
    this.#replicationControllers = informers.optional(replicationControllers);
    this.#statefulSets = informers.optional(statefulSets);
    this.#claims = informers.optional(persistentVolumeClaims);
    this.#volumes = informers.optional(persistentVolumes);
    this.#storageClasses = informers.optional(storageClasses);
    this.#budgets = informers.optional(podDisruptionBudgets);
    this.#services.addIndex(byNamespace);
    this.#namespaces.subscribe({ updated: () => happened('namespace-labels') });
    const claimsChanged = {
      added: () => happened('claims'),
      updated: () => happened('claims'),
      deleted: () => happened('claims'),
    };
    this.#claims.subscribe(claimsChanged);
    this.#volumes.subscribe(claimsChanged);
    this.#storageClasses.subscribe({ added: () => happened('claims') });
  }

  get budgets(): readonly V1PodDisruptionBudget[] {
    return [...this.#budgets.all()];
  }

  namespaceLabels(namespace: string): Labels | undefined {
    const found = this.#namespaces.get(namespace);
    return found === undefined ? undefined : labelsOf(found);
  }

  ownersSelectors({ pod, namespace, labels }: PodInfo): readonly LabelSelectorObject[] {
    const selectors: LabelSelectorObject[] = [];
    for (const { spec } of this.#services.by(byNamespace, namespace)) {
      const matchLabels = spec?.selector;
      if (matchLabels === undefined || Object.keys(matchLabels).length === 0) continue;
      if (labelMatcher({ matchLabels })(labels)) selectors.push({ matchLabels });
    }
    const owned = this.#controllerSelector(controllerOf(pod)?.kind, controllerOf(pod)?.name ?? '', namespace);
    if (owned !== undefined) selectors.push(owned);
    return selectors;
  }

  claim(namespace: string, name: string): V1PersistentVolumeClaim | undefined {
    return this.#claims.get(name, namespace);
  }

  volume(name: string): V1PersistentVolume | undefined {
    return this.#volumes.get(name);
  }

  volumes(): Iterable<V1PersistentVolume> {
    return this.#volumes.all();
  }

  storageClass(name: string): V1StorageClass | undefined {
    return this.#storageClasses.get(name);
  }

  #controllerSelector(kind: string | undefined, name: string, namespace: string): LabelSelectorObject | undefined {
    switch (kind) {
      case 'ReplicaSet':
        return this.#replicaSets.get(name, namespace)?.spec?.selector;
      case 'StatefulSet':
        return this.#statefulSets.get(name, namespace)?.spec?.selector;
      case 'ReplicationController': {
        const matchLabels = this.#replicationControllers.get(name, namespace)?.spec?.selector;
        return matchLabels === undefined ? undefined : { matchLabels };
      }
      default:
        return undefined;
    }
  }
}
