/** ResourceQuotas as admission sees them, and sums of what is used. */
import type { KubeObject } from '../../machinery/resource-row.ts';
import { type Amounts, readAmounts, zero } from '../pod-resources.ts';

export interface ScopeSelector {
  readonly scopeName: string;
  /** `In`, `NotIn`, `Exists`, `DoesNotExist` */
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface QuotaObject extends KubeObject {
  spec?: { scopes?: string[]; scopeSelector?: { matchExpressions?: ScopeSelector[] } };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** Every condition that an object must meet to count. */
export function scopesOf({ spec }: QuotaObject): ScopeSelector[] {
  const named = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...named, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

export function hardOf(quota: QuotaObject): Amounts {
  return readAmounts(quota.status?.hard);
}

export function usedOf(quota: QuotaObject): Amounts {
  return readAmounts(quota.status?.used);
}

/** `cpu=2,pods=10`, sorted by name. */
export function showAmounts(amounts: Amounts, names: readonly string[]): string {
  return [...names]
    .sort()
    .map((name) => `${name}=${(amounts.get(name) ?? zero).toString()}`)
    .join(',');
}

export function showNames(names: readonly string[]): string {
  return [...names].sort().join(',');
}
