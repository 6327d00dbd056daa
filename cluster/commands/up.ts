/** `sampan up`: a whole cluster in one process tree, until Ctrl-C. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { type ApiFlags, apiFlags, apiOptions, etcdChoice, readApiFlags } from '../api-flags.ts';
import { endingMs } from '../behaviour.ts';
import { type Cluster, KUBERNETES_VERSION, startCluster } from '../cluster.ts';
import { untilSignal } from '../exit-signals.ts';
import { command, duration, integer, Option, port } from '../flags.ts';
import { packageRoot, programPath } from '../package-root.ts';
import { LOG_LEVELS, type LogLevel, logLevelOf, processLogger } from '../process-logger.ts';

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
  readonly dashboard: boolean;
  readonly dashboardPort: number;
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
    .option(
      '--dashboard-port <port>',
      'the port of the page, on loopback; 0: a free one; negative: no page',
      dashboardPort,
      8080,
    )
    .option('--no-dashboard', 'no page')
    .option('--no-addons', 'do not create coredns, kube-proxy and kube-flannel')
    .addOption(
      new Option('--log-level <level>', 'what to log on standard error').choices([...LOG_LEVELS]).default('warn'),
    );
  const { flags, tell } = readApiFlags<UpFlags>(parser, args);
  if (flags.members > 1 && flags.etcdServers !== undefined)
    throw new UsageError(
      '--members and --etcd-servers exclude each other: the members of an etcd cluster are its own affair',
    );
  if (!flags.allowPrivileged && flags.addons)
    throw new UsageError(
      '--allow-privileged=false excludes the add-ons, of which kube-proxy is privileged: give --no-addons',
    );
  const root = packageRoot(fileURLToPath(import.meta.url));
  const logger = processLogger(logLevelOf(flags), 'sampan', undefined, flags.loggingFormat);
  tell(logger);
  const etcd = etcdChoice(flags);
  const moments = flags.moments > 0 ? new RingRecorder(systemClock, flags.moments) : undefined;
  const cluster = await startCluster(
    {
      name: flags.name,
      dataDir: flags.dataDir,
      store:
        etcd === undefined
          ? {
              members: flags.members,
              clientPort: flags.storePort,
              command: [process.execPath, programPath(root, 'sampan')],
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
      ...(moments === undefined ? {} : { moments }),
    },
  );
  const withPage = flags.dashboard && flags.dashboardPort >= 0;
  const page = withPage ? await openPage(cluster, moments, { ...flags, root, logger }) : undefined;
  const seconds = ((systemClock.monotonicMs() - startedAtMs) / 1000).toFixed(2);
  const replayed =
    cluster.replayedEntries === undefined || cluster.replayedEntries === 0
      ? ''
      : `, replayed ${cluster.replayedEntries} log ${cluster.replayedEntries === 1 ? 'entry' : 'entries'}`;
  process.stdout.write(
    `sampan is ready in ${seconds} s${replayed}; try: kubectl --kubeconfig ${cluster.kubeconfig} get pods --all-namespaces${page?.words ?? ''}\n`,
  );
  return untilSignal(
    systemClock,
    async () => {
      await page?.close();
      await cluster.stop();
    },
    endingMs(flags),
  );
}

function dashboardPort(text: string): number {
  return /^-\d+$/.test(text) ? -1 : port(text);
}

interface Page {
  /** What the ready line says of it. */
  readonly words: string;
  close(): Promise<void>;
}

/** The page beside a cluster that runs. Where its port is taken, the cluster goes on without and says so. */
async function openPage(
  cluster: Cluster,
  ring: RingRecorder | undefined,
  { root, logger, ...flags }: UpFlags & { readonly root: string; readonly logger: Logger },
): Promise<Page> {
  const { startDashboard } = await import('../dashboard/dashboard-server.ts');
  const faults = ['NodeCrash', 'NodeFreeze', 'KubeletStop', 'ContainerExit', ...(cluster.store.faults?.types ?? [])];
  const dashboard = await startDashboard(
    {
      clusterName: flags.name,
      version: KUBERNETES_VERSION,
      port: flags.dashboardPort,
      dataDir: flags.dataDir,
      folder: path.join(root, 'dist', 'dashboard'),
      faults,
    },
    {
      clock: systemClock,
      random: systemRandom,
      logger,
      ring,
      server: cluster.api,
      store: cluster.store,
      lessons:
        ring === undefined
          ? undefined
          : {
              clock: systemClock,
              random: systemRandom,
              store: cluster.store.store,
              client: cluster.client(),
              moments: ring,
              pullMoments: () => cluster.store.pullMoments(),
              members: flags.members,
              dataDir: flags.dataDir,
              kubeconfig: cluster.kubeconfig,
              root,
            },
    },
  );
  if (dashboard === undefined) {
    return {
      words: `; port ${flags.dashboardPort} is in use, so there is no page: choose another with --dashboard-port`,
      close: async () => {},
    };
  }
  return { words: `; or look at ${dashboard.address}`, close: () => dashboard.close() };
}
