/** `get`: the server's tables, or whole objects as JSON, YAML, names or by a template; once, or as they change. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';
import { bool, list, text } from '../command-line/flag.ts';
import {
  allNamespacesFlag,
  chunkSizeFlag,
  fieldSelectorFlag,
  fileFlags,
  OUTPUT_HELP,
  printFlags,
  selectorFlag,
} from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { apiVersionOf, qualified, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, Failures, isNotFound, throwGathered } from '../failure.ts';
import { type ObjectPrinter, printerOf } from '../printers/choose.ts';
import { coloured } from '../printers/colours.ts';
import { listOf } from '../printers/objects.ts';
import { alignTabs, TABLE_COLUMNS } from '../printers/tab-writer.ts';
import { type Table, tableText } from '../printers/table.ts';
import {
  fetched,
  fetchedAs,
  type Info,
  infoOfItem,
  pages,
  type SelectionOptions,
  selectionFlags,
  targetsOf,
  typedItem,
} from '../selection.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export const get: Leaf = {
  usage: '(TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE/NAME ... | -f FILE) [flags]',
  summary: 'show one or many objects',
  flags: [
    ...printFlags.map((flag) =>
      flag.name === 'output'
        ? { ...flag, help: `wide, ${OUTPUT_HELP}, custom-columns= or custom-columns-file=` }
        : flag,
    ),
    ...fileFlags,
    bool('watch,w', 'then show every change'),
    bool('watch-only', 'show changes only'),
    bool('output-watch-events', 'show what kind of change each was'),
    allNamespacesFlag,
    selectorFlag,
    fieldSelectorFlag,
    chunkSizeFlag,
    list('label-columns,L', 'labels to show as columns'),
    bool('show-labels', 'show all labels'),
    bool('show-kind', 'show the type before the name'),
    bool('no-headers', 'leave the first line out'),
    bool('ignore-not-found', 'say nothing of what does not exist'),
    bool('server-print', 'let the server make the table', { initial: true }),
    text('sort-by', 'a JSONPath to sort by: .metadata.name'),
    text('subresource', 'a subresource of the objects: status, scale'),
    text('raw', 'ask the server for a path and print the answer as it is'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  if (flags.text('raw') !== '') return raw(context, flags);
  const watching = flags.bool('watch') || flags.bool('watch-only');
  if (watching && flags.text('sort-by') !== '')
    context.host.err(
      flags.bool('watch')
        ? 'warning: --watch requested, --sort-by will be ignored for watch events received\n'
        : 'warning: --watch-only requested, --sort-by will be ignored\n',
    );
  if (!watching && flags.args.length === 0 && flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw nothingNamed(context);
  const output = flags.text('output');
  if (flags.bool('show-labels') && output !== '' && output !== 'wide')
    throw new Failure(`--show-labels option cannot be used with ${output} printer`);
  if (flags.bool('output-watch-events') && !watching)
    throw new Failure('--output-watch-events option can only be used with --watch or --watch-only');
  const options: SelectionOptions = {
    ...selectionFlags(flags),
    typeAloneIsAll: true,
    enforceNamespace: !flags.bool('all-namespaces'),
  };
  if (watching) {
    await (await import('./get-watch.ts')).watch(context, flags, options);
    return;
  }
  const human = (output === '' && flags.text('template') === '') || output === 'wide';
  if (human) await printTables(context, flags, { ...options, continueOnError: true });
  else await printObjects(context, flags, { ...options, continueOnError: true });
}

function nothingNamed(context: Context): Failure {
  context.host.err(
    'You must specify the type of resource to get. Use "kubectl-lite api-resources" for a complete list of supported resources.\n\n',
  );
  return usageError(
    context,
    'Required resource not specified.\nUse "kubectl-lite explain <resource>" for a detailed description of that resource (e.g. kubectl-lite explain pods).',
  );
}

async function raw(context: Context, flags: FlagSet): Promise<void> {
  const path = flags.text('raw');
  if (flags.args.length > 0) throw new Failure('arguments may not be passed when --raw is specified');
  if (flags.bool('watch') || flags.bool('watch-only') || flags.text('selector') !== '')
    throw new Failure('--raw may not be specified with other flags that filter the server request or alter the output');
  if (flags.text('output') !== '') throw new Failure('--raw and --output are mutually exclusive');
  if (!path.startsWith('/'))
    throw new Failure(`--raw must be a valid URL path: parse ${JSON.stringify(path)}: invalid URI for request`);
  for await (const chunk of context.rest.chunks({ path, accept: '*/*', signal: context.host.signal }))
    context.print(chunk);
}

