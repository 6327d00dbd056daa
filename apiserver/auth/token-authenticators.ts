/**
 * Bearer tokens: who a token stands for, asked of one issuer after the other, and the answers remembered for a while.
 *
 * Invariants: only successes are remembered, for at most `TOKEN_CACHE_MS` (a revoked token works no longer than that),
 * and never more than `TOKENS_CACHED_MAX` of them. Tokens never reach a log or an error.
 */
import type { Clock } from '../../base/clock.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import { AuthenticationFailure, type Awaitable } from '../machinery/steps.ts';

export interface TokenIdentity {
  readonly user: UserInfo;
  /** The audiences, of those asked for, that the token is meant for; undefined when its issuer knows no audiences. */
  readonly audiences?: readonly string[];
  readonly notes?: TokenNotes;
}

/** What is to be told beside who it is, every time that the token is used. */
export interface TokenNotes {
  readonly warnings?: readonly string[];
  /** For the audit log. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface TokenAuthenticator {
  /**
   * A user; a failure when the token is of a kind that it knows and is wrong; undefined when it does not know it.
   * `audiences`: any of those, undefined for the API server's own.
   */
  authenticate(
    token: string,
    audiences?: readonly string[],
  ): Awaitable<TokenIdentity | AuthenticationFailure | undefined>;
}

/** kube-apiserver's TokenSuccessCacheTTL. */
export const TOKEN_CACHE_MS = 10_000;
const TOKENS_CACHED_MAX = 4096;

/** Asks each in order; the first user counts, otherwise the failures together. */
export function unionOfTokens(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return {
    async authenticate(token, audiences) {
      const reasons: string[] = [];
      for (const authenticator of authenticators) {
        const answer = await authenticator.authenticate(token, audiences);
        if (answer instanceof AuthenticationFailure) reasons.push(answer.reason);
        else if (answer !== undefined) return answer;
      }
      return reasons.length === 0 ? undefined : new AuthenticationFailure(reasons.join(', '));
    },
  };
}

/** Remembers successes. A known token is answered without a promise. */
export class CachingTokenAuthenticator implements TokenAuthenticator {
  readonly #inner: TokenAuthenticator;
  readonly #clock: Clock;
  /** In order of insertion, which is the order of expiry. */
  readonly #known = new Map<string, { readonly identity: TokenIdentity; readonly untilMs: number }>();
  readonly #asked = new Map<string, Promise<TokenIdentity | AuthenticationFailure | undefined>>();

  constructor(inner: TokenAuthenticator, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  authenticate(
    token: string,
    audiences?: readonly string[],
  ): Awaitable<TokenIdentity | AuthenticationFailure | undefined> {
    const key = audiences === undefined ? token : `${token}\n${audiences.join('\n')}`;
    const known = this.#known.get(key);
    const nowMs = this.#clock.monotonicMs();
    if (known !== undefined && known.untilMs > nowMs) return known.identity;
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const asking = this.#ask(key, token, audiences).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    return asking;
  }

  async #ask(
    key: string,
    token: string,
    audiences: readonly string[] | undefined,
  ): Promise<TokenIdentity | AuthenticationFailure | undefined> {
    const answer = await this.#inner.authenticate(token, audiences);
    if (answer === undefined || answer instanceof AuthenticationFailure) return answer;
    this.#known.delete(key);
    this.#known.set(key, { identity: answer, untilMs: this.#clock.monotonicMs() + TOKEN_CACHE_MS });
    for (const [oldest, { untilMs }] of this.#known) {
      if (untilMs > this.#clock.monotonicMs() && this.#known.size <= TOKENS_CACHED_MAX) break;
      this.#known.delete(oldest);
    }
    return answer;
  }
}
