/** How the objects of one kind are measured against quotas. */
import { Quantity } from '../../../base/quantity.ts';
import type { KubeObject } from '../../machinery/resource-row.ts';
import type { AdmissionAttributes } from '../../machinery/steps.ts';
import type { Amounts } from '../pod-resources.ts';
import type { ScopeSelector } from './quota-object.ts';

export interface QuotaEvaluator {
  /** Whether the request can change what is used. */
  handles(attributes: AdmissionAttributes): boolean;
  /** Whether a quota's resource is one that this kind uses. */
  tracks(resource: string): boolean;
  usage(object: KubeObject, nowMs: number): Amounts;
  /** Why the object may not be counted at all, in words, given the resources that are limited. */
  constraint?(object: KubeObject, limited: readonly string[]): string | undefined;
  matchesScope(selector: ScopeSelector, object: KubeObject): boolean;
}

export const one: Quantity = Quantity.ofInteger(1);
