/**
 * What a command line names: files, `pods web-1 web-2`, `deploy/web svc/db`, `pods,services -l app=web`; and the objects
 * behind it (cli-runtime's resource builder). Some commands go on after a failure and tell all failures at the end.
 */
import type { FlagSet } from './command-line/flag-set.ts';
import type { Context } from './context.ts';
import { apiVersionOf, pathOf, type Resource } from './discovery.ts';
import { flattenObject, type KubeObject, parseValues, type SourcedObject, sourcesOf } from './documents.ts';
import { asFailure, Failure, isNotFound, ServerFailure } from './failure.ts';
import type { Call } from './rest.ts';
import { validationOf } from './writing/dry-run.ts';

/** One object, or one collection. */
export interface Info<T = KubeObject> {
  readonly resource: Resource;
  /** Empty for what has no namespace, and for all of them. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
  /** The file it was read from. */
  readonly source: string;
  readonly object: T;
}

export interface SelectionOptions {
  readonly args: readonly string[];
  readonly files?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  /** A type alone stands for all of its objects. */
  readonly typeAloneIsAll?: boolean;
  readonly singleType?: boolean;
  readonly subresource?: string;
  readonly chunkSize?: number;
  /** Objects in files must be in the namespace that a flag names. */
  readonly enforceNamespace?: boolean;
  /** Objects in files must say their type, as kubectl's validation asks. */
  readonly validate?: boolean;
  /** Whether failures are gathered, for the caller to throw at the end. */
  readonly continueOnError?: boolean;
}

export const MISSING_RESOURCE = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** What is to be asked for, before anything was. */
export interface Targets {
  readonly targets: readonly Info<KubeObject | undefined>[];
  readonly failures: readonly Failure[];
  /** Whether the command line can only mean one object. */
  readonly single: boolean;
  readonly query: Readonly<Record<string, string | undefined>>;
}

export function selectionFlags(flags: FlagSet): SelectionOptions {
  if (flags.changed('kustomize'))
    throw new Failure(
      'error: kubectl-lite does not build kustomizations; build them first and pass the result with -f',
    );
  const selector = flags.given('selector');
  const fieldSelector = flags.given('field-selector');
  return {
    args: flags.args,
    files: flags.texts('filename'),
    recursive: flags.bool('recursive'),
    validate: flags.text('validate') !== '' && validationOf(flags) !== 'Ignore',
    all: flags.bool('all'),
    allNamespaces: flags.bool('all-namespaces'),
    ...(selector === undefined || selector === '' ? {} : { selector }),
    ...(fieldSelector === undefined || fieldSelector === '' ? {} : { fieldSelector }),
    ...(flags.changed('subresource') ? { subresource: flags.text('subresource') } : {}),
    chunkSize: flags.number('chunk-size'),
  };
}

/** @throws Failure for a command line that cannot mean anything */
export async function targetsOf(context: Context, options: SelectionOptions): Promise<Targets> {
  const { files = [], selector, fieldSelector, all = false } = options;
  const { tuples, types, names } = await argumentsOf(context, options);
  const bySelector = selector !== undefined || fieldSelector !== undefined || all;
  if (all && (selector !== undefined || fieldSelector !== undefined))
    throw new Failure("setting 'all' parameter but found a non empty selector. ");
  if (files.length > 0) {
    if (types.length > 0)
      throw new Failure(
        'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
      );
    if (names.length > 0) throw new Failure('name cannot be provided when a path is specified');
    if (tuples.length > 0) throw new Failure('resource/name arguments cannot be provided when a path is specified');
    return fromFiles(context, options);
  }
  const bulk = types.length > 0 && names.length === 0 && options.typeAloneIsAll === true;
  if (bySelector || bulk) {
    if (names.length > 0) throw new Failure('name cannot be provided when a selector is specified');
    if (tuples.length > 0)
      throw new Failure('selectors and the all flag cannot be used when passing resource/name arguments');
    if (types.length === 0) throw new Failure('at least one resource must be specified to use a selector');
    if (options.subresource !== undefined)
      throw new Failure('subresource cannot be used when bulk resources are specified');
    const resources = await resourcesOf(context, types, options);
    const targets = resources.map((resource) => target(context, options, resource, ''));
    return { targets, failures: [], single: false, query: { labelSelector: selector, fieldSelector } };
  }
  if (tuples.length > 0) return fromTuples(context, options, tuples);
  if (names.length > 0) {
    const resources = await resourcesOf(context, types, options);
    const [resource, another] = resources;
    if (resource === undefined || another !== undefined) throw new Failure('you must specify only one resource');
    const targets = names.map((name) => target(context, options, resource, name));
    return { targets, failures: [], single: names.length === 1, query: {} };
  }
  if (types.length === 0) throw new Failure(MISSING_RESOURCE);
  await resourcesOf(context, types, options);
  throw new Failure('resource(s) were provided, but no name was specified');
}

interface Arguments {
  readonly tuples: readonly (readonly [string, string])[];
  readonly types: readonly string[];
  readonly names: readonly string[];
}

