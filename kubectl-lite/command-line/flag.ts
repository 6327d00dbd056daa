/** What a flag is: its names, what its value may be, and what it means when nothing is given. */

export type FlagKind = 'bool' | 'text' | 'list' | 'array' | 'integer' | 'duration';

export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** `list` splits at commas, `array` does not; both may be repeated. */
  readonly kind: FlagKind;
  readonly help: string;
  readonly initial?: string | number | boolean;
  /** The value when the flag is given bare (`--dry-run`); a bare flag never takes the next word. */
  readonly bare?: string;
  readonly required?: boolean;
  readonly hidden?: boolean;
}

type More = Partial<Omit<Flag, 'name' | 'kind' | 'help'>>;

/** @param names `output` or `output,o` */
function flag(kind: FlagKind, names: string, help: string, more: More = {}): Flag {
  const [name = '', short] = names.split(',');
  return { name, kind, help, ...(short === undefined ? {} : { short }), ...more };
}

export const bool = (names: string, help: string, more?: More): Flag => flag('bool', names, help, more);
export const text = (names: string, help: string, more?: More): Flag => flag('text', names, help, more);
export const list = (names: string, help: string, more?: More): Flag => flag('list', names, help, more);
export const array = (names: string, help: string, more?: More): Flag => flag('array', names, help, more);
export const integer = (names: string, help: string, more?: More): Flag => flag('integer', names, help, more);
export const duration = (names: string, help: string, more?: More): Flag => flag('duration', names, help, more);
