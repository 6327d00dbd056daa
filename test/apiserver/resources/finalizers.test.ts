/** Which kinds take finalizers without a domain. */
import { describe, expect, it } from 'vitest';
import { startBuiltin } from '../builtin-server.ts';
import { validObjects } from '../fuzz/valid-objects.ts';
import { allRows } from './all-rows.ts';

const FREE = /^(admissionregistration|apiextensions|apiregistration|chaos|coordination|node|policy)(\.|$)/;
const rows = allRows.filter(
  (row) => row.virtual === undefined && row.verbs.includes('create') && !/dev$/.test(row.group),
);

describe('finalizers', () => {
  it('V1 those without a domain have to be standard, but for the kinds that take any', async () => {
    const fixture = await startBuiltin();
    for (const row of rows) {
      const root = row.group === '' ? `/api/${row.version}` : `/apis/${row.group}/${row.version}`;
      const path = `${root}${row.namespaced ? '/namespaces/default' : ''}/${row.resource}?dryRun=All`;
      const key = row.group === '' ? row.resource : `${row.resource}.${row.group}`;
      const valid = (validObjects[key] ?? {}) as { metadata?: object };
      const make = (finalizers: readonly string[]) =>
        fixture.call('POST', path, { ...valid, metadata: { name: 'f', ...valid.metadata, finalizers } });
      if ((await make(['a.b/c', 'orphan'])).code !== 201) continue;
      const { code, body } = await make(['a.b/c', 'nodomain']);
      if (FREE.test(row.group) || (row.resource === key && row.kind === 'Event')) expect(code, key).toBe(201);
      else {
        expect(body.message, key).toMatch(
          /metadata\.finalizers\[1\]: Invalid value: "nodomain": name is neither a standard finalizer name nor is it fully qualified/,
        );
      }
    }
    await fixture.close();
  });
});
