/**
 * Structural schemas: those in which every field has a type outside of `allOf`, `anyOf`, `oneOf` and `not`, so that a
 * server can prune and default by them (k8s.io/apiextensions-apiserver/pkg/apiserver/schema: convert.go, validation.go,
 * complete.go). A schema here is in its wire form: what is empty is absent.
 */
import { FieldErrors } from '../../machinery/field-errors.ts';
import { goRegexpProblem } from '../validation/go-regexp.ts';
import { additionalOf, itemsOf, propertiesOf, propertyOf, type Schema, tupleOf } from './json-schema.ts';

type Level = 'root' | 'item' | 'field';

const UNTYPED: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

const UNSUPPORTED = [
  ...['id', '$schema', '$ref', 'patternProperties', 'dependencies', 'additionalItems', 'definitions'],
] as const;

/** Why a schema cannot even be looked at as a structural one; undefined when it can. */
export function structuralProblem(schema: Schema | undefined): string | undefined {
  if (schema === undefined) return undefined;
  const unsupported = UNSUPPORTED.find((field) => schema[field] !== undefined && schema[field] !== '');
  if (unsupported !== undefined) {
    return `OpenAPIV3Schema '${unsupported === '$schema' ? 'schema' : unsupported}' is not supported`;
  }
  const { not, allOf = [], anyOf = [], oneOf = [] } = schema;
  for (const clause of [not, ...allOf, ...anyOf, ...oneOf]) {
    const problem = structuralProblem(clause);
    if (problem !== undefined) return problem;
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  if (tupleOf(schema).length > 0) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  for (const part of [itemsOf(schema), ...propertiesOf(schema).map(([, each]) => each), additionalOf(schema)]) {
    const problem = structuralProblem(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Adds what keeps a schema from being structural, sorted. */
export function checkStructural(schema: Schema, path: string, errors: FieldErrors): void {
  const found = new FieldErrors();
  checkInvariants(schema, 'root', path, found);
  checkCompleteness(schema, schema, path, path, found);
  const lines = found.list.map((error) => ({ error, line: `${error.field}: ${error.message}` }));
  lines.sort((a, b) => (a.line < b.line ? -1 : a.line > b.line ? 1 : 0));
  errors.list.push(...lines.map(({ error }) => error));
}

function checkInvariants(schema: Schema, level: Level, path: string, errors: FieldErrors): void {
  const { type = '' } = schema;
  const items = itemsOf(schema);
  if (type === 'array' && items === undefined) errors.required(`${path}.items`, 'must be specified');
  if (items !== undefined) checkInvariants(items, 'item', `${path}.items`, errors);
  for (const [name, property] of propertiesOf(schema)) {
    checkInvariants(property, 'field', `${path}.properties[${name}]`, errors);
  }
  if (schema.additionalProperties !== undefined) {
    if (level === 'root') errors.forbidden(`${path}.additionalProperties`, 'must not be used at the root');
    const values = additionalOf(schema);
    if (values !== undefined) checkInvariants(values, 'field', `${path}.additionalProperties`, errors);
  }
  checkExtensions(schema, path, errors);
  checkClauses(schema, path, errors);
  checkType(schema, level, path, errors);
  const isResource = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  for (const field of ['kind', 'apiVersion']) {
    const property = propertyOf(schema, field);
    if (isResource && property !== undefined && property.type !== 'string') {
      errors.invalid(`${path}.properties[${field}].type`, property.type ?? '', 'must be string');
    }
  }
  const metadata = propertyOf(schema, 'metadata');
  if (metadata !== undefined) checkMetadata(metadata, isResource, level, `${path}.properties[metadata]`, errors);
  const needsProperties = schema['x-kubernetes-preserve-unknown-fields'] !== true && schema.properties === undefined;
  if (schema['x-kubernetes-embedded-resource'] === true && needsProperties) {
    const message =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.required(`${path}.properties`, message);
  }
}

function checkType(schema: Schema, level: Level, path: string, errors: FieldErrors): void {
  const { type = '' } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (isEmbedded && type !== 'object') {
    const message = 'must be object if x-kubernetes-embedded-resource is true';
    if (type === '') errors.required(`${path}.type`, message);
    else errors.invalid(`${path}.type`, type, message);
  } else if (type === '' && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) {
    errors.required(`${path}.type`, UNTYPED[level]);
  }
  if (isEmbedded && schema.additionalProperties !== undefined) {
    const message = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.forbidden(`${path}.additionalProperties`, message);
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.invalid(`${path}.type`, type, 'must be object at the root');
  }
}

function checkMetadata(schema: Schema, isResource: boolean, level: Level, path: string, errors: FieldErrors): void {
  if (isResource && schema.type !== 'object') errors.invalid(`${path}.type`, schema.type ?? '', 'must be object');
  if (level !== 'root') return;
  const { type: _type, default: _default, properties = {}, ...rest } = schema;
  const restricted = Object.keys(properties).every((name) => name === 'name' || name === 'generateName');
  if (!restricted || Object.keys(rest).length > 0) {
    const message = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.forbidden(path, message);
  }
}

function checkExtensions(schema: Schema, path: string, errors: FieldErrors): void {
  if (schema['x-kubernetes-int-or-string'] !== true) return;
  for (const field of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const) {
    if (schema[field] !== true) continue;
    errors.invalid(`${path}.${field}`, true, 'must be false if x-kubernetes-int-or-string is true');
  }
}

/** Whether clauses are the two that mark what is a number or a text. */
function isIntOrString(clauses: readonly Schema[] | undefined): boolean {
  return (
    clauses?.length === 2 &&
    ['integer', 'string'].every((type, i) => {
      const clause = clauses[i] ?? {};
      return clause.type === type && Object.keys(clause).length === 1;
    })
  );
}

/** @param skipAnyOf the types inside `anyOf` are those of a number or text */
function checkClauses(
  schema: Schema,
  path: string,
  errors: FieldErrors,
  skipAnyOf = isIntOrString(schema.anyOf),
  skipAnyOfInAllOf = isIntOrString(schema.allOf?.[0]?.anyOf),
): void {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern = '' } = schema;
  if (!skipAnyOf) for (const [i, each] of anyOf.entries()) checkClause(each, `${path}.anyOf[${i}]`, errors);
  for (const [i, each] of allOf.entries()) {
    checkClause(each, `${path}.allOf[${i}]`, errors, skipAnyOfInAllOf && i === 0);
  }
  for (const [i, each] of oneOf.entries()) checkClause(each, `${path}.oneOf[${i}]`, errors);
  if (not !== undefined) checkClause(not, `${path}.not`, errors);
  const problem = pattern === '' ? undefined : goRegexpProblem(pattern);
  if (problem !== undefined) {
    errors.invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${problem}`);
  }
}

const FORBIDDEN_FIRST = [
  ['default', 'must be undefined'],
  ['title', 'must be empty'],
  ['description', 'must be empty'],
  ['nullable', 'must be false'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false'],
  ['x-kubernetes-embedded-resource', 'must be false'],
  ['x-kubernetes-int-or-string', 'must be false'],
  ['x-kubernetes-list-map-keys', 'must be empty'],
  ['x-kubernetes-list-type', 'must be undefined'],
  ['x-kubernetes-map-type', 'must be undefined'],
  ['x-kubernetes-validations', 'must be empty'],
] as const;

/** A schema inside of a clause: it may restrict values, not say what they are. */
function checkClause(clause: Schema, path: string, errors: FieldErrors, skipAnyOf = false): void {
  checkClauses(clause, path, errors, skipAnyOf, false);
  const items = itemsOf(clause);
  if (items !== undefined) checkClause(items, `${path}.items`, errors);
  for (const [name, each] of propertiesOf(clause)) checkClause(each, `${path}.properties[${name}]`, errors);
  if (clause.type) errors.forbidden(`${path}.type`, 'must be empty to be structural');
  if (clause.additionalProperties !== undefined && clause.additionalProperties !== false) {
    errors.forbidden(`${path}.additionalProperties`, 'must be undefined to be structural');
  }
  for (const [field, message] of FORBIDDEN_FIRST) {
    if (clause[field] !== undefined) errors.forbidden(`${path}.${field}`, `${message} to be structural`);
  }
  if (propertyOf(clause, 'metadata') !== undefined) {
    errors.forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context');
  }
}

/** What clauses restrict must be specified outside of them. */
function checkCompleteness(
  clause: Schema,
  schema: Schema | undefined,
  schemaPath: string,
  path: string,
  errors: FieldErrors,
): void {
  const { not, allOf = [], anyOf = [], oneOf = [] } = clause;
  const inner = (each: Schema, at: string) => checkNested(each, schema, schemaPath, at, errors);
  if (not !== undefined) inner(not, `${path}.not`);
  for (const [i, each] of allOf.entries()) inner(each, `${path}.allOf[${i}]`);
  for (const [i, each] of anyOf.entries()) inner(each, `${path}.anyOf[${i}]`);
  for (const [i, each] of oneOf.entries()) inner(each, `${path}.oneOf[${i}]`);
}

function checkNested(
  clause: Schema,
  schema: Schema | undefined,
  schemaPath: string,
  path: string,
  errors: FieldErrors,
): void {
  if (schema === undefined) {
    errors.required(schemaPath, `because it is defined in ${path}`);
    return;
  }
  checkCompleteness(clause, schema, schemaPath, path, errors);
  const items = itemsOf(clause);
  if (items !== undefined) checkNested(items, itemsOf(schema), `${schemaPath}.items`, `${path}.items`, errors);
  for (const [name, each] of propertiesOf(clause)) {
    const part = `properties[${name}]`;
    checkNested(each, propertyOf(schema, name), `${schemaPath}.${part}`, `${path}.${part}`, errors);
  }
}
