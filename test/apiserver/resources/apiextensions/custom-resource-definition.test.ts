import { describe, expect, it } from 'vitest';
import { customResourceDefinitionRow as row } from '../../../../apiserver/resources/apiextensions/custom-resource-definition.ts';
import { cellsOf, created, defaulted, refused, updated, updateRefused, warnedOf } from '../row-fixture.ts';

type Parts = Readonly<Record<string, unknown>>;

const NAME = { metadata: { name: 'widgets.example.com' } };
const NAMES = { plural: 'widgets', kind: 'Widget' };
const OBJECT = { type: 'object' };

function versionOf(schema: Parts | undefined, more: Parts = {}): Parts {
  const withSchema = schema === undefined ? {} : { schema: { openAPIV3Schema: schema } };
  return { name: 'v1', served: true, storage: true, ...withSchema, ...more };
}

function definition(spec: Parts = {}, more: Parts = {}): Parts {
  const versions = [versionOf(OBJECT)];
  return { ...NAME, spec: { group: 'example.com', scope: 'Namespaced', names: NAMES, versions, ...spec }, ...more };
}

/** What is wrong with a schema of the only version. */
function schemaRefused(schema: Parts, more: Parts = {}): string[] {
  const path = 'spec.validation.openAPIV3Schema';
  return refused(row, definition({ versions: [versionOf(schema, more)] })).map((line) =>
    line.startsWith(path) ? line.slice(path.length + (line[path.length] === '.' ? 1 : 0)) : line,
  );
}

/** What is wrong with a property of an otherwise empty schema. */
function propertyRefused(property: Parts): string[] {
  return schemaRefused({ ...OBJECT, properties: { a: property } }).map((line) => line.replace('properties[a].', ''));
}

