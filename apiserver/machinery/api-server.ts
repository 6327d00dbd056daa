/**
 * What the API server is to the rest of the house: one function from request to answer, and shells around it. The HTTP
 * shell (fastify) and the loopback client call the same `handle`, so that nothing is skipped for insiders.
 */
import type { KubeObject, UserInfo } from './resource-row.ts';

export interface ApiRequest {
  readonly method: string;
  /** Path and query, as in the request line: `/api/v1/pods?watch=true`. */
  readonly url: string;
  /** Names in lower case; of a header that was sent several times the first value. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** All values of a header, one by one; absent: none was sent twice. */
  valuesOf?(name: string): readonly string[];
  /** The raw body, or (loopback only) an object that the server may keep and freeze. */
  readonly body: Uint8Array | KubeObject | undefined;
  /** How the caller may prove who it is. */
  readonly credentials: Credentials;
  /** Aborted when the client has gone. May be made when first asked for. */
  readonly signal: AbortSignal;
  /** Whether that is aborted, for who does not want it made; absent: ask it. */
  readonly gone?: boolean;
}

export type Credentials =
  /** Over the network: the client certificate, if one was presented. Tokens come in the headers. */
  | {
      readonly type: 'network';
      readonly certificate?: PresentedCertificate;
      readonly remoteAddress: string;
    }
  /** In this process: a component of ours, already known. It still passes authorization and admission. */
  | { readonly type: 'loopback'; readonly user: UserInfo };

/** What `auth/client-certificates.ts` makes of the certificate that a client presented in the TLS handshake. */
export interface PresentedCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Who vouches for it: `nobody` (another authority, expired, not for clients) proves nothing about the caller. */
  readonly signedBy: 'client-ca' | 'front-proxy-ca' | 'nobody';
  /** SHA-256 of its DER form, in lower-case hex. */
  readonly sha256: string;
}

export type ApiAnswer =
  /** An object (frozen) whose JSON was or can be encoded once: `bytes()` gives it. */
  | {
      readonly type: 'object';
      readonly code: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly object: KubeObject;
      bytes(): Uint8Array;
      /** The same bytes piece by piece, for lists that are too big to hold twice. */
      chunks?(): Iterable<Uint8Array>;
    }
  | {
      readonly type: 'bytes';
      readonly code: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly contentType: string;
      readonly body: Uint8Array;
    }
  | {
      readonly type: 'stream';
      readonly code: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly contentType: string;
      readonly body: AsyncIterable<Uint8Array>;
    }
  | {
      readonly type: 'watch';
      readonly code: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly events: AsyncIterable<WatchFrame>;
    };

/** One watch event, encoded once for every watcher with the same view. */
export interface WatchFrame {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
  /** `{"type":…,"object":…}` and a newline. */
  bytes(): Uint8Array;
}

export interface ApiServer {
  handle(request: ApiRequest): Promise<ApiAnswer>;
  /** Resolves once the watch caches are filled and the built-in objects exist: what `/readyz` reports. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
