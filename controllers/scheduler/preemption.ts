/**
 * When a pod fits nowhere, whether it may push pods of lower priority off a node, and which
 * (k8s.io/kubernetes/pkg/scheduler/framework/preemption). The search takes pods off nodes and puts them back: afterwards
 * the cluster's state is as it was.
 */
import { labelMatcher } from '../../base/label-selector.ts';
import type { V1PodDisruptionBudget } from '../../generated/kubernetes.d.ts';
import { createdMs, timeMs } from '../runtime/metadata.ts';
import { fitMessage } from './fit-message.ts';
import type { NodeInfo } from './node-info.ts';
import type { Plugin, Rejection, World } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';
import { type Failure, fitsNode, prepareFilters } from './schedule-pod.ts';

const CANDIDATES_MIN = 100;
const CANDIDATES_PERCENT = 10;
const INT32 = 2 ** 31;

export interface PreemptionOptions {
  readonly plugins: readonly Plugin[];
  readonly budgets: readonly V1PodDisruptionBudget[];
  nominatedOn(nodeName: string): readonly PodInfo[];
  /** Where to begin among the nodes that could help. */
  readonly startAt: number;
}

export type Preemption =
  | { readonly type: 'preempt'; readonly nodeName: string; readonly victims: readonly PodInfo[] }
  /** `message` goes behind why it does not fit. */
  | { readonly type: 'helpless'; readonly message: string };

interface Candidate {
  readonly node: NodeInfo;
  /** Most important first. */
  readonly victims: readonly PodInfo[];
  readonly violations: number;
}

export function planPreemption(pod: PodInfo, world: World, failure: Failure, options: PreemptionOptions): Preemption {
  const hindrance = ineligible(pod, world, failure);
  if (hindrance !== undefined) return { type: 'helpless', message: `preemption: ${hindrance}` };
  const hopeful = [...failure.rejections].filter(([, rejection]) => rejection.preemptible);
  const enough = Math.max(CANDIDATES_MIN, Math.floor((hopeful.length * CANDIDATES_PERCENT) / 100));
  const candidates: Candidate[] = [];
  const verdicts: Rejection[] = [];
  for (let at = 0; at < hopeful.length && candidates.length < enough; at++) {
    const name = hopeful[(options.startAt + at) % hopeful.length]?.[0] ?? '';
    const node = world.cluster.node(name);
    if (node === undefined) continue;
    const found = victimsOn(node, pod, world, options);
    if ('reasons' in found) verdicts.push(found);
    else if (found.victims.length > 0) candidates.push(found);
  }
  const chosen = choose(candidates);
  if (chosen === undefined) {
    const message = fitMessage(failure.nodes, verdicts, undefined, 'Preemption is not helpful for scheduling');
    return { type: 'helpless', message: `preemption: ${message}` };
  }
  return { type: 'preempt', nodeName: chosen.node.name, victims: chosen.victims };
}

function ineligible(pod: PodInfo, world: World, failure: Failure): string | undefined {
  if (pod.pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = pod.pod.status?.nominatedNodeName ?? '';
  if (nominated === '' || failure.rejections.get(nominated)?.preemptible === false) return undefined;
  for (const other of world.cluster.node(nominated)?.pods.values() ?? []) {
    if (other.priority < pod.priority && isBeingPreempted(other)) {
      return 'not eligible due to a terminating pod on the nominated node.';
    }
  }
  return undefined;
}

function isBeingPreempted({ pod, terminating }: PodInfo): boolean {
  const target = pod.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return terminating && target?.status === 'True' && target.reason === 'PreemptionByScheduler';
}

/** The fewest and least important pods that must go from a node; or why taking all lower ones away does not help. */
function victimsOn(node: NodeInfo, pod: PodInfo, world: World, options: PreemptionOptions): Candidate | Rejection {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < pod.priority).sort(byImportance);
  if (lower.length === 0) {
    return { plugin: '', reasons: ['No preemption victims found for incoming pod'], preemptible: false };
  }
  const nominated = options.nominatedOn(node.name);
  const rejection = (): Rejection | undefined => {
    const prepared = prepareFilters(pod, world, options.plugins);
    return 'reasons' in prepared ? prepared : fitsNode(pod, node, prepared.filters, nominated);
  };
  for (const victim of lower) node.removePod(victim.uid);
  const stillRejected = rejection();
  if (stillRejected !== undefined) {
    for (const victim of lower) node.addPod(victim);
    return stillRejected;
  }
  // Give back as many as possible, those first whose going would break a budget.
  const protectedOnes = breakingBudgets(lower, options.budgets);
  const victims: PodInfo[] = [];
  let violations = 0;
  for (const victim of [
    ...lower.filter((each) => protectedOnes.has(each)),
    ...lower.filter((each) => !protectedOnes.has(each)),
  ]) {
    node.addPod(victim);
    if (rejection() === undefined) continue;
    node.removePod(victim.uid);
    victims.push(victim);
    if (protectedOnes.has(victim)) violations++;
  }
  for (const victim of victims) node.addPod(victim);
  return { node, victims: victims.sort(byImportance), violations };
}

/** Higher priority first, then the one that runs longer. */
function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startedMs(a) - startedMs(b);
}

function startedMs({ pod }: PodInfo): number {
  return timeMs(pod.status?.startTime) ?? createdMs(pod);
}

/** The pods whose removal, taken in order, exceeds a disruption budget. */
function breakingBudgets(pods: readonly PodInfo[], budgets: readonly V1PodDisruptionBudget[]): ReadonlySet<PodInfo> {
  const breaking = new Set<PodInfo>();
  const open = budgets.map((budget) => ({
    budget,
    namespace: budget.metadata?.namespace,
    picks: labelMatcher(budget.spec?.selector),
    left: budget.status?.disruptionsAllowed ?? 0,
  }));
  for (const pod of pods) {
    for (const each of open) {
      if (each.namespace !== pod.namespace || Object.keys(pod.labels).length === 0 || !each.picks(pod.labels)) continue;
      if (each.budget.status?.disruptedPods?.[pod.pod.metadata?.name ?? ''] !== undefined) continue;
      each.left--;
      if (each.left < 0) breaking.add(pod);
    }
  }
  return breaking;
}

/** Fewest broken budgets, lowest highest priority, lowest sum of priorities, fewest pods, latest start. */
function choose(candidates: readonly Candidate[]): Candidate | undefined {
  const costs: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]?.priority ?? 0,
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + INT32, 0),
    ({ victims }) => victims.length,
    ({ victims }) => {
      const highest = victims[0]?.priority;
      return -Math.min(...victims.filter(({ priority }) => priority === highest).map(startedMs));
    },
  ];
  let left = candidates;
  for (const cost of costs) {
    if (left.length <= 1) break;
    const lowest = Math.min(...left.map(cost));
    left = left.filter((candidate) => cost(candidate) === lowest);
  }
  return left[0];
}
