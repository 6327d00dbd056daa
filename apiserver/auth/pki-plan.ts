/**
 * Which certificates a control plane has: kubeadm's file names, subjects and usages (kubeadm/app/phases/certs/certlist.go).
 * Data only; `pki.ts` makes, keeps and renews them.
 */
import type { CertificateRequest } from './certificates.ts';
import { group } from './users.ts';

/** A file's name below the PKI directory, without `.crt` and `.key`. */
export type AuthorityName = 'ca' | 'front-proxy-ca' | 'etcd/ca';

export type LeafName =
  | 'apiserver'
  | 'apiserver-kubelet-client'
  | 'front-proxy-client'
  | 'etcd/server'
  | 'etcd/peer'
  | 'etcd/healthcheck-client'
  | 'apiserver-etcd-client';

export interface AuthorityPlan {
  readonly name: AuthorityName;
  readonly commonName: string;
}

export interface LeafPlan extends CertificateRequest {
  readonly name: LeafName;
  readonly authority: AuthorityName;
}

export interface PkiPlan {
  readonly authorities: readonly AuthorityPlan[];
  readonly leaves: readonly LeafPlan[];
}

export interface PlanInput {
  /** This host's name. */
  readonly hostname: string;
  /** The first address of the service range: where pods find the API server. */
  readonly serviceIp: string;
  /** Further names and addresses of the API server and the store members. */
  readonly extraNames: readonly string[];
  /** Leave out what only a store in processes of its own needs. */
  readonly store: boolean;
}

export function planPki(input: PlanInput): PkiPlan {
  const local = [input.hostname, 'localhost', '127.0.0.1', '::1'];
  const apiServerNames = [
    ...local,
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    input.serviceIp,
    ...input.extraNames,
  ];
  const storeNames = [...local, ...input.extraNames];
  const authorities: AuthorityPlan[] = [
    { name: 'ca', commonName: 'kubernetes' },
    { name: 'front-proxy-ca', commonName: 'front-proxy-ca' },
  ];
  const leaves: LeafPlan[] = [
    {
      name: 'apiserver',
      authority: 'ca',
      commonName: 'kube-apiserver',
      usages: ['server'],
      names: unique(apiServerNames),
    },
    {
      name: 'apiserver-kubelet-client',
      authority: 'ca',
      commonName: 'kube-apiserver-kubelet-client',
      organizations: [group.kubeadmAdmins],
      usages: ['client'],
    },
    { name: 'front-proxy-client', authority: 'front-proxy-ca', commonName: 'front-proxy-client', usages: ['client'] },
  ];
  if (input.store) {
    const names = unique(storeNames);
    authorities.push({ name: 'etcd/ca', commonName: 'etcd-ca' });
    leaves.push(
      { name: 'etcd/server', authority: 'etcd/ca', commonName: input.hostname, usages: ['server', 'client'], names },
      { name: 'etcd/peer', authority: 'etcd/ca', commonName: input.hostname, usages: ['server', 'client'], names },
      {
        name: 'etcd/healthcheck-client',
        authority: 'etcd/ca',
        commonName: 'kube-etcd-healthcheck-client',
        usages: ['client'],
      },
      {
        name: 'apiserver-etcd-client',
        authority: 'etcd/ca',
        commonName: 'kube-apiserver-etcd-client',
        usages: ['client'],
      },
    );
  }
  return { authorities, leaves };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
