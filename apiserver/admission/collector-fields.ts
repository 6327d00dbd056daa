/** The fields that the garbage collector changes: who changes nothing else gains nothing by it. */
import { copyValue, equalValues } from '../machinery/copy-value.ts';
import type { KubeObject } from '../machinery/resource-row.ts';

/** Whether two objects differ in owner references and finalizers at most. */
export function onlyCollectorFieldsChanged(object: KubeObject, old: KubeObject): boolean {
  return equalValues(withoutCollectorFields(object), withoutCollectorFields(old));
}

function withoutCollectorFields(object: KubeObject): KubeObject {
  const copy = copyValue(object);
  delete copy.metadata.ownerReferences;
  delete copy.metadata.finalizers;
  delete copy.metadata.managedFields;
  delete copy.metadata.resourceVersion;
  return copy;
}
