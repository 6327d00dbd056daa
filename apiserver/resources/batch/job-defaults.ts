/** Upstream's defaults of jobs and of the templates of cron jobs (pkg/apis/batch/v1/defaults.go). */
import type { V1JobSpec } from '../../../generated/kubernetes.d.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';

/** What holds for a cron job's template too: nothing but its pods. */
export function setJobTemplateDefaults(spec: V1JobSpec): void {
  setPodTemplateDefaults(spec.template);
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
}

/** What holds for jobs themselves. */
export function setJobSpecDefaults(spec: V1JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
  setJobTemplateDefaults(spec);
}
