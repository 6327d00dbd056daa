/**
 * The formats of names, ports and texts in fields (k8s.io/apimachinery/pkg/util/validation). `…Complaints` answer what is
 * wrong with a value, `check…` add it to the errors of a field.
 */
import type { FieldErrors } from '../../machinery/field-errors.ts';
import {
  dns1035LabelComplaints,
  dns1123LabelComplaints,
  dns1123SubdomainComplaints,
  labelValueComplaints,
  patternComplaint,
  qualifiedNameComplaints,
} from '../../machinery/name-formats.ts';

export const NON_NEGATIVE = 'must be greater than or equal to 0';
export const MUST_BE_POSITIVE = 'must be greater than zero';
export const IMMUTABLE = 'field is immutable';

export function rangeComplaint(min: number, max: number): string {
  return `must be between ${min} and ${max}, inclusive`;
}

export function tooManyCharacters(max: number): string {
  return `must be no more than ${max} characters`;
}

/** Adds a complaint each. */
export function addInvalid(errors: FieldErrors, path: string, value: unknown, complaints: readonly string[]): void {
  for (const complaint of complaints) errors.invalid(path, value, complaint);
}

export function checkLabel(value: string, path: string, errors: FieldErrors): void {
  addInvalid(errors, path, value, dns1123LabelComplaints(value));
}

export function checkSubdomain(value: string, path: string, errors: FieldErrors): void {
  addInvalid(errors, path, value, dns1123SubdomainComplaints(value));
}

export function checkDns1035Label(value: string, path: string, errors: FieldErrors): void {
  addInvalid(errors, path, value, dns1035LabelComplaints(value));
}

/** `example.com/my-name`, the prefix optional. */
export function checkQualifiedName(value: string, path: string, errors: FieldErrors): void {
  addInvalid(errors, path, value, qualifiedNameComplaints(value));
}

export function checkLabelValue(value: string, path: string, errors: FieldErrors): void {
  addInvalid(errors, path, value, labelValueComplaints(value));
}

