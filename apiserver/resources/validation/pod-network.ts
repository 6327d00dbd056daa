/** What names and addresses pods have and look up (pkg/apis/core/validation). */
import type { V1Container, V1HostAlias, V1PodDNSConfig, V1PodSpec } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { addInvalid, checkSubdomain, underscoreSubdomainComplaints } from './formats.ts';
import { checkIp } from './ips.ts';

const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_CHARACTERS_MAX = 2048;

export function checkDnsConfig(
  config: V1PodDNSConfig | undefined,
  policy: string | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (policy === 'None' && config === undefined) {
    errors.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
    return;
  }
  if (policy === 'None' && nameservers.length === 0) {
    const message = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    errors.required(`${path}.nameservers`, message);
    return;
  }
  if (nameservers.length > NAMESERVERS_MAX) {
    errors.invalid(`${path}.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`);
  }
  for (const [index, server] of nameservers.entries()) checkIp(server, `${path}.nameservers[${index}]`, errors);
  if (searches.length > SEARCHES_MAX) {
    errors.invalid(`${path}.searches`, searches, `must not have more than ${SEARCHES_MAX} search paths`);
  }
  if (searches.join(' ').length > SEARCH_CHARACTERS_MAX) {
    const message = `must not have more than ${SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list`;
    errors.invalid(`${path}.searches`, searches, message);
  }
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue;
    const domain = search.replace(/\.$/, '');
    addInvalid(errors, `${path}.searches[${index}]`, domain, underscoreSubdomainComplaints(domain));
  }
  for (const [index, { name = '' }] of options.entries()) {
    if (name === '') errors.required(`${path}.options[${index}]`, 'must not be empty');
  }
}

export function checkHostAliases(aliases: readonly V1HostAlias[] | undefined, path: string, errors: FieldErrors): void {
  for (const [index, { ip, hostnames = [] }] of (aliases ?? []).entries()) {
    checkIp(ip, `${path}[${index}].ip`, errors);
    for (const [i, name] of hostnames.entries()) checkSubdomain(name, `${path}[${index}].hostnames[${i}]`, errors);
  }
}

/** In the host's network, a container's port is the host's. @param isPod templates may leave the host's port out */
export function checkHostNetworkPorts(spec: V1PodSpec, isPod: boolean, path: string, errors: FieldErrors): void {
  if (spec.hostNetwork !== true) return;
  for (const [index, container] of spec.containers.entries()) {
    for (const [i, { hostPort = 0, containerPort }] of (container.ports ?? []).entries()) {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) continue;
      const at = `${path}.containers[${index}].ports[${i}].hostPort`;
      errors.invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true');
    }
  }
}

/** No two containers take the same port of the host. */
export function checkHostPortConflicts(containers: readonly V1Container[], path: string, errors: FieldErrors): void {
  const taken = new Set<string>();
  for (const [index, container] of containers.entries()) {
    for (const [i, { hostPort = 0, hostIP = '', protocol = '' }] of (container.ports ?? []).entries()) {
      if (hostPort === 0) continue;
      const port = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(port)) errors.duplicate(`${path}[${index}].ports[${i}].hostPort`, port);
      taken.add(port);
    }
  }
}

const HOSTNAME_BYTES_MAX = 64;

export function checkHostnameOverride(spec: V1PodSpec, specPath: string, errors: FieldErrors): void {
  const { hostnameOverride: name } = spec;
  if (name === undefined) return;
  const path = `${specPath}.hostnameOverride`;
  if (spec.setHostnameAsFQDN === true) {
    errors.forbidden(path, 'may not be specified when setHostnameAsFQDN is true');
  }
  if (spec.hostNetwork === true) errors.forbidden(path, 'may not be specified when hostNetwork is true');
  if (name.length > HOSTNAME_BYTES_MAX) errors.tooLong(path, HOSTNAME_BYTES_MAX);
  checkSubdomain(name, path, errors);
}
