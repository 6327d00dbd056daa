/**
 * Writes `generated/schemas.json` and `generated/schema-descriptions.json`: the OpenAPI schemas of every GA kind, made
 * from the typings of `@kubernetes/client-node` and the hand-written table in `schema-extensions.mjs`.
 *
 * schemas.json:
 *   { "models":  { "V1Pod": "io.k8s.api.core.v1.Pod", … },                  the client library's name to OpenAPI's
 *     "schemas": { "io.k8s.api.core.v1.Pod": <schema>, … },
 *     "goTypes": { "io.k8s.api.core.v1.Probe": { "exec": { "within": "ProbeHandler" } }, … } }       see `go-types.mjs`
 *
 * A schema is what OpenAPI v3 says of it, with two differences: a `$ref` holds the bare schema name, and stands beside
 * other keywords (`{"$ref": "io.k8s.api.core.v1.PodSpec", "default": {}}`; OpenAPI wraps such a one in `allOf`). There
 * are no descriptions in it; schema-descriptions.json holds them: { "<schema name>": ["<of the schema>", {"<field>": …}] }.
 * So a server that is not asked to explain itself never parses them.
 *
 * What belongs to which group follows from reachability: a group names its top-level kinds, and a model belongs to
 * the first group, in the table's order, whose kinds reach it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { makeGoTypes } from './go-types.mjs';
import * as tables from './schema-extensions.mjs';
import { readModels } from './typings.mjs';

const PRIMITIVES = {
  string: (format) => (format ? { type: 'string', format } : { type: 'string' }),
  number: (format) => ({ type: format === 'double' ? 'number' : 'integer', format }),
  boolean: () => ({ type: 'boolean' }),
  Date: () => ({ $ref: tables.scalars.Time.name }),
  V1MicroTime: () => ({ $ref: tables.scalars.MicroTime.name }),
  IntOrString: () => ({ $ref: tables.scalars.IntOrString.name }),
};

/** @returns {{models: Record<string, string>, schemas: Record<string, object>, descriptions: Record<string, [string, Record<string, string>]>}} */
export function makeSchemas(models = withPromoted(readModels())) {
  const names = nameModels(models);
  const kinds = kindsByModel();
  const schemas = {};
  const descriptions = {};
  for (const scalar of Object.values(tables.scalars)) {
    schemas[scalar.name] = scalar.schema;
    descriptions[scalar.name] = [scalar.description, {}];
  }
  for (const [model, name] of Object.entries(names)) {
    const { description, fields } = models.get(model);
    schemas[name] = schemaOf(model, fields, names, kinds.get(model));
    descriptions[name] = [
      paragraphs(description),
      Object.fromEntries(
        fields.map((field) => [field.name, describe(field, models)]).filter(([, text]) => text !== undefined),
      ),
    ];
  }
  return { models: names, schemas: sorted(schemas), descriptions: sorted(descriptions) };
}

/** @param wireForm what `makeWireForm` made: which fields are left out when they are empty */
export function writeSchemas(folder, wireForm) {
  const { models, schemas, descriptions } = makeSchemas();
  fs.writeFileSync(
    path.join(folder, 'schemas.json'),
    JSON.stringify({ models, schemas, goTypes: makeGoTypes(models, wireForm) }),
  );
  fs.writeFileSync(path.join(folder, 'schema-descriptions.json'), JSON.stringify(descriptions));
}

