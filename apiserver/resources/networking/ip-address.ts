/** IP addresses that are taken, one object each, named like the address. */
import type { V1IPAddress, V1ParentReference } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints, pathSegmentComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { canonicalIpComplaints } from '../validation/ips.ts';
import { checkPathSegment } from '../validation/references.ts';

type Address = Filled<V1IPAddress>;

function validate({ spec }: Address, errors: FieldErrors): void {
  const parent = spec.parentRef as V1ParentReference | undefined;
  const path = 'spec.parentRef';
  if (parent === undefined) {
    errors.required(path);
    return;
  }
  const { group, resource, name, namespace } = parent;
  if (group) addInvalid(errors, `${path}.group`, group, dns1123SubdomainComplaints(group));
  checkPathSegment(resource, `${path}.resource`, errors);
  checkPathSegment(name, `${path}.name`, errors);
  if (namespace) addInvalid(errors, `${path}.namespace`, namespace, pathSegmentComplaints(namespace));
}

function formatParent(parent: V1ParentReference | undefined): string {
  if (parent === undefined) return '<none>';
  const { group, resource = '', namespace, name = '' } = parent;
  const kind = (group ? `${resource}.${group}` : resource).toLowerCase();
  return [kind, ...(namespace ? [namespace] : []), name].join('/');
}

export const ipAddressRow = defineRow<V1IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  resource: 'ipaddresses',
  namespaced: false,
  shortNames: ['ip'],
  model: 'V1IPAddress',
  nameRule: canonicalIpComplaints,
  strategy: {
    validate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate(address, old, errors) {
      validate(address, errors);
      const parent = address.spec.parentRef as V1ParentReference | undefined;
      const shown = parent === undefined ? null : internalForm('ParentReference', parent);
      checkImmutable(parent, old.spec.parentRef, 'spec.parentRef', errors, shown);
    },
  },
  table: {
    columns: [
      nameColumn,
      textColumn(
        'ParentRef',
        'ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.',
      ),
    ],
    // Upstream has a cell more than columns.
    cells: (address, nowMs) => [nameOf(address), formatParent(address.spec.parentRef), ageOf(address, nowMs)],
  },
});
