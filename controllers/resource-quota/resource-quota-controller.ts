/**
 * Keeps the status of ResourceQuotas: what the objects of the namespace use of what is limited
 * (k8s.io/kubernetes/pkg/controller/resourcequota). The API server charges creations as they happen; this controller counts
 * anew when a quota changes, when something is given back, and every five minutes.
 */
import { Quantity, quantityOf } from '../../base/quantity.ts';
import type {
  ResourceV1ResourceClaim,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ResourceQuota,
  V1Service,
} from '../../generated/kubernetes.d.ts';
import type { ApiObject, ResourceRef } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { byNamespace } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { namespaceOf, type ObjectKey } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import type { ResourceCatalog } from '../runtime/resource-catalog.ts';
import { persistentVolumeClaims, pods, resourceQuotas, services } from '../runtime/resources.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import {
  addUsage,
  claimInScopes,
  claimUsage,
  DEVICES_SUFFIX,
  deviceUsage,
  givesBack,
  podInScopes,
  podUsage,
  serviceUsage,
  type Usage,
} from './quota-usage.ts';

const RESYNC_MS = 5 * 60 * 1000;
/**
 * An object is charged before it is there, and is there before an informer knows. Until a quota was left alone for so long,
 * a count may be too low, and is not believed where it is lower than what was charged.
 */
const SETTLE_MS = 1000;
/** What is given back within this time is counted together. */
const GIVE_BACK_MS = 500;
/** Kinds that old quotas count by their bare name. */
const BARE = ['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas'];

export class ResourceQuotaController implements Controller {
  readonly name = 'resourcequota-controller';
  readonly #deps: ControllerDeps;
  readonly #catalog: ResourceCatalog;
  readonly #quotas: Informer<V1ResourceQuota>;
  readonly #pods: Informer<V1Pod>;
  readonly #services: Informer<V1Service>;
  readonly #claims: Informer<V1PersistentVolumeClaim>;
  /** Informers of kinds that are only counted, made when a quota first names one. */
  readonly #counted = new Map<string, Informer<ApiObject>>();
  readonly #loop: ReconcileLoop;
  /** By namespace and name: when the API server last charged the quota, and what we wrote ourselves. */
  readonly #chargedMs = new Map<string, number>();
  readonly #written = new Map<string, Amounts>();

