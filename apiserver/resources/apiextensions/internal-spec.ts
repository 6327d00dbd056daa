/**
 * The form in which definitions are validated, by which the paths of messages go: what all versions have alike stands once, at
 * the top (k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/conversion.go).
 */
import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1CustomResourceColumnDefinition,
  V1CustomResourceDefinitionSpec,
  V1CustomResourceDefinitionVersion,
  V1CustomResourceSubresources,
  V1CustomResourceValidation,
  V1SelectableField,
} from '../../../generated/kubernetes.d.ts';
import { internalForm } from '../validation/internal-form.ts';
import { additionalOf, type Schema, tupleOf } from './json-schema.ts';

export interface InternalVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated: boolean;
  readonly deprecationWarning: string | undefined;
  readonly schema: V1CustomResourceValidation | undefined;
  readonly subresources: V1CustomResourceSubresources | undefined;
  readonly additionalPrinterColumns: readonly V1CustomResourceColumnDefinition[] | undefined;
  readonly selectableFields: readonly V1SelectableField[] | undefined;
}

export interface InternalSpec {
  readonly wire: V1CustomResourceDefinitionSpec;
  readonly versions: readonly InternalVersion[];
  readonly validation: V1CustomResourceValidation | undefined;
  readonly subresources: V1CustomResourceSubresources | undefined;
  readonly additionalPrinterColumns: readonly V1CustomResourceColumnDefinition[] | undefined;
  readonly selectableFields: readonly V1SelectableField[] | undefined;
}

type Shared = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';

export function internalSpec(spec: V1CustomResourceDefinitionSpec): InternalSpec {
  const versions: readonly V1CustomResourceDefinitionVersion[] = spec.versions ?? [];
  const [first] = versions;
  const alike = (field: Shared) => versions.every((version) => deepEqual(version[field], first?.[field]));
  const hoisted = {
    ...{ schema: alike('schema'), subresources: alike('subresources') },
    ...{ columns: alike('additionalPrinterColumns'), selectable: alike('selectableFields') },
  };
  return {
    wire: spec,
    validation: hoisted.schema ? first?.schema : undefined,
    subresources: hoisted.subresources ? first?.subresources : undefined,
    additionalPrinterColumns: hoisted.columns ? first?.additionalPrinterColumns : undefined,
    selectableFields: hoisted.selectable ? first?.selectableFields : undefined,
    versions: versions.map((version) => ({
      name: version.name,
      served: version.served,
      storage: version.storage,
      deprecated: version.deprecated ?? false,
      deprecationWarning: version.deprecationWarning,
      schema: hoisted.schema ? undefined : version.schema,
      subresources: hoisted.subresources ? undefined : version.subresources,
      additionalPrinterColumns: hoisted.columns ? undefined : version.additionalPrinterColumns,
      selectableFields: hoisted.selectable ? undefined : version.selectableFields,
    })),
  };
}

/** The versions as messages show them. */
export function shownVersions(versions: readonly InternalVersion[]): object[] {
  return versions.map((version) => ({
    ...internalForm('CustomResourceDefinitionVersion', version),
    Schema: version.schema === undefined ? null : { OpenAPIV3Schema: shownOrNull(version.schema.openAPIV3Schema) },
    Subresources: shownSubresources(version.subresources),
  }));
}

function shownSubresources(subresources: V1CustomResourceSubresources | undefined): object | null {
  if (subresources === undefined) return null;
  const { status, scale } = subresources;
  const shownScale = scale === undefined ? null : internalForm('CustomResourceSubresourceScale', scale);
  return { Status: status === undefined ? null : {}, Scale: shownScale };
}

function shownOrNull(schema: Schema | undefined): object | null {
  return schema === undefined ? null : shownSchema(schema);
}

function shownMap(schemas: Readonly<Record<string, Schema>> | undefined): object | null {
  if (schemas === undefined) return null;
  return Object.fromEntries(
    Object.keys(schemas)
      .sort()
      .map((name) => [name, shownSchema(schemas[name] ?? {})]),
  );
}

function shownBoolOr(value: unknown, schema: Schema | undefined): object | null {
  return value === undefined ? null : { Allows: value !== false, Schema: shownOrNull(schema) };
}

/** A schema as messages show it. */
export function shownSchema(schema: Schema): object {
  const form: Record<string, unknown> = internalForm('JSONSchemaProps', schema);
  for (const field of ['allOf', 'oneOf', 'anyOf'] as const) {
    form[field[0]?.toUpperCase() + field.slice(1)] = schema[field]?.map(shownSchema) ?? null;
  }
  const { items, additionalProperties, additionalItems } = schema;
  const tuple = tupleOf(schema);
  form.Items =
    items === undefined
      ? null
      : tuple.length > 0
        ? { Schema: null, JSONSchemas: tuple.map(shownSchema) }
        : { Schema: shownSchema(items as Schema), JSONSchemas: null };
  form.Not = shownOrNull(schema.not);
  form.Properties = shownMap(schema.properties);
  form.PatternProperties = shownMap(schema.patternProperties);
  form.Definitions = shownMap(schema.definitions);
  form.AdditionalProperties = shownBoolOr(additionalProperties, additionalOf(schema));
  form.AdditionalItems = shownBoolOr(additionalItems, undefined);
  return form;
}
