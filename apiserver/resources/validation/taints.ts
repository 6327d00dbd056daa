/** Taints of nodes. */
import type { V1Taint } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { labelValueComplaints } from '../../machinery/name-formats.ts';
import { checkOneOf, checkQualifiedName } from './formats.ts';

export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

export function checkTaintEffect(
  effect: string | undefined,
  allowEmpty: boolean,
  path: string,
  errors: FieldErrors,
): void {
  if (!allowEmpty && (effect === undefined || effect === '')) errors.required(path);
  else checkOneOf(effect, TAINT_EFFECTS, path, errors);
}

export function checkTaints(taints: readonly V1Taint[], path: string, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, taint] of taints.entries()) {
    const at = `${path}[${index}]`;
    checkQualifiedName(taint.key, `${at}.key`, errors);
    const complaints = labelValueComplaints(taint.value ?? '');
    if (complaints.length > 0) errors.invalid(`${at}.value`, taint.value ?? '', complaints.join(';'));
    checkTaintEffect(taint.effect, false, `${at}.effect`, errors);
    const identity = `${taint.effect}/${taint.key}`;
    if (seen.has(identity)) errors.duplicate(at, goTaint(taint), 'taints must be unique by key and effect pair');
    seen.add(identity);
  }
}

/** As Go's internal type encodes itself. */
function goTaint(taint: V1Taint): object {
  return { Key: taint.key, Value: taint.value ?? '', Effect: taint.effect, TimeAdded: taint.timeAdded ?? null };
}
