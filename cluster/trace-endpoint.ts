/**
 * `/debug/moments/trace?resource=pods&namespace=default&name=web`: the story of one object (`base/trace/trace.ts`), from
 * the moments that are remembered. `everything=true` also shows what only keeps books. 404 when nothing of the object is
 * remembered: its message says how far back memory goes.
 */
import { encoded } from '../apiserver/machinery/answers.ts';
import type { ExtraPath } from '../apiserver/machinery/plain-endpoints.ts';
import type { KubeObject } from '../apiserver/machinery/resource-row.ts';
import { badRequest, methodNotAllowed, StatusError } from '../apiserver/machinery/status.ts';
import { formatDuration } from '../base/duration.ts';
import type { RingRecorder } from '../base/ring-recorder.ts';
import { buildTrace } from '../base/trace/build-trace.ts';
import type { TraceTarget } from '../base/trace/trace.ts';
import { MOMENTS_PATH, type MomentsEndpointDeps } from './moments-endpoint.ts';

export const TRACE_PATH = `${MOMENTS_PATH}/trace`;

const JSON_OUTPUT = { format: 'application/json', transform: undefined, pretty: false } as const;

export function traceEndpoint({ ring, pull, clock }: MomentsEndpointDeps): ExtraPath {
  return async (exchange) => {
    if (exchange.request.method !== 'GET') throw methodNotAllowed();
    const { query } = exchange.info;
    const target = targetOf(query);
    await pull();
    const moments = ring.moments();
    const trace = buildTrace(moments, target, { everything: query.get('everything') === 'true' });
    if (trace === undefined) throw notRemembered(target, ring, clock.nowMs());
    return encoded(200, trace as unknown as KubeObject, JSON_OUTPUT);
  };
}

/** @throws StatusError 400 */
function targetOf(query: URLSearchParams): TraceTarget {
  const [resource, namespace, name] = ['resource', 'namespace', 'name'].map((field) => query.get(field) ?? '');
  if (!resource || !name) throw badRequest('a trace needs `resource` (as in deployments.apps) and `name`');
  return namespace ? { resource, namespace, name } : { resource, name };
}

function notRemembered({ resource, namespace, name }: TraceTarget, ring: RingRecorder, nowMs: number): StatusError {
  const which = `${resource} "${namespace === undefined ? '' : `${namespace}/`}${name}"`;
  const oldest = ring.moments(0, 1)[0];
  const since = oldest === undefined ? 'nothing' : `the last ${formatDuration(Math.round(nowMs - oldest.atMs))}`;
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: `no write of ${which} is remembered: this server remembers ${since} (${ring.last - ring.first + 1} moments)`,
    details: { name, kind: resource },
  });
}
