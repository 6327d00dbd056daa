/**
 * Schemas, compiled into the form in which requests are checked against them: a graph of type nodes, one for each named
 * schema, made when it is first needed. Decoding, patches, server-side apply and managedFields walk this graph.
 *
 * A worked example. Of `io.k8s.api.core.v1.ConfigMap` one gets
 *
 *     struct ConfigMap { apiVersion: string, data: map of string, immutable: boolean, metadata: struct ObjectMeta, … }
 *
 * and of its metadata's `ownerReferences` a list of struct that merges by the key `uid`.
 */
import { assert } from '../../base/assert.ts';

/** OpenAPI's schema object, as far as it is used. `$ref` holds the bare name of another schema. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

/** How Go declares a field, where that does not follow from its schema. */
export interface GoField {
  /** `[]v1.Capability`; without a pointer's star. */
  readonly type?: string;
  /** The embedded structs that the field is in, outermost first: `RuleWithOperations.Rule`. */
  readonly within?: string;
  /** A list or map that is not written when it is empty. */
  readonly omitsEmpty?: boolean;
}

/** `generated/schemas.json`, and its descriptions, which are read only when somebody asks for an explanation. */
export interface SchemaSource {
  /** The client library's name of a model to the schema's: `V1Pod` to `io.k8s.api.core.v1.Pod`. */
  readonly models: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, Schema>>;
  /** Schema name to what the schema does not say of its fields' declarations in Go. */
  readonly goTypes: Readonly<Record<string, Readonly<Record<string, GoField>>>>;
  /** Schema name to its own description and its fields'. */
  descriptions(): Promise<Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>>>;
}

export type ScalarKind =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'quantity'
  | 'int-or-string'
  | 'time'
  | 'micro-time'
  | 'bytes'
  /** Anything at all: kept as it is, owned as one value. */
  | 'any';

export interface ScalarType {
  readonly kind: 'scalar';
  readonly scalar: ScalarKind;
  /** The name that Go's type has of its own: `v1.PodPhase`. */
  readonly goName?: string;
}

export interface MapType {
  readonly kind: 'map';
  readonly value: TypeNode;
  /** Owned and replaced as one value. */
  readonly atomic: boolean;
  /** As a scalar's. */
  readonly goName?: string;
}

export interface ListType {
  readonly kind: 'list';
  readonly item: TypeNode;
  /** How server-side apply merges it. */
  readonly merge: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** How a strategic merge patch treats it; a list without `merge` is replaced. */
  readonly patchMerge: boolean;
  readonly patchMergeKey: string | undefined;
  /** As a scalar's. */
  readonly goName?: string;
}

export interface StructField {
  readonly name: string;
  /** Its path element in a set of fields: `f:name`. */
  readonly element: string;
  readonly type: TypeNode;
  /** Names of the embedded structs that Go declares it in. */
  readonly within: readonly string[];
  readonly required: boolean;
  /** What the schema says stands for an absent value. */
  readonly default: unknown;
  /** A list or map that is not written when it is empty: then it is nobody's. */
  readonly omitsEmpty: boolean;
  /** Its strategic patch strategy includes `retainKeys`. */
  readonly retainKeys: boolean;
  /** Its strategic patch strategy includes `replace`: the patch's value takes the place of the old one. */
  readonly replace: boolean;
}

export interface StructType {
  readonly kind: 'struct';
  /** Of the schema: `io.k8s.api.core.v1.Pod`; '' for one without a name. */
  readonly name: string;
  /** What Go calls it in messages: `v1.Pod`. */
  readonly goName: string;
  readonly atomic: boolean;
  /** Unknown fields are kept (x-kubernetes-preserve-unknown-fields). */
  readonly keepsUnknown: boolean;
  readonly fields: ReadonlyMap<string, StructField>;
}

export type TypeNode = ScalarType | MapType | ListType | StructType;

const scalars: Readonly<Record<ScalarKind, ScalarType>> = Object.fromEntries(
  (
    [
      'string',
      'boolean',
      'int32',
      'int64',
      'double',
      'quantity',
      'int-or-string',
      'time',
      'micro-time',
      'bytes',
      'any',
    ] as const
  ).map((scalar) => [scalar, { kind: 'scalar', scalar }]),
) as Record<ScalarKind, ScalarType>;

/** Named schemas that are scalars to everybody but their own code. */
const scalarOfName: Readonly<Record<string, ScalarKind>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'int-or-string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'micro-time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'any',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': 'any',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'any',
};

type TypeSource = Pick<SchemaSource, 'models' | 'schemas' | 'goTypes'>;

export class TypeNodes {
  readonly #source: TypeSource;
  readonly #named = new Map<string, TypeNode>();

  constructor(source: TypeSource) {
    this.#source = source;
  }

  /** @param model the client library's name: `V1Pod` */
  ofModel(model: string): StructType {
    const name = this.#source.models[model] ?? model;
    const node = this.ofName(name);
    assert(node.kind === 'struct', `schema ${name} of model ${model} is not an object`);
    return node;
  }

