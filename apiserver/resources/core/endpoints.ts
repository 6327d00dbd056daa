/** Endpoints: the old form of endpoint slices, one object a service. */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { CoreV1EndpointPort, V1EndpointAddress, V1Endpoints } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import {
  addInvalid,
  checkLabel,
  checkPortNumber,
  checkQualifiedName,
  checkRequiredOneOf,
} from '../validation/formats.ts';
import { checkEndpointIp, checkIp, ipWarnings } from '../validation/ips.ts';

type Endpoints = Filled<V1Endpoints>;

const SHOWN_MAX = 3;

function validate(endpoints: Endpoints, errors: FieldErrors): void {
  for (const [index, subset] of (endpoints.subsets ?? []).entries()) {
    const path = `subsets[${index}]`;
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      errors.required(path, 'must specify `addresses` or `notReadyAddresses`');
    }
    for (const [i, address] of addresses.entries()) validateAddress(address, `${path}.addresses[${i}]`, errors);
    for (const [i, address] of notReadyAddresses.entries()) {
      validateAddress(address, `${path}.notReadyAddresses[${i}]`, errors);
    }
    for (const [i, port] of ports.entries()) validatePort(port, ports.length > 1, `${path}.ports[${i}]`, errors);
  }
}

function validateAddress(address: V1EndpointAddress, path: string, errors: FieldErrors): void {
  checkIp(address.ip, `${path}.ip`, errors);
  if (address.hostname !== undefined) checkLabel(address.hostname, `${path}.hostname`, errors);
  if (address.nodeName !== undefined) {
    addInvalid(errors, `${path}.nodeName`, address.nodeName, dns1123SubdomainComplaints(address.nodeName));
  }
  checkEndpointIp(address.ip, `${path}.ip`, errors);
}

function validatePort(port: CoreV1EndpointPort, needsName: boolean, path: string, errors: FieldErrors): void {
  if (port.name !== undefined) checkLabel(port.name, `${path}.name`, errors);
  else if (needsName) errors.required(`${path}.name`);
  checkPortNumber(port.port, `${path}.port`, errors);
  checkRequiredOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`, errors);
  if (port.appProtocol !== undefined) checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors);
}

function warnings(endpoints: Endpoints): string[] {
  if (endpoints.metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return (endpoints.subsets ?? []).flatMap((subset, index) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
      (subset[list] ?? []).flatMap((address, i) => ipWarnings(`subsets[${index}].${list}[${i}].ip`, address.ip)),
    ),
  );
}

function formatEndpoints(endpoints: Endpoints): string {
  if ((endpoints.subsets ?? []).length === 0) return '<none>';
  const all = (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map((address) => address.ip)
      : ports.flatMap((port) => addresses.map((address) => hostPort(address.ip, port.port))),
  );
  const shown = all.slice(0, SHOWN_MAX).join(',');
  return all.length > SHOWN_MAX ? `${shown} + ${all.length - SHOWN_MAX} more...` : shown;
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

export const endpointsRow = defineRow<V1Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  resource: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  model: 'V1Endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  storagePrefix: '/registry/services/endpoints',
  allowCreateOnUpdate: true,
  strategy: {
    defaults(endpoints) {
      for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
    },
    validate,
    metaOnUpdate: ['change', 'content'],
    validateUpdate(endpoints, old, errors) {
      // What was stored under older rules may stay.
      if (!deepEqual(endpoints.subsets, old.subsets)) validate(endpoints, errors);
    },
    warnings,
  },
  table: {
    columns: [nameColumn, textColumn('Endpoints', fieldDoc('V1Endpoints.subsets')), ageColumn],
    cells: (endpoints, nowMs) => [nameOf(endpoints), formatEndpoints(endpoints), ageOf(endpoints, nowMs)],
  },
});
