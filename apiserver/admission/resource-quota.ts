/**
 * ResourceQuotas: what a namespace may use in all. A request is charged to every quota that it counts for before it is
 * written, so that no number of clients together gets more than the limit.
 *
 * Invariants: the requests of a namespace are charged one batch after the other, on what the store has, and each charge is
 * a compare-and-swap of the quota's status: also several API servers together never exceed a limit. What fails after it
 * was charged stays charged until the quota controller counts anew.
 */
import type { ObjectCache } from '../auth/object-cache.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import type { Amounts } from './pod-resources.ts';
import { resources } from './pods.ts';
import { type Charges, charged, checkQuotas, reversed } from './quota/check-quotas.ts';
import type { QuotaEvaluator } from './quota/evaluator.ts';
import type { QuotaObject } from './quota/quota-object.ts';
import { evaluatorOf } from './quota/usage.ts';
import { refuse } from './refusal.ts';

interface Waiting {
  readonly attributes: AdmissionAttributes;
  readonly evaluator: QuotaEvaluator;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One request of a batch that fits: what it is charged. */
interface Fitting {
  readonly waiting: Waiting;
  readonly charges: Charges;
}

const ATTEMPTS_MAX = 5;

export class ResourceQuota implements AdmissionStep {
  readonly name = 'ResourceQuota';
  readonly #cache: ObjectCache;
  readonly #evaluators = new Map<ResourceRow, QuotaEvaluator | undefined>();
  /** The requests of each namespace that wait while a batch of it is under way. */
  readonly #queues = new Map<string, Waiting[]>();

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && row.namespaced;
  }

  validate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    const { row, namespace } = attributes;
    if (namespace === '' || !this.#hasQuotas(namespace)) return;
    const evaluator = this.#evaluatorOf(row);
    if (evaluator === undefined || !evaluator.handles(attributes)) return;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { attributes, evaluator, resolve, reject };
      const queue = this.#queues.get(namespace);
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      this.#queues.set(namespace, [waiting]);
      void this.#work(namespace, services);
    });
  }

  #hasQuotas(namespace: string): boolean {
    for (const _ of this.#cache.list(resources.resourceQuotas, namespace)) return true;
    return false;
  }

  #evaluatorOf(row: ResourceRow): QuotaEvaluator | undefined {
    if (!this.#evaluators.has(row)) this.#evaluators.set(row, evaluatorOf(row));
    return this.#evaluators.get(row);
  }

  async #work(namespace: string, services: RegistryServices): Promise<void> {
    for (;;) {
      const batch = this.#queues.get(namespace)?.splice(0) ?? [];
      if (batch.length === 0) break;
      try {
        await this.#judge(namespace, batch, services, 1);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#queues.delete(namespace);
  }

  async #judge(
    namespace: string,
    batch: readonly Waiting[],
    services: RegistryServices,
    attempt: number,
  ): Promise<void> {
    const found = (await services.list(resources.resourceQuotas, namespace)) as readonly QuotaObject[];
    const quotas = new Map(found.map((quota) => [quota.metadata.name ?? '', quota]));
    const fitting: Fitting[] = [];
    for (const waiting of batch) {
      const charges = checkQuotas([...quotas.values()], waiting.attributes, waiting.evaluator);
      if (typeof charges === 'string') {
        waiting.reject(refuse(waiting.attributes, charges));
        continue;
      }
      if (waiting.attributes.dryRun || charges.size === 0) {
        waiting.resolve();
        continue;
      }
      fitting.push({ waiting, charges });
      for (const [name, charge] of charges) {
        const quota = quotas.get(name);
        if (quota !== undefined) quotas.set(name, charged(quota, charge));
      }
    }
    if (fitting.length > 0) await this.#charge(namespace, found, quotas, fitting, services, attempt);
  }

  /** Writes the new usage of every quota; if one was changed meanwhile, takes back what was written and judges again. */
  async #charge(
    namespace: string,
    before: readonly QuotaObject[],
    after: ReadonlyMap<string, QuotaObject>,
    fitting: readonly Fitting[],
    services: RegistryServices,
    attempt: number,
  ): Promise<void> {
    const written: string[] = [];
    for (const quota of before) {
      const name = quota.metadata.name ?? '';
      const wanted = after.get(name);
      if (wanted === undefined || wanted === quota) continue;
      if (await swapStatus(namespace, quota, wanted, services)) {
        written.push(name);
        continue;
      }
      for (const done of written) await giveBack(namespace, done, fitting, services);
      const batch = fitting.map(({ waiting }) => waiting);
      if (attempt < ATTEMPTS_MAX) return this.#judge(namespace, batch, services, attempt + 1);
      for (const { attributes, reject } of batch) {
        reject(refuse(attributes, `quota ${name} could not be charged: it changed ${ATTEMPTS_MAX} times meanwhile`));
      }
      return;
    }
    for (const { waiting } of fitting) waiting.resolve();
  }
}

/** True when the quota was still as `read`, or is gone: then nothing limits any more. */
async function swapStatus(
  namespace: string,
  read: QuotaObject,
  wanted: QuotaObject,
  services: RegistryServices,
): Promise<boolean> {
  let swapped = true;
  await services
    .update(
      resources.resourceQuotas,
      namespace,
      read.metadata.name ?? '',
      (present) => {
        swapped = present.metadata.resourceVersion === read.metadata.resourceVersion;
        return swapped ? { ...present, status: wanted.status } : undefined;
      },
      { owned: 'status' },
    )
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  return swapped;
}

async function giveBack(
  namespace: string,
  name: string,
  fitting: readonly Fitting[],
  services: RegistryServices,
): Promise<void> {
  const charges = fitting.flatMap(({ charges: each }): Amounts[] => {
    const charge = each.get(name);
    return charge === undefined ? [] : [charge];
  });
  await services
    .update(
      resources.resourceQuotas,
      namespace,
      name,
      (present): KubeObject =>
        charges.reduce<QuotaObject>((quota, charge) => charged(quota, reversed(charge)), present as QuotaObject),
      { owned: 'status' },
    )
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 404;
}
