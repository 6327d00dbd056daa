/**
 * A node as the scheduler sees it: what it has, what the pods on it take, and those pods in groups of equals.
 *
 * Groups are what keeps scheduling fast: 2,000 pods of one Deployment are one group a node, and affinity and spread are
 * counted over groups, not over pods.
 *
 * Invariant: sums, ports and groups are exactly those of `pods`.
 */
import type { V1Node } from '../../generated/kubernetes.d.ts';
import { labelsOf } from '../runtime/metadata.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { type Resources, resourcesOf } from './pod-resources.ts';

export interface PodGroup {
  /** One of them, standing for all. */
  readonly example: PodInfo;
  count: number;
}

const NOTHING: Resources = new Map();

export class NodeInfo {
  readonly name: string;
  /** Absent while pods are known to be on it and the node itself is not. */
  node: V1Node | undefined;
  labels: Readonly<Record<string, string>> = {};
  allocatable: Resources = NOTHING;
  podsMax = 0;
  readonly requested = new Map<string, number>();
  cpuForScoring = 0;
  memoryForScoring = 0;
  readonly pods = new Map<string, PodInfo>();
  readonly groups = new Map<string, PodGroup>();
  /** Groups with affinity or anti-affinity terms of their own. */
  readonly groupsWithTerms = new Map<string, PodGroup>();
  /** Of those, the ones that keep others away. */
  groupsWithRequiredAntiAffinity = 0;
  readonly #ports = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  setNode(node: V1Node | undefined): void {
    this.node = node;
    this.labels = node === undefined ? {} : labelsOf(node);
    this.allocatable = node === undefined ? NOTHING : resourcesOf(node.status?.allocatable);
    this.podsMax = this.allocatable.get('pods') ?? 0;
  }

  addPod(info: PodInfo): void {
    this.pods.set(info.uid, info);
    this.#account(info, 1);
    for (const port of info.hostPorts) this.#countPort(port, 1);
    const group = this.groups.get(info.signature);
    if (group !== undefined) {
      group.count++;
      return;
    }
    const created: PodGroup = { example: info, count: 1 };
    this.groups.set(info.signature, created);
    if (hasTerms(info)) this.groupsWithTerms.set(info.signature, created);
    if (info.terms.requiredAntiAffinity.length > 0) this.groupsWithRequiredAntiAffinity++;
  }

  removePod(uid: string): void {
    const info = this.pods.get(uid);
    if (info === undefined) return;
    this.pods.delete(uid);
    this.#account(info, -1);
    for (const port of info.hostPorts) this.#countPort(port, -1);
    const group = this.groups.get(info.signature);
    if (group === undefined) return;
    group.count--;
    if (group.count > 0) return;
    this.groups.delete(info.signature);
    this.groupsWithTerms.delete(info.signature);
    if (info.terms.requiredAntiAffinity.length > 0) this.groupsWithRequiredAntiAffinity--;
  }

  /** Whether a host port is taken: the address 0.0.0.0 stands for all. */
  portTaken({ protocol, address, port }: HostPort): boolean {
    if (this.#ports.size === 0) return false;
    if (this.#ports.has(`${protocol} 0.0.0.0 ${port}`)) return true;
    if (address !== '0.0.0.0') return this.#ports.has(`${protocol} ${address} ${port}`);
    for (const taken of this.#ports.keys()) {
      if (taken.startsWith(`${protocol} `) && taken.endsWith(` ${port}`)) return true;
    }
    return false;
  }

  #account(info: PodInfo, sign: 1 | -1): void {
    for (const [name, amount] of info.requests) {
      this.requested.set(name, (this.requested.get(name) ?? 0) + sign * amount);
    }
    this.cpuForScoring += sign * info.scoring.cpuMilli;
    this.memoryForScoring += sign * info.scoring.memoryBytes;
  }

  #countPort({ protocol, address, port }: HostPort, sign: 1 | -1): void {
    const key = `${protocol} ${address} ${port}`;
    const count = (this.#ports.get(key) ?? 0) + sign;
    if (count > 0) this.#ports.set(key, count);
    else this.#ports.delete(key);
  }
}

function hasTerms({ terms }: PodInfo): boolean {
  return (
    terms.requiredAffinity.length > 0 ||
    terms.requiredAntiAffinity.length > 0 ||
    terms.preferredAffinity.length > 0 ||
    terms.preferredAntiAffinity.length > 0
  );
}