function schemaOf(model, fields, names, kinds) {
  const properties = {};
  const required = [];
  const union = tables.unions[model];
  for (const field of [...fields].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const key = `${model}.${field.name}`;
    if (field.required) required.push(field.name);
    properties[field.name] = propertyOf(key, field, names);
  }
  return {
    type: 'object',
    ...(fields.length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
    ...(tables.atomicModels.has(model) ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(kinds === undefined ? {} : { 'x-kubernetes-group-version-kind': kinds }),
    ...(union === undefined
      ? {}
      : { 'x-kubernetes-unions': [{ discriminator: union[0], 'fields-to-discriminateBy': union[1] }] }),
  };
}

function propertyOf(key, field, names) {
  const type = tables.types[key] ?? field.type;
  const schema = typeSchema(type, field.format, names);
  const list = schema.type === 'array' || schema.format === 'byte' ? listExtensions(key, schema) : {};
  const isValue = field.required || isEmbedded(key, field.name) || tables.values.has(key);
  const implied = isValue && !tables.pointers.has(key) ? zeroOf(schema) : undefined;
  const stated = tables.defaults[key] ?? implied;
  return {
    ...schema,
    ...(stated === undefined ? {} : { default: stated }),
    ...list,
    ...tables.fieldExtensions[key],
  };
}

/** The schema of a TypeScript type as the typings spell it. */
function typeSchema(type, format, names) {
  const array = /^Array<(.*)>$|^Set<(.*)>$/.exec(type);
  if (array !== null) return { type: 'array', items: withZero(typeSchema(array[1] ?? array[2], format, names)) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map !== null) return { type: 'object', additionalProperties: withZero(typeSchema(map[1], format, names)) };
  const scalar = tables.scalars[type];
  if (scalar !== undefined) return { $ref: scalar.name };
  const primitive = PRIMITIVES[type];
  if (primitive !== undefined) return primitive(format);
  const name = names[type];
  if (name === undefined) throw new Error(`no schema for type ${type}: it wants an entry in schema-extensions.mjs`);
  return { $ref: name };
}

/** An item of a list or map cannot be absent, so it has its type's zero value as its default. */
function withZero(schema) {
  const zero = zeroOf(schema);
  return zero === undefined ? schema : { ...schema, default: zero };
}

/** The typings drop the description of a field that is an object; what its type says of itself stands in. */
function describe(field, models) {
  if (field.description !== '') return paragraphs(field.description);
  if (tables.embedded[field.type] !== undefined) return tables.embedded[field.type];
  return models.get(field.type)?.description || undefined;
}

/** The typings write the end of a paragraph as two spaces. */
function paragraphs(text) {
  return text.replace(/(?<=\S) {2}(?=\S)/g, '\n\n');
}

/** Metadata is a value wherever it occurs, and so are the spec and status of a kind: never absent, at least empty. */
function isEmbedded(key, field) {
  return field === 'metadata' || ((field === 'spec' || field === 'status') && tables.topModels.has(key.split('.')[0]));
}

/** The zero value that a field of this schema has when it is not a pointer; undefined when its type has none. */
function zeroOf(schema) {
  if (schema.$ref !== undefined) return tables.refsWithoutZero.has(schema.$ref) ? undefined : {};
  if (schema.format === 'byte') return undefined;
  return { string: '', integer: 0, number: 0, boolean: false }[schema.type];
}

/** How lists merge: by keys, as a set, or (most of them) as one value. */
function listExtensions(key, schema) {
  const [model, field] = key.split('.');
  const keys = tables.mapLists[key];
  if (keys !== undefined) {
    const mergeKey = keys.find((each) => each.startsWith('*'))?.slice(1);
    return {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': keys.map((each) => each.replace('*', '')),
      ...(mergeKey === undefined
        ? {}
        : { 'x-kubernetes-patch-merge-key': mergeKey, 'x-kubernetes-patch-strategy': 'merge' }),
    };
  }
  if (tables.setLists.has(key)) return { 'x-kubernetes-list-type': 'set' };
  if (tables.plainLists.has(key) || (field === 'items' && model.endsWith('List'))) return {};
  if (schema.format === 'byte' && !tables.atomicBytes.has(key)) return {};
  return { 'x-kubernetes-list-type': 'atomic' };
}

/** The names of all models that GA kinds are made of: `V1PodSpec` is `io.k8s.api.core.v1.PodSpec`. */
function nameModels(models) {
  const names = {};
  const visit = (model, prefix) => {
    const found = models.get(model);
    if (found === undefined || names[model] !== undefined || tables.scalars[model] !== undefined) return;
    names[model] = `${prefix}.${bareName(model)}`;
    for (const field of found.fields) {
      const type = tables.types[`${model}.${field.name}`] ?? field.type;
      for (const referenced of type.match(/\w+/g) ?? []) visit(referenced, prefix);
    }
  };
  for (const { schemaPrefix, models: roots } of tables.groups) {
    for (const model of roots) visit(model, schemaPrefix);
  }
  return sorted(names);
}

/** `CoreV1EventList` and `V1EventList` are both EventLists. */
function bareName(model) {
  return model.replace(/^(?:[A-Z][a-z]+)*?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '');
}

/** The group, version and kind of every model that is sent by itself. */
function kindsByModel() {
  const kinds = new Map();
  for (const { group, version, kinds: roots = [] } of tables.groups) {
    for (const model of roots) kinds.set(model, [{ group, kind: bareName(model), version }]);
  }
  for (const model of tables.kindsOfEveryGroup) {
    const kind = bareName(model);
    kinds.set(
      model,
      tables.everyGroupVersion.map((each) => {
        const [group, version] = each.split('/');
        return { group, kind, version };
      }),
    );
  }
  return kinds;
}

/** Models whose GA version the typings do not have yet, taken from the version before: see `promoted`. */
function withPromoted(models) {
  const all = new Map(models);
  for (const [from, to, names] of tables.promoted) {
    for (const bare of names) {
      const model = models.get(`${from}${bare}`);
      if (model === undefined) throw new Error(`the typings have no ${from}${bare} to promote`);
      const fields = model.fields.map((field) => ({
        ...field,
        type: field.type.replace(/\w+/g, (word) =>
          models.has(word) && word.startsWith(from) ? to + word.slice(from.length) : word,
        ),
      }));
      all.set(`${to}${bare}`, { ...model, fields });
    }
  }
  return all;
}

function sorted(record) {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
