/**
 * Objects that clients send in protobuf (newer kubectl and Go's typed clients do): from the wire to the value that
 * `JSON.parse` would have given of the same object. Answers are never protobuf; clients that send it accept JSON, too.
 *
 * The envelope is `k8s\0` and a runtime.Unknown: type (1: apiVersion 1, kind 2), raw object (2), encoding (3), type (4).
 */
import { coreFields } from './protobuf-fields-core.ts';
import { groupFields } from './protobuf-fields-groups.ts';
import { MessageReader, wireType } from './protobuf-wire.ts';
import type { ScalarType, StructType, TypeNode, TypeNodes } from './type-nodes.ts';
import { setOwn } from './typed-decode.ts';

/** The bytes are not what they claim to be, or are of a kind that has no field numbers here. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const NESTING_MAX = 100;

type Fields = Record<string, unknown>;

/** A field of a message: of JSON's struct itself, or of the message whose fields JSON has in its place. */
type FieldOf = { readonly name: string } | { readonly inline: string };

/** What one message says of itself, read from its line when first needed. */
class Messages {
  readonly #lines = new Map<string, string>();
  readonly #fields = new Map<string, ReadonlyMap<number, FieldOf>>();

  constructor() {
    for (const [group, text] of [...Object.entries(coreFields), ...Object.entries(groupFields)]) {
      for (const line of text.trim().replaceAll('\n  ', ' ').split('\n')) {
        const end = line.indexOf(' ');
        this.#lines.set(`${group}.${line.slice(0, end)}`, line.slice(end + 1));
      }
    }
  }

  fieldsOf(message: string): ReadonlyMap<number, FieldOf> {
    const known = this.#fields.get(message);
    if (known !== undefined) return known;
    const line = this.#lines.get(message) ?? (message.endsWith('List') ? 'metadata items' : undefined);
    if (line === undefined) throw new ProtobufError(`no protobuf fields are known of ${message}`);
    const fields = new Map<number, FieldOf>();
    let number = 1;
    for (const word of line.split(' ')) {
      const at = word.indexOf('=');
      if (at > 0) number = Number(word.slice(0, at));
      const name = word.slice(at + 1);
      const group = message.slice(0, message.lastIndexOf('.') + 1);
      fields.set(number++, name.startsWith('~') ? { inline: `${group}${name.slice(1)}` } : { name });
    }
    this.#fields.set(message, fields);
    return fields;
  }
}

export class ProtobufBodies {
  readonly #types: TypeNodes;
  #messages: Messages | undefined;

  constructor(types: TypeNodes) {
    this.#types = types;
  }

  /** @param expected the type to read when the envelope's kind is the endpoint's @throws ProtobufError */
  decode(bytes: Uint8Array, kind: string, apiVersion: string, expected: StructType): Fields {
    try {
      return this.#decode(bytes, kind, apiVersion, expected);
    } catch (error) {
      if (error instanceof ProtobufError) throw error;
      throw new ProtobufError(error instanceof Error ? error.message : String(error));
    }
  }

  #decode(bytes: Uint8Array, kind: string, apiVersion: string, expected: StructType): Fields {
    if (MAGIC.some((byte, at) => bytes[at] !== byte)) {
      throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
    }
    const unknown = readUnknown(bytes.subarray(MAGIC.length));
    const sent = { apiVersion: unknown.apiVersion || apiVersion, kind: unknown.kind || kind };
    // Another kind is refused by who asked; its fields do not matter.
    if (sent.kind !== kind) return sent;
    this.#messages ??= new Messages();
    return { ...sent, ...this.#message(expected, unknown.raw, 0) };
  }

