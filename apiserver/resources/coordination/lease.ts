/** Leases: heartbeats of nodes and API servers, locks of leader elections. */
import type { V1Lease } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { qualifiedNameComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid } from '../validation/formats.ts';

/** Coordinated leader election is off by default, so nobody may begin to use its fields. */
function dropCoordination(lease: Filled<V1Lease>, old?: Filled<V1Lease>): void {
  if (old?.spec.strategy === undefined) delete lease.spec.strategy;
  if (old?.spec.preferredHolder === undefined) delete lease.spec.preferredHolder;
}

function validate({ spec }: Filled<V1Lease>, errors: FieldErrors): void {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec;
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0');
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0');
  }
  if (strategy?.includes('/')) {
    addInvalid(errors, 'spec.strategy.strategy', strategy, qualifiedNameComplaints(strategy));
  } else if (strategy !== undefined && strategy !== 'OldestEmulationVersion') {
    errors.notSupported('spec.strategy.strategy', strategy, ['OldestEmulationVersion']);
  }
  if (preferredHolder && !strategy) {
    errors.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined');
  }
}

export const leaseRow = defineRow<V1Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  model: 'V1Lease',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  strategy: {
    prepareForCreate: (lease) => dropCoordination(lease),
    prepareForUpdate: dropCoordination,
    validate,
    validateUpdate: (lease, _old, errors) => validate(lease, errors),
  },
  table: {
    columns: [nameColumn, textColumn('Holder', fieldDoc('V1LeaseSpec.holderIdentity')), ageColumn],
    cells: (lease, nowMs) => [nameOf(lease), lease.spec.holderIdentity ?? '', ageOf(lease, nowMs)],
  },
});
