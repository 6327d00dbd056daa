/**
 * One record as an audit.k8s.io/v1 Event, with as much in it as its level says. Tokens are never in it, whatever the
 * level: who may read the log must not be able to act as those it tells about.
 */
import { microTimestamp } from '../../../base/clock.ts';
import { isRecord } from '../../machinery/copy-value.ts';
import type { KubeObject, UserInfo } from '../../machinery/resource-row.ts';
import { withoutTokens } from '../../machinery/shown-url.ts';
import type { AuditRecord } from '../../machinery/steps.ts';
import type { AuditDecision } from './audit-policy.ts';

const REDACTED = '(redacted)';

export function auditEvent(record: AuditRecord, decision: AuditDecision): Record<string, unknown> {
  const { attributes, impersonated, user, code } = record;
  const level = decision.level;
  const requestObject = level === 'Request' || level === 'RequestResponse' ? record.requestObject : undefined;
  const responseObject = level === 'RequestResponse' ? record.responseObject : undefined;
  const shown = (object: unknown): unknown =>
    isRecord(object) ? shownObject(object, decision.omitManagedFields) : object;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: record.auditId,
    stage: record.stage,
    requestURI: withoutTokens(record.requestUri),
    verb: record.verb,
    user: showUser(user),
    ...(impersonated === undefined ? {} : { impersonatedUser: showUser(impersonated) }),
    sourceIPs: record.sourceIps,
    ...(record.userAgent === '' ? {} : { userAgent: record.userAgent }),
    ...(attributes.resourceRequest ? { objectRef: objectRef(record) } : {}),
    ...(code === undefined ? {} : { responseStatus: responseStatus(code, record.responseObject) }),
    ...(requestObject === undefined ? {} : { requestObject: shown(requestObject) }),
    ...(responseObject === undefined ? {} : { responseObject: shown(responseObject) }),
    requestReceivedTimestamp: microTimestamp(record.receivedMs),
    stageTimestamp: microTimestamp(record.stageMs),
    ...(Object.keys(record.annotations).length === 0 ? {} : { annotations: { ...record.annotations } }),
  };
}

function showUser({ name, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return {
    ...(name === '' ? {} : { username: name }),
    ...(uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** Which object: what the path says, and what the object that was sent adds to it. */
function objectRef({ attributes, sentMeta }: AuditRecord): Record<string, unknown> {
  const { resource, namespace, name, group, version, subresource } = attributes;
  const fields = {
    resource,
    namespace: namespace || sentMeta?.namespace,
    name: name || sentMeta?.name,
    uid: sentMeta?.uid,
    apiGroup: group,
    apiVersion: version,
    resourceVersion: sentMeta?.resourceVersion,
    subresource,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}

function responseStatus(code: number, answer: KubeObject | undefined): Record<string, unknown> {
  if (answer?.kind !== 'Status') return { metadata: {}, code };
  const { status, message, reason, details } = answer;
  return {
    metadata: {},
    ...(status === undefined ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

/** Without the ownership of fields where the policy says so, and without tokens always. */
function shownObject(object: Readonly<Record<string, unknown>>, omitManagedFields: boolean): unknown {
  let shown = object;
  if (omitManagedFields) shown = withoutManagedFields(object);
  if (object.kind === 'TokenRequest') return redacted(shown, 'status');
  return object.kind === 'TokenReview' ? redacted(shown, 'spec') : shown;
}

function withoutManagedFields(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { metadata, items } = object as { metadata?: Record<string, unknown>; items?: unknown };
  const { managedFields: _, ...rest } = metadata ?? {};
  return {
    ...object,
    ...(metadata === undefined ? {} : { metadata: rest }),
    ...(Array.isArray(items) ? { items: items.map(withoutManagedFields) } : {}),
  };
}

function redacted(object: Readonly<Record<string, unknown>>, part: 'spec' | 'status'): Record<string, unknown> {
  const inner = object[part] as Record<string, unknown> | undefined;
  return inner?.token === undefined || inner.token === ''
    ? object
    : { ...object, [part]: { ...inner, token: REDACTED } };
}

/** `--audit-log-format=legacy`: the few things of an event that fit in a line to read. */
export function legacyLine(event: Readonly<Record<string, unknown>>): string {
  const { auditID, stage, verb, requestURI, requestReceivedTimestamp } = event as Readonly<Record<string, string>>;
  const { user, impersonatedUser, objectRef: ref, responseStatus: status, sourceIPs, userAgent } = event as LegacyParts;
  const list = (items: readonly string[]): string => items.map((item) => JSON.stringify(item)).join(',');
  const named = (user?.username ?? '') !== '';
  const groups = named && user?.groups !== undefined ? list(user.groups) : '<none>';
  const asGroups = impersonatedUser?.groups === undefined ? '<lookup>' : list(impersonatedUser.groups);
  const fields = {
    id: auditID,
    stage,
    ip: sourceIPs?.[0] ?? '<unknown>',
    method: verb,
    user: named ? user?.username : '<none>',
    groups,
    as: impersonatedUser?.username ?? '<self>',
    asgroups: asGroups,
    'user-agent': userAgent ?? '',
    namespace: ref?.namespace ?? '<none>',
    uri: requestURI,
    response: status === undefined ? '<deferred>' : String(status.code),
  };
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value ?? '')}`);
  return `${requestReceivedTimestamp} AUDIT: ${shown.join(' ')}`;
}

interface LegacyUser {
  readonly username?: string;
  readonly groups?: readonly string[];
}

interface LegacyParts {
  readonly user?: LegacyUser;
  readonly impersonatedUser?: LegacyUser;
  readonly objectRef?: { readonly namespace?: string };
  readonly responseStatus?: { readonly code: number };
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
}
