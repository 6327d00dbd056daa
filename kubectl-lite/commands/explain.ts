/** `explain TYPE.FIELD`: what the server's OpenAPI says of a type and its fields. */
import type { Leaf } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import { apiVersionOf, NotServed, type Resource } from '../discovery.ts';
import { ConnectionFailure, Failure } from '../failure.ts';
import { byCodePoints, goJson } from '../printers/objects.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly allOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly externalDocs?: { readonly description?: string; readonly url?: string };
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

interface OpenApi {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export const explain: Leaf = {
  usage: 'TYPE[.FIELD...] [--recursive=false] [--api-version=GROUP/VERSION] [--output=plaintext] [flags]',
  summary: 'tell what a type and its fields mean',
  flags: [
    bool('recursive', 'all fields below, without what they mean'),
    text('api-version', 'of this version'),
    text('output', 'plaintext or plaintext-openapiv2', { initial: 'plaintext' }),
  ],
  async run(context, flags) {
    const output = flags.text('output');
    if (flags.args.length === 0)
      throw new Failure(
        'You must specify the type of resource to explain. Use "kubectl-lite api-resources" for a complete list of supported resources.',
      );
    if (flags.args.length > 1) throw new Failure('We accept only this format: explain RESOURCE');
    const [type = '', ...path] = (flags.args[0] ?? '').split('.');
    const resources = await context.resources();
    let resource: Resource;
    let fields: readonly string[] = path;
    try {
      ({ resource, fields } = await find(type, path, (typed) => resources.resolve(typed)));
    } catch (thrown) {
      // kubectl prints its mapper's error bare.
      throw thrown instanceof NotServed ? new ConnectionFailure(thrown.message.replace(/^error: /, '')) : thrown;
    }
    const version = flags.text('api-version');
    if (version !== '') {
      const served = await resources.ofKind(version, resource.kind);
      if (served === undefined)
        throw new Failure(`couldn't find resource for ${JSON.stringify(`${version}, Kind=${resource.kind}`)}`);
      resource = served;
    }
    if (output !== 'plaintext' && output !== 'plaintext-openapiv2') throw new Failure(`unrecognized format: ${output}`);
    if (output === 'plaintext-openapiv2') {
      const { explainV2 } = await import('./explain-openapiv2.ts');
      context.print(await explainV2(context, resource, fields, flags.bool('recursive')));
      return;
    }
    const root = resource.group === '' ? `api/${resource.version}` : `apis/${apiVersionOf(resource)}`;
    const document = await context.rest.json<OpenApi>({ path: `/openapi/v3/${root}` });
    const group = resource.group === '' ? '' : `GROUP:      ${resource.group}\n`;
    const head = `${group}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`;
    const body = new Explanation(document, flags.bool('recursive')).of(resource, fields);
    context.print(`${head}${body ?? ''}`);
    if (body === undefined) {
      context.print('');
      throw new Failure(`error: field ${JSON.stringify(fields.at(-1) ?? '')} does not exist`);
    }
    context.print('\n');
  },
};

/** The longest part of the path that names a type: `deployments.apps.spec` is one, then a field. */
async function find(
  type: string,
  path: readonly string[],
  resolve: (typed: string) => Promise<Resource>,
): Promise<{ resource: Resource; fields: readonly string[] }> {
  for (let end = path.length; end > 0; end--) {
    const suffix = path.slice(0, end).join('.');
    if (
      !suffix.includes('.') &&
      suffix !== 'apps' &&
      suffix !== 'batch' &&
      suffix !== 'policy' &&
      suffix !== 'autoscaling'
    )
      continue;
    try {
      return { resource: await resolve(`${type}.${suffix}`), fields: path.slice(end) };
    } catch (thrown) {
      if (!(thrown instanceof NotServed)) throw thrown;
    }
  }
  return { resource: await resolve(type), fields: path };
}

class Explanation {
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #recursive: boolean;

  constructor(document: OpenApi, recursive: boolean) {
    this.#schemas = document.components?.schemas ?? {};
    this.#recursive = recursive;
  }

  /** Undefined when there is no such field. */
  of({ group, version, kind }: Resource, fields: readonly string[]): string | undefined {
    const schema = Object.values(this.#schemas).find((each) =>
      each['x-kubernetes-group-version-kind']?.some(
        (gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind,
      ),
    );
    if (schema === undefined)
      throw new Failure(`error: GVR (${group}/${version}, Resource=${kind}) not found in OpenAPI schema`);
    return this.#output(schema, fields, new Set());
  }

  #resolve(schema: Schema): Schema {
    const found = schema.$ref === undefined ? undefined : this.#schemas[schema.$ref.split('/').at(-1) ?? ''];
    return found ?? schema;
  }

