/** CSI nodes: which drivers a node runs, and what those call it. */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1CSINode, V1CSINodeDriver } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, integerColumn, nameColumn } from '../table/columns.ts';
import { checkNonNegative, checkQualifiedName, IMMUTABLE } from '../validation/formats.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkCsiDriverName } from '../validation/volume-sources.ts';

type Node = Filled<V1CSINode>;

const NODE_ID_BYTES_MAX = 256;

function driversOf({ spec }: Node): readonly V1CSINodeDriver[] {
  return spec.drivers ?? [];
}

function validate(node: Node, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, driver] of driversOf(node).entries()) {
    validateDriver(driver, names, `spec.drivers[${index}]`, errors);
  }
}

function validateDriver(driver: V1CSINodeDriver, names: Set<string>, path: string, errors: FieldErrors): void {
  const { name, nodeID, allocatable, topologyKeys } = driver;
  checkCsiDriverName(name, `${path}.name`, errors);
  if (nodeID === '') errors.required(`${path}.nodeID`);
  if (Buffer.byteLength(nodeID) > NODE_ID_BYTES_MAX) {
    errors.invalid(`${path}.nodeID`, nodeID, `must be ${NODE_ID_BYTES_MAX} characters or less`);
  }
  checkNonNegative(allocatable?.count, `${path}.allocatable.count`, errors);
  if (names.has(name)) errors.duplicate(`${path}.name`, name);
  names.add(name);
  const keys = new Set<string>();
  for (const key of topologyKeys ?? []) {
    if (key === '') errors.required(path);
    if (keys.has(key)) errors.duplicate(path, key);
    keys.add(key);
    checkQualifiedName(key, path, errors);
  }
}

/** Of a driver that stays, only what it can hold may change. */
function validateUpdate(node: Node, old: Node, errors: FieldErrors): void {
  validate(node, errors);
  for (const before of driversOf(old)) {
    for (const driver of driversOf(node)) {
      if (driver.name !== before.name) continue;
      const [{ allocatable: _then, ...was }, { allocatable: _now, ...is }] = [before, driver];
      if (!deepEqual(is, was)) errors.invalid('spec.drivers', internalForm('CSINodeDriver', is), IMMUTABLE);
    }
  }
}

export const csiNodeRow = defineRow<V1CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  namespaced: false,
  model: 'V1CSINode',
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
  strategy: { validate, metaOnUpdate: ['content'], validateUpdate },
  table: {
    columns: [
      nameColumn,
      integerColumn('Drivers', 'Drivers indicates the number of CSI drivers registered on the node'),
      ageColumn,
    ],
    cells: (node, nowMs) => [nameOf(node), driversOf(node).length, ageOf(node, nowMs)],
  },
});
