/** Volumes and claims are not removed while something uses them: they begin with a finalizer that a controller takes off. */
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
};

export class StorageObjectInUseProtection implements AdmissionStep {
  readonly name = 'StorageObjectInUseProtection';

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '' && finalizerOf(row) !== undefined;
  }

  mutate({ object, row }: AdmissionAttributes): void {
    const finalizer = finalizerOf(row);
    if (object === undefined || finalizer === undefined) return;
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
  }
}

function finalizerOf(row: ResourceRow): string | undefined {
  return FINALIZERS[`${row.group}/${row.resource}`];
}
