/** `exec POD -- COMMAND`: as far as the server goes along. */
import { type Leaf, usageError } from '../command-line/command.ts';
import { bool, duration, list, text } from '../command-line/flag.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { askForStream, attachablePod, containerFor, refuseCompleted } from '../streams/pod.ts';
import { commandArguments } from './create/creation.ts';

export const exec: Leaf = {
  usage: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [ARGUMENTS]',
  summary: 'run a command in a container',
  about: 'The containers of simulated nodes run no commands: the server says so.',
  flags: [
    text('container,c', 'the container'),
    list('filename,f', 'a file with what to run it in'),
    duration('pod-running-timeout', 'how long to wait for a pod', { initial: 60_000 }),
    bool('quiet,q', 'tell only what the command prints'),
    bool('stdin,i', 'pass standard input on'),
    bool('tty,t', 'standard input is a terminal'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const { args, argsBeforeDash } = flags;
  const files = flags.texts('filename');
  if (argsBeforeDash === undefined && (args.length > 1 || (args.length > 0 && files.length > 0)))
    throw usageError(context, 'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
  const target = argsBeforeDash === 0 ? undefined : args[0];
  if (target === undefined && files.length === 0) throw new Failure('pod, type/name or --filename must be specified');
  const command = commandArguments(flags);
  if (command.length === 0) throw new Failure('you must specify at least one command for the container');
  const timeoutMs = flags.number('pod-running-timeout');
  const { pod } = await attachablePod(context, target ?? (await namedIn(context, files)), timeoutMs);
  refuseCompleted(pod, 'exec into');
  const container = containerFor(flags, pod, context.host.err);
  const tty = flags.bool('tty') && isTerminal(context, flags);
  await askForStream(context, pod, 'exec', [
    ...command.map((word) => ['command', word] as const),
    ['container', container],
    ...(flags.bool('stdin') ? [['stdin', 'true'] as const] : []),
    ['stdout', 'true'],
    tty ? ['tty', 'true'] : ['stderr', 'true'],
  ]);
}

function isTerminal({ host }: Context, flags: FlagSet): boolean {
  if (!flags.bool('stdin') || ('isTTY' in host.stdin && host.stdin.isTTY === true)) return flags.bool('stdin');
  host.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  return false;
}

async function namedIn(context: Context, files: readonly string[]): Promise<string> {
  const { targetsOf } = await import('../selection.ts');
  const { targets } = await targetsOf(context, { args: [], files });
  const [only, another] = targets;
  if (only === undefined || another !== undefined) throw new Failure('you must specify only one resource');
  return `${only.resource.name}.${only.resource.group}/${only.name}`;
}
