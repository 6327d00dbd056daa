/**
 * The OpenAPI v2 document as protobuf (gnostic's openapi.v2), which is the only form in which older kubectl reads it.
 * Field numbers are those of gnostic's OpenAPIv2.proto.
 */
import { MessageWriter } from './protobuf-wire.ts';

type Json = Readonly<Record<string, unknown>>;

const METHODS: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 };

/** @param document as `openApiV2Document` makes it */
export function openApiV2Protobuf(document: object): Uint8Array {
  const { swagger, info, paths, definitions } = document as {
    swagger: string;
    info: { title: string; version: string };
    paths: Json;
    definitions: Json;
  };
  const pathList = new MessageWriter();
  for (const [path, item] of Object.entries(paths)) pathList.message(2, named(path, pathItem(item as Json)));
  return new MessageWriter()
    .text(1, swagger)
    .message(2, new MessageWriter().text(1, info.title).text(2, info.version))
    .message(8, pathList)
    .message(9, schemas(definitions))
    .finish();
}

function named(name: string, value: MessageWriter): MessageWriter {
  return new MessageWriter().text(1, name).message(2, value);
}

function schemas(list: Json): MessageWriter {
  const writer = new MessageWriter();
  for (const [name, each] of Object.entries(list)) writer.message(1, named(name, schema(each as Json)));
  return writer;
}

function schema(json: Json): MessageWriter {
  const writer = new MessageWriter();
  const { $ref, format, description, required, additionalProperties, type, items, properties } = json;
  if (typeof $ref === 'string') writer.text(1, $ref);
  if (typeof format === 'string') writer.text(2, format);
  if (typeof description === 'string') writer.text(4, description);
  if (Array.isArray(required)) for (const name of required) writer.text(19, String(name));
  if (isObject(additionalProperties)) {
    writer.message(21, new MessageWriter().message(1, schema(additionalProperties)));
  }
  if (typeof type === 'string') writer.message(22, new MessageWriter().text(1, type));
  if (isObject(items)) writer.message(23, new MessageWriter().message(1, schema(items)));
  if (isObject(properties)) writer.message(25, schemas(properties));
  extensions(writer, 31, json);
  return writer;
}

/** `x-…` members: a name and any value, as YAML (of which JSON is a part). */
function extensions(writer: MessageWriter, field: number, json: Json): void {
  for (const [name, value] of Object.entries(json)) {
    if (name.startsWith('x-'))
      writer.message(field, named(name, new MessageWriter().text(2, `${JSON.stringify(value)}\n`)));
  }
}

function pathItem(json: Json): MessageWriter {
  const writer = new MessageWriter();
  for (const [method, field] of Object.entries(METHODS)) {
    const each = json[method];
    if (isObject(each)) writer.message(field, operation(each));
  }
  parameters(writer, 9, json.parameters);
  return writer;
}

function operation(json: Json): MessageWriter {
  const writer = new MessageWriter();
  texts(writer, 1, json.tags);
  if (typeof json.description === 'string') writer.text(3, json.description);
  if (typeof json.operationId === 'string') writer.text(5, json.operationId);
  texts(writer, 6, json.produces);
  texts(writer, 7, json.consumes);
  parameters(writer, 8, json.parameters);
  if (isObject(json.responses)) {
    const answers = new MessageWriter();
    for (const [code, answer] of Object.entries(json.responses)) {
      if (isObject(answer)) answers.message(1, named(code, new MessageWriter().message(1, response(answer))));
    }
    writer.message(9, answers);
  }
  texts(writer, 10, json.schemes);
  extensions(writer, 13, json);
  return writer;
}

function response(json: Json): MessageWriter {
  const writer = new MessageWriter();
  if (typeof json.description === 'string') writer.text(1, json.description);
  if (isObject(json.schema)) writer.message(2, new MessageWriter().message(1, schema(json.schema)));
  return writer;
}

function texts(writer: MessageWriter, field: number, list: unknown): void {
  if (Array.isArray(list)) for (const text of list) writer.text(field, String(text));
}

function parameters(writer: MessageWriter, field: number, list: unknown): void {
  if (!Array.isArray(list)) return;
  for (const each of list) {
    if (isObject(each)) writer.message(field, new MessageWriter().message(1, parameter(each)));
  }
}

function parameter(json: Json): MessageWriter {
  const name = String(json.name);
  const place = String(json.in);
  if (place === 'body') {
    const body = new MessageWriter().text(2, name).text(3, place);
    if (json.required === true) body.bool(4, true);
    if (isObject(json.schema)) body.message(5, schema(json.schema));
    return new MessageWriter().message(1, body);
  }
  const inPath = place === 'path';
  const plain = new MessageWriter();
  if (json.required === true) plain.bool(1, true);
  plain
    .text(2, place)
    .text(3, String(json.description ?? ''))
    .text(4, name);
  plain.text(inPath ? 5 : 6, String(json.type ?? 'string'));
  if (json.uniqueItems === true) plain.bool(inPath ? 19 : 20, true);
  return new MessageWriter().message(2, new MessageWriter().message(inPath ? 4 : 3, plain));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
