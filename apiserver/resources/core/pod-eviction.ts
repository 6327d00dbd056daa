/**
 * Eviction: a deletion that asks the pod's disruption budget first (pkg/registry/core/pod/storage/eviction.go). A budget
 * is spent by a compare-and-swap of its status, so that two evictions never spend the same disruption.
 */

import { timestamp } from '../../../base/clock.ts';
import { labelMatcher } from '../../../base/label-selector.ts';
import type { V1DeleteOptions, V1Eviction, V1Pod, V1PodDisruptionBudget } from '../../../generated/kubernetes.d.ts';
import type { KubeObject, RegistryServices, SpecialRequest, SubresourceRow } from '../../machinery/resource-row.ts';
import {
  badRequest,
  conflict,
  forbidden,
  notFound,
  StatusError,
  successStatus,
  tooManyRequests,
} from '../../machinery/status.ts';
import type { Filled } from '../row.ts';
import { setPodCondition } from './pod-conditions.ts';

const PODS = { group: '', resource: 'pods' };
const BUDGETS = { group: 'policy', resource: 'poddisruptionbudgets' };
const DISRUPTED_PODS_MAX = 2000;
const ATTEMPTS_MAX = 20;

type Pod = Filled<V1Pod> & KubeObject;
type Budget = Filled<V1PodDisruptionBudget> & KubeObject;

export const podEviction: SubresourceRow = {
  type: 'special',
  verbs: ['create'],
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  model: 'V1Eviction',
  async handle(request, services) {
    const eviction = request.body as (KubeObject & V1Eviction) | undefined;
    if (eviction === undefined) throw badRequest('not a Eviction object');
    if (eviction.metadata.name !== request.name) {
      throw badRequest('name in URL does not match name in Eviction object');
    }
    const options = eviction.deleteOptions ?? {};
    const dryRun = request.dryRun || (options.dryRun ?? []).length > 0;
    const object = await evict({ ...request, dryRun }, options, services);
    return { code: (object as { code?: number }).code ?? 201, object };
  },
};

async function evict(
  request: SpecialRequest,
  options: V1DeleteOptions,
  services: RegistryServices,
): Promise<KubeObject> {
  for (let attempt = 1; ; attempt++) {
    const pod = (await services.get(PODS, request.namespace, request.name)) as Pod | undefined;
    if (pod === undefined) throw notFound(PODS, request.name);
    try {
      const refusal = await evictOnce(pod, request, options, services);
      return refusal ?? successStatus(201);
    } catch (error) {
      const lostRace = error instanceof StatusError && error.code === 409 && !resourceVersionOf(options);
      if (!lostRace || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

/** Answers a refusal that is not thrown, as upstream does, or undefined once the pod is being deleted. */
async function evictOnce(
  pod: Pod,
  request: SpecialRequest,
  options: V1DeleteOptions,
  services: RegistryServices,
): Promise<KubeObject | undefined> {
  if (needsNoBudget(pod)) {
    const exactly = pod.status.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined;
    await deletePod(pod, request, options, services, exactly);
    return undefined;
  }
  const [budget, ...more] = await budgetsOf(pod, services);
  if (more.length > 0) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    return { ...new StatusError({ code: 500, reason: '', message }).toStatus() };
  }
  if (budget === undefined) await deletePod(pod, request, options, services, false);
  else if (unhealthyMayGo(pod, budget)) {
    try {
      await deletePod(pod, request, options, services, true);
    } catch (error) {
      if (error instanceof StatusError && error.code === 409) throw stillProcessed(budget);
      throw error;
    }
  } else {
    await spend(budget, pod, request, services);
    await deletePod(pod, request, options, services, false);
  }
  return undefined;
}

function needsNoBudget(pod: Pod): boolean {
  const { phase } = pod.status;
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  );
}

async function budgetsOf(pod: Pod, services: RegistryServices): Promise<Budget[]> {
  const budgets = (await services.list(BUDGETS, pod.metadata.namespace)) as readonly Budget[];
  return budgets.filter((budget) => labelMatcher(budget.spec.selector)(pod.metadata.labels));
}

/** A pod that is not ready costs no disruption when the budget says so, or has enough healthy ones without it. */
function unhealthyMayGo(pod: Pod, budget: Budget): boolean {
  const ready = pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  if (ready) return false;
  const { currentHealthy, desiredHealthy } = budget.status;
  return (
    budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0)
  );
}

async function spend(budget: Budget, pod: Pod, request: SpecialRequest, services: RegistryServices): Promise<void> {
  const podName = pod.metadata.name ?? '';
  checkBudget(budget);
  if (request.dryRun) return;
  await services.update(BUDGETS, request.namespace, budget.metadata.name ?? '', (stored) => {
    const current = stored as Budget;
    checkBudget(current);
    current.status.disruptionsAllowed--;
    if (current.status.disruptionsAllowed === 0) setInsufficientPods(current, services.nowMs());
    current.status.disruptedPods = {
      ...current.status.disruptedPods,
      [podName]: timestamp(services.nowMs()),
    };
    return current;
  });
}

function checkBudget(budget: Budget): void {
  const { status } = budget;
  const name = budget.metadata.name ?? '';
  const resource = { group: 'policy', resource: 'poddisruptionbudget' };
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) throw stillProcessed(budget);
  if (status.disruptionsAllowed < 0) throw forbidden(resource, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > DISRUPTED_PODS_MAX) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(resource, name, why);
  }
  if (status.disruptionsAllowed === 0) throw violates(whyNoDisruption(budget), 0);
}

