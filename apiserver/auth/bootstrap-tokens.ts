/**
 * Bootstrap tokens, `id.secret`: what a new machine joins a cluster with. Each is a Secret in kube-system that says who it
 * makes of its bearer and until when (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { KubeObject } from '../machinery/resource-row.ts';
import type { ReadObject } from './service-accounts/account-authenticator.ts';
import type { TokenAuthenticator, TokenIdentity } from './token-authenticators.ts';
import { group, makeUser } from './users.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const SECRET_TYPE = 'bootstrap.kubernetes.io/token';
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export class BootstrapTokenAuthenticator implements TokenAuthenticator {
  readonly #read: ReadObject;
  readonly #clock: Clock;

  constructor(read: ReadObject, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Undefined for whatever is not a token that may be used now; a token does not learn why. */
  async authenticate(token: string): Promise<TokenIdentity | undefined> {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const found = await this.#read({ group: '', resource: 'secrets' }, 'kube-system', `bootstrap-token-${id}`);
    if (found === undefined || found.type !== SECRET_TYPE || found.metadata.deletionTimestamp !== undefined) {
      return undefined;
    }
    const data = decoded(found);
    if (data.get('token-id') !== id || !same(data.get('token-secret') ?? '', secret)) return undefined;
    if (data.get('usage-bootstrap-authentication') !== 'true' || this.#expired(data.get('expiration')))
      return undefined;
    const extra = (data.get('auth-extra-groups') ?? '').split(',').filter((each) => each !== '');
    if (!extra.every((each) => GROUP.test(each))) return undefined;
    return { user: makeUser(`system:bootstrap:${id}`, [group.bootstrappers, ...extra]) };
  }

  /** What is no time at all counts as past. */
  #expired(text: string | undefined): boolean {
    if (text === undefined || text === '') return false;
    const untilMs = Date.parse(text);
    return Number.isNaN(untilMs) || untilMs <= this.#clock.nowMs();
  }
}

function decoded(secret: KubeObject): Map<string, string> {
  const data = (secret.data ?? {}) as Readonly<Record<string, string>>;
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

/** In a time that tells nothing of how much is right. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
