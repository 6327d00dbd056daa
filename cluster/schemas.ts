/** The generated schemas, as the API server takes them. Descriptions are read only when somebody asks for an explanation. */
import type { SchemaSource } from '../apiserver/machinery/type-nodes.ts';
import generated from '../generated/schemas.json' with { type: 'json' };

type Descriptions = Awaited<ReturnType<SchemaSource['descriptions']>>;

export const generatedSchemas: SchemaSource = {
  ...(generated as unknown as Pick<SchemaSource, 'models' | 'schemas' | 'goTypes'>),
  async descriptions() {
    const { default: descriptions } = await import('../generated/schema-descriptions.json', { with: { type: 'json' } });
    return descriptions as unknown as Descriptions;
  },
};
