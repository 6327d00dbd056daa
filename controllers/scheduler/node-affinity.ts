/**
 * Which nodes a pod's nodeSelector and node affinity pick (k8s.io/component-helpers/scheduling/corev1/nodeaffinity).
 * All pure. The terms of a node selector are an "or", what is in a term an "and"; a term with nothing in it picks nothing.
 */
import { type LabelOperator, requirementMatches } from '../../base/label-selector.ts';
import type { V1Node, V1NodeSelectorRequirement, V1NodeSelectorTerm, V1PodSpec } from '../../generated/kubernetes.d.ts';
import { labelsOf, nameOf } from '../runtime/metadata.ts';

/** nodeSelector and the required part of the affinity. */
export function matchesRequiredNodeAffinity(spec: V1PodSpec | undefined, node: V1Node): boolean {
  const labels = labelsOf(node);
  for (const [key, value] of Object.entries(spec?.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node));
}

export function termMatches(term: V1NodeSelectorTerm, node: V1Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const labels = labelsOf(node);
  return (
    expressions.every((expression) => holds(expression, labels)) &&
    fields.every((field) => field.key === 'metadata.name' && holds(field, { 'metadata.name': nameOf(node) }))
  );
}

function holds(requirement: V1NodeSelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const { key, operator, values } = requirement;
  return requirementMatches({ key, operator: operator as LabelOperator, values: values ?? [] }, labels) ?? false;
}

/** The one node that a DaemonSet's pod is meant for, from `metadata.name` in its required affinity. */
export function pinnedNodeName(spec: V1PodSpec | undefined): string | undefined {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const term of required?.nodeSelectorTerms ?? []) {
    for (const { key, operator, values } of term.matchFields ?? []) {
      if (key === 'metadata.name' && operator === 'In' && values?.length === 1) return values[0];
    }
  }
  return undefined;
}
