/**
 * One scheduling decision: filter the nodes, score those that are left, take the best, by lot among equals
 * (k8s.io/kubernetes/pkg/scheduler/schedule_one.go). Pure, but for the lot.
 *
 * In large clusters not all nodes are looked at: the search stops when enough fit, and the next one begins where it ended.
 */
import type { Random } from '../../base/random.ts';
import { fitMessage } from './fit-message.ts';
import type { NodeInfo } from './node-info.ts';
import type { NodeFilter, Plugin, Rejection, World } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';

/** Below this, every node that fits is found. */
const FEASIBLE_MIN = 100;
const PERCENT_MIN = 5;

export interface SearchOptions {
  readonly plugins: readonly Plugin[];
  readonly random: Random;
  /** Where the search begins among the nodes. */
  readonly startAt: number;
  /** Pods that are about to come to a node because others made room for them. */
  nominatedOn(nodeName: string): readonly PodInfo[];
  /** The node that was promised to this pod. */
  readonly nominated?: string;
}

export interface Failure {
  /** By node; nodes that were not looked at are absent. */
  readonly rejections: ReadonlyMap<string, Rejection>;
  /** The plugins that stand in the way. */
  readonly plugins: ReadonlySet<string>;
  readonly nodes: number;
  /** A plugin said no to all nodes at once. */
  readonly rejected?: Rejection;
  /** Why nodes that were not looked at were left out. */
  readonly leftOut?: string;
}

export type Decision =
  | {
      readonly type: 'fits';
      readonly nodeName: string;
      readonly feasible: number;
      readonly processed: number;
      readonly words: string;
    }
  | { readonly type: 'fails'; readonly failure: Failure; readonly message: string; readonly processed: number };

export interface Filters {
  readonly filters: readonly NodeFilter[];
  /** Absent: all nodes. */
  readonly onlyNodes?: ReadonlySet<string>;
  readonly onlyNodesPlugins: readonly string[];
}

export function schedulePod(pod: PodInfo, world: World, options: SearchOptions): Decision {
  const { nodes } = world.cluster;
  const prepared = prepareFilters(pod, world, options.plugins);
  if ('reasons' in prepared) {
    const plugins = new Set([prepared.plugin]);
    const failure = { rejections: new Map(), plugins, nodes: nodes.length, rejected: prepared };
    return { type: 'fails', failure, message: messageFor(failure), processed: 0 };
  }
  const { feasible, rejections, processed } = search(pod, world, prepared, options);
  if (feasible.length > 0) return { ...best(pod, world, feasible, options), processed };
  const plugins = new Set<string>(prepared.onlyNodesPlugins);
  for (const { plugin } of rejections.values()) plugins.add(plugin);
  const failure: Failure = {
    rejections,
    plugins,
    nodes: nodes.length,
    ...(prepared.onlyNodes === undefined
      ? {}
      : { leftOut: `node(s) didn't satisfy plugin(s) [${prepared.onlyNodesPlugins.join(' ')}]` }),
  };
  return { type: 'fails', failure, message: messageFor(failure), processed };
}

/** All that plugins have to say before nodes are looked at; a rejection when none will do. */
export function prepareFilters(pod: PodInfo, world: World, plugins: readonly Plugin[]): Filters | Rejection {
  const filters: NodeFilter[] = [];
  let onlyNodes: ReadonlySet<string> | undefined;
  const onlyNodesPlugins: string[] = [];
  for (const plugin of plugins) {
    const said = plugin.prepare?.(pod, world);
    if (said === undefined || said.type === 'pass') continue;
    if (said.type === 'reject') return said.rejection;
    filters.push(said.filter);
    if (said.onlyNodes === undefined) continue;
    onlyNodesPlugins.push(plugin.name);
    const both: ReadonlySet<string> = said.onlyNodes;
    onlyNodes = onlyNodes === undefined ? both : new Set([...onlyNodes].filter((name) => both.has(name)));
  }
  return { filters, onlyNodesPlugins, ...(onlyNodes === undefined ? {} : { onlyNodes }) };
}

