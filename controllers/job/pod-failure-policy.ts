/** What a Job's failure policy says of a failed pod (k8s.io/kubernetes/pkg/controller/job/pod_failure_policy.go). Pure. */
import type {
  V1ContainerStatus,
  V1Job,
  V1Pod,
  V1PodFailurePolicyOnExitCodesRequirement,
} from '../../generated/kubernetes.d.ts';
import { nameOf, namespaceOf } from '../runtime/metadata.ts';

export interface FailureVerdict {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count' | undefined;
  /** Whether the failure counts towards the limits. */
  readonly counts: boolean;
  /** For FailJob: why. */
  readonly message?: string;
}

export function judgeFailure(job: V1Job, pod: V1Pod): FailureVerdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? [];
  for (const [at, { action, onExitCodes, onPodConditions }] of rules.entries()) {
    let why: string | undefined;
    if (onExitCodes !== undefined) {
      const status = findExit(pod, onExitCodes);
      const exitCode = status?.state?.terminated?.exitCode;
      if (status !== undefined) {
        why = `Container ${status.name} for pod ${namespaceOf(pod)}/${nameOf(pod)} failed with exit code ${exitCode}`;
      }
    } else {
      const found = pod.status?.conditions?.find((condition) =>
        onPodConditions?.some(({ type, status }) => type === condition.type && status === condition.status),
      );
      if (found !== undefined) why = `Pod ${namespaceOf(pod)}/${nameOf(pod)} has condition ${found.type}`;
    }
    if (why === undefined) continue;
    switch (action) {
      case 'FailJob':
        return { action, counts: true, message: `${why} matching ${action} rule at index ${at}` };
      case 'FailIndex':
      case 'Count':
        return { action, counts: true };
      case 'Ignore':
        return { action, counts: false };
      default:
        continue;
    }
  }
  return { action: undefined, counts: true };
}

function findExit(pod: V1Pod, requirement: V1PodFailurePolicyOnExitCodesRequirement): V1ContainerStatus | undefined {
  const { containerName, operator, values } = requirement;
  const matches = ({ name, state }: V1ContainerStatus): boolean => {
    const exitCode = state?.terminated?.exitCode;
    if (exitCode === undefined || exitCode === 0) return false;
    if (containerName !== undefined && containerName !== name) return false;
    return values.includes(exitCode) === (operator === 'In');
  };
  return pod.status?.containerStatuses?.find(matches) ?? pod.status?.initContainerStatuses?.find(matches);
}
