/**
 * The rows that are served now, found by group, version and resource, each with what is derived from it once: where it is
 * stored, its compiled type, its endpoints' field ownership. Rows may come and go at run time (CRDs).
 */
import { assert } from '../../base/assert.ts';
import { emptySet, type FieldSet, setOfPaths } from './field-set.ts';
import type { ManagedScope } from './managed-fields.ts';
import { type StorageRow, storageRowOf } from './object-storage.ts';
import type { GroupResource, KubeObject, ResourceRow, SubresourceRow, WriteStrategy } from './resource-row.ts';
import { StoredForm, type StoredObject } from './stored-object.ts';
import type { StructType, TypeNodes } from './type-nodes.ts';

/** Brings an object of a generated model into the form in which Go writes it, in place. @param stored it is about to be stored */
export type WireForm = (model: string, object: object, stored?: boolean) => void;

export class ServedRow {
  readonly row: ResourceRow;
  /** `apps/v1` */
  readonly apiVersion: string;
  readonly groupResource: GroupResource;
  readonly storage: StorageRow;
  readonly form: StoredForm;
  readonly #types: TypeNodes;
  readonly #wireForm: WireForm;
  readonly #scopes = new Map<string, ManagedScope>();
  #type: StructType | undefined;

  constructor(row: ResourceRow, storage: StorageRow, types: TypeNodes, wireForm: WireForm) {
    this.row = row;
    this.apiVersion = row.group === '' ? row.version : `${row.group}/${row.version}`;
    this.groupResource = { group: row.group, resource: row.resource };
    this.storage = storage;
    this.form = storage.row === row ? storage.form : new StoredForm(row.kind, this.apiVersion);
    this.#types = types;
    this.#wireForm = wireForm;
  }

  get listKind(): string {
    return this.row.listKind ?? `${this.row.kind}List`;
  }

  /** The type of the resource's objects. */
  get type(): StructType {
    if (this.#type === undefined) {
      if (this.row.schema === undefined) this.#type = this.#types.ofModel(this.row.model);
      else {
        const node = this.#types.ofSchema(this.row.schema);
        assert(node.kind === 'struct', `the schema of ${this.row.kind} is not an object`);
        this.#type = node;
      }
    }
    return this.#type;
  }

  /** The type of what is read and written at a subresource. */
  typeOf(subresource: SubresourceRow | undefined): StructType {
    return subresource === undefined || subresource.type === 'part'
      ? this.type
      : this.#types.ofModel(subresource.model);
  }

  toWireForm(object: KubeObject, subresource?: SubresourceRow): void {
    const model = subresource === undefined || subresource.type === 'part' ? this.row.model : subresource.model;
    if (model !== '') this.#wireForm(model, object);
  }

  /** The form in which the stored version is written. */
  toStorageForm(object: KubeObject): void {
    if (this.storage.row.model !== '') this.#wireForm(this.storage.row.model, object, true);
  }

  /** A stored object as this row's version shows it. */
  show(stored: StoredObject): StoredObject {
    const { conversion } = this.row;
    return conversion === undefined ? stored : stored.as(this.form, conversion.fromStored);
  }

  /** How ownership of fields is tracked at an endpoint ('' is the resource itself). */
  scopeOf(name: string): ManagedScope {
    const known = this.#scopes.get(name);
    if (known !== undefined) return known;
    const subresource = name === '' ? undefined : this.row.subresources[name];
    const view = subresource?.type === 'view' || subresource?.type === 'special' ? subresource : undefined;
    const zero: KubeObject = {
      kind: view?.kind ?? this.row.kind,
      apiVersion: view === undefined ? this.apiVersion : joined(view.group, view.version),
      metadata: {},
    };
    this.toWireForm(zero, subresource);
    const scope: ManagedScope = {
      type: this.typeOf(subresource),
      apiVersion: zero.apiVersion ?? '',
      subresource: name,
      resetFields: this.#resetFields(name, subresource),
      zero,
    };
    this.#scopes.set(name, scope);
    return scope;
  }

  #resetFields(name: string, subresource: SubresourceRow | undefined): FieldSet {
    const strategy: WriteStrategy | undefined =
      subresource === undefined ? this.row.strategy : subresource.type === 'part' ? subresource.strategy : undefined;
    if (strategy === undefined) return emptySet;
    if (strategy.resetFields !== undefined) return setOfPaths(strategy.resetFields.map((path) => path.split('.')));
    if (name === 'status') return setOfPaths([['spec']]);
    return name === '' && this.row.subresources.status !== undefined ? setOfPaths([['status']]) : emptySet;
  }
}

function joined(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

export class ServedRows {
  readonly #types: TypeNodes;
  readonly #wireForm: WireForm;
  readonly #byPath = new Map<string, ServedRow>();
  readonly #rows: ServedRow[] = [];
  /** Goes up with every change, for whoever derives something from all rows. */
  #version = 0;

  constructor(rows: readonly ResourceRow[], types: TypeNodes, wireForm: WireForm) {
    this.#types = types;
    this.#wireForm = wireForm;
    for (const row of rows) if (row.conversion === undefined) this.add(row);
    for (const row of rows) if (row.conversion !== undefined) this.add(row);
  }

  get version(): number {
    return this.#version;
  }

  /** Whatever is kept, the hidden included. */
  get all(): readonly ServedRow[] {
    return this.#rows;
  }

  /** Whatever can be reached. */
  get shown(): readonly ServedRow[] {
    return this.#rows.filter(({ row }) => row.hidden !== true);
  }

  /** A row of a version that is not the stored one comes after the row of the stored one. */
  add(row: ResourceRow): ServedRow {
    const stored = row.conversion === undefined ? undefined : this.#storageOf(row);
    const served = new ServedRow(row, stored ?? storageRowOf(row), this.#types, this.#wireForm);
    const path = pathOf(row.group, row.version, row.resource);
    assert(!this.#byPath.has(path), `two rows for ${path}`);
    this.#byPath.set(path, served);
    this.#rows.push(served);
    this.#version++;
    return served;
  }

  remove(row: ResourceRow): void {
    this.#byPath.delete(pathOf(row.group, row.version, row.resource));
    const at = this.#rows.findIndex((served) => served.row === row);
    if (at >= 0) this.#rows.splice(at, 1);
    this.#version++;
  }

  find(group: string, version: string, resource: string): ServedRow | undefined {
    const served = this.#byPath.get(pathOf(group, version, resource));
    return served?.row.hidden === true ? undefined : served;
  }

  /** The row in which objects of a resource are stored. */
  stored({ group, resource }: GroupResource): ServedRow | undefined {
    return this.#rows.find(
      ({ row }) => row.group === group && row.resource === resource && row.conversion === undefined && !row.virtual,
    );
  }

  /** Whether a kind of this version exists. */
  knows(apiVersion: string, kind: string): boolean {
    return this.#rows.some((served) => served.row.kind === kind && served.apiVersion === apiVersion);
  }

  hasGroup(group: string): boolean {
    return this.#rows.some(({ row }) => row.group === group && row.hidden !== true);
  }

  hasVersion(group: string, version: string): boolean {
    return this.#rows.some(({ row }) => row.group === group && row.version === version && row.hidden !== true);
  }

  #storageOf(row: ResourceRow): StorageRow {
    const stored = this.#rows.find(
      (served) => served.row.storagePrefix === row.storagePrefix && served.row.conversion === undefined,
    );
    assert(stored !== undefined, `${row.resource} ${row.version} has no stored version`);
    return stored.storage;
  }
}

function pathOf(group: string, version: string, resource: string): string {
  return `${group}/${version}/${resource}`;
}