describe('custom resource definitions', () => {
  it('get names and a conversion by default', () => {
    const { spec, status } = defaulted(row, definition());
    expect(spec).toMatchObject({
      conversion: { strategy: 'None' },
      names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    });
    expect(status).toMatchObject({ storedVersions: ['v1'], conditions: null });
  });

  it('fill in what schemas leave open', () => {
    const inner = { type: 'string', nullable: false, enum: [], title: '' };
    const list = { type: 'array', items: inner };
    const map = { type: 'object', additionalProperties: { ...inner } };
    const { spec } = defaulted(row, definition({ versions: [versionOf({ ...OBJECT, properties: { list, map } })] }));
    expect(spec).toMatchObject({
      versions: [
        {
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                list: { type: 'array', items: { type: 'string' } },
                map: { type: 'object', additionalProperties: { type: 'string' } },
              },
            },
          },
        },
      ],
    });
    expect(JSON.stringify(spec)).not.toContain('nullable');
  });

  it('begin with what they store in, and remember what they stored in', () => {
    const old = { ...definition(), status: { storedVersions: ['v1'] } };
    expect(created(row, definition({}, { status: { storedVersions: ['v9'] } })).status).toEqual({
      acceptedNames: { kind: '', plural: '' },
      conditions: null,
      storedVersions: ['v1'],
    });
    const versions = [versionOf(OBJECT, { storage: false }), versionOf(OBJECT, { name: 'v2' })];
    expect(updated(row, old, definition({ versions })).status).toMatchObject({ storedVersions: ['v1', 'v2'] });
    expect(updateRefused(row, old, definition({ versions: [versionOf(OBJECT, { name: 'v2' })] }))).toEqual([
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ]);
  });

  it('are listed by name and creation', () => {
    const metadata = { ...NAME.metadata, creationTimestamp: '2026-01-31T11:00:00Z' };
    expect(cellsOf(row, definition({}, { metadata }))).toEqual(['widgets.example.com', '2026-01-31T11:00:00Z']);
  });

  it('warn about formats nobody knows', () => {
    const properties = {
      a: { type: 'string', format: 'date-time' },
      b: { type: 'string', format: 'colour' },
      c: { type: 'integer', format: 'uint8' },
    };
    const versions = [versionOf({ ...OBJECT, properties })];
    expect(warnedOf(row, definition({ versions }))).toEqual([
      'unrecognized format "colour"',
      'unrecognized format "uint8"',
    ]);
  });

  it.each<[string, Parts, string[]]>([
    ['valid', {}, []],
    [
      'nothing',
      { group: undefined, scope: undefined, names: undefined, versions: undefined },
      [
        'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',
        'spec.group: Required value',
        'spec.scope: Required value',
        'spec.versions: Invalid value: null: must have exactly one version marked as storage version',
        ...['plural', 'singular', 'kind', 'listKind'].map((field) => `spec.names.${field}: Required value`),
        'status.storedVersions: Invalid value: null: must have at least one stored version',
      ],
    ],
    [
      'a group of one label',
      { group: 'example', names: { ...NAMES, kind: 'WidgetList', listKind: 'WidgetList', shortNames: ['W'] } },
      [
        'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',
        'spec.group: Invalid value: "example": should be a domain with at least one dot',
        expect.stringMatching(
          /^spec\.names\.shortNames\[0\]: Invalid value: "W": a DNS-1035 label must consist of/,
        ) as string,
        'spec.names.listKind: Invalid value: "WidgetList": kind and listKind may not be the same',
      ],
    ],
    [
      'versions alike',
      { versions: [versionOf(OBJECT), versionOf(OBJECT)] },
      [
        `spec.versions: Invalid value: ${JSON.stringify(
          [0, 1].map(() => ({
            ...{ Name: 'v1', Served: true, Storage: true, Deprecated: false, DeprecationWarning: null },
            ...{ Schema: null, Subresources: null, AdditionalPrinterColumns: null, SelectableFields: null },
          })),
        )}: must contain unique version names`,
        expect.stringMatching(
          /^spec\.versions: .*: must have exactly one version marked as storage version$/,
        ) as string,
      ],
    ],
    [
      'versions that differ',
      {
        versions: [
          versionOf({ type: 'string' }),
          versionOf(undefined, { name: 'v2', storage: false, deprecationWarning: 'x' }),
        ],
      },
      [
        'spec.versions[1].schema.openAPIV3Schema: Required value',
        'spec.versions[0].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root',
        'spec.versions[1].deprecationWarning: Invalid value: "x": can only be set for deprecated versions',
      ],
    ],
    [
      'a conversion without a webhook',
      { conversion: { strategy: 'Webhook' } },
      [
        'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
        'spec.conversion.conversionReviewVersions: Required value',
      ],
    ],
    [
      'a conversion by a webhook',
      {
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { service: { name: 'n', namespace: 's' } }, conversionReviewVersions: ['v3', 'v3'] },
        },
      },
      [
        'spec.conversion.conversionReviewVersions[1]: Invalid value: "v3": duplicate version',
        'spec.conversion.conversionReviewVersions: Invalid value: ["v3","v3"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'a webhook without conversion',
      { conversion: { strategy: 'None', webhook: { clientConfig: {}, conversionReviewVersions: ['v1'] } } },
      ['webhookClientConfig', 'conversionReviewVersions'].map(
        (field) => `spec.conversion.${field}: Forbidden: should not be set when strategy is not set to Webhook`,
      ),
    ],
    [
      'preserving what is unknown',
      { preserveUnknownFields: true },
      [
        'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ],
    ],
  ])('are validated: %s', (_what, spec, errors) => {
    expect(refused(row, definition(spec))).toEqual(errors);
  });

  it('need approval in the groups of Kubernetes', () => {
    const key = 'api-approved.kubernetes.io';
    const of = (annotations: Parts) =>
      definition({ group: 'x.k8s.io' }, { metadata: { name: 'widgets.x.k8s.io', annotations } });
    const must = `protected groups must have approval annotation "${key}"`;
    const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
    expect(refused(row, of({}))).toEqual([`metadata.annotations[${key}]: Required value: ${must}, ${see}`]);
    expect(refused(row, of({ [key]: 'sure' }))).toEqual([
      `metadata.annotations[${key}]: Invalid value: "sure": ${must} with either a URL or a reason starting with "unapproved", ${see}`,
    ]);
    expect(refused(row, of({ [key]: 'https://github.com/x/y/pull/1' }))).toEqual([]);
    expect(refused(row, of({ [key]: 'unapproved, for tests' }))).toEqual([]);
    expect(updateRefused(row, of({}), of({}))).toEqual([]);
  });

  it('may not become another kind once they are established', () => {
    const conditions = [{ type: 'Established', status: 'True' }];
    const status = { storedVersions: ['v1'], conditions };
    const next = definition({ scope: 'Cluster', names: { plural: 'gadgets', kind: 'Gadget' }, group: 'e.com' });
    const always = [
      'spec.group: Invalid value: "e.com": field is immutable',
      'spec.names.plural: Invalid value: "gadgets": field is immutable',
    ];
    expect(updateRefused(row, definition({}, { status: { storedVersions: ['v1'] } }), next)).toEqual(always);
    expect(updateRefused(row, definition({}, { status }), next)).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
      ...always,
    ]);
  });

  it('have names in their status, whose rest is free', () => {
    const status = { acceptedNames: { plural: 'Widgets', kind: 'Widget' } };
    const [error, ...more] = updateRefused(row, definition(), definition({}, { status }), 'status');
    expect(error).toMatch(/^status\.acceptedNames\.plural: Invalid value: "Widgets": a DNS-1035 label must consist of/);
    expect(more).toEqual([]);
    expect(updated(row, definition(), definition({ scope: 'Cluster' }), 'status').spec).toMatchObject({
      scope: 'Namespaced',
    });
  });
});

