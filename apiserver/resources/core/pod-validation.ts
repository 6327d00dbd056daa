/** What pods must be, when they are made and when they change (pkg/apis/core/validation: ValidatePodCreate, …Update). */

import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1Container,
  V1NodeAffinity,
  V1NodeSelectorTerm,
  V1Pod,
  V1PodSchedulingGate,
  V1PodSpec,
  V1Toleration,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkImageSpaces } from '../validation/containers.ts';
import { rangeComplaint } from '../validation/formats.ts';
import { internalForm } from '../validation/internal-form.ts';
import {
  checkPodAnnotations,
  checkPodAnnotationUpdate,
  checkProfileAnnotations,
} from '../validation/pod-annotations.ts';
import { checkPodSpec } from '../validation/pod-spec.ts';
import { checkTolerations } from '../validation/tolerations.ts';
import { jsonDiff } from '../validation/unified-diff.ts';
import { equalOnceStored } from '../wire-form.ts';

type Pod = Filled<V1Pod>;

export function checkPod({ metadata, spec }: Pod, errors: FieldErrors): void {
  checkPodAnnotations(metadata.annotations, spec, 'metadata.annotations', errors);
  checkPodSpec(spec, metadata, 'spec', errors);
  if (!spec.serviceAccountName) {
    for (const [index, { projected }] of (spec.volumes ?? []).entries()) {
      for (const [i, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
        if (serviceAccountToken === undefined) continue;
        const path = `spec.volumes[${index}].projected.sources[${i}].serviceAccountToken`;
        errors.forbidden(path, 'must not be specified when serviceAccountName is not set');
      }
    }
  }
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      checkImageSpaces(container, `spec.${list}[${index}]`, errors);
    }
  }
}

export function checkPodCreate(pod: Pod, errors: FieldErrors): void {
  const { metadata, spec } = pod;
  checkPod(pod, errors);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.forbidden('spec.ephemeralContainers', 'cannot be set on create');
  }
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    errors.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared');
  }
  checkProfileAnnotations(metadata, spec, 'spec', errors);
}

const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/** A pod keeps nearly all of its spec for life. */
export function checkPodUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  const { spec } = pod;
  checkPod(pod, errors);
  const path = 'metadata.annotations';
  checkPodAnnotationUpdate(pod.metadata.annotations, old.metadata.annotations, spec, path, errors);
  for (const list of ['containers', 'initContainers'] as const) {
    if (!checkSameContainers(spec[list] ?? [], old.spec[list] ?? [], `spec.${list}`, errors)) return;
  }
  if (!checkDeadline(spec, old.spec, errors)) return;
  checkAddedTolerations(spec.tolerations ?? [], old.spec.tolerations ?? [], 'spec.tolerations', errors);
  checkDeletedGates(spec.schedulingGates ?? [], old.spec.schedulingGates ?? [], errors);
  if (deepEqual(spec, old.spec)) return;
  const rest = withUpdatableOf(spec, old.spec);
  if ((old.spec.schedulingGates ?? []).length > 0) checkGatedChanges(rest, old.spec, errors);
  if (equalOnceStored('V1PodSpec', rest, old.spec)) return;
  const diff = jsonDiff(internalForm('PodSpec', old.spec), internalForm('PodSpec', rest));
  errors.forbidden('spec', `pod updates may not change fields other than ${UPDATABLE.join(',')}\n${diff}`);
}

/** False when there is no point in looking further. */
function checkSameContainers(
  containers: readonly V1Container[],
  old: readonly V1Container[],
  path: string,
  errors: FieldErrors,
): boolean {
  if (containers.length !== old.length) {
    errors.forbidden(path, 'pod updates may not add or remove containers');
    return false;
  }
  for (const [index, container] of containers.entries()) {
    if (!container.image) errors.required(`${path}[${index}].image`);
    checkImageSpaces(container, `${path}[${index}]`, errors);
  }
  return true;
}

const INT32_MAX = 2 ** 31 - 1;

function checkDeadline(
  { activeDeadlineSeconds: deadline }: V1PodSpec,
  { activeDeadlineSeconds: before }: V1PodSpec,
  errors: FieldErrors,
): boolean {
  const path = 'spec.activeDeadlineSeconds';
  if (deadline === undefined) {
    if (before !== undefined) errors.invalid(path, null, 'must not update from a positive integer to nil value');
    return true;
  }
  if (deadline < 0 || deadline > INT32_MAX) {
    errors.invalid(path, deadline, rangeComplaint(0, INT32_MAX));
    return false;
  }
  if (before === undefined || before >= deadline) return true;
  errors.invalid(path, deadline, 'must be less than or equal to previous value');
  return false;
}

