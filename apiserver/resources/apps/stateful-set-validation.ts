/** What stateful sets must be (pkg/apis/apps/validation: ValidateStatefulSet …). */

import type {
  V1PodTemplateSpec,
  V1StatefulSet,
  V1StatefulSetSpec,
  V1StatefulSetUpdateStrategy,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkClaimSpec } from '../validation/claims.ts';
import { checkLabel, checkNonNegative, checkOneOf } from '../validation/formats.ts';
import { checkAtMostAll, checkIntOrPercent } from '../validation/int-or-percent.ts';
import { internalForm, selectorForm } from '../validation/internal-form.ts';
import { checkAnnotations, checkLabels } from '../validation/labels.ts';
import { checkPodAnnotations } from '../validation/pod-annotations.ts';
import { checkPodTemplate } from '../validation/pod-template.ts';
import { equalOnceStored } from '../wire-form.ts';
import { isNone } from './deployment-validation.ts';
import {
  checkAtMost,
  checkCollisions,
  checkCounts,
  checkEndless,
  checkOwnSelector,
  checkTemplateLabels,
  isEmpty,
  isWellFormed,
} from './workload-validation.ts';

type StatefulSet = Filled<V1StatefulSet>;

export function checkStatefulSet({ spec }: StatefulSet, errors: FieldErrors): void {
  checkSpec(spec, false, errors);
}

/** @param isUpdate what cannot change is not judged again */
function checkSpec(spec: V1StatefulSetSpec, isUpdate: boolean, errors: FieldErrors): void {
  checkManagement(spec.podManagementPolicy ?? '', 'spec.podManagementPolicy', errors);
  checkStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy', errors);
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const policy = spec.persistentVolumeClaimRetentionPolicy?.[field];
    checkOneOf(policy, ['Retain', 'Delete'], `spec.persistentVolumeClaimRetentionPolicy.${field}`, errors);
  }
  for (const [index, claim] of (isUpdate ? [] : (spec.volumeClaimTemplates ?? [])).entries()) {
    checkClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`, errors);
  }
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkNonNegative(spec.ordinals?.start, 'spec.ordinals.start', errors);
  if (!isUpdate && spec.serviceName) checkLabel(spec.serviceName, 'spec.serviceName', errors);
  checkOwnSelector(spec.selector, 'statefulset', 'spec.selector', errors);
  if (!isWellFormed(spec.selector)) errors.invalid('spec.selector', selectorForm(spec.selector), '');
  else checkTemplate(spec, 'spec.template', errors);
  checkEndless(spec.template, 'StatefulSet', 'spec.template', errors);
}

function checkManagement(policy: string, path: string, errors: FieldErrors): void {
  if (policy === '') errors.required(path);
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.invalid(path, policy, "must be 'OrderedReady' or 'Parallel'");
  }
}

function checkStrategy(strategy: V1StatefulSetUpdateStrategy, path: string, errors: FieldErrors): void {
  const { type = '', rollingUpdate } = strategy;
  const at = `${path}.rollingUpdate`;
  if (type === '') errors.required(path);
  else if (type === 'OnDelete') {
    if (rollingUpdate === undefined) return;
    const shown = internalForm('RollingUpdateStatefulSetStrategy', rollingUpdate);
    errors.invalid(at, shown, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type === 'RollingUpdate') {
    checkNonNegative(rollingUpdate?.partition, `${at}.partition`, errors);
    const max = rollingUpdate?.maxUnavailable;
    if (max === undefined) return;
    checkIntOrPercent(max, `${at}.maxUnavailable`, errors);
    if (isNone(max)) errors.invalid(`${at}.maxUnavailable`, max, 'cannot be 0');
    checkAtMostAll(max, `${at}.maxUnavailable`, errors);
  } else {
    const shown = internalForm('StatefulSetUpdateStrategy', strategy);
    errors.invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'");
  }
}

function checkTemplate(spec: V1StatefulSetSpec, path: string, errors: FieldErrors): void {
  if (spec.selector === undefined || !isEmpty(spec.selector)) {
    checkTemplateLabels(spec.selector, spec.template, path, errors);
  }
  const template = asPodsWillBe(spec);
  checkPodTemplate(template, path, errors);
  checkLabels(template.metadata?.labels, `${path}.labels`, errors);
  checkAnnotations(template.metadata?.annotations, `${path}.annotations`, errors);
  const podSpec = template.spec ?? { containers: [] };
  checkPodAnnotations(template.metadata?.annotations, podSpec, `${path}.annotations`, errors);
}

/** The pods get their hostnames from the set, and a volume for each claim, in place of one of the same name. */
function asPodsWillBe({ template, volumeClaimTemplates = [] }: V1StatefulSetSpec): V1PodTemplateSpec {
  if (template.spec === undefined) return template;
  const { subdomain: _, hostname: __, ...spec } = template.spec;
  const names = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? ''));
  if (names.size === 0) return { ...template, spec };
  const claimed = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const volumes = [...claimed, ...(spec.volumes ?? []).filter(({ name }) => !names.has(name))];
  return { ...template, spec: { ...spec, volumes } };
}

const UPDATABLE = [
  ...(['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit'] as const),
  ...(['persistentVolumeClaimRetentionPolicy', 'minReadySeconds'] as const),
];

export function checkStatefulSetUpdate({ spec }: StatefulSet, old: StatefulSet, errors: FieldErrors): void {
  checkSpec(spec, true, errors);
  const rest = (whole: V1StatefulSetSpec): object => {
    const copy: Partial<V1StatefulSetSpec> = { ...whole };
    for (const field of UPDATABLE) delete copy[field];
    return copy;
  };
  if (equalOnceStored('V1StatefulSetSpec', rest(spec), rest(old.spec))) return;
  const names = UPDATABLE.map((field) => `'${field}'`);
  const allowed = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  errors.forbidden('spec', `updates to statefulset spec for fields other than ${allowed} are forbidden`);
}

export function checkStatefulSetStatusUpdate({ status }: StatefulSet, old: StatefulSet, errors: FieldErrors): void {
  checkCounts(status, ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas'], errors);
  checkCounts(status, ['availableReplicas', 'observedGeneration', 'collisionCount'], errors);
  const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
  checkAtMost(status, parts, status.replicas, 'status.replicas', errors);
  checkAtMost(status, ['availableReplicas'], status.readyReplicas ?? 0, 'status.readyReplicas', errors);
  checkCollisions(status, old.status, errors);
}
