/** Kubeconfigs as `config` changes them: a value is changed in the file that has it; a new one goes to the first. */
import fs from 'node:fs';
import path from 'node:path';
import type { Leaf } from '../../command-line/command.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { type ConfigFile, goFileError, type Kubeconfig, kubeconfigFiles, readKubeconfigs } from '../../kubeconfig.ts';
import { yamlOf } from '../../yaml/write.ts';

export type Section = 'clusters' | 'contexts' | 'users';
export type Fields = Record<string, unknown>;
type Entry = { name: string } & Fields;

export const PART: Readonly<Record<Section, string>> = { clusters: 'cluster', contexts: 'context', users: 'user' };

export async function filesOf(context: Context): Promise<ConfigFile[]> {
  const files = await readKubeconfigs(context.flags, context.host.env, true);
  if (files.length > 0) return files;
  const [file = ''] = kubeconfigFiles(context.flags, context.host.env).slice(-1);
  return [{ file, config: {} }];
}

export function save({ file, config }: ConfigFile): void {
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

export function entriesOf(config: Kubeconfig, section: Section): Entry[] {
  return (config[section] ?? []) as unknown as Entry[];
}

/** Changes an entry where it is, or makes one; returns whether it was there. Fields that become undefined are dropped. */
export function upsert(
  files: readonly ConfigFile[],
  section: Section,
  name: string,
  changed: (before: Fields) => Fields,
): boolean {
  const holder = files.find(({ config }) => entriesOf(config, section).some((each) => each.name === name));
  const target = holder ?? files[0];
  if (target === undefined) return false;
  const part = PART[section];
  const entries = entriesOf(target.config, section);
  const before = (entries.find((each) => each.name === name)?.[part] ?? {}) as Fields;
  const after = Object.fromEntries(Object.entries(changed(before)).filter(([, value]) => value !== undefined));
  const others = entries.filter((each) => each.name !== name);
  target.config[section] = [...others, { name, [part]: after }].sort((a, b) => (a.name < b.name ? -1 : 1)) as never;
  save(target);
  return holder !== undefined;
}

export function oneArgument(flags: FlagSet): string {
  const [name, ...others] = flags.args;
  if (name === undefined || others.length > 0) throw new Failure(`Unexpected args: [${flags.args.join(' ')}]`);
  return name;
}

/** The only argument of a command that else shows how it is used. */
export async function nameOrHelp(context: Context, flags: FlagSet, leaf: Leaf): Promise<string> {
  const [name, ...others] = flags.args;
  if (name !== undefined && others.length === 0) return name;
  return shownWithHelp(context, leaf, `unexpected args: [${flags.args.join(' ')}]`);
}

/** Shows how the command is used. @throws Failure always */
export async function shownWithHelp(context: Context, leaf: Leaf, message: string): Promise<never> {
  const { leafHelp } = await import('../../command-line/help.ts');
  context.print(leafHelp(context.commandPath, leaf));
  throw new Failure(message);
}

/** A certificate or key as its path, or with `--embed-certs` as its content. */
export function certificate(field: string, name: string, embed: boolean): Fields {
  return embed
    ? { [`${field}-data`]: fs.readFileSync(name).toString('base64'), [field]: undefined }
    : { [field]: path.resolve(name), [`${field}-data`]: undefined };
}

/** @throws Failure for a file that is not there */
export function checkFile(field: string, name: string): void {
  try {
    fs.statSync(name);
  } catch (thrown) {
    throw new Failure(`could not stat ${field} file ${name}: ${goFileError(thrown, 'stat', name)}`);
  }
}
