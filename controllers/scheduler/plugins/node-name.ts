/** A pod that names its node goes there or nowhere. */
import { PASS, type Plugin } from '../plugin.ts';

export const nodeName: Plugin = {
  name: 'NodeName',
  helpedBy: ['node-added'],
  prepare({ pod }) {
    const wanted = pod.spec?.nodeName ?? '';
    if (wanted === '') return PASS;
    const rejection = {
      plugin: 'NodeName',
      reasons: ["node(s) didn't match the requested node name"],
      preemptible: false,
    };
    return { type: 'filter', filter: ({ name }) => (name === wanted ? undefined : rejection) };
  },
};
