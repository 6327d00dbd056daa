/** HTTP/2's numbers (RFC 9113): frame types, flags, settings and error codes, and the layout of a frame's header. */

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

/** Length (3 bytes), type (1), flags (1), stream (4, the top bit reserved). */
export const FRAME_HEADER_BYTES = 9;
export const DEFAULT_WINDOW_BYTES = 65_535;
export const DEFAULT_FRAME_BYTES = 16_384;
export const WINDOW_BYTES_MAX = 0x7fffffff;

/** A breach of the protocol: of one stream, which is reset, or (without `streamId`) of the connection, which ends. */
export class Http2Error extends Error {
  override readonly name = 'Http2Error';
  readonly code: number;
  readonly streamId: number | undefined;

  constructor(code: number, message: string, streamId?: number) {
    super(message);
    this.code = code;
    this.streamId = streamId;
  }
}

/** One header: a lower-case name and its value. Shared and never changed. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** Not to be remembered in compression state: secrets, and values that do not come again. */
  readonly neverIndexed?: boolean;
}

/** The first value of a header, if it is there. */
export function headerValue(fields: readonly HeaderField[], name: string): string | undefined {
  for (const field of fields) if (field.name === name) return field.value;
  return undefined;
}
