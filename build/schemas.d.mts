/** Types of `schemas.mjs`, which says what they mean. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly default?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

export interface GeneratedSchemas {
  readonly models: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly descriptions: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>;
}

export function makeSchemas(): GeneratedSchemas;
export function writeSchemas(folder: string): void;
