/** Removes certificate requests that have served (k8s.io/kubernetes/pkg/controller/certificates/cleaner). */
import { X509Certificate } from 'node:crypto';
import { messageOf } from '../../base/errors.ts';
import type { V1CertificateSigningRequest } from '../../generated/kubernetes.d.ts';
import { isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { Decisions } from '../runtime/decisions.ts';
import type { Informer } from '../runtime/informer.ts';
import { createdMs, nameOf, timeMs, uidOf } from '../runtime/metadata.ts';
import { Passes } from '../runtime/passes.ts';
import { certificateSigningRequests } from '../runtime/resources.ts';
import { hasCondition, isIssued } from './signers.ts';

const HOUR_MS = 3_600_000;
const PERIOD_MS = HOUR_MS;
/** How long what was decided is kept, and what nobody decides. */
const DECIDED_MS = HOUR_MS;
const PENDING_MS = 24 * HOUR_MS;

/** Why it is not needed any more; undefined: it is. Pure. */
export function outdatedBy(request: V1CertificateSigningRequest, nowMs: number): string | undefined {
  const { conditions = [], certificate = '' } = request.status ?? {};
  const isOld = (type: string): boolean =>
    conditions.some((each) => {
      const atMs = timeMs(each.lastUpdateTime);
      return each.type === type && atMs !== undefined && nowMs - atMs > DECIDED_MS;
    });
  if (isOld('Approved') && isIssued(request)) return 'its certificate was issued an hour ago';
  if (isOld('Denied')) return 'it was denied an hour ago';
  if (isOld('Failed')) return 'it failed an hour ago';
  if (conditions.length === 0 && nowMs - createdMs(request) > PENDING_MS) return 'nobody has decided for a day';
  if (hasCondition(request, 'Approved') && isIssued(request) && endMs(certificate) < nowMs)
    return 'its certificate has expired';
  return undefined;
}

export class CertificateCleaner implements Controller {
  readonly #deps: ControllerDeps;
  readonly #decisions: Decisions;
  readonly #requests: Informer<V1CertificateSigningRequest>;
  readonly #passes: Passes;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#decisions = new Decisions(deps, 'certificatesigningrequest-cleaner-controller');
    this.#requests = deps.informers.of<V1CertificateSigningRequest>(certificateSigningRequests);
    const { clock, logger } = deps;
    const failed = 'removing certificate requests failed, trying again';
    this.#passes = new Passes({ clock, logger, periodMs: PERIOD_MS, failed }, () => this.#pass());
  }

  start(): void {
    this.#passes.start();
  }

  stop(): Promise<void> {
    return this.#passes.stop();
  }

  async #pass(): Promise<void> {
    for (const request of this.#requests.all()) {
      const why = outdatedBy(request, this.#deps.clock.nowMs());
      if (why !== undefined) await this.#remove(request, why);
    }
  }

  /** Never rejects: what stays is looked at again in the next pass. */
  async #remove(request: V1CertificateSigningRequest, why: string): Promise<void> {
    const name = nameOf(request);
    const client = this.#decisions.decided(name, () => `removing certificate request ${name}: ${why}`);
    try {
      const preconditions = { uid: uidOf(request) };
      await client.delete(certificateSigningRequests, name, undefined, { preconditions });
    } catch (thrown) {
      if (!isNotFound(thrown)) this.#deps.logger.debug({ name, error: messageOf(thrown) }, 'not removed, trying again');
    }
  }
}

function endMs(certificate: string): number {
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
