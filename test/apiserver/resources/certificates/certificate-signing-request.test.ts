import { webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificateSigningRequestRow as row } from '../../../../apiserver/resources/certificates/certificate-signing-request.ts';
import { cellsOf, created, refused, updated, updateRefused } from '../row-fixture.ts';

let pem = '';
let certificatePem = '';
const requests = new Map<string, string>();

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const KEYS = {
  ECDSA: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  Ed25519: { name: 'Ed25519' },
} as const;

beforeAll(async () => {
  const { x509 } = await import('../../../../apiserver/auth/x509-library.ts');
  for (const [name, algorithm] of Object.entries(KEYS)) {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const request = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=jane,O=developers',
      keys,
      signingAlgorithm: algorithm,
    });
    requests.set(name, request.toString('pem'));
    if (name !== 'ECDSA') continue;
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=jane',
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(0),
      notAfter: new Date(1),
    });
    certificatePem = certificate.toString('pem');
  }
  pem = requests.get('ECDSA') ?? '';
});

const usages = ['client auth'];
const signerName = 'example.com/signer';

function specOf(more: object = {}): object {
  return { request: base64(pem), signerName, usages, ...more };
}

describe('certificate signing requests', () => {
  it('know who asks, whatever they say', () => {
    const spec = specOf({ username: 'mallory', groups: ['system:masters'], extra: { a: ['b'] } });
    const status = { conditions: [{ type: 'Approved', status: 'True' }] };
    const request = created(row, { spec, status });
    expect(request.spec).toMatchObject({ username: 'tester', uid: 'u', groups: ['testers'] });
    expect(request.spec).not.toHaveProperty('extra');
    expect(request.status).toEqual({});
  });

  it.each(Object.keys(KEYS))('are signed by the key they are for: %s', (name) => {
    const text = requests.get(name) ?? '';
    expect(refused(row, { spec: specOf({ request: base64(`some words\n${text}`) }) })).toEqual([]);
    const der = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 3] = (der.at(-3) ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    const [complaint = ''] = refused(row, { spec: specOf({ request: base64(forged) }) });
    expect(complaint).toMatch(/^spec\.request: Invalid value: "[^"]+": .*(verification error|verification failure)$/);
  });

  it.each([
    ['nothing', '', 'PEM block type must be CERTIFICATE REQUEST'],
    ['another block', 'CERTIFICATE', 'PEM block type must be CERTIFICATE REQUEST'],
    ['no DER', 'CERTIFICATE REQUEST', 'asn1: syntax error: data truncated'],
  ])('are refused for %s', (_, type, complaint) => {
    const text = type === '' ? '' : `-----BEGIN ${type}-----\nMIIB\n-----END ${type}-----\n`;
    const request = base64(text);
    expect(refused(row, { spec: specOf({ request }) })).toEqual([
      `spec.request: Invalid value: ${JSON.stringify(request)}: ${complaint}`,
    ]);
  });

  it.each([
    ['no usages', () => specOf({ usages: [] }), ['spec.usages: Required value']],
    ['a usage twice', () => specOf({ usages: ['any', 'any'] }), ['spec.usages[1]: Duplicate value: "any"']],
    [
      'an unknown usage',
      () => specOf({ usages: ['fun'] }),
      [
        expect.stringMatching(
          /^spec\.usages\[0\]: Unsupported value: "fun": supported values: "any", "cert sign", .*"timestamping"$/,
        ),
      ],
    ],
    ['no signer', () => specOf({ signerName: '' }), ['spec.signerName: Required value']],
    [
      'a signer without a path',
      () => specOf({ signerName: 'example.com' }),
      [
        'spec.signerName: Invalid value: "example.com": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
      ],
    ],
    [
      'a signer of a short domain',
      () => specOf({ signerName: 'example/signer' }),
      ['spec.signerName: Invalid value: "example": should be a domain with at least two segments separated by dots'],
    ],
    [
      'the signer of old',
      () => specOf({ signerName: 'kubernetes.io/legacy-unknown' }),
      [
        'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
      ],
    ],
    [
      'a short life',
      () => specOf({ expirationSeconds: 599 }),
      ['spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'],
    ],
  ])('are refused for %s', (_, spec, complaints) => {
    expect(refused(row, { spec: spec() })).toEqual(complaints);
  });

  it('stay as they are at their own endpoint', () => {
    const old = { spec: specOf() };
    const next = { metadata: { labels: { a: 'b' } }, spec: { usages: ['any'] }, status: { certificate: 'x' } };
    expect(updated(row, old, next)).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: specOf(), status: {} });
  });

  it('are decided at approval, with the time', () => {
    const approved = { type: 'Approved', status: 'True' };
    const old = { spec: specOf() };
    const next = { status: { conditions: [approved], certificate: base64(certificatePem) } };
    expect(updated(row, old, next, 'approval').status).toEqual({
      conditions: [{ ...approved, lastUpdateTime: '2026-01-31T12:00:00Z', lastTransitionTime: '2026-01-31T12:00:00Z' }],
    });
    expect(updateRefused(row, old, next, 'approval')).toEqual([]);
    const both = { status: { conditions: [approved, { type: 'Denied', status: 'False' }, { status: '' }] } };
    expect(updateRefused(row, old, both, 'approval')).toEqual([
      'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
      'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
      'status.conditions[2].type: Required value',
      'status.conditions[2].status: Required value',
    ]);
    expect(updateRefused(row, { ...old, status: { conditions: [approved] } }, { status: {} }, 'approval')).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
  });

  it('get their certificate at the status, once', () => {
    const old = { spec: specOf() };
    const certificate = base64(certificatePem);
    expect(updateRefused(row, old, { status: { certificate } }, 'status')).toEqual([]);
    expect(updateRefused(row, old, { status: { certificate: base64('junk') } }, 'status')).toEqual([
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    ]);
    expect(updateRefused(row, old, { status: { certificate: base64(pem) } }, 'status')).toEqual([
      'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "CERTIFICATE REQUEST"',
    ]);
    const issued = { ...old, status: { certificate } };
    const other = { status: { certificate: base64(`${certificatePem}\n${certificatePem}`) } };
    expect(updateRefused(row, issued, other, 'status')).toEqual([
      'status.certificate: Forbidden: updates may not modify existing certificate content',
    ]);
    const decided = { status: { conditions: [{ type: 'Denied', status: 'True' }] } };
    expect(updateRefused(row, old, decided, 'status')).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Denied"',
    ]);
  });

  it('show how far they have come', () => {
    const spec = { ...specOf(), username: 'jane', expirationSeconds: 3600 };
    const conditions = [
      { type: 'Approved', status: 'True' },
      { type: 'Failed', status: 'True' },
    ];
    expect(cellsOf(row, { spec }).slice(2)).toEqual([signerName, 'jane', '60m', 'Pending']);
    expect(cellsOf(row, { spec, status: { conditions, certificate: 'eA==' } })[5]).toBe('Approved,Failed,Issued');
  });
});
