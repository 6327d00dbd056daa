/** How pods spread over domains (pkg/apis/core/validation: validateTopologySpreadConstraints). */
import type { V1TopologySpreadConstraint } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkLabelKeys } from './affinity.ts';
import { checkOneOf, checkPositive } from './formats.ts';
import { checkLabelSelector } from './labels.ts';

export function checkTopologySpread(
  constraints: readonly V1TopologySpreadConstraint[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, constraint] of (constraints ?? []).entries()) {
    const at = `${path}[${index}]`;
    const { topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    checkPositive(constraint.maxSkew, `${at}.maxSkew`, errors);
    if (topologyKey === '') errors.required(`${at}.topologyKey`, 'can not be empty');
    checkOneOf(whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], `${at}.whenUnsatisfiable`, errors);
    const repeats = (constraints ?? [])
      .slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeats) {
      errors.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`);
    }
    if (minDomains !== undefined) {
      checkPositive(minDomains, `${at}.minDomains`, errors);
      if (whenUnsatisfiable !== 'DoNotSchedule') {
        const message = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        errors.invalid(`${at}.minDomains`, minDomains, message);
      }
    }
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[field];
      if (policy !== undefined) checkOneOf(policy, ['Honor', 'Ignore'], `${at}.${field}`, errors);
    }
    checkLabelKeys(constraint.matchLabelKeys, [], labelSelector, at, errors);
    checkLabelSelector(labelSelector, `${at}.labelSelector`, errors);
  }
}
