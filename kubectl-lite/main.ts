/** The `kubectl-lite` command: parses, calls one of `commands/`, prints failures as kubectl does, and exits with 0 or 1. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { parseDuration } from '../base/duration.ts';
import { codeOf } from '../base/errors.ts';
import { systemClock, systemRandom } from '../base/system.ts';
import { Context, type Host } from './context.ts';
import { Failure, ServerFailure } from './failure.ts';
import type { ConnectionFlags } from './kubeconfig.ts';

type Flags = Readonly<Record<string, unknown>>;

function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',')];
}

function secondsOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw new InvalidArgumentError('It must be a duration such as 10s or 5m.');
  return Math.ceil(ms / 1000);
}

function program(host: Host): Command {
  const root = new Command('kubectl-lite')
    .description('The command line of a Sampan cluster, and of any other Kubernetes API')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.out(text), writeErr: (text) => host.err(text) });

  /** A subcommand with the flags that all have; its action gets a Context. */
  const add = (
    usage: string,
    summary: string,
    configure: (command: Command) => Command,
    action: (context: Context, args: readonly string[], flags: Flags) => Promise<void>,
  ): void => {
    const command = configure(root.command(usage).description(summary))
      .option('--kubeconfig <file>', 'the kubeconfig to use')
      .option('--context <name>', 'the context of the kubeconfig to use')
      .option('-n, --namespace <name>', 'the namespace')
      .option('-s, --server <url>', 'the address of the API server')
      .option('--token <token>', 'a bearer token to authenticate with')
      .exitOverride();
    command.action(async (...given: unknown[]) => {
      const flags = command.opts<Flags>();
      const args = given
        .slice(0, -2)
        .flatMap((each) => (each === undefined ? [] : Array.isArray(each) ? (each as string[]) : [String(each)]));
      const context = new Context(host, flags as ConnectionFlags);
      try {
        await action(context, args, flags);
      } finally {
        context.rest.close();
      }
    });
  };

  const files = (command: Command): Command =>
    command
      .option('-f, --filename <file>', 'a file or directory to read, - for standard input; may be repeated', collect)
      .option('-R, --recursive', 'go into directories below the one given');
  const writes = (command: Command): Command =>
    files(command)
      .option('-o, --output <format>', 'json, yaml or name')
      .option('--dry-run [how]', 'do not keep the result (server)');
  const writeOptions = (flags: Flags) => {
    if (flags.filename === undefined) throw new Failure('error: must specify one of -f and -k');
    return {
      ...flags,
      dryRun: flags.dryRun !== undefined && flags.dryRun !== 'none',
      enforceNamespace: flags.namespace !== undefined,
    } as never;
  };

  add(
    'get [args...]',
    'show one or many objects',
    (command) =>
      files(command)
        .option('-o, --output <format>', 'wide, json, yaml or name')
        .option('-w, --watch', 'then show every change')
        .option('--watch-only', 'show changes only')
        .option('-A, --all-namespaces', 'of all namespaces')
        .option('-l, --selector <labels>', 'only those with these labels')
        .option('--field-selector <fields>', 'only those with these fields')
        .option('-L, --label-columns <labels>', 'labels to show as columns', collect)
        .option('--show-labels', 'show all labels')
        .option('--show-managed-fields', 'keep managedFields in json and yaml')
        .option('--ignore-not-found', 'say nothing of what does not exist')
        .option('--raw <path>', 'ask the server for a path and print the answer as it is')
        .option('--no-headers', 'leave the first line out'),
    async (context, args, flags) => (await import('./commands/get.ts')).get(context, args, flags),
  );
  add('create', 'create objects from files or standard input', writes, async (context, _args, flags) =>
    (await import('./commands/create.ts')).create(context, writeOptions(flags)),
  );
  add('apply', 'declare what objects shall be, from files or standard input', writes, async (context, _args, flags) =>
    (await import('./commands/apply.ts')).apply(context, writeOptions(flags)),
  );
  add(
    'delete [args...]',
    'delete objects by name, selector or file',
    (command) =>
      files(command)
        .option('-l, --selector <labels>', 'those with these labels')
        .option('--all', 'all of the type in the namespace')
        .option('-A, --all-namespaces', 'in all namespaces')
        .option('--grace-period <seconds>', 'how long they have to end', integer)
        .option('--force', 'do not wait for them to end')
        .option('--now', 'one second to end')
        .option('--cascade <how>', 'background, foreground or orphan', 'background')
        .option('--ignore-not-found', 'say nothing of what does not exist')
        .option('-o, --output <format>', 'name')
        .option('--wait [yes]', 'wait until they are gone', 'true')
        .option('--no-wait', 'do not wait'),
    async (context, args, flags) => {
      const wait = flags.wait !== false && flags.wait !== 'false';
      await (await import('./commands/delete.ts')).remove(context, args, {
        ...flags,
        wait,
        cascade: String(flags.cascade),
        namespaceGiven: flags.namespace !== undefined,
      });
    },
  );
  add(
    'describe [args...]',
    'tell all about objects, with their events',
    (command) =>
      command
        .option('-l, --selector <labels>', 'those with these labels')
        .option('-A, --all-namespaces', 'in all namespaces'),
    async (context, args, flags) => (await import('./commands/describe.ts')).describe(context, args, flags),
  );
  add(
    'scale [args...]',
    'set how many replicas a workload has',
    (command) =>
      command
        .requiredOption('--replicas <count>', 'how many', integer)
        .option('--current-replicas <count>', 'only if it has so many now', integer),
    async (context, args, flags) => (await import('./commands/scale.ts')).scale(context, args, flags as never),
  );
  add(
    'logs <pod> [container]',
    "print a container's log",
    (command) =>
      command
        .option('-c, --container <name>', 'the container')
        .option('-f, --follow', 'go on as lines come')
        .option('-p, --previous', 'of the run before')
        .option('--timestamps', 'with times')
        .option('--tail <lines>', 'only so many lines from the end', integer)
        .option('--since <duration>', 'only lines of the last so long', secondsOf)
        .option('--limit-bytes <bytes>', 'at most so many bytes', integer),
    async (context, [pod = '', container], flags) =>
      (await import('./commands/logs.ts')).logs(context, pod, container, flags),
  );
  add(
    'crash <kind> <name>',
    'crash a node (or a store member): everything on it is gone',
    (command) => command.option('--duration <duration>', 'heal by itself after so long'),
    async (context, [kind = '', name = ''], flags) =>
      (await import('./commands/fault.ts')).crash(context, kind, name, flags.duration as string | undefined),
  );
  add(
    'heal <kind> <name>',
    'heal what was crashed',
    (command) => command,
    async (context, [kind = '', name = '']) => (await import('./commands/fault.ts')).heal(context, kind, name),
  );
  add(
    'trace [args...]',
    'follow an object from whoever asked for it through every part, with times',
    (command) =>
      command
        .option('-o, --output <format>', 'json')
        .option('--everything', 'also what only keeps books: status of workloads, endpoints'),
    async (context, args, flags) => (await import('./commands/trace.ts')).trace(context, args, flags),
  );
  return root;
}

async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  process.on('SIGINT', () => {
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort();
  });
  // A reader that has gone (`| head`) ends the command quietly.
  process.stdout.on('error', (error) => process.exit(codeOf(error) === 'EPIPE' ? 0 : 1));
  const host: Host = {
    stdin: process.stdin,
    env: process.env,
    clock: systemClock,
    random: systemRandom,
    signal: interrupted.signal,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
  try {
    await program(host).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode;
    if (interrupted.signal.aborted) return 130;
    if (thrown instanceof ServerFailure) host.err(`${thrown.text}\n`);
    else if (thrown instanceof Failure) host.err(thrown.message === '' ? '' : `${thrown.message}\n`);
    else host.err(`error: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
