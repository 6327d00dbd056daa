/** nodeSelector and node affinity: what a pod requires of its node's labels, and what it would like. */
import { matchesRequiredNodeAffinity, pinnedNodeName, termMatches } from '../node-affinity.ts';
import { normalizeByMax, PASS, type Plugin } from '../plugin.ts';

const REJECTION = {
  plugin: 'NodeAffinity',
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
  preemptible: false,
};

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  helpedBy: ['node-added', 'node-labels'],
  weight: 2,
  prepare({ pod }) {
    const { spec } = pod;
    const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (required === undefined && Object.keys(spec?.nodeSelector ?? {}).length === 0) return PASS;
    const onlyNodes = pinnedNodes(required?.nodeSelectorTerms);
    return {
      type: 'filter',
      filter: ({ node }) => (node !== undefined && matchesRequiredNodeAffinity(spec, node) ? undefined : REJECTION),
      ...(onlyNodes === undefined ? {} : { onlyNodes }),
    };
  },
  scorer({ pod }) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    return {
      score: ({ node }) =>
        preferred.reduce(
          (sum, { weight, preference }) => sum + (node !== undefined && termMatches(preference, node) ? weight : 0),
          0,
        ),
      normalize: (scores) => normalizeByMax(scores, false),
    };
  },
};

/** When every term names a node by `metadata.name`, only those need be looked at: the pods of DaemonSets. */
function pinnedNodes(terms: Parameters<typeof termMatches>[0][] | undefined): ReadonlySet<string> | undefined {
  if (terms === undefined || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const term of terms) {
    const one = { nodeSelectorTerms: [term] };
    const name = pinnedNodeName({
      containers: [],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: one } },
    });
    if (name === undefined) return undefined;
    names.add(name);
  }
  return names;
}
