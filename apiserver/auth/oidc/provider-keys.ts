/**
 * The keys of an OpenID provider: found by discovery, fetched from where that says, and fetched again when a token names
 * one that is not among them. A provider that cannot be reached is asked again and again; until then its tokens do not
 * count, and everybody else's do.
 */
import type { JWK } from 'jose';
import type { Clock, Timer } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { exchange, tlsAgent } from '../webhook/https-exchange.ts';

const RETRY_MS = 10_000;
const FETCH_TIMEOUT_MS = 30_000;

export interface ProviderOptions {
  readonly issuer: string;
  /** Where to ask in place of the issuer. */
  readonly discoveryUrl?: string;
  /** PEM; absent: the authorities that this machine trusts. */
  readonly authorities?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ProviderKeys {
  readonly #options: ProviderOptions;
  readonly #agent: ReturnType<typeof tlsAgent>;
  readonly #ending = new AbortController();
  #timer: Timer | undefined;
  #keySetUrl: string | undefined;
  #keys: readonly JWK[] = [];
  #fetching: Promise<void> | undefined;
  #failure: string;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#agent = tlsAgent(options.authorities === undefined ? {} : { authorities: options.authorities });
    this.#failure = `authenticator for issuer ${JSON.stringify(options.issuer)} is not initialized`;
  }

  /** Asks for the keys now, and every few seconds until they are there. */
  async start(): Promise<void> {
    const { issuer, clock, logger } = this.#options;
    try {
      await this.#discover();
    } catch (thrown) {
      if (this.#ending.signal.aborted) return;
      this.#failure = messageOf(thrown);
      logger.warn({ issuer, error: this.#failure }, 'the OpenID provider does not answer; trying again');
      this.#timer = clock.after(RETRY_MS, () => void this.start());
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#ending.abort();
    this.#agent.destroy();
  }

  /** What is wrong; undefined once the provider is known. */
  get failure(): string | undefined {
    return this.#keySetUrl === undefined ? this.#failure : undefined;
  }

  /** The keys that may have signed a token with this key id, as far as they are known. Rejects while the provider is not. */
  async keysFor(id: string | undefined): Promise<readonly JWK[]> {
    if (this.#keySetUrl === undefined) await this.#discover();
    return this.#keys.filter(({ kid, kty }) => kty !== 'oct' && (id === undefined || kid === id));
  }

  /** Fetches the keys anew; who asks meanwhile waits for the same answer. */
  refresh(): Promise<void> {
    this.#fetching ??= this.#fetchKeys().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #discover(): Promise<void> {
    const { issuer, discoveryUrl } = this.#options;
    const url = discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = (await this.#get(url)) as { issuer?: unknown; jwks_uri?: unknown };
    if (document.issuer !== issuer) {
      throw new Error(`${url} is of another issuer: expected ${JSON.stringify(issuer)}`);
    }
    if (typeof document.jwks_uri !== 'string' || document.jwks_uri === '') throw new Error(`${url} names no jwks_uri`);
    if (!document.jwks_uri.startsWith('https:')) throw new Error(`${url}: jwks_uri must be an https URL`);
    this.#keySetUrl = document.jwks_uri;
  }

  async #fetchKeys(): Promise<void> {
    if (this.#keySetUrl === undefined) return;
    const { keys } = (await this.#get(this.#keySetUrl)) as { keys?: unknown };
    if (!Array.isArray(keys)) throw new Error(`${this.#keySetUrl} is no key set`);
    this.#keys = keys.filter((key): key is JWK => typeof key === 'object' && key !== null);
  }

  async #get(url: string): Promise<object> {
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
    const { code, text } = await exchange({ url, method: 'GET', signal, agent: this.#agent });
    if (code !== 200) throw new Error(`${url} answered ${code}`);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) throw new Error(`${url} is no JSON object`);
    return value;
  }
}
