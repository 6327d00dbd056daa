/** A claim grows only when it is bound and its class allows it. */
import { quantityOf } from '../../base/quantity.ts';
import type { V1PersistentVolumeClaim } from '../../generated/kubernetes.d.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is, resources } from './pods.ts';
import { refuse } from './refusal.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

type Claim = Pick<V1PersistentVolumeClaim, 'spec' | 'status'> & {
  readonly metadata: { readonly annotations?: Record<string, string> };
};

export class PersistentVolumeClaimResize implements AdmissionStep {
  readonly name = 'PersistentVolumeClaimResize';
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'UPDATE' && subresource === '' && is(row, '', 'persistentvolumeclaims');
  }

  validate(attributes: AdmissionAttributes): void {
    const claim = attributes.object as Claim | undefined;
    const old = attributes.old as Claim | undefined;
    if (claim === undefined || old === undefined || requested(claim).compare(requested(old)) <= 0) return;
    if (old.status?.phase !== 'Bound') {
      throw refuse(attributes, 'Only bound persistent volume claims can be expanded');
    }
    if (this.#allowed(classOf(claim), classOf(old))) return;
    throw refuse(
      attributes,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  }

  #allowed(name: string, before: string): boolean {
    if (name === '' || name !== before) return false;
    return this.#cache.get(resources.storageClasses, undefined, name)?.allowVolumeExpansion === true;
  }
}

function requested(claim: Claim): ReturnType<typeof quantityOf> {
  return quantityOf(claim.spec?.resources?.requests?.storage);
}

function classOf({ metadata, spec }: Claim): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '';
}
