/**
 * Spreading pods over topology domains (k8s.io/kubernetes/pkg/scheduler/framework/plugins/podtopologyspread): no domain may
 * have more than `maxSkew` matching pods beyond the emptiest one. Constraints with `ScheduleAnyway` only score. A pod
 * without constraints is spread softly from its like: over hosts and zones, by the selectors of its services and controller.
 */
import { type LabelMatcher, labelMatcher } from '../../../base/label-selector.ts';
import type { V1TopologySpreadConstraint } from '../../../generated/kubernetes.d.ts';
import { matchesRequiredNodeAffinity } from '../node-affinity.ts';
import type { NodeInfo } from '../node-info.ts';
import { PASS, type Plugin, type Rejection, SCORE_MAX, type World } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';
import { findUntolerated } from '../tolerations.ts';

const NAME = 'PodTopologySpread';
const HOSTNAME = 'kubernetes.io/hostname';
const SKEWED: Rejection = {
  plugin: NAME,
  reasons: ["node(s) didn't match pod topology spread constraints"],
  preemptible: true,
};
const LABEL_MISSING: Rejection = {
  plugin: NAME,
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  preemptible: false,
};
const DEFAULT_SOFT = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
] as const;

interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly matches: LabelMatcher;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

export const topologySpread: Plugin = {
  name: NAME,
  helpedBy: ['node-added', 'node-labels', 'node-taints', 'pod-bound', 'pod-removed', 'pod-labels'],
  weight: 2,
  prepare(pod, world) {
    const constraints = constraintsOf(pod, 'DoNotSchedule');
    if (constraints.length === 0) return PASS;
    const checks = constraints.map((constraint) => ({
      constraint,
      counts: countDomains(pod, world.cluster.nodes, constraint, constraints),
      own: constraint.matches(pod.labels) ? 1 : 0,
    }));
    const limits = checks.map(({ constraint, counts }) => {
      const least = counts.size < constraint.minDomains ? 0 : Math.min(...counts.values());
      return Number.isFinite(least) ? least + constraint.maxSkew : Number.POSITIVE_INFINITY;
    });
    const filter = (node: NodeInfo): Rejection | undefined => {
      for (let at = 0; at < checks.length; at++) {
        const check = checks[at];
        if (check === undefined) continue;
        const value = node.labels[check.constraint.topologyKey];
        if (value === undefined) return LABEL_MISSING;
        if ((check.counts.get(value) ?? 0) + check.own > (limits[at] ?? 0)) return SKEWED;
      }
      return undefined;
    };
    return { type: 'filter', filter };
  },
  scorer: spreadScorer,
};

function spreadScorer(pod: PodInfo, world: World, feasible: readonly NodeInfo[]) {
  const explicit = constraintsOf(pod, 'ScheduleAnyway');
  const hasOwn = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
  const constraints = hasOwn ? explicit : defaultConstraints(pod, world);
  if (constraints.length === 0) return undefined;
  const hasAllLabels = (node: NodeInfo): boolean =>
    !hasOwn || constraints.every(({ topologyKey }) => node.labels[topologyKey] !== undefined);
  const considered = feasible.filter(hasAllLabels);
  const parts = constraints.map((constraint) => {
    const { topologyKey } = constraint;
    if (topologyKey === HOSTNAME) {
      return { constraint, counts: undefined, weight: Math.log(considered.length + 2) };
    }
    const values = new Set(considered.map((node) => node.labels[topologyKey] ?? ''));
    const counts = countDomains(pod, world.cluster.nodes, constraint, hasOwn ? constraints : [], values);
    return { constraint, counts, weight: Math.log(values.size + 2) };
  });
  const score = (node: NodeInfo): number => {
    if (!hasAllLabels(node)) return 0;
    let sum = 0;
    for (const { constraint, counts, weight } of parts) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined) continue;
      const count = counts === undefined ? countOn(node, pod, constraint.matches) : (counts.get(value) ?? 0);
      sum += count * weight + (constraint.maxSkew - 1);
    }
    return Math.round(sum);
  };
  const normalize = (scores: number[], nodes: readonly NodeInfo[]): void => {
    const counted = scores.filter((_, at) => hasAllLabels(nodes[at] as NodeInfo));
    const max = Math.max(0, ...counted);
    const min = Math.min(...counted);
    for (let at = 0; at < scores.length; at++) {
      if (!hasAllLabels(nodes[at] as NodeInfo)) scores[at] = 0;
      else if (max === 0) scores[at] = SCORE_MAX;
      else scores[at] = Math.floor((SCORE_MAX * (max + min - (scores[at] ?? 0))) / max);
    }
  };
  return { score, normalize };
}

function constraintsOf(pod: PodInfo, whenUnsatisfiable: string): readonly Constraint[] {
  return (pod.pod.spec?.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      matches: selectorOf(constraint, pod),
      honorsAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
      honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
    }));
}

function selectorOf({ labelSelector, matchLabelKeys }: V1TopologySpreadConstraint, pod: PodInfo): LabelMatcher {
  const picks = labelMatcher(labelSelector);
  const keys = (matchLabelKeys ?? []).filter((key) => pod.labels[key] !== undefined);
  if (keys.length === 0) return picks;
  return (labels) => picks(labels) && keys.every((key) => labels?.[key] === pod.labels[key]);
}

function defaultConstraints(pod: PodInfo, world: World): readonly Constraint[] {
  const matchers = world.ownersSelectors(pod).map(labelMatcher);
  if (matchers.length === 0) return [];
  const matches: LabelMatcher = (labels) => matchers.every((matcher) => matcher(labels));
  return DEFAULT_SOFT.map(({ topologyKey, maxSkew }) => ({
    topologyKey,
    maxSkew,
    minDomains: 1,
    matches,
    honorsAffinity: true,
    honorsTaints: false,
  }));
}

/** Matching pods by value of the label, over the nodes that count; domains without pods count 0. */
function countDomains(
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  constraint: Constraint,
  labelsNeeded: readonly Constraint[],
  only?: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    if (!labelsNeeded.every(({ topologyKey }) => node.labels[topologyKey] !== undefined)) continue;
    const value = node.labels[constraint.topologyKey] ?? '';
    if (only !== undefined && !only.has(value)) continue;
    if (!isIncluded(pod, node, constraint)) continue;
    counts.set(value, (counts.get(value) ?? 0) + countOn(node, pod, constraint.matches));
  }
  return counts;
}

function isIncluded({ pod }: PodInfo, { node }: NodeInfo, constraint: Constraint): boolean {
  if (node === undefined) return false;
  if (constraint.honorsAffinity && !matchesRequiredNodeAffinity(pod.spec, node)) return false;
  if (!constraint.honorsTaints) return true;
  return findUntolerated(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']) === undefined;
}

function countOn(node: NodeInfo, { namespace }: PodInfo, matches: LabelMatcher): number {
  let count = 0;
  for (const group of node.groups.values()) {
    const { example } = group;
    if (example.namespace === namespace && !example.terminating && matches(example.labels)) count += group.count;
  }
  return count;
}
