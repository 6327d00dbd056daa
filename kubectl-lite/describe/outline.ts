/**
 * Text in kubectl's describe form: `Key:` padded to a common column, lists below it, nested parts indented by two, tables
 * underlined. Values line up within one indented block.
 */

interface Line {
  readonly depth: number;
  /** Cells that line up with the lines around it; one cell: plain text. */
  readonly cells: readonly string[];
}

export class Outline {
  readonly #lines: Line[] = [];
  readonly #depth: number;

  constructor(depth = 0, lines: Line[] = []) {
    this.#depth = depth;
    this.#lines = lines;
  }

  /** `Name:   web`. Undefined values are `<none>`. */
  field(key: string, value: string | number | boolean | undefined): this {
    this.#lines.push({
      depth: this.#depth,
      cells: [`${key}:`, value === undefined || value === '' ? '<none>' : String(value)],
    });
    return this;
  }

  /** A field only where there is a value. */
  fieldIf(key: string, value: string | number | boolean | undefined): this {
    return value === undefined || value === '' ? this : this.field(key, value);
  }

  /** A field of several lines: `Labels:  a=b`, the others below the first. */
  list(key: string, values: readonly string[]): this {
    if (values.length === 0) return this.field(key, '<none>');
    for (const [at, value] of values.entries())
      this.#lines.push({ depth: this.#depth, cells: [at === 0 ? `${key}:` : '', value] });
    return this;
  }

  text(text: string): this {
    this.#lines.push({ depth: this.#depth, cells: [text] });
    return this;
  }

  /** A head and what stands indented under it. */
  section(head: string, fill: (inside: Outline) => void): this {
    this.text(`${head}:`);
    fill(new Outline(this.#depth + 1, this.#lines));
    return this;
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): this {
    const all = [head, head.map((title) => '-'.repeat(title.length)), ...rows];
    const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
    for (const row of all)
      this.text(
        row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2))).join(''),
      );
    return this;
  }

  render(): string {
    let text = '';
    for (let at = 0; at < this.#lines.length; ) {
      // A block: neighbours of one depth that have cells; text between them does not break it.
      let end = at;
      while (end < this.#lines.length && this.#lines[end]?.depth === this.#lines[at]?.depth) end++;
      const block = this.#lines.slice(at, end);
      const width = Math.max(
        0,
        ...block.filter(({ cells }) => cells.length > 1).map(({ cells }) => cells[0]?.length ?? 0),
      );
      for (const { depth, cells } of block) {
        const [key = '', value] = cells;
        const indent = '  '.repeat(depth);
        text += value === undefined ? `${indent}${key}\n` : `${indent}${key.padEnd(width + 2)}${value}\n`;
      }
      at = end;
    }
    return text;
  }
}
