/** The conditions of jobs. */
import type { V1Job, V1JobStatus } from '../../../generated/kubernetes.d.ts';

interface WithStatus extends Pick<V1Job, 'status'> {}

export function jobHasCondition({ status }: WithStatus, type: string): boolean {
  return conditionOf(status, type) === 'True';
}

export function jobIsFinished(job: WithStatus): boolean {
  return jobHasCondition(job, 'Complete') || jobHasCondition(job, 'Failed');
}

/** `True`, `False`, `Unknown`; undefined when there is none of the type. */
export function conditionOf(status: V1JobStatus | undefined, type: string): string | undefined {
  return status?.conditions?.find((condition) => condition.type === type)?.status;
}
