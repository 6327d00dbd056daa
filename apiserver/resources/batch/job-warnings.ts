/** Advice about jobs and the jobs of cron jobs (pkg/api/job/warnings.go). */
import type { V1JobSpec } from '../../../generated/kubernetes.d.ts';
import { templateWarnings } from '../apps/workload-validation.ts';

const COMPLETIONS_SOFT_MAX = 100_000;
const PARALLELISM_SOFT_MAX = 10_000;

export function jobSpecWarnings(spec: V1JobSpec, path: string): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec;
  const isBig =
    completionMode === 'Indexed' && completions > COMPLETIONS_SOFT_MAX && parallelism > PARALLELISM_SOFT_MAX;
  const advice =
    'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  return [...(isBig ? [`${path}: ${advice}`] : []), ...templateWarnings(spec.template, `${path}.template`)];
}
