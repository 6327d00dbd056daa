/** Secrets: like config maps, with types that demand certain keys. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { messageOf } from '../../../base/errors.ts';
import type { V1Secret } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid, configKeyComplaints } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { base64Bytes, CONFIG_BYTES_MAX, validateFrozen } from './config-map.ts';

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

type Secret = Filled<V1Secret>;

/** `stringData` is a way of writing: it becomes data, and is never read. */
function setDefaults(secret: Secret): void {
  if (secret.stringData !== undefined) {
    const encoded = Object.entries(secret.stringData).map(([key, text]) => [
      key,
      Buffer.from(text, 'utf8').toString('base64'),
    ]);
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
    delete secret.stringData;
  }
  secret.type ??= 'Opaque';
}

function validate(secret: Secret, errors: FieldErrors): void {
  const data = secret.data ?? {};
  let bytes = 0;
  for (const key of Object.keys(data).sort()) {
    addInvalid(errors, `data[${key}]`, key, configKeyComplaints(key));
    bytes += base64Bytes(data[key] ?? '');
  }
  if (bytes > CONFIG_BYTES_MAX) errors.tooLong('data', CONFIG_BYTES_MAX);
  validateType(secret, data, errors);
}

function validateType(secret: Secret, data: Readonly<Record<string, string>>, errors: FieldErrors): void {
  const missing = (key: string): boolean => data[key] === undefined;
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      if (!secret.metadata.annotations?.[SERVICE_ACCOUNT_NAME]) {
        errors.required(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`);
      }
      return;
    case 'kubernetes.io/dockercfg':
      validateJson(data, '.dockercfg', errors);
      return;
    case 'kubernetes.io/dockerconfigjson':
      validateJson(data, '.dockerconfigjson', errors);
      return;
    case 'kubernetes.io/basic-auth':
      if (missing('username') && missing('password')) {
        errors.required('data[username]');
        errors.required('data[password]');
      }
      return;
    case 'kubernetes.io/ssh-auth':
      if (!data['ssh-privatekey']) errors.required('data[ssh-privatekey]');
      return;
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (missing(key)) errors.required(`data[${key}]`);
  }
}

function validateJson(data: Readonly<Record<string, string>>, key: string, errors: FieldErrors): void {
  const path = `data[${key}]`;
  const encoded = data[key];
  if (encoded === undefined) {
    errors.required(path);
    return;
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const complaint = jsonObjectComplaint(text);
  if (complaint !== undefined) errors.invalid(path, '<secret contents redacted>', complaint);
}

/** What Go's JSON decoder says of a text that is no JSON object. */
function jsonObjectComplaint(text: string): string | undefined {
  if (text.trim() === '') return 'unexpected end of JSON input';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const bad = text.trimStart()[0] ?? '';
    return /^[[{"\d-]/.test(text.trimStart())
      ? 'unexpected end of JSON input'
      : `invalid character '${bad}' looking for beginning of value`;
  }
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

/** A key pair that does not fit together is stored all the same, with a warning. */
function warnings(secret: Secret): string[] {
  if (secret.type !== 'kubernetes.io/tls') return [];
  const pem = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  const certificate = pem('tls.crt');
  const privateKey = pem('tls.key');
  if (!certificate.includes('-----BEGIN')) return ['tls: failed to find any PEM data in certificate input'];
  if (!privateKey.includes('-----BEGIN')) return ['tls: failed to find any PEM data in key input'];
  try {
    const matches = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
    return matches ? [] : ['tls: private key does not match public key'];
  } catch (error) {
    return [`tls: failed to parse: ${messageOf(error)}`];
  }
}

export const secretRow = defineRow<V1Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  model: 'V1Secret',
  strategy: {
    defaults: setDefaults,
    validate,
    metaOnUpdate: ['change', 'content'],
    validateUpdate(secret, old, errors) {
      checkImmutable(secret.type, old.type, 'type', errors);
      validateFrozen(secret, old, ['data'], errors);
      validate(secret, errors);
    },
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Type', fieldDoc('V1Secret.type')),
      textColumn('Data', fieldDoc('V1Secret.data')),
      ageColumn,
    ],
    cells: (secret, nowMs) => [
      nameOf(secret),
      secret.type ?? '',
      Object.keys(secret.data ?? {}).length,
      ageOf(secret, nowMs),
    ],
  },
  fieldLabels: { type: (secret) => secret.type ?? '' },
});
