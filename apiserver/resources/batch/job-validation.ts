/** What jobs, and the jobs of cron jobs, must be (pkg/apis/batch/validation: ValidateJob …). */
import { deepEqual } from '../../../base/deep-equal.ts';
import { labelMatcher } from '../../../base/label-selector.ts';
import type { V1JobSpec, V1PodTemplateSpec } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { isWellFormed } from '../apps/workload-validation.ts';
import { checkDomainPrefixedPath, checkNonNegative, checkOneOf } from '../validation/formats.ts';
import { checkImmutable, checkImmutableModel } from '../validation/immutability.ts';
import { internalForm, selectorForm } from '../validation/internal-form.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { checkPodTemplate } from '../validation/pod-template.ts';
import type { Job } from './job.ts';
import { jobHasCondition } from './job-conditions.ts';
import { checkFailurePolicy, checkSuccessPolicy } from './job-policy-validation.ts';

const PARALLELISM_MAX = 100_000;
const FAILED_INDEXES_MAX = 100_000;
/** Beyond this many completions, fewer may run and fail. */
const COMPLETIONS_SOFT_MAX = 100_000;
const PARALLELISM_MAX_BEYOND = 10_000;
const FAILED_INDEXES_MAX_BEYOND = 10_000;
const MANAGED_BY_MAX = 63;

export function checkJob(job: Job, errors: FieldErrors): void {
  const { spec, metadata } = job;
  checkGeneratedSelector(job, errors);
  checkWholeSpec(spec, errors);
  if (spec.completionMode !== 'Indexed' || spec.completions === undefined || spec.completions <= 0) return;
  const { name = '' } = metadata;
  const hostname = `${name}-${spec.completions - 1}`;
  if (dns1123LabelComplaints(hostname).length > 0) {
    const message = `will not able to create pod with invalid DNS label: ${hostname}`;
    errors.invalid('metadata.name', name, message);
  }
}

/** The selector and labels that the server made are as it made them. */
function checkGeneratedSelector({ metadata, spec }: Job, errors: FieldErrors): void {
  if (spec.manualSelector === true || spec.selector === undefined) return;
  const { name = '', uid = '' } = metadata;
  if (uid === '') errors.required('metadata.uid');
  const labels = spec.template.metadata?.labels ?? {};
  const expected: Record<string, string> = {
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  };
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) errors.required(path, `must be '${value}'`);
    else if (labels[key] !== value) errors.invalid(path, labels, `must be '${value}'`);
  }
  if (isWellFormed(spec.selector) && !labelMatcher(spec.selector)(expected)) {
    errors.invalid('spec.selector', selectorForm(spec.selector), '`selector` not auto-generated');
  }
}

function checkWholeSpec(spec: V1JobSpec, errors: FieldErrors): void {
  checkJobSpec(spec, 'spec', errors);
  if (spec.selector === undefined) errors.required('spec.selector');
  else checkLabelSelector(spec.selector, 'spec.selector', errors);
  const labels = spec.template.metadata?.labels;
  if (isWellFormed(spec.selector) && !labelMatcher(spec.selector)(labels)) {
    errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  }
}

const COUNTS = [
  ...(['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'] as const),
  ...(['backoffLimitPerIndex', 'maxFailedIndexes'] as const),
];

/** Without its selector, which a cron job's has not. */
export function checkJobSpec(spec: V1JobSpec, path: string, errors: FieldErrors): void {
  for (const field of COUNTS) checkNonNegative(spec[field], `${path}.${field}`, errors);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  }
  if (spec.managedBy !== undefined) {
    checkDomainPrefixedPath(spec.managedBy, `${path}.managedBy`, errors);
    if (spec.managedBy.length > MANAGED_BY_MAX) errors.tooLong(`${path}.managedBy`, MANAGED_BY_MAX);
  }
  checkCompletionMode(spec, path, errors);
  if (spec.podFailurePolicy !== undefined) checkFailurePolicy(spec, spec.podFailurePolicy, path, errors);
  if (spec.successPolicy !== undefined) {
    const at = `${path}.successPolicy`;
    if (spec.completionMode === 'Indexed') checkSuccessPolicy(spec, spec.successPolicy, at, errors);
    else errors.invalid(at, internalForm('SuccessPolicy', spec.successPolicy), 'requires indexed completion mode');
  }
  if (spec.podReplacementPolicy !== undefined) {
    const policies = spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
    checkOneOf(spec.podReplacementPolicy, policies, `${path}.podReplacementPolicy`, errors);
  }
  checkPodTemplate(spec.template, `${path}.template`, errors);
  checkRestartPolicy(spec, `${path}.template.spec.restartPolicy`, errors);
}

/** A job's pods come to an end. */
function checkRestartPolicy({ template, podFailurePolicy }: V1JobSpec, path: string, errors: FieldErrors): void {
  const policy = template.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') errors.required(path, 'valid values: "OnFailure", "Never"');
  else if (policy !== 'OnFailure' && policy !== 'Never') errors.notSupported(path, policy, ['OnFailure', 'Never']);
  else if (podFailurePolicy !== undefined && policy !== 'Never') {
    errors.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}

function checkCompletionMode(spec: V1JobSpec, path: string, errors: FieldErrors): void {
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (mode !== undefined) checkOneOf(mode, ['NonIndexed', 'Indexed'], `${path}.completionMode`, errors);
  if (mode === 'Indexed') checkIndexed(spec, path, errors);
  if (mode !== undefined && mode !== 'NonIndexed') return;
  for (const [field, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes })) {
    if (value !== undefined) errors.invalid(`${path}.${field}`, value, 'requires indexed completion mode');
  }
}

