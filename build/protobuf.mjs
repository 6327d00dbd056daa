/**
 * Generates the TypeScript codecs of the etcd API: `store/etcd/proto/*.proto` to `store/etcd/proto/gen/*.ts`.
 *
 *     node build/protobuf.mjs
 *
 * The output is committed (a test holds it current), straight-line code for each message, and shaped like `store/store.ts`
 * so that most answers of a store are encoded without being converted first; docs/decisions/0010-grpc-transport.md
 * says why. It reads the part of the proto3 language that those files use, and refuses the rest.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const sourceFolder = path.join(root, 'store', 'etcd', 'proto');

// ---- reading

/** Splits a proto file into words, strings and punctuation; comments are dropped. */
function tokensOf(source) {
  return source.replace(/\/\/[^\n]*/g, '').match(/"[^"]*"|[A-Za-z_][\w.]*|\d+|[{}()[\]=;,]/g) ?? [];
}

function parse(source, file) {
  const tokens = tokensOf(source);
  let at = 0;
  const next = () => tokens[at++];
  const expect = (token) => {
    const found = next();
    if (found !== token) throw new Error(`${file}: expected ${token}, found ${found}`);
  };
  const parsed = { file, package: '', imports: [], messages: [], enums: [], services: [] };

  const parseEnum = (outer) => {
    const name = next();
    const values = [];
    expect('{');
    for (let token = next(); token !== '}'; token = next()) {
      expect('=');
      values.push({ name: token, number: Number(next()) });
      expect(';');
    }
    if (values.some((value, index) => value.number !== index)) throw new Error(`${file}: ${name} is not 0, 1, 2 …`);
    parsed.enums.push({ name: outer + name, scope: outer, values });
  };
  const parseOptions = () => {
    const options = {};
    if (tokens[at] !== '[') return options;
    do {
      next();
      const bracketed = tokens[at] === '(';
      if (bracketed) next();
      const name = next();
      if (bracketed) expect(')');
      expect('=');
      options[name] = next();
    } while (tokens[at] === ',');
    expect(']');
    return options;
  };
  const parseField = (first, oneof) => {
    const repeated = first === 'repeated';
    const type = repeated ? next() : first;
    const name = next();
    expect('=');
    const number = Number(next());
    const options = parseOptions();
    expect(';');
    return { type, name, number, repeated, oneof, options };
  };
  const parseMessage = () => {
    const message = { name: next(), fields: [], oneofs: [] };
    expect('{');
    for (let token = next(); token !== '}'; token = next()) {
      if (token === 'enum') parseEnum(message.name);
      else if (token === 'oneof') {
        const oneof = next();
        message.oneofs.push(oneof);
        expect('{');
        for (let inner = next(); inner !== '}'; inner = next()) message.fields.push(parseField(inner, oneof));
      } else message.fields.push(parseField(token));
    }
    message.fields.sort((a, b) => a.number - b.number);
    parsed.messages.push(message);
  };
  const parseService = () => {
    const service = { name: next(), methods: [] };
    expect('{');
    for (let token = next(); token !== '}'; token = next()) {
      if (token !== 'rpc') throw new Error(`${file}: expected rpc, found ${token}`);
      const method = { name: next() };
      for (const side of ['request', 'response']) {
        if (side === 'response') expect('returns');
        expect('(');
        let type = next();
        method[`${side}Stream`] = type === 'stream';
        if (type === 'stream') type = next();
        method[side] = type;
        expect(')');
      }
      expect(';');
      service.methods.push(method);
    }
    parsed.services.push(service);
  };

  while (at < tokens.length) {
    const token = next();
    if (token === 'syntax') at += 3;
    else if (token === 'package') {
      parsed.package = next();
      expect(';');
    } else if (token === 'import') {
      parsed.imports.push(next().slice(1, -1));
      expect(';');
    } else if (token === 'message') parseMessage();
    else if (token === 'enum') parseEnum('');
    else if (token === 'service') parseService();
    else if (token === 'extend') while (next() !== '}');
    else throw new Error(`${file}: unexpected ${token}`);
  }
  return parsed;
}

