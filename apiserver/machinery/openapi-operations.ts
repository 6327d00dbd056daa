/** The operations of resources, as kube-apiserver's installer names and describes them. */

import { ownSchemaName } from './openapi-own-schemas.ts';
import {
  deleting,
  deletingMany,
  listing,
  type Parameter,
  patching,
  pathParameter,
  pretty,
  writing,
} from './openapi-parameters.ts';
import type { ResourceRow, SubresourceRow, Verb } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import type { SchemaSource } from './type-nodes.ts';

/** How a document refers to schemas. */
export interface SchemaNames {
  /** A reference to a schema. */
  use(name: string): object;
  readonly schemas: SchemaSource;
}

type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/** One method of one path, before the parameters that all methods of the path share are taken together. */
export interface Operation {
  readonly method: Method;
  readonly id: string;
  readonly description: string;
  /** `x-kubernetes-action`; absent for discovery. */
  readonly action?: string;
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly schema: object; readonly contents: readonly string[]; readonly required: boolean };
  readonly outputs: readonly string[];
  /** By status code. */
  readonly answers: Readonly<Record<number, object>>;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const OUTPUTS = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const WATCH_OUTPUTS = [...OUTPUTS, 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
export const ANYTHING = ['*/*'];
const TEXT = { type: 'string' };

const METHOD_OF_VERB: Readonly<Partial<Record<Verb, Method>>> = {
  get: 'get',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
};

/** What lists the resources of a group and version. */
export function discoveryOperation(row: ResourceRow, dialect: SchemaNames): Operation {
  return {
    method: 'get',
    id: `get${camel(tagOf(row), true)}APIResources`,
    description: 'The resources of the group and version.',
    parameters: [],
    outputs: OUTPUTS,
    answers: { 200: dialect.use(`${META}.APIResourceList`) },
  };
}

/** The operations of one resource. */
export class RowOperations {
  readonly #row: ResourceRow;
  readonly #listKind: string;
  readonly #schemas: SchemaNames;
  /** `CoreV1` */
  readonly #prefix: string;
  /** `NamespacedPod` */
  readonly #name: string;
  readonly #inNamespace: readonly Parameter[];

  constructor({ row, listKind }: ServedRow, schemas: SchemaNames) {
    this.#row = row;
    this.#listKind = listKind;
    this.#schemas = schemas;
    this.#prefix = camel(tagOf(row), true);
    this.#name = `${row.namespaced ? 'Namespaced' : ''}${row.kind}`;
    this.#inNamespace = row.namespaced ? [pathParameter('namespace', 'the namespace of the objects')] : [];
  }

  *all(): Generator<[path: string, operations: readonly Operation[]]> {
    const { resource, namespaced, verbs, virtual, subresources } = this.#row;
    const root = rootOf(this.#row);
    const inside = namespaced ? `/namespaces/{namespace}/${resource}` : `/${resource}`;
    yield [`${root}${inside}`, this.#collection()];
    if (namespaced && verbs.includes('list')) yield [`${root}/${resource}`, [this.#list(true)]];
    if (virtual === undefined) yield [`${root}${inside}/{name}`, this.#item()];
    for (const [name, subresource] of Object.entries(subresources)) {
      const path = `${root}${inside}/{name}/${name}`;
      yield [path, this.#subresource(name, subresource)];
      if (subresource.type === 'special' && subresource.connect?.tail === true)
        yield [`${path}/{path}`, this.#connect(name, subresource, true)];
    }
    // The deprecated paths below /watch, which custom resources never had.
    if (!verbs.includes('watch') || this.#row.schema !== undefined) return;
    yield [`${root}/watch${inside}`, [this.#watch('list')]];
    if (namespaced) yield [`${root}/watch/${resource}`, [this.#watch('everywhere')]];
    yield [`${root}/watch${inside}/{name}`, [this.#watch('one')]];
  }

  #collection(): Operation[] {
    const { verbs, model, kind } = this.#row;
    const operations: Operation[] = [];
    const common = [...this.#inNamespace, pretty];
    if (verbs.includes('list')) operations.push(this.#list(false));
    if (verbs.includes('create')) {
      const object = this.#schemaOf(model);
      operations.push({
        method: 'post',
        id: `create${this.#prefix}${this.#name}`,
        description: `create ${article(kind)}`,
        action: 'post',
        kind: this.#row,
        parameters: [...writing, ...common],
        body: { schema: object, contents: ANYTHING, required: true },
        outputs: OUTPUTS,
        answers: { 200: object, 201: object, 202: object },
      });
    }
    if (verbs.includes('deletecollection')) {
      operations.push({
        method: 'delete',
        id: `delete${this.#prefix}Collection${this.#name}`,
        description: `delete every ${kind} that the selectors match`,
        action: 'deletecollection',
        kind: this.#row,
        parameters: [...deletingMany, ...common],
        body: this.#deleteOptions(),
        outputs: OUTPUTS,
        answers: { 200: this.#schemas.use(`${META}.Status`) },
      });
    }
    return operations;
  }

  #list(everywhere: boolean): Operation {
    const { kind, verbs } = this.#row;
    return {
      method: 'get',
      id: `list${this.#prefix}${everywhere ? `${kind}ForAllNamespaces` : this.#name}`,
      description: `list ${verbs.includes('watch') ? 'or watch ' : ''}objects of kind ${kind}`,
      action: 'list',
      kind: this.#row,
      parameters: [...listing, ...(everywhere ? [] : this.#inNamespace), pretty],
      outputs: WATCH_OUTPUTS,
      answers: { 200: this.#schemas.use(this.#listName()) },
    };
  }

  #watch(what: 'one' | 'list' | 'everywhere'): Operation {
    const { kind } = this.#row;
    const names = {
      one: this.#name,
      list: `${this.#name}List`,
      everywhere: `${kind}ListForAllNamespaces`,
    };
    return {
      method: 'get',
      id: `watch${this.#prefix}${names[what]}`,
      description: `watch ${what === 'one' ? article(kind) : `objects of kind ${kind}`}; deprecated: list with the watch parameter`,
      action: what === 'one' ? 'watch' : 'watchlist',
      kind: this.#row,
      parameters: [
        ...listing,
        ...(what === 'one' ? [this.#nameParameter()] : []),
        ...(what === 'everywhere' ? [] : this.#inNamespace),
        pretty,
      ],
      outputs: WATCH_OUTPUTS,
      answers: { 200: this.#schemas.use(`${META}.WatchEvent`) },
    };
  }

  #item(): Operation[] {
    return this.#operationsOf(this.#row.verbs, this.#schemaOf(this.#row.model), '', this.#row, []);
  }

  #subresource(name: string, subresource: SubresourceRow): Operation[] {
    if (subresource.type === 'part')
      return this.#operationsOf(subresource.verbs, this.#schemaOf(this.#row.model), name, this.#row, []);
    if (subresource.type === 'view')
      return this.#operationsOf(subresource.verbs, this.#schemaOf(subresource.model), name, subresource, []);
    if (subresource.connect !== undefined) return this.#connect(name, subresource, false);
    const { text } = subresource;
    const object = text === undefined ? this.#schemaOf(subresource.model) : TEXT;
    const operations = this.#operationsOf(subresource.verbs, object, name, subresource, text?.parameters ?? []);
    return text === undefined
      ? operations
      : operations.map((operation) => ({ ...operation, outputs: ['text/plain', ...operation.outputs] }));
  }

  #operationsOf(
    verbs: readonly Verb[],
    object: object,
    subresource: string,
    kind: { readonly group: string; readonly version: string; readonly kind: string },
    parameters: readonly Parameter[],
  ): Operation[] {
    const common = [...parameters, this.#nameParameter(), ...this.#inNamespace, pretty];
    const id = `${this.#prefix}${this.#name}${camel(subresource, true)}`;
    const what = subresource === '' ? article(this.#row.kind) : `${subresource} of ${article(this.#row.kind)}`;
    const replaced = { schema: object, contents: ANYTHING, required: true };
    const operations: Operation[] = [];
    for (const verb of verbs) {
      if (verb === 'get') {
        operations.push({
          method: 'get',
          id: `read${id}`,
          description: `read ${what}`,
          action: 'get',
          kind,
          parameters: common,
          outputs: OUTPUTS,
          answers: { 200: object },
        });
      }
      if (verb === 'update') {
        operations.push({
          method: 'put',
          id: `replace${id}`,
          description: `replace ${what}`,
          action: 'put',
          kind,
          parameters: [...writing, ...common],
          body: replaced,
          outputs: OUTPUTS,
          answers: { 200: object, 201: object },
        });
      }
      if (verb === 'create' && subresource !== '') {
        operations.push({
          method: 'post',
          id: `create${id}`,
          description: `create ${what}`,
          action: 'post',
          kind,
          parameters: [...writing, ...common],
          body: replaced,
          outputs: OUTPUTS,
          answers: { 200: object, 201: object, 202: object },
        });
      }
      if (verb === 'patch') {
        operations.push({
          method: 'patch',
          id: `patch${id}`,
          description: `change parts of ${what}`,
          action: 'patch',
          kind,
          parameters: [...patching, ...common],
          body: { schema: this.#schemas.use(`${META}.Patch`), contents: PATCHES, required: true },
          outputs: OUTPUTS,
          answers: { 200: object, 201: object },
        });
      }
      if (verb === 'delete') {
        const answer = this.#row.returnsDeletedObject ? object : this.#schemas.use(`${META}.Status`);
        operations.push({
          method: 'delete',
          id: `delete${id}`,
          description: `delete ${what}`,
          action: 'delete',
          kind,
          parameters: [...deleting, ...common],
          body: this.#deleteOptions(),
          outputs: OUTPUTS,
          answers: { 200: answer, 202: answer },
        });
      }
    }
    return operations;
  }

  /** A connection to something behind the object; `withPath`: to what is below it. */
  #connect(
    name: string,
    subresource: Extract<SubresourceRow, { readonly type: 'special' }>,
    withPath: boolean,
  ): Operation[] {
    const methods = subresource.verbs.flatMap((verb) => METHOD_OF_VERB[verb] ?? []);
    const all: Method[] = subresource.connect?.tail === true ? [...methods, 'head', 'options'] : methods;
    const below = withPath ? [pathParameter('path', 'what is asked of the other end')] : [];
    return all.map((method) => ({
      method,
      id: `connect${this.#prefix}${camel(method, true)}${this.#name}${camel(name, true)}${withPath ? 'WithPath' : ''}`,
      description: `connect ${method.toUpperCase()} requests to ${name} of ${this.#row.kind}`,
      action: 'connect',
      kind: subresource,
      parameters: [...(subresource.connect?.parameters ?? []), this.#nameParameter(), ...this.#inNamespace, ...below],
      outputs: ANYTHING,
      answers: { 200: TEXT },
    }));
  }

  #deleteOptions(): NonNullable<Operation['body']> {
    return { schema: this.#schemas.use(`${META}.DeleteOptions`), contents: ANYTHING, required: false };
  }

  #nameParameter(): Parameter {
    return pathParameter('name', `name of the ${this.#row.kind}`);
  }

  #schemaOf(model: string): object {
    const { schema, kind } = this.#row;
    if (schema !== undefined && model === this.#row.model) return this.#schemas.use(ownSchemaName(this.#row, kind));
    const name = this.#schemas.schemas.models[model];
    return name === undefined ? { type: 'object' } : this.#schemas.use(name);
  }

  #listName(): string {
    if (this.#row.schema !== undefined) return ownSchemaName(this.#row, this.#listKind);
    const item = this.#schemas.schemas.models[this.#row.model];
    return item === undefined ? `${META}.Status` : item.replace(/[^.]+$/, this.#listKind);
  }
}

export function rootOf({ group, version }: ResourceRow): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** `core_v1`, `rbacAuthorization_v1` */
export function tagOf({ group, version }: ResourceRow): string {
  return `${group === '' ? 'core' : camel(group.replace(/\.k8s\.io$/, ''), false)}_${version}`;
}

function camel(text: string, upperFirst: boolean): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return words
    .map((word, at) => (at === 0 && !upperFirst ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

function article(kind: string): string {
  if (/[^s]s$/.test(kind)) return kind;
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
