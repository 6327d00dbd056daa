/**
 * The defaults inside a structural schema: each must have only fields that the schema knows, and be what it says
 * (k8s.io/apiextensions-apiserver/pkg/apiserver/schema: pruning, objectmeta, defaulting/validation.go). The metadata of
 * embedded objects is not looked at.
 */
import { deepEqual } from '../../../base/deep-equal.ts';
import { copyValue } from '../../machinery/copy-value.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1035LabelComplaints } from '../../machinery/name-formats.ts';
import { additionalOf, itemsOf, propertiesOf, propertyOf, type Schema } from './json-schema.ts';
import { checkValue } from './schema-values.ts';

const EMBEDDED = 'x-kubernetes-embedded-resource';
const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Removes from a value, in place, what its schema does not know.
 *
 * @param keeps unknown fields of the value stay
 */
export function prune(
  value: unknown,
  schema: Schema | undefined,
  keeps = schema?.['x-kubernetes-preserve-unknown-fields'] === true,
): void {
  if (typeof value !== 'object' || value === null || (keeps && schema === undefined)) return;
  if (Array.isArray(value)) {
    const items = schema === undefined ? undefined : itemsOf(schema);
    for (const item of value) prune(item, items, keeps || undefined);
    return;
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    if (schema?.[EMBEDDED] === true && META_FIELDS.has(key)) continue;
    const property = schema === undefined ? undefined : propertyOf(schema, key);
    if (property !== undefined) prune(object[key], property);
    else if (schema?.additionalProperties !== undefined) prune(object[key], additionalOf(schema));
    else if (!keeps) delete object[key];
  }
}

/** @param path of the schema */
export function checkDefaults(schema: Schema, path: string, errors: FieldErrors): void {
  check({ ...schema, [EMBEDDED]: true }, path, errors, false);
}

/** @param insideMeta the schema is of something inside of an object's metadata */
function check(schema: Schema, path: string, errors: FieldErrors, insideMeta: boolean): void {
  const isResource = schema[EMBEDDED] === true;
  const inMeta = insideMeta && !isResource;
  if (schema.default !== undefined) checkDefault(schema.default, schema, `${path}.default`, errors, inMeta);
  const items = itemsOf(schema);
  if (items !== undefined) check(items, `${path}.items`, errors, inMeta);
  for (const [name, property] of propertiesOf(schema)) {
    const isMeta = isResource && META_FIELDS.has(name);
    check(property, `${path}.properties[${name}]`, errors, inMeta || isMeta);
  }
}

function checkDefault(value: unknown, schema: Schema, path: string, errors: FieldErrors, inMeta: boolean): void {
  if (!inMeta) {
    const pruned = copyValue(value);
    prune(pruned, schema);
    if (!deepEqual(pruned, value)) errors.invalid(path, value, 'must not have unknown fields');
    const found = new FieldErrors();
    checkEmbedded(value, schema, path, found);
    if (!found.empty) {
      errors.list.push(...found.list);
      return;
    }
  }
  checkValue(value, schema, path, errors);
}

/** Embedded objects say what they are. */
function checkEmbedded(value: unknown, schema: Schema | undefined, path: string, errors: FieldErrors): void {
  if (typeof value !== 'object' || value === null || schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkEmbedded(item, itemsOf(schema), `${path}[${index}]`, errors);
    return;
  }
  const object = value as Readonly<Record<string, unknown>>;
  if (schema[EMBEDDED] === true) {
    for (const field of ['apiVersion', 'kind']) checkTypeField(object[field], field, `${path}.${field}`, errors);
  }
  for (const [key, each] of Object.entries(object)) {
    const property = propertyOf(schema, key);
    if (property !== undefined) checkEmbedded(each, property, `${path}.${key}`, errors);
    else checkEmbedded(each, additionalOf(schema), `${path}[${key}]`, errors);
  }
}

function checkTypeField(value: unknown, field: string, path: string, errors: FieldErrors): void {
  if (value === undefined) errors.required(path);
  else if (typeof value !== 'string') errors.invalid(path, value, 'must be a string');
  else if (value === '') errors.invalid(path, value, 'must not be empty');
  else if (field === 'apiVersion') {
    const message = `unexpected GroupVersion string: ${value}`;
    if (value.split('/').length > 2) errors.invalid(path, value, message);
  } else {
    const complaints = dns1035LabelComplaints(value.toLowerCase());
    const message = `may have mixed case, but should otherwise match: ${complaints.join(',')}`;
    if (complaints.length > 0) errors.invalid(path, value, message);
  }
}
