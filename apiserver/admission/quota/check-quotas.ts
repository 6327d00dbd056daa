/** Whether a request fits into the quotas of its namespace, and what they will have used then. Pure. */
import type { KubeObject } from '../../machinery/resource-row.ts';
import type { AdmissionAttributes } from '../../machinery/steps.ts';
import { type Amounts, add, zero } from '../pod-resources.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { hardOf, type QuotaObject, scopesOf, showAmounts, showNames, usedOf } from './quota-object.ts';

/** What to add to the usage of a quota, by its name. */
export type Charges = ReadonlyMap<string, Amounts>;

/** The charges; or why the request does not fit, in words. */
export function checkQuotas(
  quotas: readonly QuotaObject[],
  attributes: AdmissionAttributes,
  evaluator: QuotaEvaluator,
): Charges | string {
  const { object, old, operation, nowMs } = attributes;
  const charges = new Map<string, Amounts>();
  if (object === undefined || !evaluator.handles(attributes)) return charges;
  const usage = evaluator.usage(object, nowMs);
  const negative = [...usage].filter(([, amount]) => amount.sign < 0).map(([name]) => name);
  for (const quota of quotas) {
    const limited = limitedResources(quota, evaluator);
    if (limited.length === 0 || !matchesScopes(quota, evaluator, object)) continue;
    const name = quota.metadata.name ?? '';
    const constraint = evaluator.constraint?.(object, limited);
    if (constraint !== undefined) return `failed quota: ${name}: ${constraint}`;
    const used = usedOf(quota);
    if (limited.some((resource) => !used.has(resource))) {
      return `status unknown for quota: ${name}, resources: ${showNames(limited)}`;
    }
    if (negative.length > 0) return `quota usage is negative for resource(s): ${showNames(negative)}`;
    const before =
      operation === 'UPDATE' && old !== undefined && matchesScopes(quota, evaluator, old)
        ? evaluator.usage(old, nowMs)
        : undefined;
    const charge = chargeOf(usage, before, hardOf(quota));
    if (charge.size === 0) continue;
    const refusal = attributes.subresource === 'status' ? undefined : exceeds(quota, charge);
    if (refusal !== undefined) return refusal;
    charges.set(name, charge);
  }
  return charges;
}

/** The quota with the charge added to what is used. */
export function charged(quota: QuotaObject, charge: Amounts): QuotaObject {
  const used = usedOf(quota);
  add(used, charge);
  const shown = Object.fromEntries([...used].map(([name, amount]) => [name, amount.toString()]));
  return { ...quota, status: { ...quota.status, used: shown } };
}

/** What gives a charge back. */
export function reversed(charge: Amounts): Amounts {
  return new Map([...charge].map(([name, amount]) => [name, zero.minus(amount)]));
}

function limitedResources(quota: QuotaObject, evaluator: QuotaEvaluator): string[] {
  return [...hardOf(quota).keys()].filter((name) => evaluator.tracks(name));
}

function matchesScopes(quota: QuotaObject, evaluator: QuotaEvaluator, object: KubeObject): boolean {
  return scopesOf(quota).every((selector) => evaluator.matchesScope(selector, object));
}

/** What is used more than before, of what the quota limits. Using less is not given back here: the controller counts anew. */
function chargeOf(usage: Amounts, before: Amounts | undefined, hard: Amounts): Amounts {
  const charge: Amounts = new Map();
  for (const [name, amount] of usage) {
    if (!hard.has(name)) continue;
    const more = before === undefined ? amount : amount.minus(before.get(name) ?? zero);
    if (more.sign > 0) charge.set(name, more);
  }
  return charge;
}

function exceeds(quota: QuotaObject, charge: Amounts): string | undefined {
  const [used, hard] = [usedOf(quota), hardOf(quota)];
  const exceeded = [...charge.keys()].filter((name) => {
    const total = (used.get(name) ?? zero).plus(charge.get(name) ?? zero);
    return total.compare(hard.get(name) ?? zero) > 0;
  });
  if (exceeded.length === 0) return undefined;
  const name = quota.metadata.name ?? '';
  return `exceeded quota: ${name}, requested: ${showAmounts(charge, exceeded)}, used: ${showAmounts(used, exceeded)}, limited: ${showAmounts(hard, exceeded)}`;
}
