/** The generated schemas: their form, and, where the reference documents are at hand, their equality with them. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeSchemas, type Schema } from '../../build/schemas.mjs';
import { additions } from '../../build/typings-additions.mjs';

const referenceFolder = path.resolve(import.meta.dirname, '../../../shared/reference/openapi-v3-1.34');
const { models, schemas, descriptions } = makeSchemas();

describe('generated schemas', () => {
  it('have an OpenAPI name for every model, and a schema for every name', () => {
    expect(models.V1Pod).toBe('io.k8s.api.core.v1.Pod');
    expect(models.V1ObjectMeta).toBe('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    expect(models.EventsV1Event).toBe('io.k8s.api.events.v1.Event');
    expect(models.V1Scale).toBe('io.k8s.api.autoscaling.v1.Scale');
    expect(models.V1JSONSchemaProps).toBe('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps');
    const names = Object.values(models);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => schemas[name] === undefined)).toEqual([]);
  });

  it('refer only to schemas that exist', () => {
    const missing = new Set<string>();
    const visit = (schema: Schema): void => {
      if (schema.$ref !== undefined && schemas[schema.$ref] === undefined) missing.add(schema.$ref);
      for (const part of [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})]) {
        if (part !== undefined) visit(part);
      }
    };
    for (const schema of Object.values(schemas)) visit(schema);
    expect([...missing]).toEqual([]);
  });

  it('say how lists merge, and which fields are quantities', () => {
    expect(schemas['io.k8s.api.core.v1.Container']?.properties?.ports).toEqual({
      type: 'array',
      items: { $ref: 'io.k8s.api.core.v1.ContainerPort', default: {} },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      'x-kubernetes-patch-merge-key': 'containerPort',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(schemas['io.k8s.api.core.v1.ResourceRequirements']?.properties?.limits).toEqual({
      type: 'object',
      additionalProperties: { $ref: 'io.k8s.apimachinery.pkg.api.resource.Quantity' },
    });
  });

  it('describe every schema, and every field whose type has a description', () => {
    const bare = Object.keys(schemas).filter((name) => (descriptions[name]?.[0] ?? '') === '');
    expect(bare).toEqual([]);
    expect(descriptions['io.k8s.api.core.v1.PodSpec']?.[1].nodeName).toMatch(/node/);
    expect(descriptions['io.k8s.api.core.v1.Pod']?.[1].spec).not.toBe('');
  });

  it('stay small enough to be read at every start', () => {
    expect(JSON.stringify({ models, schemas }).length).toBeLessThan(400_000);
  });

  it.skipIf(!fs.existsSync(referenceFolder))('equal the schemas of Kubernetes 1.34, but for what 1.36 added', () => {
    const added = new Set(
      Object.entries(additions).flatMap(([model, fields]) =>
        Object.keys(fields).map((field) => `${models[model]}.${field.replace('!', '')}`),
      ),
    );
    const reference = readReference(referenceFolder);
    const differing: string[] = [];
    let fields = 0;
    for (const [name, want] of Object.entries(reference)) {
      const got = schemas[name];
      const { properties: wantFields = {}, ...wantRest } = want;
      const { properties: gotFields = {}, ...gotRest } = got ?? {};
      if (got === undefined || canonical(wantRest) !== canonical(gotRest)) differing.push(name);
      for (const field of new Set([...Object.keys(wantFields), ...Object.keys(gotFields)])) {
        if (wantFields[field] === undefined && added.has(`${name}.${field}`)) continue;
        fields++;
        if (canonical(wantFields[field]) !== canonical(gotFields[field])) differing.push(`${name}.${field}`);
      }
    }
    const count = Object.keys(reference).length;
    const wrongFields = differing.filter((each) => /\.[a-z$x][\w$-]*$/.test(each)).length;
    console.log(
      `schemas equal to Kubernetes 1.34: ${count - (differing.length - wrongFields)} of ${count}, ` +
        `fields with their extensions: ${fields - wrongFields} of ${fields}`,
    );
    expect(differing).toEqual([]);
  });
});

/** The reference documents' schemas in our form: bare `$ref`s, no `allOf`, no descriptions, `required` as a set. */
function readReference(folder: string): Record<string, Schema> {
  const all: Record<string, Schema> = {};
  for (const file of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json')) continue;
    const document: { components: { schemas: Record<string, unknown> } } = JSON.parse(
      fs.readFileSync(path.join(folder, file), 'utf8'),
    );
    for (const [name, schema] of Object.entries(document.components.schemas)) all[name] = simplify(schema) as Schema;
  }
  return all;
}

function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    if (key === 'description' && typeof each === 'string') continue;
    if (key === 'allOf') Object.assign(out, simplify(each[0]));
    else if (key === '$ref') out.$ref = String(each).split('/').at(-1);
    else if (key === 'properties')
      out.properties = Object.fromEntries(
        Object.entries(each as object).map(([field, schema]) => [field, simplify(schema)]),
      );
    else out[key] = simplify(each);
  }
  return out;
}

/** JSON with sorted keys; `required` sorted too, since its order says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => {
    if (key === 'required' && Array.isArray(each)) return [...each].sort();
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
