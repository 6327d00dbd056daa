/**
 * OpenAPI: v3 (an index with hashes, one document for each group and version, cached for good under its hash) and v2 (one
 * document for old clients). Made from the rows and the generated schemas when first asked for.
 */
import { createHash } from 'node:crypto';
import type { ApiAnswer } from './api-server.ts';
import type { Exchange } from './exchange.ts';
import { ownSchemas } from './openapi-own-schemas.ts';
import { openApiV2Document } from './openapi-v2.ts';
import { openApiV2Protobuf } from './openapi-v2-protobuf.ts';
import { openApiV3Document } from './openapi-v3.ts';
import type { ServedRows } from './served-rows.ts';
import { notAcceptable } from './status.ts';
import type { SchemaSource } from './type-nodes.ts';
import type { VersionInfo } from './version.ts';

const encoder = new TextEncoder();
/** The first is a media type that every parser takes; the second is what clients write. */
const PROTOBUF_TYPES = [
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
] as const;
const YEAR_SECONDS = 31_536_000;

interface Document {
  readonly body: Uint8Array;
  /** SHA-512, in upper-case hex. */
  readonly hash: string;
}

export class OpenApi {
  readonly #rows: ServedRows;
  readonly #schemas: SchemaSource;
  readonly #version: VersionInfo;
  readonly #documents = new Map<string, Promise<Document>>();
  #rowsVersion = -1;

  constructor(rows: ServedRows, schemas: SchemaSource, version: VersionInfo) {
    this.#rows = rows;
    this.#schemas = schemas;
    this.#version = version;
  }

  /** `/openapi/v3` and what is below it; undefined: there is no such document. */
  async v3(exchange: Exchange, segments: readonly string[]): Promise<ApiAnswer | undefined> {
    if (segments.length === 0) return this.#index();
    const path = segments.join('/');
    if (!this.#paths().includes(path)) return undefined;
    const document = await this.#document(path);
    const { accept } = exchange.request.headers;
    if (accept !== undefined && !/json|\*\/\*|application\/\*/.test(accept)) throw notAcceptable(['application/json']);
    return documentAnswer(exchange, document, exchange.info.query.get('hash'));
  }

  /** JSON, or protobuf, which is all that older kubectl accepts. */
  async v2(exchange: Exchange): Promise<ApiAnswer> {
    const { accept = '*/*' } = exchange.request.headers;
    if (/json|\*\/\*|application\/\*/.test(accept)) return documentAnswer(exchange, await this.#document('v2'), null);
    if (!PROTOBUF_TYPES.some((type) => accept.includes(type))) {
      throw notAcceptable(['application/json', ...PROTOBUF_TYPES]);
    }
    return documentAnswer(exchange, await this.#document('v2 protobuf'), null, PROTOBUF_TYPES[0]);
  }

  #paths(): string[] {
    const found = new Set<string>();
    for (const { row } of this.#rows.shown) {
      found.add(row.group === '' ? `api/${row.version}` : `apis/${row.group}/${row.version}`);
    }
    return [...found].sort();
  }

  async #index(): Promise<ApiAnswer> {
    const paths: Record<string, object> = {};
    for (const path of this.#paths()) {
      const { hash } = await this.#document(path);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return {
      type: 'bytes',
      code: 200,
      headers: {},
      contentType: 'application/json',
      body: encoder.encode(JSON.stringify({ paths })),
    };
  }

  #document(path: string): Promise<Document> {
    if (this.#rowsVersion !== this.#rows.version) {
      this.#rowsVersion = this.#rows.version;
      this.#documents.clear();
    }
    let document = this.#documents.get(path);
    if (document === undefined) {
      document = this.#make(path);
      this.#documents.set(path, document);
    }
    return document;
  }

  async #make(path: string): Promise<Document> {
    const descriptions = await this.#schemas.descriptions();
    const source = {
      rows: this.#rows,
      schemas: this.#schemas,
      named: { ...this.#schemas.schemas, ...ownSchemas(this.#rows.all) },
      descriptions,
      version: this.#version,
    };
    const body =
      path === 'v2 protobuf'
        ? openApiV2Protobuf(openApiV2Document(source))
        : encoder.encode(JSON.stringify(path === 'v2' ? openApiV2Document(source) : openApiV3Document(source, path)));
    return { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() };
  }
}

function documentAnswer(
  exchange: Exchange,
  { body, hash }: Document,
  asked: string | null,
  contentType = 'application/json',
): ApiAnswer {
  const etag = `"${hash}"`;
  if (asked !== null && asked !== '' && asked !== hash) {
    const url = `${exchange.info.path}?hash=${hash}`;
    return { type: 'bytes', code: 301, headers: { location: url }, contentType: 'text/plain', body: new Uint8Array(0) };
  }
  const caching =
    asked === hash
      ? { 'cache-control': 'public, immutable', expires: farFuture(exchange.nowMs) }
      : { 'cache-control': 'no-cache, private' };
  const headers = { etag, vary: 'Accept', ...caching };
  if (exchange.request.headers['if-none-match'] === etag) {
    return { type: 'bytes', code: 304, headers, contentType, body: new Uint8Array(0) };
  }
  return { type: 'bytes', code: 200, headers, contentType, body };
}

function farFuture(nowMs: number): string {
  return new Date(nowMs + YEAR_SECONDS * 1000).toUTCString();
}