const UNDERSCORE_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORE_SUBDOMAIN = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`;
const underscoreSubdomainPattern = new RegExp(`^${UNDERSCORE_SUBDOMAIN}$`);

export function underscoreSubdomainComplaints(value: string): string[] {
  const complaints = value.length > 253 ? [tooManyCharacters(253)] : [];
  if (!underscoreSubdomainPattern.test(value)) {
    complaints.push(
      patternComplaint(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        UNDERSCORE_SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return complaints;
}

const WILDCARD_SUBDOMAIN = '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const wildcardSubdomainPattern = new RegExp(`^${WILDCARD_SUBDOMAIN}$`);

/** `*.example.com` */
export function wildcardSubdomainComplaints(value: string): string[] {
  const complaints = value.length > 253 ? [tooManyCharacters(253)] : [];
  if (!wildcardSubdomainPattern.test(value)) {
    complaints.push(
      patternComplaint(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD_SUBDOMAIN,
        '*.example.com',
      ),
    );
  }
  return complaints;
}

export function portNumberComplaints(port: number): string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [rangeComplaint(1, 65535)];
}

export function checkPortNumber(port: number, path: string, errors: FieldErrors): void {
  addInvalid(errors, path, port, portNumberComplaints(port));
}

export function portNameComplaints(name: string): string[] {
  const complaints: string[] = [];
  if (name.length > 15) complaints.push(tooManyCharacters(15));
  if (!/^[-a-z0-9]+$/.test(name)) {
    complaints.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) complaints.push('must contain at least one letter (a-z)');
  if (name.includes('--')) complaints.push('must not contain consecutive hyphens');
  if (/^-|-$/.test(name)) complaints.push('must not begin or end with a hyphen');
  return complaints;
}

/** A port by number or by name; none is 0. */
export function checkPortNumberOrName(port: number | string | undefined, path: string, errors: FieldErrors): void {
  if (typeof port !== 'string') checkPortNumber(port ?? 0, path, errors);
  else addInvalid(errors, path, port, portNameComplaints(port));
}

export function idComplaints(id: number): string[] {
  return id >= 0 && id <= 2147483647 ? [] : [rangeComplaint(0, 2147483647)];
}

/** `25%` */
export function percentComplaints(text: string): string[] {
  if (/^[0-9]+%$/.test(text)) return [];
  const message = "a valid percent string must be a numeric string followed by an ending '%'";
  return [patternComplaint(message, '[0-9]+%', '1%', '93%')];
}

export function httpHeaderNameComplaints(name: string): string[] {
  if (/^[-A-Za-z0-9]+$/.test(name)) return [];
  const message = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return [patternComplaint(message, '[-A-Za-z0-9]+', 'X-Header-Name')];
}

/** The names of environment variables: printable ASCII without `=`. */
export function environmentNameComplaints(name: string): string[] {
  const complaints = name === '' ? ['environment variable name must be non-empty'] : [];
  if (!/^[ -<>-~]*$/.test(name)) {
    complaints.push("a valid environment variable name must consist only of printable ASCII characters other than '='");
  }
  return complaints;
}

/** The keys of config maps and secrets. */
export function configKeyComplaints(key: string): string[] {
  const complaints: string[] = [];
  if (key.length > 253) complaints.push(tooManyCharacters(253));
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    complaints.push(patternComplaint(message, '[-._a-zA-Z0-9]+', 'key.name', 'KEY_NAME', 'key-name'));
  }
  if (key === '.') complaints.push("must not be '.'");
  else if (key === '..') complaints.push("must not be '..'");
  else if (key.startsWith('..')) complaints.push("must not start with '..'");
  return complaints;
}

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpPathPattern = new RegExp(`^${HTTP_PATH}$`);

/** `acme.io/foo` */
export function checkDomainPrefixedPath(value: string, path: string, errors: FieldErrors): void {
  if (value === '') {
    errors.required(path);
    return;
  }
  const slash = value.indexOf('/');
  const host = value.slice(0, slash);
  const rest = value.slice(slash + 1);
  if (slash < 1 || rest === '') {
    errors.invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")');
    return;
  }
  addInvalid(errors, path, host, dns1123SubdomainComplaints(host));
  if (!httpPathPattern.test(rest)) errors.invalid(path, rest, patternComplaint('Invalid path', HTTP_PATH));
}

/** `acme.io/key`, the prefix required. */
export function checkDomainPrefixedKey(value: string, path: string, errors: FieldErrors): void {
  if (value === '') {
    errors.required(path);
    return;
  }
  const complaints = qualifiedNameComplaints(value);
  addInvalid(errors, path, value, complaints);
  if (complaints.length === 0 && !value.includes('/')) {
    errors.invalid(path, value, 'must be a domain-prefixed key (such as "acme.io/foo")');
  }
}

/** A domain of at least three segments. */
export function checkFullyQualifiedName(value: string, path: string, errors: FieldErrors): void {
  if (value === '') {
    errors.required(path);
    return;
  }
  const complaints = dns1123SubdomainComplaints(value);
  if (complaints.length > 0) errors.invalid(path, value, complaints.join(','));
  else if (value.split('.').length < 3) {
    errors.invalid(path, value, 'should be a domain with at least three segments separated by dots');
  }
}

/** A domain of at least two segments, each a label; a dot at the end is allowed. */
export function checkFullyQualifiedDomainName(value: string, path: string, errors: FieldErrors): void {
  if (value === '') {
    errors.required(path);
    return;
  }
  const domain = value.endsWith('.') ? value.slice(0, -1) : value;
  const complaints = dns1123SubdomainComplaints(domain);
  if (complaints.length > 0) errors.invalid(path, domain, complaints.join(','));
  else if (!domain.includes('.')) {
    errors.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
  } else {
    const wrong = domain.split('.').find((label) => dns1123LabelComplaints(label).length > 0);
    if (wrong !== undefined) errors.invalid(path, wrong, dns1123LabelComplaints(wrong).join(','));
  }
}

export function checkNonNegative(value: number | undefined, path: string, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(path, value, NON_NEGATIVE);
}

export function checkPositive(value: number, path: string, errors: FieldErrors): void {
  if (value <= 0) errors.invalid(path, value, MUST_BE_POSITIVE);
}

/** One of a few words. */
export function checkOneOf(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: FieldErrors,
): boolean {
  if (supported.includes(value ?? '')) return true;
  errors.notSupported(path, value ?? '', supported);
  return false;
}

/** Required, and one of a few words. */
export function checkRequiredOneOf(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: FieldErrors,
): boolean {
  if (value !== undefined && value !== '') return checkOneOf(value, supported, path, errors);
  errors.required(path);
  return false;
}