  constructor(deps: ControllerDeps, catalog: ResourceCatalog) {
    this.#deps = deps;
    this.#catalog = catalog;
    this.#loop = new ReconcileLoop(this, deps);
    this.#quotas = deps.informers.of<V1ResourceQuota>(resourceQuotas);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#services = deps.informers.of<V1Service>(services);
    this.#claims = deps.informers.optional<V1PersistentVolumeClaim>(persistentVolumeClaims);
    for (const informer of [this.#quotas, this.#pods, this.#services, this.#claims]) informer.addIndex(byNamespace);
    this.#quotas.subscribe({
      added: (quota) => this.#loop.enqueue(quota),
      updated: (quota, old) => {
        if (!semanticEqual(quota.spec, old.spec)) this.#loop.enqueue(quota);
        const used = quota.status?.used;
        if (sameAmounts(used, old.status?.used) || sameAmounts(used, this.#written.get(keyOf(quota)))) return;
        this.#chargedMs.set(keyOf(quota), this.#deps.clock.nowMs());
      },
      deleted: (quota) => {
        this.#chargedMs.delete(keyOf(quota));
        this.#written.delete(keyOf(quota));
      },
    });
    this.#pods.subscribe({
      updated: (pod, old) => {
        if (givesBack(pod, old)) this.#givenBack(pod);
      },
      deleted: (pod) => this.#givenBack(pod),
    });
    this.#services.subscribe({
      updated: (service, old) => {
        if (service.spec?.type !== old.spec?.type) this.#givenBack(service);
      },
      deleted: (service) => this.#givenBack(service),
    });
    this.#claims.subscribe({
      updated: (claim, old) => {
        if (!semanticEqual(shown(claimUsage(claim)), shown(claimUsage(old)))) this.#givenBack(claim);
      },
      deleted: (claim) => this.#givenBack(claim),
    });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { client } = context;
    const quota = this.#quotas.get(name, namespace);
    if (quota === undefined) return undefined;
    const hard = quota.spec?.hard ?? {};
    const usage = await this.#usage(quota, Object.keys(hard), context.nowMs);
    const key = keyOf(quota);
    const isNew = !sameAmounts(quota.status?.hard, hard);
    const unsettled = context.nowMs - (this.#chargedMs.get(key) ?? Number.NEGATIVE_INFINITY) < SETTLE_MS;
    const used = Object.fromEntries(
      Object.keys(hard).map((resource) => {
        const counted = usage.get(resource) ?? Quantity.ofInteger(0);
        const charged = quantityOf(quota.status?.used?.[resource]);
        return [resource, (unsettled && charged.compare(counted) > 0 ? charged : counted).toString()];
      }),
    );
    const status = { hard, used };
    if (isNew || !sameAmounts(quota.status?.used, used)) {
      this.#written.set(key, used);
      await client.update(resourceQuotas, { ...quota, status }, { subresource: 'status' });
      context.decided(() => `counted anew what ${namespace} uses of quota ${name}`);
    }
    return { requeueAfterMs: isNew || unsettled ? SETTLE_MS : RESYNC_MS };
  }

  async #usage(quota: V1ResourceQuota, resources: readonly string[], nowMs: number): Promise<Usage> {
    const namespace = namespaceOf(quota);
    const sum: Usage = new Map();
    const scoped = (quota.spec?.scopes ?? []).length > 0 || quota.spec?.scopeSelector !== undefined;
    for (const pod of this.#pods.by(byNamespace, namespace)) {
      if (!scoped || podInScopes(quota, pod)) addUsage(sum, podUsage(pod, nowMs));
    }
    for (const claim of this.#claims.by(byNamespace, namespace)) {
      if (!scoped || claimInScopes(quota, claim)) addUsage(sum, claimUsage(claim));
    }
    if (scoped) return sum;
    for (const service of this.#services.by(byNamespace, namespace)) addUsage(sum, serviceUsage(service));
    if (resources.some((resource) => resource.endsWith(DEVICES_SUFFIX))) {
      const claims = await this.#countedInformer('count/resourceclaims.resource.k8s.io');
      await claims?.synced;
      for (const claim of claims?.by(byNamespace, namespace) ?? [])
        addUsage(sum, deviceUsage(claim as ResourceV1ResourceClaim));
    }
    for (const resource of resources) {
      if (sum.has(resource)) continue;
      const informer = await this.#countedInformer(resource);
      if (informer === undefined) continue;
      await informer.synced;
      sum.set(resource, Quantity.ofInteger(informer.countBy(byNamespace, namespace)));
    }
    return sum;
  }

  /** For `count/deployments.apps` and for the few bare names. */
  async #countedInformer(resource: string): Promise<Informer<ApiObject> | undefined> {
    const known = this.#counted.get(resource);
    if (known !== undefined) return known;
    const plural = resource.startsWith('count/')
      ? resource.slice('count/'.length)
      : BARE.find((bare) => bare === resource);
    if (plural === undefined) return undefined;
    const full = ({ group, resource: name }: ResourceRef): string => (group === '' ? name : `${name}.${group}`);
    const ref = (await this.#catalog.list()).find((each) => each.namespaced && full(each) === plural);
    if (ref === undefined) return undefined;
    const informer = this.#deps.informers.optional<ApiObject>(ref);
    informer.addIndex(byNamespace);
    informer.subscribe({ deleted: (object) => this.#givenBack(object) });
    this.#counted.set(resource, informer);
    return informer;
  }

  #givenBack(object: ApiObject): void {
    for (const quota of this.#quotas.by(byNamespace, namespaceOf(object))) this.#loop.enqueueAfter(quota, GIVE_BACK_MS);
  }
}

function keyOf(quota: V1ResourceQuota): string {
  return `${namespaceOf(quota)}/${quota.metadata?.name}`;
}

function shown(usage: Usage): Record<string, string> {
  return Object.fromEntries([...usage].map(([name, amount]) => [name, amount.toString()]));
}

type Amounts = Readonly<Record<string, string>> | undefined;

function sameAmounts(a: Amounts, b: Amounts): boolean {
  return semanticEqual(a, b);
}
