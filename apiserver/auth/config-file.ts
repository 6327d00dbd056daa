/**
 * Configuration files: YAML or JSON of a declared kind, read strictly. Whatever is wrong is a UsageError with the file,
 * the field and the reason, so that a start fails with one clear line.
 */

import { parseDocument } from 'yaml';
import { messageOf, UsageError } from '../../base/errors.ts';
import { readTextIfPresent } from './secret-file.ts';

/** A place in a configuration file. Every reading method complains with the place's path. */
export class ConfigNode {
  readonly file: string;
  /** `rules[0].level`; '' for the whole document. */
  readonly path: string;
  readonly #value: unknown;

  constructor(file: string, path: string, value: unknown) {
    this.file = file;
    this.path = path;
    this.#value = value;
  }

  get present(): boolean {
    return this.#value !== undefined && this.#value !== null;
  }

  fail(reason: string): never {
    throw new UsageError(this.path === '' ? `${this.file}: ${reason}` : `${this.file}: ${this.path}: ${reason}`);
  }

  field(name: string): ConfigNode {
    const path = this.path === '' ? name : `${this.path}.${name}`;
    return new ConfigNode(this.file, path, this.#record()[name]);
  }

  /** The names of the fields that are there. */
  names(): string[] {
    return Object.keys(this.#record());
  }

  /** Complains of every field but these. */
  only(...known: readonly string[]): void {
    for (const name of this.names()) if (!known.includes(name)) this.field(name).fail('unknown field');
  }

  /** Complains when the node, a document of its own, is of another kind or version. */
  ofKind(kind: string, apiVersions: readonly string[]): this {
    if (!this.present) this.fail('is empty');
    const version = this.field('apiVersion');
    if (!apiVersions.includes(version.text())) version.fail(`must be ${apiVersions.join(' or ')}`);
    if (this.field('kind').text() !== kind) this.field('kind').fail(`must be ${kind}`);
    return this;
  }

  /** The same for a document that need not say what it is: complains when it says something else. */
  ofKindIfSaid(kind: string, apiVersion: string): this {
    if (!this.present) this.fail('is empty');
    for (const [name, expected] of Object.entries({ apiVersion, kind })) {
      if ((this.field(name).optionalText() ?? expected) !== expected) this.field(name).fail(`must be ${expected}`);
    }
    return this;
  }

  text(): string {
    if (typeof this.#value === 'string') return this.#value;
    return this.fail(this.present ? 'must be a text' : 'is required');
  }

  optionalText(): string | undefined {
    return this.present ? this.text() : undefined;
  }

  oneOf<T extends string>(allowed: readonly T[]): T {
    const text = this.text();
    const found = allowed.find((each) => each === text);
    return found ?? this.fail(`must be one of ${allowed.join(', ')}, not ${JSON.stringify(text)}`);
  }

  number(): number {
    if (typeof this.#value === 'number') return this.#value;
    return this.fail(this.present ? 'must be a number' : 'is required');
  }

  optionalNumber(): number | undefined {
    return this.present ? this.number() : undefined;
  }

  optionalBoolean(): boolean | undefined {
    if (!this.present) return undefined;
    return typeof this.#value === 'boolean' ? this.#value : this.fail('must be true or false');
  }

  /** The items; none when the field is not there. */
  items(): ConfigNode[] {
    if (!this.present) return [];
    if (!Array.isArray(this.#value)) return this.fail('must be a list');
    return this.#value.map((item, index) => new ConfigNode(this.file, `${this.path}[${index}]`, item));
  }

  texts(): string[] {
    return this.items().map((item) => item.text());
  }

  #record(): Readonly<Record<string, unknown>> {
    if (!this.present) return {};
    if (typeof this.#value !== 'object' || Array.isArray(this.#value)) return this.fail('must be a mapping');
    return this.#value as Readonly<Record<string, unknown>>;
  }
}

/** The document of the file, which must be of this kind and one of these API versions. */
export async function loadConfigFile(file: string, kind: string, apiVersions: readonly string[]): Promise<ConfigNode> {
  return (await loadPlainConfigFile(file)).ofKind(kind, apiVersions);
}

/** The document of a file that says nothing of its kind. */
export async function loadPlainConfigFile(file: string): Promise<ConfigNode> {
  const text = await readTextIfPresent(file);
  if (text === undefined) throw new UsageError(`${file} does not exist`);
  return parsePlain(text, file);
}

export async function parseConfig(
  text: string,
  file: string,
  kind: string,
  apiVersions: readonly string[],
): Promise<ConfigNode> {
  return parsePlain(text, file).ofKind(kind, apiVersions);
}

/** @param file where the text is from, for complaints */
export function parsePlain(text: string, file: string): ConfigNode {
  let value: unknown;
  try {
    const document = parseDocument(text, { strict: true, uniqueKeys: true });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    value = document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    throw new UsageError(`${file}: ${messageOf(thrown).split('\n')[0]?.replace(/:$/, '') ?? ''}`);
  }
  return new ConfigNode(file, '', value);
}
