/** Pods may keep others off their node, and not off a whole zone, which one of them could then have for itself. */
import type { ResourceRow } from '../machinery/resource-row.ts';
import { forbidden } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { isPods, podOf } from './pods.ts';

const HOSTNAME = 'kubernetes.io/hostname';

export class LimitPodHardAntiAffinityTopology implements AdmissionStep {
  readonly name = 'LimitPodHardAntiAffinityTopology';

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && isPods(row);
  }

  validate({ object, row }: AdmissionAttributes): void {
    const pod = podOf(object);
    const terms = pod?.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const wide = terms.find(({ topologyKey }) => topologyKey !== HOSTNAME);
    if (wide === undefined) return;
    throw forbidden(
      row,
      pod?.metadata.name ?? '',
      `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key ${HOSTNAME} is allowed`,
    );
  }
}