type TableInfo = Info<Table | KubeObject>;

async function printTables(context: Context, flags: FlagSet, options: SelectionOptions): Promise<void> {
  const sortBy = flags.text('sort-by');
  const { infos, failures } = await tables(context, flags, options);
  // Sorting asks for whole objects; only then do they say by what.
  const sorted = sortBy === '' ? infos : await (await import('../printers/sorter.ts')).sortTables(infos, sortBy);
  const severalKinds = new Set(sorted.map(({ resource }) => `${resource.kind}.${resource.group}`)).size > 1;
  let printed = '';
  let block = '';
  let last: Resource | undefined;
  const flush = (): void => {
    if (block === '') return;
    const noHeaders = flags.bool('no-headers');
    printed += `${printed !== '' && !noHeaders ? '\n' : ''}${alignTabs(block, TABLE_COLUMNS)}`;
    block = '';
  };
  for (const { resource, object } of sorted) {
    const anew = last === undefined || last.name !== resource.name || last.group !== resource.group;
    if (anew) flush();
    block += tableText(asTable(object, context), {
      ...tableOptions(flags, resource, severalKinds),
      noHeaders: flags.bool('no-headers') || !anew,
    });
    last = resource;
  }
  flush();
  context.print(context.host.colours ? coloured(printed) : printed);
  if (printed === '' && !flags.bool('ignore-not-found') && failures.length === 0) {
    const namespaced = !flags.bool('all-namespaces') && sorted.every(({ resource }) => resource.namespaced);
    context.host.err(namespaced ? `No resources found in ${context.namespace} namespace.\n` : 'No resources found\n');
  }
  throwGathered(failures);
}

export function tableOptions(flags: FlagSet, resource: Resource, severalKinds: boolean) {
  return {
    wide: flags.text('output') === 'wide',
    withNamespace: flags.bool('all-namespaces') && resource.namespaced,
    noHeaders: flags.bool('no-headers'),
    showLabels: flags.bool('show-labels'),
    labelColumns: flags.texts('label-columns'),
    ...(severalKinds || flags.bool('show-kind') ? { kindPrefix: qualified(resource) } : {}),
  };
}

/** What a server answers that makes no tables: names and ages. */
export function asTable(object: Table | KubeObject, context: Context): Table {
  if ('columnDefinitions' in object || !('metadata' in object) || 'rows' in object) return object as Table;
  const { metadata } = object as KubeObject;
  const created = String(metadata.creationTimestamp ?? '');
  const ageMs = context.host.clock.nowMs() - Date.parse(created);
  return {
    columnDefinitions: [{ name: 'Name' }, { name: 'Age' }],
    rows: [
      {
        cells: [metadata.name ?? '', created === '' ? '<unknown>' : `${Math.floor(ageMs / 1000)}s`],
        object: object as KubeObject as never,
      },
    ],
  };
}

async function tables(
  context: Context,
  flags: FlagSet,
  options: SelectionOptions,
): Promise<{ infos: TableInfo[]; failures: Failure[] }> {
  const { targets, failures, query } = await targetsOf(context, options);
  const includeObject = flags.text('sort-by') === '' ? undefined : 'Object';
  const accept = flags.bool('server-print') ? TABLE : 'application/json';
  const chunkSize = includeObject === undefined ? (options.chunkSize ?? 500) : 0;
  const infos: TableInfo[] = [];
  const all = [...failures];
  for (const target of targets) {
    const { name, source } = target;
    try {
      if (name === '' && source === '') {
        for await (const page of pages<Table>(context, target, chunkSize, { ...query, includeObject }, accept))
          infos.push(...rowsOf(page, target));
      } else {
        const more = { accept, query: { includeObject } };
        infos.push({ ...target, object: await fetchedAs<Table>(context, target, options.subresource, more) });
      }
    } catch (thrown) {
      if (!(isNotFound(thrown) && flags.bool('ignore-not-found'))) all.push(asFailure(thrown));
    }
  }
  return { infos, failures: all };
}

