/** `scale --replicas N TYPE/NAME`: through the `scale` subresource, as an autoscaler would. */
import type { Leaf } from '../command-line/command.ts';
import { bool, duration, integer, text } from '../command-line/flag.ts';
import { dryRunFlag, fileFlags, printFlags, selectorFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure, isConflict, throwGathered } from '../failure.ts';
import { type Info, select, selectionFlags } from '../selection.ts';
import { dryRunOf } from '../writing/dry-run.ts';
import { patchObject } from '../writing/patching.ts';
import { reporter } from '../writing/report.ts';

export const scale: Leaf = {
  usage: '[--resource-version=VERSION] [--current-replicas=N] --replicas=N (-f FILE | TYPE NAME) [flags]',
  summary: 'set how many replicas a workload has',
  flags: [
    ...printFlags,
    ...fileFlags,
    selectorFlag,
    dryRunFlag,
    bool('all', 'all of the type in the namespace'),
    integer('replicas', 'how many', { required: true }),
    integer('current-replicas', 'only if it has so many now', { initial: -1 }),
    text('resource-version', 'only at this version'),
    duration('timeout', 'wait so long for the replicas to be there; 0: do not wait'),
  ],
  run,
};

interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
}

const POLL_MS = 500;
/** How long others may get in the way. */
const CONFLICTS_MS = 300_000;

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const replicas = flags.number('replicas');
  if (replicas < 0)
    throw new Failure('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
  if (flags.number('current-replicas') < -1)
    throw new Failure('The --current-replicas must specify an integer of -1 or greater');
  const report = await reporter(context, flags, dryRun);
  const { infos, failures } = await select(context, {
    ...selectionFlags(flags),
    typeAloneIsAll: flags.bool('all'),
    enforceNamespace: true,
    continueOnError: true,
  });
  if (flags.text('resource-version') !== '' && infos.length > 1)
    throw new Failure('cannot use --resource-version with multiple resources');
  if (infos.length === 0) {
    const messages = failures.map(({ message }) => message);
    const why = messages.length === 1 ? messages.join() : messages.length === 0 ? '<nil>' : `[${messages.join(', ')}]`;
    throw new Failure(`no objects passed to scale ${why}`);
  }
  for (const info of infos) {
    if (dryRun !== 'client') await scaleOne(context, flags, info, replicas, dryRun === 'server');
    report(scaled(info, replicas), 'scaled');
  }
  throwGathered(failures);
}

function scaled({ resource, object }: Info, replicas: number): KubeObject {
  if (resource.group !== 'apps' && resource.group !== '') return object;
  return { ...object, spec: { ...(object.spec as object | undefined), replicas } };
}

async function scaleOne(
  context: Context,
  flags: FlagSet,
  info: Info,
  replicas: number,
  tryOnly: boolean,
): Promise<void> {
  const { resource, namespace, name } = info;
  const path = pathOf(resource, namespace, name, 'scale');
  const query = { dryRun: tryOnly ? 'All' : undefined };
  const current = flags.number('current-replicas');
  const version = flags.text('resource-version');
  if (current === -1 && version === '')
    await patchObject(context, info, 'merge', { spec: { replicas } }, query, 'scale');
  else await scaleFrom(context, path, query, replicas, { current, version });
  const timeoutMs = flags.number('timeout');
  if (timeoutMs > 0 && !tryOnly) await reached(context, path, replicas, timeoutMs);
}

/** Only from a size or a version; looked at anew when somebody else changed the object meanwhile. */
async function scaleFrom(
  context: Context,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  replicas: number,
  { current, version }: { readonly current: number; readonly version: string },
): Promise<void> {
  const { clock, signal } = context.host;
  const endMs = clock.monotonicMs() + CONFLICTS_MS;
  for (;;) {
    const now = await context.rest.json<Scale>({ path });
    const size = now.spec?.replicas ?? 0;
    if (current !== -1 && size !== current) throw new Failure(`Expected replicas to be ${current}, was ${size}`);
    if (version !== '' && now.metadata.resourceVersion !== version)
      throw new Failure(`Expected resource version to be ${version}, was ${now.metadata.resourceVersion ?? ''}`);
    try {
      await context.rest.json({ method: 'PUT', path, query, body: { ...now, spec: { ...now.spec, replicas } } });
      return;
    } catch (thrown) {
      if (!isConflict(thrown) || signal.aborted || clock.monotonicMs() > endMs) throw thrown;
      await clock.sleep(POLL_MS, signal);
    }
  }
}

async function reached(context: Context, path: string, replicas: number, timeoutMs: number): Promise<void> {
  const { clock, signal } = context.host;
  const endMs = clock.monotonicMs() + timeoutMs;
  while (!signal.aborted) {
    const { status, spec } = await context.rest.json<Scale>({ path });
    if (spec?.replicas === replicas && status?.replicas === replicas) return;
    if (clock.monotonicMs() > endMs) throw new Failure('timed out waiting for the condition');
    await clock.sleep(POLL_MS, signal);
  }
}
