/**
 * What the built-in signers of `kubernetes.io` sign, and how requests stand (k8s.io/kubernetes/pkg/controller/certificates/
 * signer, pkg/apis/certificates/helpers.go). Pure.
 */

import type { RequestedNames } from '../../base/certificate-authority.ts';
import { timestamp } from '../../base/clock.ts';
import type {
  V1CertificateSigningRequest,
  V1CertificateSigningRequestCondition,
} from '../../generated/kubernetes.d.ts';

export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving';
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';

const NODES_GROUP = 'system:nodes';
const NODE_PREFIX = 'system:node:';

type Judge = (names: RequestedNames, usages: readonly string[]) => string | undefined;

const judges: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  [CLIENT_SIGNER, (_, usages) => clientUsagesFault(usages)],
  [KUBELET_CLIENT_SIGNER, kubeletClientFault],
  [KUBELET_SERVING_SIGNER, kubeletServingFault],
  [LEGACY_SIGNER, () => undefined],
]);

/** One of the signers that are ours. */
export function isOurs(signerName: string): boolean {
  return judges.has(signerName);
}

/** Why the signer does not sign what is asked for, in upstream's words; undefined: it does. */
export function signingFault(signerName: string, names: RequestedNames, usages: readonly string[]): string | undefined {
  return judges.get(signerName)?.(names, usages);
}

export function hasCondition({ status }: V1CertificateSigningRequest, type: 'Approved' | 'Denied' | 'Failed'): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
}

export function isIssued({ status }: V1CertificateSigningRequest): boolean {
  return (status?.certificate ?? '') !== '';
}

/** What is asked for, in PEM. */
export function requestPem({ spec }: V1CertificateSigningRequest): string {
  return Buffer.from(spec.request, 'base64').toString('utf8');
}

/** The request's conditions and one more, which is true from now on. */
export function conditionsWith(
  { status }: V1CertificateSigningRequest,
  added: { readonly type: 'Approved' | 'Failed'; readonly reason: string; readonly message: string },
  nowMs: number,
): V1CertificateSigningRequestCondition[] {
  const now = timestamp(nowMs);
  const condition = { ...added, status: 'True', lastUpdateTime: now, lastTransitionTime: now };
  return [...(status?.conditions ?? []), condition];
}

function clientUsagesFault(usages: readonly string[]): string | undefined {
  const allowed = ['digital signature', 'key encipherment', 'client auth'];
  const strange = usages.find((usage) => !allowed.includes(usage));
  if (strange !== undefined) return `invalid usage for client certificate: ${strange}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}

function kubeletClientFault(names: RequestedNames, usages: readonly string[]): string | undefined {
  if (!isOfNodes(names)) return 'subject organization is not system:nodes';
  if (names.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (names.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (names.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (names.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!names.commonName.startsWith(NODE_PREFIX)) return 'subject common name does not begin with system:node:';
  return usagesFault(usages, 'client auth');
}

function kubeletServingFault(names: RequestedNames, usages: readonly string[]): string | undefined {
  if (!isOfNodes(names)) return 'subject organization is not system:nodes';
  if (names.dnsNames.length + names.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (names.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (names.uris.length > 0) return 'URI subjectAltNames are not allowed';
  const fault = usagesFault(usages, 'server auth');
  if (fault !== undefined) return fault;
  return names.commonName.startsWith(NODE_PREFIX) ? undefined : 'subject common name does not begin with system:node:';
}

function isOfNodes({ organizations }: RequestedNames): boolean {
  return organizations.length === 1 && organizations[0] === NODES_GROUP;
}

/** Key encipherment may be left out: keys that are not RSA have no use for it. */
function usagesFault(usages: readonly string[], purpose: 'client auth' | 'server auth'): string | undefined {
  const needed = ['digital signature', purpose];
  const asked = new Set(usages.filter((usage) => usage !== 'key encipherment'));
  return asked.size === needed.length && needed.every((usage) => asked.has(usage))
    ? undefined
    : `usages did not match [${['digital signature', 'key encipherment', purpose].sort().join(' ')}]`;
}
