/**
 * A pod as the scheduler sees it, computed once: what it asks for, its terms with compiled selectors, and to which group of
 * equal pods it belongs.
 */
import { type LabelMatcher, type Labels, labelMatcher } from '../../base/label-selector.ts';
import type { V1Pod, V1PodAffinityTerm, V1WeightedPodAffinityTerm } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, keyOf, labelsOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { podRequests, podRequestsForScoring, type Resources } from './pod-resources.ts';

/** A host port in use: `TCP` on address `0.0.0.0` stands for all addresses. */
export interface HostPort {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** An affinity term, compiled: does a pod of that namespace with these labels count? */
export interface AffinityTerm {
  readonly topologyKey: string;
  matches(namespace: string, namespaceLabels: Labels | undefined, labels: Labels): boolean;
}

export interface WeightedTerm extends AffinityTerm {
  readonly weight: number;
}

export interface PodTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
}

export interface PodInfo {
  readonly pod: V1Pod;
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly requests: Resources;
  readonly scoring: { readonly cpuMilli: number; readonly memoryBytes: number };
  readonly hostPorts: readonly HostPort[];
  readonly terms: PodTerms;
  readonly terminating: boolean;
  /** Pods with the same signature look alike to every selector: they are counted together. */
  readonly signature: string;
}

const NO_TERMS: PodTerms = Object.freeze({
  requiredAffinity: [],
  requiredAntiAffinity: [],
  preferredAffinity: [],
  preferredAntiAffinity: [],
});

export function podInfoOf(pod: V1Pod): PodInfo {
  const labels = labelsOf(pod);
  const namespace = namespaceOf(pod);
  const terminating = isBeingDeleted(pod);
  return {
    pod,
    key: keyOf(pod),
    uid: uidOf(pod),
    namespace,
    labels,
    priority: pod.spec?.priority ?? 0,
    requests: podRequests(pod),
    scoring: podRequestsForScoring(pod),
    hostPorts: hostPortsOf(pod),
    terms: termsOf(pod),
    terminating,
    signature: signatureOf(pod, namespace, labels, terminating),
  };
}

function signatureOf(pod: V1Pod, namespace: string, labels: Labels, terminating: boolean): string {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const parts: unknown[] = [namespace, terminating];
  for (const key of Object.keys(labels).sort()) parts.push(key, labels[key]);
  if (podAffinity !== undefined || podAntiAffinity !== undefined) parts.push({ podAffinity, podAntiAffinity });
  return JSON.stringify(parts);
}

function hostPortsOf(pod: V1Pod): readonly HostPort[] {
  const ports: HostPort[] = [];
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  for (const container of containers) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
      if (hostPort === undefined || hostPort <= 0) continue;
      const address = hostIP === undefined || hostIP === '' ? '0.0.0.0' : hostIP;
      ports.push({ protocol: protocol ?? 'TCP', address, port: hostPort });
    }
  }
  return ports;
}

function termsOf(pod: V1Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return NO_TERMS;
  const own = namespaceOf(pod);
  const required = (terms: readonly V1PodAffinityTerm[] = []): AffinityTerm[] =>
    terms.map((term) => compile(term, own));
  const preferred = (terms: readonly V1WeightedPodAffinityTerm[] = []): WeightedTerm[] =>
    terms.map(({ weight, podAffinityTerm }) => ({ weight, ...compile(podAffinityTerm, own) }));
  return {
    requiredAffinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

/** Without namespaces and without a namespace selector, a term means the pod's own namespace. */
function compile(term: V1PodAffinityTerm, ownNamespace: string): AffinityTerm {
  const { topologyKey, namespaceSelector } = term;
  const named = term.namespaces ?? [];
  const namespaces = new Set(named.length === 0 && namespaceSelector === undefined ? [ownNamespace] : named);
  const inNamespace: LabelMatcher = namespaceSelector === undefined ? () => false : labelMatcher(namespaceSelector);
  const picks = labelMatcher(term.labelSelector);
  return {
    topologyKey,
    matches: (namespace, namespaceLabels, labels) =>
      (namespaces.has(namespace) || inNamespace(namespaceLabels)) && picks(labels),
  };
}
