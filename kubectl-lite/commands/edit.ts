/**
 * `edit`: opens objects in an editor and sends what was changed. What cannot be read or is refused opens again with the
 * reason on top, until it is right or left as it was.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { deepEqual } from '../../base/deep-equal.ts';
import { mergePatch, strategicPatch } from '../apply/three-way-patch.ts';
import type { Leaf } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import { dryRunFlag, fieldManager, fileFlags, printFlags, validateFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import { type KubeObject, parseObjects } from '../documents.ts';
import { asFailure, Exit, Failure, isConflict, isNotFound, ServerFailure } from '../failure.ts';
import { goJson, listOf, objectName, presentable, sortedKeys } from '../printers/objects.ts';
import { type Info, infoOf, select, selectionFlags, targetsOf } from '../selection.ts';
import { writeQuery } from '../writing/dry-run.ts';
import { type PATCH_TYPES, patchObject, withConfiguration } from '../writing/patching.ts';
import { yamlOf } from '../yaml/write.ts';
import { isBuiltIn } from './apply.ts';

export const edit: Leaf = {
  usage: '(TYPE NAME | -f FILE) [flags]',
  summary: 'change objects in an editor',
  about: 'The editor is KUBE_EDITOR, EDITOR, or vi.',
  flags: [
    ...fileFlags,
    ...printFlags,
    dryRunFlag,
    validateFlag,
    fieldManager('kubectl-edit'),
    bool('output-patch', 'show the patch that is sent'),
    bool('save-config', 'keep the configuration in an annotation, for a later apply'),
    bool('windows-line-endings', 'lines end as on Windows'),
    text('subresource', 'a subresource to edit: status, scale'),
  ],
  async run(context, flags) {
    const { infos } = await select(context, { ...selectionFlags(flags), enforceNamespace: true });
    if (infos.length === 0) throw new Failure('edit cancelled, no objects found');
    const body = infos.length === 1 ? infos[0]?.object : { ...listOf(infos.map(({ object }) => object)), metadata: {} };
    await editing(context, flags, presentable(body, false), (edited) => save(context, flags, infos, edited));
  },
};

/** `create --edit`. */
export async function editBeforeCreate(context: Context, flags: FlagSet): Promise<void> {
  const { targets } = await targetsOf(context, { ...selectionFlags(flags), enforceNamespace: true });
  for (const { object, resource, namespace } of targets) {
    if (object === undefined) continue;
    await editing(context, flags, object, async (edited) => {
      for (const one of edited) {
        const made = await context.rest.json<KubeObject>({
          method: 'POST',
          path: pathOf(resource, namespace),
          query: writeQuery(flags, 'none'),
          body: one,
        });
        context.print(`${objectName(made)} created\n`);
      }
      return { reasons: [], retryable: false, gone: false };
    });
  }
}

export interface Outcome {
  /** Why objects were refused, each with its details: opens the editor again. */
  readonly reasons: readonly { readonly head: string; readonly details: readonly string[] }[];
  /** The object was changed by someone else meanwhile. */
  readonly retryable: boolean;
  readonly gone: boolean;
}

const EDIT_HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/** Opens an object in the editor until what is saved is taken, given up, or as it was. */
export async function editing(
  context: Context,
  flags: FlagSet,
  object: unknown,
  saved: (edited: readonly KubeObject[]) => Promise<Outcome>,
  header = EDIT_HEADER,
): Promise<void> {
  const isJson = flags.text('output') === 'json';
  const ended = (lines: string): string =>
    flags.bool('windows-line-endings') ? lines.replaceAll('\n', '\r\n') : lines;
  const original = ended(isJson ? `${goJson(sortedKeys(object), 4)}\n` : yamlOf(object));
  const extension = isJson ? '.json' : '.yaml';
  let content = original;
  let reasons: Outcome['reasons'] = [];
  let before: string | undefined;
  for (;;) {
    const { file, text } = await inEditor(
      context,
      `${isJson ? '' : ended(header + toldOf(reasons))}${content}`,
      extension,
    );
    if (before !== undefined && stripped(text) === stripped(before)) {
      keep(context, file);
      throw new Failure('Edit cancelled, no valid changes were saved.');
    }
    before = text;
    if (stripped(text) === stripped(original)) {
      fs.rmSync(file);
      context.host.err('Edit cancelled, no changes made.\n');
      return;
    }
    if (stripped(text).trim() === '') {
      fs.rmSync(file);
      context.host.err('Edit cancelled, saved file was empty.\n');
      return;
    }
    let edited: readonly KubeObject[];
    try {
      edited = (await parseObjects(stripped(text), 'edited-file')).map((each) => each.object);
    } catch (thrown) {
      reasons = [{ head: `The edited file had a syntax error: ${asFailure(thrown).message}`, details: [] }];
      content = stripped(text);
      continue;
    }
    let outcome: Outcome;
    try {
      outcome = await saved(edited);
    } catch (thrown) {
      keep(context, file);
      throw thrown;
    }
    if (outcome.retryable) {
      context.host.err(`You can run \`kubectl-lite replace -f ${file}\` to try this update again.\n`);
      throw new Exit(1);
    }
    if (outcome.gone) {
      context.host.err(`The edits you made on deleted resources have been saved to ${JSON.stringify(file)}\n`);
      throw new Exit(1);
    }
    fs.rmSync(file);
    if (outcome.reasons.length === 0) return;
    reasons = outcome.reasons;
    content = stripped(text);
  }
}

