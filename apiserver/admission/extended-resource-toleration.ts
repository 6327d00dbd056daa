/** Nodes with special devices are tainted with the resource's name; pods that ask for the resource tolerate the taint. */
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { isPods, podOf } from './pods.ts';

export class ExtendedResourceToleration implements AdmissionStep {
  readonly name = 'ExtendedResourceToleration';

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && isPods(row);
  }

  mutate({ object }: AdmissionAttributes): void {
    const spec = podOf(object)?.spec;
    if (spec === undefined) return;
    const names = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      Object.keys(resources?.requests ?? {}).filter(isExtended),
    );
    for (const key of [...new Set(names)].sort()) {
      const tolerations = spec.tolerations ?? [];
      const same = tolerations.some(
        (each) => each.key === key && each.operator === 'Exists' && each.effect === 'NoSchedule',
      );
      if (!same) spec.tolerations = [...tolerations, { key, operator: 'Exists', effect: 'NoSchedule' }];
    }
  }
}

/** A name outside `kubernetes.io`, as devices have: `example.com/gpu`. */
export function isExtended(resource: string): boolean {
  return resource.includes('/') && !resource.includes('kubernetes.io/') && !resource.startsWith('requests.');
}
