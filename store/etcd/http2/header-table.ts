/**
 * HPACK's tables of header fields (RFC 7541, section 2.3): the static one, and one that grows as fields are sent, the
 * same on both sides. Indices count from 1: the static table first, then the dynamic one, newest first.
 */
import type { HeaderField } from './protocol.ts';

/** Appendix A, as `name` or `name value`, with `|` between. */
const STATIC =
  ':authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204|' +
  ':status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|' +
  'accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|' +
  'content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|' +
  'cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|' +
  'last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|' +
  'server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate';

export const staticFields: readonly HeaderField[] = STATIC.split('|').map((entry) => {
  const space = entry.indexOf(' ');
  return space < 0 ? { name: entry, value: '' } : { name: entry.slice(0, space), value: entry.slice(space + 1) };
});

export const DEFAULT_TABLE_BYTES = 4096;

/** What an entry counts for (section 4.1). */
export function fieldSize(field: HeaderField): number {
  return field.name.length + field.value.length + 32;
}

/** The dynamic table: a queue that drops its oldest fields when its size would exceed the maximum. */
export class DynamicTable {
  /** Oldest first; those before `#first` are dropped. */
  readonly #fields: HeaderField[] = [];
  #first = 0;
  #size = 0;
  #sizeMax: number;
  readonly #onEvict: (field: HeaderField) => void;

  constructor(sizeMax = DEFAULT_TABLE_BYTES, onEvict: (field: HeaderField) => void = () => {}) {
    this.#sizeMax = sizeMax;
    this.#onEvict = onEvict;
  }

  get length(): number {
    return this.#fields.length - this.#first;
  }

  /** `index` 0 is the newest. */
  get(index: number): HeaderField | undefined {
    return index < this.length ? this.#fields[this.#fields.length - 1 - index] : undefined;
  }

  /** False when the field alone is larger than the table, which is empty then. */
  add(field: HeaderField): boolean {
    const size = fieldSize(field);
    this.#evictTo(this.#sizeMax - size);
    if (size > this.#sizeMax) return false;
    this.#fields.push(field);
    this.#size += size;
    return true;
  }

  resize(sizeMax: number): void {
    this.#sizeMax = sizeMax;
    this.#evictTo(sizeMax);
  }

  #evictTo(size: number): void {
    while (this.#size > Math.max(0, size) && this.#first < this.#fields.length) {
      const field = this.#fields[this.#first++] as HeaderField;
      this.#size -= fieldSize(field);
      this.#onEvict(field);
    }
    if (this.#first > 64 && this.#first * 2 > this.#fields.length) {
      this.#fields.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
