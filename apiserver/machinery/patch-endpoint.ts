/**
 * Patches in their four formats, each applied to what is stored at the moment of writing and again when somebody else was
 * faster. A patch sees and changes the object in the version of the request; its result is decoded as if it had been sent.
 */

import { storedAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import { type BodyKind, patchedKindComplaint, withIdentity } from './body-decoding.ts';
import { copyValue, isRecord } from './copy-value.ts';
import { FieldErrors } from './field-errors.ts';
import { goValue } from './go-value.ts';
import { applyJsonPatch, applyMergePatch, type JsonPatchOperation, PatchError } from './json-patch.ts';
import { decodeUtf8, parseJson, TextError } from './json-text.ts';
import { negotiateInput, type PatchFormat, patchFormatOf } from './media-types.ts';
import { patchOptions, type WriteOptions } from './request-options.ts';
import type { KubeObject } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import { applyConfiguration } from './server-side-apply.ts';
import {
  badRequest,
  conflict,
  invalid,
  plainError,
  requestEntityTooLarge,
  type StatusError,
  unprocessable,
  unsupportedMediaType,
  unsupportedMediaTypeByRoute,
} from './status.ts';
import { applyStrategicMergePatch, StrategicPatchError } from './strategic-merge-patch.ts';
import { decodeTyped, TypeMismatch } from './typed-decode.ts';
import { MergeError } from './typed-merge.ts';
import { schemaComplaint } from './typed-validate.ts';
import {
  applyDefaults,
  bodyKindOf,
  type Endpoint,
  managerOf,
  matchName,
  matchNamespace,
  type WriteParts,
  writeOf,
} from './write-endpoints.ts';
import { parseYaml, strictComplaint } from './yaml-text.ts';

const JSON_PATCH_OPERATIONS_MAX = 10_000;
const CRD_PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

/** A patch, parsed once for all attempts. */
export interface Patch {
  readonly format: PatchFormat;
  readonly value: unknown;
  readonly options: WriteOptions;
  /** Strict complaints about the patch's own text. */
  readonly duplicates: readonly string[];
}

/** @throws StatusError 415, 422, 400 */
export function readPatch(endpoint: Endpoint): Patch {
  const read = parsePatch(endpoint);
  endpoint.exchange.onBody?.(read.value, false);
  return read;
}

function parsePatch(endpoint: Endpoint): Patch {
  const { exchange, served } = endpoint;
  const contentType = exchange.request.headers['content-type'];
  const format = patchFormatOf(contentType);
  if (format === undefined) {
    // Loopback callers leave JSON unsaid; upstream's router refuses anything that is no patch.
    if (exchange.loopback && contentType === undefined) negotiateInput(contentType);
    throw unsupportedMediaTypeByRoute();
  }
  if (format === 'strategic' && served.row.schema !== undefined) throw unsupportedMediaType(CRD_PATCH_TYPES);
  const options = patchOptions(exchange.info.query, format === 'apply');
  const strict = options.fieldValidation !== 'Ignore';
  const { body } = exchange.request;
  if (body !== undefined && !(body instanceof Uint8Array)) return { format, value: body, options, duplicates: [] };
  const text = body === undefined ? '' : decodeUtf8(body);
  try {
    const parsed = format === 'apply' ? parseYaml(text, strict) : parseJson(text, strict);
    return { format, value: parsed.value, options, duplicates: parsed.duplicates };
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    if (format === 'apply') throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
    throw badRequest(format === 'strategic' || !strict ? error.message : `error decoding patch: ${error.message}`);
  }
}

export async function patch(endpoint: Endpoint, parts: WriteParts): Promise<ApiAnswer> {
  const { exchange, served, shown } = endpoint;
  const { name } = exchange.info;
  const read = readPatch(endpoint);
  const kind = bodyKindOf(endpoint, parts);
  const apply = read.format === 'apply';
  const { object: stored, created } = await parts.registry.update({
    served,
    namespace: endpoint.namespace,
    name,
    mayCreate: apply && endpoint.subresource === undefined,
    dryRun: read.options.dryRun,
    async attempt(old) {
      if (old === undefined) await parts.mayCreate(exchange);
      const live = old === undefined ? undefined : shownOf(served, old);
      const object = apply
        ? applied(endpoint, read, live, kind)
        : patched(endpoint, read, live ?? { metadata: {} }, kind);
      if (old === undefined && object.metadata.uid) {
        throw conflict(
          served.groupResource,
          name,
          `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`,
        );
      }
      matchNamespace(endpoint, object);
      matchName(object, name);
      return writeOf(endpoint, read.options, object, old, name, apply);
    },
  });
  return storedAnswer(created ? 201 : 200, stored, served, shown);
}

function shownOf(served: ServedRow, old: KubeObject): KubeObject {
  return served.row.conversion === undefined ? old : served.row.conversion.fromStored(old);
}

/** The object that a JSON, merge or strategic merge patch makes of `live`, decoded and defaulted. */
export function patched(endpoint: Endpoint, read: Patch, live: KubeObject, kind: BodyKind): KubeObject {
  const { exchange, served, subresource } = endpoint;
  const changed = applyTo(read, live, kind);
  const quotedValue = (): string => (read.format === 'strategic' ? goValue(read.value) : JSON.stringify(changed));
  if (!isRecord(changed) && read.format === 'json') throw unprocessable();
  if (!isRecord(changed)) throw invalidPatch(quotedValue(), wrongRoot(changed, kind));
  let decoded: ReturnType<typeof decodeTyped>;
  try {
    // A strategic merge goes from fields to fields, and looks at no kind.
    const complaint = read.format === 'strategic' ? undefined : patchedKindComplaint(changed, kind);
    if (complaint !== undefined) throw invalidPatch(quotedValue(), complaint);
    decoded = decodeTyped(kind.type, changed, read.format === 'strategic' ? 'unstructured' : 'json');
  } catch (error) {
    if (error instanceof TypeMismatch) throw invalidPatch(quotedValue(), error.message);
    throw error;
  }
  const complaints = [
    ...read.duplicates.map((text) => (read.format === 'json' ? `json patch ${text}` : text)),
    ...decoded.unknown,
  ];
  if (complaints.length > 0) {
    if (read.options.fieldValidation === 'Strict') {
      throw invalidPatch(quotedValue(), `strict decoding error: ${complaints.join(', ')}`);
    }
    if (read.options.fieldValidation === 'Warn') for (const complaint of complaints) exchange.warn(complaint);
  }
  return applyDefaults(copyValue(withIdentity(decoded.value, kind)), served, subresource);
}

function wrongRoot(value: unknown, { type }: BodyKind): string {
  const what = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return `json: cannot unmarshal ${what} into Go value of type ${type.goName}`;
}

function invalidPatch(value: string, why: string): StatusError {
  const errors = new FieldErrors();
  errors.invalid('patch', value, why);
  return invalid('', '', '', errors.list);
}

function applyTo({ format, value }: Patch, live: KubeObject, kind: BodyKind): unknown {
  switch (format) {
    case 'json':
      return jsonPatched(value, live);
    case 'merge':
      if (value === null) throw badRequest('Invalid JSON Patch');
      if (!isRecord(value)) {
        throw badRequest(
          `error decoding patch: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type map[string]interface {}`,
        );
      }
      return applyMergePatch(live, value);
    case 'strategic':
      if (value === null) return live;
      if (!isRecord(value)) {
        throw badRequest(
          `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type map[string]interface {}`,
        );
      }
      try {
        return applyStrategicMergePatch(live, value, kind.type);
      } catch (error) {
        if (!(error instanceof StrategicPatchError)) throw error;
        if (error.blame === 'format') throw badRequest(error.message);
        throw error.blame === 'content' ? unprocessable() : plainError(error.message);
      }
    case 'apply':
      return value;
  }
}

function jsonPatched(value: unknown, live: KubeObject): unknown {
  if (value === null) return live;
  const isList = Array.isArray(value);
  if (!isList || value.some((operation) => !isRecord(operation))) {
    const what = isList ? 'value' : typeof value;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${what} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (value.length > JSON_PATCH_OPERATIONS_MAX) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${JSON_PATCH_OPERATIONS_MAX}, got ${value.length}`,
    );
  }
  try {
    return applyJsonPatch(copyValue(live), value as JsonPatchOperation[]);
  } catch (error) {
    if (error instanceof PatchError) throw unprocessable();
    throw error;
  }
}

/** The object that an applied configuration makes of `live` (undefined: nothing is there). */
export function applied(endpoint: Endpoint, read: Patch, live: KubeObject | undefined, kind: BodyKind): KubeObject {
  const { exchange, served, subresource } = endpoint;
  const config = configurationOf(read.value, kind);
  const scope = served.scopeOf(exchange.info.subresource);
  const manager = managerOf(exchange, read.options);
  const base = live ?? scope.zero;
  const complaint = schemaComplaint(kind.type, read.value);
  if (complaint !== undefined) {
    throw plainError(`failed to create typed patch object (${describe(config, kind)}): ${complaint}`);
  }
  let result: KubeObject;
  try {
    result = applyConfiguration(base, config, manager, read.options.force, scope, exchange.nowMs);
  } catch (error) {
    throw error instanceof MergeError ? plainError(error.message) : error;
  }
  if (read.duplicates.length > 0) {
    const text = `error converting YAML to JSON: ${strictComplaint(read.duplicates)}`;
    if (read.options.fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${text}`);
    if (read.options.fieldValidation === 'Warn') for (const each of read.duplicates) exchange.warn(each);
  }
  try {
    const decoded = decodeTyped(kind.type, result, 'unstructured');
    return applyDefaults(copyValue(withIdentity(decoded.value, kind)), served, subresource);
  } catch (error) {
    if (error instanceof TypeMismatch) {
      throw plainError(
        `failed to convert new object (${describe(config, kind)}) to proper version: unable to convert unstructured object to ${goKind(versionOf(kind), kind.kind)}: ${error.message}`,
      );
    }
    throw error;
  }
}

/** The configuration, checked to be of the endpoint's kind. @throws StatusError 400 */
function configurationOf(value: unknown, kind: BodyKind): KubeObject {
  if (!isRecord(value) && value !== null) {
    const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    const why = `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
  }
  const fields = value ?? {};
  const apiVersion = typeof fields.apiVersion === 'string' ? fields.apiVersion : '';
  const givenKind = typeof fields.kind === 'string' ? fields.kind : '';
  if (apiVersion !== versionOf(kind) || givenKind !== kind.kind) {
    throw badRequest(`invalid object type: ${goKind(apiVersion, givenKind)}`);
  }
  const metadata = isRecord(fields.metadata) ? fields.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  return { ...fields, metadata } as KubeObject;
}

/** As Go prints a kind: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
function goKind(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function versionOf({ group, version }: BodyKind): string {
  return group === '' ? version : `${group}/${version}`;
}

function describe({ metadata }: KubeObject, kind: BodyKind): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return `${text(metadata.namespace)}/${text(metadata.name)}; ${goKind(versionOf(kind), kind.kind)}`;
}
