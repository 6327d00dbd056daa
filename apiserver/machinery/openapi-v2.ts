/** The OpenAPI v2 document: all paths and schemas in one, for clients that know no better. */

import { pathsOf } from './openapi-paths.ts';
import type { OpenApiSource } from './openapi-v3.ts';
import type { Schema } from './type-nodes.ts';

const PREFIX = '#/definitions/';

export function openApiV2Document(source: OpenApiSource): object {
  const paths = pathsOf(source.rows.shown, {
    use: (name) => ({ $ref: `${PREFIX}${name}` }),
    parameter: (parameter) => ({ ...parameter, uniqueItems: true }),
    body: undefined,
    schemas: source.schemas,
  });
  const definitions = Object.fromEntries(
    Object.entries(source.named).map(([name, schema]) => [name, definitionOf(name, schema, source)]),
  );
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: source.version.gitVersion },
    paths,
    definitions,
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

function definitionOf(name: string, schema: Schema, { descriptions }: OpenApiSource): unknown {
  const [own = '', fields = {}] = descriptions[name] ?? [];
  const { properties, ...rest } = schema;
  return {
    ...(own === '' ? {} : { description: own }),
    ...(plain(rest) as object),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([field, property]) => {
              const description = fields[field];
              const made = plain(property) as Record<string, unknown>;
              return [field, description === undefined ? made : { description, ...made }];
            }),
          ),
        }),
  };
}

/** v2 knows neither `oneOf` nor defaults beside references; a type that may be several is a string to it. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { $ref, oneOf, default: _, ...rest } = value as Record<string, unknown>;
  if (typeof $ref === 'string') return { ...(plain(rest) as object), $ref: `${PREFIX}${$ref}` };
  const made = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, plain(item)]));
  return oneOf === undefined ? made : { type: 'string', ...made };
}
