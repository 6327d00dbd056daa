/**
 * `apply -f`: declares what each object shall be. Client-side it sends the three-way difference and keeps the
 * configuration in an annotation; with --server-side the server merges by who owns which field.
 */
import { keepLastApplied, migrate } from '../apply/migration.ts';
import { mergePatch, type Plain, strategicPatch } from '../apply/three-way-patch.ts';
import { type Group, type Leaf, usageError } from '../command-line/command.ts';
import { array, bool, duration, integer, text } from '../command-line/flag.ts';
import {
  dryRunFlag,
  fieldManager,
  fileFlags,
  printFlags,
  selectorFlag,
  validateFlag,
} from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, failureDuring, isConflict, isNotFound, ServerFailure, throwGathered } from '../failure.ts';
import { printerOf } from '../printers/choose.ts';
import { goJson, listOf, objectName, sortedKeys } from '../printers/objects.ts';
import { fetched, type Info, selectionFlags, targetsOf } from '../selection.ts';
import { type DryRun, dryRunOf, dryRunSuffix, writeQuery } from '../writing/dry-run.ts';
import { infoText, LAST_APPLIED, patchObject, withConfiguration } from '../writing/patching.ts';

const SERVER_MANAGER = 'kubectl';
const CLIENT_MANAGER = 'kubectl-client-side-apply';
const CONFLICT_RETRIES = 5;

const self: Leaf = {
  usage: '(-f FILE | -) [flags]',
  summary: 'declare what objects shall be, from files or standard input',
  flags: [
    ...fileFlags,
    ...printFlags,
    selectorFlag,
    dryRunFlag,
    validateFlag,
    fieldManager(CLIENT_MANAGER),
    bool('server-side', 'let the server merge'),
    bool('force-conflicts', 'with --server-side: take fields from others'),
    bool('overwrite', 'make the new configuration true where others changed it', { initial: true }),
    bool('force', 'delete and make anew what cannot be changed'),
    integer('grace-period', 'with --force: seconds to end', { initial: -1 }),
    duration('timeout', 'with --force: how long to wait'),
    text('cascade', 'with --force: background, foreground or orphan', { bare: 'background', initial: 'background' }),
    bool('wait', 'with --force: wait until it is gone'),
    bool('prune', 'delete what was applied before and is not in the files now'),
    bool('all', 'with --prune: of all that is there'),
    array('prune-allowlist', 'with --prune: only these types, group/version/Kind'),
    bool('openapi-patch', 'taken for compatibility', { hidden: true, initial: true }),
    text('subresource', 'with --server-side: a subresource to write'),
  ],
  run: apply,
};

export const applyGroup: Group = {
  summary: self.summary,
  self,
  subcommands: {
    'view-last-applied': {
      summary: 'show the configuration that was applied last',
      load: async () => (await import('./apply-last-applied.ts')).viewLastApplied,
    },
    'set-last-applied': {
      summary: 'say that this configuration was applied last',
      load: async () => (await import('./apply-last-applied.ts')).setLastApplied,
    },
    'edit-last-applied': {
      summary: 'change the configuration that was applied last in an editor',
      load: async () => (await import('./apply-last-applied.ts')).editLastApplied,
    },
  },
};

interface Work {
  readonly context: Context;
  readonly flags: FlagSet;
  readonly dryRun: DryRun;
  /** Objects as they are afterwards, for `-o` and `--prune`. */
  readonly done: { readonly info: Info; readonly operation: string }[];
}

