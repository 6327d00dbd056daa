/**
 * Watch events as each view of them wants them encoded: once for all watchers of the same view.
 *
 * What a watcher sees of a change depends on its selector: an object that begins to match was ADDED, one that no longer
 * does was DELETED, and who sees it neither before nor after sees nothing.
 */

import type { WatchFrame } from './api-server.ts';
import type { OutputType } from './media-types.ts';
import type { ObjectSelector } from './object-selector.ts';
import type { CacheEvent } from './resource-cache.ts';
import type { KubeObject } from './resource-row.ts';
import { type IncludeObject, partialOf, tableOf } from './resource-table.ts';
import type { ServedRow } from './served-rows.ts';
import type { StoredObject } from './stored-object.ts';
import { yamlOf } from './yaml-writing.ts';

type FrameType = WatchFrame['type'];

const encoder = new TextEncoder();
const NEWLINE = encoder.encode('}\n');
const opening: Readonly<Record<FrameType, Uint8Array>> = {
  ADDED: encoder.encode('{"type":"ADDED","object":'),
  MODIFIED: encoder.encode('{"type":"MODIFIED","object":'),
  DELETED: encoder.encode('{"type":"DELETED","object":'),
  BOOKMARK: encoder.encode('{"type":"BOOKMARK","object":'),
  ERROR: encoder.encode('{"type":"ERROR","object":'),
};

/** A frame of a stored object: its bytes are the cache's, with a few before and after. */
class StoredFrame implements WatchFrame {
  readonly type: FrameType;
  readonly #stored: StoredObject;
  #bytes: Uint8Array | undefined;

  constructor(type: FrameType, stored: StoredObject) {
    this.type = type;
    this.#stored = stored;
  }

  get object(): KubeObject {
    return this.#stored.object;
  }

  bytes(): Uint8Array {
    this.#bytes ??= Buffer.concat([opening[this.type], this.#stored.bytes(), NEWLINE]);
    return this.#bytes;
  }
}

/** A frame of anything else. */
export class ObjectFrame implements WatchFrame {
  readonly type: FrameType;
  readonly object: KubeObject;
  readonly #format: OutputType['format'];
  #bytes: Uint8Array | undefined;

  constructor(type: FrameType, object: KubeObject, format: OutputType['format'] = 'application/json') {
    this.type = type;
    this.object = object;
    this.#format = format;
  }

  bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      const { type, object } = this;
      const text =
        this.#format === 'application/json'
          ? `${JSON.stringify({ type, object })}\n`
          : `---\n${yamlOf({ type, object })}`;
      this.#bytes = encoder.encode(text);
    }
    return this.#bytes;
  }
}

/** One way to look at the events of a resource. */
export class WatchView {
  readonly #served: ServedRow;
  readonly #output: OutputType;
  readonly #include: IncludeObject;
  readonly #nowMs: () => number;
  readonly #key: string;
  /** Tables carry their columns in the first event of each watch only. */
  #headersSent = false;

  constructor(served: ServedRow, output: OutputType, include: IncludeObject, nowMs: () => number) {
    this.#served = served;
    this.#output = output;
    this.#include = include;
    this.#nowMs = nowMs;
    const { transform, format } = output;
    this.#key = `${served.apiVersion} ${format} ${transform?.kind ?? ''} ${transform?.version ?? ''} ${include}`;
  }

  /** What a watcher with this view and selector gets of an event; undefined: nothing. */
  frame(event: CacheEvent, selector: ObjectSelector): WatchFrame | undefined {
    const is = event.object !== undefined && this.#picks(event.object, selector);
    const was = event.previous !== undefined && this.#picks(event.previous, selector);
    if (event.object !== undefined && is) return this.#shared(event, was ? 'MODIFIED' : 'ADDED', event.object);
    if (event.previous === undefined || !was) return undefined;
    // An object that stopped matching goes with its last matching state, at the revision of the change.
    const last = event.object === undefined ? event.previous : event.previous.deletedAt(event.revision);
    return this.#shared(event, 'DELETED', last);
  }

  #picks(stored: StoredObject, selector: ObjectSelector): boolean {
    return selector.everything || selector.matches(this.#served.show(stored).object);
  }

  #shared(event: CacheEvent, type: FrameType, stored: StoredObject): WatchFrame {
    if (this.#output.transform?.kind === 'Table' && !this.#headersSent) return this.of(type, stored);
    const key = `${type} ${this.#key}`;
    let frame = event.frames.get(key) as WatchFrame | undefined;
    if (frame === undefined) {
      frame = this.of(type, stored);
      event.frames.set(key, frame);
    }
    return frame;
  }

  /** A frame of one object, for this watcher alone. */
  of(type: FrameType, stored: StoredObject): WatchFrame {
    const view = this.#served.show(stored);
    const { transform, format } = this.#output;
    if (transform === undefined && format === 'application/json') return new StoredFrame(type, view);
    return new ObjectFrame(type, this.#transform(view.object), format);
  }

  #transform(object: KubeObject): KubeObject {
    const { transform } = this.#output;
    if (transform === undefined) return object;
    if (transform.kind !== 'Table') return partialOf(object, transform.version);
    const request = {
      row: this.#served.row,
      version: transform.version,
      include: this.#include,
      nowMs: this.#nowMs(),
      noHeaders: this.#headersSent,
    };
    this.#headersSent = true;
    return tableOf([object], { resourceVersion: object.metadata.resourceVersion ?? '' }, request);
  }

  /** Everything up to `revision` was delivered. @param initialEnd whether it ends the initial events */
  bookmark(revision: number, initialEnd: boolean): WatchFrame {
    const { row, apiVersion } = this.#served;
    const metadata = {
      resourceVersion: String(revision),
      ...(initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    const object: KubeObject = { kind: row.kind, apiVersion, metadata };
    const { transform, format } = this.#output;
    if (transform === undefined) return new ObjectFrame('BOOKMARK', object, format);
    if (transform.kind !== 'Table') return new ObjectFrame('BOOKMARK', partialOf(object, transform.version), format);
    return new ObjectFrame('BOOKMARK', this.#bookmarkTable(object, transform.version), format);
  }

  #bookmarkTable(object: KubeObject, version: string): KubeObject {
    const { row } = this.#served;
    const table = tableOf(
      [],
      { resourceVersion: object.metadata.resourceVersion ?? '' },
      {
        row,
        version,
        include: this.#include,
        nowMs: this.#nowMs(),
        noHeaders: this.#headersSent,
      },
    );
    return {
      ...table,
      rows: [{ cells: row.table.columns.map(() => null), object: partialOf(object, version) }],
    };
  }

  error(status: KubeObject): WatchFrame {
    return new ObjectFrame('ERROR', status, this.#output.format);
  }
}
