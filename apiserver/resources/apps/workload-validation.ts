/** What the workloads that run pods forever have in common (pkg/apis/apps/validation). */
import { labelMatcher } from '../../../base/label-selector.ts';
import type { V1LabelSelector, V1ObjectMeta, V1PodTemplateSpec } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { NON_NEGATIVE } from '../validation/formats.ts';
import { selectorForm } from '../validation/internal-form.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { checkPodTemplate } from '../validation/pod-template.ts';
import { podWarnings } from '../validation/pod-warnings.ts';

/** False: the selector can select nothing, as it is not well-formed. An absent one is: it selects nothing. */
export function isWellFormed(selector: V1LabelSelector | undefined): boolean {
  const errors = new FieldErrors();
  checkLabelSelector(selector, '', errors);
  return errors.empty;
}

export function isEmpty(selector: V1LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
}

/** Required, well-formed, and not empty. @param kind as messages call it */
export function checkOwnSelector(
  selector: V1LabelSelector | undefined,
  kind: string,
  path: string,
  errors: FieldErrors,
): void {
  if (selector === undefined) {
    errors.required(path);
    return;
  }
  checkLabelSelector(selector, path, errors);
  if (isEmpty(selector)) errors.invalid(path, selectorForm(selector), `empty selector is invalid for ${kind}`);
}

/** What the template makes must be what the selector selects. */
export function checkTemplateLabels(
  selector: V1LabelSelector | undefined,
  template: V1PodTemplateSpec | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const labels = template?.metadata?.labels;
  if (labelMatcher(selector)(labels)) return;
  errors.invalid(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`');
}

/** Such pods start again whenever they end, and have no deadline. @param kind as messages call it */
export function checkEndless(
  template: V1PodTemplateSpec | undefined,
  kind: string,
  path: string,
  errors: FieldErrors,
): void {
  const { restartPolicy = '', activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== 'Always') errors.notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always']);
  if (activeDeadlineSeconds !== undefined) {
    errors.forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`);
  }
}

/** A selector and a template of deployments and replica sets. */
export function checkReplicatedTemplate(
  selector: V1LabelSelector | undefined,
  template: V1PodTemplateSpec | undefined,
  specPath: string,
  errors: FieldErrors,
): void {
  if (!isWellFormed(selector)) {
    errors.invalid(`${specPath}.selector`, selectorForm(selector), 'invalid label selector');
    return;
  }
  const path = `${specPath}.template`;
  if (selector === undefined || !isEmpty(selector)) checkTemplateLabels(selector, template, path, errors);
  checkPodTemplate(template ?? {}, path, errors);
  checkEndless(template, 'ReplicaSet', path, errors);
}

/** Counts of a status; absent ones are zero. */
export function checkCounts<K extends string>(
  status: { readonly [field in K]?: number | undefined },
  fields: readonly K[],
  errors: FieldErrors,
): void {
  for (const field of fields) {
    const count = status[field] ?? 0;
    if (count < 0) errors.invalid(`status.${field}`, count, NON_NEGATIVE);
  }
}

/** Of what there is in all, no more can be ready. @param whole as messages call it */
export function checkAtMost<K extends string>(
  status: { readonly [field in K]?: number | undefined },
  fields: readonly K[],
  max: number,
  whole: string,
  errors: FieldErrors,
): void {
  for (const field of fields) {
    const count = status[field] ?? 0;
    if (count > max) errors.invalid(`status.${field}`, count, `cannot be greater than ${whole}`);
  }
}

export function checkCollisions(
  { collisionCount }: { readonly collisionCount?: number | undefined },
  { collisionCount: before }: { readonly collisionCount?: number | undefined },
  errors: FieldErrors,
): void {
  if (before === undefined || (collisionCount !== undefined && collisionCount >= before)) return;
  errors.invalid('status.collisionCount', collisionCount ?? 0, 'cannot be decremented');
}

/** Names of workloads become parts of the names of pods. */
export function podNameWarnings(name: string | undefined): string[] {
  const complaints = dns1123LabelComplaints(name ?? '');
  if (complaints.length === 0) return [];
  const advice =
    'this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: ${advice}: [${complaints.join(' ')}]`];
}

interface Named {
  readonly metadata: V1ObjectMeta;
}

/** Of the name when the workload is new; of what it makes when that is new, too, or has changed. */
export function workloadWarnings(
  { metadata }: Named,
  old: Named | undefined,
  ofSpec: () => readonly string[],
): string[] {
  if (old === undefined) return [...podNameWarnings(metadata.name), ...ofSpec()];
  return old.metadata.generation === metadata.generation ? [] : [...ofSpec()];
}

export function templateWarnings(template: V1PodTemplateSpec | undefined, path: string): string[] {
  return template?.spec === undefined ? [] : podWarnings(template.spec, template.metadata, path);
}