async function apply(context: Context, flags: FlagSet): Promise<void> {
  if (flags.args.length > 0) throw usageError(context, `Unexpected args: [${flags.args.join(' ')}]`);
  const dryRun = dryRunOf(flags);
  if (flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('must specify one of -f and -k');
  validate(flags, dryRun);
  const pruning = flags.bool('prune') ? await import('../apply/prune.ts') : undefined;
  const types = (await pruning?.prunedTypes(context, flags)) ?? [];
  const options = { ...selectionFlags(flags), all: false, enforceNamespace: true, continueOnError: true };
  const printer = await printerOf(flags);
  const { targets, failures } = await targetsOf(context, options);
  const all: Failure[] = [...failures];
  const infos = targets.flatMap((info) => (info.object === undefined ? [] : [info as Info]));
  if (infos.length === 0 && all.length === 0) throw new Failure('no objects passed to apply');
  const work: Work = { context, flags, dryRun, done: [] };
  for (const info of infos) {
    try {
      const { info: after, operation } = await applyOne(work, info);
      work.done.push({ info: after, operation });
      if (printer === undefined) context.print(`${objectName(after.object)} ${operation}${dryRunSuffix(dryRun)}\n`);
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  if (printer !== undefined && work.done.length > 0) {
    const objects = work.done.map(({ info }) => info.object);
    const [only] = objects;
    context.print(printer(objects.length === 1 && only !== undefined ? only : { ...listOf(objects), metadata: {} }));
  }
  await pruning?.prune(
    context,
    flags,
    dryRun,
    types,
    work.done.map(({ info }) => info),
  );
  throwGathered(all);
}

function validate(flags: FlagSet, dryRun: DryRun): void {
  const serverSide = flags.bool('server-side');
  const selector = flags.text('selector') !== '';
  if (flags.bool('force-conflicts') && !serverSide)
    throw new Failure('--force-conflicts only works with --server-side');
  if (dryRun === 'client' && serverSide)
    throw new Failure("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  if (serverSide && flags.bool('force')) throw new Failure('--force cannot be used with --server-side');
  if (dryRun === 'server' && flags.bool('force')) throw new Failure('--dry-run=server cannot be used with --force');
  if (flags.bool('all') && selector) throw new Failure('cannot set --all and --selector at the same time');
  if (!flags.bool('prune')) return;
  if (flags.bool('force')) throw new Failure('--force cannot be used with --prune');
  if (!flags.bool('all') && !selector)
    throw new Failure(
      'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
    );
  if (serverSide)
    throw new Failure("--prune is in alpha and doesn't currently work on objects created by server-side apply");
}

async function applyOne(work: Work, info: Info): Promise<{ info: Info; operation: string }> {
  const { generateName } = info.object.metadata;
  if (info.name === '' && generateName !== undefined && generateName !== '')
    throw new Failure(`from ${generateName}: cannot use generate name with apply`);
  return work.flags.bool('server-side') ? serverSide(work, info) : clientSide(work, info);
}

const CONFLICT_ADVICE = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

async function serverSide({ context, flags, dryRun }: Work, info: Info): Promise<{ info: Info; operation: string }> {
  if (info.name === '') throw new Failure('name is required');
  const manager = flags.given('field-manager') ?? SERVER_MANAGER;
  const query = {
    ...writeQuery(flags, dryRun),
    fieldManager: manager,
    force: String(flags.bool('force-conflicts')),
  };
  const write = async (): Promise<Info> => {
    const body = sortedKeys(info.object);
    return { ...info, object: await patchObject(context, info, 'apply', body, query, flags.given('subresource')) };
  };
  try {
    let applied = await write();
    if (dryRun === 'none') {
      if (manager === SERVER_MANAGER) applied = await keepLastApplied(context, applied);
      if (await migrate(context, applied, manager)) applied = await write();
    }
    return { info: applied, operation: 'serverside-applied' };
  } catch (thrown) {
    if (isConflict(thrown)) throw new Failure(`${(thrown as ServerFailure).message}\n${CONFLICT_ADVICE}`);
    throw thrown;
  }
}

async function clientSide(work: Work, info: Info): Promise<{ info: Info; operation: string }> {
  const { context, flags, dryRun } = work;
  const modified = withConfiguration(info.object);
  let current: Info;
  try {
    current = await fetched(context, info);
  } catch (thrown) {
    if (!isNotFound(thrown))
      throw failureDuring(
        thrown,
        `error when retrieving current configuration of:\n${infoText(info)}\nfrom server for: ${JSON.stringify(info.source)}`,
      );
    return { info: await create(work, { ...info, object: modified }), operation: 'created' };
  }
  // Without asking the server nothing more is known than that there is something to change.
  if (dryRun === 'client') return { info: current, operation: 'configured' };
  if (current.object.metadata.annotations?.[LAST_APPLIED] === undefined) {
    context.host.err(
      `Warning: resource ${info.resource.name}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl-lite apply. kubectl-lite apply should only be used on resources created declaratively by either kubectl-lite create --save-config or kubectl-lite apply. The missing annotation will be patched automatically.\n`,
    );
  }
  let patch: Plain = {};
  let sent: Info;
  try {
    [sent, patch] = await send(work, current, modified, (tried) => {
      patch = tried;
    });
  } catch (thrown) {
    const refused = thrown instanceof ServerFailure && (isConflict(thrown) || thrown.reason === 'Invalid');
    if (refused && flags.bool('force')) {
      await (await import('../apply/recreate.ts')).removeForRecreation(context, info);
      return { info: await create(work, { ...info, object: modified }), operation: 'configured' };
    }
    const patching = failureDuring(thrown, `error when patching ${JSON.stringify(info.source)}`);
    throw failureDuring(
      patching,
      `error when applying patch:\n${goJson(sortedKeys(patch))}\nto:\n${infoText(info)}\nfor: ${JSON.stringify(info.source)}`,
    );
  }
  const { deletionTimestamp } = sent.object.metadata;
  if (deletionTimestamp !== undefined && deletionTimestamp !== null)
    context.host.err(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`);
  const unchanged = Object.keys(patch).length === 0;
  return {
    info: sent,
    operation: unchanged ? 'unchanged' : 'configured',
  };
}

/** Computes the patch against the newest object until no writer comes between. */
async function send(
  { context, flags, dryRun }: Work,
  first: Info,
  modified: KubeObject,
  tried: (patch: Plain) => void,
): Promise<[Info, Plain]> {
  let current = first;
  for (let attempt = 1; ; attempt++) {
    const original = lastApplied(current.object);
    const builtIn = isBuiltIn(current.resource.group);
    const patch = builtIn
      ? strategicPatch(current.resource.kind, original, modified, current.object)
      : mergePatch(original, modified, current.object);
    tried(patch);
    if (Object.keys(patch).length === 0) return [current, patch];
    try {
      const body = goJson(sortedKeys(patch));
      const object = await patchObject(
        context,
        current,
        builtIn ? 'strategic' : 'merge',
        body,
        writeQuery(flags, dryRun),
      );
      return [{ ...current, object }, patch];
    } catch (thrown) {
      if (!isConflict(thrown) || attempt > CONFLICT_RETRIES) throw thrown;
      current = await fetched(context, current);
    }
  }
}

function lastApplied(object: KubeObject): Plain {
  const text = object.metadata.annotations?.[LAST_APPLIED];
  return text === undefined || text === '' ? {} : (JSON.parse(text) as Plain);
}

/** Kinds of these groups come with patch strategies; custom resources do not. */
export function isBuiltIn(group: string): boolean {
  return group === '' || !group.includes('.') || (group.endsWith('.k8s.io') && group !== 'metrics.k8s.io');
}

async function create({ context, flags, dryRun }: Work, info: Info): Promise<Info> {
  const object = withoutNulls(info.object) as KubeObject;
  if (dryRun === 'client') return { ...info, object };
  try {
    const made = await context.rest.json<KubeObject>({
      method: 'POST',
      path: pathOf(info.resource, info.namespace),
      query: writeQuery(flags, dryRun),
      body: object,
    });
    return { ...info, object: made };
  } catch (thrown) {
    throw failureDuring(thrown, `error when creating ${JSON.stringify(info.source)}`);
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}
