/**
 * Columns that line up (Go's text/tabwriter): cells end with tabs; a column is as wide as its widest cell in an unbroken
 * run of lines that have it. The text after a line's last tab belongs to no column.
 *
 * Example, padding 2: `a\tb\nlonger\tc\n\nx\ty\n` is `a       b`, `longer  c`, an empty line, `x  y`.
 */

export interface TabWriterOptions {
  readonly minimum: number;
  readonly padding: number;
  /** Columns never get narrower further down. */
  readonly remember?: boolean;
}

/** `kubectl get` and most tables. */
export const TABLE_COLUMNS: TabWriterOptions = { minimum: 6, padding: 3, remember: true };
/** `kubectl describe`. */
export const DESCRIBE_COLUMNS: TabWriterOptions = { minimum: 0, padding: 2 };

/** @param remembered widths of earlier texts, kept for later ones: columns of a watch never shrink */
export function alignTabs(
  text: string,
  options: TabWriterOptions,
  remembered: number[] | undefined = options.remember === true ? [] : undefined,
): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths: number[] = [];
  let out = '';
  const write = (from: number, to: number): void => {
    for (let at = from; at < to; at++) {
      const line = lines[at] ?? [];
      for (const [column, cell] of line.entries()) {
        const width = widths[column];
        out += width === undefined ? cell : cell + ' '.repeat(Math.max(0, width - letters(cell)));
      }
      if (at + 1 < lines.length) out += '\n';
    }
  };
  const format = (from: number, to: number): void => {
    const column = widths.length;
    let written = from;
    for (let at = from; at < to; at++) {
      if (column >= (lines[at]?.length ?? 0) - 1) continue;
      write(written, at);
      let end = at;
      let width = Math.max(options.minimum, remembered?.[column] ?? 0);
      while (end < to && column < (lines[end]?.length ?? 0) - 1) {
        width = Math.max(width, letters(lines[end]?.[column] ?? '') + options.padding);
        end++;
      }
      if (remembered !== undefined) remembered[column] = width;
      widths.push(width);
      format(at, end);
      widths.pop();
      written = end;
      at = end - 1;
    }
    write(written, to);
  };
  format(0, lines.length);
  return out;
}

function letters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