const MIXED =
  "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl-lite get resource/<resource_name>' instead of 'kubectl-lite get resource resource/<resource_name>'";

async function argumentsOf(_context: Context, { args }: SelectionOptions): Promise<Arguments> {
  const [first = '', ...rest] = args;
  const split = first.split(',').filter((part) => part !== '');
  const words =
    rest.length > 0 && split.length > 1 ? split.flatMap((type) => rest.map((name) => `${type}/${name}`)) : args;
  const slashes = words.filter((word) => word.includes('/')).length;
  if (slashes > 0) {
    if (slashes !== words.length) throw new Failure(MIXED);
    return { tuples: words.map(tupleOf), types: [], names: [] };
  }
  return { tuples: [], types: words.length === 0 ? [] : split, names: words.slice(1) };
}

function tupleOf(word: string): readonly [string, string] {
  const parts = word.split('/');
  if (parts.length !== 2) throw new Failure('arguments in resource/name form may not have more than one slash');
  const [type = '', name = ''] = parts;
  if (type === '' || name === '' || type.includes(','))
    throw new Failure('arguments in resource/name form must have a single resource and name');
  return [type, name];
}

async function resourcesOf(context: Context, types: readonly string[], options: SelectionOptions): Promise<Resource[]> {
  const resources = await context.resources();
  const found = await resources.resolveAll(types.join(','));
  if (options.singleType === true && found.length > 1) throw new Failure('you may only specify a single resource type');
  return found;
}

function target(context: Context, options: SelectionOptions, resource: Resource, name: string): Info<undefined> {
  const everywhere = options.allNamespaces === true;
  if (name !== '' && resource.namespaced && everywhere)
    throw new Failure('a resource cannot be retrieved by name across all namespaces');
  const namespace = resource.namespaced && !everywhere ? context.namespace : '';
  return { resource, namespace, name, source: '', object: undefined };
}

async function fromTuples(
  context: Context,
  options: SelectionOptions,
  tuples: readonly (readonly [string, string])[],
): Promise<Targets> {
  const resources = await context.resources();
  const targets: Info<undefined>[] = [];
  const kinds = new Set<string>();
  for (const [type, name] of tuples) {
    const resource = await resources.resolve(type);
    kinds.add(`${resource.kind}.${resource.group}`);
    targets.push(target(context, options, resource, name));
  }
  if (options.singleType === true && kinds.size > 1) throw new Failure('you may only specify a single resource type');
  return { targets, failures: [], single: tuples.length === 1, query: {} };
}

async function fromFiles(context: Context, options: SelectionOptions): Promise<Targets> {
  const { sources, single } = sourcesOf(options.files ?? [], options.recursive === true, context.host.stdin);
  const targets: Info<KubeObject>[] = [];
  const failures: Failure[] = [];
  const gather = (thrown: unknown): void => {
    if (options.continueOnError !== true) throw thrown;
    failures.push(asFailure(thrown));
  };
  for (const source of sources) {
    try {
      for (const value of await parseValues(await source.read(), source.name)) {
        if (value === null || value === undefined) continue;
        if (options.validate === true) checkType(value, source.name);
        for (const sourced of flattened(value, source.name, gather)) {
          try {
            targets.push(await infoOf(context, sourced, options.enforceNamespace === true));
          } catch (thrown) {
            gather(thrown);
          }
        }
      }
    } catch (thrown) {
      gather(thrown);
    }
  }
  const { selector } = options;
  const chosen = selector === undefined ? targets : await withLabels(targets, selector);
  return { targets: chosen, failures, single, query: {} };
}

