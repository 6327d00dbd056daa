/**
 * The paths of resources with their operations, as kube-apiserver's installer documents them; the difference between v2
 * and v3 is in how the two say parameters, bodies and references.
 */
import type { SubresourceRow, Verb } from './resource-row.ts';
import type { ServedRow } from './served-rows.ts';
import type { SchemaSource } from './type-nodes.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly required?: boolean;
}

export interface Dialect {
  /** A reference to a schema. */
  use(name: string): object;
  parameter(parameter: Parameter): object;
  /** The body of a request or answer (v3); undefined: v2, where a body is a parameter and answers name their schema. */
  readonly body: ((schema: object, contents: readonly string[]) => object) | undefined;
  readonly schemas: SchemaSource;
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

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  in: 'query',
  description,
  type,
});

const pretty = query('pretty', 'string', 'If true, the output is indented. Off unless a browser, curl or wget asks.');
const writing = [
  query('dryRun', 'string', 'With All, everything is done but the change is not persisted.'),
  query('fieldManager', 'string', 'The name of whoever makes the changes, for the ownership of fields.'),
  query('fieldValidation', 'string', 'What happens to unknown and repeated fields: Ignore, Warn or Strict.'),
];
const force = query('force', 'boolean', 'An apply takes over fields that others own.');
const deleting = [
  query('dryRun', 'string', 'With All, everything is done but the change is not persisted.'),
  query('gracePeriodSeconds', 'integer', 'Seconds to grant before the object goes; zero: at once.'),
  query('ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean', 'Deletes an object that cannot be read.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'What happens to dependents: Orphan, Background or Foreground.'),
];
const listing = [
  query('allowWatchBookmarks', 'boolean', 'A watch may send bookmarks.'),
  query('continue', 'string', 'The token of the next page.'),
  query('fieldSelector', 'string', 'Only objects with these fields.'),
  query('labelSelector', 'string', 'Only objects with these labels.'),
  query('limit', 'integer', 'At most so many objects in one page.'),
  query('resourceVersion', 'string', 'The version from which, or at which, is read.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion counts: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'A watch begins with the objects that exist.'),
  query('timeoutSeconds', 'integer', 'How long a list or watch may last.'),
  query('watch', 'boolean', 'Changes instead of a list.'),
];

type Operations = Record<string, unknown>;

/** All paths of the rows. */
export function pathsOf(rows: readonly ServedRow[], dialect: Dialect): Record<string, Operations> {
  const paths: Record<string, Operations> = {};
  for (const served of rows) {
    const { row } = served;
    const root = row.group === '' ? `/api/${row.version}` : `/apis/${row.group}/${row.version}`;
    const collection = row.namespaced ? `${root}/namespaces/{namespace}/${row.resource}` : `${root}/${row.resource}`;
    const writer = new PathWriter(served, dialect);
    paths[collection] = writer.collection(collection);
    if (row.virtual === undefined) paths[`${collection}/{name}`] = writer.item();
    if (row.namespaced && row.verbs.includes('list')) paths[`${root}/${row.resource}`] = writer.everywhere();
    for (const [name, subresource] of Object.entries(row.subresources)) {
      paths[`${collection}/{name}/${name}`] = writer.subresource(name, subresource);
    }
  }
  return Object.fromEntries(
    Object.entries(paths)
      .filter(([, operations]) => Object.keys(operations).some((key) => key !== 'parameters'))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

class PathWriter {
  readonly #served: ServedRow;
  readonly #dialect: Dialect;

  constructor(served: ServedRow, dialect: Dialect) {
    this.#served = served;
    this.#dialect = dialect;
  }

  collection(path: string): Operations {
    const { row } = this.#served;
    const kind = this.#schemaOf(row.model);
    const operations: Operations = { parameters: this.#common(path.includes('{namespace}'), false) };
    if (row.verbs.includes('list')) operations.get = this.#list('list');
    if (row.verbs.includes('create'))
      operations.post = this.#write('post', 'create', writing, kind, kind, [200, 201, 202]);
    if (row.verbs.includes('deletecollection')) {
      operations.delete = this.#operation(
        'deletecollection',
        'delete',
        [...deleting, ...listing.slice(1)],
        {
          schema: this.#dialect.use(`${META}.DeleteOptions`),
          contents: ['*/*'],
          required: false,
        },
        { 200: this.#dialect.use(`${META}.Status`) },
      );
    }
    return operations;
  }

  everywhere(): Operations {
    const parameters = [...listing, pretty].map((parameter) => this.#dialect.parameter(parameter));
    return { parameters, get: this.#list('listForAllNamespaces') };
  }

  item(): Operations {
    const { row } = this.#served;
    const kind = this.#schemaOf(row.model);
    const operations: Operations = { parameters: this.#common(row.namespaced, true) };
    this.#verbs(operations, row.verbs, kind, kind, '');
    return operations;
  }

  subresource(name: string, subresource: SubresourceRow): Operations {
    const { row } = this.#served;
    const model = subresource.type === 'part' ? row.model : subresource.model;
    const kind = this.#schemaOf(model);
    const operations: Operations = { parameters: this.#common(row.namespaced, true) };
    const gvk = subresource.type === 'part' ? row : subresource;
    this.#verbs(operations, subresource.verbs, kind, kind, name, gvk);
    return operations;
  }

  #verbs(
    operations: Operations,
    verbs: readonly Verb[],
    input: object,
    output: object,
    subresource: string,
    gvk: { group: string; version: string; kind: string } = this.#served.row,
  ): void {
    for (const verb of verbs) {
      if (verb === 'get')
        operations.get = this.#operation('get', 'read', [], undefined, { 200: output }, subresource, gvk);
      if (verb === 'update')
        operations.put = this.#write('put', 'replace', writing, input, output, [200, 201], subresource, gvk);
      if (verb === 'create' && subresource !== '') {
        operations.post = this.#write('post', 'create', writing, input, output, [200, 201, 202], subresource, gvk);
      }
      if (verb === 'patch') {
        operations.patch = this.#operation(
          'patch',
          'patch',
          [...writing, force],
          {
            schema: this.#dialect.use(`${META}.Patch`),
            contents: PATCHES,
            required: true,
          },
          { 200: output, 201: output },
          subresource,
          gvk,
        );
      }
      if (verb === 'delete') {
        const status = this.#dialect.use(
          this.#served.row.returnsDeletedObject ? this.#nameOf(this.#served.row.model) : `${META}.Status`,
        );
        operations.delete = this.#operation(
          'delete',
          'delete',
          deleting,
          {
            schema: this.#dialect.use(`${META}.DeleteOptions`),
            contents: ['*/*'],
            required: false,
          },
          { 200: status, 202: status },
          subresource,
          gvk,
        );
      }
    }
  }

  #list(action: string): object {
    const { row } = this.#served;
    const parameters = action === 'list' ? listing : [];
    const list = this.#dialect.use(this.#listName());
    return this.#operation('list', action, parameters, undefined, { 200: list }, '', row, WATCH_OUTPUTS);
  }

  #write(
    action: string,
    word: string,
    parameters: readonly Parameter[],
    input: object,
    output: object,
    codes: readonly number[],
    subresource = '',
    gvk: { group: string; version: string; kind: string } = this.#served.row,
  ): object {
    const answers = Object.fromEntries(codes.map((code) => [code, output]));
    const body = { schema: input, contents: ['*/*'], required: true };
    return this.#operation(action, word, parameters, body, answers, subresource, gvk);
  }

  #operation(
    action: string,
    word: string,
    parameters: readonly Parameter[],
    body: { readonly schema: object; readonly contents: readonly string[]; readonly required: boolean } | undefined,
    answers: Readonly<Record<number, object>>,
    subresource = '',
    gvk: { group: string; version: string; kind: string } = this.#served.row,
    outputs: readonly string[] = OUTPUTS,
  ): object {
    const { row } = this.#served;
    const tag = `${row.group === '' ? 'core' : camel(row.group.split('.')[0] ?? '', false)}_${row.version}`;
    const texts: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
    const make = this.#dialect.body;
    const made = parameters.map((parameter) => this.#dialect.parameter(parameter));
    const inBody =
      body === undefined || make !== undefined
        ? []
        : [{ in: 'body', name: 'body', schema: body.schema, ...(body.required ? { required: true } : {}) }];
    const all = [...inBody, ...made];
    return {
      description: `${word} ${article(gvk.kind)}${subresource === '' ? '' : ` (${subresource})`}`,
      operationId: `${word}${camel(tag, true)}${row.namespaced ? 'Namespaced' : ''}${row.kind}${camel(subresource, true)}`,
      tags: [tag],
      ...(make === undefined ? { consumes: body?.contents ?? ['*/*'], produces: outputs, schemes: ['https'] } : {}),
      ...(all.length === 0 ? {} : { parameters: all }),
      ...(body === undefined || make === undefined
        ? {}
        : { requestBody: { ...make(body.schema, body.contents), ...(body.required ? { required: true } : {}) } }),
      responses: {
        ...Object.fromEntries(
          Object.entries(answers).map(([code, schema]) => [
            code,
            { description: texts[Number(code)] ?? 'OK', ...(make === undefined ? { schema } : make(schema, outputs)) },
          ]),
        ),
        401: { description: 'Unauthorized' },
      },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group: gvk.group, version: gvk.version, kind: gvk.kind },
    };
  }

  #common(namespaced: boolean, named: boolean): object[] {
    const { kind } = this.#served.row;
    const path = (name: string, description: string): Parameter => ({
      name,
      in: 'path',
      description,
      required: true,
      type: 'string',
    });
    const parameters = [
      ...(named ? [path('name', `name of the ${kind}`)] : []),
      ...(namespaced ? [path('namespace', 'the namespace of the objects')] : []),
      pretty,
    ];
    return parameters.map((parameter) => this.#dialect.parameter(parameter));
  }

  #nameOf(model: string): string {
    return this.#dialect.schemas.models[model] ?? `${META}.Status`;
  }

  #schemaOf(model: string): object {
    const name = this.#dialect.schemas.models[model];
    return name === undefined ? { type: 'object' } : this.#dialect.use(name);
  }

  #listName(): string {
    const { row, listKind } = this.#served;
    const item = this.#dialect.schemas.models[row.model];
    return item === undefined ? `${META}.Status` : item.replace(/[^.]+$/, listKind);
  }
}

function camel(text: string, upperFirst: boolean): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return words
    .map((word, at) => (at === 0 && !upperFirst ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

function article(kind: string): string {
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
