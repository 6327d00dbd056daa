/** What flow control shows at `/debug/api_priority_and_fairness/`. */
import { textAnswer } from '../../machinery/answers.ts';
import type { ExtraPath } from '../../machinery/plain-endpoints.ts';
import type { FairFlowControl } from './flow-control.ts';
import { dumpLevels, dumpQueues, dumpRequests } from './flow-dump.ts';

const ROOT = '/debug/api_priority_and_fairness';

export function flowPaths(control: FairFlowControl): Readonly<Record<string, ExtraPath>> {
  return {
    [`${ROOT}/dump_priority_levels`]: () => textAnswer(200, dumpLevels(control.dump())),
    [`${ROOT}/dump_queues`]: () => textAnswer(200, dumpQueues(control.dump())),
    [`${ROOT}/dump_requests`]: ({ info }) =>
      textAnswer(200, dumpRequests(control.dump(), (info.query.get('includeRequestDetails') ?? '') !== '')),
  };
}
