/** What an API server serves of moments, where it keeps any. */
import type { ExtraPath } from '../apiserver/machinery/plain-endpoints.ts';
import { MOMENTS_PATH, type MomentsEndpointDeps, momentsEndpoint } from './moments-endpoint.ts';
import { TRACE_PATH, traceEndpoint } from './trace-endpoint.ts';

export function momentsPaths(deps: MomentsEndpointDeps): Readonly<Record<string, ExtraPath>> {
  return { [MOMENTS_PATH]: momentsEndpoint(deps), [TRACE_PATH]: traceEndpoint(deps) };
}
