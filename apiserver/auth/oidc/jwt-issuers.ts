/**
 * All OpenID providers of a server together. Their configuration may change while the server runs: the new ones take
 * over once they know their keys, and until then the old ones go on.
 */
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { type TokenAuthenticator, unionOfTokens } from '../token-authenticators.ts';
import type { JwtIssuer } from './authentication-config.ts';
import { JwtAuthenticator } from './jwt-authenticator.ts';
import { ProviderKeys } from './provider-keys.ts';

/** How long new providers may take to be known (upstream's UpdateAuthenticationConfigTimeout). */
const TAKE_OVER_MS = 60_000;
const LOOK_MS = 100;

export interface JwtIssuersDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export class JwtIssuers implements TokenAuthenticator {
  readonly #deps: JwtIssuersDeps;
  readonly #algorithms: readonly string[];
  #current: Generation;

  /** @param algorithms those that tokens may be signed with */
  constructor(issuers: readonly JwtIssuer[], algorithms: readonly string[], deps: JwtIssuersDeps) {
    this.#deps = deps;
    this.#algorithms = algorithms;
    this.#current = new Generation(issuers, algorithms, deps);
  }

  start(): void {
    this.#current.start();
  }

  authenticate(token: string): ReturnType<TokenAuthenticator['authenticate']> {
    return this.#current.authenticator.authenticate(token);
  }

  /** Resolves when the new providers have taken over, with what is wrong when they could not. */
  async replace(issuers: readonly JwtIssuer[]): Promise<string | undefined> {
    const { clock } = this.#deps;
    const next = new Generation(issuers, this.#algorithms, this.#deps);
    next.start();
    const untilMs = clock.monotonicMs() + TAKE_OVER_MS;
    for (let wrong = next.failure; wrong !== undefined; wrong = next.failure) {
      if (clock.monotonicMs() >= untilMs) {
        next.stop();
        return wrong;
      }
      await clock.sleep(LOOK_MS);
    }
    const before = this.#current;
    this.#current = next;
    before.stop();
    return undefined;
  }

  stop(): void {
    this.#current.stop();
  }
}

class Generation {
  readonly authenticator: TokenAuthenticator;
  readonly #configured: readonly ProviderKeys[];
  /** Issuers that claims are distributed to, by their URL. */
  readonly #others = new Map<string, ProviderKeys>();

  constructor(issuers: readonly JwtIssuer[], algorithms: readonly string[], deps: JwtIssuersDeps) {
    const made = issuers.map((issuer) => {
      const { url, discoveryUrl, authorities } = issuer;
      const trust = authorities === undefined ? {} : { authorities };
      const keys = new ProviderKeys({
        issuer: url,
        ...(discoveryUrl === undefined ? {} : { discoveryUrl }),
        ...trust,
        ...deps,
      });
      const keysOf = (other: string): ProviderKeys => {
        if (other === url) return keys;
        const known = this.#others.get(other) ?? new ProviderKeys({ issuer: other, ...trust, ...deps });
        this.#others.set(other, known);
        return known;
      };
      return { keys, authenticator: new JwtAuthenticator(issuer, { keys, keysOf, algorithms, clock: deps.clock }) };
    });
    this.#configured = made.map(({ keys }) => keys);
    this.authenticator = unionOfTokens(made.map(({ authenticator }) => authenticator));
  }

  get failure(): string | undefined {
    return this.#configured.find(({ failure }) => failure !== undefined)?.failure;
  }

  start(): void {
    for (const keys of this.#configured) void keys.start();
  }

  stop(): void {
    for (const keys of [...this.#configured, ...this.#others.values()]) keys.stop();
  }
}