function checkIndexed(spec: V1JobSpec, path: string, errors: FieldErrors): void {
  const { completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  const atMost = (field: string, value: number, max: number, when = ''): void => {
    if (value > max) errors.invalid(`${path}.${field}`, value, `must be less than or equal to ${max}${when}`);
  };
  if (completions === undefined) errors.required(`${path}.completions`, 'when completion mode is Indexed');
  atMost('parallelism', parallelism, PARALLELISM_MAX, ' when completion mode is Indexed');
  if (failed !== undefined) {
    if (completions !== undefined && failed > completions) {
      errors.invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions');
    }
    atMost('maxFailedIndexes', failed, FAILED_INDEXES_MAX);
  }
  if ((completions ?? 0) <= COMPLETIONS_SOFT_MAX || backoffLimitPerIndex === undefined) return;
  if (failed === undefined) {
    const message = `must be specified when completions is above ${COMPLETIONS_SOFT_MAX}`;
    errors.required(`${path}.maxFailedIndexes`, message);
  }
  const when = ` when completions are above ${COMPLETIONS_SOFT_MAX} and used with backoff limit per index`;
  atMost('parallelism', parallelism, PARALLELISM_MAX_BEYOND, when);
  atMost('maxFailedIndexes', failed ?? 0, FAILED_INDEXES_MAX_BEYOND, when);
}

export function checkJobUpdate(job: Job, old: Job, errors: FieldErrors): void {
  const { spec } = job;
  checkJob(job, errors);
  // Upstream looks at the spec a second time, and says again what is wrong with it.
  checkWholeSpec(spec, errors);
  checkCompletions(spec, old.spec, errors);
  checkImmutableModel(
    'V1LabelSelector',
    spec.selector,
    old.spec.selector,
    'spec.selector',
    errors,
    selectorForm(spec.selector),
  );
  checkTemplateUpdate(spec, old, errors);
  checkImmutable(spec.completionMode, old.spec.completionMode, 'spec.completionMode', errors);
  const policy = spec.podFailurePolicy && internalForm('PodFailurePolicy', spec.podFailurePolicy);
  checkImmutableModel(
    'V1PodFailurePolicy',
    spec.podFailurePolicy,
    old.spec.podFailurePolicy,
    'spec.podFailurePolicy',
    errors,
    policy,
  );
  checkImmutable(spec.backoffLimitPerIndex, old.spec.backoffLimitPerIndex, 'spec.backoffLimitPerIndex', errors);
  checkImmutable(spec.managedBy, old.spec.managedBy, 'spec.managedBy', errors);
  const success = spec.successPolicy && internalForm('SuccessPolicy', spec.successPolicy);
  checkImmutableModel(
    'V1SuccessPolicy',
    spec.successPolicy,
    old.spec.successPolicy,
    'spec.successPolicy',
    errors,
    success,
  );
}

function checkCompletions(spec: V1JobSpec, old: V1JobSpec, errors: FieldErrors): void {
  if (spec.completionMode !== 'Indexed') {
    checkImmutable(spec.completions, old.completions, 'spec.completions', errors);
  } else if (
    spec.completions !== old.completions &&
    spec.completions !== undefined &&
    spec.completions !== spec.parallelism
  ) {
    errors.invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism');
  }
}

/** A job that is suspended and has no pods lets its owner still decide where, and with how much, they will run. */
function checkTemplateUpdate({ template }: V1JobSpec, old: Job, errors: FieldErrors): void {
  const suspended = old.spec.suspend === true;
  const hasStarted = old.status.startTime !== undefined && !jobHasCondition(old, 'Suspended');
  const isOpen = suspended && !hasStarted && (old.status.active ?? 0) === 0;
  const expected = isOpen ? withSchedulingOf(old.spec.template, template) : old.spec.template;
  if (!isOpen) {
    checkImmutableModel(
      'V1PodTemplateSpec',
      template,
      expected,
      'spec.template',
      errors,
      internalForm('PodTemplateSpec', template),
    );
    return;
  }
  const spec = template.spec ?? { containers: [] };
  checkImmutableModel('V1PodSpec', spec, expected.spec, 'spec.template.spec', errors, internalForm('PodSpec', spec));
}

/** The old template, with what may change taken from the new one. */
function withSchedulingOf(old: V1PodTemplateSpec, template: V1PodTemplateSpec): V1PodTemplateSpec {
  const spec = template.spec ?? { containers: [] };
  const before = old.spec ?? { containers: [] };
  const merged = { ...before };
  for (const field of ['nodeSelector', 'tolerations', 'schedulingGates'] as const) {
    delete merged[field];
    if (spec[field] !== undefined) Object.assign(merged, { [field]: spec[field] });
  }
  const { nodeAffinity: _, ...others } = before.affinity ?? {};
  const nodeAffinity = spec.affinity?.nodeAffinity;
  const affinity = nodeAffinity === undefined ? others : { ...others, nodeAffinity };
  delete merged.affinity;
  if (spec.affinity !== undefined || Object.keys(affinity).length > 0) merged.affinity = affinity;
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, then] = [spec[list] ?? [], before[list] ?? []];
    if (now.length !== then.length || then.length === 0) continue;
    merged[list] = then.map((container, index) => {
      const other = now[index];
      if (other === undefined || other.name !== container.name) return container;
      return deepEqual(other.resources, container.resources)
        ? container
        : { ...container, resources: other.resources ?? {} };
    });
  }
  return { metadata: template.metadata ?? {}, spec: merged };
}
