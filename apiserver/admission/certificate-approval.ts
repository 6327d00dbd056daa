/** Whoever approves or denies a certificate request needs the right to approve for its signer. */
import type { ResourceRow } from '../machinery/resource-row.ts';
import { quoted } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep, Authorizer } from '../machinery/steps.ts';
import { is } from './pods.ts';
import { refuse } from './refusal.ts';
import { CERTIFICATES_GROUP, mayActForSigner, signerOf } from './signers.ts';

export class CertificateApproval implements AdmissionStep {
  readonly name = 'CertificateApproval';
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (
      operation === 'UPDATE' && subresource === 'approval' && is(row, CERTIFICATES_GROUP, 'certificatesigningrequests')
    );
  }

  /** The old object counts: a new one could name another signer. */
  async validate(attributes: AdmissionAttributes): Promise<void> {
    const signer = signerOf(attributes.old);
    if (await mayActForSigner(this.#authorizer, attributes.user, 'approve', signer)) return;
    throw refuse(attributes, `user not permitted to approve requests with signerName ${quoted(signer)}`);
  }
}
