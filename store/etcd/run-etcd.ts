/** A store member that serves the etcd API, from its options to its end: what `sampan etcd` runs. */
import type { Clock } from '../../base/clock.ts';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import { layoutOf, readOwner } from '../member/data-directory.ts';
import { openMember } from '../member/open-member.ts';
import type { MemberOptions } from '../member/options.ts';
import type { RunningMember } from '../member/running-member.ts';
import { realDisk } from '../wal/real-disk.ts';
import type { EtcdOptions } from './flags/etcd-options.ts';
import type { ListenUrl } from './flags/listen-urls.ts';
import type { ServerTls } from './listener.ts';
import { StorageMetrics } from './metrics/storage-metrics.ts';
import { type EtcdServer, EtcdService, type ListenOptions } from './server.ts';
import { clientSideTls, type MakeCertificate, peerSideTls } from './tls-files.ts';

export interface RunEtcdDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder?: Recorder;
  readonly disk?: MemberOptions['disk'];
  readonly aroundTransport?: MemberOptions['aroundTransport'];
  /** Makes the certificates of `--auto-tls` and `--peer-auto-tls`. */
  readonly makeCertificate: MakeCertificate;
}

export interface RunningEtcd {
  /** Entries of the log that were read back at the start. */
  readonly replayedEntries: number;
  /** Where clients reach it, in the order of the flags; ports that were 0 are filled in. */
  readonly clientUrls: readonly string[];
  readonly member: RunningMember;
  /** Resolves when it has ended: with what made it end by itself, or with undefined after `close`. */
  readonly stopped: Promise<unknown>;
  close(): Promise<void>;
}

/** How long the start waits for a leader before it says that it runs: alone, a member of several has none. */
const READY_WAIT_MS = 5000;

/**
 * Resolves when the member serves, or waits for the others. Rejects with a `UsageError` for files that cannot be read,
 * addresses that cannot be had, and what is wrong with the data directory.
 */
export async function runEtcd(given: EtcdOptions, deps: RunEtcdDeps): Promise<RunningEtcd> {
  const { clock, logger } = deps;
  sayWhatIsIgnored(given, logger);
  const options = await asTheDirectoryHasIt(given, logger);
  const storageMetrics = new StorageMetrics();
  const clientTls = await clientSideTls(options, deps);
  const member = await openMemberOf(options, storageMetrics, deps);
  const service = serviceOf(member, options, storageMetrics, deps);
  const servers: EtcdServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
    service.close();
    await member.close();
  };
  try {
    for (const [url, serves] of listenersOf(options)) servers.push(await listenOn(service, url, serves, clientTls));
    await Promise.race([member.ready().catch(() => {}), clock.sleep(READY_WAIT_MS)]);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const clientUrls = servers.slice(0, options.listenClient.length).map(({ url }) => url);
  logger.info({ clientUrls, member: member.id.toString(16) }, 'serving clients');
  const { replayedEntries } = member;
  const stopped = member.stopped.then((failure) => failure?.error);
  return { replayedEntries, clientUrls, member, stopped, close };
}

function sayWhatIsIgnored({ idleFlags, unknownVariables }: EtcdOptions, logger: Logger): void {
  if (idleFlags.length > 0) logger.warn({ flags: idleFlags }, 'flags without effect on this store');
  for (const variable of unknownVariables) logger.warn({ variable }, 'unrecognized environment variable');
}

/** Where there is data, it says who the member is, and the `--initial-…` flags count no more: so it is in etcd. */
async function asTheDirectoryHasIt(options: EtcdOptions, logger: Logger): Promise<EtcdOptions> {
  const owner = await readOwner(realDisk, layoutOf(options.dataDir));
  if (owner === undefined) {
    if (options.initialClusterFault !== undefined) throw new UsageError(options.initialClusterFault);
    return options;
  }
  const { name, clusterToken } = owner;
  if (name !== options.name) logger.warn({ name, ignored: options.name }, 'the data directory has another name');
  return { ...options, name, clusterToken };
}

async function openMemberOf(options: EtcdOptions, observer: StorageMetrics, deps: RunEtcdDeps): Promise<RunningMember> {
  const { listenPeer, walDir, autoCompaction } = options;
  const { clock, random, logger, recorder } = deps;
  const tls = await peerSideTls(options, deps);
  return openMember({
    clock,
    random,
    logger,
    ...(recorder && { recorder }),
    observer,
    dataDir: options.dataDir,
    ...(walDir && { walDir }),
    name: options.name,
    clusterToken: options.clusterToken,
    initialCluster: options.initialCluster,
    join: options.join,
    forceNewCluster: options.forceNewCluster,
    clientUrls: options.advertiseClientUrls,
    listenPeers: listenPeer.map(hostPort),
    ...(tls && { tls }),
    electionMs: options.electionMs,
    heartbeatMs: options.heartbeatMs,
    snapshotEntries: options.snapshotEntries,
    catchUpEntries: options.catchUpEntries,
    learnersMax: options.learnersMax,
    quotaBytes: options.quotaBytes,
    requestBytesMax: options.requestBytesMax,
    txnOperationsMax: options.txnOperationsMax,
    watchProgressMs: options.watchProgressMs,
    ...(autoCompaction && { autoCompaction }),
  });
}

function serviceOf(
  { store, admin }: RunningMember,
  options: EtcdOptions,
  storageMetrics: StorageMetrics,
  { clock, random, logger }: RunEtcdDeps,
): EtcdService {
  return new EtcdService({
    store,
    admin,
    clock,
    random,
    logger,
    requestBytesMax: options.requestBytesMax,
    txnOperationsMax: options.txnOperationsMax,
    concurrentStreamsMax: options.concurrentStreamsMax,
    electionMs: options.electionMs,
    authToken: options.authToken,
    authTokenTtlSeconds: options.authTokenTtlSeconds,
    hostWhitelist: options.hostWhitelist,
    jsonGateway: options.jsonGateway,
    extensiveMetrics: options.metrics === 'extensive',
    furtherMetrics: () => storageMetrics.families(),
  });
}

function listenersOf(options: EtcdOptions): [ListenUrl, NonNullable<ListenOptions['serves']>][] {
  const { listenClient, listenClientHttp, listenMetrics } = options;
  return [
    ...listenClient.map((url): [ListenUrl, 'grpc' | 'both'] => [url, listenClientHttp.length > 0 ? 'grpc' : 'both']),
    ...listenClientHttp.map((url): [ListenUrl, 'http'] => [url, 'http']),
    ...listenMetrics.map((url): [ListenUrl, 'metrics'] => [url, 'metrics']),
  ];
}

async function listenOn(
  service: EtcdService,
  { address, secure, url }: ListenUrl,
  serves: NonNullable<ListenOptions['serves']>,
  tls: ServerTls | undefined,
): Promise<EtcdServer> {
  try {
    return await service.listen({ listen: address, serves, ...(secure && tls && { tls }) });
  } catch (thrown) {
    throw new UsageError(
      `cannot listen on ${'socketPath' in address ? url : hostPort(address)}: ${whyNotListen(thrown)}`,
    );
  }
}

function whyNotListen(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case 'EADDRINUSE':
      return 'the port is in use';
    case 'EACCES':
      return 'permission denied';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    default:
      return messageOf(thrown);
  }
}

function hostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
