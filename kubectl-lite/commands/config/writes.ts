/** The parts of `config` that change files. A value is changed in the file that has it; a new one goes to the first. */
import fs from 'node:fs';
import path from 'node:path';
import type { Leaf } from '../../command-line/command.ts';
import { bool, text } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { type ConfigFile, type Kubeconfig, kubeconfigFiles, readKubeconfigs } from '../../kubeconfig.ts';
import { yamlOf } from '../../yaml/write.ts';

type Section = 'clusters' | 'contexts' | 'users';
type Entry = { name: string } & Record<string, unknown>;

const PART: Readonly<Record<Section, string>> = { clusters: 'cluster', contexts: 'context', users: 'user' };

async function filesOf(context: Context): Promise<ConfigFile[]> {
  const files = await readKubeconfigs(context.flags, context.host.env, true);
  if (files.length > 0) return files;
  const [file = ''] = kubeconfigFiles(context.flags, context.host.env).slice(-1);
  return [{ file, config: {} }];
}

function save({ file, config }: ConfigFile): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const whole = {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    ...config,
    clusters: config.clusters ?? null,
    contexts: config.contexts ?? null,
    users: config.users ?? null,
    'current-context': config['current-context'] ?? '',
  };
  fs.writeFileSync(file, yamlOf(whole), { mode: 0o600 });
}

function entriesOf(config: Kubeconfig, section: Section): Entry[] {
  return (config[section] ?? []) as unknown as Entry[];
}

/** Changes an entry where it is, or makes one; returns whether it was there. */
function upsert(
  files: readonly ConfigFile[],
  section: Section,
  name: string,
  fields: Record<string, unknown>,
): boolean {
  const holder = files.find(({ config }) => entriesOf(config, section).some((each) => each.name === name));
  const target = holder ?? files[0];
  if (target === undefined) return false;
  const part = PART[section];
  const entries = entriesOf(target.config, section);
  const before = (entries.find((each) => each.name === name)?.[part] ?? {}) as Record<string, unknown>;
  const merged = Object.fromEntries(
    Object.entries({ ...before, ...fields }).filter(([, value]) => value !== undefined),
  );
  const entry: Entry = { name, [part]: merged };
  const others = entries.filter((each) => each.name !== name);
  target.config[section] = [...others, entry].sort((a, b) => (a.name < b.name ? -1 : 1)) as never;
  save(target);
  return holder !== undefined;
}

function oneArgument(_context: Context, flags: FlagSet): string {
  const [name, ...others] = flags.args;
  if (name === undefined || others.length > 0) {
    throw new Failure(`Unexpected args: [${flags.args.join(' ')}]`);
  }
  return name;
}

export const useContext: Leaf = {
  usage: 'CONTEXT_NAME',
  summary: 'use another context',
  flags: [],
  async run(context, flags) {
    const name = oneArgument(context, flags);
    const files = await filesOf(context);
    const exists = files.some(({ config }) => entriesOf(config, 'contexts').some((each) => each.name === name));
    if (!exists) throw new Failure(`no context exists with the name: ${JSON.stringify(name)}`);
    setCurrent(files, name);
    context.print(`Switched to context ${JSON.stringify(name)}.\n`);
  },
};

function setCurrent(files: readonly ConfigFile[], name: string): void {
  const holder = files.find(({ config }) => (config['current-context'] ?? '') !== '') ?? files[0];
  if (holder === undefined) return;
  holder.config['current-context'] = name;
  save(holder);
}

