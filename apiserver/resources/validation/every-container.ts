/** The containers of a pod of all three sorts, in the order in which upstream visits them. */
import type { V1Container, V1PodSpec } from '../../../generated/kubernetes.d.ts';

export interface ContainerAt {
  readonly container: V1Container;
  readonly path: string;
}

export function everyContainer(spec: V1PodSpec, path: string): ContainerAt[] {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
  return lists.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, path: `${path}.${list}[${index}]` })),
  );
}
