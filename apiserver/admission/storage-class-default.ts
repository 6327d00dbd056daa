/** A claim that names no class gets the default one: the newest of those marked so. */
import type { ObjectCache } from '../auth/object-cache.ts';
import type { KubeObject, ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is, resources } from './pods.ts';

const MARKS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export class DefaultStorageClass implements AdmissionStep {
  readonly name = 'DefaultStorageClass';
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '' && is(row, '', 'persistentvolumeclaims');
  }

  mutate({ object }: AdmissionAttributes): void {
    const spec = object?.spec as { storageClassName?: string } | undefined;
    if (object === undefined || spec === undefined) return;
    if (object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined || spec.storageClassName !== undefined) return;
    const marked = [...this.#cache.list(resources.storageClasses)].filter(({ metadata }) =>
      MARKS.some((mark) => metadata.annotations?.[mark] === 'true'),
    );
    const name = newest(marked)?.metadata.name;
    if (name !== undefined) spec.storageClassName = name;
  }
}

/** The youngest, and of equally young ones the first by name. */
export function newest(objects: readonly KubeObject[]): KubeObject | undefined {
  const created = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';
  return objects.reduce<KubeObject | undefined>((best, each) => {
    if (best === undefined || created(each) > created(best)) return each;
    if (created(each) < created(best)) return best;
    return (each.metadata.name ?? '') < (best.metadata.name ?? '') ? each : best;
  }, undefined);
}
