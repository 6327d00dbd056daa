/** Takes objects through a row's own rules as the write steps do, and tells what came of it. */
import { expect } from 'vitest';
import { copyValue } from '../../../apiserver/machinery/copy-value.ts';
import { FieldErrors } from '../../../apiserver/machinery/field-errors.ts';
import type {
  KubeObject,
  ResourceRow,
  TableCell,
  WriteContext,
  WriteStrategy,
} from '../../../apiserver/machinery/resource-row.ts';

export const NOW_MS = Date.UTC(2026, 0, 31, 12);

export function contextOf(more: Partial<WriteContext> = {}): WriteContext {
  const user = { name: 'tester', uid: 'u', groups: ['testers'], extra: {} };
  return { nowMs: NOW_MS, user, namespace: undefined, subresource: undefined, ...more };
}

/** With what every object has; `parts` may hold any field. */
export function objectOf(row: ResourceRow, parts: object = {}): KubeObject {
  const { metadata, ...rest } = parts as Partial<KubeObject>;
  return copyValue({
    apiVersion: row.group === '' ? row.version : `${row.group}/${row.version}`,
    kind: row.kind,
    metadata: { name: 'name', ...(row.namespaced ? { namespace: 'default' } : {}), ...metadata },
    ...rest,
  }) as KubeObject;
}

/** An object with its defaults, idempotent. */
export function defaulted(row: ResourceRow, parts: object = {}): KubeObject {
  const object = objectOf(row, parts);
  row.strategy.setDefaults?.(object);
  const again = copyValue(object);
  row.strategy.setDefaults?.(again);
  expect(again, 'defaulting twice').toEqual(object);
  return object;
}

export function created(row: ResourceRow, parts: object, context = contextOf()): KubeObject {
  const object = defaulted(row, parts);
  row.strategy.prepareForCreate?.(object, context);
  return object;
}

/** What a create of the object is refused for: `field: message`. */
export function refused(row: ResourceRow, parts: object, context = contextOf()): string[] {
  const object = created(row, parts, context);
  const errors = new FieldErrors();
  row.strategy.validate?.(object, errors, context);
  return linesOf(errors);
}

function strategyOf(row: ResourceRow, subresource: string | undefined): WriteStrategy {
  if (subresource === undefined) return row.strategy;
  const part = row.subresources[subresource];
  if (part?.type !== 'part') throw new Error(`${row.resource} has no part ${subresource}`);
  return part.strategy;
}

/** `old` becomes `next`, at the resource or one of its parts; `old` is stored as it is given, with defaults. */
export function updated(row: ResourceRow, old: object, next: object, subresource?: string): KubeObject {
  return prepare(row, old, next, subresource).object;
}

export function updateRefused(row: ResourceRow, old: object, next: object, subresource?: string): string[] {
  const { object, stored, context } = prepare(row, old, next, subresource);
  const errors = new FieldErrors();
  strategyOf(row, subresource).validateUpdate?.(object, stored, errors, context);
  return linesOf(errors);
}

function prepare(row: ResourceRow, old: object, next: object, subresource: string | undefined) {
  const strategy = strategyOf(row, subresource);
  const context = contextOf({ subresource });
  const stored = defaulted(row, old);
  const object = objectOf(row, next);
  strategy.setDefaults?.(object);
  strategy.prepareForUpdate?.(object, stored, context);
  return { object, stored, context };
}

/** The warnings about a new object. */
export function warnedOf(row: ResourceRow, parts: object): readonly string[] {
  return row.strategy.warnings?.(created(row, parts), undefined) ?? [];
}

function linesOf(errors: FieldErrors): string[] {
  return errors.list.map(({ field, message }) => `${field}: ${message}`);
}

/** The cells of an object as it would be stored. */
export function cellsOf(row: ResourceRow, parts: object): TableCell[] {
  const cells = row.table.cells(defaulted(row, parts), NOW_MS);
  expect(cells).toHaveLength(row.table.columns.length);
  return cells;
}
