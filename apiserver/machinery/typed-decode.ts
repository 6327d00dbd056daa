/**
 * Untyped JSON against a type: what Go's decoder of the real types would have made of it. Unknown fields are dropped and
 * named, nulls are dropped, and the first mismatch is told in encoding/json's words. (What Go leaves out when it is empty
 * and what it always writes is the wire form's business: `resources/wire-form.ts`.) Pure; the input is not changed, and
 * parts of it may be shared by the result.
 */
import { quantityComplaint } from '../../base/quantity.ts';
import { quoted } from './status.ts';
import { canonicalMicroTime, canonicalTime } from './time-text.ts';
import type { ListType, MapType, ScalarType, StructType, TypeNode } from './type-nodes.ts';

/** A value that the type cannot hold. The message is Go's, without a prefix. */
export class TypeMismatch extends Error {
  override readonly name = 'TypeMismatch';
}

export interface Decoded {
  readonly value: Record<string, unknown>;
  /** `unknown field "spec.bogus"`, in the order of the text. */
  readonly unknown: readonly string[];
}

/**
 * Which of upstream's decoders is meant. `json` reads text. `unstructured` (apimachinery's converter) makes an object of
 * fields that were put together by a strategic merge or an apply: it names no place, stops at the first mismatch, cuts
 * integers to size, and sorts what it does not know.
 */
export type DecoderKind = 'json' | 'unstructured';

/**
 * @param literals how numbers were spelled, by the path of their field (`ParsedText`)
 * @throws TypeMismatch
 */