/**
 * Whether a pod fits a node. Pods of no lower priority that were promised the node are taken to be on it; and it must also
 * fit without them, since they may never come.
 */
export function fitsNode(
  pod: PodInfo,
  node: NodeInfo,
  filters: readonly NodeFilter[],
  nominated: readonly PodInfo[],
): Rejection | undefined {
  const coming = nominated.filter((other) => other.uid !== pod.uid && other.priority >= pod.priority);
  const absent = coming.filter(({ uid }) => !node.pods.has(uid));
  if (absent.length > 0) {
    for (const other of absent) node.addPod(other);
    const rejection = firstRejection(node, filters);
    for (const other of absent) node.removePod(other.uid);
    if (rejection !== undefined) return rejection;
  }
  return firstRejection(node, filters);
}

function firstRejection(node: NodeInfo, filters: readonly NodeFilter[]): Rejection | undefined {
  for (const filter of filters) {
    const rejection = filter(node);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

function search(
  pod: PodInfo,
  world: World,
  { filters, onlyNodes }: Filters,
  options: SearchOptions,
): { feasible: NodeInfo[]; rejections: Map<string, Rejection>; processed: number } {
  const rejections = new Map<string, Rejection>();
  const feasible: NodeInfo[] = [];
  const consider = (node: NodeInfo): void => {
    const rejection = fitsNode(pod, node, filters, options.nominatedOn(node.name));
    if (rejection === undefined) feasible.push(node);
    else rejections.set(node.name, rejection);
  };
  const promised = options.nominated === undefined ? undefined : world.cluster.node(options.nominated);
  if (promised !== undefined) {
    consider(promised);
    if (feasible.length > 0) return { feasible, rejections, processed: 0 };
  }
  if (onlyNodes !== undefined) {
    for (const name of onlyNodes) {
      const node = world.cluster.node(name);
      if (node !== undefined) consider(node);
    }
    return { feasible, rejections, processed: 0 };
  }
  const { nodes } = world.cluster;
  const enough = feasibleEnough(nodes.length);
  let processed = 0;
  for (; processed < nodes.length && feasible.length < enough; processed++) {
    const node = nodes[(options.startAt + processed) % nodes.length];
    if (node !== undefined) consider(node);
  }
  return { feasible, rejections, processed };
}

/** How many nodes that fit are enough: all of 100, half of more, fewer and fewer percent of thousands. */
export function feasibleEnough(nodes: number): number {
  if (nodes < FEASIBLE_MIN) return nodes;
  const percent = Math.max(PERCENT_MIN, 50 - Math.floor(nodes / 125));
  return Math.max(FEASIBLE_MIN, Math.floor((nodes * percent) / 100));
}

function best(
  pod: PodInfo,
  world: World,
  feasible: readonly NodeInfo[],
  { plugins, random }: SearchOptions,
): Omit<Extract<Decision, { type: 'fits' }>, 'processed'> {
  const only = feasible[0];
  if (feasible.length === 1 && only !== undefined) {
    return { type: 'fits', nodeName: only.name, feasible: 1, words: `${only.name} is the only node that fits` };
  }
  const totals = new Array<number>(feasible.length).fill(0);
  for (const { scorer, weight = 1 } of plugins) {
    const found = scorer?.(pod, world, feasible);
    if (found === undefined) continue;
    const scores = feasible.map((node) => found.score(node));
    found.normalize?.(scores, feasible);
    for (let at = 0; at < totals.length; at++) totals[at] = (totals[at] ?? 0) + weight * (scores[at] ?? 0);
  }
  const highest = Math.max(...totals);
  const winners = feasible.filter((_, at) => totals[at] === highest);
  const winner = winners[winners.length === 1 ? 0 : random.below(winners.length)] as NodeInfo;
  const among = winners.length === 1 ? '' : `, by lot among ${winners.length}`;
  const words = `${winner.name} scores highest (${highest}) of ${feasible.length} nodes that fit${among}`;
  return { type: 'fits', nodeName: winner.name, feasible: feasible.length, words };
}

function messageFor({ rejections, nodes, rejected, leftOut }: Failure): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  return fitMessage(nodes, rejections.values(), rejected, leftOut);
}
