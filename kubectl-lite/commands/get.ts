/** `get`: tables as the server makes them, or whole objects as JSON, YAML or names; once, or as they change (`-w`). */
import type { Context } from '../context.ts';
import { pathOf, qualified, type Resource } from '../discovery.ts';
import { type KubeObject, readObjects } from '../documents.ts';
import { Failure, isNotFound, ServerFailure } from '../failure.ts';
import { jsonText, listOf, nameText, yamlText } from '../printers/objects.ts';
import { type Table, tableLines } from '../printers/table.ts';
import { type Target, targetsOf } from '../targets.ts';

export interface GetOptions {
  readonly output?: string;
  readonly watch?: boolean;
  readonly watchOnly?: boolean;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly headers?: boolean;
  readonly showLabels?: boolean;
  readonly labelColumns?: readonly string[];
  readonly showManagedFields?: boolean;
  readonly ignoreNotFound?: boolean;
  /** A path to ask as it is: `/readyz?verbose`. */
  readonly raw?: string;
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const OUTPUTS = new Set(['wide', 'json', 'yaml', 'name']);

interface List {
  readonly items?: readonly KubeObject[] | null;
}

interface Place {
  readonly target: Target;
  readonly path: string;
  readonly query: Record<string, string | undefined>;
}

export async function get(context: Context, args: readonly string[], options: GetOptions): Promise<void> {
  const { output } = options;
  if (options.raw !== undefined) {
    for await (const chunk of context.rest.chunks({ path: options.raw, accept: '*/*', signal: context.host.signal }))
      context.print(chunk);
    return;
  }
  if (output !== undefined && !OUTPUTS.has(output)) {
    throw new Failure(
      `error: unable to match a printer suitable for the output format "${output}", allowed formats are: json,name,wide,yaml`,
    );
  }
  const places = await placesOf(context, args, options);
  if (options.watch === true || options.watchOnly === true) await watch(context, places, options);
  else if (output === 'json' || output === 'yaml' || output === 'name')
    await printObjects(context, places, options, output);
  else await printTables(context, places, options);
}

async function placesOf(context: Context, args: readonly string[], options: GetOptions): Promise<Place[]> {
  const resources = await context.resources();
  const { selector, fieldSelector } = options;
  if (options.filename !== undefined && options.filename.length > 0) {
    const objects = await readObjects(options.filename, options.recursive === true, context.host.stdin);
    return objects.map(({ object, source }) => {
      const resource = resources.ofObject(object.apiVersion, object.kind, source);
      const name = object.metadata.name ?? '';
      return {
        target: { resource, name },
        path: pathOf(resource, object.metadata.namespace ?? context.namespace, name),
        query: {},
      };
    });
  }
  return targetsOf(resources, args).map((target) => {
    const { resource, name } = target;
    if (name !== undefined && options.allNamespaces === true)
      throw new Failure('error: a resource cannot be retrieved by name across all namespaces');
    if (name !== undefined && selector !== undefined)
      throw new Failure('error: name cannot be provided when a selector is specified');
    const namespace = options.allNamespaces === true ? undefined : context.namespace;
    return { target, path: pathOf(resource, namespace, name), query: { labelSelector: selector, fieldSelector } };
  });
}

async function printTables(context: Context, places: readonly Place[], options: GetOptions): Promise<void> {
  const groups = groupByResource(places);
  const failures: ServerFailure[] = [];
  let printed = 0;
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const tables: Table[] = [];
    for (const { path, query } of group) {
      try {
        tables.push(await context.rest.json<Table>({ path, query, accept: TABLE }));
      } catch (thrown) {
        if (!(thrown instanceof ServerFailure)) throw thrown;
        if (!(isNotFound(thrown) && options.ignoreNotFound === true)) failures.push(thrown);
      }
    }
    const [head] = tables;
    const rows = tables.flatMap((table) => table.rows ?? []);
    if (head === undefined || rows.length === 0) continue;
    if (printed > 0) context.print('\n');
    context.print(`${linesOf({ ...head, rows }, first.target.resource, options, groups.size > 1).join('\n')}\n`);
    printed += rows.length;
  }
  finish(context, places, options, printed, failures);
}

function linesOf(table: Table, resource: Resource, options: GetOptions, severalKinds: boolean): string[] {
  return tableLines(table, {
    wide: options.output === 'wide',
    withNamespace: options.allNamespaces === true && resource.namespaced,
    noHeaders: options.headers === false,
    showLabels: options.showLabels === true,
    ...(options.labelColumns === undefined ? {} : { labelColumns: options.labelColumns }),
    ...(severalKinds ? { kindPrefix: qualified(resource) } : {}),
  });
}

function groupByResource(places: readonly Place[]): Map<Resource, Place[]> {
  const groups = new Map<Resource, Place[]>();
  for (const place of places) {
    const group = groups.get(place.target.resource);
    if (group === undefined) groups.set(place.target.resource, [place]);
    else group.push(place);
  }
  return groups;
}

