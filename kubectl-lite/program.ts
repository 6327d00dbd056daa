/**
 * The table of commands, and how a command line finds its way to one. A command's file is loaded when it is called;
 * nothing else of `commands/` is.
 */
import type { Group, Leaf, Subcommand } from './command-line/command.ts';
import { isGroup } from './command-line/command.ts';
import type { Flag } from './command-line/flag.ts';
import { globalFlags } from './command-line/flag-groups.ts';
import { FlagSet, HelpWanted, UsageFailure } from './command-line/flag-set.ts';
import { Context, type Host } from './context.ts';
import { Exit, Failure } from './failure.ts';
import type { ConnectionFlags } from './kubeconfig.ts';

export const NAME = 'kubectl-lite';

const command = (summary: string, load: Subcommand['load'], aliases?: readonly string[]): Subcommand => ({
  summary,
  load,
  ...(aliases === undefined ? {} : { aliases }),
});

/** In kubectl's order, which is that of its suggestions; then ours. */
export const commands: Readonly<Record<string, Subcommand>> = {
  create: command(
    'make objects, from files or flags',
    async () => (await import('./commands/create/create.ts')).create,
  ),
  expose: command('make a service in front of pods', async () => (await import('./commands/expose.ts')).expose),
  run: command('run an image in a pod', async () => (await import('./commands/run.ts')).run),
  set: command('change one thing in objects', async () => (await import('./commands/set/set.ts')).set),
  explain: command('tell what types and fields mean', async () => (await import('./commands/explain.ts')).explain),
  get: command('show one or many objects', async () => (await import('./commands/get.ts')).get),
  edit: command('change objects in an editor', async () => (await import('./commands/edit.ts')).edit),
  delete: command('delete objects', async () => (await import('./commands/delete.ts')).remove),
  rollout: command('follow and steer rollouts', async () => (await import('./commands/rollout/rollout.ts')).rollout),
  scale: command('set the number of replicas', async () => (await import('./commands/scale.ts')).scale),
  autoscale: command('let replicas follow the load', async () => (await import('./commands/autoscale.ts')).autoscale),
  certificate: command(
    'approve and deny requests for certificates',
    async () => (await import('./commands/certificate.ts')).certificate,
  ),
  'cluster-info': command(
    'show where the control plane is',
    async () => (await import('./commands/cluster-info.ts')).clusterInfo,
  ),
  top: command('show what nodes and pods use', async () => (await import('./commands/top.ts')).top),
  cordon: command('let no new pods on nodes', async () => (await import('./commands/cordon.ts')).cordon),
  uncordon: command('let pods on nodes again', async () => (await import('./commands/cordon.ts')).uncordon),
  drain: command('move pods away from nodes', async () => (await import('./commands/drain.ts')).drain),
  taint: command('set and remove taints of nodes', async () => (await import('./commands/taint.ts')).taint),
  describe: command('tell all about objects', async () => (await import('./commands/describe.ts')).describe),
  logs: command("show containers' logs", async () => (await import('./commands/logs.ts')).logs),
  attach: command('follow a running container', async () => (await import('./commands/attach.ts')).attach),
  exec: command('run a command in a container', async () => (await import('./commands/exec.ts')).exec),
  'port-forward': command(
    'reach ports of a pod from here',
    async () => (await import('./commands/port-forward.ts')).portForward,
  ),
  proxy: command('let programs here reach the API server', async () => (await import('./commands/proxy.ts')).proxy),
  cp: command('copy files into containers and out of them', async () => (await import('./commands/cp.ts')).cp),
  auth: command('ask about permissions', async () => (await import('./commands/auth/auth.ts')).auth),
  debug: command('look into pods and nodes', async () => (await import('./commands/debug.ts')).debug),
  events: command('show what happened', async () => (await import('./commands/events.ts')).events),
  diff: command('show what an apply would change', async () => (await import('./commands/diff.ts')).diff),
  apply: command('declare what objects shall be', async () => (await import('./commands/apply.ts')).applyGroup),
  patch: command('change some fields of objects', async () => (await import('./commands/patch.ts')).patch),
  replace: command('put whole objects in place', async () => (await import('./commands/replace.ts')).replace),
  wait: command('wait until objects are in a state', async () => (await import('./commands/wait.ts')).wait),
  kustomize: command('refused, with a reason', async () => (await import('./commands/small.ts')).kustomize),
  label: command('set and remove labels', async () => (await import('./commands/label.ts')).label),
  annotate: command('set and remove annotations', async () => (await import('./commands/annotate.ts')).annotate),
  completion: command(
    'complete command lines in your shell',
    async () => (await import('./commands/completion.ts')).completion,
  ),
  'api-resources': command(
    'show the types that the server serves',
    async () => (await import('./commands/api-resources.ts')).apiResources,
  ),
  'api-versions': command(
    'show the versions that the server serves',
    async () => (await import('./commands/api-resources.ts')).apiVersions,
  ),
  alpha: {
    ...command('commands that may change or go', async () => (await import('./commands/small.ts')).alpha),
    hidden: true,
  },
  config: command('show and change kubeconfigs', async () => (await import('./commands/config/config.ts')).config),
  plugin: command('work with plugins', async () => (await import('./commands/plugin.ts')).plugin),
  version: command('show versions', async () => (await import('./commands/version.ts')).version),
  options: command('tell the flags that every command has', async () => (await import('./commands/small.ts')).options),
  crash: command(
    'crash a node, a store member or a pod',
    async () => (await import('./commands/fault.ts')).crashCommand,
  ),
  heal: command('heal what was crashed', async () => (await import('./commands/fault.ts')).healCommand),
  fault: command('show and delete faults', async () => (await import('./commands/fault.ts')).faultGroup),
  trace: command('follow an object through every part', async () => (await import('./commands/trace.ts')).trace),
};

