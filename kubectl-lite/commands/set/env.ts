/** `set env`. */
import type { Leaf } from '../../command-line/command.ts';
import { array, bool, list, text } from '../../command-line/flag.ts';
import { pathOf } from '../../discovery.ts';
import type { KubeObject } from '../../documents.ts';
import { Failure, throwGathered } from '../../failure.ts';
import { select, selectionFlags } from '../../selection.ts';
import { type Container, type EnvVariable, podSpecOf } from '../../writing/pod-template.ts';
import { changeEach, setFlags } from './set.ts';

export const env: Leaf = {
  usage: 'TYPE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N [flags]',
  summary: 'set and remove environment variables of containers',
  flags: [
    ...setFlags,
    array('env,e', 'KEY=VALUE; may be repeated'),
    text('containers,c', 'containers of these names, * for any letters', { initial: '*' }),
    text('from', 'take them from this config map or secret: secret/NAME'),
    list('keys', 'with --from: only these keys'),
    text('prefix', 'with --from: a prefix for their names'),
    bool('list', 'show them'),
    bool('resolve', 'with --list: show values kept elsewhere'),
    bool('overwrite', 'change variables that are there already', { initial: true }),
  ],
  async run(context, flags) {
    const resources: string[] = [];
    const changes: string[] = [...flags.texts('env')];
    for (const word of flags.args) {
      if (word.includes('=') || (word.endsWith('-') && word !== '-')) changes.push(word);
      else if (changes.length > flags.texts('env').length)
        throw new Failure(`all resources must be specified before environment changes: ${word}`);
      else resources.push(word);
    }
    if (resources.length === 0 && flags.texts('filename').length === 0)
      throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    const matches = wildcard(flags.text('containers'));
    if (flags.bool('list')) {
      const { infos, failures } = await select(context, {
        ...selectionFlags(flags),
        args: resources,
        continueOnError: true,
      });
      for (const { resource, name, object } of infos) {
        for (const container of containersOf(object, matches)) {
          context.print(`# ${resource.kind} ${name}, container ${container.name}\n`);
          for (const variable of container.env ?? []) context.print(`${listed(variable)}\n`);
        }
      }
      throwGathered(failures);
      return;
    }
    const from =
      flags.text('from') === ''
        ? []
        : await variablesFrom(context, flags.text('from'), flags.texts('keys'), flags.text('prefix'));
    await changeEach(context, flags, resources, 'env updated', (info) => {
      if (podSpecOf(info.object) === undefined)
        throw new Failure(`the object is not a pod or does not have a pod template: ${info.resource.kind}`);
      for (const container of containersOf(info.object, matches)) {
        const after = changed(container.env ?? [], [...changes.map(variableOf), ...from], flags.bool('overwrite'));
        if (after.length > 0) container.env = after;
        else delete container.env;
      }
      return info.object;
    });
  },
};

type Change = EnvVariable | { readonly remove: string };

function variableOf(text: string): Change {
  const at = text.indexOf('=');
  if (at < 0) return { remove: text.slice(0, -1) };
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

function changed(before: readonly EnvVariable[], changes: readonly Change[], overwrite: boolean): EnvVariable[] {
  let after = [...before];
  for (const change of changes) {
    if ('remove' in change) {
      after = after.filter(({ name }) => name !== change.remove);
      continue;
    }
    const at = after.findIndex(({ name }) => name === change.name);
    if (at < 0) after.push(change);
    else if (overwrite) after[at] = change;
    else if (after[at]?.value !== change.value)
      throw new Failure(`'${change.name}' already has a value (${after[at]?.value ?? ''}), and --overwrite is false`);
  }
  return after;
}

async function variablesFrom(
  context: Parameters<Leaf['run']>[0],
  source: string,
  keys: readonly string[],
  prefix: string,
): Promise<EnvVariable[]> {
  const [type = '', name = ''] = source.split('/');
  const resource = await (await context.resources()).resolve(type);
  if (resource.kind !== 'Secret' && resource.kind !== 'ConfigMap')
    throw new Failure(`unsupported resource specified in --from`);
  const object = await context.rest.json<KubeObject & { data?: Record<string, string> }>({
    path: pathOf(resource, context.namespace, name),
  });
  const reference = resource.kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef';
  return Object.keys(object.data ?? {})
    .filter((key) => keys.length === 0 || keys.includes(key))
    .sort()
    .map((key) => ({
      name: `${prefix}${key}`.toUpperCase().replace(/[^A-Z0-9_]/g, '_'),
      valueFrom: { [reference]: { name, key } },
    }));
}

function listed({ name, value, valueFrom }: EnvVariable): string {
  const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom ?? {};
  if (secretKeyRef !== undefined) return `# ${name} from secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  if (configMapKeyRef !== undefined)
    return `# ${name} from configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (fieldRef !== undefined) return `# ${name} from field path ${fieldRef.fieldPath}`;
  if (resourceFieldRef !== undefined) return `# ${name} from resource field ${resourceFieldRef.resource}`;
  return `${name}=${value ?? ''}`;
}

export function containersOf(object: KubeObject, matches: (name: string) => boolean): Container[] {
  const spec = podSpecOf(object);
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].filter(({ name }) => matches(name));
}

export function wildcard(pattern: string): (name: string) => boolean {
  const expression = new RegExp(`^${pattern.replace(/[.+^$(){}|[\]\\?]/g, '\\$&').replaceAll('*', '.*')}$`);
  return (name) => expression.test(name);
}