function rowsOf(page: Table & { readonly items?: readonly KubeObject[] | null }, of: Info<unknown>): TableInfo[] {
  if (page.columnDefinitions !== undefined) return [{ ...of, object: page } as TableInfo];
  return (page.items ?? []).map((item) => infoOfItem(of, typedItem(item, of.resource)));
}

async function printObjects(context: Context, flags: FlagSet, options: SelectionOptions): Promise<void> {
  const output = flags.text('output');
  const { infos, failures, single } = await objects(context, flags, options);
  if (failures.length > 0 && single) throwGathered(failures);
  if (infos.length === 0 && flags.bool('ignore-not-found')) return throwGathered(failures);
  if (output.startsWith('custom-columns')) {
    await printColumns(context, flags, infos);
    return throwGathered(failures);
  }
  const printer = await printerFor(flags);
  const [first] = infos;
  const sortBy = flags.text('sort-by');
  if (single && infos.length === 1 && first !== undefined) context.print(printer(first.object));
  else {
    const items = infos.map(({ object }) => object);
    const sorted = sortBy === '' ? items : await (await import('../printers/sorter.ts')).sortObjects(items, sortBy);
    context.print(printer(listOf(sorted)));
  }
  throwGathered(failures);
}

async function printerFor(flags: FlagSet): Promise<ObjectPrinter> {
  const { GET_FORMATS } = await import('../printers/choose.ts');
  const printer = await printerOf(flags, GET_FORMATS);
  if (printer === undefined) throw new Failure('no output format was given');
  return printer;
}

async function printColumns(context: Context, flags: FlagSet, infos: readonly Info[]): Promise<void> {
  const { columnsOf, columnsOfTemplate, columnsHead, columnsRow } = await import('../printers/custom-columns.ts');
  const { fileOf, splitOnce } = await import('../printers/choose.ts');
  const [format, argument = ''] = splitOnce(flags.text('output'));
  const columns = format === 'custom-columns-file' ? columnsOfTemplate(fileOf(argument)) : columnsOf(argument);
  const sortBy = flags.text('sort-by');
  const objects = infos.map(({ object }) => object);
  const sorted = sortBy === '' ? objects : await (await import('../printers/sorter.ts')).sortObjects(objects, sortBy);
  const head = flags.bool('no-headers') ? '' : columnsHead(columns);
  const rows = sorted.map((object) => columnsRow(columns, object)).join('');
  context.print(alignTabs(head + rows, TABLE_COLUMNS));
}

interface List {
  readonly kind?: string;
  readonly items?: readonly KubeObject[] | null;
  readonly metadata?: { readonly continue?: string };
}

async function objects(
  context: Context,
  flags: FlagSet,
  options: SelectionOptions,
): Promise<{ infos: Info[]; failures: Failure[]; single: boolean }> {
  const { targets, failures, single, query } = await targetsOf(context, options);
  const infos: Info[] = [];
  const all = [...failures];
  for (const target of targets) {
    try {
      if (target.name === '' && target.source === '') {
        for await (const page of pages<List>(context, target, options.chunkSize ?? 500, query))
          for (const item of page.items ?? []) infos.push(infoOfItem(target, typedItem(item, target.resource)));
      } else infos.push(await fetched(context, target, options.subresource));
    } catch (thrown) {
      if (!(isNotFound(thrown) && flags.bool('ignore-not-found'))) all.push(asFailure(thrown));
    }
  }
  return { infos, failures: all.length > 1 ? [new Failures(all)] : all, single };
}

export function withType(object: KubeObject, resource: Resource): KubeObject {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
