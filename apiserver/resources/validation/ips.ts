/** IP addresses and CIDR ranges in fields (k8s.io/apimachinery/pkg/util/validation/ip.go), and the warnings about them. */
import {
  type Cidr,
  formatCidr,
  hasLeadingZeros,
  type IpAddress,
  isIpv4InIpv6,
  networkOf,
  parseCidr,
  parseIp,
} from '../../../base/ip.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';

const NOT_AN_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const NOT_A_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** An address in a field that is older than strictness. `validOld`: what was stored before is not judged again. */
export function checkIp(value: string, path: string, errors: FieldErrors, validOld: readonly string[] = []): boolean {
  return validOld.includes(value) || added(ipComplaints(value), value, path, errors);
}

/** An address in its one canonical form. */
export function checkCanonicalIp(value: string, path: string, errors: FieldErrors): boolean {
  return added(canonicalIpComplaints(value), value, path, errors);
}

function ipComplaints(value: string): string[] {
  if (parseIp(value) === undefined) return [NOT_AN_IP];
  if (hasLeadingZeros(value)) return ['must not have leading 0s'];
  return isIpv4InIpv6(value) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

export function canonicalIpComplaints(value: string): string[] {
  const complaints = ipComplaints(value);
  const canonical = String(parseIp(value));
  if (complaints.length > 0 || value === canonical) return complaints;
  return [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** True when there was nothing to add. */
function added(complaints: readonly string[], value: string, path: string, errors: FieldErrors): boolean {
  for (const complaint of complaints) errors.invalid(path, value, complaint);
  return complaints.length === 0;
}

export function checkCidr(value: string, path: string, errors: FieldErrors, validOld: readonly string[] = []): boolean {
  if (validOld.includes(value)) return true;
  const cidr = parseCidr(value);
  const count = errors.list.length;
  if (cidr === undefined) errors.invalid(path, value, NOT_A_CIDR);
  else if (hasLeadingZeros(value)) errors.invalid(path, value, 'must not have leading 0s in IP or prefix length');
  else if (isIpv4InIpv6(value)) errors.invalid(path, value, 'must not have an IPv4-mapped IPv6 address');
  else if (networkOf(cidr).value !== cidr.address.value) {
    errors.invalid(path, value, 'must not have bits set beyond the prefix length');
  }
  return errors.list.length === count;
}

export function checkCanonicalCidr(value: string, path: string, errors: FieldErrors): boolean {
  if (!checkCidr(value, path, errors)) return false;
  const cidr = parseCidr(value) as Cidr;
  const canonical = formatCidr(cidr);
  if (value === canonical) return true;
  errors.invalid(path, value, `must be in canonical form (${JSON.stringify(canonical)})`);
  return false;
}

/** An address at which others can be reached: not unspecified, not of this machine or link alone. */
export function checkEndpointIp(value: string, path: string, errors: FieldErrors): void {
  const ip = parseIp(value);
  if (ip === undefined) {
    errors.invalid(path, value, 'must be a valid IP address');
    return;
  }
  for (const complaint of endpointIpComplaints(ip, value)) errors.invalid(path, value, complaint);
}

function endpointIpComplaints(ip: IpAddress, value: string): string[] {
  const complaints: string[] = [];
  if (ip.isUnspecified) complaints.push(`may not be unspecified (${value})`);
  if (ip.isLoopback) complaints.push('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (ip.isLinkLocalUnicast) complaints.push('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (ip.isLinkLocalMulticast) {
    complaints.push('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  }
  return complaints;
}

export function ipWarnings(path: string, value: string): string[] {
  const ip = parseIp(value);
  if (ip === undefined) return [];
  if (hasLeadingZeros(value) || isIpv4InIpv6(value)) {
    return [`${path}: non-standard IP address ${quote(value)} is invalid: use ${quote(String(ip))}`];
  }
  if (ip.family === 6 && String(ip) !== value) {
    return [`${path}: IPv6 address ${quote(value)} should be in RFC 5952 canonical format (${quote(String(ip))})`];
  }
  return [];
}

export function cidrWarnings(path: string, value: string): string[] {
  const cidr = parseCidr(value);
  if (cidr === undefined) return [];
  const canonical = formatCidr(cidr);
  const warnings: string[] = [];
  if (networkOf(cidr).value !== cidr.address.value) {
    const single = `${cidr.address}/${cidr.address.family === 4 ? 32 : 128}`;
    warnings.push(
      `${path}: CIDR value ${quote(value)} is ambiguous in this context (should be ${quote(canonical)} or ${quote(single)}?)`,
    );
  }
  if (hasLeadingZeros(value) || isIpv4InIpv6(value)) {
    warnings.push(`${path}: non-standard CIDR value ${quote(value)} is invalid: use ${quote(canonical)}`);
  }
  if (warnings.length === 0 && cidr.address.family === 6 && canonical !== value) {
    warnings.push(
      `${path}: IPv6 CIDR value ${quote(value)} should be in RFC 5952 canonical format (${quote(canonical)})`,
    );
  }
  return warnings;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
