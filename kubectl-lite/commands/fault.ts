/** `crash`, `heal` and `fault`: short forms of making, listing and deleting `Fault` objects. */
import { type Group, type Leaf, usageError } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure, isNotFound } from '../failure.ts';
import { get } from './get.ts';

interface Fault extends KubeObject {
  readonly spec: {
    readonly type: string;
    readonly target: { readonly name?: string; readonly namespace?: string };
  };
  readonly status?: { readonly phase?: string; readonly targets?: readonly string[]; readonly message?: string };
}

type Kind = 'node' | 'member' | 'pod';

const KINDS: Readonly<Record<string, Kind>> = {
  node: 'node',
  nodes: 'node',
  no: 'node',
  member: 'member',
  members: 'member',
  pod: 'pod',
  pods: 'pod',
  po: 'pod',
};
const TYPES: Readonly<Record<Kind, string>> = {
  node: 'NodeCrash',
  member: 'StoreMemberCrash',
  pod: 'ContainerExit',
};
const WAIT_MS = 10_000;
const POLL_MS = 50;

export interface CrashFlags {
  /** A Go duration, after which it heals by itself. */
  readonly duration?: string | undefined;
  /** Of a pod: the container; absent: all. */
  readonly container?: string | undefined;
}

function kindOf(verb: string, typed: string): Kind {
  const kind = Object.hasOwn(KINDS, typed) ? KINDS[typed] : undefined;
  if (kind === undefined)
    throw new Failure(`error: cannot ${verb} a ${typed}; use \`${verb} node NAME\` or \`${verb} member NAME\``);
  return kind;
}

/** Makes the fault and waits until it has struck. */
export async function crash(context: Context, typed: string, name: string, flags: CrashFlags): Promise<void> {
  const kind = kindOf('crash', typed);
  const { duration, container } = flags;
  if (kind !== 'pod' && container !== undefined) throw new Failure('error: only pods have containers to crash');
  if (kind === 'pod' && duration !== undefined)
    throw new Failure('error: a crash of a pod has no duration: its containers are started again');
  const resources = await context.resources();
  const faults = await resources.resolve('faults');
  await mustExist(context, kind, name);
  if (kind !== 'pod' && (await faultsOn(context, faults, TYPES[kind], name)).length > 0)
    throw new Failure(`error: ${kind} "${name}" is crashed already; \`kubectl-lite heal ${kind} ${name}\` heals it`);
  const target = {
    name,
    ...(kind === 'pod' ? { namespace: context.namespace } : {}),
    ...(container === undefined ? {} : { container }),
  };
  const made = await context.rest.json<Fault>({
    method: 'POST',
    path: pathOf(faults, undefined),
    body: {
      apiVersion: `${faults.group}/${faults.version}`,
      kind: faults.kind,
      metadata: { generateName: `crash-${name}-` },
      spec: { type: TYPES[kind], target, ...(duration === undefined ? {} : { duration }) },
    },
  });
  await struck(context, faults, made, kind, name);
  context.print(`${kind}/${name} crashed (fault/${made.metadata.name})\n`);
}

async function mustExist(context: Context, kind: Kind, name: string): Promise<void> {
  if (kind === 'member') return;
  const resource = await (await context.resources()).resolve(`${kind}s`);
  await context.rest.json({ path: pathOf(resource, kind === 'pod' ? context.namespace : undefined, name) });
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
export async function heal(context: Context, typed: string, name: string): Promise<void> {
  const kind = kindOf('heal', typed);
  if (kind === 'pod') throw new Failure('error: a pod needs no healing: its kubelet starts its containers again');
  const faults = await (await context.resources()).resolve('faults');
  await mustExist(context, kind, name);
  const active = await faultsOn(context, faults, TYPES[kind], name);
  if (active.length === 0) throw new Failure(`error: ${kind} "${name}" is under no crash`);
  for (const { metadata } of active) await deleteFault(context, faults, metadata.name ?? '', true);
  context.print(`${kind}/${name} healed\n`);
}

async function remove(context: Context, names: readonly string[], all: boolean): Promise<void> {
  if (names.length === 0 && !all) throw new Failure('error: name the faults to delete, or use --all');
  if (names.length > 0 && all) throw new Failure('error: name can not be provided when --all is given');
  const faults = await (await context.resources()).resolve('faults');
  const going = all ? (await everyFault(context, faults)).map(({ metadata }) => metadata.name ?? '') : names;
  if (going.length === 0) context.print('No resources found\n');
  for (const name of going) {
    await deleteFault(context, faults, name, all);
    context.print(`fault.${faults.group} "${name}" deleted\n`);
  }
}

async function deleteFault(context: Context, faults: Resource, name: string, mayBeGone: boolean): Promise<void> {
  await context.rest.json({ method: 'DELETE', path: pathOf(faults, undefined, name) }).catch((thrown) => {
    if (!mayBeGone || !isNotFound(thrown)) throw thrown;
  });
}

async function everyFault(context: Context, faults: Resource): Promise<readonly Fault[]> {
  const { items } = await context.rest.json<{ items?: readonly Fault[] | null }>({ path: pathOf(faults, undefined) });
  return items ?? [];
}

async function faultsOn(context: Context, faults: Resource, type: string, name: string): Promise<Fault[]> {
  return (await everyFault(context, faults)).filter(
    ({ spec, status }) =>
      spec.type === type &&
      status?.phase !== 'Healed' &&
      status?.phase !== 'Failed' &&
      (spec.target.name === name || status?.targets?.includes(name) === true),
  );
}

/** The two arguments of `crash` and `heal`. */
function kindAndName(context: Context, { args: [kind, name, third] }: FlagSet): readonly [string, string] {
  if (kind === undefined || name === undefined || third !== undefined) throw usageError(context, 'expected KIND NAME');
  return [kind, name];
}

export const crashCommand: Leaf = {
  usage: 'KIND NAME [flags]',
  summary: 'crash a node, a store member or a pod',
  flags: [text('duration', 'heal by itself after so long'), text('container,c', 'of a pod: only this container')],
  async run(context, flags) {
    const [kind, name] = kindAndName(context, flags);
    await crash(context, kind, name, { duration: flags.given('duration'), container: flags.given('container') });
  },
};

export const healCommand: Leaf = {
  usage: 'KIND NAME',
  summary: 'heal what was crashed',
  flags: [],
  async run(context, flags) {
    const [kind, name] = kindAndName(context, flags);
    await heal(context, kind, name);
  },
};

const listCommand: Leaf = {
  usage: '[flags]',
  summary: 'show all faults and how far they are',
  flags: [text('output,o', 'wide, json, yaml, name and whatever get knows')],
  async run(context, flags) {
    if (flags.args.length > 0) throw usageError(context, '`fault list` takes no names; use `get fault NAME`');
    const output = flags.given('output');
    const asked = new FlagSet(get.flags);
    asked.parse(['faults', ...(output === undefined ? [] : ['--output', output])]);
    await get.run(context, asked);
  },
};

const deleteCommand: Leaf = {
  usage: '(NAME... | --all)',
  summary: 'delete faults, which heals what they broke',
  flags: [bool('all', 'all of them')],
  run: (context, flags) => remove(context, flags.args, flags.bool('all')),
};

export const faultGroup: Group = {
  summary: 'faults: what is broken on purpose',
  subcommands: {
    list: { summary: listCommand.summary, aliases: ['ls'], load: async () => listCommand },
    delete: { summary: deleteCommand.summary, load: async () => deleteCommand },
  },
};
