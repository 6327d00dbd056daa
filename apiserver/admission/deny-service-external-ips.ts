/** A service with an external address draws the traffic to it to itself, whoever it belongs to: none is let in anew. */
import type { KubeObject, ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is } from './pods.ts';
import { refuse } from './refusal.ts';

export class DenyServiceExternalIPs implements AdmissionStep {
  readonly name = 'DenyServiceExternalIPs';

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && is(row, '', 'services');
  }

  validate(attributes: AdmissionAttributes): void {
    const before = addressesOf(attributes.old);
    if (addressesOf(attributes.object).every((address) => before.includes(address))) return;
    throw refuse(attributes, 'Use of external IPs is denied by admission control');
  }
}

function addressesOf(service: KubeObject | undefined): readonly string[] {
  return (service?.spec as { externalIPs?: string[] | null } | undefined)?.externalIPs ?? [];
}
