/** Who may approve, sign or attest for a signer: rights on the synthetic resource `signers`, by name or by whole domain. */
import type { KubeObject, UserInfo } from '../machinery/resource-row.ts';
import type { Authorizer } from '../machinery/steps.ts';

export const CERTIFICATES_GROUP = 'certificates.k8s.io';

export async function mayActForSigner(
  authorizer: Authorizer,
  user: UserInfo,
  verb: 'approve' | 'sign' | 'attest',
  signer: string,
): Promise<boolean> {
  for (const name of [signer, `${signer.split('/')[0] ?? ''}/*`]) {
    const { decision } = await authorizer.authorize({
      user,
      verb,
      resourceRequest: true,
      group: CERTIFICATES_GROUP,
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
      path: '',
    });
    if (decision === 'allow') return true;
  }
  return false;
}

export function signerOf(object: KubeObject | undefined): string {
  return (object?.spec as { signerName?: string } | undefined)?.signerName ?? '';
}
