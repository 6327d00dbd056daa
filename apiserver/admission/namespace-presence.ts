/** What becomes of requests in namespaces that do not exist: `NamespaceAutoProvision` makes these, `NamespaceExists` refuses. */
import type { ObjectCache } from '../auth/object-cache.ts';
import type { RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { notFound, StatusError } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { resources } from './pods.ts';

abstract class NamespaceStep {
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  /** The cache may be behind. */
  protected async missing(namespace: string, services: RegistryServices): Promise<boolean> {
    if (this.#cache.get(resources.namespaces, undefined, namespace) !== undefined) return false;
    return (await services.get(resources.namespaces, undefined, namespace)) === undefined;
  }
}

export class NamespaceAutoProvision extends NamespaceStep implements AdmissionStep {
  readonly name = 'NamespaceAutoProvision';

  handles(operation: AdmissionOperation, row: ResourceRow): boolean {
    return operation === 'CREATE' && row.namespaced;
  }

  async mutate({ namespace: name, dryRun }: AdmissionAttributes, services: RegistryServices): Promise<void> {
    if (dryRun || !(await this.missing(name, services))) return;
    try {
      await services.create(resources.namespaces, {
        metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
    } catch (thrown) {
      // Somebody else wanted it, too.
      if (!(thrown instanceof StatusError) || thrown.reason !== 'AlreadyExists') throw thrown;
    }
  }
}

export class NamespaceExists extends NamespaceStep implements AdmissionStep {
  readonly name = 'NamespaceExists';

  handles(operation: AdmissionOperation, row: ResourceRow): boolean {
    return operation !== 'CONNECT' && row.namespaced;
  }

  async validate({ namespace }: AdmissionAttributes, services: RegistryServices): Promise<void> {
    if (await this.missing(namespace, services)) throw notFound(resources.namespaces, namespace);
  }
}
