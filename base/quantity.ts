/**
 * Quantities: amounts of CPU, memory, storage and countable things, as Kubernetes writes them (`100m`, `1Gi`, `2e3`;
 * k8s.io/apimachinery/pkg/api/resource).
 *
 * A quantity is an exact number of billionths and a format. What is finer than a billionth is rounded away from zero
 * when it is read. The canonical text has no fraction and the largest suffix that leaves none, in the format in which
 * the quantity was written: `0.1` is `100m`, `1024Mi` is `1Gi`, `1.5Gi` is `1536Mi`, `2000` is `2k`.
 */

export type QuantityFormat = 'decimal' | 'binary' | 'exponent';

const NANO = 1_000_000_000n;
const MILLI_PER_NANO = 1_000_000n;
const MAX_BINARY = (2n ** 63n - 1n) * NANO;

const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES = new Map(Object.entries(DECIMAL_EXPONENTS).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NUMERIC_WRONG = 'unable to parse numeric part of quantity';
const SUFFIX_WRONG = "unable to parse quantity's suffix";

export class Quantity {
  /** The value times 10^9. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
  /** The text as it was read, when upstream takes it for canonical and keeps it. */
  readonly #text: string | undefined;

  constructor(nano: bigint, format: QuantityFormat, text?: string) {
    this.nano = nano;
    this.format = format;
    this.#text = text;
  }

  static ofInteger(value: number | bigint, format: QuantityFormat = 'decimal'): Quantity {
    return new Quantity(BigInt(value) * NANO, format);
  }

  static ofMilli(milli: number | bigint, format: QuantityFormat = 'decimal'): Quantity {
    return new Quantity(BigInt(milli) * MILLI_PER_NANO, format);
  }

  get isZero(): boolean {
    return this.nano === 0n;
  }

  /** -1, 0 or 1. */
  get sign(): number {
    return this.nano < 0n ? -1 : this.nano > 0n ? 1 : 0;
  }

  /** Whole units, rounded away from zero (`100m` is 1). Exact up to 2^53. */
  get value(): number {
    return Number(divideUp(this.nano, NANO));
  }

  /** Thousandths, rounded away from zero. */
  get milliValue(): number {
    return Number(divideUp(this.nano, MILLI_PER_NANO));
  }

  /** As a floating-point number, for shares and scores. */
  get approximate(): number {
    return Number(this.nano) / 1e9;
  }

  get isInteger(): boolean {
    return this.nano % NANO === 0n;
  }

  /** The sum, in this one's format (or the other's when this one is zero). */
  plus(other: Quantity): Quantity {
    return new Quantity(this.nano + other.nano, this.isZero ? other.format : this.format);
  }

  minus(other: Quantity): Quantity {
    return new Quantity(this.nano - other.nano, this.isZero ? other.format : this.format);
  }

  compare(other: Quantity): number {
    return this.nano < other.nano ? -1 : this.nano > other.nano ? 1 : 0;
  }

  /** The canonical text. */
  toString(): string {
    return this.#text ?? formatNano(this.nano, this.format);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Reads a quantity as it stands in JSON; undefined when it is not one (`quantityComplaint` says why). */
export function parseQuantity(text: string | number): Quantity | undefined {
  const parsed = parse(String(text).trim());
  return typeof parsed === 'string' ? undefined : parsed;
}

/** Why a text is not a quantity, in upstream's words; undefined when it is one. */
export function quantityComplaint(text: string | number): string | undefined {
  const parsed = parse(String(text).trim());
  return typeof parsed === 'string' ? parsed : undefined;
}

/** The canonical text of what is known to be a quantity; what is not one is returned as it is. */
export function canonicalQuantity(text: string | number): string {
  return parseQuantity(text)?.toString() ?? String(text);
}

/** A quantity of a list of resources (`{cpu: '1'}`): zero when there is none. */
export function quantityOf(text: string | number | undefined): Quantity {
  return (text === undefined ? undefined : parseQuantity(text)) ?? ZERO;
}

const ZERO = new Quantity(0n, 'decimal');

/**
 * What was read before: a cluster's quantities are a few texts (`100m`, `1Gi`), each of which is read several times on the
 * way of every object. Quantities never change, so all may share them.
 */
const known = new Map<string, Quantity | string>();
const KNOWN_MAX = 1000;
const KNOWN_LENGTH_MAX = 20;

function parse(text: string): Quantity | string {
  const before = known.get(text);
  if (before !== undefined) return before;
  const parsed = read(text);
  if (text.length <= KNOWN_LENGTH_MAX) {
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(text, parsed);
  }
  return parsed;
}

/** Why it is none, when it is none. */
function read(text: string): Quantity | string {
  // In two steps: one pattern for both would try every way to deal out the digits.
  const match = /^([+-]?)(\d*)(\.(\d*))?([eEinumkKMGTP]*)/.exec(text);
  if (match === null || text === '') return FORMAT_WRONG;
  const [head, sign = '', digits = '', point, fraction = '', letters = ''] = match;
  const tail = text.slice(head.length);
  if (!/^[+-]?\d*$/.test(tail) || (tail !== '' && letters === '')) return FORMAT_WRONG;
  const suffix = letters + tail;
  const unit = interpretSuffix(suffix);
  if (unit === undefined) return SUFFIX_WRONG;
  if (digits === '' && fraction === '' && (point !== undefined || suffix !== '' || sign !== '')) {
    // A sign alone, or a bare point: upstream reads "" and "." as a zero it cannot convert.
    if (point !== undefined || suffix !== '') return NUMERIC_WRONG;
  }
  return assemble(text, sign, digits.replace(/^0+/, ''), fraction, suffix, unit);
}

function assemble(
  text: string,
  sign: string,
  integer: string,
  fraction: string,
  suffix: string,
  unit: { readonly format: QuantityFormat; readonly exponent: number },
): Quantity {
  const unscaled = BigInt(`${integer}${fraction}` || '0');
  const negate = (nano: bigint): bigint => (sign === '-' ? -nano : nano);
  if (unit.format === 'binary') {
    const scaled = unscaled * 2n ** BigInt(unit.exponent) * NANO;
    const nano = divideUp(scaled, 10n ** BigInt(fraction.length));
    const capped = nano > MAX_BINARY ? MAX_BINARY : nano;
    const small = capped > 0n && capped < NANO;
    const kept = fraction === '' && integer !== '' && (unscaled & 7n) !== 0n && integer.length <= 9;
    return new Quantity(negate(capped), small ? 'decimal' : 'binary', kept ? text : undefined);
  }
  const scale = unit.exponent - fraction.length + 9;
  const nano = scale >= 0 ? unscaled * 10n ** BigInt(Math.min(scale, 400)) : divideUp(unscaled, 10n ** BigInt(-scale));
  return new Quantity(negate(nano), unit.format, keepsText(text, integer, fraction, suffix, unit.exponent));
}

/**
 * Upstream keeps the text of a decimal quantity when its scale is a multiple of three and it does not end in three
 * zeros, even where the true canonical text is another (`1.500` stays, though `1.5` becomes `1500m`).
 */
function keepsText(
  text: string,
  integer: string,
  fraction: string,
  suffix: string,
  exponent: number,
): string | undefined {
  const digits = `${integer === '' ? '0' : integer}${fraction}`;
  if (integer === '' && fraction === '' && suffix === '') return text === '0' ? text : undefined;
  const scale = exponent - fraction.length;
  const exact = digits.length <= 18 && scale >= -9;
  return exact && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0') ? text : undefined;
}

function interpretSuffix(suffix: string): { format: QuantityFormat; exponent: number } | undefined {
  const decimal = Object.hasOwn(DECIMAL_EXPONENTS, suffix) ? DECIMAL_EXPONENTS[suffix] : undefined;
  if (decimal !== undefined) return { format: 'decimal', exponent: decimal };
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { format: 'binary', exponent: binary * 10 };
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  return exponent === undefined ? undefined : { format: 'exponent', exponent: Number(exponent) };
}

function formatNano(nano: bigint, format: QuantityFormat): string {
  if (nano === 0n) return '0';
  const size = nano < 0n ? -nano : nano;
  if (format === 'binary' && size >= 1024n * NANO && nano % NANO === 0n) return formatBinary(nano / NANO);
  let mantissa = nano;
  let exponent = -9;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    exponent++;
  }
  while (exponent % 3 !== 0) {
    mantissa *= 10n;
    exponent--;
  }
  if (format === 'exponent') return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`;
  return `${mantissa}${DECIMAL_SUFFIXES.get(exponent) ?? ''}`;
}

function formatBinary(value: bigint): string {
  let mantissa = value;
  let power = 0;
  while (mantissa % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    mantissa /= 1024n;
    power++;
  }
  return `${mantissa}${BINARY_SUFFIXES[power] ?? ''}`;
}

/** Division that rounds away from zero. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}
