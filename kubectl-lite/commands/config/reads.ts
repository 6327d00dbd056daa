/** `config view|current-context|get-contexts|get-clusters|get-users`. */
import fs from 'node:fs';
import type { Leaf } from '../../command-line/command.ts';
import { bool, text } from '../../command-line/flag.ts';
import { printFlags } from '../../command-line/flag-groups.ts';
import type { Context } from '../../context.ts';
import { Failure, Failures } from '../../failure.ts';
import { type Kubeconfig, mergeKubeconfigs, readKubeconfigs } from '../../kubeconfig.ts';
import { printerOf } from '../../printers/choose.ts';
import { goJson } from '../../printers/objects.ts';
import { alignTabs, TABLE_COLUMNS } from '../../printers/tab-writer.ts';
import { yamlOf } from '../../yaml/write.ts';

export async function mergedConfig(context: Context): Promise<Kubeconfig> {
  return mergeKubeconfigs(await readKubeconfigs(context.flags, context.host.env, true));
}

function noArguments(args: readonly string[], path: string): void {
  if (args.length > 0)
    throw new Failure(`unexpected arguments: [${args.join(' ')}]\nSee '${path} -h' for help and examples`);
}

export const currentContext: Leaf = {
  usage: '[flags]',
  summary: 'show the context in use',
  flags: [],
  async run(context) {
    const name = (await mergedConfig(context))['current-context'] ?? '';
    if (name === '') throw new Failure('current-context is not set');
    context.print(`${name}\n`);
  },
};

const byName = <T extends { name: string }>(list: readonly T[] | null | undefined): T[] =>
  [...(list ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));

export const getClusters: Leaf = {
  usage: '[flags]',
  summary: 'show all clusters',
  flags: [],
  async run(context) {
    const names = byName((await mergedConfig(context)).clusters).map(({ name }) => `${name}\n`);
    context.print(`NAME\n${names.join('')}`);
  },
};

export const getUsers: Leaf = {
  usage: '[flags]',
  summary: 'show all users',
  flags: [],
  async run(context) {
    const names = byName((await mergedConfig(context)).users).map(({ name }) => `${name}\n`);
    context.print(`NAME\n${names.join('')}`);
  },
};

export const getContexts: Leaf = {
  usage: '[CONTEXT ...] [flags]',
  summary: 'show contexts',
  flags: [text('output,o', 'name'), bool('no-headers', 'leave the first line out')],
  async run(context, flags) {
    const output = flags.text('output');
    if (output !== '' && output !== 'name') throw new Failure(`output must be one of '' or 'name': ${output}`);
    const config = await mergedConfig(context);
    const all = byName(config.contexts);
    const missing: Failure[] = [];
    const chosen =
      flags.args.length === 0
        ? all
        : flags.args.flatMap((name) => {
            const found = all.find((each) => each.name === name);
            if (found === undefined) missing.push(new Failure(`context ${name} not found`));
            return found === undefined ? [] : [found];
          });
    if (output === 'name') context.print(chosen.map(({ name }) => `${name}\n`).join(''));
    else {
      const rows = chosen.map(({ name, context: each }) => [
        name === config['current-context'] ? '*' : '',
        name,
        String(each.cluster ?? ''),
        String(each.user ?? ''),
        String(each.namespace ?? ''),
      ]);
      const head = flags.bool('no-headers') ? [] : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']];
      context.print(alignTabs([...head, ...rows].map((cells) => `${cells.join('\t')}\n`).join(''), TABLE_COLUMNS));
    }
    if (missing.length === 1 && missing[0] !== undefined) throw missing[0];
    if (missing.length > 1) throw new Failures(missing);
  },
};

const SECRET = { client: 'DATA+OMITTED', redacted: 'REDACTED' };

export const view: Leaf = {
  usage: '[flags]',
  summary: 'show the whole configuration',
  flags: [
    ...printFlags.map((flag) => (flag.name === 'output' ? { ...flag, initial: 'yaml' } : flag)),
    bool('merge', 'of all files', { initial: true }),
    bool('minify', 'only what the context in use needs'),
    bool('raw', 'also secrets'),
    bool('flatten', 'with the content of files in place of their names'),
  ],
  async run(context, flags) {
    noArguments(flags.args, context.commandPath);
    const config = await mergedConfig(context);
    if (typeof context.flags.context === 'string') config['current-context'] = context.flags.context;
    const chosen = flags.bool('minify') ? minified(config) : config;
    const flat = flags.bool('flatten') ? flattened(chosen) : chosen;
    const shown = presented(flags.bool('raw') ? flat : redacted(flat));
    const output = flags.text('output');
    if (output === 'yaml') context.print(yamlOf(shown));
    else if (output === 'json') context.print(`${goJson(shown, 4)}\n`);
    else {
      const printer = await printerOf(flags);
      context.print(printer === undefined ? yamlOf(shown) : printer(shown));
    }
  },
};

function presented(config: Kubeconfig): Record<string, unknown> {
  const list = (entries: readonly { name: string }[] | null | undefined) =>
    entries === undefined || entries === null || entries.length === 0 ? null : byName(entries);
  return {
    kind: 'Config',
    apiVersion: 'v1',
    preferences: {},
    clusters: list(config.clusters),
    users: list(config.users),
    contexts: list(config.contexts),
    'current-context': config['current-context'] ?? '',
  };
}

function minified(config: Kubeconfig): Kubeconfig {
  const name = config['current-context'] ?? '';
  if (name === '') throw new Failure('current-context must exist in order to minify');
  const found = config.contexts?.find((each) => each.name === name);
  if (found === undefined) throw new Failure(`cannot locate context ${name}`);
  return {
    ...config,
    contexts: [found],
    clusters: (config.clusters ?? []).filter((each) => each.name === found.context.cluster),
    users: (config.users ?? []).filter((each) => each.name === found.context.user),
  };
}

function redacted(config: Kubeconfig): Kubeconfig {
  const cover = (fields: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => {
        if (key.endsWith('-data') && value !== '') return [key, SECRET.client];
        return [key, (key === 'token' || key === 'password') && value !== '' ? SECRET.redacted : value];
      }),
    );
  return {
    ...config,
    clusters: (config.clusters ?? []).map(({ name, cluster }) => ({ name, cluster: cover(cluster) })),
    users: (config.users ?? []).map(({ name, user }) => ({ name, user: cover(user ?? {}) })),
  };
}

function flattened(config: Kubeconfig): Kubeconfig {
  const inline = (fields: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) =>
        ['certificate-authority', 'client-certificate', 'client-key'].includes(key) && typeof value === 'string'
          ? [`${key}-data`, fs.readFileSync(value).toString('base64')]
          : [key, value],
      ),
    );
  return {
    ...config,
    clusters: (config.clusters ?? []).map(({ name, cluster }) => ({ name, cluster: inline(cluster) })),
    users: (config.users ?? []).map(({ name, user }) => ({ name, user: inline(user ?? {}) })),
  };
}
