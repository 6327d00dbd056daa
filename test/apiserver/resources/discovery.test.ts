/**
 * The built-in resources beside those of a real API server of 1.36, which are recorded outside of this repository: names,
 * scopes, verbs, subresources, tables, places in the store. Whatever is missing is on the short list below.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aggregatedDiscovery, groupsOf } from '../../../apiserver/machinery/discovery.ts';
import type { ResourceRow, TableColumn } from '../../../apiserver/machinery/resource-row.ts';
import { ServedRows } from '../../../apiserver/machinery/served-rows.ts';
import { type SchemaSource, TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { toWireForm } from '../../../apiserver/resources/wire-form.ts';
import { allRows } from './all-rows.ts';

const reference = new URL('../../../../shared/reference/', import.meta.url);
const isThere = existsSync(reference);

/** What the real one has and we do not, with the reason. */
const MISSING: readonly string[] = [];

interface Discovered {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly { readonly resource: string }[];
  }[];
}

function read(file: string): string {
  return readFileSync(new URL(file, reference), 'utf8');
}

/** By `group/version resource`; the groups of general availability alone, and not our own. */
function byName(items: readonly Discovered[]): Map<string, object> {
  return new Map(
    items.flatMap(({ metadata: { name = '' }, versions }) =>
      versions
        .filter(({ version }) => /^v\d+$/.test(version))
        .flatMap(({ version, resources }) =>
          resources.map(
            (resource) => [`${name === '' ? '' : `${name}/`}${version} ${resource.resource}`, resource] as const,
          ),
        ),
    ),
  );
}

function nameOf({ group, version, resource }: ResourceRow): string {
  return `${group === '' ? '' : `${group}/`}${version} ${resource}`;
}

function shownColumn({ name, type, format, priority }: TableColumn): object {
  return { name, type, ...(format === undefined ? {} : { format }), ...(priority ? { priority } : {}) };
}

function report(what: string, all: readonly string[], missing: readonly string[]): void {
  console.info(`${what}: ${all.length - missing.length} of ${all.length}; missing: ${missing.join(', ') || 'none'}`);
}

describe.skipIf(!isThere)('beside a real API server', () => {
  it('serves the same resources', () => {
    const types = new TypeNodes(JSON.parse(readFileSync('generated/schemas.json', 'utf8')) as SchemaSource);
    const discovery = aggregatedDiscovery(groupsOf(new ServedRows(allRows, types, toWireForm)), 'v2');
    const ours = byName(discovery.items as Discovered[]);
    const theirs = byName(JSON.parse(read('discovery-1.36.json')).items);
    const names = [...theirs.keys()];
    const missing = names.filter((name) => !ours.has(name));
    report('resources', names, missing);
    for (const [name, resource] of theirs) if (ours.has(name)) expect(ours.get(name), name).toEqual(resource);
    expect(missing).toEqual(MISSING);
  });

  it('shows the same columns', () => {
    const theirs = JSON.parse(read('recorded/table-columns.json')) as Record<string, { columns: TableColumn[] }>;
    const ours = new Map(allRows.map((row) => [nameOf(row).replace(' ', '/'), row.table.columns.map(shownColumn)]));
    const names = Object.keys(theirs);
    const missing = names.filter((name) => !ours.has(name));
    report('tables', names, missing);
    for (const name of names) if (ours.has(name)) expect(ours.get(name), name).toEqual(theirs[name]?.columns);
    expect(missing).toEqual(MISSING.map((name) => name.replace(' ', '/')));
  });

  it('keeps objects at the same keys', () => {
    const theirs = read('recorded/registry-paths.txt')
      .trim()
      .split('\n')
      .map((line) => line.split('\t') as [name: string, key: string]);
    const ours = new Map(allRows.map((row) => [nameOf(row), row]));
    const rowOf = (name: string): ResourceRow | undefined => ours.get(name.replace(/^core\//, ''));
    const missing = theirs.map(([name]) => name).filter((name) => rowOf(name) === undefined);
    report(
      'keys',
      theirs.map(([name]) => name),
      missing,
    );
    for (const [name, key] of theirs) {
      const row = rowOf(name);
      if (row !== undefined)
        expect(`${row.storagePrefix}/${row.namespaced ? '<namespace>/' : ''}<name>`, name).toBe(key);
    }
    expect(missing).toEqual(MISSING);
  });
});
