/**
 * Values of flags as Go's `strconv`, `time`, `net` and pflag read them, with what those say of a value that is none of
 * its kind. The bounds of an option are no affair of its kind: `option-errors.ts` has those, all of them at once.
 */
import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../base/duration.ts';

const wrong = (sentence: string): InvalidArgumentError => new InvalidArgumentError(sentence);

/** Go's base 0: `10`, `0x1f`, `0o17`, `0b1`, `1_000`, with a sign. */
export function goInteger(text: string): number {
  const value = integerOf(text);
  if (value === undefined) throw wrong(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (value < -(2n ** 63n) || value >= 2n ** 63n) {
    throw wrong(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return Number(value);
}

/** 32 bits, in decimal. */
export function goInt32(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw wrong(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < -(2 ** 31) || value >= 2 ** 31) {
    throw wrong(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return value;
}

/** klog's verbosity. */
export function goLevel(text: string): number {
  if (!/^\+?\d+$/.test(text)) throw wrong(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) > 2 ** 31 - 1) throw wrong(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  return Number(text);
}

function integerOf(text: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const plain = digits.replaceAll(/(?<=[0-9a-fA-FxXoObB])_(?=[0-9a-fA-F])/g, '');
  const octal = /^0([0-7]+)$/.exec(plain);
  const literal = octal === null ? plain : `0o${octal[1]}`;
  if (!/^(?:0|[1-9]\d*|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/i.test(literal)) return undefined;
  return sign === '-' ? -BigInt(literal.toLowerCase()) : BigInt(literal.toLowerCase());
}

export function goFloat(text: string): number {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    throw wrong(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

export function goBoolean(text: string): boolean {
  if (['true', 't', 'T', 'TRUE', 'True', '1'].includes(text)) return true;
  if (['false', 'f', 'F', 'FALSE', 'False', '0'].includes(text)) return false;
  throw wrong(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Milliseconds, which may be negative. */
export function goDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  const quoted = JSON.stringify(text);
  const [, rest = ''] = /^[+-]?(.*)$/s.exec(text) ?? [];
  const [, number, unit = ''] =
    /^((?:\d+\.?\d*|\.\d+)(?:(?:ns|us|µs|μs|ms|s|m|h)(?:\d+\.?\d*|\.\d+))*)([^\d.]*)/s.exec(rest) ?? [];
  if (number === undefined || rest === '') throw wrong(`time: invalid duration ${quoted}`);
  throw wrong(
    unit === ''
      ? `time: missing unit in duration ${quoted}`
      : `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`,
  );
}

/** An address, or nothing. */
export function goIp(text: string): string {
  const address = text.trim();
  if (address === '' || isIP(address) !== 0) return address;
  throw wrong(`failed to parse IP: ${JSON.stringify(text)}`);
}

/** pflag's comma-separated values, which may also be given by repeating the flag; a part may be quoted. */
export function goStrings(text: string, before: readonly string[] = []): readonly string[] {
  if (text === '') return before;
  const parts: string[] = [];
  let rest = text;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/s.exec(rest);
    const part = quoted?.[0] ?? /^[^,]*/s.exec(rest)?.[0] ?? '';
    if (quoted === null && part.includes('"')) {
      throw wrong(
        `parse error on line 1, column ${text.length - rest.length + part.indexOf('"') + 1}: bare " in non-quoted-field`,
      );
    }
    parts.push(quoted?.[1]?.replaceAll('""', '"') ?? part);
    if (rest.length === part.length) return [...before, ...parts];
    rest = rest.slice(part.length + 1);
  }
}

/** Every time that the flag is given is one value, whatever is in it. */
export function goStringArray(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export function goInt32s(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, ...text.split(',').map(goInt32)];
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** `30000-32767`, `30000+2767`, `30000`; nothing or 0: undefined, which is the default. */
export function goPortRange(text: string): PortRange | undefined {
  const value = text.trim();
  if (value === '' || value === '0') return undefined;
  const hyphen = value.indexOf('-');
  const plus = value.indexOf('+');
  if (hyphen >= 0 && plus >= 0) throw wrong(`unable to parse port range: ${value}`);
  const sign = Math.max(hyphen, plus);
  const from = atoi(sign < 0 ? value : value.slice(0, sign));
  const second = sign < 0 ? from : atoi(value.slice(sign + 1));
  const to = plus >= 0 ? from + second : second;
  if (from > 65_535 || to > 65_535) throw wrong(`the port range cannot be greater than 65535: ${value}`);
  if (to < from) throw wrong(`end port cannot be less than start port: ${value}`);
  return { from, to };
}

function atoi(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw wrong(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** `key=value,key=value`; a key alone has an empty value. Of a key that comes again, the last counts. */
export function goConfigurationMap(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const pairs = text
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const sign = pair.indexOf('=');
      return sign < 0 ? [pair.trim(), ''] : [pair.slice(0, sign).trim(), pair.slice(sign + 1).trim()];
    });
  return new Map([...before, ...pairs]);
}

/** `component:value,value`: pairs of a component and a value; without a component, it is empty. */
export function goComponentValues(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const pairs = text
    .split(',')
    .filter((part) => part !== '')
    .map((part): readonly [string, string] => {
      const colon = part.indexOf(':');
      return colon < 0 ? ['', part.trim()] : [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
    });
  return [...before, ...pairs];
}

/** klog's `pattern=N,…`. */
export function goModuleLevels(text: string): string {
  for (const item of text.split(',').filter((each) => each !== '')) {
    const parts = item.split('=');
    const [pattern = '', level = ''] = parts.map((part) => part.trim());
    if (parts.length !== 2 || pattern === '' || level === '')
      throw wrong(`${JSON.stringify(item)} does not have the pattern=N format`);
    if (!/^\d+$/.test(level)) {
      throw wrong(
        `parsing verbosity in ${JSON.stringify(item)}: strconv.ParseUint: parsing ${JSON.stringify(level)}: invalid syntax`,
      );
    }
  }
  return text;
}

/** A quantity of Kubernetes', as its own text. */
export function goQuantity(text: string): string {
  const form = '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$';
  if (!new RegExp(form).test(text)) throw wrong(`quantities must match the regular expression '${form}'`);
  return text;
}

/** pflag's `key=value,…`, as its own text; a pair alone may have commas in it, of several those that have are quoted. */
export function goPairs(text: string): string {
  const signs = text.split('=').length - 1;
  const stray = (signs > 1 ? goStrings(text) : [text]).find((pair) => !pair.includes('='));
  if (stray !== undefined) throw wrong(`${stray} must be formatted as key=value`);
  return text;
}
