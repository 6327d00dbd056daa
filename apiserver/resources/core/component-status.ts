/** Statuses of the parts of the control plane. Deprecated upstream: none is reported here. */
import type { V1ComponentStatus } from '../../../generated/kubernetes.d.ts';
import { defineRow } from '../row.ts';
import { nameOf } from '../table/cells.ts';
import { nameColumn, textColumn } from '../table/columns.ts';

export const componentStatusRow = defineRow<V1ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  resource: 'componentstatuses',
  namespaced: false,
  shortNames: ['cs'],
  model: 'V1ComponentStatus',
  verbs: ['get', 'list'],
  strategy: {},
  table: {
    columns: [
      nameColumn,
      textColumn('Status', 'Status of the component conditions'),
      textColumn('Message', 'Message of the component conditions'),
      textColumn('Error', 'Error of the component conditions'),
    ],
    cells(component) {
      const healthy = component.conditions?.find(({ type }) => type === 'Healthy');
      const status = healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
      return [nameOf(component), status, healthy?.message ?? '', healthy?.error ?? ''];
    },
  },
});
