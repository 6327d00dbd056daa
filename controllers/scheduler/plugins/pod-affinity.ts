/**
 * Affinity between pods (k8s.io/kubernetes/pkg/scheduler/framework/plugins/interpodaffinity). Terms speak of topology
 * domains: nodes with the same value of a label. Three things are counted over groups of equal pods, once for a pod:
 * in which domains stand pods that keep this one away, pods that it wants near, and pods that it wants far.
 */
import type { NodeInfo } from '../node-info.ts';
import { PASS, type Plugin, type Rejection, SCORE_MAX, type World } from '../plugin.ts';
import type { AffinityTerm, PodInfo } from '../pod-info.ts';

const NAME = 'InterPodAffinity';
const AFFINITY: Rejection = { plugin: NAME, reasons: ["node(s) didn't match pod affinity rules"], preemptible: false };
const ANTI_AFFINITY: Rejection = {
  plugin: NAME,
  reasons: ["node(s) didn't match pod anti-affinity rules"],
  preemptible: true,
};
const EXISTING_ANTI_AFFINITY: Rejection = {
  plugin: NAME,
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
  preemptible: true,
};
/** What a required term of a pod that is there counts for the score, as if it were preferred. */
const HARD_AFFINITY_WEIGHT = 1;

/** Amounts by label key and value. */
class Domains {
  readonly #amounts = new Map<string, Map<string, number>>();

  get empty(): boolean {
    return this.#amounts.size === 0;
  }

  /** Adds to the domain in which `node` stands; nothing when it lacks the label. */
  add(topologyKey: string, node: NodeInfo, amount: number): void {
    const value = node.labels[topologyKey];
    if (value === undefined) return;
    let values = this.#amounts.get(topologyKey);
    if (values === undefined) {
      values = new Map();
      this.#amounts.set(topologyKey, values);
    }
    values.set(value, (values.get(value) ?? 0) + amount);
  }

  at(topologyKey: string, node: NodeInfo): number {
    const value = node.labels[topologyKey];
    return value === undefined ? 0 : (this.#amounts.get(topologyKey)?.get(value) ?? 0);
  }

  /** Over all keys. */
  sumAt(node: NodeInfo): number {
    let sum = 0;
    for (const key of this.#amounts.keys()) sum += this.at(key, node);
    return sum;
  }

  anyAt(node: NodeInfo): boolean {
    for (const key of this.#amounts.keys()) if (this.at(key, node) > 0) return true;
    return false;
  }
}

export const podAffinity: Plugin = {
  name: NAME,
  helpedBy: ['node-added', 'node-labels', 'pod-bound', 'pod-removed', 'pod-labels', 'namespace-labels'],
  weight: 2,
  prepare(pod, world) {
    const { requiredAffinity, requiredAntiAffinity } = pod.terms;
    const keptAway = countKeptAway(pod, world);
    if (keptAway.empty && requiredAffinity.length === 0 && requiredAntiAffinity.length === 0) return PASS;
    const { near, far } = countWanted(pod, world);
    const first = near.empty && requiredAffinity.every((term) => picks(term, pod, world));
    const filter = (node: NodeInfo): Rejection | undefined => {
      for (const { topologyKey } of requiredAffinity) {
        if (node.labels[topologyKey] === undefined) return AFFINITY;
      }
      // The first of a group that wants to be together may go anywhere.
      if (!first && requiredAffinity.some(({ topologyKey }) => near.at(topologyKey, node) <= 0)) return AFFINITY;
      if (requiredAntiAffinity.some(({ topologyKey }) => far.at(topologyKey, node) > 0)) return ANTI_AFFINITY;
      return keptAway.anyAt(node) ? EXISTING_ANTI_AFFINITY : undefined;
    };
    return { type: 'filter', filter };
  },
  scorer(pod, world) {
    const domains = countPreferences(pod, world);
    if (domains.empty) return undefined;
    return {
      score: (node) => domains.sumAt(node),
      normalize: (scores) => {
        const max = Math.max(...scores);
        const min = Math.min(...scores);
        for (let at = 0; at < scores.length; at++) {
          scores[at] = max === min ? 0 : Math.trunc((SCORE_MAX * ((scores[at] ?? 0) - min)) / (max - min));
        }
      },
    };
  },
};

function picks(term: AffinityTerm, pod: PodInfo, world: World): boolean {
  return term.matches(pod.namespace, world.namespaceLabels(pod.namespace), pod.labels);
}

function countKeptAway(pod: PodInfo, world: World): Domains {
  const domains = new Domains();
  for (const node of world.cluster.nodes) {
    if (node.groupsWithRequiredAntiAffinity === 0) continue;
    for (const { example, count } of node.groupsWithTerms.values()) {
      for (const term of example.terms.requiredAntiAffinity) {
        if (picks(term, pod, world)) domains.add(term.topologyKey, node, count);
      }
    }
  }
  return domains;
}

function countWanted(pod: PodInfo, world: World): { readonly near: Domains; readonly far: Domains } {
  const near = new Domains();
  const far = new Domains();
  const { requiredAffinity, requiredAntiAffinity } = pod.terms;
  if (requiredAffinity.length === 0 && requiredAntiAffinity.length === 0) return { near, far };
  for (const node of world.cluster.nodes) {
    for (const { example, count } of node.groups.values()) {
      if (requiredAffinity.length > 0 && requiredAffinity.every((term) => picks(term, example, world))) {
        for (const { topologyKey } of requiredAffinity) near.add(topologyKey, node, count);
      }
      for (const term of requiredAntiAffinity) {
        if (picks(term, example, world)) far.add(term.topologyKey, node, count);
      }
    }
  }
  return { near, far };
}

function countPreferences(pod: PodInfo, world: World): Domains {
  const domains = new Domains();
  const { preferredAffinity, preferredAntiAffinity } = pod.terms;
  const hasOwn = preferredAffinity.length > 0 || preferredAntiAffinity.length > 0;
  for (const node of world.cluster.nodes) {
    if (hasOwn) {
      for (const { example, count } of node.groups.values()) {
        for (const term of preferredAffinity) {
          if (picks(term, example, world)) domains.add(term.topologyKey, node, term.weight * count);
        }
        for (const term of preferredAntiAffinity) {
          if (picks(term, example, world)) domains.add(term.topologyKey, node, -term.weight * count);
        }
      }
    }
    for (const { example, count } of node.groupsWithTerms.values()) {
      const { terms } = example;
      for (const term of terms.requiredAffinity) {
        if (picks(term, pod, world)) domains.add(term.topologyKey, node, HARD_AFFINITY_WEIGHT * count);
      }
      for (const term of terms.preferredAffinity) {
        if (picks(term, pod, world)) domains.add(term.topologyKey, node, term.weight * count);
      }
      for (const term of terms.preferredAntiAffinity) {
        if (picks(term, pod, world)) domains.add(term.topologyKey, node, -term.weight * count);
      }
    }
  }
  return domains;
}
