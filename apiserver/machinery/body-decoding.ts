/**
 * Request bodies into objects of the kind that the endpoint takes: text, type, strictness, defaults
 * (`?fieldValidation=`: Strict refuses unknown and repeated fields, Warn tells of them, Ignore drops them silently).
 */
import { isRecord } from './copy-value.ts';
import { decodeUtf8, type ParsedText, parseJson, TextError } from './json-text.ts';
import type { InputFormat } from './media-types.ts';
import { type ProtobufBodies, ProtobufError } from './protobuf-body.ts';
import type { WriteOptions } from './request-options.ts';
import type { KubeObject } from './resource-row.ts';
import { badRequest, unsupportedMediaType } from './status.ts';
import type { StructType } from './type-nodes.ts';
import { decodeTyped, TypeMismatch } from './typed-decode.ts';
import { parseYaml, strictComplaint } from './yaml-text.ts';

/** Where upstream registers its kinds; its name is part of a message. */
const SCHEME = 'k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30';
/** The schemes of the groups that upstream's other API servers serve. */
const OTHER_SCHEMES: Readonly<Record<string, string>> = {
  'apiextensions.k8s.io': 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55',
  'apiregistration.k8s.io': 'k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:28',
};

/** The kind that an endpoint takes. */
export interface BodyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: StructType;
  /** undefined for a CRD, which has no field numbers. */
  readonly protobuf: ProtobufBodies | undefined;
  /** Whether a group and version is served at all, and has that kind. */
  knows(apiVersion: string, kind: string): boolean;
}

type Body = Uint8Array | KubeObject | undefined;

/** @throws StatusError 400 */
export function decodeBody(
  body: Body,
  format: InputFormat,
  expected: BodyKind,
  validation: WriteOptions['fieldValidation'],
  warn: (text: string) => void,
): KubeObject {
  const strict = validation !== 'Ignore';
  const parsed = parseBody(body, format, expected, strict);
  let named: NamedFields;
  try {
    named = namedFields(parsed.value);
  } catch (error) {
    if (error instanceof TypeMismatch) throw unrecognized(expected, body, error.message);
    throw error;
  }
  const { fields, kind, apiVersion } = named;
  checkKind(kind || expected.kind, apiVersion || versionOf(expected), expected);
  const repeated = strict ? parsed.duplicates : [];
  const asOne = format === 'yaml' && validation === 'Strict' && repeated.length > 0;
  const told = { ...parsed, duplicates: asOne ? [strictComplaint(repeated)] : repeated };
  return decodeFields(fields, expected, told, validation, warn);
}

/** Fields that were parsed already, against the type. @throws StatusError 400 */
function decodeFields(
  fields: Record<string, unknown>,
  expected: BodyKind,
  parsed: ParsedText,
  validation: WriteOptions['fieldValidation'],
  warn: (text: string) => void,
): KubeObject {
  const decoded = typed(fields, expected, parsed.literals);
  const complaints = strictComplaints(parsed, decoded.unknown);
  if (complaints.length > 0) {
    if (validation === 'Strict') throw cannotHandle(expected, `strict decoding error: ${complaints.join(', ')}`);
    if (validation === 'Warn') for (const complaint of complaints) warn(complaint);
  }
  return withIdentity(decoded.value, expected);
}

/** As many as Go's decoder tells. */
const COMPLAINTS_MAX = 100;

/** What a strict reader would refuse, in the order of the text. */
function strictComplaints({ duplicates, places }: ParsedText, unknown: readonly string[]): readonly string[] {
  if (duplicates.length === 0) return unknown.slice(0, COMPLAINTS_MAX);
  // Of a field that is not known, its repetition is nothing new.
  const strange = new Set(unknown);
  const repeated = duplicates.filter((each) => !strange.has(each.replace('duplicate', 'unknown')));
  const complaints = [...repeated, ...unknown];
  const placeOf = (complaint: string): number => places?.get(complaint) ?? 0;
  if (places !== undefined) complaints.sort((left, right) => placeOf(left) - placeOf(right));
  return complaints.slice(0, COMPLAINTS_MAX);
}

function typed(fields: Record<string, unknown>, expected: BodyKind, literals: ParsedText['literals']) {
  try {
    return decodeTyped(expected.type, fields, 'json', literals);
  } catch (error) {
    if (error instanceof TypeMismatch) throw cannotHandle(expected, error.message);
    throw error;
  }
}

/** Kind and version first, as Go writes them; metadata always there. */
export function withIdentity(value: Record<string, unknown>, { kind, group, version }: BodyKind): KubeObject {
  const { kind: _, apiVersion: __, metadata, ...rest } = value;
  return {
    kind,
    apiVersion: group === '' ? version : `${group}/${version}`,
    metadata: (metadata ?? {}) as KubeObject['metadata'],
    ...rest,
  };
}