describe('subresources, columns and selectable fields', () => {
  const properties = {
    spec: {
      type: 'object',
      properties: { size: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } },
    },
  };

  it.each<[string, Parts, string[]]>([
    [
      'scale',
      { subresources: { scale: { specReplicasPath: 'spec.n', statusReplicasPath: '.n', labelSelectorPath: '.x.y' } } },
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: "spec.n": must be a simple json path starting with .',
        'spec.subresources.scale.statusReplicasPath: Invalid value: ".n": should be a json path under .status',
        'spec.subresources.scale.labelSelectorPath: Invalid value: ".x.y": should be a json path under either .spec or .status',
      ],
    ],
    [
      'columns',
      { additionalPrinterColumns: [{ name: '', type: 'text', format: 'short', jsonPath: 'a' }, { name: 'b' }] },
      [
        'spec.additionalPrinterColumns[0].name: Required value',
        'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[0].format: Invalid value: "short": must be one of byte,date,date-time,double,float,int32,int64,password',
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple json path starting with .',
        'spec.additionalPrinterColumns[1].type: Required value: must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[1].JSONPath: Required value',
      ],
    ],
    [
      'selectable fields',
      {
        selectableFields: ['', '.spec.size', '.spec.size', '.spec.tags', '.spec.x', 'spec', ".spec['size']", '.'].map(
          (jsonPath) => ({ jsonPath }),
        ),
      },
      [
        'spec.selectableFields[0].jsonPath: Required value',
        'spec.selectableFields[2].jsonPath: Duplicate value: ".spec.size"',
        'spec.selectableFields[3].jsonPath: Invalid value: ".spec.tags": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        'spec.selectableFields[4].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[5].jsonPath: Invalid value: "spec": is an invalid path: expected [ or . but got: spec',
        'spec.selectableFields[6].jsonPath: Invalid value: ".spec[\'size\']": is an invalid path: array notation is not allowed',
        'spec.selectableFields[7].jsonPath: Invalid value: ".": is an invalid path: unexpected end of JSON path',
      ],
    ],
  ])('are validated: %s', (_what, more, errors) => {
    expect(schemaRefused({ ...OBJECT, properties }, more)).toEqual(errors);
  });

  it('let only some fields stand at the root beside a status', () => {
    const [error, ...rest] = schemaRefused({ ...OBJECT, maxProperties: 1 }, { subresources: { status: {} } });
    expect(error).toMatch(/^: Invalid value: \{"ID":"","Schema":"",.*"MaxProperties":1,.*\}: only \[Description Type /);
    expect(rest).toEqual([]);
    expect(schemaRefused({ ...OBJECT, properties }, { subresources: { status: {} } })).toEqual([]);
  });
});