/** @throws Failure for what says no type: the rest of its file is not read */
function checkType(value: unknown, source: string): void {
  const problems: string[] = [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) problems.push('invalid object to validate');
  else {
    for (const field of ['apiVersion', 'kind'] as const) {
      const said = (value as Record<string, unknown>)[field];
      if (said === undefined || said === null || said === '') problems.push(`${field} not set`);
      else if (typeof said !== 'string') problems.push(`${field} isn't string type`);
    }
  }
  if (problems.length === 0) return;
  const told = problems.length === 1 ? problems.join() : `[${problems.join(', ')}]`;
  throw new Failure(
    `error validating ${JSON.stringify(source)}: error validating data: ${told}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );
}

function flattened(value: unknown, source: string, gather: (thrown: unknown) => void): SourcedObject[] {
  try {
    return [...flattenObject(value, source)];
  } catch (thrown) {
    gather(thrown);
    return [];
  }
}

async function withLabels<T extends Info>(infos: readonly T[], selector: string): Promise<T[]> {
  const { labelFilter } = await import('./label-filter.ts');
  const matches = labelFilter(selector);
  return infos.filter(({ object }) => matches(object.metadata.labels));
}

/** An object's type and place. @throws Failure when nothing serves it, or it says another namespace than the flag */
export async function infoOf(
  context: Context,
  { object, source }: SourcedObject,
  enforceNamespace: boolean,
): Promise<Info<KubeObject>> {
  const { apiVersion, kind, metadata } = object;
  const name = typeof metadata.name === 'string' ? metadata.name : '';
  const own = typeof metadata.namespace === 'string' ? metadata.namespace : '';
  const resource = await (await context.resources()).ofKind(apiVersion, kind);
  if (resource === undefined) {
    throw new Failure(
      `resource mapping not found for name: "${name}" namespace: "${own}" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    );
  }
  if (!resource.namespaced) return { resource, namespace: '', name, source, object };
  if (own === '') {
    const placed = { ...object, metadata: { ...metadata, namespace: context.namespace } };
    return { resource, namespace: context.namespace, name, source, object: placed };
  }
  if (enforceNamespace && context.connection.namespaceGiven && own !== context.namespace) {
    throw new Failure(
      `the namespace from the provided object "${own}" does not match the namespace "${context.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  return { resource, namespace: own, name, source, object };
}

export interface Selected {
  readonly infos: readonly Info[];
  readonly failures: readonly Failure[];
  readonly single: boolean;
}

/** The objects themselves: collections are taken apart. */
export async function select(context: Context, options: SelectionOptions): Promise<Selected> {
  const { targets, failures, single, query } = await targetsOf(context, options);
  const infos: Info[] = [];
  const all = [...failures];
  for (const each of targets) {
    try {
      if (each.name === '' && each.source === '') infos.push(...(await listed(context, each, options, query)));
      else infos.push(await fetched(context, each, options.subresource));
    } catch (thrown) {
      if (options.continueOnError !== true) throw thrown;
      all.push(asFailure(thrown));
    }
  }
  return { infos, failures: all, single };
}

/** One object as the server has it now. */
export async function fetched(
  context: Context,
  { resource, namespace, name, source }: Info<unknown>,
  subresource?: string,
): Promise<Info> {
  const object = await fetchedAs<KubeObject>(context, { resource, namespace, name }, subresource);
  return { resource, namespace, name, source, object };
}

/** One object as the server has it now, in the form that `more` asks for. */
export async function fetchedAs<T>(
  context: Context,
  { resource, namespace, name }: Pick<Info<unknown>, 'resource' | 'namespace' | 'name'>,
  subresource?: string,
  more: Pick<Call, 'accept' | 'query'> = {},
): Promise<T> {
  if (name === '') throw new Failure('resource name may not be empty');
  try {
    return await context.rest.json<T>({ path: pathOf(resource, namespace, name, subresource), ...more });
  } catch (thrown) {
    throw isNotFound(thrown) ? await missingNamespace(context, namespace, thrown) : thrown;
  }
}

/** What is not found in a namespace that does not exist is told by the namespace. */
async function missingNamespace(context: Context, namespace: string | undefined, thrown: unknown): Promise<unknown> {
  if (namespace === undefined || namespace === '' || namespace === 'default') return thrown;
  try {
    await context.rest.json({ path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` });
    return thrown;
  } catch (missing) {
    return isNotFound(missing) ? missing : thrown;
  }
}

interface ListAnswer {
  readonly items?: readonly KubeObject[] | null;
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
}

async function listed(
  context: Context,
  each: Info<unknown>,
  options: SelectionOptions,
  query: Targets['query'],
): Promise<Info[]> {
  const infos: Info[] = [];
  for await (const page of pages<ListAnswer>(context, each, options.chunkSize ?? 500, query))
    for (const item of page.items ?? []) infos.push(infoOfItem(each, typedItem(item, each.resource)));
  return infos;
}

export function infoOfItem(of: Info<unknown>, object: KubeObject): Info {
  const { name = '', namespace = '' } = object.metadata;
  return { resource: of.resource, namespace, name, source: '', object };
}

/** Items of a list come without their type. */
export function typedItem(item: KubeObject, resource: Resource): KubeObject {
  return { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

/** A long list in pieces. */
export async function* pages<T extends { readonly metadata?: { readonly continue?: string } }>(
  context: Context,
  { resource, namespace }: Info<unknown>,
  chunkSize: number,
  query: Readonly<Record<string, string | undefined>>,
  accept = 'application/json',
): AsyncIterable<T> {
  let next: string | undefined;
  do {
    let page: T;
    try {
      page = await context.rest.json<T>({
        path: pathOf(resource, namespace),
        query: { ...query, limit: chunkSize > 0 ? String(chunkSize) : undefined, continue: next },
        accept,
      });
    } catch (thrown) {
      throw listFailure(thrown, resource, query);
    }
    yield page;
    next = page.metadata?.continue;
  } while (next !== undefined && next !== '');
}

/** A list that is refused says what was listed. */
function listFailure(
  thrown: unknown,
  resource: Resource,
  query: Readonly<Record<string, string | undefined>>,
): unknown {
  if (!(thrown instanceof ServerFailure) || (thrown.code !== 400 && thrown.code !== 404)) return thrown;
  const what = JSON.stringify(`${resource.group}/${resource.version}, Resource=${resource.name}`);
  const { labelSelector = '', fieldSelector = '' } = query;
  return labelSelector === '' && fieldSelector === ''
    ? thrown.during(`Unable to list ${what}`)
    : thrown.during(
        `Unable to find ${what} that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}`,
      );
}
