/** Joins `pods/log` of the API server with what the simulated nodes of this process keep. */
import { badRequest } from '../apiserver/machinery/status.ts';
import type { PodLogs } from '../apiserver/resources/core/pod-log.ts';
import type { NodeFleet } from '../nodes/node-fleet.ts';
import { readLog } from '../nodes/pod-logs.ts';

/** @param fleet the nodes, once there are any; @param nowMs the wall clock, for `sinceSeconds` */
export function podLogsOf(fleet: () => NodeFleet | undefined, nowMs: () => number): PodLogs {
  return (pod, options, signal) => {
    const found = fleet()?.logs(pod, options.container, options.previous);
    if (found === undefined) return undefined;
    if ('refusal' in found) throw badRequest(found.refusal);
    if (found.log === undefined) return one(`unable to retrieve container logs for ${found.containerId}`);
    const sinceMs =
      options.sinceTime !== undefined
        ? Date.parse(options.sinceTime)
        : options.sinceSeconds !== undefined
          ? nowMs() - options.sinceSeconds * 1000
          : undefined;
    return readLog(found.log, {
      follow: options.follow,
      timestamps: options.timestamps,
      signal,
      ...(options.tailLines === undefined ? {} : { tailLines: options.tailLines }),
      ...(options.limitBytes === undefined ? {} : { limitBytes: options.limitBytes }),
      ...(sinceMs === undefined ? {} : { sinceMs }),
    });
  };
}

async function* one(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text, 'utf8');
}
