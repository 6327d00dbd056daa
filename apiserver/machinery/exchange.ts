/**
 * One request on its way through the chain: what was sent, what the steps have found out so far, and what they want to
 * say beside the answer.
 */
import type { ApiRequest } from './api-server.ts';
import type { RequestInfo } from './request-info.ts';
import type { UserInfo } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import type { AuthorizationAttributes } from './steps.ts';

/** Texts of all warnings of one answer, in characters; later ones are dropped (k8s.io/apiserver/pkg/endpoints/filters). */
const WARNING_CHARACTERS_MAX = 4 * 1024;

export const anonymous: UserInfo = {
  name: 'system:anonymous',
  uid: '',
  groups: ['system:unauthenticated'],
  extra: {},
};

export class Exchange {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  /** Wall time of its arrival; the same for everything that the request does. */
  readonly nowMs: number;
  readonly startMs: number;
  /** Audit id of upstream: a UUID, or what the client sent. */
  readonly id: string;
  #user: UserInfo = anonymous;
  /** Who really calls, when `user` is impersonated. */
  impersonator: UserInfo | undefined;
  /** When it was let in, on the monotonic clock; 0: it was not, or nobody looks. */
  authorizedAtMs = 0;
  served: ServedRow | undefined;
  #attributes: AuthorizationAttributes | undefined;
  /** The request's own is only made for those who look, which most requests never do. */
  #signal: AbortSignal | undefined;
  readonly annotations: Record<string, string> = {};
  /** What every answer says beside what it is. */
  readonly answerHeaders: Record<string, string>;
  /** Told of the body once it is read, before anything changes it; `whole`: it is an object and no patch or options. */
  onBody: ((body: unknown, whole: boolean) => void) | undefined;
  #warnings: string[] | undefined;
  #warningCharacters = 0;

  constructor(
    request: ApiRequest,
    info: RequestInfo,
    served: ServedRow | undefined,
    id: string,
    nowMs: number,
    startMs: number,
  ) {
    this.request = request;
    this.info = info;
    this.served = served;
    this.id = id;
    this.nowMs = nowMs;
    this.startMs = startMs;
    this.answerHeaders = { 'audit-id': id, 'cache-control': 'no-cache, private' };
  }

  /** Nobody, until it is known who calls. */
  get user(): UserInfo {
    return this.#user;
  }

  /** From now on everything is done as this user. */
  actAs(user: UserInfo): void {
    this.#user = user;
    this.#attributes = undefined;
  }

  /** By the present user. */
  get attributes(): AuthorizationAttributes {
    this.#attributes ??= attributesOf(this);
    return this.#attributes;
  }

  /** Aborted when the client has gone or the deadline has passed. */
  get signal(): AbortSignal {
    return this.#signal ?? this.request.signal;
  }

  set signal(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether the signal is aborted; makes none. */
  get gone(): boolean {
    return this.#signal?.aborted ?? this.request.gone ?? this.request.signal.aborted;
  }

  get userAgent(): string {
    return this.request.headers['user-agent'] ?? '';
  }

  get loopback(): boolean {
    return this.request.credentials.type === 'loopback';
  }

  /** For a `Warning` header; each text once. Texts with control characters fit into no header, and are dropped. */
  warn(text: string): void {
    if (/\p{Cc}/u.test(text)) return;
    this.#warnings ??= [];
    if (this.#warnings.includes(text) || this.#warningCharacters + text.length > WARNING_CHARACTERS_MAX) return;
    this.#warningCharacters += text.length;
    this.#warnings.push(text);
  }

  /** For the audit log. */
  annotate(key: string, value: string): void {
    this.annotations[key] = value;
  }

  get warnings(): readonly string[] {
    return this.#warnings ?? [];
  }
}

/** The attributes of the request by its present user. */
export function attributesOf(exchange: {
  readonly user: UserInfo;
  readonly info: RequestInfo;
}): AuthorizationAttributes {
  const { info, user } = exchange;
  const selects = info.verb === 'list' || info.verb === 'watch' || info.verb === 'deletecollection';
  const fieldSelector = selects ? info.query.get('fieldSelector') : null;
  const labelSelector = selects ? info.query.get('labelSelector') : null;
  const attributes: AuthorizationAttributes = {
    user,
    verb: info.verb,
    resourceRequest: info.resourceRequest,
    group: info.group,
    version: info.version,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    path: info.path,
  };
  if (fieldSelector === null && labelSelector === null) return attributes;
  return {
    ...attributes,
    ...(fieldSelector === null ? {} : { fieldSelector }),
    ...(labelSelector === null ? {} : { labelSelector }),
  };
}
