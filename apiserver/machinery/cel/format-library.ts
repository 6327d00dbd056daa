/** `format.dns1123Label().validate("x")` in CEL (k8s.io/apiserver/pkg/cel/library/format.go). */
import { type Environment, Optional } from '@marcbachmann/cel-js';
import {
  dns1035LabelComplaints,
  dns1123LabelComplaints,
  dns1123SubdomainComplaints,
  labelValueComplaints,
  qualifiedNameComplaints,
} from '../name-formats.ts';
import { parseRequestUri } from './url-library.ts';

const TYPE = 'kubernetes.NamedFormat';
/** What `format.named` and the others are called on. */
const NAMESPACE = 'kubernetes.FormatFunctions';

class FormatFunctions {}

class NamedFormat {
  readonly name: string;
  readonly complaintsOf: (text: string) => readonly string[];

  constructor(name: string, complaintsOf: (text: string) => readonly string[]) {
    this.name = name;
    this.complaintsOf = complaintsOf;
  }
}

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const TIME = /^\d{4}-\d\d-\d\d[tT ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?([zZ]|[+-]\d\d:?\d\d)$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const formats: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: dns1123LabelComplaints,
  dns1123Subdomain: dns1123SubdomainComplaints,
  dns1035Label: dns1035LabelComplaints,
  qualifiedName: qualifiedNameComplaints,
  dns1123LabelPrefix: (text) => dns1123LabelComplaints(withoutDash(text)),
  dns1123SubdomainPrefix: (text) => dns1123SubdomainComplaints(withoutDash(text)),
  dns1035LabelPrefix: (text) => dns1035LabelComplaints(withoutDash(text)),
  labelValue: labelValueComplaints,
  uri(text) {
    const url = parseRequestUri(text);
    return typeof url === 'string' ? [url] : [];
  },
  uuid: (text) => (UUID.test(text) ? [] : ['does not match the UUID format']),
  byte: (text) => (BASE64.test(text) ? [] : ['invalid base64']),
  date: (text) => (isDate(text) ? [] : ['invalid date']),
  datetime: (text) => (TIME.test(text) && isDate(text.slice(0, 10)) ? [] : ['invalid datetime']),
};

export function registerFormats(environment: Environment): void {
  environment
    .registerType(TYPE, NamedFormat)
    .registerType(NAMESPACE, FormatFunctions)
    .registerConstant('format', NAMESPACE, new FormatFunctions())
    .registerFunction(`${TYPE}.validate(string): optional<list<string>>`, (format: NamedFormat, text: string) => {
      const complaints = format.complaintsOf(text);
      return complaints.length === 0 ? Optional.none() : Optional.of([...complaints]);
    })
    .registerFunction(`${NAMESPACE}.named(string): optional<${TYPE}>`, (_self: unknown, name: string) => {
      const complaintsOf = Object.hasOwn(formats, name) ? formats[name] : undefined;
      return complaintsOf === undefined ? Optional.none() : Optional.of(new NamedFormat(name, complaintsOf));
    })
    .registerOperator(`${TYPE} == ${TYPE}`, (a: NamedFormat, b: NamedFormat) => a.name === b.name);
  for (const [name, complaintsOf] of Object.entries(formats)) {
    const format = new NamedFormat(name, complaintsOf);
    environment.registerFunction(`${NAMESPACE}.${name}(): ${TYPE}`, () => format);
  }
}

/** A prefix that names are drawn from may end in what a name may not. */
function withoutDash(text: string): string {
  return text.endsWith('-') ? `${text.slice(0, -1)}a` : text;
}

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
