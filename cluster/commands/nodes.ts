/** `sampan nodes`: simulated nodes in a process of their own, against an API server. */
import path from 'node:path';
import { silentRecorder } from '../../base/moments.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import type { Client } from '../../controllers/runtime/client.ts';
import { activeAtStart, FaultRunner } from '../../nodes/faults/fault-runner.ts';
import { NodeFaults } from '../../nodes/faults/node-faults.ts';
import { NodeFleet } from '../../nodes/node-fleet.ts';
import { KUBERNETES_VERSION } from '../cluster.ts';
import { untilSignal } from '../exit-signals.ts';
import { command, duration, integer, Option, parse } from '../flags.ts';
import { LOG_LEVELS, type LogLevel, processLogger } from '../process-logger.ts';
import { clientOfKubeconfig } from '../remote-client.ts';

interface Flags {
  readonly kubeconfig: string;
  readonly kubeconfigDir?: string;
  readonly nodes: number;
  readonly namePrefix: string;
  readonly nodeLeaseDuration: number;
  readonly logLevel: LogLevel;
}

export async function nodes(args: readonly string[]): Promise<number> {
  const parser = command('nodes', 'Simulated nodes, against an API server.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server, and as whom')
    .option(
      '--kubeconfig-dir <directory>',
      'each node acts as itself, with NAME.kubeconfig in here; else all act as --kubeconfig',
    )
    .option('--nodes <count>', 'how many', integer(1, 10_000), 3)
    .option('--name-prefix <prefix>', 'node makes node-1, node-2 …', 'node')
    .option(
      '--node-lease-duration <duration>',
      'how long a lease holds; it is renewed four times as often',
      duration,
      40_000,
    )
    .addOption(
      new Option('--log-level <level>', 'what to log on standard error').choices([...LOG_LEVELS]).default('warn'),
    );
  const flags = parse<Flags>(parser, args);
  const deps = {
    clock: systemClock,
    random: systemRandom,
    logger: processLogger(flags.logLevel, 'nodes'),
    recorder: silentRecorder,
  };
  const client = await clientOfKubeconfig(flags.kubeconfig, 'kubelet');
  const { kubeconfigDir, namePrefix } = flags;
  const own = new Map<string, Client>();
  if (kubeconfigDir !== undefined) {
    for (let index = 1; index <= flags.nodes; index++) {
      const name = `${namePrefix}-${index}`;
      own.set(name, await clientOfKubeconfig(path.join(kubeconfigDir, `${name}.kubeconfig`), 'kubelet'));
    }
  }
  const fleet = new NodeFleet(
    { ...deps, clientFor: (name) => own.get(name) ?? client },
    {
      count: flags.nodes,
      namePrefix,
      kubeletVersion: KUBERNETES_VERSION,
      leaseDurationMs: flags.nodeLeaseDuration,
    },
  );
  await fleet.start(await activeAtStart(client, ['NodeCrash', 'NodeFreeze', 'KubeletStop']));
  const faults = new FaultRunner({ ...deps, client, injectors: [new NodeFaults(fleet, client)] });
  faults.start();
  process.stdout.write(`sampan nodes are ready: ${fleet.names.length}\n`);
  return untilSignal(systemClock, async () => {
    await faults.stop();
    await fleet.stop();
  });
}
