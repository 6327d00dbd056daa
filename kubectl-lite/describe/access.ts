/** `describe` of roles, bindings, service accounts and certificate signing requests. */

import { humanDuration } from '../../base/human-duration.ts';
import type {
  RbacV1Subject,
  V1CertificateSigningRequest,
  V1ClusterRole,
  V1ObjectMeta,
  V1RoleRef,
  V1ServiceAccount,
} from '../../generated/kubernetes.d.ts';
import { compactRules, ruleCells } from '../writing/policy-rules.ts';
import { certificateRequest } from './certificate-request.ts';
import { described, goTime, head, labelLine } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

export function describeRole(w: PrefixWriter, { metadata, rules }: V1ClusterRole): void {
  head(w, metadata, false);
  described(w, metadata);
  w.line(0, 'PolicyRule:')
    .line(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs')
    .line(1, '---------\t-----------------\t--------------\t-----');
  for (const rule of compactRules(rules ?? [])) w.line(1, ruleCells(rule).join('\t'));
}

export function describeBinding(
  w: PrefixWriter,
  { metadata, roleRef, subjects }: { metadata?: V1ObjectMeta; roleRef: V1RoleRef; subjects?: readonly RbacV1Subject[] },
): void {
  head(w, metadata, false);
  described(w, metadata);
  w.line(0, 'Role:').line(1, `Kind:\t${roleRef.kind}`).line(1, `Name:\t${roleRef.name}`);
  w.line(0, 'Subjects:').line(1, 'Kind\tName\tNamespace').line(1, '----\t----\t---------');
  for (const { kind, name, namespace = '' } of subjects ?? []) w.line(1, `${kind}\t${name}\t${namespace}`);
}

/** kubectl of this version also tells the secrets that may be mounted, and the tokens. */
export function describeServiceAccount(
  w: PrefixWriter,
  { metadata, imagePullSecrets = [], secrets = [] }: V1ServiceAccount,
  tokens: readonly string[],
): void {
  head(w, metadata);
  described(w, metadata);
  for (const [title, names] of [
    ['Image pull secrets:', imagePullSecrets.map(({ name = '' }) => name)],
    ['Mountable secrets: ', secrets.map(({ name = '' }) => name)],
    ['Tokens:            ', tokens],
  ] as const) {
    if (names.length === 0) w.line(0, `${title}\t<none>`);
    for (const [at, name] of names.entries()) w.line(0, `${at === 0 ? title : ' '.repeat(title.length)}\t${name}`);
  }
}

export function describeSigningRequest(w: PrefixWriter, { metadata, spec, status }: V1CertificateSigningRequest): void {
  const types = (status?.conditions ?? []).map(({ type }) => type);
  const state = [
    types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : 'Pending',
    ...(types.includes('Failed') ? ['Failed'] : []),
    ...((status?.certificate ?? '') === '' ? [] : ['Issued']),
  ];
  head(w, metadata, false);
  w.line(0, `Labels:\t${labelLine(metadata?.labels)}`).line(0, `Annotations:\t${labelLine(metadata?.annotations)}`);
  w.line(0, `CreationTimestamp:\t${goTime(metadata?.creationTimestamp)}`);
  w.line(0, `Requesting User:\t${spec.username ?? ''}`);
  if (spec.signerName !== '') w.line(0, `Signer:\t${spec.signerName}`);
  if (spec.expirationSeconds !== undefined)
    w.line(0, `Requested Duration:\t${humanDuration(spec.expirationSeconds * 1000)}`);
  w.line(0, `Status:\t${state.join(',')}`);
  const { subject, names } = certificateRequest(spec.request);
  const many = (title: string, values: readonly string[]): void => {
    if (values.length > 0) w.write(0, `\t${title}:\t`).end(values.join('\n\t\t'));
  };
  w.line(0, 'Subject:').line(0, `\tCommon Name:\t${subject.CN?.[0] ?? ''}`);
  w.line(0, `\tSerial Number:\t${subject.serialNumber?.[0] ?? ''}`);
  many('Organization', subject.O ?? []);
  many('Organizational Unit', subject.OU ?? []);
  many('Country', subject.C ?? []);
  many('Locality', subject.L ?? []);
  many('Province', subject.ST ?? []);
  many('StreetAddress', subject.street ?? []);
  many('PostalCode', subject.postalCode ?? []);
  if (Object.values(names).every((list) => list.length === 0)) return;
  w.line(0, 'Subject Alternative Names:');
  many('DNS Names', names.dns);
  many('Email Addresses', names.email);
  many('URIs', names.uri);
  many('IP Addresses', names.ip);
}
