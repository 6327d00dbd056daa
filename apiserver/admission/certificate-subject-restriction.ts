/** Nobody becomes a member of `system:masters` by a certificate request. */
import { readRequest } from '../auth/certificate-signing.ts';
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is } from './pods.ts';
import { refuse } from './refusal.ts';
import { CERTIFICATES_GROUP, signerOf } from './signers.ts';

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

export class CertificateSubjectRestriction implements AdmissionStep {
  readonly name = 'CertificateSubjectRestriction';

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '' && is(row, CERTIFICATES_GROUP, 'certificatesigningrequests');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { object } = attributes;
    if (signerOf(object) !== CLIENT_SIGNER) return;
    const request = (object?.spec as { request?: string } | undefined)?.request ?? '';
    const organizations = await organizationsOf(Buffer.from(request, 'base64').toString('utf8'));
    if (organizations === undefined) {
      throw refuse(attributes, 'failed to parse CSR: PEM block type must be CERTIFICATE REQUEST');
    }
    if (!organizations.includes('system:masters')) return;
    throw refuse(attributes, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
  }
}

/** The O values of a PKCS #10 request's subject; undefined when it is none. */
async function organizationsOf(pem: string): Promise<string[] | undefined> {
  try {
    return (await readRequest(pem)).subjectName.getField('O');
  } catch {
    return undefined;
  }
}
