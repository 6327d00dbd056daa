/** Taints keep pods away that do not tolerate them; of the others, those with fewer merely undesired taints are better. */
import { normalizeByMax, type Plugin } from '../plugin.ts';
import { findUntolerated, isTolerated } from '../tolerations.ts';

const REJECTION = { plugin: 'TaintToleration', reasons: ['node(s) had untolerated taint(s)'], preemptible: false };

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  helpedBy: ['node-added', 'node-taints'],
  weight: 3,
  prepare({ pod }) {
    const tolerations = pod.spec?.tolerations;
    return {
      type: 'filter',
      filter: ({ node }) =>
        findUntolerated(node?.spec?.taints, tolerations, ['NoSchedule', 'NoExecute']) === undefined
          ? undefined
          : REJECTION,
    };
  },
  scorer({ pod }, _world, feasible) {
    const undesired = (taint: { effect: string }): boolean => taint.effect === 'PreferNoSchedule';
    if (!feasible.some(({ node }) => node?.spec?.taints?.some(undesired))) return undefined;
    const tolerations = pod.spec?.tolerations?.filter(
      ({ effect }) => effect === undefined || effect === '' || effect === 'PreferNoSchedule',
    );
    return {
      score: ({ node }) =>
        node?.spec?.taints?.filter((taint) => undesired(taint) && !isTolerated(taint, tolerations)).length ?? 0,
      normalize: (scores) => normalizeByMax(scores, true),
    };
  },
};
