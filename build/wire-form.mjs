/**
 * Writes `generated/wire-form.json`: for every model the fields whose written form depends on more than what was read,
 * so that the server stores and answers each object exactly as Go's encoder would write it.
 *
 *   { "<model>": [["<field>", "<rule>", "<element>"], …] }
 *
 * | rule     | absent, null          | present                                                     |
 * |----------|-----------------------|-------------------------------------------------------------|
 * | omit     | left out              | left out when '', 0 or false                                |
 * | keep     | left out              | kept                                                        |
 * | null     | null                  | kept                                                        |
 * | zero     | '', 0 or false        | kept                                                        |
 * | struct   | {}, filled in         | by the element's model                                      |
 * | pointer  | left out              | by the element's model                                      |
 * | nullPointer | null               | by the element's model                                      |
 * | list     | left out              | when stored left out if empty, else every item by the element |
 * | nullList | null                  | when stored null if empty, else every item by the element   |
 * | emptyList | null                 | every item by the element                                   |
 * | map      | left out              | when stored left out if empty, else every value by the element |
 * | nullMap  | null                  | when stored null if empty, else every value by the element  |
 * | emptyMap | null                  | every value by the element                                  |
 * | time, microTime, quantity           | left out | canonical                                 |
 * | nullTime, nullMicroTime, nullQuantity | null   | canonical                                 |
 * | zeroQuantity                        | "0"      | canonical                                 |
 *
 * Elements are a model's name, `string`, `integer`, `boolean`, `quantity`, `time` or `any`.
 */
import fs from 'node:fs';
import path from 'node:path';
import { scalars } from './schema-extensions.mjs';
import { makeSchemas } from './schemas.mjs';
import * as tables from './wire-form-extensions.mjs';

const ANY = ['RawExtension', 'FieldsV1', 'Patch', 'IntOrString', 'CustomResourceSubresourceStatus'].concat([
  'JSON',
  'JSONSchemaPropsOrArray',
  'JSONSchemaPropsOrBool',
  'JSONSchemaPropsOrStringArray',
]);
const ELEMENTS = new Map([
  [scalars.Time.name, 'time'],
  [scalars.MicroTime.name, 'microTime'],
  [scalars.Quantity.name, 'quantity'],
  ...ANY.map((each) => [scalars[each].name, 'any']),
]);

export function makeWireForm({ models, schemas } = makeSchemas()) {
  const modelOf = Object.fromEntries(Object.entries(models).map(([model, name]) => [name, model]));
  const forms = {};
  for (const [model, name] of Object.entries(models)) {
    const { properties = {}, required = [] } = schemas[name];
    forms[model] = Object.entries(properties).map(([field, schema]) =>
      ruleOf(`${model}.${field}`, field, schema, required.includes(field), modelOf, emptiness(name)),
    );
  }
  return forms;
}

export function writeWireForm(folder, wireForm) {
  fs.writeFileSync(path.join(folder, 'wire-form.json'), JSON.stringify(wireForm));
}

/**
 * An empty list or map that is always written: most kinds lose it on their way through protobuf, in which upstream
 * stores them; the kinds of these groups are stored in JSON.
 */
function emptiness(schemaName) {
  return /\.(?:apiextensions|apiregistration)\./.test(schemaName) ? 'empty' : 'null';
}

function ruleOf(key, field, schema, required, modelOf, empty) {
  const written = required && !tables.omittedWhenEmpty.has(key);
  if (schema.type === 'array') {
    return [field, written || tables.nullLists.has(key) ? `${empty}List` : 'list', elementOf(schema.items, modelOf)];
  }
  if (schema.type === 'object') {
    return [field, written ? `${empty}Map` : 'map', elementOf(schema.additionalProperties, modelOf)];
  }
  if (schema.$ref !== undefined) return referenceRule(key, field, schema, modelOf);
  if (schema.format === 'byte') return [field, written ? 'null' : 'omit'];
  if (tables.nullable.has(key)) return [field, tables.nullable.get(key) ? 'null' : 'keep'];
  return written || tables.alwaysWritten.has(key) ? [field, 'zero', schema.type] : [field, 'omit'];
}

function referenceRule(key, field, schema, modelOf) {
  const element = elementOf(schema, modelOf);
  switch (element) {
    case 'time':
      return [field, tables.valueTimes.has(key) || isConditionTime(key) ? 'nullTime' : 'time'];
    case 'microTime':
      return [field, tables.valueTimes.has(key) ? 'nullMicroTime' : 'microTime'];
    case 'quantity':
      if (tables.nullPointers.has(key)) return [field, 'nullQuantity'];
      return [field, tables.valueQuantities.has(key) ? 'zeroQuantity' : 'quantity'];
    case 'any':
      return [field, tables.valueObjects.has(key) ? 'null' : 'keep'];
    default:
      if (tables.nullPointers.has(key)) return [field, 'nullPointer', element];
      return [field, schema.default === undefined ? 'pointer' : 'struct', element];
  }
}

function isConditionTime(key) {
  return /Condition\.last\w+Time$/.test(key);
}

function elementOf(schema, modelOf) {
  if (schema === undefined || schema.type === 'array' || schema.type === 'object') return 'any';
  if (schema.$ref === undefined) return schema.format === 'byte' ? 'string' : schema.type;
  const element = ELEMENTS.get(schema.$ref) ?? modelOf[schema.$ref];
  if (element === undefined) throw new Error(`no wire form for ${schema.$ref}`);
  return element;
}
