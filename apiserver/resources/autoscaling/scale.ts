/** The `scale` view of what has replicas: autoscaling/v1 Scale, which `kubectl scale` and autoscalers read and write. */
import type { V1LabelSelector, V1Scale } from '../../../generated/kubernetes.d.ts';
import type { KubeObject, SubresourceRow, TableSpec } from '../../machinery/resource-row.ts';
import { conflict } from '../../machinery/status.ts';
import { PART_VERBS } from '../row.ts';
import { ageOf, nameOf, selectorText } from '../table/cells.ts';
import { ageColumn, fieldDoc, integerColumn, textColumn } from '../table/columns.ts';
import { NON_NEGATIVE } from '../validation/formats.ts';

interface Scalable {
  spec?: { replicas?: number; selector?: V1LabelSelector | Record<string, string> };
  status?: { replicas?: number };
}

const scaleTable: TableSpec = {
  columns: [
    textColumn('Name', fieldDoc('V1ObjectMeta.name')),
    integerColumn('Desired', fieldDoc('V1ScaleSpec.replicas')),
    integerColumn('Available', fieldDoc('V1ScaleStatus.replicas')),
    ageColumn,
  ],
  cells(object, nowMs) {
    const { spec, status } = object as unknown as Scalable;
    return [nameOf(object), spec?.replicas ?? 0, status?.replicas ?? 0, ageOf(object, nowMs)];
  },
};

/** @param resource for messages: `deployments` */
export function scaleOf(group: string, resource: string): SubresourceRow {
  return {
    type: 'view',
    verbs: PART_VERBS,
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    model: 'V1Scale',
    table: scaleTable,
    show,
    apply(view, object, errors) {
      const scale = view as unknown as V1Scale;
      const replicas = scale.spec?.replicas ?? 0;
      if (replicas < 0) errors.invalid('spec.replicas', replicas, NON_NEGATIVE);
      const uid = view.metadata.uid;
      if (uid !== undefined && uid !== '' && uid !== object.metadata.uid) {
        throw conflict(
          { group, resource: `${resource}/scale` },
          object.metadata.name ?? '',
          `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`,
        );
      }
      const target = object as unknown as Scalable;
      target.spec = { ...target.spec, replicas };
    },
  };
}

function show(object: KubeObject): KubeObject {
  const { spec, status } = object as unknown as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = textOf(spec?.selector);
  const view = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: spec?.replicas === undefined || spec.replicas === 0 ? {} : { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0, ...(selector === '' ? {} : { selector }) },
  };
  return view as unknown as KubeObject;
}

/** A replication controller's selector is a plain map; the others' is a selector object. */
function textOf(selector: V1LabelSelector | Record<string, string> | undefined): string {
  if (selector === undefined) return '';
  const isObject = 'matchLabels' in selector || 'matchExpressions' in selector;
  const wrapped: V1LabelSelector = isObject ? selector : { matchLabels: selector as Record<string, string> };
  return selectorText(wrapped) ?? '';
}
