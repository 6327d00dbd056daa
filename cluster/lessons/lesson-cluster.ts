/** A cluster of its own for a lesson in the terminal: a temporary directory, free ports, short periods; gone at the end. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { limits } from '../../base/limits.ts';
import { silentLogger } from '../../base/logger.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { type ApiFlags, apiFlags, apiOptions } from '../api-flags.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { command, parse } from '../flags.ts';
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
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-lesson-cluster-'));
  const dataDir = path.join(folder, 'data');
  const moments = new RingRecorder(systemClock, limits.momentsMax);
  let cluster: Cluster;
  try {
    const tolerations = ['--default-not-ready-toleration-seconds', '--default-unreachable-toleration-seconds'].map(
      (flag) => `${flag}=${TOLERATION_SECONDS}`,
    );
    const flags = parse<ApiFlags>(apiFlags(command('lesson', ''), 0), tolerations);
    cluster = await startCluster(
      {
        name: 'sampan',
        dataDir,
        store: {
          members,
          clientPort: 0,
          command: [process.execPath, path.join(root, 'dist', 'sampan.js')],
        },
        api: apiOptions({ ...flags, dataDir }),
        nodes: NODES,
        nodeMonitorGraceMs: NODE_MONITOR_GRACE_MS,
      },
      { clock: systemClock, random: systemRandom, logger: silentLogger, moments },
    );
  } catch (thrown) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
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
    stop: async () => {
      await cluster.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
