/**
 * What a version of a custom resource must be: its schema, its subresources, its columns, its fields to select by. The same
 * rules hold for what all versions of a definition have alike.
 */
import type {
  V1CustomResourceColumnDefinition,
  V1CustomResourceSubresources,
  V1CustomResourceValidation,
  V1SelectableField,
} from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { followFieldPath, simplePathProblem } from './field-paths.ts';
import { type InternalVersion, shownSchema } from './internal-spec.ts';
import type { Schema } from './json-schema.ts';
import { checkDefaults } from './schema-defaults.ts';
import { checkSchema } from './schema-rules.ts';
import { checkStructural, structuralProblem } from './structural.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const SELECTABLE_TYPES = ['string', 'boolean', 'integer'];
const SELECTABLE_FIELDS_MAX = 8;
const WARNING_BYTES_MAX = 256;

/** Go's names of what a root may say when the status is a subresource, in the order of the message. */
const ROOT_FIELDS = [
  ...['Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum', 'ExclusiveMinimum'],
  ...['MaxLength', 'MinLength', 'Pattern', 'MaxItems', 'MinItems', 'UniqueItems', 'MultipleOf', 'Required', 'Items'],
  ...['Properties', 'ExternalDocs', 'Example', 'XPreserveUnknownFields', 'XValidations'],
];

export type VersionParts = Pick<
  InternalVersion,
  'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'
>;

export function hasStatus(subresources: V1CustomResourceSubresources | undefined): boolean {
  return subresources?.status !== undefined;
}

export function checkVersion(
  version: InternalVersion,
  path: string,
  statusEnabled: boolean,
  errors: FieldErrors,
): void {
  const { deprecated, deprecationWarning: warning } = version;
  for (const complaint of warningComplaints(deprecated, warning)) {
    errors.invalid(`${path}.deprecationWarning`, warning, complaint);
  }
  checkVersionParts(version, { schema: 'schema', within: path }, statusEnabled, errors);
}

function warningComplaints(deprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const complaints: string[] = [];
  if (Buffer.byteLength(warning) > WARNING_BYTES_MAX) {
    complaints.push(`must be <= ${WARNING_BYTES_MAX} characters long`);
  }
  if (warning === '') complaints.push('must not be an empty string');
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (unprintable !== null) {
    const index = Buffer.byteLength(warning.slice(0, unprintable.index));
    const found = `non-printable character found at index ${index}`;
    complaints.push(`must only contain printable UTF-8 characters; ${found}`);
  }
  return complaints;
}

/** @param names where the parts are, and how the schema among them is called there */
export function checkVersionParts(
  parts: VersionParts,
  names: { readonly within: string; readonly schema: string },
  statusEnabled: boolean,
  errors: FieldErrors,
): void {
  const { within } = names;
  const schemaPath = `${within}.${names.schema}`;
  if (parts.schema !== undefined) checkValidation(parts.schema, schemaPath, statusEnabled, errors);
  checkSubresources(parts.subresources, `${within}.subresources.scale`, errors);
  for (const [i, column] of (parts.additionalPrinterColumns ?? []).entries()) {
    checkColumn(column, `${within}.additionalPrinterColumns[${i}]`, errors);
  }
  if (parts.selectableFields === undefined) return;
  const schema = parts.schema?.openAPIV3Schema;
  const at = `${within}.selectableFields`;
  if (schema !== undefined) checkSelectable(parts.selectableFields, schema, at, errors);
  else {
    const isTop = within === 'spec';
    const unless = isTop ? 'validations.schema is included' : '`version.schema.openAPIV3Schema` is not included';
    errors.invalid(at, '', `may only be set when ${unless}`);
  }
}

function checkValidation(
  { openAPIV3Schema: schema }: V1CustomResourceValidation,
  within: string,
  statusEnabled: boolean,
  errors: FieldErrors,
): void {
  if (schema === undefined) return;
  const path = `${within}.openAPIV3Schema`;
  const found = new FieldErrors();
  if (statusEnabled) checkRootFields(schema, path, found);
  if (schema.nullable === true) found.forbidden(`${path}.nullable`, 'nullable cannot be true at the root');
  const problem = structuralProblem(schema);
  if (problem === undefined) {
    const structural = new FieldErrors();
    checkStructural(schema, path, structural);
    if (structural.empty) checkDefaults(schema, path, structural);
    found.list.push(...structural.list);
  }
  checkSchema(schema, path, found);
  if (found.empty && problem !== undefined) found.invalid(path, '', problem);
  errors.list.push(...found.list);
}

