/**
 * What the schemas of custom resources may say (k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation:
 * ValidateCustomResourceDefinitionOpenAPISchema). What their rules say is looked at in `schema-expressions.ts`.
 */
import type { V1ValidationRule } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { followFieldPath } from './field-paths.ts';
import {
  additionalOf,
  dependenciesOf,
  itemsOf,
  propertiesOf,
  propertyOf,
  type Schema,
  tupleOf,
} from './json-schema.ts';
import { checkExpressions } from './schema-expressions.ts';
import { structuralProblem } from './structural.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const META_FIELDS: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion']);
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** Where a schema is. */
interface Place {
  readonly isRoot: boolean;
  readonly insideMeta: boolean;
  /** Why there may be no defaults here. */
  readonly noDefaults: string | undefined;
  /** Gets what is wrong with expressions, which is told last; undefined: there are none here. */
  readonly expressions: FieldErrors | undefined;
  /** As in `RulePlace`. */
  readonly uncorrelated: string | undefined;
}

export function checkSchema(schema: Schema, path: string, errors: FieldErrors): void {
  const expressions = new FieldErrors();
  const root = { isRoot: true, insideMeta: false, noDefaults: undefined, uncorrelated: undefined };
  const compiles = structuralProblem(schema) === undefined;
  check(schema, path, { ...root, expressions: compiles ? expressions : undefined }, errors);
  errors.list.push(...expressions.list);
}

function check(schema: Schema, path: string, place: Place, errors: FieldErrors): void {
  const here = { ...place, isRoot: false };
  const aside = { ...here, expressions: undefined };
  const before = errors.list.length;
  checkSupported(schema, path, place, errors);
  if (schema.uniqueItems === true) {
    const message = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.forbidden(`${path}.uniqueItems`, message);
  }
  checkAdditional(schema, path, schema['x-kubernetes-map-type'] === 'atomic' ? within(here, path) : here, errors);
  for (const [name, property] of propertiesOf(schema)) {
    check(property, `${path}.properties[${name}]`, placeOfProperty(schema, name, place, path), errors);
  }
  const { not, allOf = [], oneOf = [], anyOf = [], definitions = {} } = schema;
  if (not !== undefined) check(not, `${path}.not`, aside, errors);
  for (const [field, clauses] of Object.entries({ allOf, oneOf, anyOf })) {
    for (const [i, clause] of clauses.entries()) check(clause, `${path}.${field}[${i}]`, aside, errors);
  }
  for (const [name, each] of Object.entries(definitions)) check(each, `${path}.definitions[${name}]`, aside, errors);
  const items = itemsOf(schema);
  const correlates = schema['x-kubernetes-list-type'] === 'map';
  if (items !== undefined) check(items, `${path}.items`, correlates ? here : within(here, path), errors);
  for (const [i, each] of tupleOf(schema).entries()) check(each, `${path}.items[${i}]`, aside, errors);
  for (const [name, each] of dependenciesOf(schema)) check(each, `${path}.dependencies[${name}]`, aside, errors);
  checkExtensions(schema, path, errors);
  for (const [i, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    checkRule(rule, schema, `${path}.x-kubernetes-validations[${i}]`, errors);
  }
  if (errors.list.length === before && place.expressions !== undefined) {
    checkExpressions(schema, place, path, place.expressions);
  }
}

/** The outermost one is told. */
function within(place: Place, path: string): Place {
  return { ...place, uncorrelated: place.uncorrelated ?? path };
}

function placeOfProperty(parent: Schema, name: string, place: Place, path: string): Place {
  const whole = parent['x-kubernetes-map-type'] === 'atomic';
  const here = { ...place, isRoot: false, ...(whole ? { uncorrelated: place.uncorrelated ?? path } : {}) };
  if (!META_FIELDS.has(name)) return here;
  if (place.isRoot) return { ...here, insideMeta: true, noDefaults: `in top-level ${name}` };
  return parent['x-kubernetes-embedded-resource'] === true ? { ...here, insideMeta: true } : here;
}

function checkSupported(schema: Schema, path: string, place: Place, errors: FieldErrors): void {
  const { type } = schema;
  if (type && !TYPES.includes(type)) errors.notSupported(`${path}.type`, type, TYPES);
  if (schema.default !== undefined && place.noDefaults !== undefined) {
    errors.forbidden(`${path}.default`, `must not be set ${place.noDefaults}`);
  }
  for (const field of ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const) {
    if (schema[field] !== undefined) errors.forbidden(`${path}.${field}`, `${field} is not supported`);
  }
  if (type === 'null') errors.forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative');
  if (tupleOf(schema).length > 0) errors.forbidden(`${path}.items`, 'items must be a schema object and not an array');
  if (place.insideMeta && schema['x-kubernetes-embedded-resource'] === true) {
    errors.forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta');
  }
}

function checkAdditional(schema: Schema, path: string, place: Place, errors: FieldErrors): void {
  const { additionalProperties, properties } = schema;
  if (additionalProperties === undefined) return;
  const at = `${path}.additionalProperties`;
  if (properties !== undefined && additionalProperties !== true) {
    errors.forbidden(at, 'additionalProperties and properties are mutual exclusive');
  }
  const values = additionalOf(schema);
  if (values === undefined) return;
  const noDefaults = 'inside additionalProperties applying to object metadata';
  check(values, at, place.insideMeta ? { ...place, noDefaults } : place, errors);
}

function checkExtensions(schema: Schema, path: string, errors: FieldErrors): void {
  const { type = '' } = schema;
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined');
  }
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined) {
    checkTypeIs('object', type, 'x-kubernetes-map-type', path, errors);
    const mapTypes = ['atomic', 'granular'];
    if (!mapTypes.includes(mapType)) errors.notSupported(`${path}.x-kubernetes-map-type`, mapType, mapTypes);
  }
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== undefined) {
    if (type !== 'array') checkTypeIs('array', type, 'x-kubernetes-list-type', path, errors);
    else if (listType === 'set') checkAtomicItems(itemsOf(schema), `${path}.items`, errors);
    const listTypes = ['atomic', 'set', 'map'];
    if (!listTypes.includes(listType)) errors.notSupported(`${path}.x-kubernetes-list-type`, listType, listTypes);
  }
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (keys.length > 0 && listType !== 'map') {
    const message = 'must be map if x-kubernetes-list-map-keys is non-empty';
    if (listType === undefined) errors.required(`${path}.x-kubernetes-list-type`, message);
    else errors.invalid(`${path}.x-kubernetes-list-type`, listType, message);
  }
  if (listType === 'map') checkMapList(schema, keys, path, errors);
  if (listType === 'map' || listType === 'set') checkKeys(itemsOf(schema), listType, keys, `${path}.items`, errors);
}