export function decodeTyped(
  type: StructType,
  value: unknown,
  kind: DecoderKind = 'json',
  literals?: ReadonlyMap<string, string>,
): Decoded {
  const decoder = new TypedDecoder(kind === 'unstructured', literals);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeMismatch(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type.goName}`);
  }
  const decoded = decoder.struct(type, value as Record<string, unknown>, '');
  if (decoder.mismatch !== undefined) throw new TypeMismatch(decoder.mismatch);
  return { value: decoded, unknown: kind === 'json' ? decoder.unknown : decoder.unknown.sort() };
}

class TypedDecoder {
  readonly unknown: string[] = [];
  /** The first one; decoding goes on, as Go's does. */
  mismatch: string | undefined;
  /** Names of fields from the root, and of embedded structs on the way, without indices: how Go names the place. */
  readonly #stack: string[] = [];
  #structName = '';
  readonly #unstructured: boolean;
  readonly #literals: ReadonlyMap<string, string> | undefined;

  constructor(unstructured: boolean, literals: ReadonlyMap<string, string> | undefined) {
    this.#unstructured = unstructured;
    this.#literals = literals;
  }

  struct(type: StructType, value: Record<string, unknown>, path: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const outerName = this.#structName;
    for (const key in value) {
      const field = type.fields.get(key);
      if (field === undefined) {
        if (type.keepsUnknown) setOwn(result, key, value[key]);
        else this.unknown.push(`unknown field ${quoted(path === '' ? key : `${path}.${key}`)}`);
        continue;
      }
      const given = value[key];
      if (given === null || given === undefined) continue;
      this.#structName = type.goName;
      const depth = this.#stack.length;
      this.#stack.push(...field.within, key);
      const decoded = this.node(field.type, given, path === '' ? key : `${path}.${key}`);
      this.#stack.length = depth;
      if (decoded !== undefined) result[key] = decoded;
    }
    this.#structName = outerName;
    return result;
  }

  node(type: TypeNode, value: unknown, path: string): unknown {
    switch (type.kind) {
      case 'scalar':
        return this.#scalar(type, value, this.#literals?.get(path));
      case 'struct':
        if (typeof value !== 'object' || Array.isArray(value)) return this.#wrong(value, type.goName, 'struct');
        return this.struct(type, value as Record<string, unknown>, path);
      case 'map':
        return this.#map(type, value, path);
      case 'list':
        return this.#list(type, value, path);
    }
  }

  #map(type: MapType, value: unknown, path: string): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.#wrong(value, goType(type), 'map');
    const result: Record<string, unknown> = {};
    for (const key in value) {
      const given = (value as Record<string, unknown>)[key];
      const decoded = given === null ? emptyOf(type.value) : this.node(type.value, given, `${path}.${key}`);
      if (decoded !== undefined) setOwn(result, key, decoded);
    }
    return result;
  }

  #list(type: ListType, value: unknown, path: string): unknown {
    if (!Array.isArray(value)) return this.#wrong(value, goType(type), 'slice');
    const result: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      const given: unknown = value[index];
      const decoded = given === null ? emptyOf(type.item) : this.node(type.item, given, `${path}[${index}]`);
      if (decoded !== undefined) result.push(decoded);
    }
    return result;
  }

  /** @param literal how a number is spelled, when that counts */
  #scalar(type: ScalarType, value: unknown, literal: string | undefined): unknown {
    switch (type.scalar) {
      case 'string':
        return typeof value === 'string' ? value : this.#wrong(value, type.goName ?? 'string', 'string');
      case 'boolean':
        return typeof value === 'boolean' ? value : this.#wrong(value, 'bool', 'bool');
      case 'int32':
        return this.#integer(value, literal, 'int32', -2147483648, 2147483647);
      case 'int64':
        return this.#integer(value, literal, 'int64', -(2 ** 63), 2 ** 63);
      case 'double':
        return typeof value === 'number' ? value : this.#wrong(value, 'float64', 'float64');
      case 'any':
        return value;
      case 'bytes':
        return this.#bytes(value);
      case 'int-or-string':
        if (typeof value === 'string') return value;
        if (typeof value === 'number') return this.#integerOrText(value, literal);
        return this.#refuse(`json: cannot unmarshal ${jsonKind(value)} into ${this.#place()} of type int32`);
      case 'quantity': {
        const text =
          literal ?? (typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value));
        const complaint = quantityComplaint(text);
        return complaint === undefined ? text : this.#refuse(complaint);
      }
      case 'time':
      case 'micro-time': {
        if (typeof value !== 'string') {
          return this.#refuse(`json: cannot unmarshal ${jsonKind(value)} into ${this.#place()} of type string`);
        }
        const time = type.scalar === 'time' ? canonicalTime(value) : canonicalMicroTime(value);
        return time.error === undefined ? time.text : this.#refuse(time.error);
      }
    }
  }

  #integerOrText(value: number, literal: string | undefined): number {
    if (literal === undefined && Number.isInteger(value) && Math.abs(value) <= 2147483647) return value;
    return this.#refuse(`json: cannot unmarshal number ${literal ?? value} into ${this.#place()} of type int32`);
  }

  #integer(value: unknown, literal: string | undefined, goName: string, min: number, max: number): unknown {
    if (typeof value !== 'number') return this.#wrong(value, goName, goName);
    if (this.#unstructured) {
      if (!Number.isInteger(value)) return this.#wrong(value, goName, goName);
      return goName === 'int32' ? Number(BigInt.asIntN(32, BigInt(value))) : value;
    }
    const fits =
      literal === undefined ? Number.isInteger(value) && value >= min && value <= max : isInt64(literal, max);
    if (!fits) {
      return this.#fail(`json: cannot unmarshal number ${literal ?? value} into ${this.#place()} of type ${goName}`);
    }
    return value;
  }

  /** Base64 of any bytes; Go accepts line breaks in it and writes it without. */
  #bytes(value: unknown): unknown {
    if (typeof value !== 'string') return this.#wrong(value, '[]uint8', 'slice');
    if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) return value;
    const joined = value.replaceAll(/[\r\n]/g, '');
    const bad = /[^A-Za-z0-9+/=]/.exec(joined)?.index ?? joined.length - (joined.length % 4);
    if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(joined)) return joined;
    const complaint = `illegal base64 data at input byte ${bad}`;
    return this.#unstructured ? this.#refuse(`error decoding from json: ${complaint}`) : this.#fail(complaint);
  }

  /** @param reflected the kind of the type: what is behind its name */
  #wrong(value: unknown, goName: string, reflected: string): undefined {
    if (this.#unstructured) return this.#refuse(conversionComplaint(value, goName, reflected));
    return this.#fail(`json: cannot unmarshal ${jsonKind(value)} into ${this.#place()} of type ${goName}`);
  }

  #place(): string {
    return this.#stack.length === 0 || this.#unstructured
      ? 'Go value'
      : `Go struct field ${shortName(this.#structName)}.${this.#stack.join('.')}`;
  }

  /** What a type that decodes itself refuses ends the decoding at once, whatever was wrong before. */
  #refuse(message: string): never {
    throw new TypeMismatch(message);
  }

  #fail(message: string): undefined {
    this.mismatch ??= message;
    return undefined;
  }
}

