/**
 * Bearer tokens by a webhook (`--authentication-token-webhook-config-file`): a TokenReview is posted, and its status says
 * who the token stands for. Answers are remembered, by a hash: no token is kept.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { AuthenticationFailure } from '../../machinery/steps.ts';
import type { TokenAuthenticator, TokenIdentity } from '../token-authenticators.ts';
import { makeUser } from '../users.ts';
import { AnswerCache } from './answer-cache.ts';
import { askWebhook, type PostText } from './webhook-client.ts';

const ANSWERS_MAX = 4096;
const TIMEOUT_MS = 30_000;

export interface WebhookTokensOptions {
  readonly post: PostText;
  readonly version: 'v1' | 'v1beta1';
  /** How long an answer counts; a refusal is not remembered. */
  readonly ttlMs: number;
  readonly apiAudiences: readonly string[];
}

interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly audiences?: readonly string[];
  readonly error?: string;
}

export class WebhookTokens implements TokenAuthenticator {
  readonly #options: WebhookTokensOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #answers: AnswerCache<TokenIdentity>;

  constructor(options: WebhookTokensOptions, { clock, logger }: { clock: Clock; logger: Logger }) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#answers = new AnswerCache(ANSWERS_MAX, clock);
  }

  async authenticate(
    token: string,
    audiences: readonly string[] = this.#options.apiAudiences,
  ): Promise<TokenIdentity | AuthenticationFailure | undefined> {
    const key = createHash('sha256')
      .update(`${token}\n${audiences.join('\n')}`)
      .digest('base64');
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const status = await this.#review(token, audiences);
    if (status instanceof AuthenticationFailure) return status;
    if (status.authenticated !== true) {
      const { error = '' } = status;
      return error === '' ? undefined : new AuthenticationFailure(`the token webhook says: ${error}`);
    }
    // A webhook that says nothing of audiences answers for the API server.
    const meantFor = status.audiences ?? this.#options.apiAudiences;
    const matching = audiences.filter((audience) => meantFor.includes(audience));
    if (matching.length === 0 && audiences.length > 0) return undefined;
    const { username = '', uid = '', groups = [], extra = {} } = status.user ?? {};
    const identity: TokenIdentity = {
      user: makeUser(username, groups, uid, extra),
      ...(matching.length === 0 ? {} : { audiences: matching }),
    };
    this.#answers.set(key, identity, this.#options.ttlMs);
    return identity;
  }

  async #review(token: string, audiences: readonly string[]): Promise<ReviewStatus | AuthenticationFailure> {
    const { post, version } = this.#options;
    const review = {
      apiVersion: `authentication.k8s.io/${version}`,
      kind: 'TokenReview',
      metadata: { creationTimestamp: null },
      spec: { token, ...(audiences.length === 0 ? {} : { audiences }) },
      status: { user: {} },
    };
    try {
      return ((await askWebhook(post, review, TIMEOUT_MS, this.#clock)) as { status?: ReviewStatus }).status ?? {};
    } catch (thrown) {
      this.#logger.warn({ error: messageOf(thrown) }, 'the token webhook could not be asked');
      return new AuthenticationFailure('the token webhook could not be asked');
    }
  }
}
