/** The columns of tables: what kubectl's `get` prints. Many are described by the field that they show. */

import { assert } from '../../../base/assert.ts';
import columnDocs from '../../../generated/column-docs.json' with { type: 'json' };
import type { V1ObjectMeta } from '../../../generated/kubernetes.d.ts';
import type { TableColumn } from '../../machinery/resource-row.ts';
import type { KindTable } from '../row.ts';

/** The description of a field (`V1PodStatus.podIP`), for a column that shows it. */
export function fieldDoc(field: string): string {
  const text = (columnDocs as Readonly<Record<string, string>>)[field];
  assert(text !== undefined, `${field} is not in build/column-docs.mjs, or generated/ is older than it`);
  return text;
}

export function textColumn(name: string, description: string): TableColumn {
  return { name, type: 'string', description };
}

export function integerColumn(name: string, description: string): TableColumn {
  return { name, type: 'integer', description };
}

export function booleanColumn(name: string, description: string): TableColumn {
  return { name, type: 'boolean', description };
}

/** Shown with `-o wide` only. */
export function wide(column: TableColumn): TableColumn {
  return { ...column, priority: 1 };
}

export const nameColumn: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: fieldDoc('V1ObjectMeta.name'),
};

export const ageColumn: TableColumn = textColumn('Age', fieldDoc('V1ObjectMeta.creationTimestamp'));

export const containersColumn = wide(textColumn('Containers', 'Names of each container in the template.'));
export const imagesColumn = wide(textColumn('Images', 'Images referenced by each container in the template.'));

/** What upstream prints for kinds that have no printer of their own. */
export const plainTable: KindTable<{ metadata?: V1ObjectMeta | undefined }> = {
  columns: [nameColumn, { name: 'Created At', type: 'date', description: fieldDoc('V1ObjectMeta.creationTimestamp') }],
  cells: (object) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? null],
};
