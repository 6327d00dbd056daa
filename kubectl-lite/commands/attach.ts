/** `attach POD`: as far as the server goes along. */
import type { Leaf } from '../command-line/command.ts';
import { bool, duration, text } from '../command-line/flag.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { attachTo } from '../streams/attaching.ts';
import { attachablePod, containerFor, refuseCompleted } from '../streams/pod.ts';
import type { Container, Pod } from '../writing/pods.ts';

export const attach: Leaf = {
  usage: '(POD | TYPE/NAME) -c CONTAINER [flags]',
  summary: 'follow a running container',
  about: 'The containers of simulated nodes cannot be attached to: the server says so.',
  flags: [
    text('container,c', 'the container'),
    duration('pod-running-timeout', 'how long to wait for a pod', { initial: 60_000 }),
    bool('quiet,q', 'tell only what the container prints'),
    bool('stdin,i', 'pass standard input on'),
    bool('tty,t', 'standard input is a terminal'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const { args } = flags;
  const [first, second] = args;
  if (first === undefined) throw new Failure('at least 1 argument is required for attach');
  if (args.length > 2)
    throw new Failure(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`,
    );
  const target = second === undefined ? first : `${first}/${second}`;
  const { pod } = await attachablePod(context, target, flags.number('pod-running-timeout'));
  refuseCompleted(pod, 'attach');
  const container = containerOf(context, flags, pod);
  await attachTo(context, pod, container, {
    stdin: flags.bool('stdin'),
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
  });
}

function containerOf(context: Context, flags: FlagSet, pod: Pod): Container {
  const name = containerFor(flags, pod, context.host.err);
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const found = [...containers, ...initContainers, ...ephemeralContainers].find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new Failure(`cannot attach to the container: container ${name} not found in pod ${pod.metadata.name ?? ''}`);
}