function whyNoDisruption(budget: Budget): string {
  const { conditions, currentHealthy, desiredHealthy } = budget.status;
  const name = budget.metadata.name ?? '';
  const condition = conditions?.find((each) => each.type === 'DisruptionAllowed');
  const message = condition?.status === 'False' ? condition.message : '';
  if (message !== '' && condition?.reason === 'SyncFailed') {
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${message}`;
  }
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  if (message !== '') {
    return `The disruption budget ${name} does not allow evicting pods currently (${condition?.reason}): ${message}`;
  }
  return `The disruption budget ${name} does not allow evicting pods currently`;
}

function stillProcessed(budget: Budget): StatusError {
  return violates(`The disruption budget ${budget.metadata.name} is still being processed by the server.`, 10);
}

function violates(why: string, retryAfterSeconds: number): StatusError {
  const error = tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds);
  return new StatusError({
    code: error.code,
    reason: error.reason,
    message: error.message,
    details: {
      causes: [{ reason: 'DisruptionBudget', message: why }],
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
    },
  });
}

function setInsufficientPods(budget: Budget, nowMs: number): void {
  const conditions = budget.status.conditions ?? [];
  const old = conditions.find((each) => each.type === 'DisruptionAllowed');
  const written = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: old?.status === 'False' ? old.lastTransitionTime : timestamp(nowMs),
    ...(budget.status.observedGeneration === undefined ? {} : { observedGeneration: budget.status.observedGeneration }),
  };
  budget.status.conditions = [...conditions.filter((each) => each !== old), written];
}

/** Says in the pod's conditions why it goes, then deletes it. `exactly`: only as it was read. */
async function deletePod(
  pod: Pod,
  request: SpecialRequest,
  options: V1DeleteOptions,
  services: RegistryServices,
  exactly: boolean,
): Promise<void> {
  const { namespace, name, dryRun, user } = request;
  let resourceVersion = resourceVersionOf(options) ?? (exactly ? pod.metadata.resourceVersion : undefined);
  const uid = options.preconditions?.uid;
  if (!dryRun) {
    const updated = await services.update(PODS, namespace, name, (stored) => {
      checkPrecondition('UID', uid, stored.metadata.uid, name);
      checkPrecondition('ResourceVersion', resourceVersion, stored.metadata.resourceVersion, name);
      const message = 'Eviction API: evicting';
      const condition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message };
      setPodCondition((stored as Pod).status, condition, services.nowMs());
      return stored;
    });
    if (resourceVersion !== undefined) resourceVersion = updated.metadata.resourceVersion;
  }
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  const grace = options.gracePeriodSeconds;
  await services.delete(
    PODS,
    namespace,
    name,
    { preconditions, dryRun, ...(grace === undefined ? {} : { gracePeriodSeconds: grace }) },
    user,
  );
}

function checkPrecondition(what: string, wanted: string | undefined, actual: string | undefined, name: string): void {
  if (wanted === undefined || wanted === '' || wanted === actual) return;
  const change = what === 'UID' ? 'deleted and then recreated' : 'modified';
  throw conflict(
    { group: '', resource: 'Pod' },
    name,
    `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${actual}). The object might have been ${change}`,
  );
}

function resourceVersionOf(options: V1DeleteOptions): string | undefined {
  return options.preconditions?.resourceVersion;
}
