/** One judge for each kind of check. A check is level-based: it says what is true now, however often it is asked. */

import type { Verdict } from '../../../dashboard/model/lesson.ts';
import type { CheckSpec } from './check-spec.ts';
import { judgeChanged, judgeRequest, judgeValue, judgeWatched } from './object-judges.ts';
import type { Scene } from './scene.ts';
import {
  judgeElsewhere,
  judgeFault,
  judgeLeaderChanged,
  judgeRestored,
  judgeServing,
  judgeSnapshot,
  judgeWritesKept,
  judgeWritesRefused,
} from './store-judges.ts';
import {
  judgeAvailability,
  judgeMoved,
  judgeNodeReady,
  judgeReady,
  judgeReplaced,
  judgeRestarts,
  judgeScheduled,
} from './workload-judges.ts';

/** Rejects only when the store cannot be asked: then nothing can be said. */
export async function judge(scene: Scene, check: CheckSpec): Promise<Verdict> {
  switch (check.kind) {
    case 'value':
      return judgeValue(scene, check);
    case 'changed':
      return judgeChanged(scene, check);
    case 'request':
      return judgeRequest(scene, check);
    case 'watched':
      return judgeWatched(scene, check);
    case 'ready':
      return judgeReady(scene, check);
    case 'replaced':
      return judgeReplaced(scene, check);
    case 'moved':
      return judgeMoved(scene, check);
    case 'node-ready':
      return judgeNodeReady(scene, check);
    case 'restarts':
      return judgeRestarts(scene, check);
    case 'availability':
      return judgeAvailability(scene, check);
    case 'scheduled':
      return judgeScheduled(scene, check);
    case 'fault':
      return judgeFault(scene, check);
    case 'leader-changed':
      return judgeLeaderChanged(scene, check);
    case 'writes-kept':
      return judgeWritesKept(scene, check);
    case 'writes-refused':
      return judgeWritesRefused(scene, check);
    case 'snapshot':
      return judgeSnapshot(scene, check);
    case 'restored':
      return judgeRestored(scene, check);
    case 'elsewhere':
      return judgeElsewhere(scene, check);
    case 'serving':
      return judgeServing(scene, check);
    default:
      return check satisfies never;
  }
}
