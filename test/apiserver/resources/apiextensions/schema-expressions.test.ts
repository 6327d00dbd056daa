/** Rules of custom resources' schemas, as kube-apiserver 1.36 judged them. */
import { describe, expect, it } from 'vitest';
import { FieldErrors } from '../../../../apiserver/machinery/field-errors.ts';
import type { Schema } from '../../../../apiserver/resources/apiextensions/json-schema.ts';
import { checkSchema } from '../../../../apiserver/resources/apiextensions/schema-rules.ts';
import answers from './rule-answers.json' with { type: 'json' };

const text = (maxLength: number): Schema => ({ type: 'string', maxLength });
const list = (items: Schema, maxItems: number, more: Schema = {}): Schema => ({
  type: 'array',
  items,
  maxItems,
  ...more,
});
const open = { 'x-kubernetes-preserve-unknown-fields': true };

function rootWith(rule: object, at: string): Schema {
  const parts: Record<string, Schema> = {
    item: {
      type: 'object',
      properties: { a: { type: 'integer' }, port: { 'x-kubernetes-int-or-string': true } },
    },
    list: list(text(5), 5),
    map: { type: 'object', maxProperties: 3, additionalProperties: text(4) },
    name: text(10),
    emb: { type: 'object', 'x-kubernetes-embedded-resource': true, ...open },
  };
  const objs = list(parts.item ?? {}, 4);
  const spec: Schema = {
    type: 'object',
    properties: {
      replicas: { type: 'integer' },
      min: { type: 'integer', format: 'int32' },
      name: parts.name ?? {},
      at: { type: 'string', format: 'date-time' },
      d: { type: 'string', format: 'duration' },
      b: { type: 'string', format: 'byte' },
      list: parts.list ?? {},
      set: list(text(5), 5, { 'x-kubernetes-list-type': 'set' }),
      objs,
      map: parts.map ?? {},
      'a-b': text(3),
      any: { type: 'object', ...open },
      num: { type: 'number' },
      flag: { type: 'boolean' },
      namespace: { type: 'string' },
      emb: parts.emb ?? {},
      e: { type: 'string', enum: ['a', 'b'] },
    },
  };
  const status: Schema = { type: 'object', properties: { x: { type: 'string' } } };
  const root: Schema = { type: 'object', properties: { spec, status } };
  const holder = { ...parts, spec, root, objs }[at];
  Object.assign(holder ?? {}, { 'x-kubernetes-validations': [rule] });
  return root;
}

describe('the rules of schemas', () => {
  it.each(answers)('V4 $rule at $at is judged as kube-apiserver judges it', ({ at, answer, ...rule }) => {
    const errors = new FieldErrors();
    checkSchema(rootWith(rule, at), 'S', errors);
    expect(errors.list.map(({ field, message }) => `${field}: ${message}`)).toEqual(answer);
  });

  it.each([
    ['self == oldSelf && self.objs != oldSelf.objs', 'spec'],
    ['self.objs[0] == self.objs[1] && self.objs.exists(o, o == self.objs[0])', 'spec'],
    ['self.spec == oldSelf.spec || self.metadata == oldSelf.metadata', 'root'],
    ['self.map == oldSelf.map && self.list == ["a"] && self.b == b"x"', 'spec'],
    ['self.spec.objs.filter(o, has(o.a)).map(o, o.a).all(a, a > 0) && !(self.spec.name in ["a"])', 'root'],
    ['self.objs.all(o, type(o.port) == int ? o.port > 1 : o.port == "http")', 'spec'],
  ])('V4 %j at %s compiles', (rule, at) => {
    const errors = new FieldErrors();
    checkSchema(rootWith({ rule }, at), 'S', errors);
    expect(errors.list).toEqual([]);
  });

  it('V4 an old value is known only where a new one can be told to follow it', () => {
    const errors = new FieldErrors();
    checkSchema(rootWith({ rule: 'self == oldSelf' }, 'item'), 'S', errors);
    expect(errors.list.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'S.properties[spec].properties[objs].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within S.properties[spec].properties[objs]',
    ]);
  });
});
