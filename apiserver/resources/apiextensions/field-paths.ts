/** Paths to fields of custom resources, in definitions: `.spec.replicas`, `.spec['my-field']`. */
import { additionalOf, propertyOf, type Schema } from './json-schema.ts';

/** A path and the schema of what it leads to, or why it leads nowhere. */
export type FieldPath =
  | { readonly root: string; readonly path: string; readonly schema: Schema | undefined }
  | { readonly problem: string };

const NO_FIELD = 'does not refer to a valid field';
const ENDED = 'unexpected end of JSON path';
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ "'": "'", '\\': '\\' },
};

class BadPath extends Error {}

function tokensOf(path: string): string[] {
  const tokens: string[] = [];
  for (let rest = path; rest !== ''; ) {
    const [token] = (rest.startsWith("'") ? /^'(?:[^'\\]|\\.)*'/ : /^(?:[.[\]]|[^.[\]]+)/).exec(rest) ?? [rest];
    tokens.push(token);
    rest = rest.slice(token.length);
  }
  return tokens;
}

function unescapeQuoted(text: string): string {
  return text.replace(/\\(.)/g, (match, letter: string) => {
    const meant = ESCAPES[letter];
    if (meant === undefined) throw new BadPath(`invalid string literal: invalid escape char ${match}`);
    return meant;
  });
}

/** Follows a path through a schema (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel: ValidFieldPath). */
export function followFieldPath(jsonPath: string, root: Schema, allowArrayNotation: boolean): FieldPath {
  try {
    return follow(tokensOf(jsonPath), root, allowArrayNotation);
  } catch (error) {
    if (error instanceof BadPath) return { problem: error.message };
    throw error;
  }
}

function follow(tokens: readonly string[], root: Schema, allowArrayNotation: boolean): FieldPath {
  let schema: Schema | undefined = root;
  let path = '';
  let first: string | undefined;
  const queue = [...tokens];
  const next = (): string => {
    const token = queue.shift();
    if (token === undefined) throw new BadPath(ENDED);
    return token;
  };
  while (queue.length > 0) {
    const token = next();
    if (token !== '.' && token !== '[') throw new BadPath(`expected [ or . but got: ${token}`);
    let name: string;
    if (token === '.') name = next();
    else {
      if (!allowArrayNotation) throw new BadPath('array notation is not allowed');
      const quoted = next();
      if (!/^'.*'$/s.test(quoted)) throw new BadPath(`expected single quoted string but got ${quoted}`);
      name = unescapeQuoted(quoted.slice(1, -1));
    }
    first ??= name;
    if (schema?.properties !== undefined) {
      path += path === '' ? name : `.${name}`;
      schema = propertyOf(schema, name);
      if (schema === undefined) throw new BadPath(NO_FIELD);
    } else {
      if (schema?.additionalProperties === undefined) throw new BadPath(NO_FIELD);
      path += `[${name}]`;
      schema = additionalOf(schema);
    }
    if (token === '[') {
      const end = next();
      if (end !== ']') throw new BadPath(`expected ] but got ${end}`);
    }
  }
  return { root: first ?? '', path, schema };
}

/** What is wrong with the path of a column or of a scale; undefined when nothing is. */
export function simplePathProblem(path: string): string | undefined {
  return path.startsWith('.') ? undefined : 'must be a simple json path starting with .';
}
