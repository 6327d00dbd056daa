/** What a kubelet may do with its node, the status of its pods, and whatever else is its own: one function a resource. */
import type { V1Node, V1Taint } from '../../generated/kubernetes.d.ts';
import { copyValue, equalValues } from '../machinery/copy-value.ts';
import type { KubeObject } from '../machinery/resource-row.ts';
import { quoted } from '../machinery/status.ts';
import type { AdmissionAttributes } from '../machinery/steps.ts';
import { internalForm } from '../resources/validation/internal-form.ts';
import { jsonDiff } from '../resources/validation/unified-diff.ts';
import { type PodObject, podOf } from './pods.ts';
import { refuse } from './refusal.ts';
import { signerOf } from './signers.ts';

const KUBELET_SIGNERS = ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet'];

const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
]);

export function judgePodStatus(node: string, attributes: AdmissionAttributes): void {
  const who = `node ${quoted(node)}`;
  if (attributes.operation !== 'UPDATE') {
    throw refuse(attributes, `unexpected operation ${quoted(attributes.operation)}`);
  }
  const [pod, old] = [podOf(attributes.object), podOf(attributes.old)];
  if (old?.spec.nodeName !== node) {
    throw refuse(attributes, `${who} can only update pod status for pods with spec.nodeName set to itself`);
  }
  if (!equalValues(pod?.metadata.labels ?? {}, old.metadata.labels ?? {})) {
    throw refuse(attributes, `${who} cannot update labels through pod status`);
  }
  const claims = (each: PodObject | undefined, field: string): unknown =>
    (each?.status as Record<string, unknown> | undefined)?.[field] ?? [];
  if (!equalValues(claims(pod, 'resourceClaimStatuses'), claims(old, 'resourceClaimStatuses'))) {
    throw refuse(attributes, `${who} cannot update resource claim statues`);
  }
  if (!equalValues(claims(pod, 'extendedResourceClaimStatus'), claims(old, 'extendedResourceClaimStatus'))) {
    throw refuse(attributes, `${who} cannot update extended resource claim status`);
  }
}

export function judgeNode(node: string, attributes: AdmissionAttributes): void {
  const { operation, name } = attributes;
  const who = `node ${quoted(node)}`;
  if (name !== node) throw refuse(attributes, `${who} is not allowed to modify node ${quoted(name)}`);
  const after = attributes.object as (KubeObject & Pick<V1Node, 'spec'>) | undefined;
  const before = attributes.old as (KubeObject & Pick<V1Node, 'spec'>) | undefined;
  if (after === undefined) return;
  const configSource = after.spec?.configSource;
  if (operation === 'CREATE') {
    if (configSource !== undefined) {
      throw refuse(attributes, `${who} is not allowed to create pods with a non-nil configSource`);
    }
    const labels = forbiddenLabels(after, undefined);
    if (labels.length > 0) {
      throw refuse(attributes, `${who} is not allowed to set the following labels: ${labels.join(', ')}`);
    }
  }
  if (operation !== 'UPDATE') return;
  if (configSource !== undefined && !equalValues(configSource, before?.spec?.configSource)) {
    throw refuse(attributes, `${who} is not allowed to update configSource to a new non-nil configSource`);
  }
  const taints = (each: Pick<V1Node, 'spec'> | undefined): V1Taint[] => each?.spec?.taints ?? [];
  if (!equalValues(taints(after), taints(before))) throw refuse(attributes, `${who} is not allowed to modify taints`);
  if (!equalValues(after.metadata.ownerReferences ?? [], before?.metadata.ownerReferences ?? [])) {
    throw refuse(attributes, `${who} is not allowed to modify ownerReferences`);
  }
  const labels = forbiddenLabels(after, before);
  if (labels.length > 0) throw refuse(attributes, `is not allowed to modify labels: ${labels.join(', ')}`);
}

