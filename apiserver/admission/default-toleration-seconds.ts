/** A pod stays on a node that is gone for a while, unless it says otherwise, and is evicted then. */
import type { V1Toleration } from '../../generated/kubernetes.d.ts';
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { isPods, podOf } from './pods.ts';

export interface TolerationSeconds {
  /** `--default-not-ready-toleration-seconds`, 300 by default. */
  readonly notReady: number;
  /** `--default-unreachable-toleration-seconds`, 300 by default. */
  readonly unreachable: number;
}

export class DefaultTolerationSeconds implements AdmissionStep {
  readonly name = 'DefaultTolerationSeconds';
  readonly #defaults: readonly (readonly [string, number])[];

  constructor(seconds: TolerationSeconds) {
    this.#defaults = [
      ['node.kubernetes.io/not-ready', seconds.notReady],
      ['node.kubernetes.io/unreachable', seconds.unreachable],
    ];
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && isPods(row);
  }

  mutate({ object }: AdmissionAttributes): void {
    const spec = podOf(object)?.spec;
    if (spec === undefined) return;
    for (const [key, tolerationSeconds] of this.#defaults) {
      const tolerations = spec.tolerations ?? [];
      if (tolerations.some((toleration) => tolerates(toleration, key))) continue;
      spec.tolerations = [...tolerations, { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }];
    }
  }
}

function tolerates({ key = '', effect = '' }: V1Toleration, wanted: string): boolean {
  return (key === '' || key === wanted) && (effect === '' || effect === 'NoExecute');
}
