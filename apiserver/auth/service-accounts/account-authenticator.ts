/**
 * Accepts the tokens of service accounts: signed by one of our keys, by an issuer that is us, for an audience that is
 * asked for, in time, and as long as the account and the object that the token is bound to are still the same.
 */
import type { Clock } from '../../../base/clock.ts';
import type { GroupResource, KubeObject } from '../../machinery/resource-row.ts';
import { AuthenticationFailure, type Awaitable } from '../../machinery/steps.ts';
import type { TokenAuthenticator, TokenIdentity } from '../token-authenticators.ts';
import { CREDENTIAL_ID, serviceAccountUser } from '../users.ts';
import { type KubernetesClaims, type ObjectIdentity, readKubernetesClaims } from './token-claims.ts';
import { type Payload, type SignedTokenRules, verifySigned } from './token-signatures.ts';

/** Clocks may differ by so much; deleted objects count a little longer, too. */
const LEEWAY_SECONDS = 60;

export type ReadObject = (
  resource: GroupResource,
  namespace: string | undefined,
  name: string,
) => Awaitable<KubeObject | undefined>;

/** The first of the issuers is ours, all are accepted. */
export interface AccountAuthenticatorOptions extends SignedTokenRules {
  readonly read: ReadObject;
  readonly clock: Clock;
}

export class AccountAuthenticator implements TokenAuthenticator {
  readonly #options: AccountAuthenticatorOptions;

  constructor(options: AccountAuthenticatorOptions) {
    this.#options = options;
  }

  async authenticate(
    token: string,
    audiences?: readonly string[],
  ): Promise<TokenIdentity | AuthenticationFailure | undefined> {
    const signed = await verifySigned(token, this.#options, audiences);
    if (signed === undefined || signed instanceof AuthenticationFailure) return signed;
    const { payload, notes } = signed;
    const claims = readKubernetesClaims(payload);
    const refusal =
      untimely(payload, this.#options.clock.nowMs()) ??
      (claims === undefined ? 'resource name may not be empty' : await this.#refusal(claims));
    if (refusal !== undefined || claims === undefined) return new AuthenticationFailure(refusal ?? '');
    const stale = staleness(payload, claims, this.#options.clock.nowMs());
    if ((claims.warnafter ?? 0) !== 0) this.#options.uses.count(Object.keys(stale).length > 0 ? 'stale' : 'valid');
    const annotations = { ...notes.annotations, ...stale };
    return { user: userOf(claims, payload.jti), audiences: signed.audiences, notes: { annotations } };
  }

  async #refusal(claims: KubernetesClaims): Promise<string | undefined> {
    const { namespace, serviceaccount, secret, pod, node } = claims;
    const { name, uid = '' } = serviceaccount;
    const account = await this.#read('serviceaccounts', namespace, name);
    if (account === undefined) return `serviceaccounts ${JSON.stringify(name)} not found`;
    if (account.metadata.uid !== uid) {
      return `service account UID (${account.metadata.uid ?? ''}) does not match claim (${uid})`;
    }
    if (this.#isGone(account)) return `service account ${namespace}/${name} has been deleted`;
    const bound: readonly (readonly [kind: string, where: string | undefined, identity: ObjectIdentity | undefined])[] =
      [
        ['secret', namespace, secret],
        ['pod', namespace, pod],
        // A pod's token names its node for information: it is bound to the pod.
        ['node', undefined, pod === undefined ? node : undefined],
      ];
    for (const [kind, where, identity] of bound) {
      if (identity === undefined) continue;
      const object = await this.#read(`${kind}s`, where, identity.name);
      if (object !== undefined && object.metadata.uid !== (identity.uid ?? '')) {
        return `${kind} UID (${object.metadata.uid ?? ''}) does not match service account ${kind} ref claim (${identity.uid ?? ''})`;
      }
      if (object === undefined || this.#isGone(object)) return 'service account token has been invalidated';
    }
    return undefined;
  }

  #read(resource: string, namespace: string | undefined, name: string): Awaitable<KubeObject | undefined> {
    return this.#options.read({ group: '', resource }, namespace, name);
  }

  #isGone({ metadata: { deletionTimestamp } }: KubeObject): boolean {
    if (deletionTimestamp === undefined) return false;
    return Date.parse(deletionTimestamp) < this.#options.clock.nowMs() - LEEWAY_SECONDS * 1000;
  }
}

/** Why a token does not count now. One without an end never does, though kube-apiserver would take it: nobody issues such. */
function untimely({ exp, nbf, iat }: Payload, nowMs: number): string | undefined {
  const now = nowMs / 1000;
  if (typeof exp !== 'number') return 'service account token does not say when it expires';
  if (typeof nbf === 'number' && now + LEEWAY_SECONDS < nbf) return 'service account token is not valid yet';
  if (now - LEEWAY_SECONDS > exp) return 'service account token has expired';
  if (typeof iat === 'number' && now + LEEWAY_SECONDS < iat) return 'service account token is issued in the future';
  return undefined;
}

/** A mounted token that its user should have read anew long ago is noted down. */
function staleness(payload: Payload, { warnafter }: KubernetesClaims, nowMs: number): Record<string, string> {
  const now = Math.floor(nowMs / 1000);
  if (warnafter === undefined || warnafter === 0 || nowMs <= warnafter * 1000) return {};
  const told = `subject: ${String(payload.sub)}, seconds after warning threshold: ${now - warnafter}`;
  return { 'authentication.k8s.io/stale-token': told };
}

function userOf(claims: KubernetesClaims, jti: unknown): TokenIdentity['user'] {
  const { namespace, serviceaccount, pod, node } = claims;
  const extra: Record<string, readonly string[]> = {};
  if (typeof jti === 'string' && jti !== '') extra[CREDENTIAL_ID] = [`JTI=${jti}`];
  const tell = (what: string, identity: ObjectIdentity | undefined): void => {
    if (identity === undefined) return;
    extra[`authentication.kubernetes.io/${what}-name`] = [identity.name];
    if (identity.uid !== undefined) extra[`authentication.kubernetes.io/${what}-uid`] = [identity.uid];
  };
  tell('pod', pod);
  tell('node', node);
  return serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid ?? '', extra);
}