export const setContext: Leaf = {
  usage: '[NAME | --current] [--cluster=NAME] [--user=NAME] [--namespace=NAME]',
  summary: 'make or change a context',
  flags: [bool('current', 'the context in use')],
  async run(context, flags) {
    const files = await filesOf(context);
    const current = files.map(({ config }) => config['current-context'] ?? '').find((each) => each !== '') ?? '';
    const [name, ...others] = flags.args;
    if (flags.bool('current') ? flags.args.length > 0 : name === undefined || others.length > 0)
      throw new Failure(`Unexpected args: [${flags.args.join(' ')}]`);
    const target = flags.bool('current') ? current : (name ?? '');
    if (target === '') throw new Failure('no current context is set');
    const { cluster, user, namespace } = context.flags;
    const there = upsert(files, 'contexts', target, {
      ...(cluster === undefined ? {} : { cluster }),
      ...(user === undefined ? {} : { user }),
      ...(namespace === undefined ? {} : { namespace }),
    });
    context.print(`Context ${JSON.stringify(target)} ${there ? 'modified' : 'created'}.\n`);
  },
};

function file(name: string): string {
  return path.resolve(name);
}

export const setCluster: Leaf = {
  usage:
    'NAME [--server=SERVER] [--certificate-authority=FILE] [--insecure-skip-tls-verify=true] [--tls-server-name=NAME]',
  summary: 'make or change a cluster',
  flags: [bool('embed-certs', 'keep the content of files'), text('proxy-url', 'a proxy to go through')],
  async run(context, flags) {
    const name = oneArgument(context, flags);
    const authority = flags.given('certificate-authority');
    const insecure = flags.changed('insecure-skip-tls-verify');
    const embed = flags.bool('embed-certs');
    upsert(await filesOf(context), 'clusters', name, {
      ...(flags.changed('server') ? { server: flags.text('server') } : {}),
      ...(flags.changed('tls-server-name') ? { 'tls-server-name': flags.text('tls-server-name') } : {}),
      ...(insecure ? { 'insecure-skip-tls-verify': flags.bool('insecure-skip-tls-verify') || undefined } : {}),
      ...(insecure && flags.bool('insecure-skip-tls-verify')
        ? { 'certificate-authority': undefined, 'certificate-authority-data': undefined }
        : {}),
      ...(authority === undefined ? {} : certificate('certificate-authority', authority, embed)),
      ...(flags.changed('proxy-url') ? { 'proxy-url': flags.text('proxy-url') } : {}),
    });
    context.print(`Cluster ${JSON.stringify(name)} set.\n`);
  },
};

function certificate(field: string, name: string, embed: boolean): Record<string, unknown> {
  return embed
    ? { [`${field}-data`]: fs.readFileSync(name).toString('base64'), [field]: undefined }
    : { [field]: file(name), [`${field}-data`]: undefined };
}

export const setCredentials: Leaf = {
  usage: 'NAME [--client-certificate=FILE] [--client-key=FILE] [--token=TOKEN] [--username=USER] [--password=PASSWORD]',
  summary: 'make or change a user',
  flags: [bool('embed-certs', 'keep the content of files')],
  async run(context, flags) {
    const name = oneArgument(context, flags);
    const embed = flags.bool('embed-certs');
    const certificates = ['client-certificate', 'client-key'].flatMap((field) => {
      const given = flags.given(field);
      return given === undefined ? [] : Object.entries(certificate(field, given, embed));
    });
    upsert(await filesOf(context), 'users', name, {
      ...Object.fromEntries(certificates),
      ...(flags.changed('token') ? { token: flags.text('token') } : {}),
      ...(flags.changed('username') ? { username: flags.text('username') } : {}),
      ...(flags.changed('password') ? { password: flags.text('password') } : {}),
    });
    context.print(`User ${JSON.stringify(name)} set.\n`);
  },
};

function deletion(section: Section, what: string): Leaf {
  return {
    usage: 'NAME',
    summary: `forget a ${what}`,
    flags: [],
    async run(context, flags) {
      const name = oneArgument(context, flags);
      const files = await filesOf(context);
      const holder = files.find(({ config }) => entriesOf(config, section).some((each) => each.name === name));
      if (holder === undefined) {
        const shown = files[0]?.file ?? '';
        throw new Failure(`cannot delete ${what} ${name}, not in ${shown}`);
      }
      if (section === 'contexts' && holder.config['current-context'] === name)
        context.host.err(
          'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
        );
      holder.config[section] = entriesOf(holder.config, section).filter((each) => each.name !== name) as never;
      save(holder);
      context.print(`deleted ${what} ${name} from ${holder.file}\n`);
    },
  };
}

