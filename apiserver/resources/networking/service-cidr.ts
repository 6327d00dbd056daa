/** Ranges from which services get their addresses. */
import { parseCidr } from '../../../base/ip.ts';
import type { V1ServiceCIDR } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled, keepField, keepMetadata, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { IMMUTABLE } from '../validation/formats.ts';
import { checkCanonicalCidr } from '../validation/ips.ts';

type ServiceCidr = Filled<V1ServiceCIDR>;

const MODEL = 'V1ServiceCIDR';
const PATH = 'spec.cidrs';

function validate({ spec }: ServiceCidr, errors: FieldErrors): void {
  const { cidrs = [] } = spec;
  if (cidrs.length === 0) {
    errors.required(PATH, 'at least one CIDR required');
    return;
  }
  if (cidrs.length > 2) {
    errors.invalid(PATH, { CIDRs: cidrs }, 'may only hold up to 2 values');
    return;
  }
  for (const [index, cidr] of cidrs.entries()) checkCanonicalCidr(cidr, `${PATH}[${index}]`, errors);
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.address.family);
  if (cidrs.length === 2 && first !== undefined && first === second) {
    const message = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.invalid(PATH, cidrs, message);
  }
}

/** A range stays; one of the other family may be added once. */
function validateUpdate(object: ServiceCidr, old: ServiceCidr, errors: FieldErrors): void {
  const { cidrs = [] } = object.spec;
  const { cidrs: oldCidrs = [] } = old.spec;
  const isGrowing = oldCidrs.length === 1 && cidrs.length === 2;
  if (cidrs.length !== oldCidrs.length && !isGrowing) {
    errors.invalid(PATH, object.spec.cidrs ?? null, IMMUTABLE);
    return;
  }
  for (const [index, cidr] of oldCidrs.entries()) {
    if (cidrs[index] !== cidr) errors.invalid(`${PATH}[${index}]`, cidrs[index], IMMUTABLE);
  }
  if (isGrowing) validate(object, errors);
}

export const serviceCidrRow = defineRow<V1ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  namespaced: false,
  model: MODEL,
  strategy: {
    prepareForCreate(object) {
      object.status = {};
    },
    prepareForUpdate: (object, old) => keepField(object, old, 'status'),
    validate,
    validateUpdate,
  },
  table: {
    columns: [nameColumn, textColumn('CIDRs', fieldDoc('V1ServiceCIDRSpec.cidrs')), ageColumn],
    cells: (object, nowMs) => [nameOf(object), (object.spec.cidrs ?? []).join(','), ageOf(object, nowMs)],
  },
  subresources: {
    status: statusPart<V1ServiceCIDR>(MODEL, {
      resetFields: ['metadata', 'spec'],
      prepareForUpdate: keepMetadata,
    }),
  },
});
