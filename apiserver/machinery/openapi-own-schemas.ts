/** The schemas of kinds that bring their own, ours and custom resources, under the names that OpenAPI gives them. */
import type { ResourceRow } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import type { Schema } from './type-nodes.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** `com.example.stable.v1.CronTab` of `stable.example.com/v1` (k8s.io/apiextensions-apiserver: util.ToRESTFriendlyName). */
export function ownSchemaName({ group, version }: Pick<ResourceRow, 'group' | 'version'>, kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

export function ownSchemas(rows: readonly ServedRow[]): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  for (const { row, listKind } of rows) {
    if (row.schema === undefined) continue;
    const name = ownSchemaName(row, row.kind);
    found[name] = withCommonFields(row.schema, row, row.kind, 'ObjectMeta');
    const list: Schema = {
      description: `${listKind} is a list of ${row.kind}`,
      type: 'object',
      required: ['items'],
      properties: { items: { description: `List of ${row.resource}.`, type: 'array', items: { $ref: name } } },
    };
    found[ownSchemaName(row, listKind)] = withCommonFields(list, row, listKind, 'ListMeta');
  }
  return found;
}

function withCommonFields(schema: Schema, { group, version }: ResourceRow, kind: string, meta: string): Schema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { description: 'The version of the schema of this object.', type: 'string' },
      kind: { description: 'The kind of this object.', type: 'string' },
      metadata: { description: "Standard object's metadata.", $ref: `${META}.${meta}` },
    },
    'x-kubernetes-group-version-kind': [{ group, kind, version }],
  };
}
