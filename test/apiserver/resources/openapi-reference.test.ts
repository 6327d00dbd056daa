/**
 * The OpenAPI v3 documents beside those of Kubernetes 1.34, which are kept outside of this repository: every path, method,
 * parameter, body, answer, schema and field is there and the same. What is not is on the short list below.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApiV3Document } from '../../../apiserver/machinery/openapi-v3.ts';
import { ServedRows } from '../../../apiserver/machinery/served-rows.ts';
import { TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { toWireForm } from '../../../apiserver/resources/wire-form.ts';
import { schemaSource } from '../machinery/server-fixture.ts';
import { allRows } from './all-rows.ts';

const folder = join(import.meta.dirname, '../../../../shared/reference/openapi-v3-1.34');

/** What differs, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'paths /api/v1/namespaces/{name} delete responses 200': 'a deleted namespace is answered itself, as upstream does',
  'paths /api/v1/namespaces/{name} delete responses 202': 'a deleted namespace is answered itself, as upstream does',
};
/** Not served by default upstream either, though its documents name it. */
const UNSERVED_MEDIA = /^application\/(cbor|cbor-seq|apply-patch\+cbor)$/;

type Part = Readonly<Record<string, unknown>>;

describe.skipIf(!existsSync(folder))('OpenAPI v3 beside Kubernetes 1.34', () => {
  it('N3 every path, method, schema and field is served', () => {
    const schemas = schemaSource();
    const source = {
      rows: new ServedRows(allRows, new TypeNodes(schemas), toWireForm),
      schemas,
      named: schemas.schemas,
      descriptions: {},
      version: { gitVersion: '' } as Parameters<typeof openApiV3Document>[0]['version'],
    };
    const differing = new Set<string>();
    const counts = { paths: 0, operations: 0, parameters: 0, answers: 0, schemas: 0, fields: 0 };
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.json')) continue;
      const theirs = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Part;
      const ours = JSON.parse(JSON.stringify(openApiV3Document(source, file.replace(/\.json$/, '')))) as Part;
      comparePaths(theirs.paths as Part, ours.paths as Part);
      compareSchemas((theirs.components as Part).schemas as Part, (ours.components as Part).schemas as Part);
    }
    console.info(
      `OpenAPI v3 beside Kubernetes 1.34: ${Object.entries(counts)
        .map(([what, count]) => `${count} ${what}`)
        .join(', ')}; different: ${differing.size}`,
    );
    expect([...differing].sort()).toEqual(Object.keys(DIFFERENT).sort());
    expect(counts.operations).toBeGreaterThan(700);

    function comparePaths(theirs: Part, ours: Part): void {
      for (const [path, item] of Object.entries(theirs)) {
        counts.paths++;
        const { parameters: shared, ...operations } = item as Part;
        const { parameters: oursShared, ...ourOperations } = (ours[path] ?? {}) as Part;
        compareParameters(`paths ${path}`, shared, oursShared);
        for (const [method, operation] of Object.entries(operations)) {
          counts.operations++;
          const at = `paths ${path} ${method}`;
          const { parameters, responses, ...rest } = operation as Part;
          const our = (ourOperations[method] ?? {}) as Part;
          compareParameters(at, parameters, our.parameters);
          for (const [code, answer] of Object.entries(responses as Part)) {
            counts.answers++;
            compare(`${at} responses ${code}`, answer, ((our.responses ?? {}) as Part)[code]);
          }
          for (const [key, value] of Object.entries(rest))
            if (key !== 'description') compare(`${at} ${key}`, value, our[key]);
        }
      }
    }

    function compareParameters(at: string, theirs: unknown, ours: unknown): void {
      const list = (theirs ?? []) as readonly Part[];
      counts.parameters += list.length;
      compare(`${at} parameters`, list, ours ?? []);
    }

    function compareSchemas(theirs: Part, ours: Part): void {
      for (const [name, schema] of Object.entries(theirs)) {
        counts.schemas++;
        const { properties: fields = {}, ...rest } = schema as Part;
        const { properties: ourFields = {}, ...ourRest } = (ours[name] ?? {}) as Part;
        compare(`schemas ${name}`, rest, ourRest);
        for (const [field, value] of Object.entries(fields as Part)) {
          counts.fields++;
          compare(`schemas ${name} ${field}`, value, (ourFields as Part)[field]);
        }
      }
    }

    function compare(at: string, theirs: unknown, ours: unknown): void {
      if (canonical(theirs) !== canonical(ours)) differing.add(at);
    }
  });
});

/** Sorted JSON without descriptions, which are our own; `allOf` of one is what it holds; `required` is a set. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === 'required' && Array.isArray(inner)) return [...inner].sort();
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const { allOf, ...own } = inner as Part;
    const whole: Part = Array.isArray(allOf) ? { ...own, ...(allOf[0] as Part) } : (inner as Part);
    return Object.fromEntries(
      Object.entries(whole)
        .filter(([name, part]) => !(name === 'description' && typeof part === 'string') && !UNSERVED_MEDIA.test(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });
}
