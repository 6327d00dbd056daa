/** A cluster of its own for a lesson in the terminal. */
import { limits } from '../../base/limits.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import type { Cluster } from '../cluster.ts';
import { programPath } from '../package-root.ts';
import { startTemporaryCluster } from '../temporary-cluster.ts';
import type { LessonWorld } from './lesson-world.ts';

const MEMBERS = 3;
const NODES = 3;
/** A real cluster's are 40 s and 300 s; a lesson has minutes. */
const NODE_MONITOR_GRACE_MS = 4_000;
const TOLERATION_SECONDS = 3;

export interface LessonCluster {
  readonly cluster: Cluster;
  readonly world: LessonWorld;
  stop(): Promise<void>;
}

/** @param root the package's folder */
export async function startLessonCluster(
  root: string,
  { members = MEMBERS }: { readonly members?: number } = {},
): Promise<LessonCluster> {
  const moments = new RingRecorder(systemClock, limits.momentsMax);
  const { cluster, dataDir, stop } = await startTemporaryCluster({
    name: 'sampan',
    members,
    memberCommand: [process.execPath, programPath(root, 'sampan')],
    nodes: NODES,
    nodeMonitorGraceMs: NODE_MONITOR_GRACE_MS,
    tolerationSeconds: TOLERATION_SECONDS,
    moments,
  });
  return {
    cluster,
    world: {
      clock: systemClock,
      random: systemRandom,
      store: cluster.store.store,
      client: cluster.client(),
      moments,
      pullMoments: () => cluster.store.pullMoments(),
      members,
      dataDir,
      kubeconfig: cluster.kubeconfig,
      root,
    },
    stop,
  };
}