/** Changed labels by which a node could draw work to itself, sorted. */
function forbiddenLabels(after: KubeObject, before: KubeObject | undefined): string[] {
  const [now, was] = [after.metadata.labels ?? {}, before?.metadata.labels ?? {}];
  const changed = [...new Set([...Object.keys(now), ...Object.keys(was)])].filter((key) => now[key] !== was[key]);
  return changed.filter(isForbiddenLabel).sort();
}

function isForbiddenLabel(key: string): boolean {
  const slash = key.indexOf('/');
  const namespace = slash < 0 ? '' : key.slice(0, slash);
  const below = (domain: string): boolean => namespace === domain || namespace.endsWith(`.${domain}`);
  if (below('node-restriction.kubernetes.io')) return true;
  if (!below('kubernetes.io') && !below('k8s.io')) return false;
  return !KUBELET_LABELS.has(key) && !below('kubelet.kubernetes.io') && !below('node.kubernetes.io');
}

export function judgeClaim(node: string, attributes: AdmissionAttributes): void {
  if (attributes.subresource !== 'status') throw refuse(attributes, 'may only update PVC status');
  if (attributes.operation !== 'UPDATE') {
    throw refuse(attributes, `unexpected operation ${quoted(attributes.operation)}`);
  }
  const bare = (object: KubeObject | undefined): KubeObject => {
    const copy = copyValue(object ?? { metadata: {} });
    delete copy.metadata.resourceVersion;
    delete copy.metadata.managedFields;
    const status = (copy.status ?? {}) as Record<string, unknown>;
    for (const field of ['capacity', 'conditions', 'allocatedResourceStatuses', 'allocatedResources']) {
      delete status[field];
    }
    return copy;
  };
  const [before, after] = [bare(attributes.old), bare(attributes.object)];
  if (equalValues(before, after)) return;
  const [shownBefore, shownAfter] = [before, after].map((claim) => internalForm('PersistentVolumeClaim', claim));
  throw refuse(
    attributes,
    `node ${quoted(node)} is not allowed to update fields other than status.quantity and status.conditions: ${jsonDiff(shownBefore, shownAfter)}`,
  );
}

export function judgeLease(node: string, attributes: AdmissionAttributes): void {
  if (attributes.namespace !== 'kube-node-lease') {
    throw refuse(attributes, `can only access leases in the "kube-node-lease" system namespace`);
  }
  if (attributes.name !== node) {
    throw refuse(attributes, 'can only access node lease with the same name as the requesting node');
  }
}

export function judgeCsiNode(node: string, attributes: AdmissionAttributes): void {
  if (attributes.name === node) return;
  throw refuse(attributes, 'can only access CSINode with the same name as the requesting node');
}

export function judgeSlice(node: string, attributes: AdmissionAttributes): void {
  const nodeName = (object: KubeObject | undefined): string | undefined =>
    (object?.spec as { nodeName?: string } | undefined)?.nodeName;
  if (attributes.operation === 'CREATE' && nodeName(attributes.object) !== node) {
    throw refuse(attributes, 'can only create ResourceSlice with the same NodeName as the requesting node');
  }
  if (attributes.operation === 'DELETE' && nodeName(attributes.old) !== node) {
    throw refuse(attributes, 'can only delete ResourceSlice with the same NodeName as the requesting node');
  }
}

export async function judgeCertificateRequest(node: string, attributes: AdmissionAttributes): Promise<void> {
  const { operation, object } = attributes;
  if (operation !== 'CREATE' || !KUBELET_SIGNERS.includes(signerOf(object))) return;
  const request = (object?.spec as { request?: string } | undefined)?.request ?? '';
  const { x509 } = await import('../auth/x509-library.ts');
  let commonName: string | undefined;
  try {
    const pem = Buffer.from(request, 'base64').toString('utf8');
    commonName = new x509.Pkcs10CertificateRequest(pem).subjectName.getField('CN').at(-1);
  } catch {
    throw refuse(attributes, 'unable to parse csr: PEM block type must be CERTIFICATE REQUEST');
  }
  if (commonName === `system:node:${node}`) return;
  throw refuse(attributes, `can only create a node CSR with CN=system:node:${node}`);
}
