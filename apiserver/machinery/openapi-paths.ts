/**
 * The paths of resources with their operations; the difference between v2 and v3 is in how the two say parameters, bodies
 * and references.
 */

import {
  ANYTHING,
  discoveryOperation,
  type Operation,
  RowOperations,
  rootOf,
  type SchemaNames,
  tagOf,
} from './openapi-operations.ts';
import { type Parameter, shared } from './openapi-parameters.ts';
import type { ServedRow } from './served-rows.ts';

export interface Dialect extends SchemaNames {
  parameter(parameter: Parameter): object;
  /** The body of a request or answer (v3); undefined: v2, where a body is a parameter and answers name their schema. */
  readonly body: ((schema: object, contents: readonly string[]) => object) | undefined;
}

const CODE_TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  401: 'Unauthorized',
};

/** All paths of the rows, those of discovery among them. */
export function pathsOf(rows: readonly ServedRow[], dialect: Dialect): Record<string, object> {
  const paths: Record<string, object> = {};
  for (const served of rows) {
    const writer = new RowOperations(served, dialect);
    const { row } = served;
    const tag = tagOf(row);
    paths[`${rootOf(row)}/`] = pathOf([discoveryOperation(row, dialect)], tag, dialect);
    for (const [path, operations] of writer.all()) {
      if (operations.length > 0) paths[path] = pathOf(operations, tag, dialect);
    }
  }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A path: its operations by method, and what they have in common beside them. */
function pathOf(operations: readonly Operation[], tag: string, dialect: Dialect): object {
  const { common, own } = shared(operations.map(({ parameters }) => parameters));
  const parameters = common.map((parameter) => dialect.parameter(parameter));
  return {
    ...Object.fromEntries(
      operations.map((operation, at) => [operation.method, shownOperation(operation, own[at] ?? [], tag, dialect)]),
    ),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

function shownOperation(
  { id, description, action, kind, body, outputs, answers }: Operation,
  parameters: readonly Parameter[],
  tag: string,
  dialect: Dialect,
): object {
  const { body: make } = dialect;
  const bodyParameter =
    body === undefined || make !== undefined
      ? []
      : [{ in: 'body', name: 'body', schema: body.schema, ...(body.required ? { required: true } : {}) }];
  const shownParameters = [...bodyParameter, ...parameters.map((parameter) => dialect.parameter(parameter))];
  return {
    description,
    operationId: id,
    tags: [tag],
    ...(make === undefined ? { consumes: body?.contents ?? ANYTHING, produces: outputs, schemes: ['https'] } : {}),
    ...(shownParameters.length === 0 ? {} : { parameters: shownParameters }),
    ...(body === undefined || make === undefined
      ? {}
      : { requestBody: { ...make(body.schema, body.contents), ...(body.required ? { required: true } : {}) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([code, schema]) => [
          code,
          { description: CODE_TEXTS[Number(code)], ...(make === undefined ? { schema } : make(schema, outputs)) },
        ]),
      ),
      401: { description: CODE_TEXTS[401] },
    },
    ...(action === undefined ? {} : { 'x-kubernetes-action': action }),
    ...(kind === undefined
      ? {}
      : { 'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind } }),
  };
}
