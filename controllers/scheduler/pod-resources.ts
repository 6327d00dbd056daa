/**
 * What a pod asks of a node (k8s.io/component-helpers/resource). All pure.
 *
 * CPU counts in thousandths, everything else in units (bytes, pieces). Containers add up; each init container must fit
 * together with the restartable ones (sidecars) before it; requests of the pod as a whole replace those of its containers;
 * the runtime's overhead comes on top.
 */
import { parseQuantity } from '../../base/quantity.ts';
import type { V1Container, V1Pod, V1ResourceRequirements } from '../../generated/kubernetes.d.ts';

/** Amounts by resource name. */
export type Resources = ReadonlyMap<string, number>;
type ResourceMap = Map<string, number>;
type Amounts = Readonly<Record<string, string>> | undefined;

/** For scoring only: what a container that asks for nothing is taken to need, so that such pods spread too. */
const ASSUMED_CPU_MILLI = 100;
const ASSUMED_MEMORY_BYTES = 200 * 1024 * 1024;

const parsed = (text: string, name: string): number => {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return 0;
  return name === 'cpu' ? quantity.milliValue : quantity.value;
};

export function resourcesOf(amounts: Amounts): Resources {
  const resources: ResourceMap = new Map();
  add(resources, amounts);
  return resources;
}

export function podRequests(pod: V1Pod): Resources {
  return sumRequests(pod, (resources) => resources?.requests);
}

/** CPU and memory with the assumed minimum for containers that name none. */
export function podRequestsForScoring(pod: V1Pod): { readonly cpuMilli: number; readonly memoryBytes: number } {
  const sum = sumRequests(pod, (resources) => ({
    cpu: `${ASSUMED_CPU_MILLI}m`,
    memory: String(ASSUMED_MEMORY_BYTES),
    ...resources?.requests,
  }));
  return { cpuMilli: sum.get('cpu') ?? 0, memoryBytes: sum.get('memory') ?? 0 };
}

function sumRequests(pod: V1Pod, requestsOf: (resources: V1ResourceRequirements | undefined) => Amounts): Resources {
  const sum: ResourceMap = new Map();
  for (const container of pod.spec?.containers ?? []) add(sum, requestsOf(container.resources));
  const sidecars: ResourceMap = new Map();
  const needed: ResourceMap = new Map();
  for (const container of pod.spec?.initContainers ?? []) {
    const requests = requestsOf(container.resources);
    if (isSidecar(container)) {
      add(sum, requests);
      add(sidecars, requests);
      raise(needed, sidecars);
    } else {
      const together = new Map(sidecars);
      add(together, requests);
      raise(needed, together);
    }
  }
  raise(sum, needed);
  for (const [name, text] of Object.entries(pod.spec?.resources?.requests ?? {})) {
    if (name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')) sum.set(name, parsed(text, name));
  }
  add(sum, pod.spec?.overhead);
  return sum;
}

function isSidecar(container: V1Container): boolean {
  return container.restartPolicy === 'Always';
}

function add(sum: ResourceMap, amounts: Amounts): void {
  if (amounts === undefined) return;
  for (const name in amounts) sum.set(name, (sum.get(name) ?? 0) + parsed(amounts[name] ?? '0', name));
}

function raise(sum: ResourceMap, to: ResourceMap): void {
  for (const [name, value] of to) if (value > (sum.get(name) ?? 0)) sum.set(name, value);
}
