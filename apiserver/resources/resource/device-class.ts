/** Device classes: what kinds of devices claims may ask for. */
import type { V1DeviceClass } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn } from '../table/columns.ts';
import { isExtendedResource } from '../validation/resource-names.ts';
import { checkList } from './bounded-lists.ts';
import { CONFIGURATIONS_MAX, checkConfiguration, checkSelectors } from './device-requests.ts';

function validate({ spec }: Filled<V1DeviceClass>, errors: FieldErrors): void {
  const { selectors, config, extendedResourceName: name } = spec;
  checkSelectors(selectors, 'spec.selectors', errors);
  checkList(config, CONFIGURATIONS_MAX, 'spec.config', errors, (each, at) => checkConfiguration(each, at, errors));
  if (name !== undefined && !isExtendedResource(name)) {
    errors.invalid('spec.extendedResourceName', name, 'must be a valid extended resource name');
  }
}

export const deviceClassRow = defineRow<V1DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  resource: 'deviceclasses',
  namespaced: false,
  model: 'V1DeviceClass',
  generation: 'spec',
  returnsDeletedObject: true,
  nameRule: (name, prefix) => (prefix ? [] : dns1123SubdomainComplaints(name, 'bytes')),
  strategy: {
    validate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate: (deviceClass, _old, errors) => validate(deviceClass, errors),
  },
  table: {
    columns: [nameColumn, ageColumn],
    cells: (deviceClass, nowMs) => [nameOf(deviceClass), ageOf(deviceClass, nowMs)],
  },
});
