/** Signs what was approved, for the signers of `kubernetes.io` (k8s.io/kubernetes/pkg/controller/certificates/signer). */

import { timestamp } from '../../base/clock.ts';
import type { V1CertificateSigningRequest } from '../../generated/kubernetes.d.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { Informer } from '../runtime/informer.ts';
import type { ObjectKey } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { certificateSigningRequests } from '../runtime/resources.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { hasCondition, isIssued, isOurs, signingFault } from './signers.ts';

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
    const pem = Buffer.from(request.spec.request, 'base64').toString('utf8');
    const fault = signingFault(signerName, await this.#authority.read(pem), usages);
    const { conditions = [] } = request.status ?? {};
    const status =
      fault === undefined
        ? { certificate: base64(await this.#authority.sign(pem, usages, expirationSeconds)) }
        : { conditions: [...conditions, failure(fault, nowMs)] };
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

function failure(message: string, nowMs: number) {
  const now = timestamp(nowMs);
  return {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message,
    lastUpdateTime: now,
    lastTransitionTime: now,
  };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