/** Runs one command line to its end. @throws Failure */
export async function runCommandLine(host: Host, words: readonly string[]): Promise<void> {
  const { before, rest } = splitGlobals(words);
  const [name, ...after] = rest;
  if (name === undefined) {
    host.out((await import('./command-line/help.ts')).rootHelp());
    return;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    await help(host, after);
    return;
  }
  if (name === '__complete') {
    await (await import('./commands/complete.ts')).complete(host, after);
    return;
  }
  if (name.startsWith('-')) {
    if (name === '--version') {
      await run(host, 'version', await find('version', host, words), before, ['--client']);
      return;
    }
    throw new Failure(`unknown flag: ${name.split('=')[0]}\nSee '${NAME} --help' for usage.`);
  }
  await run(host, name, await find(name, host, words), before, after);
}

/** @param words of the whole command line, which may name a plugin where it names no command */
async function find(name: string, host: Host, words: readonly string[]): Promise<Leaf | Group> {
  const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found !== undefined) return found.load();
  (await import('./plugins.ts')).runPlugin(host, words, 1);
  const { suggestion } = await import('./command-line/help.ts');
  throw new Failure(`unknown command ${JSON.stringify(name)} for "${NAME}"${suggestion(name, Object.keys(commands))}`);
}

async function run(
  host: Host,
  path: string,
  found: Leaf | Group,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  if (isGroup(found)) {
    const at = firstArgument(after, [...(found.self?.flags ?? []), ...globalFlags]);
    const name = after[at] ?? '';
    const sub = at < 0 ? undefined : subcommandOf(found, name);
    if (sub !== undefined) {
      const [key, subcommand] = sub;
      const words = after.filter((_, index) => index !== at);
      return run(host, `${path} ${key}`, await subcommand.load(), before, words);
    }
    if (path === 'create' && at === 0 && before.length === 0)
      (await import('./plugins.ts')).runPlugin(host, [path, ...after], 2);
    if (found.self !== undefined) return runLeaf(host, path, found.self, before, after, found);
    return runEmptyGroup(host, path, found, after, name);
  }
  return runLeaf(host, path, found, before, after);
}

function subcommandOf(group: Group, name: string): [string, Subcommand] | undefined {
  return Object.entries(group.subcommands).find(
    ([key, { aliases }]) => key === name || aliases?.includes(name) === true,
  );
}

