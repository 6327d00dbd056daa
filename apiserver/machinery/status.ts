/**
 * Everything that the API server refuses, in kube-apiserver's words: one constructor for each reason
 * (k8s.io/apimachinery/pkg/api/errors). Whatever a client can cause ends up as one of these, never as another error.
 */
import type { FieldError } from './field-errors.ts';
import type { GroupResource, KubeObject } from './resource-row.ts';

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusFields {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: StatusDetails;
  /** Headers of the answer (`WWW-Authenticate`). `Retry-After` follows from the details. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal on its way to the client. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(fields: StatusFields) {
    super(fields.message);
    this.code = fields.code;
    this.reason = fields.reason;
    this.details = fields.details;
    this.headers = fields.headers ?? {};
  }

  /** The same refusal in other words. */
  reworded(message: string): StatusError {
    return new StatusError({
      code: this.code,
      reason: this.reason,
      message,
      ...(this.details === undefined ? {} : { details: this.details }),
      headers: this.headers,
    });
  }

  /** The `Status` object that clients get. */
  toStatus(): KubeObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      ...(this.message === '' ? {} : { message: this.message }),
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** The answer to a request that succeeded and has no object to show. */
export function successStatus(code?: number, details?: StatusDetails): KubeObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details === undefined ? {} : { details }),
    ...(code === undefined ? {} : { code }),
  };
}

/** `pods`, `deployments.apps`: how messages name a resource (or a kind). */
export function qualified(group: string, resource: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Details leave out what is empty, as Go's `omitempty` does. */
function detailsOf(resource: GroupResource, name: string, more: StatusDetails = {}): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    ...(resource.resource === '' ? {} : { kind: resource.resource }),
    ...more,
  };
}

export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(resource.group, resource.resource)} ${quoted(name)} not found`,
    details: detailsOf(resource, name),
  });
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualified(resource.group, resource.resource)} ${quoted(name)} already exists`,
    details: detailsOf(resource, name),
  });
}

/** A drawn name was taken, again and again. */
export function generateNameConflict(resource: GroupResource, name: string): StatusError {
  return new StatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualified(resource.group, resource.resource)} ${quoted(name)} already exists, the server was not able to generate a unique name for the object`,
    details: detailsOf(resource, name, { retryAfterSeconds: 1 }),
  });
}

export function unauthorized(): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function forbidden(resource: GroupResource, name: string, why: string, causes?: StatusCause[]): StatusError {
  const what = qualified(resource.group, resource.resource);
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message:
      what === ''
        ? `forbidden: ${why}`
        : name === ''
          ? `${what} is forbidden: ${why}`
          : `${what} ${quoted(name)} is forbidden: ${why}`,
    details: detailsOf(resource, name, causes === undefined ? {} : { causes }),
  });
}

export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  return new StatusError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(resource.group, resource.resource)} ${quoted(name)}: ${why}`,
    details: detailsOf(resource, name),
  });
}

/** Somebody else wrote first: the text of every lost optimistic write. */
export function modifiedMeanwhile(resource: GroupResource, name: string): StatusError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function applyConflict(causes: readonly StatusCause[], message: string): StatusError {
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } });
}

/** A resource version or a continue token that history no longer reaches. */
export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message });
}

export function gone(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Gone', message });
}

/** `kind` is the kind (`Pod`), not the resource. */
export function invalid(group: string, kind: string, name: string, errors: readonly FieldError[]): StatusError {
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${qualified(group, kind)} ${quoted(name)} is invalid${errors.length === 0 ? '' : `: ${aggregate(errors)}`}`,
    details: detailsOf({ group, resource: kind }, name, {
      causes: errors.map((error) => ({ reason: error.type, message: error.message, field: error.field })),
    }),
  });
}

/** `[first, second]`, a single one without brackets, equal ones once: as utilerrors.Aggregate prints. */
export function aggregate(errors: readonly FieldError[]): string {
  return aggregateTexts(errors.map((error) => `${error.field === '' ? '' : `${error.field}: `}${error.message}`));
}

export function aggregateTexts(texts: readonly string[]): string {
  const unique = [...new Set(texts)];
  return unique.length === 1 ? (unique[0] ?? '') : `[${unique.join(', ')}]`;
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } });
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message });
}

export function methodNotSupported(resource: GroupResource, action: string): StatusError {
  const what = qualified(resource.group, resource.resource);
  return new StatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: `${action} is not supported on resources of kind "${what}"`,
    details: detailsOf(resource, ''),
  });
}

export function serverTimeout(resource: GroupResource, operation: string, retryAfterSeconds: number): StatusError {
  const what = qualified(resource.group, resource.resource);
  return new StatusError({
    code: 500,
    reason: 'ServerTimeout',
    message: `The ${operation} operation against ${what} could not be completed at this time, please try again.`,
    details: detailsOf(resource, operation, { retryAfterSeconds }),
  });
}

export function internalError(message: string): StatusError {
  return new StatusError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
  });
}

/** What upstream answers for an error that it has no words for: 500 without a reason. */
export function plainError(message: string): StatusError {
  return new StatusError({ code: 500, reason: '', message });
}

/** The deadline passed. The operation may still happen. */
export function timeout(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: ${message}`,
    details: retryAfterSeconds === 0 ? {} : { retryAfterSeconds },
  });
}

/** `resourceVersion` lies in the future of this server. */
export function tooLargeResourceVersion(wanted: number, current: number): StatusError {
  return new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

export function requestEntityTooLarge(message: string): StatusError {
  return new StatusError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: ${message}`,
  });
}

/** What a path without a handler answers below /api and /apis. */
export function unknownResource(): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

export function methodNotAllowed(): StatusError {
  return new StatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });
}

/** A patch of an object that could not be applied to it (JSON patch). */
export function unprocessable(): StatusError {
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  });
}

export function notAcceptable(available: readonly string[]): StatusError {
  return new StatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${available.join(', ')}`,
  });
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}

/** The router's own 415, before a handler looks at the body. */
export function unsupportedMediaTypeByRoute(): StatusError {
  return new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: '415: Unsupported Media Type',
    details: {},
  });
}

/** The router's own 406, before a handler runs. */
export function notAcceptableByRoute(available: readonly string[]): StatusError {
  return new StatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`,
    details: {},
  });
}

/** One object was asked for as a list, or a list as one. */
export function notAcceptableAs(kind: string, why: string): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message: `you requested ${kind}, but ${why}` });
}

const GO_ESCAPES: Readonly<Record<string, string>> = { '07': '\\a', '0b': '\\v' };
/** Beyond ASCII: what Go's strconv.IsPrint says no to. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} -~]/gu;
const NEEDS_GO = /\\u00|[^ -~]/;

/** A text as Go's %q shows it. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text);
  if (!NEEDS_GO.test(escaped)) return escaped;
  return escaped
    .replaceAll(/\\(?:u00(..)|.)/g, (found, hex?: string) =>
      hex === undefined ? found : (GO_ESCAPES[hex] ?? `\\x${hex}`),
    )
    .replaceAll('\u007f', '\\x7f')
    .replaceAll(UNPRINTABLE, (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}