  has(model: string): boolean {
    return (this.#source.models[model] ?? model) in this.#source.schemas;
  }

  ofName(name: string): TypeNode {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const scalar = scalarOfName[name];
    const schema = this.#source.schemas[name];
    assert(scalar !== undefined || schema !== undefined, `there is no schema ${name}`);
    const node = scalar !== undefined ? scalars[scalar] : this.ofSchema(schema ?? {}, name);
    this.#named.set(name, node);
    return node;
  }

  /** What is known of the fields of a schema beyond itself. */
  goFieldsOf(name: string): Readonly<Record<string, GoField>> {
    return this.#source.goTypes[name] ?? {};
  }

  /** A schema that is not in the source: a CRD's. */
  ofSchema(schema: Schema, name = ''): TypeNode {
    if (schema.$ref !== undefined) {
      const node = this.ofName(bareName(schema.$ref));
      switch (schema['x-kubernetes-map-type']) {
        case 'atomic':
          return withAtomicity(node, true);
        case 'granular':
          return withAtomicity(node, false);
        default:
          return node;
      }
    }
    if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') {
      return scalars['int-or-string'];
    }
    switch (schema.type) {
      case 'object':
        return this.#object(schema, name);
      case 'array':
        return this.#list(schema);
      case 'boolean':
        return scalars.boolean;
      case 'integer':
        return schema.format === 'int32' ? scalars.int32 : scalars.int64;
      case 'number':
        return scalars.double;
      case 'string':
        if (schema.format === 'byte') return scalars.bytes;
        return schema.format === 'date-time' && name !== '' ? scalars.time : scalars.string;
      default:
        return scalars.any;
    }
  }

  #object(schema: Schema, name: string): TypeNode {
    const atomic = schema['x-kubernetes-map-type'] === 'atomic';
    if (schema.properties === undefined) {
      const values = schema.additionalProperties;
      if (values !== undefined && values !== true && values !== false) {
        return { kind: 'map', value: this.ofSchema(values), atomic };
      }
      if (name === '' || schema['x-kubernetes-preserve-unknown-fields'] === true) return scalars.any;
    }
    return new LazyStruct(schema, name, atomic, this);
  }

  #list(schema: Schema): ListType {
    const item = this.ofSchema(schema.items ?? {});
    const strategy = String(schema['x-kubernetes-patch-strategy'] ?? '');
    const mergeKey = schema['x-kubernetes-patch-merge-key'];
    const listType = schema['x-kubernetes-list-type'];
    const patchMerge = strategy.split(',').includes('merge');
    const keys = schema['x-kubernetes-list-map-keys'];
    return {
      kind: 'list',
      item,
      merge: listType === 'set' || listType === 'map' ? listType : 'atomic',
      keys: Array.isArray(keys) ? keys.map(String) : [],
      patchMerge,
      patchMergeKey: typeof mergeKey === 'string' ? mergeKey : undefined,
    };
  }
}

/** The same type under the name that Go has for it, and its items' under theirs. */
function calledByGo(node: TypeNode, goName: string): TypeNode {
  switch (node.kind) {
    case 'struct':
      return node;
    case 'scalar':
      return { ...node, goName };
    case 'list':
      return { ...node, goName, item: goName.startsWith('[]') ? calledByGo(node.item, goName.slice(2)) : node.item };
    case 'map': {
      const value = /^map\[[^\]]*\](.*)$/.exec(goName)?.[1];
      return { ...node, goName, value: value === undefined ? node.value : calledByGo(node.value, value) };
    }
  }
}

function bareName(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function withAtomicity(node: TypeNode, atomic: boolean): TypeNode {
  if (node.kind === 'map') return { ...node, atomic };
  if (node.kind !== 'struct' || node.atomic === atomic) return node;
  return {
    kind: 'struct',
    name: node.name,
    goName: node.goName,
    atomic,
    keepsUnknown: node.keepsUnknown,
    get fields() {
      return node.fields;
    },
  };
}

/** `io.k8s.api.core.v1.Pod` is `v1.Pod` to Go. */
function goNameOf(name: string): string {
  return name.split('.').slice(-2).join('.');
}

/** Its fields are compiled when first asked for: schemas may refer to themselves, and most are never used. */
class LazyStruct implements StructType {
  readonly kind = 'struct';
  readonly name: string;
  readonly goName: string;
  readonly atomic: boolean;
  readonly keepsUnknown: boolean;
  readonly #schema: Schema;
  readonly #types: TypeNodes;
  #fields: ReadonlyMap<string, StructField> | undefined;

  constructor(schema: Schema, name: string, atomic: boolean, types: TypeNodes) {
    this.name = name;
    this.goName = goNameOf(name);
    this.atomic = atomic;
    this.keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
    this.#schema = schema;
    this.#types = types;
  }

  get fields(): ReadonlyMap<string, StructField> {
    this.#fields ??= this.#compile();
    return this.#fields;
  }

  #compile(): Map<string, StructField> {
    const fields = new Map<string, StructField>();
    const goFields = this.#types.goFieldsOf(this.name);
    for (const [name, schema] of Object.entries(this.#schema.properties ?? {})) {
      const go = goFields[name];
      const plain = this.#types.ofSchema(schema);
      const type = go?.type === undefined ? plain : calledByGo(plain, go.type);
      const strategies = String(schema['x-kubernetes-patch-strategy'] ?? '').split(',');
      fields.set(name, {
        name,
        element: `f:${name}`,
        type,
        within: go?.within?.split('.') ?? [],
        required: this.#schema.required?.includes(name) ?? false,
        default: schema.default,
        omitsEmpty: go?.omitsEmpty ?? false,
        retainKeys: strategies.includes('retainKeys'),
        replace: strategies.includes('replace'),
      });
    }
    return fields;
  }
}
