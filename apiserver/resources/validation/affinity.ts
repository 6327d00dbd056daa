/** Where pods want to be: towards nodes and towards other pods (pkg/apis/core/validation: validateAffinity). */
import type {
  V1Affinity,
  V1LabelSelector,
  V1NodeAffinity,
  V1PodAffinity,
  V1PodAffinityTerm,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkQualifiedName } from './formats.ts';
import { checkLabelSelector } from './labels.ts';
import { checkNodeSelector, checkNodeSelectorTerm } from './node-selectors.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function checkAffinity(affinity: V1Affinity | undefined, path: string, errors: FieldErrors): void {
  if (affinity?.nodeAffinity !== undefined) checkNodeAffinity(affinity.nodeAffinity, `${path}.nodeAffinity`, errors);
  for (const field of ['podAffinity', 'podAntiAffinity'] as const) {
    if (affinity?.[field] !== undefined) checkPodAffinity(affinity[field], `${path}.${field}`, errors);
  }
}

function checkNodeAffinity(affinity: V1NodeAffinity, path: string, errors: FieldErrors): void {
  if (affinity[REQUIRED] !== undefined) checkNodeSelector(affinity[REQUIRED], `${path}.${REQUIRED}`, errors);
  for (const [index, term] of (affinity[PREFERRED] ?? []).entries()) {
    const at = `${path}.${PREFERRED}[${index}]`;
    checkWeight(term.weight, at, errors);
    checkNodeSelectorTerm(term.preference, `${at}.preference`, errors, true);
  }
}

function checkWeight(weight: number, path: string, errors: FieldErrors): void {
  if (weight <= 0 || weight > 100) errors.invalid(`${path}.weight`, weight, 'must be in the range 1-100');
}

function checkPodAffinity(affinity: V1PodAffinity, path: string, errors: FieldErrors): void {
  for (const [index, term] of (affinity[REQUIRED] ?? []).entries()) {
    checkTerm(term, `${path}.${REQUIRED}[${index}]`, errors);
  }
  for (const [index, weighted] of (affinity[PREFERRED] ?? []).entries()) {
    const at = `${path}.${PREFERRED}[${index}]`;
    checkWeight(weighted.weight, at, errors);
    checkTerm(weighted.podAffinityTerm, `${at}.podAffinityTerm`, errors);
  }
}

function checkTerm(term: V1PodAffinityTerm, path: string, errors: FieldErrors): void {
  checkLabelSelector(term.labelSelector, `${path}.labelSelector`, errors);
  checkLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors);
  for (const namespace of term.namespaces ?? []) {
    addInvalid(errors, `${path}.namespace`, namespace, dns1123LabelComplaints(namespace));
  }
  checkLabelKeys(term.matchLabelKeys, term.mismatchLabelKeys, term.labelSelector, path, errors);
  if (term.topologyKey === '') errors.required(`${path}.topologyKey`, 'can not be empty');
  checkQualifiedName(term.topologyKey, `${path}.topologyKey`, errors);
}

/** Keys whose values come from the pod itself, and become part of the selector. */
export function checkLabelKeys(
  match: readonly string[] = [],
  mismatch: readonly string[] = [],
  selector: V1LabelSelector | undefined,
  path: string,
  errors: FieldErrors,
): void {
  checkKeyList(match, selector, `${path}.matchLabelKeys`, errors);
  checkKeyList(mismatch, selector, `${path}.mismatchLabelKeys`, errors);
  const selected = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const index = match.lastIndexOf(key);
    if (index >= 0 && selected.has(key)) {
      errors.invalid(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector');
    }
    selected.add(key);
  }
  for (const [index, key] of match.entries()) {
    if (!mismatch.includes(key)) continue;
    const message = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.invalid(`${path}.matchLabelKeys[${index}]`, key, message);
  }
}

function checkKeyList(
  keys: readonly string[],
  selector: V1LabelSelector | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (keys.length === 0) return;
  if (selector === undefined) errors.forbidden(path, 'must not be specified when labelSelector is not set');
  else for (const [index, key] of keys.entries()) checkQualifiedName(key, `${path}[${index}]`, errors);
}