/** Failures are told after what was found; nothing found is said in words. */
function finish(
  context: Context,
  places: readonly Place[],
  options: GetOptions,
  printed: number,
  failures: readonly ServerFailure[],
): void {
  const [first, ...others] = failures;
  if (first !== undefined) {
    if (others.length === 0) throw first;
    for (const failure of failures) context.host.err(`${failure.text}\n`);
    throw new Failure('');
  }
  if (printed > 0 || options.ignoreNotFound === true) return;
  const namespaced = options.allNamespaces !== true && places.some(({ target }) => target.resource.namespaced);
  context.host.err(namespaced ? `No resources found in ${context.namespace} namespace.\n` : 'No resources found\n');
}

async function printObjects(
  context: Context,
  places: readonly Place[],
  options: GetOptions,
  output: 'json' | 'yaml' | 'name',
): Promise<void> {
  const found: { resource: Resource; object: KubeObject }[] = [];
  const failures: ServerFailure[] = [];
  for (const { target, path, query } of places) {
    try {
      const answer = await context.rest.json<KubeObject & List>({ path, query });
      if (target.name !== undefined) found.push({ resource: target.resource, object: answer });
      else
        for (const item of answer.items ?? [])
          found.push({ resource: target.resource, object: typed(item, target.resource) });
    } catch (thrown) {
      if (!(thrown instanceof ServerFailure)) throw thrown;
      if (!(isNotFound(thrown) && options.ignoreNotFound === true)) failures.push(thrown);
    }
  }
  const objects = found.map(({ object }) => object);
  const single = places.length === 1 && places[0]?.target.name !== undefined;
  if (output === 'name') {
    for (const { resource, object } of found) context.print(`${nameText(resource, object.metadata.name ?? '')}\n`);
  } else if (!single || objects.length > 0) {
    const value = single ? objects[0] : listOf(objects);
    context.print((output === 'json' ? jsonText : yamlText)(value, options.showManagedFields === true));
  }
  const [failure] = failures;
  if (failure !== undefined) throw failure;
}

/** Items of a list come without their type. */
function typed(item: KubeObject, { group, version, kind }: Resource): KubeObject {
  return { ...item, apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

interface WatchLine {
  readonly type: string;
  readonly object: Table &
    KubeObject & {
      readonly code?: number;
      readonly reason?: string;
      readonly message?: string;
      readonly metadata: { readonly resourceVersion?: string };
    };
}

/** The present state, then every change, until Ctrl-C. */
async function watch(context: Context, places: readonly Place[], options: GetOptions): Promise<void> {
  const [place, another] = places;
  if (place === undefined || another !== undefined)
    throw new Failure('error: you may only specify a single resource type');
  const { resource, name } = place.target;
  const asTable = options.output === undefined || options.output === 'wide';
  const accept = asTable ? TABLE : 'application/json';
  const collection = pathOf(resource, options.allNamespaces === true ? undefined : context.namespace);
  const fieldSelector = name === undefined ? place.query.fieldSelector : `metadata.name=${name}`;
  const query = { ...place.query, fieldSelector };
  const printer = new WatchPrinter(context, resource, options);
  let resourceVersion: string | undefined;
  if (options.watchOnly !== true || name !== undefined) {
    const list = await context.rest.json<Table & { metadata?: { resourceVersion?: string } }>({
      path: collection,
      query,
      accept,
    });
    resourceVersion = list.metadata?.resourceVersion;
    if (options.watchOnly !== true) printer.initial(list);
  }
  const lines = context.rest.lines<WatchLine>({
    path: collection,
    query: { ...query, watch: 'true', resourceVersion },
    accept,
    signal: context.host.signal,
  });
  for await (const { type, object } of lines) {
    if (type === 'ERROR')
      throw new ServerFailure(object.code ?? 500, object.reason ?? '', object.message ?? 'the watch failed');
    if (type !== 'BOOKMARK') printer.change(object);
  }
}

/** Rows keep the widths of the first table, so that later ones stand below it. */
class WatchPrinter {
  readonly #context: Context;
  readonly #resource: Resource;
  readonly #options: GetOptions;
  #head: Table | undefined;

  constructor(context: Context, resource: Resource, options: GetOptions) {
    this.#context = context;
    this.#resource = resource;
    this.#options = options;
  }

  initial(list: Table & List): void {
    if (list.rows !== undefined) {
      if (list.rows.length > 0) this.change({ columnDefinitions: list.columnDefinitions, rows: list.rows });
    } else {
      for (const item of list.items ?? []) this.change(typed(item, this.#resource));
    }
  }

  change(object: (Table & Partial<KubeObject>) | KubeObject): void {
    const { output, showManagedFields } = this.#options;
    if (!('rows' in object) || !Array.isArray(object.rows)) {
      if (output === 'name')
        this.#context.print(`${nameText(this.#resource, (object as KubeObject).metadata.name ?? '')}\n`);
      else
        this.#context.print(
          output === 'yaml'
            ? `---\n${yamlText(object, showManagedFields === true)}`
            : jsonText(object, showManagedFields === true),
        );
      return;
    }
    const table = object as Table;
    if (this.#head === undefined) {
      this.#head = table;
      this.#context.print(`${linesOf(table, this.#resource, this.#options, false).join('\n')}\n`);
      return;
    }
    const together = linesOf(
      { columnDefinitions: this.#head.columnDefinitions, rows: [...this.#head.rows, ...table.rows] },
      this.#resource,
      this.#options,
      false,
    );
    this.#context.print(`${together.slice(-table.rows.length).join('\n')}\n`);
  }
}