  #message(type: StructType, bytes: Uint8Array, depth: number): Fields {
    if (depth > NESTING_MAX) throw new ProtobufError('exceeded max depth');
    const result: Fields = {};
    this.#read(type, type.name, bytes, depth, result);
    return result;
  }

  #read(type: StructType, message: string, bytes: Uint8Array, depth: number, into: Fields): void {
    const fields = this.#messages?.fieldsOf(message);
    const reader = new MessageReader(bytes);
    while (!reader.atEnd) {
      const [number, wire] = reader.tag();
      const field = fields?.get(number);
      if (field === undefined) reader.skip(wire);
      else if ('inline' in field) this.#read(type, field.inline, reader.bytes(), depth + 1, into);
      else {
        const node = type.fields.get(field.name)?.type;
        if (node === undefined) reader.skip(wire);
        else this.#field(node, field.name, wire, reader, depth, into);
      }
    }
  }

  #field(node: TypeNode, name: string, wire: number, reader: MessageReader, depth: number, into: Fields): void {
    if (node.kind === 'list') {
      into[name] ??= [];
      (into[name] as unknown[]).push(this.#value(node.item, wire, reader, depth));
    } else if (node.kind === 'map') {
      into[name] ??= {};
      this.#entry(node.value, reader.bytes(), depth, into[name] as Fields);
    } else into[name] = this.#value(node, wire, reader, depth);
  }

  /** An entry of a map: key 1, value 2; either may be left out when it is empty. */
  #entry(type: TypeNode, bytes: Uint8Array, depth: number, map: Fields): void {
    const reader = new MessageReader(bytes);
    let key = '';
    let value: unknown = null;
    while (!reader.atEnd) {
      const [number, wire] = reader.tag();
      if (number === 1) key = reader.text();
      else if (number === 2) value = this.#value(type, wire, reader, depth);
      else reader.skip(wire);
    }
    setOwn(map, key, value);
  }

  #value(type: TypeNode, wire: number, reader: MessageReader, depth: number): unknown {
    switch (type.kind) {
      case 'struct':
        return this.#message(type, reader.bytes(), depth + 1);
      case 'scalar':
        return scalar(type, wire, reader);
      case 'map':
        throw new ProtobufError('a map cannot be an item');
      case 'list':
        return this.#wrappedList(type.item, reader.bytes(), depth);
    }
  }

  /** A list as a map's value has a message of its own: `items` 1. */
  #wrappedList(item: TypeNode, bytes: Uint8Array, depth: number): unknown[] {
    const reader = new MessageReader(bytes);
    const items: unknown[] = [];
    while (!reader.atEnd) {
      const [number, wire] = reader.tag();
      if (number === 1) items.push(this.#value(item, wire, reader, depth));
      else reader.skip(wire);
    }
    return items;
  }

  /** The type of options that deletions may carry. */
  get deleteOptions(): StructType {
    return this.#types.ofModel('V1DeleteOptions');
  }
}

function readUnknown(bytes: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  const reader = new MessageReader(bytes);
  const unknown = { apiVersion: '', kind: '', raw: new Uint8Array(0) as Uint8Array };
  while (!reader.atEnd) {
    const [number, wire] = reader.tag();
    if (number === 1) {
      const inner = new MessageReader(reader.bytes());
      while (!inner.atEnd) {
        const [field, wire] = inner.tag();
        if (field === 1) unknown.apiVersion = inner.text();
        else if (field === 2) unknown.kind = inner.text();
        else inner.skip(wire);
      }
    } else if (number === 2) unknown.raw = reader.bytes();
    else reader.skip(wire);
  }
  return unknown;
}

function scalar(type: ScalarType, wire: number, reader: MessageReader): unknown {
  switch (type.scalar) {
    case 'string':
      return reader.text();
    case 'boolean':
      return reader.bool();
    case 'int32':
    case 'int64':
      return reader.integer();
    case 'double':
      return wire === wireType.fixed64 ? reader.double() : reader.integer();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'quantity':
      return message(reader).text(1) ?? '0';
    case 'int-or-string': {
      const { numbers, texts } = message(reader);
      return numbers.get(1) === 1 ? (texts.get(3) ?? '') : (numbers.get(2) ?? 0);
    }
    case 'time':
    case 'micro-time':
      return timeOf(message(reader).numbers, type.scalar === 'micro-time');
    case 'any': {
      const raw = message(reader).text(1);
      return raw === undefined || raw === '' ? null : (JSON.parse(raw) as unknown);
    }
  }
}

/** The fields of a small message: numbers and texts. */
function message(parent: MessageReader) {
  const reader = new MessageReader(parent.bytes());
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  while (!reader.atEnd) {
    const [number, wire] = reader.tag();
    if (wire === wireType.varint) numbers.set(number, reader.integer());
    else if (wire === wireType.delimited) texts.set(number, reader.text());
    else reader.skip(wire);
  }
  return { numbers, texts, text: (number: number) => texts.get(number) };
}

/** Seconds 1, nanoseconds 2; no time at all is empty. */
function timeOf(numbers: ReadonlyMap<number, number>, micro: boolean): string | null {
  const seconds = numbers.get(1) ?? 0;
  const nanos = numbers.get(2) ?? 0;
  if (seconds === 0 && nanos === 0) return null;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micro ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${text}Z`;
}
