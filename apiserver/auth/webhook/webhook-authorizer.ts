/**
 * Authorization by a webhook: a SubjectAccessReview is posted, and its status decides. Answers are remembered, requests
 * that its conditions leave out are none of its business, and what it does not answer is decided by the failure policy
 * (k8s.io/apiserver/plugin/pkg/authorizer/webhook).
 */
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { CelExpression } from '../../machinery/cel/cel-expression.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../../machinery/steps.ts';
import { selectorsOf } from '../selector-requirements.ts';
import { noOpinion } from '../simple-authorizers.ts';
import { AnswerCache } from './answer-cache.ts';
import { askWebhook, type PostText } from './webhook-client.ts';

const ANSWERS_MAX = 8192;
/** What a client writes into a request must not fill the memory. */
const REMEMBERED_CHARACTERS_MAX = 10_000;

export interface WebhookAuthorizerOptions {
  readonly name: string;
  readonly post: PostText;
  readonly version: 'v1' | 'v1beta1';
  /** 0: answers are not remembered. */
  readonly authorizedTtlMs: number;
  readonly unauthorizedTtlMs: number;
  readonly timeoutMs: number;
  readonly onFailure: 'NoOpinion' | 'Deny';
  /** All must hold for the webhook to be asked. */
  readonly conditions: readonly CelExpression[];
}

export class WebhookAuthorizer implements Authorizer {
  readonly #options: WebhookAuthorizerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #answers: AnswerCache<AuthorizationDecision>;

  constructor(options: WebhookAuthorizerOptions, { clock, logger }: { clock: Clock; logger: Logger }) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#answers = new AnswerCache(ANSWERS_MAX, clock);
  }

  async authorize(attributes: AuthorizationAttributes): Promise<AuthorizationDecision> {
    const spec = specOf(attributes);
    const matches = this.#matches(spec);
    if (matches !== true) return matches === false ? noOpinion : this.#failed(matches);
    const key = JSON.stringify(spec);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const { post, version, timeoutMs, authorizedTtlMs, unauthorizedTtlMs } = this.#options;
    let status: ReviewStatus;
    try {
      const review = {
        apiVersion: `authorization.k8s.io/${version}`,
        kind: 'SubjectAccessReview',
        metadata: { creationTimestamp: null },
        spec: version === 'v1' ? spec : betaSpec(spec),
        status: { allowed: false },
      };
      const answer = (await askWebhook(post, review, timeoutMs, this.#clock)) as { status?: ReviewStatus };
      status = answer.status ?? {};
    } catch (thrown) {
      return this.#failed(messageOf(thrown));
    }
    const decision = decisionOf(status);
    const controlled = Object.values(attributes).reduce<number>(
      (sum, value) => sum + (typeof value === 'string' ? value.length : 0),
      0,
    );
    if (controlled < REMEMBERED_CHARACTERS_MAX) {
      this.#answers.set(key, decision, status.allowed === true ? authorizedTtlMs : unauthorizedTtlMs);
    }
    return decision;
  }

  /** Or what went wrong: a condition that is false counts more than one that cannot be evaluated. */
  #matches(spec: object): boolean | string {
    let failure: string | undefined;
    for (const condition of this.#options.conditions) {
      try {
        if (condition.evaluate(completed(spec)) !== true) return false;
      } catch (thrown) {
        failure ??= `match condition ${JSON.stringify(condition.text)}: ${messageOf(thrown).split('\n')[0]}`;
      }
    }
    return failure ?? true;
  }

  #failed(error: string): AuthorizationDecision {
    const { name, onFailure } = this.#options;
    this.#logger.warn({ authorizer: name, error }, 'the authorization webhook could not be asked');
    return onFailure === 'Deny' ? { decision: 'deny', reason: '' } : noOpinion;
  }
}

interface ReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

function decisionOf({ allowed = false, denied = false, reason = '' }: ReviewStatus): AuthorizationDecision {
  if (denied) return { decision: 'deny', reason };
  return { decision: allowed ? 'allow' : 'noOpinion', reason };
}

function specOf(attributes: AuthorizationAttributes): Record<string, unknown> {
  const { user, resourceRequest, path, verb } = attributes;
  return {
    ...(resourceRequest
      ? { resourceAttributes: resourceOf(attributes) }
      : { nonResourceAttributes: withoutEmpty({ path, verb }) }),
    ...withoutEmpty({ user: user.name }),
    ...(user.groups.length === 0 ? {} : { groups: user.groups }),
    ...(Object.keys(user.extra).length === 0 ? {} : { extra: user.extra }),
    ...withoutEmpty({ uid: user.uid }),
  };
}

function resourceOf(attributes: AuthorizationAttributes): Record<string, unknown> {
  const { namespace, verb, group, version, resource, subresource, name } = attributes;
  return {
    ...withoutEmpty({ namespace, verb, group, version, resource, subresource, name }),
    ...selectorsOf(attributes),
  };
}

/** v1beta1 calls the groups by their singular. */
function betaSpec({ groups, ...spec }: Record<string, unknown>): Record<string, unknown> {
  return groups === undefined ? spec : { ...spec, group: groups };
}

/** For conditions every text is there, empty or not. */
function completed(spec: Record<string, unknown> | object): object {
  const { resourceAttributes, nonResourceAttributes, ...subject } = spec as {
    resourceAttributes?: object;
    nonResourceAttributes?: object;
  };
  return {
    user: '',
    uid: '',
    groups: [],
    extra: {},
    ...subject,
    ...(resourceAttributes === undefined
      ? {}
      : {
          resourceAttributes: {
            namespace: '',
            verb: '',
            group: '',
            version: '',
            resource: '',
            subresource: '',
            name: '',
            ...resourceAttributes,
          },
        }),
    ...(nonResourceAttributes === undefined
      ? {}
      : { nonResourceAttributes: { path: '', verb: '', ...nonResourceAttributes } }),
  };
}

function withoutEmpty(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}
