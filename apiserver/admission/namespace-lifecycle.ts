/**
 * Nothing is made in a namespace that does not exist or is going away, and the namespaces that a cluster cannot do
 * without are not deleted.
 */
import type { Clock } from '../../base/clock.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { forbidden, notFound } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is, resources } from './pods.ts';
import { refuse } from './refusal.ts';

const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);
/** How long a namespace that was told to go is looked up in the store, because the cache may not know yet. */
const LIVE_LOOKUP_MS = 30_000;

export class NamespaceLifecycle implements AdmissionStep {
  readonly name = 'NamespaceLifecycle';
  readonly #cache: ObjectCache;
  readonly #clock: Clock;
  /** Namespaces deleted lately, and until when that is worth remembering. */
  readonly #leaving = new Map<string, number>();

  constructor(cache: ObjectCache, clock: Clock) {
    this.#cache = cache;
    this.#clock = clock;
  }

  handles(operation: AdmissionOperation, row: ResourceRow): boolean {
    if (is(row, '', 'namespaces')) return operation === 'DELETE';
    if (!row.namespaced || operation === 'DELETE' || operation === 'CONNECT') return false;
    // An access review that failed here would tell which namespaces exist.
    return !is(row, 'authorization.k8s.io', 'localsubjectaccessreviews');
  }

  mutate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    if (attributes.operation === 'DELETE') return this.#leave(attributes);
    const { namespace } = attributes;
    const known = this.#cache.get(resources.namespaces, undefined, namespace);
    const doubtful = known !== undefined && !isTerminating(known) && this.#isLeaving(namespace);
    if (known !== undefined && !doubtful) return judge(attributes, known);
    return this.#askStore(attributes, services);
  }

  #leave({ row, name }: AdmissionAttributes): void {
    if (IMMORTAL.has(name)) throw forbidden(row, name, 'this namespace may not be deleted');
    const nowMs = this.#clock.monotonicMs();
    for (const [each, untilMs] of this.#leaving) if (untilMs <= nowMs) this.#leaving.delete(each);
    this.#leaving.set(name, nowMs + LIVE_LOOKUP_MS);
  }

  #isLeaving(namespace: string): boolean {
    const untilMs = this.#leaving.get(namespace);
    return untilMs !== undefined && untilMs > this.#clock.monotonicMs();
  }

  async #askStore(attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const found = await services.get(resources.namespaces, undefined, attributes.namespace);
    if (found === undefined) throw notFound(resources.namespaces, attributes.namespace);
    judge(attributes, found);
  }
}

function judge(attributes: AdmissionAttributes, namespace: KubeObject): void {
  if (attributes.operation !== 'CREATE' || !isTerminating(namespace)) return;
  const name = attributes.namespace;
  throw refuse(attributes, `unable to create new content in namespace ${name} because it is being terminated`, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${name} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}

function isTerminating(namespace: KubeObject): boolean {
  return (namespace.status as { phase?: string } | undefined)?.phase === 'Terminating';
}
