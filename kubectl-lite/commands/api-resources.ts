/** `api-resources` and `api-versions`: what the server serves. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';
import { bool, list, text } from '../command-line/flag.ts';
import { apiVersionOf, type Resource } from '../discovery.ts';
import { Failure } from '../failure.ts';
import { byCodePoints } from '../printers/objects.ts';
import { alignTabs, TABLE_COLUMNS } from '../printers/tab-writer.ts';

export const apiResources: Leaf = {
  usage: '[flags]',
  summary: 'show the types that the server serves',
  flags: [
    text('output,o', 'wide or name'),
    text('api-group', 'only of this group'),
    bool('namespaced', 'only with (or, =false, without) a namespace', { initial: true }),
    list('verbs', 'only with all of these verbs'),
    list('categories', 'only of all of these categories'),
    text('sort-by', 'name or kind'),
    bool('no-headers', 'leave the first line out'),
    bool('cached', 'do not ask the server anew'),
  ],
  async run(context, flags) {
    if (flags.args.length > 0) throw usageError(context, `unexpected arguments: [${flags.args.join(' ')}]`);
    const output = flags.text('output');
    if (output !== '' && output !== 'wide' && output !== 'name')
      throw new Failure(`--output ${output} is not available`);
    const sortBy = flags.text('sort-by');
    if (sortBy !== '' && sortBy !== 'name' && sortBy !== 'kind')
      throw new Failure('--sort-by accepts only name or kind');
    const resources = await context.resources();
    if (!flags.bool('cached')) await resources.refresh();
    const group = flags.given('api-group');
    const namespaced = flags.changed('namespaced') ? flags.bool('namespaced') : undefined;
    const has = (wanted: readonly string[], present: readonly string[]): boolean =>
      wanted.every((each) => present.includes(each));
    const shown = resources
      .preferred()
      .filter(
        (each) =>
          each.verbs.length > 0 &&
          (group === undefined || each.group === group) &&
          (namespaced === undefined || each.namespaced === namespaced) &&
          has(flags.texts('verbs'), each.verbs) &&
          has(flags.texts('categories'), each.categories),
      )
      .sort((a, b) => compare(a, b, sortBy));
    context.print(
      output === 'name' ? shown.map(fullName).join('') : tableOf(shown, output === 'wide', flags.bool('no-headers')),
    );
  },
};

function fullName({ name, group }: Resource): string {
  return `${group === '' ? name : `${name}.${group}`}\n`;
}

function compare(a: Resource, b: Resource, sortBy: string): number {
  if (sortBy === 'name') return byCodePoints(a.name, b.name);
  if (sortBy === 'kind') return byCodePoints(a.kind, b.kind);
  return byCodePoints(a.group, b.group) || byCodePoints(a.name, b.name);
}

function tableOf(resources: readonly Resource[], wide: boolean, noHeaders: boolean): string {
  const head = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
  const rows = resources.map((each) => [
    each.name,
    each.shortNames.join(','),
    apiVersionOf(each),
    String(each.namespaced),
    each.kind,
    ...(wide ? [[...each.verbs].sort(byCodePoints).join(','), each.categories.join(',')] : []),
  ]);
  const lines = [...(noHeaders ? [] : [head]), ...rows].map((cells) => `${cells.join('\t')}\n`);
  return alignTabs(lines.join(''), TABLE_COLUMNS);
}

export const apiVersions: Leaf = {
  usage: '[flags]',
  summary: 'show the API versions that the server serves',
  flags: [],
  async run(context, flags) {
    if (flags.args.length > 0) throw usageError(context, `unexpected arguments: [${flags.args.join(' ')}]`);
    const resources = await context.resources();
    await resources.refresh();
    const versions = new Set(resources.all.map(apiVersionOf));
    context.print(
      [...versions]
        .sort(byCodePoints)
        .map((version) => `${version}\n`)
        .join(''),
    );
  },
};
