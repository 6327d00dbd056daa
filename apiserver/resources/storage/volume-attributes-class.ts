/** Classes of volume attributes: what a driver may change of a volume that is in use. */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1VolumeAttributesClass } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { checkParameters, checkProvisioner } from './parameters.ts';

function validate({ driverName, parameters }: Filled<V1VolumeAttributesClass>, errors: FieldErrors): void {
  checkProvisioner(driverName, 'driverName', errors);
  checkParameters(parameters, 'parameters', errors);
  if (parameters === undefined) errors.required('parameters', 'must contain at least one key/value pair');
}

export const volumeAttributesClassRow = defineRow<V1VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  resource: 'volumeattributesclasses',
  namespaced: false,
  shortNames: ['vac'],
  model: 'V1VolumeAttributesClass',
  returnsDeletedObject: true,
  strategy: {
    validate,
    metaOnUpdate: ['change', 'content'],
    validateUpdate(attributesClass, old, errors) {
      for (const field of ['driverName', 'parameters'] as const) {
        const isSame = deepEqual(attributesClass[field], old[field]);
        if (!isSame) errors.forbidden(field, `updates to ${field} are forbidden.`);
      }
      validate(attributesClass, errors);
    },
  },
  table: {
    columns: [nameColumn, textColumn('DriverName', fieldDoc('V1VolumeAttributesClass.driverName')), ageColumn],
    cells: (each, nowMs) => [nameOf(each), each.driverName, ageOf(each, nowMs)],
  },
});