export const deleteCluster = deletion('clusters', 'cluster');
export const deleteContext = deletion('contexts', 'context');
export const deleteUser = deletion('users', 'user');

export const renameContext: Leaf = {
  usage: 'CONTEXT_NAME NEW_NAME',
  summary: 'give a context another name',
  flags: [],
  async run(context, flags) {
    const [from = '', to = '', ...more] = flags.args;
    if (to === '' || more.length > 0) throw new Failure(`Unexpected args: [${flags.args.join(' ')}]`);
    const files = await filesOf(context);
    const holder = files.find(({ config }) => entriesOf(config, 'contexts').some((each) => each.name === from));
    if (holder === undefined)
      throw new Failure(`cannot rename the context ${JSON.stringify(from)}, it's not in ${files[0]?.file ?? ''}`);
    if (files.some(({ config }) => entriesOf(config, 'contexts').some((each) => each.name === to)))
      throw new Failure(
        `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${holder.file}`,
      );
    for (const entry of entriesOf(holder.config, 'contexts')) if (entry.name === from) entry.name = to;
    if (holder.config['current-context'] === from) holder.config['current-context'] = to;
    save(holder);
    context.print(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
  },
};

/** `contexts.dev.namespace`: an entry's name may hold dots, so the longest name that fits is taken. */
function place(config: Kubeconfig, property: string): { holder: Record<string, unknown>; key: string } {
  const [section = '', ...rest] = property.split('.');
  if (rest.length === 0) return { holder: config as Record<string, unknown>, key: property };
  if (!(section in PART)) throw new Failure(`unable to parse ${section} at the end of path`);
  const field = rest.at(-1) ?? '';
  const name = rest.slice(0, -1).join('.');
  const part = PART[section as Section];
  const entries = entriesOf(config, section as Section);
  let entry = entries.find((each) => each.name === name);
  if (entry === undefined) {
    entry = { name, [part]: {} };
    config[section as Section] = [...entries, entry] as never;
  }
  return { holder: entry[part] as Record<string, unknown>, key: field };
}

export const setValue: Leaf = {
  usage: 'PROPERTY_NAME PROPERTY_VALUE',
  summary: 'set one value',
  flags: [bool('set-raw-bytes', 'the value is base64 text of bytes')],
  async run(context, flags) {
    const [property, value, ...more] = flags.args;
    if (property === undefined || value === undefined || more.length > 0)
      throw new Failure(`Unexpected args: [${flags.args.join(' ')}]`);
    const [first] = await filesOf(context);
    if (first === undefined) return;
    const { holder, key } = place(first.config, property);
    holder[key] = value === 'true' || value === 'false' ? value === 'true' : value;
    save(first);
    context.print(`Property ${JSON.stringify(property)} set.\n`);
  },
};

export const unsetValue: Leaf = {
  usage: 'PROPERTY_NAME',
  summary: 'remove one value',
  flags: [],
  async run(context, flags) {
    const property = oneArgument(context, flags);
    const [first] = await filesOf(context);
    if (first === undefined) return;
    const [section = '', ...rest] = property.split('.');
    const named = entriesOf(first.config, section as Section).find?.((each) => each.name === rest.join('.'));
    if (named !== undefined && section in PART)
      first.config[section as Section] = entriesOf(first.config, section as Section).filter(
        (each) => each !== named,
      ) as never;
    else {
      const { holder, key } = place(first.config, property);
      delete holder[key];
    }
    save(first);
    context.print(`Property ${JSON.stringify(property)} unset.\n`);
  },
};
