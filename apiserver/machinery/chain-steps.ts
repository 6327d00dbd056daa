/** The steps around every request; `request-chain.ts` has their order. */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { CAUSE_HEADER, type FactDraft, type Recorder } from '../../base/moments.ts';
import { forbiddenRequest } from '../auth/forbidden.ts';
import { textAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import { attributesOf, type Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { ChainStep } from './request-chain.ts';
import type { UserInfo } from './resource-row.ts';
import { withoutTokens } from './shown-url.ts';
import { badRequest, StatusError, timeout, unauthorized } from './status.ts';
import {
  AuthenticationFailure,
  type Authenticator,
  type AuthorizationDecision,
  type Authorizer,
  type Awaitable,
  type FlowControl,
} from './steps.ts';

/** Upstream's `--request-timeout`. */
const REQUEST_TIMEOUT_MS = 60_000;

const CAUSE_CHARACTERS_MAX = 128;

/** Watches, logs and streams: what may last as long as it wants. */
export function isLongRunning({ info }: Exchange): boolean {
  if (info.verb === 'watch' || info.verb === 'proxy') return true;
  return ['exec', 'attach', 'portforward', 'proxy', 'log'].includes(info.subresource);
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
export function deadline(clock: Clock): ChainStep {
  return {
    name: 'deadline',
    run(exchange, next) {
      if (isLongRunning(exchange)) return next();
      const limitMs = timeoutOf(exchange);
      return new Promise<ApiAnswer>((resolve, reject) => {
        const controller = new AbortController();
        const timer = clock.after(limitMs, () => {
          controller.abort();
          reject(timeout('request did not complete within the allotted timeout', 0));
        });
        if (limitMs < REQUEST_TIMEOUT_MS) exchange.signal = AbortSignal.any([exchange.signal, controller.signal]);
        next().then(
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
function timeoutOf({ info }: Exchange): number {
  const text = info.query.get('timeout');
  if (text === null || text === '') return REQUEST_TIMEOUT_MS;
  const match = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text);
  if (match === null) {
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`);
  }
  const [, hours = '0', minutes = '0', seconds = '0', millis = '0'] = match;
  const ms = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(millis);
  return ms === 0 ? REQUEST_TIMEOUT_MS : Math.min(ms, REQUEST_TIMEOUT_MS);
}

export function authentication(
  authenticator: Authenticator,
  metrics: Metrics,
  refused: (exchange: Exchange, refusal: StatusError) => void,
): ChainStep {
  return {
    name: 'authentication',
    async run(exchange, next) {
      const pending = authenticator.authenticate(exchange.request);
      const answer = pending instanceof Promise ? await pending : pending;
      if (answer === undefined || answer instanceof AuthenticationFailure) {
        metrics.authenticated('failure');
        const refusal = unauthorized();
        refused(exchange, refusal);
        throw refusal;
      }
      metrics.authenticated('success');
      exchange.user = answer;
      exchange.attributes = attributesOf(exchange);
      return next();
    },
  };
}

export type Impersonate = (request: Exchange['request'], user: UserInfo, authorizer: Authorizer) => Awaitable<UserInfo>;

export function impersonation(impersonate: Impersonate, authorizer: Authorizer): ChainStep {
  return {
    name: 'impersonation',
    async run(exchange, next) {
      const pending = impersonate(exchange.request, exchange.user, authorizer);
      const user = pending instanceof Promise ? await pending : pending;
      if (user !== exchange.user) {
        exchange.impersonator = exchange.user;
        exchange.user = user;
        exchange.attributes = attributesOf(exchange);
      }
      return next();
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
      const { user, attributes } = exchange;
      let level = '';
      const pending = control.acquire({
        user,
        attributes,
        longRunning: isLongRunning(exchange),
        classified(where) {
          level = where.level;
          exchange.answerHeaders[FLOW_SCHEMA_HEADER] = where.schemaUid;
          exchange.answerHeaders[PRIORITY_LEVEL_HEADER] = where.levelUid;
        },
        get gone() {
          return exchange.gone;
        },
      });
      const release = pending instanceof Promise ? await pending : pending;
      if (release === undefined) {
        metrics.terminated(exchange, 429);
        return tooMany(control.retryAfterSeconds?.(level) ?? 1);
      }
      try {
        return await next();
      } finally {
        release();
      }
    },
  };
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
  const judge = (exchange: Exchange, { decision, reason }: AuthorizationDecision): void => {
    exchange.annotations['authorization.k8s.io/decision'] = decision === 'allow' ? 'allow' : 'forbid';
    exchange.annotations['authorization.k8s.io/reason'] = reason;
    if (decision === 'allow') return;
    metrics.decided('denied');
    throw forbiddenRequest(exchange.attributes, reason);
  };
  return {
    name: 'authorization',
    async run(exchange, next) {
      const pending = authorizer.authorize(exchange.attributes);
      judge(exchange, pending instanceof Promise ? await pending : pending);
      if (recorder.active) exchange.authorizedAtMs = clock.monotonicMs();
      return next();
    },
  };
}
