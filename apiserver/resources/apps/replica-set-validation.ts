/** What replica sets must be (pkg/apis/apps/validation: ValidateReplicaSet …). */
import type { V1ReplicaSet } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkNonNegative } from '../validation/formats.ts';
import { checkImmutableModel } from '../validation/immutability.ts';
import { selectorForm } from '../validation/internal-form.ts';
import { checkAtMost, checkCounts, checkOwnSelector, checkReplicatedTemplate } from './workload-validation.ts';

type ReplicaSet = Filled<V1ReplicaSet>;

export function checkReplicaSet({ spec }: ReplicaSet, errors: FieldErrors): void {
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  // Upstream's message says `deployment` here too.
  checkOwnSelector(spec.selector, 'deployment', 'spec.selector', errors);
  checkReplicatedTemplate(spec.selector, spec.template, 'spec', errors);
}

export function checkReplicaSetUpdate(set: ReplicaSet, old: ReplicaSet, errors: FieldErrors): void {
  checkReplicaSet(set, errors);
  checkImmutableModel(
    'V1LabelSelector',
    set.spec.selector,
    old.spec.selector,
    'spec.selector',
    errors,
    selectorForm(set.spec.selector),
  );
}

export function checkReplicaSetStatus({ status }: ReplicaSet, errors: FieldErrors): void {
  checkCounts(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], errors);
  checkCounts(status, ['observedGeneration', 'terminatingReplicas'], errors);
  const parts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
  checkAtMost(status, parts, status.replicas, 'status.replicas', errors);
  checkAtMost(status, ['availableReplicas'], status.readyReplicas ?? 0, 'readyReplicas', errors);
}
