/** The tokens that secrets hold: without end, and with claims of their own (k8s.io/kubernetes/pkg/serviceaccount/legacy.go). */
import { serviceAccountUserName } from '../users.ts';
import type { SigningKey } from './signing-keys.ts';

export const LEGACY_ISSUER = 'kubernetes/serviceaccount';

export const legacyClaims = {
  namespace: 'kubernetes.io/serviceaccount/namespace',
  secretName: 'kubernetes.io/serviceaccount/secret.name',
  accountName: 'kubernetes.io/serviceaccount/service-account.name',
  accountUid: 'kubernetes.io/serviceaccount/service-account.uid',
} as const;

export type SignSecretToken = (
  account: { readonly namespace: string; readonly name: string; readonly uid: string },
  secretName: string,
) => Promise<string>;

export function secretTokenSigner(key: SigningKey): SignSecretToken {
  return async ({ namespace, name, uid }, secretName) => {
    const { SignJWT } = await import('jose');
    const claims = {
      iss: LEGACY_ISSUER,
      [legacyClaims.namespace]: namespace,
      [legacyClaims.secretName]: secretName,
      [legacyClaims.accountName]: name,
      [legacyClaims.accountUid]: uid,
      sub: serviceAccountUserName(namespace, name),
    };
    return new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, kid: key.id }).sign(key.privateKey);
  };
}
