/** Subresources and kinds that answer by themselves: binding, eviction, log, token; reviews that are never stored. */

import { objectAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import { decodeBody } from './body-decoding.ts';
import { manageUpdate } from './managed-fields.ts';
import { negotiateInput } from './media-types.ts';
import { createOptions, updateOptions, type WriteOptions } from './request-options.ts';
import type {
  KubeObject,
  RegistryServices,
  SpecialAnswer,
  SpecialRequest,
  SubresourceRow,
  Verb,
} from './resource-row.ts';
import {
  applyDefaults,
  bodyKindOf,
  type Endpoint,
  matchNamespace,
  type WriteParts,
  writeOf,
} from './write-endpoints.ts';
import { runSteps, type WriteStep } from './write-steps.ts';

type Special = Extract<SubresourceRow, { readonly type: 'special' }>;

export interface SpecialParts extends WriteParts {
  /** @param request whose writes they are */
  readonly services: (request: string) => RegistryServices;
  /** Admission alone: what these endpoints do with an object is their own. */
  readonly admission: readonly WriteStep[];
}

export async function special(endpoint: Endpoint, row: Special, parts: SpecialParts): Promise<ApiAnswer> {
  const { exchange } = endpoint;
  const verb = exchange.info.verb as Verb;
  // Without a model there is no body to decode: what is sent goes to the other end of a connection.
  if (verb === 'get' || verb === 'delete' || row.model === '') {
    return answerOf(
      await row.handle(requestOf(endpoint, verb, undefined, false), parts.services(exchange.id)),
      endpoint,
    );
  }
  const { body, options } = await admittedBody(endpoint, verb, parts);
  return answerOf(
    await row.handle(requestOf(endpoint, verb, body, options.dryRun), parts.services(exchange.id)),
    endpoint,
  );
}

/** A create of a kind that is never stored. */
export async function createVirtual(endpoint: Endpoint, parts: SpecialParts): Promise<ApiAnswer> {
  const { served, shown } = endpoint;
  const { body, options } = await admittedBody(endpoint, 'create', parts);
  const request = requestOf(endpoint, 'create', body, options.dryRun);
  const object = await served.row.virtual?.create(body, request, parts.services(endpoint.exchange.id));
  return objectAnswer(201, object ?? body, shown);
}

async function admittedBody(
  endpoint: Endpoint,
  verb: Verb,
  parts: SpecialParts,
): Promise<{ readonly body: KubeObject; readonly options: WriteOptions }> {
  const { exchange, served, subresource } = endpoint;
  const { query, name } = exchange.info;
  const options = verb === 'create' ? createOptions(query) : updateOptions(query);
  const format = negotiateInput(exchange.request.headers['content-type']);
  const kind = bodyKindOf(endpoint, parts);
  const object = decodeBody(exchange.request.body, format, kind, options.fieldValidation, (text) =>
    exchange.warn(text),
  );
  applyDefaults(object, served, subresource);
  exchange.onBody?.(object, true);
  matchNamespace(endpoint, object);
  const write = writeOf(endpoint, options, object, undefined, name);
  const scope = served.scopeOf(exchange.info.subresource);
  manageUpdate(scope.zero, object, write.manager, scope, exchange.nowMs);
  await runSteps(parts.admission, write);
  return { body: write.object, options };
}

function requestOf(endpoint: Endpoint, verb: Verb, body: KubeObject | undefined, dryRun: boolean): SpecialRequest {
  const { exchange, namespace } = endpoint;
  return {
    verb,
    namespace,
    name: exchange.info.name,
    body,
    query: exchange.info.query,
    user: exchange.user,
    dryRun,
    annotate: (key, value) => endpoint.exchange.annotate(key, value),
    signal: exchange.signal,
  };
}

function answerOf(answer: SpecialAnswer, { shown }: Endpoint): ApiAnswer {
  if ('object' in answer) return objectAnswer(answer.code, answer.object, shown);
  const { code, contentType, body } = answer;
  if (typeof body !== 'string') return { type: 'stream', code, headers: {}, contentType, body };
  return { type: 'bytes', code, headers: {}, contentType, body: Buffer.from(body, 'utf8') };
}
