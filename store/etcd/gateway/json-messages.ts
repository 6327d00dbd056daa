/**
 * Messages of the etcd API as JSON, by the rules of protocol buffers (protobuf.dev/programming-guides/json) in the manner
 * in which etcd has them: names as in the proto file, 64-bit integers as strings, bytes in base64, defaults left out.
 * Taken are also names in lowerCamelCase, numbers for enums and integers, base64 for URLs and without padding; fields and
 * enum names that are not known are passed over.
 */
import type { MessageField, ScalarKind } from '../proto/wire.ts';
import { type JsonMember, JsonSyntaxError, type JsonValue } from './json-syntax.ts';

/** Half of a character: no UTF-8 stands for it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

type Message = Record<string, unknown>;

export function toJson(fields: readonly MessageField[], message: unknown): string {
  const parts: string[] = [];
  for (const field of fields) {
    const value = fieldOf(message as Message, field);
    if (value === undefined) continue;
    const json = field.repeated
      ? listJson(field, value as readonly unknown[])
      : field.oneof === undefined && isDefault(field, value)
        ? undefined
        : valueJson(field, value);
    if (json !== undefined) parts.push(`${JSON.stringify(field.name)}:${json}`);
  }
  return `{${parts.join(',')}}`;
}

function fieldOf(message: Message, { oneof, property }: MessageField): unknown {
  if (oneof === undefined) return message[property];
  const chosen = message[oneof] as { readonly case: string; readonly value: unknown } | undefined;
  return chosen?.case === property ? chosen.value : undefined;
}

function listJson(field: MessageField, values: readonly unknown[]): string | undefined {
  return values.length === 0 ? undefined : `[${values.map((value) => valueJson(field, value)).join(',')}]`;
}

function isDefault(field: MessageField, value: unknown): boolean {
  if (field.kind === 'message') return false;
  if (field.kind === 'enum') return value === field.values[0]?.[1];
  return field.kind === 'bytes' ? (value as Uint8Array).length === 0 : !value;
}

function valueJson(field: MessageField, value: unknown): string {
  switch (field.kind) {
    case 'message':
      return toJson(field.fields(), value);
    case 'enum':
      return typeof value === 'number'
        ? String(value)
        : JSON.stringify(field.values.find(([, ours]) => ours === value)?.[0] ?? '');
    case 'bytes': {
      const { buffer, byteOffset, byteLength } = value as Uint8Array;
      return `"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"`;
    }
    case 'byteString':
      return `"${Buffer.from(value as string, 'latin1').toString('base64')}"`;
    case 'string':
      return JSON.stringify(value);
    case 'bool':
    case 'uint32':
      return String(value);
    default:
      return `"${value}"`;
  }
}

/** @param text of which `value` is a part: who is told of a fault is told where it is */
export function fromJson(fields: readonly MessageField[], value: JsonValue, text: string): unknown {
  return new MessageMaker(text).message(fields, value);
}

class MessageMaker {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  message(fields: readonly MessageField[], value: JsonValue): Message {
    if (value.type !== 'object') this.#unexpected(value);
    const message = emptyMessage(fields);
    const given = new Set<MessageField>();
    for (const member of value.members) {
      const field = fields.find(({ name }) => name === member.name || jsonName(name) === member.name);
      if (field === undefined) continue;
      if (given.has(field)) this.#fail(member.at, `duplicate field ${this.#raw(member)}`);
      given.add(field);
      if (member.value.type !== 'null') this.#set(message, field, member);
    }
    return message;
  }

  #set(message: Message, field: MessageField, member: JsonMember): void {
    const { property, oneof } = field;
    if (field.repeated) {
      if (member.value.type !== 'array') this.#unexpected(member.value);
      message[property] = member.value.items.flatMap((item) => this.#value(field, item) ?? []);
      return;
    }
    if (oneof !== undefined && message[oneof] !== undefined) {
      this.#fail(member.at, `error parsing ${this.#raw(member)}, oneof ${field.oneofName} is already set`);
    }
    const value = this.#value(field, member.value);
    if (value === undefined) return;
    if (oneof === undefined) message[property] = value;
    else message[oneof] = { case: property, value };
  }