  #output(schema: Schema, path: readonly string[], history: ReadonlySet<string>): string | undefined {
    const resolved = this.#resolve(schema);
    const [field] = path;
    if (field === undefined) return this.#details(resolved);
    if (schema.$ref !== undefined && history.has(schema.$ref)) return undefined;
    const seen = schema.$ref === undefined ? history : new Set([...history, schema.$ref]);
    const property =
      resolved.properties !== undefined && Object.hasOwn(resolved.properties, field)
        ? resolved.properties[field]
        : undefined;
    if (property !== undefined) {
      const head = path.length === 1 ? `FIELD: ${field} <${this.#type(property)}>\n${enumText(property)}\n\n` : '';
      const rest = this.#output(property, path.slice(1), new Set());
      return rest === undefined ? undefined : head + rest;
    }
    if (resolved.items !== undefined) return this.#output(resolved.items, path, seen);
    if (typeof resolved.additionalProperties === 'object')
      return this.#output(resolved.additionalProperties, path, seen);
    for (const each of resolved.allOf ?? []) {
      const found = this.#output(each, path, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #details(schema: Schema): string {
    const description = this.#description(schema);
    const text = indented(wrapped(description === '' ? '<empty>' : description, 76), 4);
    const fields = this.#fields(schema, 1, new Set());
    return `DESCRIPTION:\n${text}\n${docsText(schema, 0)}${fields === '' ? '' : `FIELDS:\n${fields}`}`;
  }

  #description(schema: Schema): string {
    const resolved = this.#resolve(schema);
    const inner = [
      ...(resolved.allOf ?? []),
      ...(resolved.items === undefined ? [] : [resolved.items]),
      ...(typeof resolved.additionalProperties === 'object' ? [resolved.additionalProperties] : []),
    ].map((each) => this.#description(each));
    const own = resolved.description === undefined || resolved.description === '' ? '' : `${resolved.description}\n`;
    return own + inner.join('');
  }

  #fields(schema: Schema, level: number, history: ReadonlySet<string>): string {
    if (schema.$ref !== undefined && history.has(schema.$ref)) return '';
    const seen = schema.$ref === undefined ? history : new Set([...history, schema.$ref]);
    const resolved = this.#resolve(schema);
    let out = '';
    for (const name of Object.keys(resolved.properties ?? {}).sort(byCodePoints)) {
      const property = resolved.properties?.[name] ?? {};
      out += this.#field(name, property, resolved, level);
      if (this.#recursive) out += this.#fields(property, level + 1, seen);
    }
    for (const each of resolved.allOf ?? []) out += this.#fields(each, level, seen);
    if (resolved.items !== undefined) out += this.#fields(resolved.items, level, seen);
    if (typeof resolved.additionalProperties === 'object')
      out += this.#fields(resolved.additionalProperties, level, seen);
    return out;
  }

  #field(name: string, property: Schema, holder: Schema, level: number): string {
    const indent = level * 2;
    const required = holder.required?.includes(name) === true ? ' -required-' : '';
    const line = `${' '.repeat(indent)}${name}\t<${this.#type(property)}>${required}${shortEnum(property, indent)}\n`;
    if (this.#recursive) return line;
    const description =
      property.description === undefined || property.description === '' ? '<no description>' : property.description;
    return `${line}${indented(wrapped(description, 78 - indent), indent + 2)}\n${docsText(property, indent + 2)}\n`;
  }

  #type(schema: Schema): string {
    if (schema.items !== undefined) return `[]${this.#type(schema.items)}`;
    if (typeof schema.additionalProperties === 'object') return `map[string]${this.#type(schema.additionalProperties)}`;
    const [only, another] = schema.allOf ?? [];
    if (only !== undefined && another === undefined && schema.properties === undefined) return this.#type(only);
    if (schema.$ref !== undefined) {
      const resolved = this.#schemas[schema.$ref.split('/').at(-1) ?? ''];
      if (resolved?.type === undefined || resolved.type === 'object')
        return schema.$ref.split('/').at(-1)?.split('.').at(-1) ?? 'Object';
      return resolved.type;
    }
    return schema.type === undefined || schema.type === 'object' ? 'Object' : schema.type;
  }
}

function docsText({ externalDocs }: Schema, indent: number): string {
  if (externalDocs === undefined) return '';
  const description =
    externalDocs.description === undefined ? '' : `${indented(wrapped(externalDocs.description, 76), indent + 4)}\n`;
  const url = externalDocs.url === undefined ? '' : `${' '.repeat(indent + 4)}URL: ${externalDocs.url}\n`;
  return `\n${' '.repeat(indent)}EXTERNAL DOCS:\n${description}${url}`;
}

function enumValue(value: unknown): string {
  return value === '' ? '""' : typeof value === 'string' ? value : goJson(value);
}

function enumText({ enum: values }: Schema): string {
  return values === undefined || values.length === 0
    ? ''
    : `ENUM:${values.map((value) => `\n    ${enumValue(value)}`).join('')}`;
}

function shortEnum({ enum: values }: Schema, indent: number): string {
  if (values === undefined || values.length === 0) return '';
  const shown = values.slice(0, 4).map(enumValue);
  return `\n${' '.repeat(indent)}enum: ${shown.join(', ')}${values.length > 4 ? ', ....' : ''}`;
}

/** Words as many to a line as fit; a line break in the text stays one. */
function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/[ \t]+/)) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current].join('\n');
}

function indented(text: string, amount: number): string {
  const space = ' '.repeat(amount);
  return `${space}${text.replaceAll('\n', `\n${space}`)}`;
}