describe('structural schemas', () => {
  it.each<[string, Parts, string[]]>([
    ['no type', {}, ['type: Required value: must not be empty for specified object fields']],
    ['a list without items', { type: 'array' }, ['items: Required value: must be specified']],
    [
      'items without a type',
      { type: 'array', items: {} },
      ['items.type: Required value: must not be empty for specified array items'],
    ],
    ['a number or text', { 'x-kubernetes-int-or-string': true }, []],
    [
      'a number or text with its clauses',
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      [],
    ],
    [
      'types in clauses',
      { type: 'string', anyOf: [{ type: 'string' }, { description: 'x', pattern: '(' }] },
      [
        'anyOf[0].type: Forbidden: must be empty to be structural',
        'anyOf[1].description: Forbidden: must be empty to be structural',
        'anyOf[1].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
      ],
    ],
    [
      'an embedded object',
      { type: 'string', 'x-kubernetes-embedded-resource': true },
      [
        'properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
        'type: Invalid value: "string": must be object if x-kubernetes-embedded-resource is true',
      ],
    ],
  ])('are told from others: %s', (_what, property, errors) => {
    expect(propertyRefused(property)).toEqual(errors);
  });

  it('have all fields outside of the clauses of the root', () => {
    const clauses = [{ required: ['b'] }, { properties: { b: { minimum: 1 } } }];
    const path = 'spec.validation.openAPIV3Schema';
    expect(schemaRefused({ ...OBJECT, oneOf: clauses })).toEqual([
      `properties[b]: Required value: because it is defined in ${path}.oneOf[1].properties[b]`,
    ]);
    expect(schemaRefused({ ...OBJECT, properties: { b: { type: 'integer' } }, oneOf: clauses })).toEqual([]);
  });

  it('leave metadata alone', () => {
    const of = (metadata: Parts) => schemaRefused({ ...OBJECT, properties: { metadata } });
    expect(of({ type: 'object' })).toEqual([]);
    expect(of({ type: 'object', properties: { name: { type: 'string', maxLength: 3 } } })).toEqual([]);
    expect(of({ type: 'object', properties: { labels: { type: 'object' } } })).toEqual([
      'properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ]);
    expect(schemaRefused({ ...OBJECT, properties: { kind: { type: 'object' } } })).toEqual([
      'properties[kind].type: Invalid value: "object": must be string',
    ]);
  });
});

describe('schemas', () => {
  it.each<[string, Parts, string[]]>([
    [
      'what is not supported',
      { type: 'text', $ref: '#/x', id: 'x', uniqueItems: true, 'x-kubernetes-preserve-unknown-fields': false },
      [
        'type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
        'id: Forbidden: id is not supported',
        '$ref: Forbidden: $ref is not supported',
        'uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
        'x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined',
      ],
    ],
    [
      'a dialect',
      { type: 'string', $schema: 'x' },
      [': Invalid value: "": OpenAPIV3Schema \'schema\' is not supported'],
    ],
    [
      'a map with fields',
      { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } },
      ['additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
    ],
    [
      'a list by keys',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k', 'k', 'z', 'n'],
        items: {
          type: 'object',
          nullable: true,
          required: ['n'],
          properties: { k: { type: 'array', items: { type: 'string' } }, n: { type: 'string', nullable: true } },
        },
      },
      [
        'items.properties[k].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
        'items.properties[k].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
        'x-kubernetes-list-map-keys: Invalid value: ["k","k","z","n"]: must not contain duplicate entries',
        'x-kubernetes-list-map-keys: Invalid value: ["k","k","z","n"]: entries must all be names of item properties',
        'items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is map',
        ...[0, 1].map(
          () =>
            'items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
        'items.properties[n].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
      ],
    ],
    [
      'a set of objects',
      { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } },
      [
        'items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
      ],
    ],
    [
      'kinds of lists and maps that are none',
      { type: 'string', 'x-kubernetes-list-type': 'bag', 'x-kubernetes-map-type': 'bag' },
      [
        'type: Invalid value: "string": must be object if x-kubernetes-map-type is specified',
        'x-kubernetes-map-type: Unsupported value: "bag": supported values: "atomic", "granular"',
        'type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
        'x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
      ],
    ],
    [
      'rules',
      {
        type: 'object',
        properties: { b: { type: 'string' } },
        'x-kubernetes-validations': [
          { rule: ' ' },
          { rule: 'a\nb' },
          { rule: 'true', message: ' ', reason: 'Because', fieldPath: '.c' },
          { rule: 'true', messageExpression: ' ', fieldPath: '.b', reason: 'FieldValueInvalid' },
        ],
      },
      [
        'x-kubernetes-validations[0].rule: Required value: rule is not specified',
        'x-kubernetes-validations[1].message: Required value: message must be specified if rule contains line breaks',
        'x-kubernetes-validations[2].message: Invalid value: " ": must be non-empty if specified',
        'x-kubernetes-validations[2].reason: Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
        'x-kubernetes-validations[2].fieldPath: Invalid value: ".c": must be a valid path',
        'x-kubernetes-validations[3].messageExpression: Required value: messageExpression must be non-empty if specified',
      ],
    ],
  ])('are validated: %s', (_what, property, errors) => {
    expect(propertyRefused(property)).toEqual(errors);
  });
});

describe('defaults', () => {
  it.each<[string, Parts, string[]]>([
    ['none', { type: 'string', default: null }, []],
    ['one that fits', { type: 'object', default: { b: 1 }, properties: { b: { type: 'integer' } } }, []],
    [
      'another type',
      { type: 'string', default: 1 },
      ['default: Invalid value: "integer":  in body must be of type string: "integer"'],
    ],
    [
      'another value',
      { type: 'string', enum: ['a', 'b'], default: 'c' },
      ['default: Unsupported value: "c": supported values: "a", "b"'],
    ],
    [
      'another text',
      { type: 'string', pattern: '^(?i)b+$', default: 'c' },
      ['default: Invalid value: "c":  in body should match \'^(?i)b+$\''],
    ],
    [
      'a number out of bounds',
      { type: 'integer', minimum: 2, exclusiveMinimum: true, multipleOf: 3, default: 2 },
      [
        'default: Invalid value: 2:  in body should be a multiple of 3',
        'default: Invalid value: 2:  in body should be greater than 2',
      ],
    ],
    [
      'unknown and missing fields',
      { type: 'object', required: ['b'], default: { c: 1 }, properties: { b: { type: 'string' } } },
      ['default: Invalid value: {"c":1}: must not have unknown fields', 'default.b: Required value'],
    ],
    [
      'unknown fields that are kept',
      {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        default: { c: 1, b: [{ d: 1 }] },
        properties: { b: { type: 'array', items: { type: 'object' } } },
      },
      ['default: Invalid value: {"c":1,"b":[{"d":1}]}: must not have unknown fields'],
    ],
    [
      'lists',
      { type: 'array', maxItems: 1, default: ['a', 2], items: { type: 'string', maxLength: 3 } },
      [
        'default.[1]: Invalid value: "integer": [1] in body must be of type string: "integer"',
        'default: Too many: 2: must have at most 1 item',
      ],
    ],
    [
      'clauses',
      { type: 'integer', default: 5, oneOf: [{ minimum: 6 }, { maximum: 4 }], not: { minimum: 1 } },
      [
        'default: Invalid value: "": "" must validate one and only one schema (oneOf). Found none valid',
        'default: Invalid value: 5:  in body should be greater than or equal to 6',
        'default: Invalid value: "": "" must not validate the schema (not)',
      ],
    ],
    [
      'an embedded object',
      {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
        default: { kind: 'a_b' },
      },
      [
        'default.apiVersion: Required value',
        expect.stringMatching(/^default\.kind: Invalid value: "a_b": may have mixed case, but should/) as string,
      ],
    ],
  ])('are what their schema says: %s', (_what, property, errors) => {
    expect(propertyRefused(property)).toEqual(errors);
  });

  it('are not for metadata', () => {
    const metadata = { ...OBJECT, default: {} };
    expect(schemaRefused({ ...OBJECT, properties: { metadata } })).toEqual([
      'properties[metadata].default: Forbidden: must not be set in top-level metadata',
    ]);
  });
});