  /** Undefined for the name of an enum's value that is not known. */
  #value(field: MessageField, value: JsonValue): unknown {
    if (field.kind === 'message') return this.message(field.fields(), value);
    if (field.kind === 'enum') {
      if (value.type === 'string') return field.values.find(([name]) => name === value.value)?.[1];
      const number = value.type === 'number' ? integer(value.text, -(2n ** 31n), 2n ** 31n - 1n) : undefined;
      if (number === undefined) return this.#invalid(field, 'enum', value);
      return field.values[Number(number)]?.[1] ?? Number(number);
    }
    return scalar(field.kind, value) ?? this.#invalid(field, kindNames[field.kind], value);
  }

  #invalid(field: MessageField, kind: string, value: JsonValue): never {
    if (value.type === 'object' || value.type === 'array') this.#unexpected(value);
    const raw = this.#text.slice(value.at, value.end);
    return this.#fail(value.at, `invalid value for ${kind} field ${jsonName(field.name)}: ${raw}`);
  }

  #unexpected(value: JsonValue): never {
    const isOpen = value.type === 'object' || value.type === 'array';
    const token = this.#text.slice(value.at, isOpen ? value.at + 1 : value.end);
    throw new JsonSyntaxError(`proto: syntax error ${this.#place(value.at)}: unexpected token ${token}`);
  }

  #fail(at: number, reason: string): never {
    throw new JsonSyntaxError(`proto: ${this.#place(at)}: ${reason}`);
  }

  #raw({ name }: JsonMember): string {
    return JSON.stringify(name);
  }

  #place(at: number): string {
    const before = this.#text.slice(0, at).split('\n');
    return `(line ${before.length}:${(before.at(-1) ?? '').length + 1})`;
  }
}

const kindNames: Readonly<Record<ScalarKind, string>> = {
  bytes: 'bytes',
  byteString: 'bytes',
  string: 'string',
  bool: 'bool',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'uint64',
  int64Number: 'int64',
  uint64Number: 'uint64',
};

/** Undefined when it is none of that kind. */
function scalar(kind: ScalarKind, value: JsonValue): unknown {
  switch (kind) {
    case 'bool':
      return value.type === 'bool' ? value.value : undefined;
    case 'string':
      return value.type === 'string' && !LONE_SURROGATE.test(value.value) ? value.value : undefined;
    case 'bytes':
      return value.type === 'string' ? base64(value.value) : undefined;
    case 'byteString':
      return value.type === 'string' ? base64(value.value)?.toString('latin1') : undefined;
    case 'uint32':
      return numberOf(integerOf(value, 0n, 2n ** 32n - 1n));
    case 'int64':
      return integerOf(value, -(2n ** 63n), 2n ** 63n - 1n);
    case 'int64Number':
      return numberOf(integerOf(value, -(2n ** 63n), 2n ** 63n - 1n));
    case 'uint64':
      return integerOf(value, 0n, 2n ** 64n - 1n);
    case 'uint64Number':
      return numberOf(integerOf(value, 0n, 2n ** 64n - 1n));
  }
}

function numberOf(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function integerOf(value: JsonValue, least: bigint, most: bigint): bigint | undefined {
  if (value.type === 'number') return integer(value.text, least, most);
  // In a string the number may be followed by what no number has, as etcd reads it.
  const text = value.type === 'string' ? /^([-+.\w]+)(?:.*\S)?$/s.exec(value.value)?.[1] : undefined;
  return text === undefined ? undefined : integer(text, least, most);
}

/** `12`, `12.0` and `1.2e1` are all twelve. */
function integer(text: string, least: bigint, most: bigint): bigint | undefined {
  const match = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([-+]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = digits.padEnd(Math.max(point, 0), '0');
  if (/[1-9]/.test(point < 0 ? padded : padded.slice(point))) return undefined;
  const value = BigInt(`${padded.slice(0, Math.max(point, 0)) || '0'}`) * (sign === '-' ? -1n : 1n);
  return value >= least && value <= most ? value : undefined;
}

function base64(text: string): Buffer | undefined {
  const alphabet = /[-_]/.test(text) ? /^[\w-]*(={0,2})$/ : /^[A-Za-z0-9+/]*(={0,2})$/;
  // As Go does, line breaks are passed over.
  const joined = text.replace(/[\r\n]/g, '');
  const padding = alphabet.exec(joined)?.[1];
  if (padding === undefined) return undefined;
  const isPadded = text.length % 4 === 0;
  if (isPadded ? joined.length % 4 !== 0 : padding !== '' || joined.length % 4 === 1) return undefined;
  return Buffer.from(joined, 'base64');
}

/** `create_revision` is also `createRevision`. */
function jsonName(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function emptyMessage(fields: readonly MessageField[]): Message {
  const message: Message = {};
  for (const field of fields) {
    const { property, oneof } = field;
    if (oneof !== undefined) message[oneof] = undefined;
    else if (field.repeated) message[property] = [];
    else if (field.kind !== 'message') message[property] = zeroOf(field);
    else if (field.always) message[property] = emptyMessage(field.fields());
  }
  return message;
}

function zeroOf(field: MessageField & { readonly kind: ScalarKind | 'enum' }): unknown {
  switch (field.kind) {
    case 'enum':
      return field.values[0]?.[1];
    case 'bytes':
      return new Uint8Array(0);
    case 'byteString':
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int64':
    case 'uint64':
      return 0n;
    case 'uint32':
    case 'int64Number':
    case 'uint64Number':
      return 0;
  }
}
