/** Labels of nodes that have gone out of use (pkg/api/node/util.go), and advice where they are selected by. */
import type { V1LabelSelector, V1NodeSelectorTerm } from '../../../generated/kubernetes.d.ts';
import { labelValueComplaints } from '../../machinery/name-formats.ts';

const replacements: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

export function nodeLabelAdvice(label: string): string | undefined {
  return Object.hasOwn(replacements, label) ? replacements[label] : undefined;
}

/** @param judgeValues preferences may have values that match nothing; they are told so */
export function nodeSelectorTermWarnings(term: V1NodeSelectorTerm, judgeValues: boolean, path: string): string[] {
  return (term.matchExpressions ?? []).flatMap(({ key, values = [] }, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const invalid = judgeValues
      ? values.flatMap((value, i) =>
          labelValueComplaints(value).map((complaint) => `${at}.values[${i}]: ${value} is invalid, ${complaint}`),
        )
      : [];
    return [...keyWarnings(key, `${at}.key`), ...invalid];
  });
}

export function nodeLabelSelectorWarnings(selector: V1LabelSelector | undefined, path: string): string[] {
  const ofExpressions = (selector?.matchExpressions ?? []).flatMap(({ key }, index) =>
    keyWarnings(key, `${path}.matchExpressions[${index}].key`),
  );
  const ofLabels = Object.keys(selector?.matchLabels ?? {}).flatMap((label) => {
    const advice = nodeLabelAdvice(label);
    return advice === undefined ? [] : [`${path}.matchLabels.${label}: ${advice}`];
  });
  return [...ofExpressions, ...ofLabels];
}

function keyWarnings(key: string, path: string): string[] {
  const advice = nodeLabelAdvice(key);
  return advice === undefined ? [] : [`${path}: ${key} is ${advice}`];
}
