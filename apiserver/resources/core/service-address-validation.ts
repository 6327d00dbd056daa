/** Validation of a service's addresses and families (pkg/apis/core/validation: ValidateServiceClusterIPsRelatedFields). */

import { type IpFamily, parseIp } from '../../../base/ip.ts';
import type { V1ServiceSpec } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkIp } from '../validation/ips.ts';
import { isHeadless } from './service-strategy.ts';

const IPS = 'spec.clusterIPs';
const FAMILIES = 'spec.ipFamilies';
const POLICY = 'spec.ipFamilyPolicy';
const FIXED = 'may not change once set';
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/**
 * What keeps addresses from being given out, which upstream does before it looks at anything else.
 * @returns whether all is well; if not, nothing else is to be said of the service
 */
export function validateAddresses(
  spec: V1ServiceSpec,
  old: V1ServiceSpec | undefined,
  families: readonly IpFamily[],
  errors: FieldErrors,
): boolean {
  const found = errors.list.length;
  if (spec.type === 'ExternalName') return true;
  const ips = spec.clusterIPs ?? [];
  if (spec.clusterIP !== undefined) {
    if (ips.length === 0) errors.required(IPS);
    else if (ips[0] !== spec.clusterIP) errors.invalid(IPS, ips, 'first value must match `clusterIP`');
  } else if (ips.length > 0) errors.invalid(IPS, ips, 'must be empty when `clusterIP` is not specified');
  validateFamilies(spec, errors);
  const valid = validateIps(ips, old?.clusterIPs ?? [], errors);
  if (valid) validateIpFamilies(spec, ips, errors);
  if (errors.list.length === found) validateAgainstCluster(spec, families, errors);
  return errors.list.length === found;
}

function validateFamilies(spec: V1ServiceSpec, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const path = `${FAMILIES}[${index}]`;
    if (family !== 'IPv4' && family !== 'IPv6') errors.notSupported(path, family, ['IPv4', 'IPv6']);
    if (seen.has(family)) errors.duplicate(path, family);
    seen.add(family);
  }
  const policy = spec.ipFamilyPolicy;
  if (policy !== undefined && !POLICIES.includes(policy)) errors.notSupported(POLICY, policy, POLICIES);
}

function validateIps(ips: readonly string[], old: readonly string[], errors: FieldErrors): boolean {
  let valid = true;
  for (const [index, ip] of ips.entries()) {
    if (index === 0 && ip === 'None') {
      if (ips.length === 1) continue;
      valid = false;
      errors.invalid(IPS, ips, "'None' must be the first and only value");
    } else valid = checkIp(ip, `${IPS}[${index}]`, errors, old) && valid;
  }
  if (ips.length > 2) errors.invalid(IPS, ips, 'may only hold up to 2 values');
  return valid;
}

function validateIpFamilies(spec: V1ServiceSpec, ips: readonly string[], errors: FieldErrors): void {
  if (ips.length > 1 && new Set(ips.map((ip) => parseIp(ip)?.family)).size < 2) {
    errors.invalid(IPS, ips, 'may specify no more than one IP for each IP family');
  }
  if (isHeadless(spec)) return;
  for (const [index, ip] of ips.entries()) {
    const family = spec.ipFamilies?.[index];
    if ((family === 'IPv4' || family === 'IPv6') && family !== `IPv${parseIp(ip)?.family}`) {
      errors.invalid(`${IPS}[${index}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``);
    }
  }
}

/** What this cluster's ranges cannot give. */
function validateAgainstCluster(spec: V1ServiceSpec, families: readonly IpFamily[], errors: FieldErrors): void {
  const policy = spec.ipFamilyPolicy;
  const several = (what: string): string =>
    `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
  if (policy === 'SingleStack') {
    if (spec.clusterIPs?.length === 2) errors.invalid(POLICY, policy, several('cluster IPs'));
    if (spec.ipFamilies?.length === 2) errors.invalid(POLICY, policy, several('IP families'));
  }
  if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) return;
  if (policy === 'RequireDualStack' && families.length < 2) {
    errors.invalid(POLICY, policy, 'this cluster is not configured for dual-stack services');
  }
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (!families.some((each) => family === `IPv${each}`)) {
      errors.invalid(`${FAMILIES}[${index}]`, family, 'not configured on this cluster');
    }
  }
}

/** Addresses and families may be added and given up at their end, never exchanged. */
export function validateAddressesUpdate(spec: V1ServiceSpec, old: V1ServiceSpec, errors: FieldErrors): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  const bothHeadless = isHeadless(spec) && isHeadless(old);
  if (!bothHeadless) {
    validateChange(spec.clusterIPs ?? [], old.clusterIPs ?? [], IPS, 'clusterIP', spec, errors);
  }
  if (!isHeadless(spec) && !isHeadless(old)) {
    validateChange(spec.ipFamilies ?? [], old.ipFamilies ?? [], FAMILIES, 'ipFamily', spec, errors);
  }
}

function validateChange(
  after: readonly string[],
  before: readonly string[],
  path: string,
  what: string,
  spec: V1ServiceSpec,
  errors: FieldErrors,
): void {
  if (before.length === after.length) {
    for (const [index, value] of before.entries()) {
      const at = what === 'clusterIP' ? index : 0;
      if (value !== after[index]) errors.invalid(`${path}[${at}]`, after, FIXED);
    }
    return;
  }
  const missing = what === 'clusterIP' ? after.length === 0 : (spec.clusterIPs ?? []).length === 0;
  if (before.length > after.length && missing) errors.invalid(`${path}[0]`, after, `primary ${what} can not be unset`);
  if (before.length > 0 && after.length > 0 && before[0] !== after[0]) errors.invalid(`${path}[0]`, after, FIXED);
  if (before.length > after.length && after.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
    errors.invalid(POLICY, spec.ipFamilyPolicy ?? null, detail);
  }
}
