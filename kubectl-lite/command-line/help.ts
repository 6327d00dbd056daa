/** What `--help` shows, and what is suggested for a command that does not exist. */
import { commands, NAME } from '../program.ts';
import type { Group, Leaf } from './command.ts';
import type { Flag } from './flag.ts';
import { globalFlags } from './flag-groups.ts';

export function rootHelp(): string {
  return [
    'The command line of a Sampan cluster, and of any other Kubernetes API.',
    '',
    'Commands:',
    ...columns(
      Object.entries(commands).flatMap(([name, { summary, hidden }]) => (hidden === true ? [] : [[name, summary]])),
    ),
    '',
    `Usage:\n  ${NAME} COMMAND [flags]`,
    '',
    `\`${NAME} COMMAND --help\` tells the flags of a command; \`${NAME} options\` those that all have.`,
    '',
  ].join('\n');
}

export function groupHelp(path: string, group: Group): string {
  return [
    sentence(group.summary),
    '',
    'Commands:',
    ...columns(Object.entries(group.subcommands).map(([name, { summary }]) => [name, summary])),
    '',
    `Usage:\n  ${path} COMMAND [flags]`,
    '',
  ].join('\n');
}

export function leafHelp(path: string, leaf: Leaf, group?: Group): string {
  const shown = leaf.flags.filter(({ hidden }) => hidden !== true);
  return [
    sentence(leaf.summary),
    ...(leaf.about === undefined ? [] : ['', leaf.about]),
    '',
    `Usage:\n  ${path} ${leaf.usage}`,
    ...(group === undefined
      ? []
      : ['', 'Commands:', ...columns(Object.entries(group.subcommands).map(([name, { summary }]) => [name, summary]))]),
    ...(shown.length === 0 ? [] : ['', 'Flags:', ...flagLines(shown)]),
    '',
    `\`${NAME} options\` tells the flags that every command has.`,
    '',
  ].join('\n');
}

export function optionsHelp(): string {
  return ['Flags of every command:', ...flagLines(globalFlags.filter(({ hidden }) => hidden !== true)), ''].join('\n');
}

function flagLines(flags: readonly Flag[]): string[] {
  return columns(
    flags.map(({ name, short, kind, help, initial }) => {
      const value = kind === 'bool' ? '' : kind === 'integer' ? ' N' : kind === 'duration' ? ' DURATION' : ' TEXT';
      const names = `${short === undefined ? '    ' : `-${short}, `}--${name}${value}`;
      const standard = initial === undefined || initial === '' || initial === false ? '' : ` (${String(initial)})`;
      return [names, `${help}${standard}`];
    }),
  );
}

function columns(rows: readonly (readonly [string, string] | readonly string[])[]): string[] {
  const width = Math.max(0, ...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', summary = '']) => `  ${name.padEnd(width + 2)}${summary}`.trimEnd());
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
}

/** Commands that are close to what was typed, as cobra finds them: at most two letters apart, or begun alike. */
export function suggestion(typed: string, names: readonly string[]): string {
  const close = names.filter(
    (name) => distance(typed, name) <= 2 || name.toLowerCase().startsWith(typed.toLowerCase()),
  );
  if (close.length === 0) return '';
  return `\n\nDid you mean this?\n${close.map((name) => `\t${name}\n`).join('')}`;
}

/** Levenshtein's distance, letters of either case being one. */
function distance(one: string, other: string): number {
  const a = one.toLowerCase();
  const b = other.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