/** Whether digits of any number are an int64, or a smaller one. */
function isInt64(literal: string, max: number): boolean {
  if (!/^-?\d+$/.test(literal)) return false;
  const value = BigInt(literal);
  return max === 2147483647 ? BigInt.asIntN(32, value) === value : BigInt.asIntN(64, value) === value;
}

/** The converter's words: it looks at what Go could convert, and whether it should. */
function conversionComplaint(value: unknown, goName: string, reflected: string): string {
  const found = reflectedKind(value);
  switch (reflected) {
    case 'struct':
      return `cannot restore struct from: ${found}`;
    case 'map':
    case 'slice':
      return `cannot restore ${reflected} from ${found}`;
    default: {
      // Numbers convert to one another, and an integer to the text that is its code point.
      const convertible =
        typeof value === 'number' && (reflected === 'string' ? found === 'int64' : reflected !== 'bool');
      return convertible ? `cannot convert ${found} to ${goName}` : `unrecognized type: ${reflected}`;
    }
  }
}

function reflectedKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    case 'string':
      return 'string';
    default:
      return 'map';
  }
}

/** What Go's decoder makes of a null inside a list or a map. */
function emptyOf(type: TypeNode): unknown {
  switch (type.kind) {
    case 'struct':
      return {};
    case 'map':
      return {};
    case 'list':
      return [];
    case 'scalar':
      switch (type.scalar) {
        case 'string':
        case 'bytes':
          return '';
        case 'boolean':
          return false;
        case 'int32':
        case 'int64':
        case 'double':
        case 'int-or-string':
          return 0;
        case 'quantity':
          return '0';
        default:
          return null;
      }
  }
}

/** `pattern['__proto__'] = x` would set the prototype; a label may well have that name. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

function jsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    default:
      return 'object';
  }
}

function shortName(goName: string): string {
  return goName.slice(goName.lastIndexOf('.') + 1);
}

/** A type as Go's reflection prints it: `[]v1.Container`, `map[string]string`. */
export function goType(type: TypeNode): string {
  if (type.kind !== 'struct' && type.goName !== undefined) return type.goName;
  switch (type.kind) {
    case 'struct':
      return type.goName;
    case 'list':
      return `[]${goType(type.item)}`;
    case 'map':
      return type.value.kind === 'scalar' && type.value.scalar === 'quantity'
        ? 'v1.ResourceList'
        : `map[string]${goType(type.value)}`;
    case 'scalar': {
      const names: Partial<Record<ScalarType['scalar'], string>> = {
        boolean: 'bool',
        double: 'float64',
        quantity: 'resource.Quantity',
        'int-or-string': 'intstr.IntOrString',
        time: 'v1.Time',
        'micro-time': 'v1.MicroTime',
        bytes: '[]uint8',
        any: 'runtime.RawExtension',
      };
      return names[type.scalar] ?? type.scalar;
    }
  }
}
