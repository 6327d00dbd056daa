/**
 * Objects as `Table`s (meta.k8s.io/v1), which is what `kubectl get` prints: the columns come from the row, so that every
 * client shows the same; and as `PartialObjectMetadata`, which is all that controllers of metadata want.
 */

import { FieldErrors } from './field-errors.ts';
import type { KubeObject, ResourceRow } from './resource-row.ts';
import { invalid } from './status.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** `?includeObject=`: how much of each object its row carries. @throws StatusError 422 */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  const errors = new FieldErrors();
  errors.invalid('includeObject', value, "must be 'Metadata', 'Object', 'None', or empty");
  throw invalid('meta.k8s.io', 'TableOptions', '', errors.list);
}

export interface TableRequest {
  readonly row: Pick<ResourceRow, 'table'>;
  /** `v1` or `v1beta1` of meta.k8s.io. */
  readonly version: string;
  readonly include: IncludeObject;
  readonly nowMs: number;
  /** Without columns: every table of a watch but the first. */
  readonly noHeaders?: boolean;
}

/** @param listMeta of the list, or of the one object: its resourceVersion */
export function tableOf(objects: readonly KubeObject[], listMeta: object, request: TableRequest): KubeObject {
  const { row, version } = request;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: listMeta,
    ...(request.noHeaders === true
      ? { columnDefinitions: null }
      : {
          columnDefinitions: row.table.columns.map((column) => ({
            name: column.name,
            type: column.type,
            format: column.format ?? '',
            description: column.description,
            priority: column.priority ?? 0,
          })),
        }),
    rows: objects.map((object) => tableRow(object, request)),
  };
}

function tableRow(object: KubeObject, { row, version, include, nowMs }: TableRequest): object {
  const conditions = row.table.conditions?.(object);
  const shown = row.table.metadata === undefined ? object : { ...object, metadata: row.table.metadata(object) };
  return {
    cells: row.table.cells(object, nowMs),
    ...(conditions === undefined || conditions.length === 0 ? {} : { conditions }),
    ...(include === 'None' ? {} : { object: include === 'Object' ? object : partialOf(shown, version) }),
  };
}

/** An object's metadata alone. */
export function partialOf(object: KubeObject, version: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

export function partialListOf(objects: readonly KubeObject[], listMeta: object, version: string): KubeObject {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: listMeta,
    items: objects.map((object) => partialOf(object, version)),
  };
}
