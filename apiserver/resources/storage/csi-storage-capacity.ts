/** Storage capacities: how much of a class is left where. */
import { quantityOf } from '../../../base/quantity.ts';
import type { V1CSIStorageCapacity } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { plainTable } from '../table/columns.ts';
import { checkSubdomain } from '../validation/formats.ts';
import { checkImmutable, checkImmutableModel } from '../validation/immutability.ts';
import { selectorForm } from '../validation/internal-form.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { nodeLabelSelectorWarnings } from '../validation/node-warnings.ts';
import { checkNonNegativeQuantity } from '../validation/resource-names.ts';

type Capacity = Filled<V1CSIStorageCapacity>;

function validate(each: Capacity, errors: FieldErrors, allowInvalidValues: boolean): void {
  checkLabelSelector(each.nodeTopology, 'nodeTopology', errors, { allowInvalidValues });
  checkSubdomain(each.storageClassName, 'storageClassName', errors);
  if (each.capacity !== undefined) checkNonNegativeQuantity(quantityOf(each.capacity), 'capacity', errors);
}

export const csiStorageCapacityRow = defineRow<V1CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  resource: 'csistoragecapacities',
  model: 'V1CSIStorageCapacity',
  allowUnconditionalUpdate: false,
  strategy: {
    validate: (each, errors) => validate(each, errors, false),
    metaOnUpdate: ['content', 'change'],
    validateUpdate(each, old, errors) {
      const before = new FieldErrors();
      checkLabelSelector(old.nodeTopology, '', before);
      validate(each, errors, !before.empty);
      checkImmutableModel(
        'V1LabelSelector',
        each.nodeTopology,
        old.nodeTopology,
        'nodeTopology',
        errors,
        selectorForm(each.nodeTopology),
      );
      checkImmutable(each.storageClassName, old.storageClassName, 'storageClassName', errors);
    },
    warnings: (each) => nodeLabelSelectorWarnings(each.nodeTopology, 'nodeTopology'),
  },
  table: plainTable,
});