function keep(context: Context, file: string): void {
  context.host.err(`A copy of your changes has been stored to ${JSON.stringify(file)}\n`);
}

function toldOf(reasons: Outcome['reasons']): string {
  const told = reasons.map(({ head, details }) => {
    const lines = head.split('\n').map((line) => `# ${line}`);
    return `${lines.join('\n')}:\n${details.map((detail) => `# * ${detail}\n`).join('')}#\n`.replace(
      /:\n#\n$/,
      '\n#\n',
    );
  });
  return told.join('');
}

function stripped(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
}

async function inEditor(context: Context, content: string, extension: string): Promise<{ file: string; text: string }> {
  const { env, random } = context.host;
  const editor = env.KUBE_EDITOR || env.EDITOR || 'vi';
  const file = path.join(os.tmpdir(), `kubectl-lite-edit-${random.below(1e9)}${extension}`);
  // Never through what somebody else put there.
  fs.writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
  // The editor may come with arguments of its own, which a shell takes apart.
  const { status, error } = spawnSync(env.SHELL ?? '/bin/bash', ['-c', `${editor} ${file}`], { stdio: 'inherit' });
  if (error !== undefined) throw new Failure(`unable to launch the editor ${JSON.stringify(editor)}`);
  if (status !== 0) throw new Failure(`there was a problem with the editor ${JSON.stringify(editor)}`);
  return { file, text: fs.readFileSync(file, 'utf8') };
}

/** Sends each changed object; refusals come back as reasons. */
async function save(
  context: Context,
  flags: FlagSet,
  infos: readonly Info[],
  edited: readonly KubeObject[],
): Promise<Outcome> {
  const reasons: { head: string; details: string[] }[] = [];
  let retryable = false;
  let gone = false;
  for (const object of edited) {
    const { resource, namespace, name } = await infoOf(context, { object, source: 'edited-file' }, true);
    const info = infos.find(
      (each) => each.name === name && each.namespace === namespace && each.resource.kind === resource.kind,
    );
    if (info === undefined) throw new Failure('At least one of apiVersion, kind and name was changed');
    const before = presentable(info.object, false) as KubeObject;
    const after = flags.bool('save-config') ? withConfiguration(object) : object;
    if (deepEqual(before, after)) {
      context.host.err(`${objectName(info.object)} skipped\n`.replace(/^/, ''));
      continue;
    }
    const builtIn = isBuiltIn(resource.group);
    const patch = builtIn ? strategicPatch(resource.kind, before, after, before) : mergePatch(before, after, before);
    const type: keyof typeof PATCH_TYPES = builtIn ? 'strategic' : 'merge';
    if (flags.bool('output-patch')) context.print(`Patch: ${goJson(sortedKeys(patch))}\n`);
    try {
      await patchObject(
        context,
        info,
        type,
        goJson(sortedKeys(patch)),
        writeQuery(flags, 'none'),
        flags.given('subresource'),
      );
      context.print(`${objectName(info.object)} edited\n`);
    } catch (thrown) {
      if (!(thrown instanceof ServerFailure)) throw thrown;
      const what = `${resource.name} ${JSON.stringify(info.name)}`;
      if (isNotFound(thrown)) {
        gone = true;
        context.host.err(`error: ${what} could not be found on the server\n`);
      } else if (isConflict(thrown) || thrown.reason !== 'Invalid') {
        retryable = true;
        context.host.err(`error: ${what} could not be patched: ${thrown.message}\n`);
      } else {
        const causes = (thrown.details?.causes ?? []).map(({ field = '', message = '' }) => `${field}: ${message}`);
        reasons.push({ head: `${resource.name} ${JSON.stringify(info.name)} was not valid`, details: causes });
        context.host.err(`error: ${what} is invalid\n`);
      }
    }
  }
  return { reasons, retryable, gone };
}
