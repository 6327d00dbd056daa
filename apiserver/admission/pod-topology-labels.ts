/** A pod gets the zone and the region of its node as labels, so that it can read them about itself. */
import type { ObjectCache } from '../auth/object-cache.ts';
import type { KubeObject, ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { isPods, podOf, resources } from './pods.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

export class PodTopologyLabels implements AdmissionStep {
  readonly name = 'PodTopologyLabels';
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && isPods(row) && (subresource === '' || subresource === 'binding');
  }

  /** Those of a binding become the pod's. */
  mutate({ object, subresource }: AdmissionAttributes): void {
    if (object === undefined) return;
    const nodeName = subresource === 'binding' ? targetOf(object) : podOf(object)?.spec.nodeName;
    if (nodeName === undefined || nodeName === '') return;
    const node = this.#cache.get(resources.nodes, undefined, nodeName);
    const found = LABELS.flatMap((label) => {
      const value = node?.metadata.labels?.[label];
      return value === undefined ? [] : [[label, value] as const];
    });
    if (found.length > 0) object.metadata.labels = { ...object.metadata.labels, ...Object.fromEntries(found) };
  }
}

function targetOf(binding: KubeObject): string | undefined {
  const { kind, name } = (binding.target ?? {}) as { kind?: string; name?: string };
  return kind === 'Node' ? name : undefined;
}
