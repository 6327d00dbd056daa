/** The server's `Table` as kubectl prints it: upper-case heads, columns three spaces apart, no space at a line's end. */

export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string; readonly priority?: number }[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly (string | number | boolean | null)[];
  readonly object?: {
    readonly metadata?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
  };
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

/** Lines without their ends; the head first. */
export function tableLines(table: Table, options: TableOptions): string[] {
  const shown = table.columnDefinitions
    .map((column, at) => ({ column, at }))
    .filter(({ column }) => options.wide || (column.priority ?? 0) === 0);
  const labelColumns = options.labelColumns ?? [];
  const head = [
    ...(options.withNamespace ? ['NAMESPACE'] : []),
    ...shown.map(({ column }) => column.name.toUpperCase()),
    ...labelColumns.map((label) => (label.split('/').at(-1) ?? label).toUpperCase()),
    ...(options.showLabels === true ? ['LABELS'] : []),
  ];
  const rows = table.rows.map(({ cells, object }) => {
    const labels = object?.metadata?.labels ?? {};
    return [
      ...(options.withNamespace ? [object?.metadata?.namespace ?? ''] : []),
      ...shown.map(({ at }, column) => {
        const text = cellText(cells[at]);
        return column === 0 && options.kindPrefix !== undefined ? `${options.kindPrefix}/${text}` : text;
      }),
      ...labelColumns.map((label) => labels[label] ?? ''),
      ...(options.showLabels === true ? [labelText(labels)] : []),
    ];
  });
  return align(options.noHeaders === true ? rows : [head, ...rows]);
}

/** Columns as wide as their widest cell and three spaces; the last one is not padded. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell) + 3),
      )
      .join(''),
  );
}

function width(text: string): number {
  return [...text].length;
}

function cellText(cell: string | number | boolean | null | undefined): string {
  if (cell === null || cell === undefined) return '<none>';
  return String(cell).replaceAll('\n', '\\n');
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? '<none>' : pairs.map(([key, value]) => `${key}=${value}`).join(',');
}