/** In the order of Go's fields, up to the first that is wrong. */
function checkRootFields(schema: Schema, path: string, errors: FieldErrors): void {
  const zero = shownSchema({}) as Record<string, unknown>;
  for (const [field, value] of Object.entries(shownSchema(schema))) {
    if (value === zero[field]) continue;
    if (field === 'Type') {
      if (schema.type === 'object') continue;
      const message =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      errors.invalid(`${path}.type`, schema.type, message);
      return;
    }
    if (!ROOT_FIELDS.includes(field)) {
      const allowed = `[${ROOT_FIELDS.join(' ')}]`;
      const message = `only ${allowed} fields are allowed at the root of the schema if the status subresource is enabled`;
      errors.invalid(path, shownSchema(schema), message);
      return;
    }
  }
}

function checkSubresources(
  subresources: V1CustomResourceSubresources | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (subresources?.scale === undefined) return;
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = subresources.scale;
  const check = (field: string, value: string, roots: readonly string[], under: string) => {
    const problem = simplePathProblem(value);
    if (problem !== undefined) errors.invalid(`${path}.${field}`, value, problem);
    else if (!roots.some((root) => value.startsWith(`${root}.`))) {
      errors.invalid(`${path}.${field}`, value, `should be a json path under ${under}`);
    }
  };
  if (specReplicasPath === '') errors.required(`${path}.specReplicasPath`);
  else check('specReplicasPath', specReplicasPath, ['.spec'], '.spec');
  if (statusReplicasPath === '') errors.required(`${path}.statusReplicasPath`);
  else check('statusReplicasPath', statusReplicasPath, ['.status'], '.status');
  if (labelSelectorPath) {
    check('labelSelectorPath', labelSelectorPath, ['.spec', '.status'], 'either .spec or .status');
  }
}

function checkColumn(column: V1CustomResourceColumnDefinition, path: string, errors: FieldErrors): void {
  const { name, type, format = '', jsonPath } = column;
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (name === '') errors.required(`${path}.name`);
  if (type === '') errors.required(`${path}.type`, types);
  else if (!COLUMN_TYPES.includes(type)) errors.invalid(`${path}.type`, type, types);
  if (format !== '' && !COLUMN_FORMATS.includes(format)) {
    errors.invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`);
  }
  const problem = simplePathProblem(jsonPath);
  if (jsonPath === '') errors.required(`${path}.JSONPath`);
  else if (problem !== undefined) errors.invalid(`${path}.JSONPath`, jsonPath, problem);
}

function checkSelectable(
  fields: readonly V1SelectableField[],
  schema: Schema,
  path: string,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  const problem = structuralProblem(schema);
  if (problem !== undefined) {
    const within = path.replace(/\.selectableFields$/, '');
    errors.invalid(`${within}.schema.openAPIV3Schema`, '', problem);
  }
  for (const [i, { jsonPath }] of fields.entries()) {
    const at = `${path}[${i}].jsonPath`;
    if (jsonPath === '') {
      errors.required(at);
      continue;
    }
    const found = followFieldPath(jsonPath, schema, false);
    if ('problem' in found) {
      errors.invalid(at, jsonPath, `is an invalid path: ${found.problem}`);
      continue;
    }
    if (found.root === 'metadata') errors.invalid(at, jsonPath, 'must not point to fields in metadata');
    if (!SELECTABLE_TYPES.includes(found.schema?.type ?? '')) {
      const message =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.invalid(at, jsonPath, message);
    }
    if (seen.has(found.path)) errors.duplicate(at, jsonPath);
    seen.add(found.path);
  }
  if (seen.size > SELECTABLE_FIELDS_MAX) errors.tooMany(path, seen.size, SELECTABLE_FIELDS_MAX);
}
