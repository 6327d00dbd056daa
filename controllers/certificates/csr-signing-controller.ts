/** Signs what was approved, for the signers of `kubernetes.io` (k8s.io/kubernetes/pkg/controller/certificates/signer). */

import type { CertificateAuthority } from '../../base/certificate-authority.ts';
import type { V1CertificateSigningRequest } from '../../generated/kubernetes.d.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { Informer } from '../runtime/informer.ts';
import type { ObjectKey } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { certificateSigningRequests } from '../runtime/resources.ts';
import { conditionsWith, hasCondition, isIssued, isOurs, requestPem, signingFault } from './signers.ts';

export class CertificateSigningController implements Controller {
  readonly name = 'certificatesigningrequest-signing-controller';
  readonly #authority: CertificateAuthority;
  readonly #requests: Informer<V1CertificateSigningRequest>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps, authority: CertificateAuthority) {
    this.#authority = authority;
    this.#loop = new ReconcileLoop(this, deps);
    this.#requests = deps.informers.of<V1CertificateSigningRequest>(certificateSigningRequests);
    const wake = (request: V1CertificateSigningRequest): void => {
      if (isToSign(request)) this.#loop.enqueue(request);
    };
    this.#requests.subscribe({ added: wake, updated: wake });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ name }: ObjectKey, { client, decided, nowMs }: ReconcileContext): Promise<undefined> {
    const request = this.#requests.get(name);
    if (request === undefined || !isToSign(request)) return;
    const { signerName, usages = [], expirationSeconds } = request.spec;
    const pem = requestPem(request);
    const fault = signingFault(signerName, await this.#authority.read(pem), usages);
    const status =
      fault === undefined
        ? { certificate: Buffer.from(await this.#authority.sign(pem, usages, expirationSeconds)).toString('base64') }
        : {
            conditions: conditionsWith(
              request,
              { type: 'Failed', reason: 'SignerValidationFailure', message: fault },
              nowMs,
            ),
          };
    await client.update(
      certificateSigningRequests,
      { ...request, status: { ...request.status, ...status } },
      { subresource: 'status' },
    );
    decided(() => (fault === undefined ? `signed ${name} for ${signerName}` : `will not sign ${name}: ${fault}`));
  }
}

function isToSign(request: V1CertificateSigningRequest): boolean {
  return (
    isOurs(request.spec.signerName) &&
    hasCondition(request, 'Approved') &&
    !hasCondition(request, 'Denied') &&
    !hasCondition(request, 'Failed') &&
    !isIssued(request)
  );
}