/** A group called without a subcommand shows what there is, and fails; one called for help only shows it. */
async function runEmptyGroup(
  host: Host,
  path: string,
  group: Group,
  words: readonly string[],
  name: string,
): Promise<void> {
  const { groupHelp } = await import('./command-line/help.ts');
  const wantsHelp = words.some((word) => word === '--help' || word === '-h');
  const flag = words.find((word) => word.startsWith('-'));
  if (!wantsHelp && flag !== undefined) {
    const long = flag.startsWith('--');
    const text = long ? `unknown flag: ${flag.split('=')[0]}` : `unknown shorthand flag: '${flag[1]}' in ${flag}`;
    throw new Failure(`${text}\nSee '${NAME} ${path} --help' for usage.`);
  }
  if (name !== '' && !wantsHelp && group.bare?.fails !== false)
    throw new Failure(`unknown command ${JSON.stringify(name)}\nSee '${NAME} ${path} -h' for help and examples`);
  const text = groupHelp(`${NAME} ${path}`, group);
  if (wantsHelp || group.bare?.to === 'out') host.out(text);
  else host.err(text);
  if (!wantsHelp && group.bare?.fails !== false) throw new Exit(1);
}

async function runLeaf(
  host: Host,
  path: string,
  leaf: Leaf,
  before: readonly string[],
  after: readonly string[],
  group?: Group,
): Promise<void> {
  const full = `${NAME} ${path}`;
  const flags = new FlagSet([
    ...leaf.flags,
    ...globalFlags.filter(({ name }) => !leaf.flags.some((own) => own.name === name)),
  ]);
  try {
    flags.parse([...before, ...after]);
  } catch (thrown) {
    if (thrown instanceof HelpWanted) {
      host.out((await import('./command-line/help.ts')).leafHelp(full, leaf, group));
      return;
    }
    if (thrown instanceof UsageFailure) throw new Failure(`${thrown.message}\nSee '${full} --help' for usage.`);
    throw thrown;
  }
  flags.checkRequired();
  const context = await Context.open(host, connectionFlags(flags, leaf), full);
  try {
    await leaf.run(context, flags);
    if (context.warned > 0 && flags.bool('warnings-as-errors'))
      throw new Failure(`${context.warned} warning${context.warned === 1 ? '' : 's'} received`);
  } finally {
    context.close();
  }
}

async function help(host: Host, words: readonly string[]): Promise<void> {
  const help = await import('./command-line/help.ts');
  const [name, ...rest] = words;
  const first = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name === undefined || first === undefined) {
    if (name !== undefined) host.out(`Unknown help topic [\`${name}\`]\n`);
    host.out(help.rootHelp());
    return;
  }
  let path = `${NAME} ${name}`;
  let found = await first.load();
  for (const word of rest) {
    const sub: [string, Subcommand] | undefined = isGroup(found) ? subcommandOf(found, word) : undefined;
    if (sub === undefined) break;
    path += ` ${sub[0]}`;
    found = await sub[1].load();
  }
  if (!isGroup(found)) host.out(help.leafHelp(path, found));
  else host.out(found.self === undefined ? help.groupHelp(path, found) : help.leafHelp(path, found.self, found));
}

/** Where the first word stands that is neither a flag nor its value; -1 where there is none. */
function firstArgument(words: readonly string[], known: readonly Flag[]): number {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-') || word === '-') return at;
    const [name = ''] = word.replace(/^--?/, '').split('=');
    const flag = known.find((each) => (word.startsWith('--') ? each.name === name : each.short === name[0]));
    const bare = flag === undefined || flag.kind === 'bool' || flag.bare !== undefined;
    if (!bare && !word.includes('=') && (word.startsWith('--') || word.length === 2)) at++;
  }
  return -1;
}

/** Flags before the command's name are those of every command. */
function splitGlobals(words: readonly string[]): { before: readonly string[]; rest: readonly string[] } {
  const isGlobal = (word: string): boolean =>
    globalFlags.some(({ name, short }) =>
      word.startsWith('--') ? word.slice(2).split('=')[0] === name : short === word[1],
    );
  const stop = words.findIndex((word) => word.startsWith('-') && !isGlobal(word));
  const first = firstArgument(words, globalFlags);
  const at = stop >= 0 && (first < 0 || stop < first) ? stop : first < 0 ? words.length : first;
  return { before: words.slice(0, at), rest: words.slice(at) };
}

/** @param leaf whose own flags hide those of the connection with the same name: `--user` of a role binding */
export function connectionFlags(flags: FlagSet, leaf?: Leaf): ConnectionFlags {
  const given: Record<string, string | boolean | readonly string[]> = {};
  for (const { name, kind } of globalFlags) {
    if (!flags.changed(name) || leaf?.flags.some((own) => own.name === name) === true) continue;
    given[name] = kind === 'bool' ? flags.bool(name) : kind === 'array' ? flags.texts(name) : flags.text(name);
  }
  return given;
}
