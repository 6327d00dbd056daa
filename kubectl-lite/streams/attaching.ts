/**
 * Attaching to a container that is to begin (`run --attach`, `debug --attach`): where the server does not go along, its
 * log is printed in place of what it would have said.
 */
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import { Failure, ServerFailure } from '../failure.ts';
import type { Container, Pod } from '../writing/pods.ts';
import { askForStream } from './pod.ts';

export interface Attachment {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly quiet: boolean;
}

/** Asks for the stream, after telling what a terminal will not be able to do. @throws Failure always: see `askForStream` */
export async function attachTo(
  context: Context,
  pod: Pod,
  container: Container,
  { stdin, tty, quiet }: Attachment,
): Promise<never> {
  const tell = (text: string): void => {
    if (!quiet) context.host.err(text);
  };
  const has = container.tty === true;
  if (tty && !has) tell(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`);
  let terminal = has;
  if (terminal && stdin && !isTerminal(context)) {
    tell('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    terminal = false;
  } else if (!stdin) terminal = false;
  tell("If you don't see a command prompt, try pressing enter.\n");
  return askForStream(context, pod, 'attach', [
    ['container', container.name],
    ...(stdin ? [['stdin', 'true'] as const] : []),
    ['stdout', 'true'],
    terminal ? ['tty', 'true'] : ['stderr', 'true'],
  ]);
}

function isTerminal({ host }: Context): boolean {
  return 'isTTY' in host.stdin && host.stdin.isTTY === true;
}

/** Attaches to a running container, or prints the log of one that has ended or that cannot be attached to. */
export async function attachOrLog(
  context: Context,
  pod: Pod,
  container: Container,
  hasEnded: boolean,
  attachment: Attachment,
): Promise<void> {
  if (!hasEnded) {
    try {
      await attachTo(context, pod, container, attachment);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const { name = '' } = pod.metadata;
      context.host.err(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${thrown.message}\n`);
    }
  }
  const pods = await (await context.resources()).resolve('pods');
  const path = pathOf(pods, pod.metadata.namespace, pod.metadata.name, 'log');
  const query = { container: container.name };
  for await (const chunk of context.rest.chunks({ path, query, accept: '*/*', signal: context.host.signal }))
    context.print(chunk);
}

/**
 * Watches a pod until it is as wanted.
 * @param timeoutMs 0: as long as it takes
 * @param wanted whether it is; called with each state, none left out
 * @throws Failure when the time is over, or the pod is gone
 */
export async function podWhen(
  context: Context,
  { metadata: { name = '', namespace = '' } }: Pod,
  timeoutMs: number,
  wanted: (pod: Pod) => boolean,
): Promise<Pod> {
  const pods = await (await context.resources()).resolve('pods');
  const { clock, signal } = context.host;
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  if (timeoutMs > 0) void clock.sleep(timeoutMs, ended).then(() => over.abort());
  try {
    while (!ended.aborted) {
      const pod = await watched(context, pathOf(pods, namespace), name, ended, wanted);
      if (pod !== undefined) return pod;
    }
  } finally {
    over.abort();
  }
  throw new Failure(signal.aborted ? 'the wait for the pod was ended' : 'timed out waiting for the condition');
}

interface Change {
  readonly type: string;
  readonly object: Pod;
}

/** Undefined: the watch has ended, as watches do after a while. */
async function watched(
  context: Context,
  path: string,
  name: string,
  signal: AbortSignal,
  wanted: (pod: Pod) => boolean,
): Promise<Pod | undefined> {
  const fieldSelector = `metadata.name=${name}`;
  const { items, metadata } = await context.rest.json<{
    items?: readonly Pod[] | null;
    metadata: { resourceVersion: string };
  }>({ path, query: { fieldSelector } });
  const [present] = items ?? [];
  if (present === undefined) throw gone();
  if (wanted(present)) return present;
  const query = { watch: 'true', fieldSelector, resourceVersion: metadata.resourceVersion };
  for await (const { type, object } of context.rest.lines<Change>({ path, query, signal })) {
    if (type === 'DELETED') throw gone();
    if ((type === 'ADDED' || type === 'MODIFIED') && wanted(object)) return object;
  }
  return undefined;
}

function gone(): Failure {
  return new ServerFailure(404, 'NotFound', 'pods "" not found');
}
