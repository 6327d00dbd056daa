/**
 * Text in kubectl's describe form: lines indented by two a level, cells ended by tabs that line up at the end. What is
 * written after a `flush` lines up on its own.
 */
import { alignTabs, DESCRIBE_COLUMNS } from '../printers/tab-writer.ts';

export class PrefixWriter {
  readonly #indent: number;
  readonly #parts: string[];

  constructor(indent = 0, parts: string[] = ['']) {
    this.#indent = indent;
    this.#parts = parts;
  }

  /** A writer of the same text, deeper by some levels. */
  nested(levels: number): PrefixWriter {
    return new PrefixWriter(this.#indent + levels, this.#parts);
  }

  /** Text without an end of line. Terminals get no control characters. */
  write(level: number, text: string): this {
    const at = this.#parts.length - 1;
    this.#parts[at] =
      `${this.#parts[at] ?? ''}${'  '.repeat(level + this.#indent)}${text.replaceAll('\u001b', '^[').replaceAll('\r', '\\r')}`;
    return this;
  }

  line(level: number, text: string): this {
    return this.write(level, `${text}\n`);
  }

  /** The end of a line that `write` began. */
  end(text = ''): this {
    const at = this.#parts.length - 1;
    this.#parts[at] = `${this.#parts[at] ?? ''}${text}\n`;
    return this;
  }

  flush(): void {
    this.#parts.push('');
  }

  /** As written, tabs and all. */
  get text(): string {
    return this.#parts.join('');
  }

  get aligned(): string {
    return this.#parts.map((part) => alignTabs(part, DESCRIBE_COLUMNS)).join('');
  }
}
