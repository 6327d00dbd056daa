/** `plugin list`: the programs of the PATH that `kubectl-lite NAME` would run, and what is wrong with them. */
import fs from 'node:fs';
import path from 'node:path';
import { type Group, isGroup, type Leaf } from '../command-line/command.ts';
import { bool } from '../command-line/flag.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { goFileError } from '../kubeconfig.ts';
import { foldersOf, isExecutable } from '../plugins.ts';
import { commands, NAME } from '../program.ts';

const list: Leaf = {
  usage: '[flags]',
  summary: 'show the plugins in the PATH',
  flags: [bool('name-only', 'names without their folders')],
  async run(context, flags) {
    const plugins = pluginsOf(context);
    if (plugins.length > 0) context.print('The following compatible plugins are available:\n\n');
    const seen = new Map<string, string>();
    let warnings = 0;
    for (const plugin of plugins) {
      context.print(`${flags.bool('name-only') ? path.basename(plugin) : plugin}\n`);
      for (const warning of await warningsOf(plugin, seen)) {
        context.host.err(`  - ${warning}\n`);
        warnings++;
      }
    }
    const problems = [
      ...(plugins.length === 0 ? ['error: unable to find any kubectl plugins in your PATH'] : []),
      ...(warnings === 1 ? ['error: one plugin warning was found'] : []),
      ...(warnings > 1 ? [`error: ${warnings} plugin warnings were found`] : []),
    ];
    if (problems.length > 0) throw new Failure(problems.map((problem) => `${problem}\n`).join(''));
  },
};

function pluginsOf({ host }: Context): string[] {
  return foldersOf(host).flatMap((folder) => {
    let entries: fs.Dirent[];
    try {
      entries = fs.readdirSync(folder, { withFileTypes: true });
    } catch (thrown) {
      const why = goFileError(thrown, 'open', folder);
      host.err(`Unable to read directory ${JSON.stringify(folder)} from your PATH: ${why}. Skipping...\n`);
      return [];
    }
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name.startsWith('kubectl-') && !isOurself(entry.name))
      .map(({ name }) => path.join(folder, name))
      .sort();
  });
}

/** Our own program looks like a plugin of kubectl, and is one; of ours it is none. */
function isOurself(name: string): boolean {
  return path.parse(name).name === NAME;
}

async function warningsOf(file: string, seen: Map<string, string>): Promise<string[]> {
  const warnings: string[] = [];
  const name = path.basename(file);
  const executable = isExecutable(file);
  if (executable === false) warnings.push(`warning: ${file} identified as a kubectl plugin, but it is not executable`);
  if (executable === undefined)
    warnings.push(`error: unable to identify ${file} as an executable file: stat ${file}: no such file or directory`);
  const before = seen.get(name);
  if (before === undefined) seen.set(name, file);
  else warnings.push(`warning: ${file} is overshadowed by a similarly named plugin: ${before}`);
  const own = await commandNamed(name.replace(/^kubectl-(lite-)?/, '').split('-'));
  if (own !== undefined) warnings.push(`warning: ${name} overwrites existing command: ${JSON.stringify(own)}`);
  return warnings;
}

/** The command that these words would find: a group takes words that are none of its subcommands. */
async function commandNamed(words: readonly string[]): Promise<string | undefined> {
  const [first = '', ...rest] = words;
  if (!Object.hasOwn(commands, first)) return undefined;
  let found = await commands[first]?.load();
  let shown = `${NAME} ${first}`;
  for (const word of rest) {
    if (found === undefined || !isGroup(found)) break;
    const sub: Group['subcommands'][string] | undefined = found.subcommands[word];
    if (sub === undefined) break;
    shown += ` ${word}`;
    found = await sub.load();
  }
  return shown;
}

export const plugin: Group = {
  summary: 'work with plugins',
  subcommands: { list: { summary: list.summary, load: async () => list } },
};