function parseBody(body: Body, format: InputFormat, expected: BodyKind, strict: boolean): ParsedText {
  if (body !== undefined && !(body instanceof Uint8Array)) return { value: body, duplicates: [] };
  if (format === 'protobuf') return { value: ofProtobuf(body, expected), duplicates: [] };
  const text = body === undefined ? '' : decodeUtf8(body);
  try {
    return format === 'json' ? parseJson(text, strict) : parseYaml(text, strict);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    throw unrecognized(
      expected,
      body,
      format === 'json' ? `couldn't get version/kind; json parse error: ${error.message}` : error.message,
    );
  }
}

function ofProtobuf(body: Uint8Array | undefined, expected: BodyKind): unknown {
  if (expected.protobuf === undefined) throw unsupportedMediaType(['application/json', 'application/yaml']);
  try {
    return expected.protobuf.decode(body ?? new Uint8Array(0), expected.kind, versionOf(expected), expected.type);
  } catch (error) {
    if (error instanceof ProtobufError) throw unrecognized(expected, body, error.message);
    throw error;
  }
}

export interface NamedFields {
  readonly fields: Record<string, unknown>;
  /** Empty when the body does not say. */
  readonly kind: string;
  readonly apiVersion: string;
}

/** What a body says that it is; `null` is an object that says nothing. @throws TypeMismatch */
export function namedFields(value: unknown): NamedFields {
  if (value === null) return { fields: {}, kind: '', apiVersion: '' };
  if (!isRecord(value)) {
    throw unreadable(
      value,
      'value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    );
  }
  const text = (name: 'kind' | 'apiVersion'): string => {
    const found = Object.hasOwn(value, name) ? (value[name] ?? '') : '';
    if (typeof found !== 'string') throw unreadable(found, `struct field .${name} of type string`);
    return found;
  };
  const kind = text('kind');
  const apiVersion = text('apiVersion');
  if (apiVersion.split('/').length > 2) throw new TypeMismatch(`unexpected GroupVersion string: ${apiVersion}`);
  return { fields: value, kind, apiVersion };
}

function unreadable(value: unknown, target: string): TypeMismatch {
  const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return new TypeMismatch(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go ${target}`,
  );
}

function unrecognized(expected: BodyKind, body: Body, why: string): Error {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summaryOf(body)})`,
  );
}

/** The first 30 bytes: as text when they begin an object, else in hexadecimal. */
function summaryOf(body: Body): string {
  if (body === undefined || !(body instanceof Uint8Array) || body.length === 0) return '<empty>';
  const shown = Buffer.from(body.subarray(0, 30)).toString(body[0] === 0x7b ? 'utf8' : 'hex');
  return body.length > 30 ? `${shown} ...` : shown;
}

function versionOf({ group, version }: BodyKind): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Another kind or version than the endpoint's. @throws StatusError 400 */
function checkKind(kind: string, apiVersion: string, expected: BodyKind): void {
  if (kind === expected.kind && apiVersion === versionOf(expected)) return;
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const prefix = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: `;
  if (expected.knows(apiVersion, kind)) {
    if (kind === expected.kind) {
      throw badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${versionOf(expected)})`,
      );
    }
    const group = expected.group === '' ? 'core' : (expected.group.split('.')[0] ?? '');
    throw badRequest(`${prefix}converting (${version}.${kind}) to (${group}.${expected.kind}): unknown conversion`);
  }
  throw badRequest(`${prefix}${unregistered(kind, apiVersion, expected.group)}`);
}

function unregistered(kind: string, apiVersion: string, group: string): string {
  const scheme = OTHER_SCHEMES[group] ?? SCHEME;
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme ${JSON.stringify(scheme)}`;
}

/** What is wrong with what a patch makes of an object's kind and version; undefined: nothing. @throws TypeMismatch */
export function patchedKindComplaint(object: Record<string, unknown>, expected: BodyKind): string | undefined {
  const named = namedFields(object);
  const kind = named.kind || expected.kind;
  const apiVersion = named.apiVersion || versionOf(expected);
  if (kind === expected.kind && apiVersion === versionOf(expected)) return undefined;
  if (!expected.knows(apiVersion, kind)) return unregistered(kind, apiVersion, expected.group);
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return `converting (${version}.${kind}) to (${expected.version}.${expected.kind}): unknown conversion`;
}

export function cannotHandle({ kind, version }: BodyKind, why: string): Error {
  return badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
}
