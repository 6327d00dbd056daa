/** A store member that serves the etcd API, from its options to its end: what `sampan etcd` runs. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import { openMember } from '../member/open-member.ts';
import type { RunningMember } from '../member/running-member.ts';
import type { EtcdOptions, ListenUrl, TlsFiles } from './flags.ts';
import type { ServerTls } from './listener.ts';
import { type EtcdServer, serveEtcd } from './server.ts';

export interface RunEtcdDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder?: Recorder;
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
export async function runEtcd(options: EtcdOptions, deps: RunEtcdDeps): Promise<RunningEtcd> {
  const { clock, logger } = deps;
  if (options.idleFlags.length > 0) logger.warn({ flags: options.idleFlags }, 'flags without effect on this store');
  const clientTls = await serverTls(options.clientTls);
  const member = await openMemberOf(options, deps);
  const servers: EtcdServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
    await member.close();
  };
  try {
    for (const listen of [...options.listenClient, ...options.listenMetrics]) {
      servers.push(await listenOn(listen, member, clientTls, options, deps));
    }
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

async function openMemberOf(options: EtcdOptions, deps: RunEtcdDeps): Promise<RunningMember> {
  const { listenPeer, initialCluster, autoCompaction } = options;
  const peerTls = await peerTlsOf(options.peerTls);
  return openMember({
    ...deps,
    dataDir: options.dataDir,
    name: options.name,
    clusterToken: options.clusterToken,
    initialCluster,
    join: options.join,
    forceNewCluster: options.forceNewCluster,
    clientUrls: options.advertiseClientUrls,
    listenPeer: hostPort(listenPeer),
    ...(peerTls && listenPeer.secure && { tls: peerTls }),
    electionMs: options.electionMs,
    heartbeatMs: options.heartbeatMs,
    snapshotEntries: options.snapshotEntries,
    catchUpEntries: options.catchUpEntries,
    quotaBytes: options.quotaBytes,
    requestBytesMax: options.requestBytesMax,
    txnOperationsMax: options.txnOperationsMax,
    watchProgressMs: options.watchProgressMs,
    ...(autoCompaction && { autoCompaction }),
  });
}

async function listenOn(
  listen: ListenUrl,
  member: RunningMember,
  tls: ServerTls | undefined,
  options: EtcdOptions,
  { clock, random, logger }: RunEtcdDeps,
): Promise<EtcdServer> {
  try {
    return await serveEtcd({
      store: member.store,
      admin: member.admin,
      listen,
      ...(listen.secure && tls && { tls }),
      clock,
      random,
      logger,
      requestBytesMax: options.requestBytesMax,
      txnOperationsMax: options.txnOperationsMax,
      concurrentStreamsMax: options.concurrentStreamsMax,
      electionMs: options.electionMs,
      authToken: options.authToken,
      authTokenTtlSeconds: options.authTokenTtlSeconds,
    });
  } catch (thrown) {
    throw new UsageError(`cannot listen on ${hostPort(listen)}: ${whyNotListen(thrown)}`);
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

function hostPort({ host, port }: ListenUrl): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

async function serverTls(files: TlsFiles | undefined): Promise<ServerTls | undefined> {
  if (files === undefined) return undefined;
  const [cert, key] = await Promise.all([readPem(files.certFile), readPem(files.keyFile)]);
  if (!files.clientCertAuth && files.trustedCaFile === undefined) return { cert, key };
  // As in etcd: an authority given is an authority asked for.
  if (files.trustedCaFile === undefined) throw new UsageError('--client-cert-auth needs --trusted-ca-file');
  return { cert, key, clientCa: await readPem(files.trustedCaFile) };
}

async function peerTlsOf(
  files: TlsFiles | undefined,
): Promise<{ readonly cert: string; readonly key: string; readonly ca: string } | undefined> {
  if (files?.trustedCaFile === undefined) return undefined;
  const [cert, key, ca] = await Promise.all([
    readPem(files.certFile),
    readPem(files.keyFile),
    readPem(files.trustedCaFile),
  ]);
  return { cert, key, ca };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new UsageError(`cannot read ${file}: ${messageOf(thrown)}`);
  }
}
