/**
 * The schemas inside definitions: how their parts are reached. What the typings leave open (`items`, `additionalProperties`,
 * `dependencies`) is a schema, or something that only old schemas have.
 */
import type { V1JSONSchemaProps } from '../../../generated/kubernetes.d.ts';
import { toWireForm } from '../wire-form.ts';

export type Schema = V1JSONSchemaProps;

/** @returns undefined for what is no schema: a boolean, a list */
function asSchema(value: unknown): Schema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : undefined;
}

/** The schema of the items; undefined when there is none, or a list of them. */
export function itemsOf({ items }: Schema): Schema | undefined {
  return asSchema(items);
}

/** The list of schemas that `items` may be in other dialects. */
export function tupleOf({ items }: Schema): readonly Schema[] {
  return Array.isArray(items) ? (items as Schema[]) : [];
}

/** The schema of the values of a map; undefined when there is none, or just a boolean. */
export function additionalOf({ additionalProperties }: Schema): Schema | undefined {
  return asSchema(additionalProperties);
}

export function propertiesOf({ properties = {} }: Schema): readonly (readonly [name: string, schema: Schema])[] {
  return Object.entries(properties);
}

export function dependenciesOf({ dependencies = {} }: Schema): readonly (readonly [name: string, schema: Schema])[] {
  const schemas: [string, Schema][] = [];
  for (const [name, value] of Object.entries(dependencies)) {
    const schema = asSchema(value);
    if (schema !== undefined) schemas.push([name, schema]);
  }
  return schemas;
}

/** A property of its own, not one that objects inherit; undefined when there is none. */
export function propertyOf({ properties }: Schema, name: string): Schema | undefined {
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function subschemas(schema: Schema): Schema[] {
  const { allOf = [], anyOf = [], oneOf = [], not, patternProperties = {}, definitions = {} } = schema;
  const several = [itemsOf(schema), ...tupleOf(schema), ...allOf, ...anyOf, ...oneOf, not, additionalOf(schema)];
  const named = [schema.properties ?? {}, patternProperties, definitions].flatMap((each) => Object.values(each));
  const rest = [asSchema(schema.additionalItems), ...dependenciesOf(schema).map(([, each]) => each)];
  return [...several, ...named, ...rest].filter((each) => each !== undefined);
}

/** Whether a schema or one inside it is so; it is asked of each until one is. */
export function someSchema(schema: Schema | undefined, is: (schema: Schema) => boolean): boolean {
  if (schema === undefined) return false;
  return is(schema) || subschemas(schema).some((each) => someSchema(each, is));
}

/** Brings the schemas that the wire form does not know as such into it, in place. Idempotent. */
export function fillSchema(schema: Schema): void {
  for (const value of [schema.items, schema.additionalProperties, schema.additionalItems]) fillOpen(value);
  for (const value of Object.values(schema.dependencies ?? {})) fillOpen(value);
  for (const each of subschemas(schema)) fillSchema(each);
}

function fillOpen(value: unknown): void {
  for (const each of Array.isArray(value) ? value : [value]) {
    const schema = asSchema(each);
    if (schema !== undefined) toWireForm('V1JSONSchemaProps', schema);
  }
}
