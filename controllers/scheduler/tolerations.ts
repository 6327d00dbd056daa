/** Taints and tolerations (k8s.io/component-helpers/scheduling/corev1). All pure. */
import type { V1Taint, V1Toleration } from '../../generated/kubernetes.d.ts';

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

export const NOT_READY_TAINT = 'node.kubernetes.io/not-ready';
export const UNREACHABLE_TAINT = 'node.kubernetes.io/unreachable';
export const UNSCHEDULABLE_TAINT = 'node.kubernetes.io/unschedulable';
export const OUT_OF_SERVICE_TAINT = 'node.kubernetes.io/out-of-service';

/** An empty effect tolerates all effects; an empty key with `Exists` tolerates all taints. */
export function tolerates(toleration: V1Toleration, taint: V1Taint): boolean {
  if (isSet(toleration.effect) && toleration.effect !== taint.effect) return false;
  if (isSet(toleration.key) && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? '') {
    case '':
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Exists':
      return true;
    default:
      return false;
  }
}

export function isTolerated(taint: V1Taint, tolerations: readonly V1Toleration[] | undefined): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;
}

/** The first taint of one of the effects that no toleration covers. */
export function findUntolerated(
  taints: readonly V1Taint[] | undefined,
  tolerations: readonly V1Toleration[] | undefined,
  effects: readonly TaintEffect[],
): V1Taint | undefined {
  return taints?.find(
    (taint) => (effects as readonly string[]).includes(taint.effect) && !isTolerated(taint, tolerations),
  );
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
