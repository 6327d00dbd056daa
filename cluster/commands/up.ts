/** `sampan up`: a whole cluster in one process tree, until Ctrl-C. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { type ApiFlags, apiFlags, apiOptions, etcdChoice } from '../api-flags.ts';
import { startCluster } from '../cluster.ts';
import { untilSignal } from '../exit-signals.ts';
import { command, duration, integer, Option, parse, port } from '../flags.ts';
import { packageRoot } from '../package-root.ts';
import { LOG_LEVELS, type LogLevel, processLogger } from '../process-logger.ts';

interface UpFlags extends ApiFlags {
  readonly name: string;
  readonly members: number;
  readonly nodes: number;
  readonly storePort: number;
  readonly nodeMonitorGracePeriod: number;
  readonly backupSchedule?: string;
  readonly backupRetention: number;
  readonly backupDir?: string;
  readonly addons: boolean;
  readonly moments: number;
  readonly logLevel: LogLevel;
}

export async function up(args: readonly string[]): Promise<number> {
  const startedAtMs = systemClock.monotonicMs() - process.uptime() * 1000;
  const parser = apiFlags(
    command('up', 'A whole cluster in one process tree: store, API server, controllers, scheduler, nodes.'),
    6443,
  )
    .option('--name <name>', 'names the members and the control-plane pods', 'sampan')
    .option(
      '--members <count>',
      'store members: 1 in this process, or 3 or 5 in processes of their own',
      integer(1, 7),
      1,
    )
    .option('--nodes <count>', 'simulated nodes', integer(0, 10_000), 3)
    .option('--store-port <port>', 'the first port of the store members, two each; 0: free ones', port, 2379)
    .option(
      '--node-monitor-grace-period <duration>',
      'how long a node may be silent before it is NotReady',
      duration,
      40_000,
    )
    .option('--backup-schedule <pattern>', 'back the store up at these times: a cron pattern, in UTC')
    .option('--backup-retention <count>', 'how many backups to keep', integer(1), 7)
    .option('--backup-dir <directory>', 'where backups go; default: backups in the data directory')
    .option(
      '--moments <count>',
      'how many moments to remember, for kubectl-lite trace and the page; 0: none',
      integer(0, 1_000_000),
      limits.momentsMax,
    )
    .option('--no-addons', 'do not create coredns, kube-proxy and kube-flannel')
    .addOption(
      new Option('--log-level <level>', 'what to log on standard error').choices([...LOG_LEVELS]).default('warn'),
    );
  const flags = parse<UpFlags>(parser, args);
  if (flags.members > 1 && flags.etcdServers !== undefined)
    throw new UsageError(
      '--members and --etcd-servers exclude each other: the members of an etcd cluster are its own affair',
    );
  const root = packageRoot(fileURLToPath(import.meta.url));
  const logger = await processLogger(flags.logLevel, 'sampan');
  const etcd = etcdChoice(flags);
  const cluster = await startCluster(
    {
      name: flags.name,
      dataDir: flags.dataDir,
      store:
        etcd === undefined
          ? {
              members: flags.members,
              clientPort: flags.storePort,
              command: [process.execPath, path.join(root, 'dist', 'sampan.js')],
            }
          : { etcd },
      api: apiOptions(flags),
      nodes: flags.nodes,
      nodeMonitorGraceMs: flags.nodeMonitorGracePeriod,
      ...(flags.backupSchedule === undefined
        ? {}
        : {
            backup: {
              schedule: flags.backupSchedule,
              retention: flags.backupRetention,
              directory: flags.backupDir ?? path.join(flags.dataDir, 'backups'),
            },
          }),
      ...(flags.addons ? { addonsFolder: path.join(root, 'manifests', 'addons') } : {}),
    },
    {
      clock: systemClock,
      random: systemRandom,
      logger,
      ...(flags.moments > 0 ? { moments: new RingRecorder(systemClock, flags.moments) } : {}),
    },
  );
  const seconds = ((systemClock.monotonicMs() - startedAtMs) / 1000).toFixed(2);
  const replayed =
    cluster.replayedEntries === undefined || cluster.replayedEntries === 0
      ? ''
      : `, replayed ${cluster.replayedEntries} log ${cluster.replayedEntries === 1 ? 'entry' : 'entries'}`;
  process.stdout.write(
    `sampan is ready in ${seconds} s${replayed}; try: kubectl --kubeconfig ${cluster.kubeconfig} get pods --all-namespaces\n`,
  );
  return untilSignal(systemClock, () => cluster.stop());
}
