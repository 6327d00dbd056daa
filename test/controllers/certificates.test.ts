/** What the signers of kubernetes.io sign, and when a certificate request is not needed any more. */
import { describe, expect, it } from 'vitest';
import type { RequestedNames } from '../../base/certificate-authority.ts';
import { outdatedBy } from '../../controllers/certificates/csr-cleaner-controller.ts';
import { signingFault } from '../../controllers/certificates/signers.ts';
import type { V1CertificateSigningRequest } from '../../generated/kubernetes.d.ts';

const node: RequestedNames = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
};
const serving = { ...node, dnsNames: ['n1'] };
const client = ['client auth', 'digital signature'];
const server = ['digital signature', 'key encipherment', 'server auth'];

describe('signers', () => {
  it.each<[string, Partial<RequestedNames>, readonly string[], string | undefined]>([
    ['kube-apiserver-client', { commonName: 'jane', organizations: ['dev'] }, ['client auth'], undefined],
    ['kube-apiserver-client', {}, [...client, 'key encipherment'], undefined],
    ['kube-apiserver-client', {}, ['server auth'], 'invalid usage for client certificate: server auth'],
    ['kube-apiserver-client', {}, ['digital signature'], 'missing required usage for client certificate: client auth'],
    ['kube-apiserver-client-kubelet', node, client, undefined],
    ['kube-apiserver-client-kubelet', node, [...client, 'key encipherment'], undefined],
    [
      'kube-apiserver-client-kubelet',
      node,
      ['client auth'],
      'usages did not match [client auth digital signature key encipherment]',
    ],
    [
      'kube-apiserver-client-kubelet',
      { ...node, organizations: ['system:nodes', 'more'] },
      client,
      'subject organization is not system:nodes',
    ],
    ['kube-apiserver-client-kubelet', serving, client, 'DNS subjectAltNames are not allowed'],
    [
      'kube-apiserver-client-kubelet',
      { ...node, commonName: 'n1' },
      client,
      'subject common name does not begin with system:node:',
    ],
    ['kubelet-serving', serving, server, undefined],
    ['kubelet-serving', serving, ['digital signature', 'server auth'], undefined],
    ['kubelet-serving', node, server, 'DNS or IP subjectAltName is required'],
    ['kubelet-serving', { ...serving, uris: ['x:y'] }, server, 'URI subjectAltNames are not allowed'],
    ['kubelet-serving', serving, client, 'usages did not match [digital signature key encipherment server auth]'],
    ['legacy-unknown', {}, ['code signing'], undefined],
  ])('%s judges %j for %j', (signer, names, usages, fault) => {
    expect(signingFault(`kubernetes.io/${signer}`, { ...node, ...names }, usages)).toBe(fault);
  });
});

describe('a certificate request', () => {
  const now = Date.UTC(2026, 0, 2);
  const at = (hoursAgo: number) => new Date(now - hoursAgo * 3_600_000).toISOString();
  const request = (type: string | undefined, hoursAgo: number, certificate?: string): V1CertificateSigningRequest => ({
    metadata: { name: 'r', creationTimestamp: at(hoursAgo) },
    spec: { request: '', signerName: 'example.com/s' },
    status: {
      ...(type === undefined ? {} : { conditions: [{ type, status: 'True', lastUpdateTime: at(hoursAgo) }] }),
      ...(certificate === undefined ? {} : { certificate }),
    },
  });

  it.each<[string | undefined, number, string | undefined, boolean]>([
    [undefined, 23, undefined, false],
    [undefined, 25, undefined, true],
    ['Approved', 0.9, 'eA==', false],
    ['Approved', 1.1, 'eA==', true],
    // What somebody else is to sign stays.
    ['Approved', 48, undefined, false],
    ['Denied', 0.9, undefined, false],
    ['Denied', 1.1, undefined, true],
    ['Failed', 1.1, undefined, true],
  ])('%j, %d hours old, with the certificate %j, is outdated: %j', (type, hoursAgo, certificate, outdated) => {
    expect(outdatedBy(request(type, hoursAgo, certificate), now) !== undefined).toBe(outdated);
  });
});
