/** What a Pod Security check is, and how its findings are put into words. */
import type { V1Container, V1PodSpec } from '../../../generated/kubernetes.d.ts';

export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: V1PodSpec;
}

/** Why a pod is not allowed: in few words, and what in it. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export interface CheckVersion {
  /** The minor version of Kubernetes since which it holds, until the next one's. */
  readonly since: number;
  judge(pod: CheckedPod): Violation | undefined;
  /** Checks of the baseline that this one makes superfluous. */
  readonly overrides?: readonly string[];
}

export interface Check {
  /** Violations are listed in the order of ids, those of the baseline first. */
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** In ascending order. */
  readonly versions: readonly CheckVersion[];
}

/** In the order in which they are named: init, others, ephemeral. */
export function allContainers(spec: V1PodSpec): V1Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

/** `container "a"`, `containers "a", "b"`. */
export function containersNamed(names: readonly string[]): string {
  return `${plural('container', names.length)} ${quotedList(names)}`;
}

export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

export function quotedList(items: readonly string[]): string {
  return items.length === 0 ? '' : `"${items.join('", "')}"`;
}

/** In byte order, without repetition. */
export function sorted(items: Iterable<string>): string[] {
  return [...new Set(items)].sort();
}

/** `pod and containers "a", "b"`: who set something at the level of the pod or of containers. */
export function setters(pod: boolean, containers: readonly string[]): string[] {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containersNamed(containers)] : [])];
}

/** The pod runs in a user namespace: root inside is nobody outside. */
export function inUserNamespace(spec: V1PodSpec): boolean {
  return spec.hostUsers === false;
}
