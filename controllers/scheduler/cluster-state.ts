/**
 * What the scheduler knows of the cluster: nodes, and the pods on them, including those it has just decided on ("assumed")
 * and whose binding is still on its way. Assuming is what lets it decide on the next pod without waiting.
 *
 * Invariants: a pod is on at most one node; an assumed pod is confirmed by its event from the API, or forgotten when its
 * binding failed. `nodes` lists zones in turn, so that a search that stops early has looked at all of them.
 */
import type { V1Node, V1Pod } from '../../generated/kubernetes.d.ts';
import { nameOf, uidOf } from '../runtime/metadata.ts';
import { NodeInfo } from './node-info.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';

const ZONE = 'topology.kubernetes.io/zone';
const REGION = 'topology.kubernetes.io/region';

interface Placed {
  readonly info: PodInfo;
  readonly nodeName: string;
  readonly assumed: boolean;
}

export class ClusterState {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, Placed>();
  #ordered: readonly NodeInfo[] | undefined;

  /** All nodes, zones in turn. */
  get nodes(): readonly NodeInfo[] {
    this.#ordered ??= inTurn([...this.#nodes.values()].filter(({ node }) => node !== undefined));
    return this.#ordered;
  }

  node(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name);
    return info?.node === undefined ? undefined : info;
  }

  setNode(node: V1Node): void {
    const info = this.#ensure(nameOf(node));
    const zone = info.node === undefined ? undefined : zoneOf(info);
    info.setNode(node);
    if (zone !== zoneOf(info)) this.#ordered = undefined;
  }

  removeNode(name: string): void {
    this.#ordered = undefined;
    const info = this.#nodes.get(name);
    if (info === undefined) return;
    info.setNode(undefined);
    if (info.pods.size === 0) this.#nodes.delete(name);
  }

  /** A bound pod, as the API says it is: added, changed, or confirmed when it was assumed. */
  setPod(pod: V1Pod): void {
    const nodeName = pod.spec?.nodeName ?? '';
    this.#take(uidOf(pod));
    this.#put(podInfoOf(pod), nodeName, false);
  }

  removePod(uid: string): void {
    this.#take(uid);
  }

  assume(info: PodInfo, nodeName: string): void {
    this.#take(info.uid);
    this.#put(info, nodeName, true);
  }

  /** The binding failed. A pod that was confirmed meanwhile stays. */
  forget(uid: string): void {
    if (this.#placed.get(uid)?.assumed === true) this.#take(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#placed.get(uid)?.assumed === true;
  }

  isPlaced(uid: string): boolean {
    return this.#placed.has(uid);
  }

  #put(info: PodInfo, nodeName: string, assumed: boolean): void {
    this.#placed.set(info.uid, { info, nodeName, assumed });
    this.#ensure(nodeName).addPod(info);
  }

  #take(uid: string): void {
    const placed = this.#placed.get(uid);
    if (placed === undefined) return;
    this.#placed.delete(uid);
    const node = this.#nodes.get(placed.nodeName);
    node?.removePod(uid);
    if (node?.node === undefined && node?.pods.size === 0) this.#nodes.delete(placed.nodeName);
  }

  #ensure(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (info === undefined) {
      info = new NodeInfo(name);
      this.#nodes.set(name, info);
    }
    return info;
  }
}

function zoneOf({ labels }: NodeInfo): string {
  return `${labels[REGION] ?? ''}:${labels[ZONE] ?? ''}`;
}

function inTurn(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const node of nodes) {
    const zone = zones.get(zoneOf(node));
    if (zone === undefined) zones.set(zoneOf(node), [node]);
    else zone.push(node);
  }
  if (zones.size <= 1) return nodes;
  const ordered: NodeInfo[] = [];
  for (let at = 0; ordered.length < nodes.length; at++) {
    for (const zone of zones.values()) {
      const node = zone[at];
      if (node !== undefined) ordered.push(node);
    }
  }
  return ordered;
}
