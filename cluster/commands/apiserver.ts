/** `sampan apiserver`: the API server alone, on a member of its own in this process or on an etcd cluster. */
import path from 'node:path';
import { ensureKubeconfig } from '../../apiserver/auth/kubeconfig.ts';
import { ensurePki } from '../../apiserver/auth/pki.ts';
import { messageOf } from '../../base/errors.ts';
import { silentRecorder } from '../../base/moments.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { type ApiFlags, apiFlags, apiOptions, etcdChoice, readApiFlags } from '../api-flags.ts';
import { hostApiServer } from '../api-server-host.ts';
import { endingMs } from '../behaviour.ts';
import { prepareDataDirectory } from '../data-directory.ts';
import { untilSignal } from '../exit-signals.ts';
import { command, integer, list, Option } from '../flags.ts';
import { administratorKubeconfig, ensureComponentKubeconfigs } from '../kubeconfigs.ts';
import { momentsPaths } from '../moments-paths.ts';
import { LOG_LEVELS, type LogLevel, logLevelOf, processLogger } from '../process-logger.ts';
import { openStore } from '../store-backing.ts';

interface Flags extends ApiFlags {
  readonly moments: number;
  readonly nodeKubeconfigs?: readonly string[];
  readonly logLevel: LogLevel;
}

export async function apiserver(args: readonly string[]): Promise<number> {
  const parser = apiFlags(command('apiserver', 'The API server alone.'), 6443)
    .option(
      '--moments <count>',
      'how many moments to remember, for kubectl-lite trace; 0: none',
      integer(0, 1_000_000),
      0,
    )
    .option('--node-kubeconfigs <names>', 'nodes to write kubeconfigs for, below kubelets/ in the data directory', list)
    .addOption(
      new Option('--log-level <level>', 'what to log on standard error').choices([...LOG_LEVELS]).default('warn'),
    );
  const { flags, tell } = readApiFlags<Flags>(parser, args);
  const options = apiOptions(flags);
  const clock = systemClock;
  const moments = flags.moments === 0 ? undefined : new RingRecorder(clock, flags.moments);
  const deps = {
    clock,
    random: systemRandom,
    logger: processLogger(logLevelOf(flags), 'apiserver', undefined, flags.loggingFormat),
    recorder: moments ?? silentRecorder,
    moments,
  };
  tell(deps.logger);
  const { dataDir } = flags;
  prepareDataDirectory(dataDir);
  const makingPki = ensurePki({
    ...deps,
    ...options.names,
    directory: path.join(dataDir, 'pki'),
    store: false,
    otherDataExists: false,
  });
  makingPki.catch(() => {});
  const store = await openStore(
    etcdChoice(flags) ?? { type: 'embedded', dataDir, name: 'sampan', compactionMs: flags.etcdCompactionInterval },
    deps,
  );
  try {
    const pki = await makingPki;
    const extraPaths =
      moments === undefined ? {} : momentsPaths({ ring: moments, pull: () => store.pullMoments(), clock });
    const host = await hostApiServer({ ...options, pki, store: store.store, extraPaths }, deps);
    const { file: kubeconfig } = administratorKubeconfig(dataDir);
    const context = { pki, server: host.url, clusterName: 'sampan', clock };
    await ensureKubeconfig(administratorKubeconfig(dataDir), context);
    const ending = new AbortController();
    const writing = ensureComponentKubeconfigs(dataDir, flags.nodeKubeconfigs ?? [], context, ending.signal);
    writing.catch((thrown) => deps.logger.warn({ error: messageOf(thrown) }, 'kubeconfigs of components not written'));
    const seconds = process.uptime().toFixed(2);
    const replayed =
      store.replayedEntries === undefined || store.replayedEntries === 0
        ? ''
        : `, replayed ${store.replayedEntries} log ${store.replayedEntries === 1 ? 'entry' : 'entries'}`;
    process.stdout.write(
      `sampan apiserver is ready in ${seconds} s${replayed}; try: kubectl --kubeconfig ${kubeconfig} get namespaces\n`,
    );
    return await untilSignal(
      clock,
      async () => {
        ending.abort();
        await writing.catch(() => {});
        await host.close();
        await store.stop();
      },
      endingMs(flags),
    );
  } catch (thrown) {
    await store.stop();
    throw thrown;
  }
}