function checkTypeIs(wanted: string, type: string, why: string, path: string, errors: FieldErrors): void {
  if (type === wanted) return;
  const message = `must be ${wanted} if ${why} is specified`;
  if (type === '') errors.required(`${path}.type`, message);
  else errors.invalid(`${path}.type`, type, message);
}

/** Items of a set are compared as wholes. */
function checkAtomicItems(items: Schema | undefined, path: string, errors: FieldErrors): void {
  const message = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    errors.invalid(`${path}.x-kubernetes-list-type`, listType, message);
  }
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    errors.invalid(`${path}.x-kubernetes-map-type`, listType, message);
  }
}

function checkMapList(schema: Schema, keys: readonly string[], path: string, errors: FieldErrors): void {
  const items = itemsOf(schema);
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.required(at, 'must not be empty if x-kubernetes-list-type is map');
  if (schema.items === undefined) {
    errors.required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map');
  } else if (items === undefined) {
    const message = 'must only have a single schema if x-kubernetes-list-type is map';
    errors.invalid(`${path}.items`, schema.items, message);
  }
  if (items === undefined) return;
  if (items.type !== 'object') {
    const message = "must be object if parent array's x-kubernetes-list-type is map";
    errors.invalid(`${path}.items.type`, items.type ?? '', message);
    return;
  }
  for (const [i, key] of keys.entries()) {
    const type = propertyOf(items, key)?.type;
    if (propertyOf(items, key) === undefined) errors.invalid(at, keys, 'entries must all be names of item properties');
    else if (type === 'array' || type === 'object') {
      const message = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.invalid(`${path}.items.properties[${key}].type`, items.type, message);
    }
    if (keys.indexOf(key) < i) errors.invalid(at, keys, 'must not contain duplicate entries');
  }
}

/** What identifies an item is always there. */
function checkKeys(
  items: Schema | undefined,
  listType: string,
  keys: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  if (items === undefined) return;
  if (items.nullable === true) {
    errors.forbidden(`${path}.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  }
  if (listType !== 'map') return;
  for (const key of keys) {
    const property = propertyOf(items, key);
    if (property === undefined) continue;
    const at = `${path}.properties[${key}]`;
    const why = 'this property is in x-kubernetes-list-map-keys, so it';
    if (items.required?.includes(key) !== true && property.default === undefined) {
      errors.required(`${at}.default`, `${why} must have a default or be a required property`);
    }
    if (property.nullable === true) errors.forbidden(`${at}.nullable`, `${why} cannot be nullable`);
  }
}

function checkRule(rule: V1ValidationRule, schema: Schema, path: string, errors: FieldErrors): void {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
  const expression = rule.rule.trim();
  if (expression === '') errors.required(`${path}.rule`, 'rule is not specified');
  else if (message !== '' && message.trim() === '') {
    errors.invalid(`${path}.message`, message, 'must be non-empty if specified');
  } else if (hasLineBreaks(message.trim())) errors.invalid(`${path}.message`, message, 'must not contain line breaks');
  else if (hasLineBreaks(expression) && message.trim() === '') {
    errors.required(`${path}.message`, 'message must be specified if rule contains line breaks');
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified');
  }
  if (reason !== undefined && !REASONS.includes(reason)) errors.notSupported(`${path}.reason`, reason, REASONS);
  if (fieldPath === '') return;
  const at = `${path}.fieldPath`;
  if (fieldPath.trim() === '') errors.invalid(at, fieldPath, 'must be non-empty if specified');
  if (hasLineBreaks(fieldPath)) errors.invalid(at, fieldPath, 'must not contain line breaks');
  if (structuralProblem(schema) === undefined && 'problem' in followFieldPath(fieldPath, schema, true)) {
    errors.invalid(at, fieldPath, 'must be a valid path');
  }
}

function hasLineBreaks(text: string): boolean {
  return /[\n\r]/.test(text);
}
