/** An ingress that names no class gets the default one. */
import type { ObjectCache } from '../auth/object-cache.ts';
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is, resources } from './pods.ts';
import { newest } from './storage-class-default.ts';

const MARK = 'ingressclass.kubernetes.io/is-default-class';
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

export class DefaultIngressClass implements AdmissionStep {
  readonly name = 'DefaultIngressClass';
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '' && is(row, 'networking.k8s.io', 'ingresses');
  }

  mutate({ object }: AdmissionAttributes): void {
    const spec = object?.spec as { ingressClassName?: string } | undefined;
    if (object === undefined || spec === undefined || spec.ingressClassName !== undefined) return;
    if (object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const marked = [...this.#cache.list(resources.ingressClasses)].filter(
      ({ metadata }) => metadata.annotations?.[MARK] === 'true',
    );
    const name = newest(marked)?.metadata.name;
    if (name !== undefined) spec.ingressClassName = name;
  }
}
