/** Resource slices: the devices that a driver has, on a node or for several. */
import { timestamp } from '../../../base/clock.ts';
import type { V1ResourceSlice } from '../../../generated/kubernetes.d.ts';
import type { WriteContext } from '../../machinery/resource-row.ts';
import { defineRow } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { checkSlice, type Slice } from './slice-validation.ts';

/** Fields behind features that are off by default in 1.36. */
function dropDisabledFields({ spec }: Slice): void {
  for (const device of spec.devices ?? []) {
    delete device.nodeAllocatableResourceMappings;
    for (const attribute of Object.values(device.attributes ?? {})) {
      for (const list of ['bools', 'ints', 'strings', 'versions'] as const) delete attribute[list];
    }
  }
}

function prepare(slice: Slice, context: WriteContext): void {
  dropDisabledFields(slice);
  setTaintTimes(slice, context);
}

/** Taints begin when they are first heard of. */
function setTaintTimes({ spec }: Slice, { nowMs }: WriteContext): void {
  for (const { taints = [] } of spec.devices ?? []) {
    for (const taint of taints) taint.timeAdded ??= timestamp(Math.floor(nowMs / 1000) * 1000);
  }
}

function warnings({ spec }: Slice): string[] {
  if (spec.driver === spec.driver.toLowerCase()) return [];
  const driver = JSON.stringify(spec.driver);
  return [`spec.driver: driver names should be lowercase; ${driver} contains uppercase characters`];
}

export const resourceSliceRow = defineRow<V1ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  namespaced: false,
  model: 'V1ResourceSlice',
  generation: 'spec',
  returnsDeletedObject: true,
  strategy: {
    prepareForCreate: prepare,
    prepareForUpdate: (slice, _old, context) => prepare(slice, context),
    validate: (slice, errors) => checkSlice(slice, undefined, errors),
    validateUpdate: (slice, old, errors) => checkSlice(slice, old, errors),
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Node', fieldDoc('V1ResourceSliceSpec.nodeName')),
      textColumn('Driver', fieldDoc('V1ResourceSliceSpec.driver')),
      textColumn('Pool', fieldDoc('V1ResourcePool.name')),
      ageColumn,
    ],
    cells(slice, nowMs) {
      const { nodeName = '', driver, pool } = slice.spec;
      return [nameOf(slice), nodeName, driver, pool.name, ageOf(slice, nowMs)];
    },
  },
  fieldLabelComplaint: (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  fieldLabels: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.driver': ({ spec }) => spec.driver,
  },
});
