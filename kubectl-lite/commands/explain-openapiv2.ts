/** `explain --output=plaintext-openapiv2`: the older form, from the server's OpenAPI v2. */
import type { Context } from '../context.ts';
import { apiVersionOf, type Resource } from '../discovery.ts';
import { Failure } from '../failure.ts';
import { byCodePoints } from '../printers/objects.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

type Definitions = Readonly<Record<string, Schema>>;

const WIDTH = 80;
const DESCRIPTION_INDENT = 5;
const FIELD_INDENT = 3;

export async function explainV2(
  context: Context,
  resource: Resource,
  path: readonly string[],
  recursive: boolean,
): Promise<string> {
  const { definitions = {} } = await context.rest.json<{ definitions?: Definitions }>({ path: '/openapi/v2' });
  const { group, version, kind } = resource;
  const root = Object.values(definitions).find((each) =>
    each['x-kubernetes-group-version-kind']?.some(
      (gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind,
    ),
  );
  if (root === undefined)
    throw new Failure(`couldn't find resource for ${JSON.stringify(`${apiVersionOf(resource)}, Kind=${kind}`)}`);
  const head = `KIND:     ${kind}\nVERSION:  ${apiVersionOf(resource)}\n\n`;
  return head + new Explanation(definitions, recursive).of(root, path);
}

/** What a schema is: the fields of a kind, a list or map of something, a reference to a definition, or one value. */
type Form =
  | { readonly is: 'kind'; readonly fields: Readonly<Record<string, Schema>> }
  | { readonly is: 'list' | 'map' | 'reference'; readonly of: Schema }
  | { readonly is: 'value'; readonly type: string }
  | { readonly is: 'anything' };

class Explanation {
  readonly #definitions: Definitions;
  readonly #recursive: boolean;
  readonly #open = new Set<string>();

  constructor(definitions: Definitions, recursive: boolean) {
    this.#definitions = definitions;
    this.#recursive = recursive;
  }

  of(root: Schema, path: readonly string[]): string {
    const name = path.at(-1) ?? '';
    let schema = this.#at(root, path);
    const type = this.#type(schema);
    const descriptions = [schema.description ?? ''];
    for (let form = this.#form(schema); form.is !== 'kind'; form = this.#form(schema)) {
      if (form.is === 'value') return `FIELD:    ${name} <${type}>\n\n${described(descriptions)}`;
      if (form.is === 'anything') return described(descriptions);
      schema = form.of;
      descriptions.push(schema.description ?? '');
    }
    const head = name === '' ? '' : `RESOURCE: ${name} <${type}>\n\n`;
    const fields = this.#recursive ? this.#tree(schema, FIELD_INDENT) : this.#fields(schema);
    return `${head}${described(descriptions)}\nFIELDS:\n${fields}`;
  }

  #form(schema: Schema): Form {
    if (schema.$ref !== undefined) {
      const of = this.#definitions[schema.$ref.split('/').at(-1) ?? ''];
      return of === undefined ? { is: 'anything' } : { is: 'reference', of };
    }
    if (schema.properties !== undefined) return { is: 'kind', fields: schema.properties };
    if (schema.items !== undefined) return { is: 'list', of: schema.items };
    if (schema.type === 'object')
      return {
        is: 'map',
        of: schema.additionalProperties instanceof Object ? schema.additionalProperties : anything(schema),
      };
    return schema.type === undefined ? { is: 'anything' } : { is: 'value', type: schema.type };
  }

  #at(root: Schema, path: readonly string[]): Schema {
    let schema = root;
    for (const field of path) {
      let form = this.#form(schema);
      while (form.is === 'list' || form.is === 'map' || form.is === 'reference') form = this.#form(form.of);
      if (form.is !== 'kind') return schema;
      const found = Object.hasOwn(form.fields, field) ? form.fields[field] : undefined;
      if (found === undefined) throw new Failure(`field ${JSON.stringify(field)} does not exist`);
      schema = found;
    }
    return schema;
  }

  #type(schema: Schema): string {
    const form = this.#form(schema);
    switch (form.is) {
      case 'kind':
        return 'Object';
      case 'list':
        return `[]${this.#type(form.of)}`;
      case 'map':
        return `map[string]${this.#type(form.of)}`;
      case 'reference':
        return this.#type(form.of);
      case 'value':
        return form.type;
      case 'anything':
        return '';
    }
  }

  #fields({ properties = {}, required = [] }: Schema): string {
    return Object.keys(properties)
      .sort(byCodePoints)
      .map((name) => {
        const property = properties[name] ?? {};
        const line = `${name}\t<${this.#type(property)}>${required.includes(name) ? ' -required-' : ''}`;
        return `${' '.repeat(FIELD_INDENT)}${line}\n${wrapped(property.description ?? '', DESCRIPTION_INDENT)}\n`;
      })
      .join('');
  }

  /** All fields below; a type within itself is not opened again. */
  #tree(schema: Schema, indent: number): string {
    const form = this.#form(schema);
    switch (form.is) {
      case 'kind':
        return Object.keys(form.fields)
          .sort(byCodePoints)
          .map((name) => {
            const property = form.fields[name] ?? {};
            const line = `${' '.repeat(indent)}${name}\t<${this.#type(property)}>\n`;
            return line + this.#tree(property, indent + FIELD_INDENT);
          })
          .join('');
      case 'list':
      case 'map':
        return this.#tree(form.of, indent);
      case 'reference': {
        const name = schema.$ref ?? '';
        if (this.#open.has(name)) return '';
        this.#open.add(name);
        const below = this.#tree(form.of, indent);
        this.#open.delete(name);
        return below;
      }
      case 'value':
      case 'anything':
        return '';
    }
  }
}

/** What a map holds that says nothing of it is described by the map. */
function anything({ description = '' }: Schema): Schema {
  return { description };
}

function described(descriptions: readonly string[]): string {
  const texts = descriptions.flatMap((text, at) =>
    text === '' ? [] : [`${at === 0 ? '' : '\n'}${wrapped(text, DESCRIPTION_INDENT)}`],
  );
  return `DESCRIPTION:\n${texts.length === 0 ? wrapped('<empty>', DESCRIPTION_INDENT) : texts.join('')}`;
}

/** Words as many to a line as fit; code, empty lines and the points of a list begin lines of their own. */
function wrapped(text: string, indent: number): string {
  const width = WIDTH - indent;
  const lines: string[] = [];
  let words: string[] = [];
  let last = '';
  const flush = (): void => {
    if (words.length === 0) return;
    lines.push(words.join(' '));
    words = [];
    last = '';
  };
  for (const line of text.split('\n')) {
    const isCode = line.startsWith('    ');
    const isEmpty = line.trim() === '';
    if (isCode || (isEmpty && lines.length > 0)) {
      flush();
      lines.push(isCode ? line : '');
      continue;
    }
    if (last.endsWith(':') || isEmpty || /^(\d+\.?|-|\*)\s/.test(line.trim())) flush();
    for (const word of line.split(/\s+/).filter((each) => each !== '')) {
      if (words.length > 0 && words.join(' ').length + 1 + word.length > width) flush();
      words.push(word);
      last = word;
    }
  }
  flush();
  return lines.map((line) => (line === '' ? '\n' : `${' '.repeat(indent)}${line}\n`)).join('');
}
