/** Whoever puts a certificate or a condition into the status of a request needs the right to sign for its signer. */
import { equalValues } from '../machinery/copy-value.ts';
import type { KubeObject, ResourceRow } from '../machinery/resource-row.ts';
import { quoted } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep, Authorizer } from '../machinery/steps.ts';
import { is } from './pods.ts';
import { refuse } from './refusal.ts';
import { CERTIFICATES_GROUP, mayActForSigner, signerOf } from './signers.ts';

export class CertificateSigning implements AdmissionStep {
  readonly name = 'CertificateSigning';
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (
      operation === 'UPDATE' && subresource === 'status' && is(row, CERTIFICATES_GROUP, 'certificatesigningrequests')
    );
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const [before, after] = [outcomeOf(attributes.old), outcomeOf(attributes.object)];
    if (equalValues(before, after)) return;
    const signer = signerOf(attributes.old);
    if (await mayActForSigner(this.#authorizer, attributes.user, 'sign', signer)) return;
    throw refuse(attributes, `user not permitted to sign requests with signerName ${quoted(signer)}`);
  }
}

function outcomeOf(object: KubeObject | undefined): unknown[] {
  const status = (object?.status ?? {}) as { certificate?: string; conditions?: unknown[] };
  return [status.certificate ?? '', status.conditions ?? []];
}
