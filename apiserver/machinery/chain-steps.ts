/** The steps around every request; `request-chain.ts` has their order. */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { CAUSE_HEADER, type FactDraft, type Recorder } from '../../base/moments.ts';
import { forbiddenRequest } from '../auth/forbidden.ts';
import { textAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import type { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { ChainStep } from './request-chain.ts';
import type { UserInfo } from './resource-row.ts';
import { withoutTokens } from './shown-url.ts';
import { badRequest, StatusError, timeout, unauthorized } from './status.ts';
import {
  AuthenticationFailure,
  type Authenticator,
  type AuthorizationAttributes,
  type AuthorizationDecision,
  type Authorizer,
  type Awaitable,
  type FlowClassification,
  type FlowControl,
} from './steps.ts';

/** Upstream's `--request-timeout`. */
const REQUEST_TIMEOUT_MS = 60_000;

const CAUSE_CHARACTERS_MAX = 128;

const lastingSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

/** Watches, logs and streams: what may last as long as it wants. */
export function isLongRunning({ info }: Exchange): boolean {
  if (info.verb === 'watch' || info.verb === 'proxy') return true;
  return info.subresource !== '' && lastingSubresources.has(info.subresource);
}

export function logging(deps: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
}): ChainStep {
  const { clock, logger, recorder, metrics } = deps;
  const tell = (exchange: Exchange, code: number): void => {
    const { info, user } = exchange;
    const durationMs = clock.monotonicMs() - exchange.startMs;
    if (recorder.active) {
      const fact: FactDraft<'api.request'> = {
        type: 'api.request',
        request: exchange.id,
        verb: info.verb,
        resource: info.resourceRequest ? resourceLabel(exchange) : info.path,
        user: user.name,
        userAgent: exchange.userAgent,
        code,
        durationMs,
      };
      const cause = exchange.request.headers[CAUSE_HEADER];
      if (cause !== undefined) fact.cause = cause.slice(0, CAUSE_CHARACTERS_MAX);
      if (info.namespace !== '') fact.namespace = info.namespace;
      if (info.name !== '') fact.name = info.name;
      const authorizedMs = exchange.authorizedAtMs - exchange.startMs;
      if (authorizedMs >= 0) fact.authorizedMs = authorizedMs;
      recorder.record(fact);
    }
    logger.debug(
      { id: exchange.id, method: exchange.request.method, url: withoutTokens(exchange.request.url), code, durationMs },
      'request',
    );
  };
  return {
    name: 'logging',
    async run(exchange, next) {
      const end = metrics.begin(exchange, isLongRunning(exchange));
      try {
        const answer = await next();
        end(answer, (clock.monotonicMs() - exchange.startMs) / 1000);
        tell(exchange, answer.code);
        return answer;
      } catch (error) {
        tell(exchange, error instanceof StatusError ? error.code : 500);
        throw error;
      }
    },
  };
}

function resourceLabel({ info }: Exchange): string {
  const resource = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  return info.subresource === '' ? resource : `${resource}/${info.subresource}`;
}

/** `?timeout=` may make it shorter; what takes longer is answered with 504 and given up. */
export function deadline(clock: Clock, requestTimeoutMs = REQUEST_TIMEOUT_MS): ChainStep {
  return {
    name: 'deadline',
    run(exchange, next) {
      if (isLongRunning(exchange)) return next();
      const limitMs = timeoutOf(exchange, requestTimeoutMs);
      // Nobody but those who asked for less time is told that it is over: their signal costs more than the timer.
      const controller = limitMs < requestTimeoutMs ? new AbortController() : undefined;
      if (controller !== undefined) exchange.signal = AbortSignal.any([exchange.signal, controller.signal]);
      const pending = next();
      return new Promise<ApiAnswer>((resolve, reject) => {
        const timer = clock.after(limitMs, () => {
          controller?.abort();
          reject(timeout('request did not complete within the allotted timeout', 0));
        });
        pending.then(
          (answer) => {
            timer.cancel();
            resolve(answer);
          },
          (error: unknown) => {
            timer.cancel();
            reject(error);
          },
        );
      });
    },
  };
}

/** @throws StatusError 400 */
function timeoutOf({ info }: Exchange, mostMs: number): number {
  const text = info.query.get('timeout');
  if (text === null || text === '') return mostMs;
  const match = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text);
  if (match === null) {
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`);
  }
  const [, hours = '0', minutes = '0', seconds = '0', millis = '0'] = match;
  const ms = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(millis);
  return ms === 0 ? mostMs : Math.min(ms, mostMs);
}

export function authentication(
  authenticator: Authenticator,
  metrics: Metrics,
  clock: Clock,
  refused: (exchange: Exchange, refusal: StatusError) => void,
): ChainStep {
  type Answer = Awaited<ReturnType<Authenticator['authenticate']>>;
  const judge = (exchange: Exchange, answer: Answer, begunMs: number): void => {
    const seconds = (clock.monotonicMs() - begunMs) / 1000;
    if (answer === undefined || answer instanceof AuthenticationFailure) {
      metrics.notAuthenticated(seconds);
      const refusal = unauthorized();
      refused(exchange, refusal);
      throw refusal;
    }
    metrics.authenticated(answer.name, seconds);
    exchange.actAs(answer);
  };
  return {
    name: 'authentication',
    run(exchange, next) {
      const begunMs = clock.monotonicMs();
      const answer = authenticator.authenticate(exchange.request, exchange);
      if (answer instanceof Promise) return answer.then((settled) => judge(exchange, settled, begunMs)).then(next);
      judge(exchange, answer, begunMs);
      return next();
    },
  };
}

export type Impersonate = (request: Exchange['request'], user: UserInfo, authorizer: Authorizer) => Awaitable<UserInfo>;

export function impersonation(impersonate: Impersonate, authorizer: Authorizer): ChainStep {
  return {
    name: 'impersonation',
    run(exchange, next) {
      const user = impersonate(exchange.request, exchange.user, authorizer);
      if (user === exchange.user) return next();
      return Promise.resolve(user).then((other) => {
        if (other !== exchange.user) {
          exchange.impersonator = exchange.user;
          exchange.actAs(other);
        }
        return next();
      });
    },
  };
}

const FLOW_SCHEMA_HEADER = 'x-kubernetes-pf-flowschema-uid';
const PRIORITY_LEVEL_HEADER = 'x-kubernetes-pf-prioritylevel-uid';

export function flowControl(control: FlowControl | undefined, metrics: Metrics): ChainStep {
  if (control === undefined) return { name: 'flow control', run: (_, next) => next() };
  return {
    name: 'flow control',
    async run(exchange, next) {
      const asking = new SeatRequest(exchange);
      const pending = control.acquire(asking);
      const release = pending instanceof Promise ? await pending : pending;
      if (release === undefined) {
        metrics.terminated(exchange, 429);
        return tooMany(control.retryAfterSeconds?.(asking.level) ?? 1);
      }
      try {
        return await next();
      } finally {
        release();
      }
    },
  };
}

/** A class and no literal with an accessor: V8 makes those slowly, and every request has one of these. */
class SeatRequest {
  readonly #exchange: Exchange;
  readonly user: UserInfo;
  readonly attributes: AuthorizationAttributes;
  readonly longRunning: boolean;
  /** Where it was put. */
  level = '';

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.user = exchange.user;
    this.attributes = exchange.attributes;
    this.longRunning = isLongRunning(exchange);
  }

  get gone(): boolean {
    return this.#exchange.gone;
  }

  classified(where: FlowClassification): void {
    this.level = where.level;
    this.#exchange.answerHeaders[FLOW_SCHEMA_HEADER] = where.schemaUid;
    this.#exchange.answerHeaders[PRIORITY_LEVEL_HEADER] = where.levelUid;
  }
}

/** As upstream says it: in plain words, and not as a Status. */
function tooMany(retryAfterSeconds: number): ApiAnswer {
  const answer = textAnswer(429, 'Too many requests, please try again later.\n');
  return {
    ...answer,
    headers: { 'retry-after': String(retryAfterSeconds), 'x-content-type-options': 'nosniff' },
  };
}

export function authorization(
  authorizer: Authorizer,
  metrics: Metrics,
  { recorder, clock }: { readonly recorder: Recorder; readonly clock: Clock },
): ChainStep {
  const judge = (exchange: Exchange, { decision, reason }: AuthorizationDecision, begunMs: number): void => {
    const endedMs = clock.monotonicMs();
    exchange.annotations['authorization.k8s.io/decision'] = decision === 'allow' ? 'allow' : 'forbid';
    exchange.annotations['authorization.k8s.io/reason'] = reason;
    const result = decision === 'allow' ? 'allowed' : decision === 'deny' ? 'denied' : 'no-opinion';
    metrics.authorized(result, (endedMs - begunMs) / 1000);
    if (decision !== 'allow') {
      metrics.decided('denied');
      throw forbiddenRequest(exchange.attributes, reason);
    }
    if (recorder.active) exchange.authorizedAtMs = endedMs;
  };
  return {
    name: 'authorization',
    run(exchange, next) {
      const begunMs = clock.monotonicMs();
      const pending = authorizer.authorize(exchange.attributes);
      if (pending instanceof Promise) return pending.then((decision) => judge(exchange, decision, begunMs)).then(next);
      judge(exchange, pending, begunMs);
      return next();
    },
  };
}
