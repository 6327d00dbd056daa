/** A new node begins with the taint of a node that is not ready, so that nothing is scheduled to it before it is. */
import type { V1Taint } from '../../generated/kubernetes.d.ts';
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is } from './pods.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';

export class TaintNodesByCondition implements AdmissionStep {
  readonly name = 'TaintNodesByCondition';

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '' && is(row, '', 'nodes');
  }

  mutate({ object }: AdmissionAttributes): void {
    if (object === undefined) return;
    const spec = (object.spec ?? {}) as { taints?: V1Taint[] };
    object.spec = spec;
    const taints = spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule')) return;
    spec.taints = [...taints, { key: NOT_READY, effect: 'NoSchedule' }];
  }
}
