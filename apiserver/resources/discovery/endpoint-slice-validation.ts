/** What endpoint slices may contain (pkg/apis/discovery/validation). */

import { deepEqual } from '../../../base/deep-equal.ts';
import { parseIp } from '../../../base/ip.ts';
import type {
  DiscoveryV1EndpointPort,
  V1Endpoint,
  V1EndpointHints,
  V1EndpointSlice,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints, labelValueComplaints } from '../../machinery/name-formats.ts';
import type { Filled } from '../row.ts';
import {
  addInvalid,
  checkFullyQualifiedDomainName,
  checkLabel,
  checkOneOf,
  checkQualifiedName,
  checkRequiredOneOf,
} from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { checkCanonicalIp, checkEndpointIp, checkIp } from '../validation/ips.ts';

type Slice = Filled<V1EndpointSlice>;

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20000;
const HINTS_MAX = 8;

export function validateEndpointSlice(slice: Slice, errors: FieldErrors): void {
  validateTypeAndPorts(slice, errors);
  validateEndpoints(slice, errors);
}

export function validateEndpointSliceUpdate(slice: Slice, old: Slice, errors: FieldErrors): void {
  validateTypeAndPorts(slice, errors);
  // What was stored under older rules may stay.
  if (!deepEqual(slice.endpoints, old.endpoints)) validateEndpoints(slice, errors);
  checkImmutable(slice.addressType, old.addressType, 'addressType', errors);
}

function validateTypeAndPorts(slice: Slice, errors: FieldErrors): void {
  checkRequiredOneOf(slice.addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType', errors);
  const ports = slice.ports ?? [];
  if (ports.length > PORTS_MAX) {
    errors.tooMany('ports', ports.length, PORTS_MAX);
    return;
  }
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) validatePort(port, names, `ports[${index}]`, errors);
}

function validatePort(port: DiscoveryV1EndpointPort, names: Set<string>, path: string, errors: FieldErrors): void {
  const { name = '', protocol, appProtocol } = port;
  if (name !== '') checkLabel(name, `${path}.name`, errors);
  if (names.has(name)) errors.duplicate(`${path}.name`, name);
  names.add(name);
  checkOneOf(protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`, errors);
  if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${path}.appProtocol`, errors);
}

function validateEndpoints(slice: Slice, errors: FieldErrors): void {
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > ENDPOINTS_MAX) {
    errors.tooMany('endpoints', endpoints.length, ENDPOINTS_MAX);
    return;
  }
  for (const [index, endpoint] of endpoints.entries()) {
    validateEndpoint(endpoint, slice.addressType, `endpoints[${index}]`, errors);
  }
}

function validateEndpoint(endpoint: V1Endpoint, addressType: string, path: string, errors: FieldErrors): void {
  const { nodeName, hostname, hints } = endpoint;
  const addresses = endpoint.addresses ?? [];
  const addressPath = `${path}.addresses`;
  if (addresses.length === 0) errors.required(addressPath, 'must contain at least 1 address');
  else if (addresses.length > ADDRESSES_MAX) errors.tooMany(addressPath, addresses.length, ADDRESSES_MAX);
  for (const [index, address] of addresses.entries()) {
    validateAddress(address, addressType, addressPath, index, errors);
  }
  if (nodeName !== undefined) {
    addInvalid(errors, `${path}.nodeName`, nodeName, dns1123SubdomainComplaints(nodeName));
  }
  if (hostname !== undefined) checkLabel(hostname, `${path}.hostname`, errors);
  if (hints !== undefined) validateHints(hints, `${path}.hints`, errors);
}

function validateAddress(
  address: string,
  addressType: string,
  listPath: string,
  index: number,
  errors: FieldErrors,
): void {
  const path = `${listPath}[${index}]`;
  if (addressType === 'FQDN') checkFullyQualifiedDomainName(address, path, errors);
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return;
  const [check, family] = addressType === 'IPv4' ? ([checkIp, 4] as const) : ([checkCanonicalIp, 6] as const);
  if (!check(address, path, errors)) return;
  if (parseIp(address)?.family !== family) errors.invalid(listPath, address, `must be an ${addressType} address`);
  checkEndpointIp(address, path, errors);
}

function validateHints({ forZones = [], forNodes = [] }: V1EndpointHints, path: string, errors: FieldErrors): void {
  if (!validateHinted(forZones, labelValueComplaints, `${path}.forZones`, errors)) return;
  validateHinted(forNodes, dns1123SubdomainComplaints, `${path}.forNodes`, errors);
}

/** False when there are too many. */
function validateHinted(
  hinted: readonly { readonly name: string }[],
  complaintsOf: (name: string) => readonly string[],
  path: string,
  errors: FieldErrors,
): boolean {
  if (hinted.length > HINTS_MAX) {
    errors.tooMany(path, hinted.length, HINTS_MAX);
    return false;
  }
  const names = new Set<string>();
  for (const [index, { name }] of hinted.entries()) {
    const at = `${path}[${index}].name`;
    if (names.has(name)) errors.duplicate(at, name);
    names.add(name);
    addInvalid(errors, at, name, complaintsOf(name));
  }
  return true;
}