// ---- names

/** `create_revision`, `peerURLs`, `ID` → `createRevision`, `peerUrls`, `id`. */
function camelCase(name) {
  const words = name
    .replace('URLs', 'Urls')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .split('_')
    .map((word) => word.toLowerCase());
  return words.map((word, index) => (index === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('');
}

const serviceName = (name) => `${camelCase(name)}Service`;
const codecName = (type) => `${type[0].toLowerCase()}${type.slice(1)}Codec`;
const emptyName = (type) => `empty${type}`;

// ---- what a field is in TypeScript

const SCALARS = {
  bytes: { method: 'byteArray', type: 'Uint8Array', zero: 'noBytes', wire: 2, isSet: (v) => `${v}.length > 0` },
  byteString: { method: 'byteString', type: 'ByteString', zero: "''", wire: 2, isSet: (v) => `${v} !== ''` },
  string: { method: 'string', type: 'string', zero: "''", wire: 2, isSet: (v) => `${v} !== ''` },
  bool: { method: 'bool', type: 'boolean', zero: 'false', wire: 0, isSet: (v) => v },
  uint32: { method: 'uint32', type: 'number', zero: '0', wire: 0, isSet: (v) => `${v} !== 0` },
  int64: { method: 'int64', type: 'bigint', zero: '0n', wire: 0, isSet: (v) => `${v} !== 0n` },
  uint64: { method: 'uint64', type: 'bigint', zero: '0n', wire: 0, isSet: (v) => `${v} !== 0n` },
  int64Number: { method: 'int64Number', type: 'number', zero: '0', wire: 0, isSet: (v) => `${v} !== 0` },
  uint64Number: { method: 'uint64Number', type: 'number', zero: '0', wire: 0, isSet: (v) => `${v} !== 0` },
};

/** The field with everything the printing below asks: its property, kind, types, and how it is read and written. */
function describe(field, message, file, files) {
  const property = camelCase(field.name);
  const tag = (wire) => field.number * 8 + wire;
  const scalarName =
    field.options['sampan.byte_string'] === 'true'
      ? 'byteString'
      : field.options.jstype === 'JS_NUMBER'
        ? `${field.type}Number`
        : field.type;
  const scalar = SCALARS[scalarName];
  if (scalar !== undefined) {
    return {
      ...field,
      property,
      kind: 'scalar',
      scalarName,
      type: scalar.type,
      zero: scalar.zero,
      isSet: scalar.isSet,
      tag: tag(scalar.wire),
      read: () => `r.${scalar.method}()`,
      write: (v) => `w.${scalar.method}(${v});`,
    };
  }
  const found = resolve(field.type, message, file, files);
  if (found.kind === 'enum') {
    return {
      ...field,
      property,
      kind: 'enum',
      values: found.values,
      type: found.name,
      zero: `'${camelCase(found.values[0].name)}'`,
      isSet: (v) => `${v} !== '${camelCase(found.values[0].name)}'`,
      tag: tag(0),
      packedTag: tag(2),
      read: () => `read${found.name}(r)`,
      write: (v) => `write${found.name}(w, ${v});`,
    };
  }
  return {
    ...field,
    property,
    kind: 'message',
    type: found.name,
    always: field.options['sampan.always'] === 'true',
    tag: tag(2),
    read: (into) => `r.message(${codecName(found.name)}${into === undefined ? '' : `, ${into}`})`,
    write: (v) => `w.message(${codecName(found.name)}, ${v});`,
  };
}

function resolve(type, message, file, files) {
  const dot = type.lastIndexOf('.');
  const home = dot < 0 ? file : files.find((other) => other.package === type.slice(0, dot));
  const name = type.slice(dot + 1);
  const nested = home?.enums.find((each) => each.name === message.name + name && each.scope === message.name);
  const found = nested ?? home?.enums.find((each) => each.name === name) ?? null;
  if (found !== null) return { kind: 'enum', name: found.name, values: found.values };
  if (home?.messages.some((each) => each.name === name)) return { kind: 'message', name, home };
  throw new Error(`${file.file}: ${message.name}: unknown type ${type}`);
}

// ---- printing

function printEnum({ name, values }) {
  const names = values.map((value) => `'${camelCase(value.name)}'`);
  return `
/** A number where the sender knows a value that this program does not. */
export type ${name} = ${names.join(' | ')} | number;
const names${name} = [${names.join(', ')}] as const;
function read${name}(r: Reader): ${name} {
  const value = r.int32();
  return names${name}[value] ?? value;
}
function write${name}(w: Writer, value: ${name}): void {
  w.int32(typeof value === 'number' ? value : names${name}.indexOf(value));
}
`;
}

function printMessage(message, file, files) {
  const fields = message.fields.map((field) => describe(field, message, file, files));
  const plain = fields.filter((field) => field.oneof === undefined);
  const optional = plain.filter((field) => field.kind === 'message' && !field.repeated && !field.always);
  const certain = plain.filter((field) => !optional.includes(field));
  const oneofs = message.oneofs.map((name) => ({
    property: camelCase(name),
    type: `${message.name}${camelCase(`x_${name}`).slice(1)}`,
    fields: fields.filter((field) => field.oneof === name),
  }));
  return [
    printInterface(message, plain, optional, oneofs),
    printEmpty(message, certain, oneofs),
    printWrite(message, fields, oneofs),
    printRead(message, plain, optional, certain, oneofs),
    `export const ${codecName(message.name)}: Codec<${message.name}> = { write: write${message.name}, read: read${message.name}, fields: [${fields.map((field) => printField(field, message, file)).join(', ')}] };\n`,
  ].join('');
}

/** What the JSON form needs to know of a field. */
function printField(field, message, file) {
  const parts = [`name: '${field.name}'`, `property: '${field.property}'`, `kind: '${field.scalarName ?? field.kind}'`];
  if (field.kind === 'enum') {
    parts.push(`values: [${field.values.map(({ name }) => `['${name}', '${camelCase(name)}']`).join(', ')}]`);
  }
  if (field.kind === 'message') parts.push(`fields: () => ${codecName(field.type)}.fields`);
  if (field.repeated) parts.push('repeated: true');
  if (field.always) parts.push('always: true');
  if (field.oneof !== undefined) {
    parts.push(`oneof: '${camelCase(field.oneof)}'`, `oneofName: '${file.package}.${message.name}.${field.oneof}'`);
  }
  return `{ ${parts.join(', ')} }`;
}

const typeOf = (field) => (field.repeated ? `readonly ${field.type}[]` : field.type);

function printInterface(message, plain, optional, oneofs) {
  if (plain.length + oneofs.length === 0) return `\nexport type ${message.name} = Readonly<Record<string, never>>;\n`;
  const lines = [`\nexport interface ${message.name} {`];
  for (const field of plain)
    lines.push(`  readonly ${field.property}${optional.includes(field) ? '?' : ''}: ${typeOf(field)};`);
  for (const oneof of oneofs) lines.push(`  readonly ${oneof.property}: ${oneof.type} | undefined;`);
  lines.push('}');
  for (const oneof of oneofs) {
    const cases = oneof.fields.map((field) => `{ readonly case: '${field.property}'; readonly value: ${field.type} }`);
    lines.push(`export type ${oneof.type} = ${cases.join(' | ')};`);
  }
  return `${lines.join('\n')}\n`;
}

const zeroOf = (field) => (field.repeated ? '[]' : field.kind === 'message' ? emptyName(field.type) : field.zero);

function printEmpty(message, certain, oneofs) {
  const parts = certain.map((field) => `${field.property}: ${zeroOf(field)}`);
  for (const oneof of oneofs) parts.push(`${oneof.property}: undefined`);
  return `/** Every field at its default. */\nexport const ${emptyName(message.name)}: ${message.name} = { ${parts.join(', ')} };\n`;
}

function printWrite(message, fields, oneofs) {
  const unused = fields.length === 0;
  const lines = [
    `function write${message.name}(${unused ? '_w' : 'w'}: Writer, ${unused ? '_m' : 'm'}: ${message.name}): void {`,
  ];
  for (const field of [...fields].reverse()) {
    const value = `m.${field.property}`;
    if (field.oneof !== undefined) {
      const oneof = oneofs.find((each) => each.fields.includes(field));
      const choice = `m.${oneof.property}`;
      lines.push(
        `if (${choice}?.case === '${field.property}') { ${field.write(`${choice}.value`)} w.tag(${field.tag}); }`,
      );
    } else if (field.repeated && field.kind === 'enum') {
      lines.push(
        `if (${value}.length > 0) { const before = w.written;`,
        `for (let i = ${value}.length - 1; i >= 0; i--) ${field.write(`${value}[i] as ${field.type}`)}`,
        `w.uint32(w.written - before); w.tag(${field.packedTag}); }`,
      );
    } else if (field.repeated) {
      lines.push(
        `for (let i = ${value}.length - 1; i >= 0; i--) { ${field.write(`${value}[i] as ${field.type}`)} w.tag(${field.tag}); }`,
      );
    } else if (field.kind === 'message' && field.always) lines.push(`${field.write(value)} w.tag(${field.tag});`);
    else if (field.kind === 'message')
      lines.push(`if (${value} !== undefined) { ${field.write(value)} w.tag(${field.tag}); }`);
    else lines.push(`if (${field.isSet(value)}) { ${field.write(value)} w.tag(${field.tag}); }`);
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function printRead(message, plain, optional, certain, oneofs) {
  const unused = plain.length + oneofs.length === 0;
  const lines = [
    `function read${message.name}(r: Reader, end: number, ${unused ? '_into' : 'into'}?: ${message.name}): ${message.name} {`,
  ];
  for (const field of plain) {
    if (field.repeated)
      lines.push(`const ${field.property}: ${field.type}[] = into === undefined ? [] : [...into.${field.property}];`);
    else if (field.kind === 'message')
      lines.push(
        `let ${field.property}: ${field.type} | undefined = into === undefined ? undefined : into.${field.property};`,
      );
    else
      lines.push(`let ${field.property}: ${field.type} = into === undefined ? ${field.zero} : into.${field.property};`);
  }
  for (const oneof of oneofs)
    lines.push(
      `let ${oneof.property}: ${oneof.type} | undefined = into === undefined ? undefined : into.${oneof.property};`,
    );
  lines.push('while (r.at < end) {', 'const tag = r.tag();', 'switch (tag) {');
  const cases = [...plain, ...oneofs.flatMap((oneof) => oneof.fields.map((field) => ({ ...field, home: oneof })))];
  for (const field of cases) {
    lines.push(`case ${field.tag}:`);
    if (field.home !== undefined) {
      const { property } = field.home;
      const read =
        field.kind === 'message'
          ? field.read(`${property}?.case === '${field.property}' ? ${property}.value : undefined`)
          : field.read();
      lines.push(`${property} = { case: '${field.property}', value: ${read} };`);
    } else if (field.repeated) lines.push(`${field.property}.push(${field.read()});`);
    else if (field.kind === 'message') lines.push(`${field.property} = ${field.read(field.property)};`);
    else lines.push(`${field.property} = ${field.read()};`);
    lines.push('break;');
    if (field.repeated && field.kind === 'enum')
      lines.push(
        `case ${field.packedTag}: { const packedEnd = r.length(); while (r.at < packedEnd) ${field.property}.push(${field.read()}); r.finish(packedEnd); break; }`,
      );
  }
  lines.push('default:', 'r.skip(tag);', '}', '}');
  const parts = certain.map((field) =>
    field.kind === 'message' && !field.repeated
      ? `${field.property}: ${field.property} ?? ${emptyName(field.type)}`
      : field.property,
  );
  for (const oneof of oneofs) parts.push(oneof.property);
  const result = `{ ${parts.join(', ')} }`;
  if (optional.length === 0) lines.push(`return ${result};`);
  else {
    lines.push(`const message: { -readonly [K in keyof ${message.name}]: ${message.name}[K] } = ${result};`);
    for (const { property } of optional)
      lines.push(`if (${property} !== undefined) message.${property} = ${property};`);
    lines.push('return message;');
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function printService(service, file) {
  const lines = [`\nexport const ${serviceName(service.name)} = {`];
  for (const method of service.methods) {
    const type = (name) => name.slice(name.lastIndexOf('.') + 1);
    lines.push(
      `${camelCase(method.name)}: {`,
      `path: '/${file.package}.${service.name}/${method.name}',`,
      `requestStream: ${method.requestStream}, responseStream: ${method.responseStream},`,
      `request: ${codecName(type(method.request))}, response: ${codecName(type(method.response))},`,
      '},',
    );
  }
  lines.push('} as const;');
  return `${lines.join('\n')}\n`;
}

/** Messages that stand for a missing one must be defined before those that use them. */
function inOrderOfUse(messages, file, files) {
  const ordered = [];
  const visit = (message) => {
    if (ordered.includes(message)) return;
    for (const field of message.fields) {
      if (field.options['sampan.always'] !== 'true') continue;
      const found = resolve(field.type, message, file, files);
      if (found.home === file) visit(file.messages.find((each) => each.name === found.name));
    }
    ordered.push(message);
  };
  for (const message of messages) visit(message);
  return ordered;
}

function print(file, files) {
  const body = [
    ...file.enums.map(printEnum),
    ...inOrderOfUse(file.messages, file, files).map((message) => printMessage(message, file, files)),
    ...file.services.map((service) => printService(service, file)),
  ].join('');
  const wanted = (name) => new RegExp(`\\b${name}\\b`).test(body);
  const lines = [`/** Package ${file.package}, generated from ../${file.file} by build/protobuf.mjs. Do not edit. */`];
  if (wanted('ByteString')) lines.push("import type { ByteString } from '../../../../base/bytes.ts';");
  lines.push("import type { Codec, Reader, Writer } from '../wire.ts';");
  for (const other of files) {
    if (other === file || !file.imports.includes(other.file)) continue;
    const names = other.messages.flatMap(({ name }) => [
      ...(wanted(name) ? [`type ${name}`] : []),
      ...(wanted(codecName(name)) ? [codecName(name)] : []),
      ...(wanted(emptyName(name)) ? [emptyName(name)] : []),
    ]);
    if (names.length > 0) lines.push(`import { ${names.join(', ')} } from './${other.file.replace('.proto', '.ts')}';`);
  }
  if (wanted('noBytes')) lines.push('\nconst noBytes = new Uint8Array(0);');
  return `${lines.join('\n')}\n${body}`;
}

/** As Biome would write it, so that the gate has nothing to say. */
function format(source, file) {
  const biome = path.join(root, 'node_modules', '.bin', 'biome');
  return execFileSync(biome, ['check', '--write', '--unsafe', `--stdin-file-path=${file}`], {
    cwd: root,
    input: source,
    encoding: 'utf8',
  });
}

/** Every generated file's path under the project, with its text. */
export function generate() {
  const files = fs
    .readdirSync(sourceFolder)
    .filter((name) => name.endsWith('.proto') && name !== 'options.proto')
    .sort()
    .map((name) => parse(fs.readFileSync(path.join(sourceFolder, name), 'utf8'), name));
  return new Map(
    files.map((file) => {
      const target = `store/etcd/proto/gen/${file.file.replace('.proto', '.ts')}`;
      return [target, format(print(file, files), target)];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  fs.mkdirSync(path.join(sourceFolder, 'gen'), { recursive: true });
  for (const [file, text] of generate()) fs.writeFileSync(path.join(root, file), text);
}
