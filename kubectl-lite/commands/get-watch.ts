/** `get -w`: the present state, then every change, until Ctrl-C. */
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure, isNotFound, ServerFailure } from '../failure.ts';
import { GET_FORMATS, printerOf } from '../printers/choose.ts';
import { alignTabs, TABLE_COLUMNS } from '../printers/tab-writer.ts';
import { type Table, tableText } from '../printers/table.ts';
import { fetchedAs, type Info, type SelectionOptions, targetsOf, typedItem } from '../selection.ts';
import { tableOptions } from './get.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

interface WatchLine {
  readonly type: string;
  readonly object: Table & KubeObject & { readonly code?: number; readonly reason?: string; readonly message?: string };
}

type Answer = Table & KubeObject & { readonly items?: readonly KubeObject[] | null };

export async function watch(context: Context, flags: FlagSet, options: SelectionOptions): Promise<void> {
  const { targets, query } = await targetsOf(context, { ...options, singleType: true });
  const [target, another] = targets;
  if (target === undefined || another !== undefined)
    throw new Failure(
      'watch is only supported on individual resources and resource collections - more than 1 resource was found',
    );
  const { resource, namespace, name } = target;
  const output = flags.text('output');
  const human = output === '' || output === 'wide';
  const accept = human ? TABLE : 'application/json';
  const show = await shower(context, flags, target);
  let first: Answer;
  try {
    first =
      name === ''
        ? await context.rest.json<Answer>({ path: pathOf(resource, namespace), query, accept })
        : await fetchedAs<Answer>(context, target, undefined, { query, accept });
  } catch (thrown) {
    if (isNotFound(thrown) && flags.bool('ignore-not-found')) return;
    throw thrown;
  }
  const present = name !== '' || human ? [first] : (first.items ?? []).map((item) => typedItem(item, resource));
  if (!flags.bool('watch-only')) for (const each of present) show('ADDED', each as Answer);
  const lines = context.rest.lines<WatchLine>({
    path: pathOf(resource, namespace),
    query: {
      ...query,
      ...(name === '' ? {} : { fieldSelector: `metadata.name=${name}` }),
      watch: 'true',
      resourceVersion: resourceVersionOf(first),
    },
    accept,
    signal: context.host.signal,
  });
  for await (const { type, object } of lines) {
    if (type === 'ERROR')
      throw new ServerFailure(object.code ?? 500, object.reason ?? '', object.message ?? 'the watch failed');
    if (type !== 'BOOKMARK') show(type, object as Answer);
  }
}

/** A table of one object says the version only in its row. */
function resourceVersionOf(answer: Answer): string | undefined {
  const own = answer.metadata?.resourceVersion;
  if (own !== undefined && own !== '') return String(own);
  const row = answer.rows?.[0]?.object?.metadata as { resourceVersion?: string } | undefined;
  return row?.resourceVersion;
}

async function shower(
  context: Context,
  flags: FlagSet,
  { resource }: Info<unknown>,
): Promise<(type: string, object: Answer) => void> {
  const withEvents = flags.bool('output-watch-events');
  if (flags.text('output').startsWith('custom-columns')) return columnsShower(context, flags);
  const printer = flags.text('output') === 'wide' ? undefined : await printerOf(flags, GET_FORMATS);
  if (printer !== undefined) {
    return (type, object) =>
      context.print(printer(withEvents ? { type, object } : (object as unknown as Record<string, unknown>)));
  }
  const widths: number[] = [];
  let headed = flags.bool('no-headers');
  return (type, table) => {
    const definitions = table.columnDefinitions;
    const shown: Table = withEvents
      ? {
          columnDefinitions: [{ name: 'Event' }, ...(definitions ?? [])],
          rows: (table.rows ?? []).map((row) => ({ ...row, cells: [type, ...row.cells] })),
        }
      : table;
    if ((shown.rows?.length ?? 0) === 0) return;
    const text = tableText(shown, { ...tableOptions(flags, resource, false), noHeaders: headed });
    headed = true;
    context.print(alignTabs(text, TABLE_COLUMNS, widths));
  };
}

async function columnsShower(context: Context, flags: FlagSet): Promise<(type: string, object: Answer) => void> {
  const { columnsOf, columnsOfTemplate, columnsHead, columnsRow } = await import('../printers/custom-columns.ts');
  const { fileOf, splitOnce } = await import('../printers/choose.ts');
  const [format, argument = ''] = splitOnce(flags.text('output'));
  const columns = format === 'custom-columns-file' ? columnsOfTemplate(fileOf(argument)) : columnsOf(argument);
  const widths: number[] = [];
  let headed = flags.bool('no-headers');
  return (_, object) => {
    context.print(alignTabs((headed ? '' : columnsHead(columns)) + columnsRow(columns, object), TABLE_COLUMNS, widths));
    headed = true;
  };
}
