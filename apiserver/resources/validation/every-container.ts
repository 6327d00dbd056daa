/** The containers of a pod of all three sorts, in the order in which upstream visits them. */
import type { V1Container, V1PodSpec } from '../../../generated/kubernetes.d.ts';

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

export interface ContainerAt {
  readonly container: V1Container;
  readonly path: string;
}

export function everyContainer(spec: V1PodSpec, path: string): ContainerAt[] {
  const found: ContainerAt[] = [];
  for (const list of LISTS) {
    const containers = spec[list];
    if (containers === undefined) continue;
    for (const [index, container] of containers.entries()) {
      found.push({ container, path: `${path}.${list}[${index}]` });
    }
  }
  return found;
}
