/**
 * Definitions of custom resources: declared, checked and stored. Nothing serves what they define, so that their names are not
 * accepted by anyone and nothing of them has to be cleaned up when they go.
 */
import type { V1CustomResourceDefinition } from '../../../generated/kubernetes.d.ts';
import { defineRow, keepField, statusPart } from '../row.ts';
import { plainTable } from '../table/columns.ts';
import { checkDefinition, checkDefinitionUpdate, checkStatus, type Definition } from './definition-validation.ts';
import { internalSpec } from './internal-spec.ts';
import { fillSchema, type Schema, someSchema } from './json-schema.ts';

const MODEL = 'V1CustomResourceDefinition';
const WEBHOOK_PORT = 443;

/** Formats of texts that are known, without hyphens (strfmt's, and those of Kubernetes). */
const TEXT_FORMATS: ReadonlySet<string> = new Set([
  ...['bsonobjectid', 'uri', 'email', 'hostname', 'ipv4', 'ipv6', 'cidr', 'mac', 'uuid', 'uuid3', 'uuid4', 'uuid5'],
  ...['isbn', 'isbn10', 'isbn13', 'creditcard', 'ssn', 'hexcolor', 'rgbcolor', 'byte', 'password', 'date', 'duration'],
  ...['datetime', 'k8sshortname', 'k8slongname'],
]);

function setDefaults(definition: Definition): void {
  const { spec, status } = definition;
  const { names } = spec;
  if (!names.singular && names.kind !== '') names.singular = names.kind.toLowerCase();
  if (!names.listKind && names.kind !== '') names.listKind = `${names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= WEBHOOK_PORT;
  for (const { schema } of spec.versions ?? []) {
    if (schema?.openAPIV3Schema !== undefined) fillSchema(schema.openAPIV3Schema);
  }
  if ((status.storedVersions ?? []).length === 0) keepStorageVersion(definition);
}

/** What objects are stored in is among what they were ever stored in. */
function keepStorageVersion({ spec, status }: Definition): void {
  const version = (spec.versions ?? []).find(({ storage }) => storage);
  const stored = status.storedVersions ?? [];
  if (version !== undefined && !stored.includes(version.name)) status.storedVersions = [...stored, version.name];
}

function unknownFormats({ spec }: Definition): string[] {
  const { validation, versions } = internalSpec(spec);
  const formats: string[] = [];
  const collect = ({ type = '', format = '' }: Schema) => {
    if (format !== '' && !isKnownFormat(type, format)) formats.push(format);
    return false;
  };
  for (const schema of [validation, ...versions.map((version) => version.schema)]) {
    someSchema(schema?.openAPIV3Schema, collect);
  }
  return formats;
}

function isKnownFormat(type: string, format: string): boolean {
  switch (type) {
    case '':
    case 'string':
      return TEXT_FORMATS.has(format.replaceAll('-', ''));
    case 'integer':
      return format === 'int32' || format === 'int64';
    case 'number':
      return format === 'float' || format === 'double';
    default:
      return false;
  }
}

function warnings(definition: Definition, old: Definition | undefined): string[] {
  const known = old === undefined ? [] : unknownFormats(old);
  const formats = unknownFormats(definition).filter((format) => !known.includes(format));
  return formats.map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

export const customResourceDefinitionRow = defineRow<V1CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  model: MODEL,
  storagePrefix: '/registry/apiextensions.k8s.io/customresourcedefinitions',
  generation: 'spec',
  allowUnconditionalUpdate: false,
  checksOwnPreconditions: true,
  strategy: {
    resetFields: ['status'],
    metaOnCreate: 'own',
    defaults: setDefaults,
    prepareForCreate(definition) {
      const acceptedNames = { plural: '', kind: '' };
      // Go writes null for conditions that nobody has set.
      definition.status = { acceptedNames, conditions: null, storedVersions: [] } as unknown as Definition['status'];
      keepStorageVersion(definition);
    },
    prepareForUpdate(definition, old) {
      keepField(definition, old, 'status');
      definition.status = { ...definition.status };
      keepStorageVersion(definition);
    },
    validate: checkDefinition,
    validateUpdate: checkDefinitionUpdate,
    warnings,
  },
  table: plainTable,
  subresources: {
    status: statusPart<V1CustomResourceDefinition>(MODEL, {
      resetFields: ['spec'],
      validateUpdate: (definition, _old, errors) => checkStatus(definition, errors),
    }),
  },
});
