/** Warnings about labels of nodes that have newer names (pkg/api/node). */
import type { V1NodeSelectorTerm } from '../../../generated/kubernetes.d.ts';
import { labelValueComplaints } from '../../machinery/name-formats.ts';

const advice: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

export function deprecatedNodeLabel(key: string): string | undefined {
  return Object.hasOwn(advice, key) ? advice[key] : undefined;
}

/** @param path of the term */
export function nodeSelectorTermWarnings(term: V1NodeSelectorTerm, checkValues: boolean, path: string): string[] {
  const warnings: string[] = [];
  for (const [index, { key, values = [] }] of (term.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    const message = deprecatedNodeLabel(key);
    if (message !== undefined) warnings.push(`${at}.key: ${key} is ${message}`);
    if (!checkValues) continue;
    for (const [i, value] of values.entries()) {
      for (const complaint of labelValueComplaints(value)) {
        warnings.push(`${at}.values[${i}]: ${value} is invalid, ${complaint}`);
      }
    }
  }
  return warnings;
}
