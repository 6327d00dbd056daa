/** Whoever publishes trust anchors for a signer needs the right to attest for it. */
import type { ResourceRow } from '../machinery/resource-row.ts';
import { quoted } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep, Authorizer } from '../machinery/steps.ts';
import { onlyCollectorFieldsChanged } from './collector-fields.ts';
import { is } from './pods.ts';
import { refuse } from './refusal.ts';
import { CERTIFICATES_GROUP, mayActForSigner, signerOf } from './signers.ts';

export class ClusterTrustBundleAttest implements AdmissionStep {
  readonly name = 'ClusterTrustBundleAttest';
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionOperation, row: ResourceRow): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && is(row, CERTIFICATES_GROUP, 'clustertrustbundles');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { object, old, user } = attributes;
    const signer = signerOf(object);
    if (signer === '' || (object !== undefined && old !== undefined && onlyCollectorFieldsChanged(object, old))) return;
    if (await mayActForSigner(this.#authorizer, user, 'attest', signer)) return;
    throw refuse(attributes, `user not permitted to attest for signerName ${quoted(signer)}`);
  }
}
