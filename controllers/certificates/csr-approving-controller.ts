/**
 * Approves what kubelets ask for to call the API server with, when whoever asks may have it without being looked at
 * (k8s.io/kubernetes/pkg/controller/certificates/approver).
 */

import type { CertificateAuthority, RequestedNames } from '../../base/certificate-authority.ts';
import type { V1CertificateSigningRequest } from '../../generated/kubernetes.d.ts';
import type { ApiObject, Client, ResourceRef } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { Informer } from '../runtime/informer.ts';
import type { ObjectKey } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { certificateSigningRequests } from '../runtime/resources.ts';
import { conditionsWith, hasCondition, isIssued, KUBELET_CLIENT_SIGNER, requestPem, signingFault } from './signers.ts';

/** No resource that is kept: it is answered at once. */
const subjectAccessReviews: ResourceRef = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

/** Who may not have it now may be allowed to later. */
const ASK_AGAIN_MS = 60_000;

interface Kind {
  /** The subresource that whoever asks must be allowed to create. */
  readonly subresource: string;
  readonly message: string;
  fits(request: V1CertificateSigningRequest, names: RequestedNames): boolean;
}

const kinds: readonly Kind[] = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    fits: ({ spec }, { commonName }) => spec.username === commonName,
  },
  {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    fits: () => true,
  },
];

export class CertificateApprovingController implements Controller {
  readonly name = 'certificatesigningrequest-approving-controller';
  readonly #authority: Pick<CertificateAuthority, 'read'>;
  readonly #requests: Informer<V1CertificateSigningRequest>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps, authority: Pick<CertificateAuthority, 'read'>) {
    this.#authority = authority;
    this.#loop = new ReconcileLoop(this, deps);
    this.#requests = deps.informers.of<V1CertificateSigningRequest>(certificateSigningRequests);
    const wake = (request: V1CertificateSigningRequest): void => {
      if (isToJudge(request)) this.#loop.enqueue(request);
    };
    this.#requests.subscribe({ added: wake, updated: wake });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile(
    { name }: ObjectKey,
    { client, decided, nowMs }: ReconcileContext,
  ): Promise<ReconcileResult | undefined> {
    const request = this.#requests.get(name);
    if (request === undefined || !isToJudge(request)) return undefined;
    const names = await this.#authority.read(requestPem(request));
    if (signingFault(KUBELET_CLIENT_SIGNER, names, request.spec.usages ?? []) !== undefined) return undefined;
    for (const { subresource, message, fits } of kinds) {
      if (!fits(request, names) || !(await mayHave(client, request, subresource))) continue;
      const conditions = conditionsWith(request, { type: 'Approved', reason: 'AutoApproved', message }, nowMs);
      const approved = { ...request, status: { ...request.status, conditions } };
      await client.update(certificateSigningRequests, approved, { subresource: 'approval' });
      decided(() => `approved ${name}: ${request.spec.username} may have ${subresource}`);
      return undefined;
    }
    return { requeueAfterMs: ASK_AGAIN_MS };
  }
}

function isToJudge(request: V1CertificateSigningRequest): boolean {
  return (
    request.spec.signerName === KUBELET_CLIENT_SIGNER &&
    !isIssued(request) &&
    !hasCondition(request, 'Approved') &&
    !hasCondition(request, 'Denied')
  );
}

async function mayHave(client: Client, { spec }: V1CertificateSigningRequest, subresource: string): Promise<boolean> {
  const { username: user, uid, groups, extra } = spec;
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    version: '*',
    resource: 'certificatesigningrequests',
    subresource,
    verb: 'create',
  };
  const review = await client.create<ApiObject & { status?: { allowed?: boolean } }>(subjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, uid, groups, extra, resourceAttributes },
  } as ApiObject);
  return review.status?.allowed === true;
}
