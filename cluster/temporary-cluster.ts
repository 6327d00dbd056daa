/** A cluster for a demo or a lesson: a temporary directory, free ports, short periods; all gone at the end. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../base/logger.ts';
import type { RingRecorder } from '../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../base/system.ts';
import { type ApiFlags, apiFlags, apiOptions } from './api-flags.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { command, parse } from './flags.ts';

export interface TemporaryClusterOptions {
  /** `demo`, `sampan`: part of the names of members and control-plane pods. */
  readonly name: string;
  readonly members: number;
  /** How to start a member in a process of its own; needed for more than one. */
  readonly memberCommand: readonly [string, string];
  readonly nodes: number;
  readonly nodeMonitorGraceMs: number;
  /** How long pods stay on a node that is not ready, or not reached. */
  readonly tolerationSeconds: number;
  readonly moments: RingRecorder;
}

export interface TemporaryCluster {
  readonly cluster: Cluster;
  /** Beside the cluster's data there is room for files of whoever started it. */
  readonly folder: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

export async function startTemporaryCluster(options: TemporaryClusterOptions): Promise<TemporaryCluster> {
  const { name, members, memberCommand, nodes, nodeMonitorGraceMs, tolerationSeconds, moments } = options;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `sampan-${name}-`));
  const dataDir = path.join(folder, 'data');
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true });
  const tolerations = ['--default-not-ready-toleration-seconds', '--default-unreachable-toleration-seconds'];
  try {
    const flags = parse<ApiFlags>(
      apiFlags(command(name, ''), 0),
      tolerations.map((flag) => `${flag}=${tolerationSeconds}`),
    );
    const store = { members, clientPort: 0, command: memberCommand };
    const cluster = await startCluster(
      { name, dataDir, store, api: apiOptions({ ...flags, dataDir }), nodes, nodeMonitorGraceMs },
      { clock: systemClock, random: systemRandom, logger: silentLogger, moments },
    );
    return {
      cluster,
      folder,
      dataDir,
      stop: async () => {
        await cluster.stop();
        remove();
      },
    };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}
