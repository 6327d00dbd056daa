/** Config maps: small texts and bytes by key. */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1ConfigMap } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid, configKeyComplaints } from '../validation/formats.ts';

/** Bytes of all values together. */
export const CONFIG_BYTES_MAX = 1024 * 1024;

const FROZEN = 'field is immutable when `immutable` is set';

function validate(map: Filled<V1ConfigMap>, errors: FieldErrors): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(map.data ?? {}).sort(byKey)) {
    addInvalid(errors, `data[${key}]`, key, configKeyComplaints(key));
    if (map.binaryData?.[key] !== undefined) {
      errors.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    }
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(map.binaryData ?? {}).sort(byKey)) {
    addInvalid(errors, `binaryData[${key}]`, key, configKeyComplaints(key));
    bytes += base64Bytes(value);
  }
  if (bytes > CONFIG_BYTES_MAX) errors.tooLong('', CONFIG_BYTES_MAX);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The number of bytes that a base64 text stands for. */
export function base64Bytes(text: string): number {
  return Buffer.byteLength(text, 'base64');
}

/** Once `immutable` is set, neither it nor the data may change. */
export function validateFrozen<T extends { readonly immutable?: boolean | undefined }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
  errors: FieldErrors,
): void {
  if (old.immutable !== true) return;
  if (object.immutable !== true) errors.forbidden('immutable', FROZEN);
  for (const field of fields) if (!deepEqual(object[field], old[field])) errors.forbidden(field, FROZEN);
}

export const configMapRow = defineRow<V1ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  shortNames: ['cm'],
  model: 'V1ConfigMap',
  strategy: {
    validate,
    metaOnUpdate: ['change', 'content'],
    validateUpdate(map, old, errors) {
      validateFrozen(map, old, ['data', 'binaryData'], errors);
      validate(map, errors);
    },
  },
  table: {
    columns: [nameColumn, textColumn('Data', fieldDoc('V1ConfigMap.data')), ageColumn],
    cells: (map, nowMs) => [nameOf(map), count(map.data) + count(map.binaryData), ageOf(map, nowMs)],
  },
});

function count(map: object | undefined): number {
  return Object.keys(map ?? {}).length;
}