function checkAddedTolerations(
  tolerations: readonly V1Toleration[],
  old: readonly V1Toleration[],
  path: string,
  errors: FieldErrors,
): void {
  const withoutSeconds = ({ tolerationSeconds: _, ...rest }: V1Toleration): object => rest;
  const kept = old.every((before) =>
    tolerations.some((toleration) => deepEqual(withoutSeconds(toleration), withoutSeconds(before))),
  );
  if (kept) checkTolerations(tolerations, path, errors);
  else errors.forbidden(path, 'existing toleration can not be modified except its tolerationSeconds');
}

function checkDeletedGates(
  gates: readonly V1PodSchedulingGate[],
  old: readonly V1PodSchedulingGate[],
  errors: FieldErrors,
): void {
  for (const [index, { name }] of gates.entries()) {
    if (old.some((gate) => gate.name === name)) continue;
    const message = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.forbidden(`spec.schedulingGates[${index}].name`, message);
  }
}

/** The new spec, with what may change taken from the old one: what then differs may not. */
function withUpdatableOf(spec: V1PodSpec, old: V1PodSpec): V1PodSpec {
  const rest: V1PodSpec = { ...spec };
  const oldImages = (containers: V1Container[], before: V1Container[] = []): V1Container[] =>
    containers.map((container, index) => take({ ...container }, before[index] ?? container, 'image'));
  rest.containers = oldImages(spec.containers, old.containers);
  if (spec.initContainers !== undefined) rest.initContainers = oldImages(spec.initContainers, old.initContainers);
  take(rest, old, 'activeDeadlineSeconds', 'schedulingGates', 'tolerations');
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && rest.terminationGracePeriodSeconds === 1) {
    take(rest, old, 'terminationGracePeriodSeconds');
  }
  return rest;
}

function take<T extends object>(to: T, from: T, ...fields: readonly (keyof T)[]): T {
  for (const field of fields) {
    if (from[field] === undefined) delete to[field];
    else to[field] = from[field];
  }
  return to;
}

/** As long as it waits to be scheduled, where a pod may go can be narrowed. Takes what is allowed from `old`. */
function checkGatedChanges(rest: V1PodSpec, old: V1PodSpec, errors: FieldErrors): void {
  const selector = rest.nodeSelector ?? {};
  if (!deepEqual(selector, old.nodeSelector ?? {})) {
    if (Object.entries(old.nodeSelector ?? {}).some(([key, value]) => selector[key] !== value)) {
      const message = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
      errors.invalid('spec.nodeSelector', selector, message);
    }
    take(rest, old, 'nodeSelector');
  }
  const affinity = rest.affinity?.nodeAffinity;
  const before = old.affinity?.nodeAffinity;
  if (deepEqual(affinity, before)) return;
  checkNarrowedAffinity(affinity, before, errors);
  const { nodeAffinity: _, ...others } = rest.affinity ?? {};
  if (before !== undefined) rest.affinity = { ...others, nodeAffinity: before };
  else if (old.affinity === undefined && Object.keys(others).length === 0) delete rest.affinity;
  else rest.affinity = others;
}

function checkNarrowedAffinity(
  affinity: V1NodeAffinity | undefined,
  old: V1NodeAffinity | undefined,
  errors: FieldErrors,
): void {
  const oldSelector = old?.requiredDuringSchedulingIgnoredDuringExecution;
  if (oldSelector === undefined) return;
  const oldTerms = oldSelector.nodeSelectorTerms ?? [];
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const shown = terms.map((term) => internalForm('NodeSelectorTerm', term));
  if (oldTerms.length > 0 && oldTerms.length !== terms.length) {
    errors.invalid(path, shown, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
    return;
  }
  for (const [index, before] of oldTerms.entries()) {
    if (onlyAdds(terms[index] ?? {}, before)) continue;
    errors.invalid(`${path}[${index}]`, shown[index], 'only additions are allowed (no mutations or deletions)');
  }
}

function onlyAdds(term: V1NodeSelectorTerm, old: V1NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  const isEmpty = (each: V1NodeSelectorTerm): boolean => lists.every((list) => (each[list] ?? []).length === 0);
  if (isEmpty(old)) return isEmpty(term);
  return lists.every((list) => {
    const before = old[list] ?? [];
    return deepEqual((term[list] ?? []).slice(0, before.length), before);
  });
}
