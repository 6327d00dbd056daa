/**
 * Answers in the form that the client negotiated. Objects that are as stored go out as the bytes that the cache holds;
 * lists as those bytes one after the other; only tables, partial objects, YAML and indented JSON are made for the asker.
 */

import type { ApiAnswer } from './api-server.ts';
import type { OutputType } from './media-types.ts';
import type { KubeObject, ResourceRow } from './resource-row.ts';
import { type IncludeObject, partialListOf, partialOf, tableOf } from './resource-table.ts';
import type { ServedRow } from './served-rows.ts';
import { notAcceptableAs, type StatusError } from './status.ts';
import type { StoredObject } from './stored-object.ts';
import { yamlOf } from './yaml-writing.ts';

const encoder = new TextEncoder();
const noHeaders: Readonly<Record<string, string>> = {};

/** How big the pieces of a list's answer are, about. */
const CHUNK_BYTES = 1024 * 1024;

export interface Presentation {
  readonly output: OutputType;
  readonly include: IncludeObject;
  readonly nowMs: number;
}

/** An object that is stored. */
export function storedAnswer(code: number, stored: StoredObject, served: ServedRow, shown: Presentation): ApiAnswer {
  const view = served.show(stored);
  if (shown.output.format === 'application/json' && shown.output.transform === undefined && !shown.output.pretty) {
    return new StoredAnswer(code, view);
  }
  return objectAnswer(code, view.object, shown, served.row);
}

/** Its bytes as they are, and the object only for who looks. A class: V8 makes literals with accessors slowly. */
class StoredAnswer {
  readonly type = 'object';
  readonly code: number;
  readonly headers = noHeaders;
  readonly #view: StoredObject;

  constructor(code: number, view: StoredObject) {
    this.code = code;
    this.#view = view;
  }

  get object(): KubeObject {
    return this.#view.object;
  }

  bytes(): Uint8Array {
    return this.#view.bytes();
  }
}

/** Any object. @param row for the columns, when it may be asked for as a table */
export function objectAnswer(
  code: number,
  object: KubeObject,
  shown: Presentation,
  row?: Pick<ResourceRow, 'table'>,
): ApiAnswer {
  return encoded(code, transformed(object, shown, row), shown.output);
}

function transformed(
  object: KubeObject,
  { output, include, nowMs }: Presentation,
  row?: Pick<ResourceRow, 'table'>,
): KubeObject {
  const { transform } = output;
  if (transform === undefined || row === undefined || object.kind === 'Status') return object;
  if (transform.kind === 'PartialObjectMetadataList') throw notAList(object);
  if (transform.kind !== 'Table') return partialOf(object, transform.version);
  const { resourceVersion } = object.metadata;
  const meta = resourceVersion === undefined ? {} : { resourceVersion };
  return tableOf([object], meta, { row, version: transform.version, include, nowMs });
}

function notAList(object: Pick<KubeObject, 'kind' | 'apiVersion'>): StatusError {
  return notAcceptableAs('PartialObjectMetadataList', `the requested object is not a list (${goTypeName(object)})`);
}

function isAList(served: ServedRow): StatusError {
  const type = goTypeName({ kind: `${served.row.kind}List`, apiVersion: served.apiVersion });
  return notAcceptableAs('PartialObjectMetadata', `the requested object is a list (${type})`);
}

/** Refuses before anything is written what could not be shown afterwards. @throws StatusError 406 */
export function checkShowable(served: ServedRow, { transform }: OutputType, list: boolean): void {
  if (transform?.kind === 'PartialObjectMetadataList' && !list) {
    throw notAList({ kind: served.row.kind, apiVersion: served.apiVersion });
  }
  if (transform?.kind === 'PartialObjectMetadata' && list) throw isAList(served);
}

/** The internal type that upstream has in hand, as Go prints it: `*core.ConfigMapList`. */
function goTypeName({ kind = '', apiVersion = '' }: Pick<KubeObject, 'kind' | 'apiVersion'>): string {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  // Both kinds of events are one inside.
  const name = group === '' || group === 'events.k8s.io' ? 'core' : group.split('.')[0];
  return `*${name}.${kind}`;
}

