/** `taint nodes NAME key=value:Effect other-`. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';
import { bool } from '../command-line/flag.ts';
import { dryRunFlag, fieldManager, printFlags, selectorFlag, validateFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { asFailure, Failure, Failures, throwGathered } from '../failure.ts';
import { type Info, select } from '../selection.ts';
import { dryRunOf, writeQuery } from '../writing/dry-run.ts';
import { patchObject } from '../writing/patching.ts';
import { reporter } from '../writing/report.ts';
import { labelComplaint } from './label.ts';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export const taint: Leaf = {
  usage: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N- [flags]',
  summary: 'set and remove taints of nodes',
  flags: [
    ...printFlags,
    selectorFlag,
    dryRunFlag,
    validateFlag,
    fieldManager('kubectl-taint'),
    bool('overwrite', 'change taints that are there already'),
    bool('all', 'all nodes'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const { resources, specs } = split(flags.args);
  if (resources.length === 0) throw new Failure('one or more resources must be specified as <resource> <name>');
  if (specs.length === 0) throw new Failure('at least one taint update is required');
  const { add, remove } = parseTaints(context, specs);
  const [type = '', ...names] = resources;
  const resource = await (await context.resources()).resolve(type.toLowerCase());
  if (resource.kind !== 'Node')
    throw new Failure(`invalid resource type ${type.toLowerCase()}, only node types are supported`);
  const both = add.flatMap((each) =>
    remove.filter(({ key, effect }) => key === each.key && (effect === '' || effect === each.effect)),
  );
  if (both.length > 0)
    throw new Failure(
      `can not both modify and remove the following taint(s) in the same command: ${both.map(({ key, effect }) => `${key}=${effect}`).join(', ')}`,
    );
  const selector = flags.text('selector');
  if (flags.bool('all') && selector !== '')
    throw new Failure("setting 'all' parameter with a non empty selector is prohibited");
  if (!flags.bool('all') && selector === '' && names.length === 0)
    throw new Failure("at least one resource name must be specified since 'all' parameter is not set");
  const report = await reporter(context, flags, dryRun);
  const { infos, failures } = await select(context, {
    args: selector === '' && !flags.bool('all') ? ['node', ...names] : ['node'],
    ...(selector === '' ? {} : { selector }),
    all: flags.bool('all'),
    continueOnError: true,
  });
  const all = [...failures];
  for (const info of infos) {
    try {
      const { operation, taints } = changed(info, flags.bool('overwrite'), add, remove);
      const object = { ...info.object, spec: { ...(info.object.spec as object), taints } };
      const after =
        dryRun === 'client'
          ? object
          : await patchObject(
              context,
              info,
              'merge',
              { spec: { taints: taints.length === 0 ? null : taints } },
              writeQuery(flags, dryRun),
            );
      report(after, operation);
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

function split(args: readonly string[]): { resources: string[]; specs: string[] } {
  const resources: string[] = [];
  const specs: string[] = [];
  for (const word of args) {
    if (/[=:]/.test(word) || word.endsWith('-')) specs.push(word);
    else if (specs.length > 0) throw new Failure(`all resources must be specified before taint changes: ${word}`);
    else resources.push(word);
  }
  return { resources, specs };
}

function parseTaints(context: Context, specs: readonly string[]): { add: Taint[]; remove: Taint[] } {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  const wrong = (message: string): Failure => usageError(context, message);
  for (const spec of specs) {
    const isRemoval = spec.endsWith('-');
    const parsed = parseTaint(isRemoval ? spec.slice(0, -1) : spec, wrong);
    if (isRemoval) {
      remove.push({ key: parsed.key, effect: parsed.effect });
      continue;
    }
    if (parsed.effect === '') throw wrong(`invalid taint spec: ${spec}`);
    if (add.some(({ key, effect }) => key === parsed.key && effect === parsed.effect))
      throw wrong(
        `duplicated taints with the same key and effect: {${parsed.key} ${parsed.value ?? ''} ${parsed.effect} <nil>}`,
      );
    add.push(parsed);
  }
  return { add, remove };
}

const EFFECTS = new Set(['NoSchedule', 'PreferNoSchedule', 'NoExecute']);

function parseTaint(text: string, wrong: (message: string) => Failure): Taint {
  const parts = text.split(':');
  const [left = '', effect = ''] = parts;
  if (parts.length > 2) throw wrong(`invalid taint spec: ${text}`);
  if (parts.length === 2 && !EFFECTS.has(effect))
    throw wrong(`invalid taint effect: ${effect}, unsupported taint effect`);
  const [key = '', value, ...more] = parts.length === 2 ? left.split('=') : [left];
  if (more.length > 0) throw wrong(`invalid taint spec: ${text}`);
  const complaint = value === undefined ? undefined : labelComplaint(value);
  if (complaint !== undefined) throw wrong(`invalid taint spec: ${text}, ${complaint}`);
  if (!/^([A-Za-z0-9.-]+\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(key))
    throw wrong(
      `invalid taint spec: ${text}, name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    );
  return { key, ...(value === undefined || value === '' ? {} : { value }), effect };
}

function changed(
  info: Info,
  overwrite: boolean,
  add: readonly Taint[],
  remove: readonly Taint[],
): { operation: string; taints: Taint[] } {
  const before = (info.object.spec as { taints?: readonly Taint[] } | undefined)?.taints ?? [];
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;
  const present = add.filter((each) => before.some((old) => same(old, each)));
  if (!overwrite && present.length > 0)
    throw new Failure(
      `node ${info.name} already has ${present.map(({ key }) => key).join(',')} taint(s) with same effect(s) and --overwrite is false`,
    );
  let taints = [...add, ...before.filter((old) => !add.some((each) => same(old, each)))];
  const added = before.length !== taints.length;
  let removed = false;
  const missing: Failure[] = [];
  for (const each of remove) {
    const left = taints.filter((old) => !(old.key === each.key && (each.effect === '' || old.effect === each.effect)));
    removed = left.length !== taints.length;
    if (!removed)
      missing.push(
        new Failure(`taint ${JSON.stringify(each.effect === '' ? each.key : `${each.key}:${each.effect}`)} not found`),
      );
    taints = left;
  }
  if (missing.length > 0) throw new Failures(missing);
  return { operation: (added && removed) || overwrite ? 'modified' : added ? 'tainted' : 'untainted', taints };
}
