/** The store of one process: a cluster of one member, in it. */
import type { Clock } from '../../base/clock.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import { MemoryBackend } from '../backend/memory-backend.ts';
import { MemoryDisk } from '../wal/memory-disk.ts';
import { openMember } from './open-member.ts';
import type { AutoCompaction } from './options.ts';
import type { RunningMember } from './running-member.ts';

export interface EmbeddedStoreOptions {
  /** Where it is kept; absent: in memory, as long as the process lives. */
  readonly dataDir?: string;
  readonly name?: string;
  readonly clusterToken?: string;
  readonly clientUrls?: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly recorder?: Recorder;
  readonly snapshotEntries?: number;
  readonly quotaBytes?: number;
  readonly autoCompaction?: AutoCompaction;
  /** Default: `setImmediate`. In virtual time, `queueMicrotask` lets a request finish without time passing. */
  readonly defer?: (callback: () => void) => void;
}

/** Nobody listens there: it only gives the member its id. */
const NO_PEER_URL = 'http://localhost:2380';
/** Enough in memory, where nothing is slow to allocate. */
const MEMORY_SEGMENT_BYTES = 1 << 20;

/** Resolves when it serves. Rejects as `openMember` does. */
export async function createEmbeddedStore(options: EmbeddedStoreOptions): Promise<RunningMember> {
  const {
    dataDir,
    name = 'default',
    clusterToken = 'sampan',
    clientUrls = [],
    logger = silentLogger,
    ...rest
  } = options;
  const place =
    dataDir === undefined
      ? { dataDir: '/store', disk: new MemoryDisk(), backend: new MemoryBackend(), segmentBytes: MEMORY_SEGMENT_BYTES }
      : { dataDir };
  const initialCluster = [{ name, peerUrl: NO_PEER_URL }];
  const member = await openMember({ ...rest, ...place, name, clusterToken, initialCluster, clientUrls, logger });
  try {
    await member.ready();
  } catch (error) {
    await member.close();
    throw error;
  }
  return member;
}
