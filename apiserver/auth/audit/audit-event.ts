/**
 * One record as an audit.k8s.io/v1 Event, with as much in it as its level says. Tokens are never in it, whatever the
 * level: who may read the log must not be able to act as those it tells about.
 */
import { microTimestamp } from '../../../base/clock.ts';
import type { KubeObject, UserInfo } from '../../machinery/resource-row.ts';
import type { AuditRecord } from '../../machinery/steps.ts';
import type { AuditDecision } from './audit-policy.ts';

const REDACTED = '(redacted)';

export function auditEvent(record: AuditRecord, decision: AuditDecision): Record<string, unknown> {
  const { attributes, impersonator, user, code } = record;
  const level = decision.level;
  const requestObject = level === 'Request' || level === 'RequestResponse' ? record.requestObject : undefined;
  const responseObject = level === 'RequestResponse' ? record.responseObject : undefined;
  const shown = (object: KubeObject | undefined): unknown =>
    object === undefined ? undefined : shownObject(object, decision.omitManagedFields);
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: record.auditId,
    stage: record.stage,
    requestURI: withoutSecrets(record.requestUri),
    verb: record.verb,
    user: showUser(impersonator ?? user),
    ...(impersonator === undefined || user === undefined ? {} : { impersonatedUser: showUser(user) }),
    sourceIPs: [record.sourceIp],
    ...(record.userAgent === '' ? {} : { userAgent: record.userAgent }),
    ...(attributes?.resourceRequest === true ? { objectRef: objectRef(record) } : {}),
    ...(code === undefined ? {} : { responseStatus: responseStatus(code, record.responseObject) }),
    ...(requestObject === undefined ? {} : { requestObject: shown(requestObject) }),
    ...(responseObject === undefined ? {} : { responseObject: shown(responseObject) }),
    requestReceivedTimestamp: microTimestamp(record.receivedMs),
    stageTimestamp: microTimestamp(record.stageMs),
    ...(Object.keys(record.annotations).length === 0 ? {} : { annotations: { ...record.annotations } }),
  };
}

function showUser(user: UserInfo | undefined): Record<string, unknown> {
  if (user === undefined) return {};
  const { name, uid, groups, extra } = user;
  return {
    username: name,
    ...(uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** Which object; what an answer tells of it beyond the request, too. */
function objectRef({ attributes, responseObject }: AuditRecord): Record<string, unknown> {
  if (attributes === undefined) return {};
  const { resource, namespace, name, group, version, subresource } = attributes;
  const { uid, resourceVersion, name: drawn } = responseObject?.metadata ?? {};
  const shownName = name === '' && attributes.verb === 'create' ? (drawn ?? '') : name;
  const fields = {
    resource,
    namespace,
    name: shownName,
    uid: uid ?? '',
    apiGroup: group,
    apiVersion: version,
    resourceVersion: resourceVersion ?? '',
    subresource,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
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
function shownObject(object: KubeObject, omitManagedFields: boolean): unknown {
  let shown: Record<string, unknown> = object;
  if (omitManagedFields) shown = withoutManagedFields(object);
  if (object.kind === 'TokenRequest') return redacted(shown, 'status');
  return object.kind === 'TokenReview' ? redacted(shown, 'spec') : shown;
}

function withoutManagedFields(object: Record<string, unknown>): Record<string, unknown> {
  const { metadata, items } = object as { metadata?: Record<string, unknown>; items?: unknown };
  const { managedFields: _, ...rest } = metadata ?? {};
  return {
    ...object,
    ...(metadata === undefined ? {} : { metadata: rest }),
    ...(Array.isArray(items) ? { items: items.map(withoutManagedFields) } : {}),
  };
}

function redacted(object: Record<string, unknown>, part: 'spec' | 'status'): Record<string, unknown> {
  const inner = object[part] as Record<string, unknown> | undefined;
  return inner?.token === undefined ? object : { ...object, [part]: { ...inner, token: REDACTED } };
}

/** Tokens do not belong in addresses; those that are there anyway stay out of the log. */
function withoutSecrets(uri: string): string {
  return uri.replace(/([?&](?:access_token|token|authorization)=)[^&]*/gi, `$1${REDACTED}`);
}
