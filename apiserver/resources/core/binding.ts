/** `bindings`, by which old schedulers assign pods to nodes: nothing is stored, the pod changes. */
import type { V1Binding } from '../../../generated/kubernetes.d.ts';
import { defineRow } from '../row.ts';
import { plainTable } from '../table/columns.ts';
import { bind } from './pod-binding.ts';

export const bindingRow = defineRow<V1Binding>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  model: 'V1Binding',
  verbs: ['create'],
  strategy: {},
  virtual: {
    create: (binding, request, services) => bind({ ...request, body: binding }, binding.metadata.name ?? '', services),
  },
  table: plainTable,
});
