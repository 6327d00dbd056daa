/** `crash node NAME` and `heal node NAME`: short forms of making and deleting a `Fault` object. */
import { type Leaf, usageError } from '../command-line/command.ts';
import { text } from '../command-line/flag.ts';
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure, isNotFound } from '../failure.ts';

interface Fault extends KubeObject {
  readonly spec: { readonly type: string; readonly target: { readonly name?: string } };
  readonly status?: { readonly phase?: string; readonly targets?: readonly string[]; readonly message?: string };
}

const KINDS: Readonly<Record<string, string>> = {
  node: 'NodeCrash',
  nodes: 'NodeCrash',
  no: 'NodeCrash',
  member: 'StoreMemberCrash',
  members: 'StoreMemberCrash',
};
const WAIT_MS = 10_000;
const POLL_MS = 50;

function typeOf(verb: string, kind: string): string {
  const type = KINDS[kind];
  if (type === undefined)
    throw new Failure(`error: cannot ${verb} a ${kind}; use \`${verb} node NAME\` or \`${verb} member NAME\``);
  return type;
}

/** Makes the fault and waits until it has struck. @param duration a Go duration, after which it heals by itself */
export async function crash(context: Context, kind: string, name: string, duration: string | undefined): Promise<void> {
  const type = typeOf('crash', kind);
  const resources = await context.resources();
  const faults = await resources.resolve('faults');
  if (type === 'NodeCrash')
    await context.rest.json({ path: pathOf(await resources.resolve('nodes'), undefined, name) });
  if ((await faultsOn(context, faults, type, name)).length > 0)
    throw new Failure(`error: ${kind} "${name}" is crashed already; \`kubectl-lite heal ${kind} ${name}\` heals it`);
  const made = await context.rest.json<Fault>({
    method: 'POST',
    path: pathOf(faults, undefined),
    body: {
      apiVersion: `${faults.group}/${faults.version}`,
      kind: faults.kind,
      metadata: { generateName: `crash-${name}-` },
      spec: { type, target: { name }, ...(duration === undefined ? {} : { duration }) },
    },
  });
  await struck(context, faults, made, kind, name);
  context.print(`${kind}/${name} crashed (fault/${made.metadata.name})\n`);
}

async function struck(context: Context, faults: Resource, made: Fault, kind: string, name: string): Promise<void> {
  const { clock, signal } = context.host;
  const path = pathOf(faults, undefined, made.metadata.name ?? '');
  const endMs = clock.monotonicMs() + WAIT_MS;
  while (!signal.aborted) {
    const { status } = await context.rest.json<Fault>({ path });
    if (status?.phase === 'Active' || status?.phase === 'Healed') return;
    if (status?.phase === 'Failed') {
      await context.rest.json({ method: 'DELETE', path });
      throw new Failure(`error: ${kind} "${name}" was not crashed: ${status.message ?? 'no reason was given'}`);
    }
    if (clock.monotonicMs() > endMs)
      throw new Failure(
        `error: fault/${made.metadata.name} was made, but nothing carried it out within ${WAIT_MS / 1000} s; do nodes run here?`,
      );
    await clock.sleep(POLL_MS, signal);
  }
}

/** Deletes every crash of this target. */
export async function heal(context: Context, kind: string, name: string): Promise<void> {
  const type = typeOf('heal', kind);
  const resources = await context.resources();
  const faults = await resources.resolve('faults');
  if (type === 'NodeCrash')
    await context.rest.json({ path: pathOf(await resources.resolve('nodes'), undefined, name) });
  const active = await faultsOn(context, faults, type, name);
  if (active.length === 0) throw new Failure(`error: ${kind} "${name}" is under no crash`);
  for (const { metadata } of active) {
    await context.rest
      .json({ method: 'DELETE', path: pathOf(faults, undefined, metadata.name ?? '') })
      .catch((thrown) => {
        if (!isNotFound(thrown)) throw thrown;
      });
  }
  context.print(`${kind}/${name} healed\n`);
}

async function faultsOn(context: Context, faults: Resource, type: string, name: string): Promise<Fault[]> {
  const { items } = await context.rest.json<{ items?: readonly Fault[] | null }>({ path: pathOf(faults, undefined) });
  return (items ?? []).filter(
    ({ spec, status }) =>
      spec.type === type &&
      status?.phase !== 'Healed' &&
      status?.phase !== 'Failed' &&
      (spec.target.name === name || status?.targets?.includes(name) === true),
  );
}

export const crashCommand: Leaf = {
  usage: 'KIND NAME [flags]',
  summary: 'crash a node (or a store member): everything on it is gone',
  flags: [text('duration', 'heal by itself after so long')],
  async run(context, flags) {
    const [kind, name, third] = flags.args;
    if (kind === undefined || name === undefined || third !== undefined)
      throw usageError(context, 'expected KIND NAME');
    await crash(context, kind, name, flags.given('duration'));
  },
};

export const healCommand: Leaf = {
  usage: 'KIND NAME',
  summary: 'heal what was crashed',
  flags: [],
  async run(context, flags) {
    const [kind, name, third] = flags.args;
    if (kind === undefined || name === undefined || third !== undefined)
      throw usageError(context, 'expected KIND NAME');
    await heal(context, kind, name);
  },
};
