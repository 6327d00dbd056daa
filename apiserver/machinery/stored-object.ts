/**
 * One object as the store has it, at one revision: its JSON bytes as clients get them, and the parsed, frozen object,
 * made when somebody first asks. Both are shared by everybody who reads; nothing on the read path parses or stringifies
 * what did not change.
 *
 * Stored is the object without its `resourceVersion`, which is the revision and so not known before the write. Its text
 * begins `{"kind":"Pod","apiVersion":"v1","metadata":{` (as kube-apiserver's does), and the bytes for clients are made by
 * putting `"resourceVersion":"7",` right after that: a copy, no parsing.
 */
import { deepFreeze } from './copy-value.ts';
import type { KubeObject } from './resource-row.ts';

const encoder = new TextEncoder();

/** The beginning of every stored object of a kind. */
export class StoredForm {
  readonly kind: string;
  readonly apiVersion: string;
  /** `{"kind":"Pod","apiVersion":"v1","metadata":{` */
  readonly head: Uint8Array;
  /** How many bytes of `head` a list's item leaves out: `"kind":"Pod","apiVersion":"v1",`. */
  readonly typeBytes: number;

  constructor(kind: string, apiVersion: string) {
    this.kind = kind;
    this.apiVersion = apiVersion;
    const type = `"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
    this.head = encoder.encode(`{${type}"metadata":{`);
    this.typeBytes = type.length;
  }

  /** The text to store. */
  encode(object: KubeObject): string {
    const { metadata } = object;
    if (!this.#inOrder(object) || metadata.selfLink !== undefined) return this.#encodeAnew(object);
    const { resourceVersion } = metadata;
    if (resourceVersion === undefined) return JSON.stringify(object);
    delete metadata.resourceVersion;
    const text = JSON.stringify(object);
    metadata.resourceVersion = resourceVersion;
    return text;
  }

  /** Whether the object's own order of keys is the stored one, and it may be changed for a moment. */
  #inOrder(object: KubeObject): boolean {
    let at = 0;
    for (const key in object) {
      if (at === 0 && (key !== 'kind' || object.kind !== this.kind)) return false;
      if (at === 1 && (key !== 'apiVersion' || object.apiVersion !== this.apiVersion)) return false;
      if (at === 2) return key === 'metadata' && !Object.isFrozen(object.metadata);
      at++;
    }
    return false;
  }

  #encodeAnew(object: KubeObject): string {
    const { kind: _, apiVersion: __, metadata, ...rest } = object;
    const { resourceVersion: ___, selfLink: ____, ...stored } = metadata;
    return JSON.stringify({ kind: this.kind, apiVersion: this.apiVersion, metadata: stored, ...rest });
  }
}

export class StoredObject {
  readonly form: StoredForm;
  readonly key: string;
  readonly revision: number;
  /** As stored, until somebody wants the bytes for clients. */
  #value: Uint8Array | undefined;
  #bytes: Uint8Array | undefined;
  #object: KubeObject | undefined;
  /** What other versions of the API show of it, by API version. */
  #views: Map<string, StoredObject> | undefined;

  private constructor(
    form: StoredForm,
    key: string,
    revision: number,
    value: Uint8Array | undefined,
    bytes: Uint8Array | undefined,
    object: KubeObject | undefined,
  ) {
    this.form = form;
    this.key = key;
    this.revision = revision;
    this.#value = value;
    this.#bytes = bytes;
    this.#object = object;
  }

  /** @param value as stored @param object the same, parsed, when the caller has it; it is kept and frozen */
  static of(form: StoredForm, key: string, revision: number, value: Uint8Array, object?: KubeObject): StoredObject {
    if (object !== undefined) object.metadata.resourceVersion = String(revision);
    if (startsWith(value, form.head)) return new StoredObject(form, key, revision, value, undefined, object);
    const parsed = object ?? (JSON.parse(Buffer.from(value).toString('utf8')) as KubeObject);
    return StoredObject.ofObject(form, key, revision, parsed);
  }

  /** For what is not stored in this form: another writer's layout, or another version. */
  static ofObject(form: StoredForm, key: string, revision: number, object: KubeObject): StoredObject {
    const { kind: _, apiVersion: __, metadata, ...rest } = object;
    const { resourceVersion: ___, ...others } = metadata;
    const shown: KubeObject = {
      kind: form.kind,
      apiVersion: form.apiVersion,
      metadata: { resourceVersion: String(revision), ...others },
      ...rest,
    };
    return new StoredObject(form, key, revision, undefined, encoder.encode(JSON.stringify(shown)), shown);
  }

  /** What a dry run answers: as it would be, at the revision of what is there (0: of a create, which has none). */
  static ofUnstored(form: StoredForm, key: string, object: KubeObject, revision = 0): StoredObject {
    const stored = StoredObject.ofObject(form, key, revision, object);
    if (revision !== 0) return stored;
    const { resourceVersion: _, ...metadata } = stored.object.metadata;
    const shown = { ...stored.object, metadata };
    return new StoredObject(form, key, 0, undefined, encoder.encode(JSON.stringify(shown)), shown);
  }

  /** Frozen. */
  get object(): KubeObject {
    this.#object ??= JSON.parse(Buffer.from(this.bytes()).toString('utf8')) as KubeObject;
    return Object.isFrozen(this.#object) ? this.#object : deepFreeze(this.#object);
  }

  /** The JSON of the whole object. */
  bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      this.#bytes = this.#spliced(this.#value ?? new Uint8Array(0));
      this.#value = undefined;
    }
    return this.#bytes;
  }

  /** Not from Node's pool: what lives as long as its object would keep all of an 8 kB block alive, mostly for nothing. */
  #spliced(value: Uint8Array): Uint8Array {
    const { head } = this.form;
    const version = `"resourceVersion":"${this.revision}"${value[head.length] === 0x7d ? '' : ','}`;
    const bytes = Buffer.allocUnsafeSlow(value.length + version.length);
    bytes.set(value.subarray(0, head.length), 0);
    bytes.write(version, head.length, 'latin1');
    bytes.set(value.subarray(head.length), head.length + version.length);
    return bytes;
  }

  /** The same as an item of a typed list, without kind and API version, but for its opening brace. */
  itemTail(): Uint8Array {
    return this.bytes().subarray(1 + this.form.typeBytes);
  }

  /** As a deletion at `revision` shows it: the last state with the revision of its end. */
  deletedAt(revision: number): StoredObject {
    const object =
      this.#object === undefined
        ? undefined
        : { ...this.#object, metadata: { ...this.#object.metadata, resourceVersion: String(revision) } };
    if (this.#bytes === undefined)
      return new StoredObject(this.form, this.key, revision, this.#value, undefined, object);
    const start = this.form.head.length;
    const tail = this.#bytes.subarray(start + `"resourceVersion":"${this.revision}"`.length);
    const version = `"resourceVersion":"${revision}"`;
    const bytes = Buffer.allocUnsafeSlow(start + version.length + tail.length);
    bytes.set(this.form.head, 0);
    bytes.write(version, start, 'latin1');
    bytes.set(tail, start + version.length);
    return new StoredObject(this.form, this.key, revision, undefined, bytes, object);
  }

  /** The object in another version, converted once. */
  as(form: StoredForm, convert: (object: KubeObject) => KubeObject): StoredObject {
    this.#views ??= new Map();
    let view = this.#views.get(form.apiVersion);
    if (view === undefined) {
      const converted = convert(this.object);
      view =
        this.revision === 0
          ? StoredObject.ofUnstored(form, this.key, converted)
          : StoredObject.ofObject(form, this.key, this.revision, converted);
      this.#views.set(form.apiVersion, view);
    }
    return view;
  }
}

function startsWith(value: Uint8Array, head: Uint8Array): boolean {
  if (value.length <= head.length) return false;
  for (let at = 0; at < head.length; at++) if (value[at] !== head[at]) return false;
  return true;
}
