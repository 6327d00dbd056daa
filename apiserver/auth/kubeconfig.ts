/**
 * The kubeconfigs that a control plane hands out: for the administrator, the controllers, the scheduler and every node,
 * each with a client certificate of its own inside and readable by its owner alone.
 *
 * Invariant: a file whose certificate still serves keeps it, so that a second start changes nothing but a server's
 * address that moved.
 */
import type { Clock } from '../../base/clock.ts';
import {
  type CertificatePair,
  parseCertificate,
  parsePrivateKey,
  RENEW_BEFORE_MS,
  type Subject,
  subjectOf,
  validUntilMs,
} from './certificates.ts';
import type { Pki } from './pki.ts';
import { PRIVATE_MODE, readTextIfPresent, writeFileWhole } from './secret-file.ts';
import { group } from './users.ts';

export interface KubeconfigPlan {
  readonly file: string;
  /** How the kubeconfig calls the user; upstream: `kubernetes-admin`, otherwise the certificate's name. */
  readonly user: string;
  readonly subject: Subject;
}

/** The identities of kubeadm's own kubeconfigs. The administrator's power is a role's, and can be taken away. */
export const administrator: Subject = { commonName: 'kubernetes-admin', organizations: [group.kubeadmAdmins] };
/** To break the glass with: may do everything, whatever the roles say. */
export const superAdministrator: Subject = {
  commonName: 'kubernetes-super-admin',
  organizations: [group.masters],
};
export const controllerManager: Subject = { commonName: 'system:kube-controller-manager' };
export const scheduler: Subject = { commonName: 'system:kube-scheduler' };

export function nodeSubject(nodeName: string): Subject {
  return { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
}

export interface KubeconfigContext {
  readonly pki: Pki;
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly clusterName: string;
  readonly clock: Clock;
}

/** Writes the kubeconfig, unless the one there says the same and its certificate still serves. */
export async function ensureKubeconfig(plan: KubeconfigPlan, context: KubeconfigContext): Promise<void> {
  const before = await readTextIfPresent(plan.file);
  const kept = before === undefined ? undefined : usableCredentials(before, plan.subject, context);
  const credentials = kept ?? (await context.pki.issueClient(plan.subject));
  const text = renderKubeconfig(plan, credentials, context);
  if (text !== before) await writeFileWhole(plan.file, text, PRIVATE_MODE);
}

export function renderKubeconfig(
  plan: Pick<KubeconfigPlan, 'user'>,
  credentials: CertificatePair,
  context: Pick<KubeconfigContext, 'pki' | 'server' | 'clusterName'>,
): string {
  const cluster = JSON.stringify(context.clusterName);
  const user = JSON.stringify(plan.user);
  const name = JSON.stringify(`${plan.user}@${context.clusterName}`);
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${cluster}`,
    '  cluster:',
    `    server: ${JSON.stringify(context.server)}`,
    `    certificate-authority-data: ${base64(context.pki.authority('ca').certificatePem)}`,
    'users:',
    `- name: ${user}`,
    '  user:',
    `    client-certificate-data: ${base64(credentials.certificatePem)}`,
    `    client-key-data: ${base64(credentials.keyPem)}`,
    'contexts:',
    `- name: ${name}`,
    '  context:',
    `    cluster: ${cluster}`,
    `    user: ${user}`,
    `current-context: ${name}`,
    'preferences: {}',
    '',
  ].join('\n');
}

/** The credentials inside a kubeconfig that this file wrote, if the cluster's CA signed them for `subject` and they last. */
function usableCredentials(text: string, subject: Subject, context: KubeconfigContext): CertificatePair | undefined {
  const certificatePem = decoded(text, 'client-certificate-data');
  const keyPem = decoded(text, 'client-key-data');
  if (certificatePem === undefined || keyPem === undefined) return undefined;
  const certificate = parseCertificate(certificatePem);
  const key = parsePrivateKey(keyPem);
  const authority = parseCertificate(context.pki.authority('ca').certificatePem);
  if (typeof certificate === 'string' || typeof key === 'string' || typeof authority === 'string') return undefined;
  if (!certificate.checkPrivateKey(key) || !certificate.verify(authority.publicKey)) return undefined;
  if (validUntilMs(certificate) - context.clock.nowMs() < RENEW_BEFORE_MS) return undefined;
  const { commonName, organizations } = subjectOf(certificate);
  const wanted = subject.organizations ?? [];
  const same = commonName === subject.commonName && organizations.join('\n') === wanted.join('\n');
  return same ? { certificatePem, keyPem } : undefined;
}

function decoded(text: string, field: string): string | undefined {
  const value = new RegExp(`^\\s*${field}: *([A-Za-z0-9+/=]+)\\s*$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
