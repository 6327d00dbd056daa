/** One OpenAPI v3 document: the paths of a group and version, and every schema that they reach. */
import type { Parameter } from './openapi-parameters.ts';
import { pathsOf } from './openapi-paths.ts';
import type { ServedRows } from './served-rows.ts';
import type { Schema, SchemaSource } from './type-nodes.ts';
import type { VersionInfo } from './version.ts';

export interface OpenApiSource {
  readonly rows: ServedRows;
  readonly schemas: SchemaSource;
  /** All schemas by name: the generated ones, and those that kinds bring along. */
  readonly named: Readonly<Record<string, Schema>>;
  readonly descriptions: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>;
  readonly version: VersionInfo;
}

const PREFIX = '#/components/schemas/';

/** @param path `api/v1` or `apis/apps/v1` */
export function openApiV3Document(source: OpenApiSource, path: string): object {
  const [root = '', first = '', second = ''] = path.split('/');
  const group = root === 'api' ? '' : first;
  const version = root === 'api' ? first : second;
  const rows = source.rows.shown.filter(({ row }) => row.group === group && row.version === version);
  const needed = new Set<string>();
  const paths = pathsOf(rows, {
    use(name) {
      needed.add(name);
      return { $ref: `${PREFIX}${name}` };
    },
    parameter: (parameter: Parameter) => {
      const { type, ...rest } = parameter;
      return { ...rest, schema: { type, uniqueItems: true } };
    },
    body: (schema, contents) => ({ content: Object.fromEntries(contents.map((content) => [content, { schema }])) }),
    schemas: source.schemas,
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: {
      schemas: schemasOf(source, needed),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  };
}

/** The named schemas and all that they refer to, with their descriptions. */
function schemasOf(source: OpenApiSource, needed: Set<string>): Record<string, unknown> {
  const made = new Map<string, unknown>();
  const queue = [...needed];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (made.has(name)) continue;
    const schema = source.named[name];
    if (schema === undefined) continue;
    made.set(
      name,
      described(name, schema, source, (reference) => {
        if (!made.has(reference)) queue.push(reference);
      }),
    );
  }
  return Object.fromEntries([...made].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function described(name: string, schema: Schema, source: OpenApiSource, refer: (name: string) => void): unknown {
  const [own = '', fields = {}] = source.descriptions[name] ?? [];
  const { properties, ...rest } = schema;
  const shownField = (property: Schema, description: string | undefined): unknown => {
    // Clients show the description of what is referred to as well: once is enough.
    const repeated = property.$ref !== undefined && description === source.descriptions[property.$ref]?.[0];
    return withReferences(description === undefined || repeated ? property : { description, ...property }, refer);
  };
  return {
    ...(own === '' ? {} : { description: own }),
    ...(withReferences(rest, refer) as object),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([field, property]) => [field, shownField(property, fields[field])]),
          ),
        }),
  };
}

/** A reference beside other keywords is wrapped in `allOf`, as v3 wants it. */
function withReferences(value: unknown, refer: (name: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, refer));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref, ...rest } = value as Record<string, unknown>;
  const others = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, withReferences(item, refer)]));
  if (typeof $ref !== 'string') return others;
  refer($ref);
  const reference = { $ref: `${PREFIX}${$ref}` };
  return Object.keys(others).length === 0 ? reference : { allOf: [reference], ...others };
}
