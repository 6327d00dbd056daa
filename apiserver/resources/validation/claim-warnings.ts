/** Advice about the specs of persistent volume claims (pkg/api/persistentvolumeclaim). */
import type { V1PersistentVolumeClaimSpec } from '../../../generated/kubernetes.d.ts';
import { fractionalByteWarnings } from './quantity-warnings.ts';

export function claimSpecWarnings({ resources }: V1PersistentVolumeClaimSpec, path: string): string[] {
  return [
    ...fractionalByteWarnings(resources?.requests, ['storage'], `${path}.resources.requests`),
    ...fractionalByteWarnings(resources?.limits, ['storage'], `${path}.resources.limits`),
  ];
}
