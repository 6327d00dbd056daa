/** The server's `Table` as kubectl prints it: upper-case heads, columns three spaces apart, no space at a line's end. */
import { byCodePoints } from './objects.ts';

export interface Table {
  readonly columnDefinitions?: readonly { readonly name: string; readonly type?: string; readonly priority?: number }[];
  readonly rows?: readonly TableRow[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
  } & Record<string, unknown>;
}

export interface TableOptions {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** `pod/web-1` in place of `web-1`. */
  readonly kindPrefix?: string;
  readonly noHeaders?: boolean;
  readonly showLabels?: boolean;
  /** `-L app`: labels as columns of their own. */
  readonly labelColumns?: readonly string[];
}

/** Lines whose cells end with tabs; the head first. */
export function tableText(table: Table, options: TableOptions): string {
  if ((table.rows?.length ?? 0) === 0) return '';
  const columns = (table.columnDefinitions ?? [])
    .map((column, at) => ({ name: column.name, priority: column.priority ?? 0, at }))
    .filter(({ priority }) => options.wide || priority === 0);
  const labelColumns = options.labelColumns ?? [];
  const lines: string[] = [];
  if (options.noHeaders !== true && (table.columnDefinitions?.length ?? 0) > 0) {
    const head = columns.map(({ name }) => name.toUpperCase());
    const labels = labelColumns.map((label) => (label.split('/').at(-1) ?? label).toUpperCase());
    lines.push(
      [
        ...(options.withNamespace ? ['NAMESPACE'] : []),
        ...head,
        ...labels,
        ...(options.showLabels === true ? ['LABELS'] : []),
      ].join('\t'),
    );
  }
  for (const { cells, object } of table.rows ?? []) {
    const labels = object?.metadata?.labels ?? {};
    const texts = columns.map(({ at }) => cellText(cells[at]));
    if (options.kindPrefix !== undefined) texts[0] = `${options.kindPrefix}/${texts[0] ?? ''}`;
    lines.push(
      [
        ...(options.withNamespace ? [object?.metadata?.namespace ?? ''] : []),
        ...texts,
        ...labelColumns.map((label) => labels[label] ?? ''),
        ...(options.showLabels === true ? [labelText(labels)] : []),
      ].join('\t'),
    );
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Text is cut at its first line's end; what could move the cursor is shown. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number' && !Number.isInteger(cell)) return String(cell);
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  const end = text.search(/[\f\n\r]/);
  return (end < 0 ? text : `${text.slice(0, end)}...`).replaceAll('\u001b', '^[');
}

export function labelText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => byCodePoints(a, b));
  return pairs.length === 0 ? '<none>' : pairs.map(([key, value]) => `${key}=${value}`).join(',');
}
