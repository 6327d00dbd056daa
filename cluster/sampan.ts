/**
 * The `sampan` command. Each subcommand lives in a file of `commands/` and is loaded only when it is called, so that
 * none pays for another's imports.
 */
import { UsageError } from '../base/errors.ts';
import { HelpShown } from './help-shown.ts';

interface Command {
  readonly summary: string;
  run(args: readonly string[]): Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  up: {
    summary: 'a whole cluster: store, API server, controllers, scheduler, nodes',
    run: async (args) => (await import('./commands/up.ts')).up(args),
  },
  apiserver: {
    summary: 'the API server alone, on a member of its own or on --etcd-servers',
    run: async (args) => (await import('./commands/apiserver.ts')).apiserver(args),
  },
  etcd: {
    summary: "a store member alone; takes etcd's flags",
    run: async (args) => (await import('./commands/etcd.ts')).etcd(args),
  },
  controllers: {
    summary: 'the controllers and the scheduler, against --kubeconfig',
    run: async (args) => (await import('./commands/controllers.ts')).controllers(args),
  },
  nodes: {
    summary: 'simulated nodes, against --kubeconfig',
    run: async (args) => (await import('./commands/nodes.ts')).nodes(args),
  },
  snapshot: {
    summary: 'backups of the store: save, status, restore',
    run: async (args) => (await import('./commands/snapshot.ts')).snapshot(args),
  },
  store: {
    summary: 'looks into the store: get, history, members',
    run: async (args) => (await import('./commands/store.ts')).store(args),
  },
  certs: {
    summary: "the cluster's certificates: check, renew",
    run: async (args) => (await import('./commands/certs.ts')).certs(args),
  },
  demo: {
    summary: 'a narrated demonstration: reconcile, node-crash',
    run: async (args) => (await import('./commands/demo.ts')).demo(args),
  },
  lesson: {
    summary: 'a guided lesson; without a name: the list of them',
    run: async (args) => (await import('./commands/lesson.ts')).lesson(args),
  },
};

function usage(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: sampan COMMAND [FLAGS]\n\nCommands:\n${lines.join('\n')}\n\nsampan COMMAND --help tells a command's flags.\n`;
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return name === undefined ? 1 : 0;
  }
  const command = commands[name];
  if (command === undefined) {
    process.stderr.write(`sampan: there is no command ${JSON.stringify(name)}; sampan --help lists them\n`);
    return 1;
  }
  try {
    return await command.run(rest);
  } catch (thrown) {
    if (thrown instanceof HelpShown) return 0;
    if (thrown instanceof UsageError) {
      process.stderr.write(`sampan ${name}: ${thrown.message}\n`);
      return 1;
    }
    process.stderr.write(
      `sampan ${name}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`,
    );
    return 70;
  }
}

process.exit(await main(process.argv.slice(2)));
