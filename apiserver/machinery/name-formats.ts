/**
 * What names, label keys and label values may be, in kube-apiserver's words (k8s.io/apimachinery/pkg/util/validation).
 * Each function answers its complaints, none when the value is fine. Lengths are in bytes.
 */
import type { NameRule } from './resource-row.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;

const labelPattern = new RegExp(`^${LABEL}$`);
const subdomainPattern = new RegExp(`^${SUBDOMAIN}$`);
const label1035Pattern = new RegExp(`^${LABEL_1035}$`);
const qualifiedNamePattern = new RegExp(`^${QUALIFIED_NAME}$`);
const labelValuePattern = new RegExp(`^${LABEL_VALUE}$`);

/** `<message> (e.g. 'a',  or 'b', regex used for validation is '…')`: upstream's own spacing. */
export function patternComplaint(message: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

/** Upstream's newer functions (label keys and values) say bytes, its older ones (DNS names) characters, and mean bytes. */
export function maxLengthComplaint(bytesMax: number, unit: 'bytes' | 'characters' = 'bytes'): string {
  return `must be no more than ${bytesMax} ${unit}`;
}

function tooLong(value: string, bytesMax: number): boolean {
  // A character is at most 3 bytes of UTF-8 for each UTF-16 unit.
  return value.length > bytesMax || (value.length * 3 > bytesMax && Buffer.byteLength(value) > bytesMax);
}

/** An RFC 1123 label: namespaces, container names. */
export function dns1123LabelComplaints(value: string): string[] {
  const complaints: string[] = [];
  if (tooLong(value, 63)) complaints.push(maxLengthComplaint(63, 'characters'));
  if (!labelPattern.test(value)) {
    complaints.push(
      subdomainPattern.test(value)
        ? 'must not contain dots'
        : patternComplaint(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            LABEL,
            'my-name',
            '123-abc',
          ),
    );
  }
  return complaints;
}

/** An RFC 1123 subdomain: the names of most kinds. */
export function dns1123SubdomainComplaints(value: string, unit: 'bytes' | 'characters' = 'characters'): string[] {
  const complaints: string[] = [];
  if (tooLong(value, 253)) complaints.push(maxLengthComplaint(253, unit));
  if (!subdomainPattern.test(value)) {
    complaints.push(
      patternComplaint(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return complaints;
}

/** An RFC 1035 label: service names. */
export function dns1035LabelComplaints(value: string): string[] {
  const complaints: string[] = [];
  if (tooLong(value, 63)) complaints.push(maxLengthComplaint(63, 'characters'));
  if (!label1035Pattern.test(value)) {
    complaints.push(
      patternComplaint(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        LABEL_1035,
        'my-name',
        'abc-123',
      ),
    );
  }
  return complaints;
}

/** One segment of a path: what every name must be, and all that roles' names must be. */
export function pathSegmentComplaints(value: string, prefix = false): string[] {
  if (!prefix && (value === '.' || value === '..')) return [`may not be '${value}'`];
  const complaints: string[] = [];
  for (const part of ['/', '%']) if (value.includes(part)) complaints.push(`may not contain '${part}'`);
  return complaints;
}

const QUALIFIED_NAME_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A label key, an annotation key in lower case, a finalizer: `example.com/my-name`. */
export function qualifiedNameComplaints(value: string): string[] {
  const parts = value.split('/');
  const complaints: string[] = [];
  const nameComplaint = patternComplaint(QUALIFIED_NAME_MESSAGE, QUALIFIED_NAME, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2) {
    return [
      `a valid label key ${nameComplaint} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts[parts.length - 1] ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') complaints.push('prefix part must be non-empty');
    else
      for (const complaint of dns1123SubdomainComplaints(prefix, 'bytes')) complaints.push(`prefix part ${complaint}`);
  }
  if (name === '') complaints.push('name part must be non-empty');
  else if (tooLong(name, 63)) complaints.push(`name part ${maxLengthComplaint(63)}`);
  if (!qualifiedNamePattern.test(name)) complaints.push(`name part ${nameComplaint}`);
  return complaints;
}

export function labelValueComplaints(value: string): string[] {
  const complaints: string[] = [];
  if (tooLong(value, 63)) complaints.push(maxLengthComplaint(63));
  if (!labelValuePattern.test(value)) {
    complaints.push(
      patternComplaint(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return complaints;
}

/** A `generateName` is judged as if its trailing dash were a letter. */
function maskTrailingDash(value: string): string {
  return value.length > 1 && value.endsWith('-') ? `${value.slice(0, -2)}a` : value;
}

/** @param prefix whether `name` is a `generateName`, to which a suffix will be appended */
export function nameComplaints(rule: NameRule, name: string, prefix: boolean): readonly string[] {
  if (typeof rule === 'function') return rule(name, prefix);
  const judged = prefix ? maskTrailingDash(name) : name;
  switch (rule) {
    case 'subdomain':
      return dns1123SubdomainComplaints(judged);
    case 'label':
      return dns1123LabelComplaints(judged);
    case 'label1035':
      return dns1035LabelComplaints(judged);
    case 'path':
      return pathSegmentComplaints(name, prefix);
  }
}
