/** Cordoned nodes (`spec.unschedulable`) take only pods that tolerate the taint of that name. */
import type { Plugin } from '../plugin.ts';
import { isTolerated, UNSCHEDULABLE_TAINT } from '../tolerations.ts';

const REJECTION = { plugin: 'NodeUnschedulable', reasons: ['node(s) were unschedulable'], preemptible: false };

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  helpedBy: ['node-added', 'node-taints'],
  prepare({ pod }) {
    const tolerated = isTolerated({ key: UNSCHEDULABLE_TAINT, effect: 'NoSchedule' }, pod.spec?.tolerations);
    return {
      type: 'filter',
      filter: ({ node }) => (node?.spec?.unschedulable === true && !tolerated ? REJECTION : undefined),
    };
  },
};
