/**
 * Writes down what happens to a request, stage by stage, as far as the policy wants to know (k8s.io/apiserver,
 * endpoints/filters/audit.go): when it was received; when the answer to one that lasts has begun; when it is over.
 */

import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { parseIp } from '../../base/ip.ts';
import type { ApiAnswer } from './api-server.ts';
import { isLongRunning } from './chain-steps.ts';
import { copyValue, isRecord } from './copy-value.ts';
import type { Exchange } from './exchange.ts';
import type { ChainStep } from './request-chain.ts';
import type { KubeObject, ObjectMeta } from './resource-row.ts';
import { internalError, StatusError } from './status.ts';
import type { AuditRecord, AuditSink, Awaitable } from './steps.ts';

const USER_AGENT_CHARACTERS_MAX = 1024;

export function audit(sink: AuditSink | undefined, clock: Clock): ChainStep {
  if (sink === undefined) return { name: 'audit', run: (_, next) => next() };
  return {
    name: 'audit',
    async run(exchange, next) {
      const { attributes } = exchange;
      const level = sink.levelOf(attributes);
      if (level === 'None') return next();
      const diary = new Diary(exchange, sink, clock, level !== 'Metadata');
      const received = diary.write('RequestReceived', {});
      if (!(received instanceof Promise ? await received : received))
        throw internalError('failed to store audit event');
      let answer: ApiAnswer;
      try {
        answer = await next();
      } catch (error) {
        const status = error instanceof StatusError ? error : internalError(messageOf(error));
        await diary.ended(status.code, status.toStatus());
        throw error;
      }
      if (answer.type === 'watch') return { ...answer, events: diary.lasting(answer.code, answer.events) };
      if (answer.type === 'stream') return { ...answer, body: diary.lasting(answer.code, answer.body) };
      const written = diary.ended(answer.code, answer.type === 'object' ? answer.object : undefined);
      if (written instanceof Promise) await written;
      return answer;
    },
  };
}

/** Who was refused for what they presented is written down, too, without a user. */
export function auditRefusal(
  sink: AuditSink | undefined,
  clock: Clock,
  exchange: Exchange,
  refusal: StatusError,
): void {
  if (sink === undefined) return;
  const nobody = { name: '', uid: '', groups: [], extra: {} };
  if (sink.levelOf({ ...exchange.attributes, user: nobody }) === 'None') return;
  const diary = new Diary(exchange, sink, clock, false, nobody);
  void diary.write('ResponseStarted', { code: refusal.code, object: refusal.toStatus() });
}

interface Outcome {
  readonly code?: number;
  readonly object?: KubeObject | undefined;
}

/** What is known of one request so far. */
class Diary {
  readonly #exchange: Exchange;
  readonly #sink: AuditSink;
  readonly #clock: Clock;
  readonly #caller: Exchange['user'];
  readonly #sourceIps: readonly string[];
  #sent: unknown;
  #sentMeta: ObjectMeta | undefined;

  constructor(exchange: Exchange, sink: AuditSink, clock: Clock, keepsBodies: boolean, caller = exchange.user) {
    this.#exchange = exchange;
    this.#sink = sink;
    this.#clock = clock;
    this.#caller = caller;
    this.#sourceIps = sourceIpsOf(exchange);
    exchange.onBody = (body, whole) => {
      if (whole && isRecord(body) && isRecord(body.metadata)) {
        const { name, namespace, uid, resourceVersion } = body.metadata as ObjectMeta;
        this.#sentMeta = { name, namespace, uid, resourceVersion } as ObjectMeta;
      }
      // The steps to come change the object.
      if (keepsBodies) this.#sent = copyValue(body);
    };
  }

  /** False: it could not be written. */
  write(stage: AuditRecord['stage'], { code, object }: Outcome): Awaitable<boolean> {
    const { id, request, info, user, attributes, userAgent, nowMs, annotations } = this.#exchange;
    const impersonated = this.#exchange.impersonator === undefined ? undefined : user;
    return this.#sink.record({
      auditId: id,
      stage,
      requestUri: request.url,
      verb: info.verb,
      user: this.#caller,
      impersonated,
      sourceIps: this.#sourceIps,
      userAgent:
        userAgent.length > USER_AGENT_CHARACTERS_MAX
          ? `${userAgent.slice(0, USER_AGENT_CHARACTERS_MAX)}...TRUNCATED`
          : userAgent,
      attributes: { ...attributes, user: this.#caller },
      code,
      sentMeta: this.#sentMeta,
      requestObject: this.#sent,
      responseObject: object,
      receivedMs: nowMs,
      stageMs: this.#clock.nowMs(),
      annotations,
    });
  }

  ended(code: number, object: KubeObject | undefined): Awaitable<unknown> {
    const complete = (): Awaitable<boolean> => this.write('ResponseComplete', { code, object });
    if (!isLongRunning(this.#exchange)) return complete();
    const started = this.write('ResponseStarted', { code, object });
    return started instanceof Promise ? started.then(complete) : complete();
  }

  /** The same, with the two stages around it. */
  async *lasting<T>(code: number, parts: AsyncIterable<T>): AsyncIterable<T> {
    await this.write('ResponseStarted', { code });
    try {
      yield* parts;
    } finally {
      await this.write('ResponseComplete', { code });
    }
  }
}

/**
 * Who passed the request on, first the one who began, and last who is connected: nobody can lie about that one. What is no
 * address is left out (k8s.io/apimachinery/pkg/util/net, SourceIPs).
 */
function sourceIpsOf({ request }: Exchange): string[] {
  const { credentials, headers } = request;
  const addressOf = (text: string): string[] => {
    const address = parseIp(text.trim());
    return address === undefined ? [] : [address.toString()];
  };
  const addresses = (headers['x-forwarded-for'] ?? '').split(',').flatMap(addressOf);
  const [real] = addressOf(headers['x-real-ip'] ?? '');
  if (real !== undefined && !addresses.includes(real)) addresses.push(real);
  const [remote] = addressOf(credentials.type === 'network' ? credentials.remoteAddress : '127.0.0.1');
  if (remote !== undefined && addresses.at(-1) !== remote) addresses.push(remote);
  return addresses;
}
