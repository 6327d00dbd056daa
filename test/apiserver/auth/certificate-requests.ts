/** Certificate requests (PKCS #10) as users make them with openssl. */
import { webcrypto } from 'node:crypto';

export interface AlternativeName {
  readonly type: 'dns' | 'ip' | 'email' | 'url';
  readonly value: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** The request and its private key, in PEM. @param name `CN=jane, O=dev` */
export async function makeCertificateRequest(
  name: string,
  names: readonly AlternativeName[] = [],
): Promise<{ readonly request: string; readonly key: string }> {
  const { x509 } = await import('../../../apiserver/auth/x509-library.ts');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    request: request.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
  };
}
