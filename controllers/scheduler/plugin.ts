/**
 * The parts that a scheduling decision is made of. A plugin looks at the pod once and gives functions for nodes: a filter
 * says why a pod cannot go there, a scorer how well it would stand there. All pure; what they need of the world is given.
 */
import type { LabelSelectorObject, Labels } from '../../base/label-selector.ts';
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1StorageClass } from '../../generated/kubernetes.d.ts';
import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

export interface Rejection {
  readonly plugin: string;
  /** As users read them, each counted over nodes: `Insufficient cpu`. */
  readonly reasons: readonly string[];
  /** Taking pods away from the node could help. */
  readonly preemptible: boolean;
}

export type NodeFilter = (node: NodeInfo) => Rejection | undefined;

/** What a plugin has to say of a pod before any node is looked at. */
export type Preparation =
  /** It has nothing against any node. */
  | { readonly type: 'pass' }
  | { readonly type: 'filter'; readonly filter: NodeFilter; readonly onlyNodes?: ReadonlySet<string> }
  /** No node will do. */
  | { readonly type: 'reject'; readonly rejection: Rejection };

export interface Scorer {
  /** Any number; made comparable by `normalize`. */
  score(node: NodeInfo): number;
  /** Brings all nodes' scores to 0..100. Absent: they already are. */
  normalize?(scores: number[], nodes: readonly NodeInfo[]): void;
}

export interface World {
  readonly cluster: ClusterState;
  namespaceLabels(namespace: string): Labels | undefined;
  /** Selectors of the services and the controller that a pod belongs to: its like, which it should spread from. */
  ownersSelectors(pod: PodInfo): readonly LabelSelectorObject[];
  claim(namespace: string, name: string): V1PersistentVolumeClaim | undefined;
  volume(name: string): V1PersistentVolume | undefined;
  volumes(): Iterable<V1PersistentVolume>;
  storageClass(name: string): V1StorageClass | undefined;
}

/** What may happen in the cluster, for pods that wait until something helps them. */
export type ClusterEvent =
  | 'node-added'
  | 'node-allocatable'
  | 'node-labels'
  | 'node-taints'
  | 'pod-bound'
  | 'pod-removed'
  | 'pod-labels'
  | 'namespace-labels'
  | 'claims';

export interface Plugin {
  readonly name: string;
  /** Events after which a pod that this plugin rejected may fit. */
  readonly helpedBy: readonly ClusterEvent[];
  prepare?(pod: PodInfo, world: World): Preparation;
  /** Undefined: nothing to say about this pod. */
  scorer?(pod: PodInfo, world: World, feasible: readonly NodeInfo[]): Scorer | undefined;
  /** Of the score among the others' scores. */
  readonly weight?: number;
}

export const PASS: Preparation = { type: 'pass' };
export const SCORE_MAX = 100;

/** Scores from 0 to the highest become 0 to 100, or 100 to 0 when less is better. */
export function normalizeByMax(scores: number[], lessIsBetter: boolean): void {
  const max = Math.max(0, ...scores);
  for (let at = 0; at < scores.length; at++) {
    const share = max === 0 ? 0 : Math.floor((SCORE_MAX * (scores[at] ?? 0)) / max);
    scores[at] = lessIsBetter ? SCORE_MAX - share : share;
  }
}
