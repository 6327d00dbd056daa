/**
 * The pods and claims of a StatefulSet: their names, identities and volumes
 * (k8s.io/kubernetes/pkg/controller/statefulset/stateful_set_utils.go). All pure.
 */
import type {
  V1ControllerRevision,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodTemplateSpec,
  V1StatefulSet,
  V1Volume,
} from '../../generated/kubernetes.d.ts';
import { labelsOf, nameOf, namespaceOf } from '../runtime/metadata.ts';
import { controllerReference } from '../runtime/owner-references.ts';
import { statefulSets } from '../runtime/resources.ts';
import { podFromTemplate } from '../workload/pod-template.ts';

export const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** The number behind the last dash; undefined for pods that are not named `<set>-<number>`. */
export function ordinalOf(set: V1StatefulSet, pod: V1Pod): number | undefined {
  const match = /^(.*)-([0-9]+)$/.exec(nameOf(pod));
  return match?.[1] === nameOf(set) ? Number(match[2]) : undefined;
}

export function startOrdinal(set: V1StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

export function podName(set: V1StatefulSet, ordinal: number): string {
  return `${nameOf(set)}-${ordinal}`;
}

export function podRevision(pod: V1Pod): string {
  return labelsOf(pod)[REVISION_LABEL] ?? '';
}

/** What a revision keeps of a set: the patch that brings its template back. */
export function revisionData(set: V1StatefulSet): unknown {
  return { spec: { template: { ...set.spec?.template, $patch: 'replace' } } };
}

/** The template that a revision keeps. */
export function templateOf(revision: V1ControllerRevision): V1PodTemplateSpec {
  const { spec } = (revision.data ?? {}) as { spec?: { template?: V1PodTemplateSpec & { $patch?: string } } };
  const { $patch: _patch, ...template } = spec?.template ?? {};
  return template;
}

export function newStatefulPod(set: V1StatefulSet, revision: V1ControllerRevision, ordinal: number): V1Pod {
  const template = templateOf(revision);
  const made = podFromTemplate(template, namespaceOf(set), nameOf(set), controllerReference(statefulSets, set));
  const name = podName(set, ordinal);
  return {
    ...made,
    metadata: {
      ...made.metadata,
      name,
      labels: { ...labelsOf(made), ...identityLabels(name, ordinal), [REVISION_LABEL]: nameOf(revision) },
    },
    spec: {
      containers: [],
      ...made.spec,
      hostname: name,
      ...(set.spec?.serviceName === undefined || set.spec.serviceName === ''
        ? {}
        : { subdomain: set.spec.serviceName }),
      volumes: volumesWithClaims(set, ordinal, made.spec?.volumes),
    },
  };
}

function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal) };
}

function volumesWithClaims(set: V1StatefulSet, ordinal: number, volumes: readonly V1Volume[] = []): V1Volume[] {
  const claims = claimsOf(set, ordinal);
  const claimed = [...claims].map(([name, claim]) => ({
    name,
    persistentVolumeClaim: { claimName: nameOf(claim) },
  }));
  return [...claimed, ...volumes.filter(({ name }) => !claims.has(name))];
}

/** The claims of the pod with that ordinal, by the name of their template. */
export function claimsOf(set: V1StatefulSet, ordinal: number): ReadonlyMap<string, V1PersistentVolumeClaim> {
  const claims = new Map<string, V1PersistentVolumeClaim>();
  for (const template of set.spec?.volumeClaimTemplates ?? []) {
    const name = nameOf(template);
    claims.set(name, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...template.metadata,
        name: `${name}-${podName(set, ordinal)}`,
        namespace: namespaceOf(set),
        labels: { ...template.metadata?.labels, ...set.spec?.selector.matchLabels },
      },
      spec: template.spec,
    });
  }
  return claims;
}

/** The pod as it should be, when its labels do not say who it is. Its volumes cannot change while it lives. */
export function withIdentity(set: V1StatefulSet, pod: V1Pod): V1Pod | undefined {
  const ordinal = ordinalOf(set, pod);
  if (ordinal === undefined || labelsOf(pod)[POD_NAME_LABEL] === nameOf(pod)) return undefined;
  const labels = { ...labelsOf(pod), ...identityLabels(nameOf(pod), ordinal) };
  return { ...pod, metadata: { ...pod.metadata, labels } };
}
