/** `__complete WORDS…`: what the last word could become: commands, flags, types, names, namespaces, contexts. */
import { type Group, isGroup, type Leaf } from '../command-line/command.ts';
import { globalFlags } from '../command-line/flag-groups.ts';
import { FlagSet } from '../command-line/flag-set.ts';
import { Context, type Host } from '../context.ts';
import { pathOf, type Resource, type Resources } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { mergeKubeconfigs, readKubeconfigs } from '../kubeconfig.ts';
import { commands, connectionFlags, NAME } from '../program.ts';

/** Commands whose arguments are a type and names. */
const TYPED = new Set(
  'get describe delete edit patch label annotate scale wait expose autoscale explain taint'.split(' '),
);
/** Commands whose arguments are names of one type, and those that also take `type/name`. */
const NAMED: Readonly<Record<string, string>> = { cordon: 'nodes', uncordon: 'nodes', drain: 'nodes', logs: 'pods' };

export async function complete(host: Host, words: readonly string[]): Promise<void> {
  const typed = words.at(-1) ?? '';
  const found = await candidates(host, words.slice(0, -1), typed).catch(() => []);
  const fitting = found.filter((each) => each.startsWith(typed)).sort();
  host.out([...new Set(fitting)].map((each) => `${each}\n`).join(''));
}

async function candidates(host: Host, before: readonly string[], typed: string): Promise<string[]> {
  const [name, ...rest] = before;
  if (name === undefined) return Object.keys(commands);
  let found: Leaf | Group | undefined = Object.hasOwn(commands, name) ? await commands[name]?.load() : undefined;
  let path = name;
  let at = 0;
  while (found !== undefined && isGroup(found)) {
    const word: string | undefined = rest[at];
    const entry: [string, Group['subcommands'][string]] | undefined = Object.entries(found.subcommands).find(
      ([key, { aliases }]) => key === word || (word !== undefined && aliases?.includes(word) === true),
    );
    if (entry === undefined) break;
    path += ` ${entry[0]}`;
    at++;
    found = await entry[1].load();
  }
  if (found === undefined) return [];
  const leaf: Leaf | undefined = isGroup(found) ? found.self : found;
  const flags = [...(leaf?.flags ?? []), ...globalFlags];
  if (typed.startsWith('-'))
    return flags
      .filter(({ hidden }) => hidden !== true)
      .map((flag) => `--${flag.name}${flag.kind === 'bool' ? '' : '='}`);
  if (isGroup(found)) return Object.keys(found.subcommands);
  const set = new FlagSet(flags);
  const last = rest.at(-1) ?? '';
  try {
    set.parse(rest.slice(at));
  } catch {
    // The last flag waits for its value.
    set.parse(rest.slice(at, -1));
  }
  const context = await Context.open(host, connectionFlags(set), `${NAME} ${path}`);
  try {
    return await values(context, path, set.args, typed, last);
  } finally {
    context.close();
  }
}

async function values(
  context: Context,
  path: string,
  args: readonly string[],
  typed: string,
  last: string,
): Promise<string[]> {
  if (last === '-n' || last === '--namespace') return names(context, await resourceNamed(context, 'namespaces'));
  if (last === '-o' || last === '--output')
    return ['json', 'yaml', 'wide', 'name', 'jsonpath=', 'custom-columns=', 'go-template='];
  if (last === '--context' || path === 'config use-context') {
    const config = mergeKubeconfigs(await readKubeconfigs(context.flags, context.host.env));
    return (config.contexts ?? []).map(({ name }) => name);
  }
  if (path === 'completion') return ['bash', 'zsh', 'fish'];
  if (path === 'crash' || path === 'heal')
    return args.length === 0
      ? ['node', 'member']
      : args[0] === 'node'
        ? names(context, await resourceNamed(context, 'nodes'))
        : [];
  if (path === 'create token') return names(context, await resourceNamed(context, 'serviceaccounts'));
  const type = NAMED[path];
  if (typed.includes('/')) {
    const [of = ''] = typed.split('/');
    return (await names(context, await resourceNamed(context, of))).map((name) => `${of}/${name}`);
  }
  if (type !== undefined) return names(context, await resourceNamed(context, type));
  const takesType = TYPED.has(path) || path.startsWith('rollout ') || path.startsWith('set ') || path === 'trace';
  if (!takesType) return [];
  if (args.length === 0) return typesOf(await context.resources(), path);
  return names(context, await resourceNamed(context, args[0] ?? ''));
}

function typesOf(resources: Resources, path: string): string[] {
  if (path.startsWith('rollout ')) return ['deployment', 'daemonset', 'statefulset'];
  return resources.preferred().map(({ name, group }) => (isUnique(resources, name) ? name : `${name}.${group}`));
}

function isUnique(resources: Resources, name: string): boolean {
  return resources.preferred().filter((each) => each.name === name).length === 1;
}

async function resourceNamed(context: Context, type: string): Promise<Resource> {
  return (await context.resources()).resolve(type.split(',')[0] ?? type);
}

async function names(context: Context, resource: Resource): Promise<string[]> {
  const { items } = await context.rest.json<{ items?: readonly KubeObject[] | null }>({
    path: pathOf(resource, context.namespace),
    query: { limit: '500' },
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  });
  return (items ?? []).map(({ metadata }) => metadata.name ?? '');
}