/** An object as it is, in JSON or YAML. */
export function encoded(code: number, object: KubeObject, output: OutputType): ApiAnswer {
  if (output.format === 'application/yaml') {
    return {
      type: 'bytes',
      code,
      headers: noHeaders,
      contentType: 'application/yaml',
      body: encoder.encode(yamlOf(object)),
    };
  }
  return {
    type: 'object',
    code,
    headers: noHeaders,
    object,
    bytes: () => encoder.encode(output.pretty ? JSON.stringify(object, null, 2) : JSON.stringify(object)),
  };
}

export function textAnswer(code: number, text: string, contentType = 'text/plain; charset=utf-8'): ApiAnswer {
  return { type: 'bytes', code, headers: noHeaders, contentType, body: encoder.encode(text) };
}

export interface ListMeta {
  /** Absent: of objects that no store knows. */
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** A list of stored objects. */
export function listAnswer(
  objects: readonly StoredObject[],
  meta: ListMeta,
  served: ServedRow,
  shown: Presentation,
): ApiAnswer {
  const { output } = shown;
  const { row } = served;
  const views = row.conversion === undefined ? objects : objects.map((object) => served.show(object));
  if (output.transform?.kind === 'Table') {
    const { version } = output.transform;
    const request = { row, version, include: shown.include, nowMs: shown.nowMs };
    return encoded(
      200,
      tableOf(
        views.map((view) => view.object),
        meta,
        request,
      ),
      output,
    );
  }
  if (output.transform?.kind === 'PartialObjectMetadata') throw isAList(served);
  if (output.transform !== undefined) {
    return encoded(
      200,
      partialListOf(
        views.map((view) => view.object),
        meta,
        output.transform.version,
      ),
      output,
    );
  }
  if (output.format === 'application/yaml' || output.pretty) {
    return encoded(200, plainList(views, meta, served), output);
  }
  const list = new ListBytes(views, meta, served);
  let object: KubeObject | undefined;
  return {
    type: 'object',
    code: 200,
    headers: noHeaders,
    get object() {
      object ??= Object.freeze({ ...listHead(meta, served), items: Object.freeze(views.map((view) => view.object)) });
      return object;
    },
    bytes: () => Buffer.concat([...list.chunks()]),
    chunks: () => list.chunks(),
  };
}

function listHead(meta: ListMeta, served: ServedRow): KubeObject {
  return { kind: served.listKind, apiVersion: served.apiVersion, metadata: meta };
}

/** Items of built-in kinds do not repeat their kind and version; those of CRDs do. */
function plainList(views: readonly StoredObject[], meta: ListMeta, served: ServedRow): KubeObject {
  const untyped = served.row.schema !== undefined;
  const items = views.map(({ object }) => {
    if (untyped) return object;
    const { kind: _, apiVersion: __, ...item } = object;
    return item;
  });
  return { ...listHead(meta, served), items };
}

/** The JSON of a list, put together from the JSON of its items. */
class ListBytes {
  readonly #views: readonly StoredObject[];
  readonly #head: Uint8Array;
  readonly #typed: boolean;

  constructor(views: readonly StoredObject[], meta: ListMeta, served: ServedRow) {
    this.#views = views;
    this.#typed = served.row.schema === undefined;
    this.#head = encoder.encode(`${JSON.stringify(listHead(meta, served)).slice(0, -1)},"items":[`);
  }

  *chunks(): Iterable<Uint8Array> {
    let at = 0;
    let first = this.#head;
    do {
      const start = at;
      let bytes = first.length + 2;
      while (at < this.#views.length && bytes < CHUNK_BYTES) {
        bytes += (this.#views[at]?.bytes().length ?? 0) + 1;
        at++;
      }
      const chunk = Buffer.allocUnsafe(bytes);
      chunk.set(first, 0);
      let end = first.length;
      for (let index = start; index < at; index++) end = this.#write(index, chunk, end);
      if (at >= this.#views.length) {
        chunk[end++] = 0x5d;
        chunk[end++] = 0x7d;
      }
      yield chunk.subarray(0, end);
      first = new Uint8Array(0);
    } while (at < this.#views.length);
  }

  #write(index: number, chunk: Buffer, start: number): number {
    const view = this.#views[index];
    if (view === undefined) return start;
    let end = start;
    if (index > 0) chunk[end++] = 0x2c;
    if (!this.#typed) {
      chunk.set(view.bytes(), end);
      return end + view.bytes().length;
    }
    const tail = view.itemTail();
    chunk[end++] = 0x7b;
    chunk.set(tail, end);
    return end + tail.length;
  }
}
