/** What certificate signing requests may ask for, and who may change what of them (pkg/apis/certificates/validation). */
import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1CertificateSigningRequest,
  V1CertificateSigningRequestCondition,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints, dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import type { Filled } from '../row.ts';
import { internalForm } from '../validation/internal-form.ts';
import { jsonDiff } from '../validation/unified-diff.ts';
import { certificateComplaint, requestComplaint } from './certification-request.ts';

type Request = Filled<V1CertificateSigningRequest>;
type Condition = V1CertificateSigningRequestCondition;

const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const DURATION_SECONDS_MIN = 600;
const DOMAIN_BYTES_MAX = 253;
/** A domain and a path of a subdomain and a label. */
const SIGNER_BYTES_MAX = 253 + 1 + (253 + 1 + 63);

const USAGES = [
  ...['any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment'],
  ...['decipher only', 'digital signature', 'email protection', 'encipher only', 'ipsec end system', 'ipsec tunnel'],
  ...['ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc', 'netscape sgc', 'ocsp signing', 's/mime'],
  ...['server auth', 'signing', 'timestamping'],
];

const LASTING = ['Approved', 'Denied', 'Failed'];

/** What this endpoint may set. */
export interface Powers {
  readonly certificate?: boolean;
  readonly approval?: boolean;
}

/** Whether the list has something twice. */
function hasRepeated(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

export function validateSigningRequest(request: Request, old: Request | undefined, errors: FieldErrors): void {
  const { spec, status } = request;
  const text = decoded(spec.request);
  const complaint = requestComplaint(text);
  if (complaint !== undefined) errors.invalid('spec.request', spec.request, complaint);
  validateUsages(spec.usages ?? [], old?.spec.usages ?? [], errors);
  if (spec.signerName === LEGACY_SIGNER && old?.spec.signerName !== LEGACY_SIGNER) {
    const message = 'the legacy signerName is not allowed via this API version';
    errors.invalid('spec.signerName', spec.signerName, message);
  } else validateSignerName(spec.signerName, 'spec.signerName', errors);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < DURATION_SECONDS_MIN) {
    const message = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.invalid('spec.expirationSeconds', seconds, message);
  }
  validateConditions(status.conditions ?? [], old?.status.conditions ?? [], 'status.conditions', errors);
  validateCertificate(status.certificate ?? '', old, errors);
}

function decoded(base64: string | null | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

function validateUsages(usages: readonly string[], old: readonly string[], errors: FieldErrors): void {
  if (usages.length === 0) errors.required('spec.usages');
  const hadUnknown = old.some((usage) => !USAGES.includes(usage));
  for (const [index, usage] of usages.entries()) {
    if (!hadUnknown && !USAGES.includes(usage)) errors.notSupported(`spec.usages[${index}]`, usage, USAGES);
  }
  if (hasRepeated(old)) return;
  for (const [index, usage] of usages.entries()) {
    if (usages.indexOf(usage) < index) errors.duplicate(`spec.usages[${index}]`, usage);
  }
}

function validateSignerName(name: string, path: string, errors: FieldErrors): void {
  const [domain = '', signer, ...more] = name.split('/');
  if (name === '') errors.required(path);
  else if (signer === undefined || more.length > 0) {
    const message = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.invalid(path, name, message);
  } else {
    if (domain.length > DOMAIN_BYTES_MAX) errors.tooLong(path, DOMAIN_BYTES_MAX);
    refuseFirstWrong(domain, dns1123LabelComplaints, path, errors);
    if (!domain.includes('.')) {
      errors.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
    }
    refuseFirstWrong(signer, dns1123SubdomainComplaints, path, errors);
    if (name.length > SIGNER_BYTES_MAX) errors.tooLong(path, SIGNER_BYTES_MAX);
  }
}

/** One label between dots is enough to complain about. */
function refuseFirstWrong(
  segment: string,
  complaintsOf: (label: string) => readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  const wrong = segment.split('.').find((label) => complaintsOf(label).length > 0);
  if (wrong === undefined) return;
  for (const complaint of complaintsOf(wrong)) {
    errors.invalid(path, segment, `validating label ${JSON.stringify(wrong)}: ${complaint}`);
  }
}

function validateConditions(
  conditions: readonly Condition[],
  old: readonly Condition[],
  path: string,
  errors: FieldErrors,
): void {
  const oldTypes = old.map(({ type }) => type);
  const hadBoth = oldTypes.includes('Approved') && oldTypes.includes('Denied');
  const seen = new Set<string>();
  for (const [index, { type, status }] of conditions.entries()) {
    const at = `${path}[${index}]`;
    if (type === '' && !oldTypes.includes('')) errors.required(`${at}.type`);
    const statuses = LASTING.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (status === '') errors.required(`${at}.status`);
    else if (!statuses.includes(status)) errors.notSupported(`${at}.status`, status, statuses);
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (!hadBoth && opposite !== undefined && seen.has(opposite)) {
      errors.invalid(path, type, 'Approved and Denied conditions are mutually exclusive');
    }
    if (seen.has(type) && !hasRepeated(oldTypes)) errors.duplicate(`${at}.type`, type);
    seen.add(type);
  }
}

function validateCertificate(certificate: string, old: Request | undefined, errors: FieldErrors): void {
  const before = old?.status.certificate ?? '';
  const mayBeAnything =
    old !== undefined && (certificate === before || certificateComplaint(decoded(before)) !== undefined);
  if (mayBeAnything) return;
  const complaint = certificateComplaint(decoded(certificate));
  if (complaint !== undefined) errors.invalid('status.certificate', '<certificate data>', complaint);
}

export function validateSigningRequestUpdate(
  request: Request,
  old: Request,
  errors: FieldErrors,
  powers: Powers,
): void {
  validateSigningRequest(request, old, errors);
  const ofType = ({ status }: Request, type: string): Condition[] =>
    (status.conditions ?? []).filter((condition) => condition.type === type);
  const forbid = (what: string): void => errors.forbidden('status.conditions', `updates may not ${what}`);
  for (const type of LASTING) {
    if (ofType(request, type).length < ofType(old, type).length) forbid(`remove a condition of type "${type}"`);
  }
  for (const type of powers.approval === true ? [] : ['Approved', 'Denied']) {
    const [now, then] = [ofType(request, type), ofType(old, type)];
    if (now.length > then.length) forbid(`add a condition of type "${type}"`);
    else if (now.length === then.length && !deepEqual(now, then)) {
      forbid(`modify a condition of type "${type}"\n${jsonDiff(then.map(shown), now.map(shown))}`);
    }
  }
  const [certificate = '', before = ''] = [request.status.certificate, old.status.certificate];
  if (certificate === before) return;
  const what = powers.certificate !== true ? 'set certificate' : before === '' ? '' : 'modify existing certificate';
  if (what !== '') errors.forbidden('status.certificate', `updates may not ${what} content`);
}

function shown(condition: Condition): object {
  return internalForm('CertificateSigningRequestCondition', condition);
}
