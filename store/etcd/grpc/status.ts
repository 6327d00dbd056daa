/**
 * How a gRPC call ends: a code and a message, in the trailers (grpc.io, "gRPC over HTTP2"). `StoreError`s carry theirs;
 * whatever else goes wrong is a `GrpcError`.
 */
import { messageOf } from '../../../base/errors.ts';
import { grpcCode, StoreError } from '../../errors.ts';
import type { HeaderField } from '../http2/protocol.ts';
import { ProtobufError } from '../proto/wire.ts';

export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  /** `grpcCode`. */
  readonly code: number;
  /** Client: the server certainly did nothing for the call, so it may be tried again elsewhere. */
  readonly unprocessed: boolean;

  constructor(code: number, message: string, options: { unprocessed?: boolean } = {}) {
    super(message);
    this.code = code;
    this.unprocessed = options.unprocessed ?? false;
  }
}

export interface Status {
  readonly code: number;
  readonly message: string;
}

export const okTrailers: readonly HeaderField[] = [{ name: 'grpc-status', value: '0' }];

const codeNames = new Map<number, string>([
  [0, 'OK'],
  ...Object.entries(grpcCode).map(([name, code]): [number, string] => [
    code,
    `${name[0]?.toUpperCase()}${name.slice(1)}`,
  ]),
]);

/** gRPC's name of a code, as in metrics and in Go's messages: `InvalidArgument`. */
export function codeName(code: number): string {
  return codeNames.get(code) ?? `Code(${code})`;
}

/** The status that tells a client of whatever was thrown. */
export function statusOf(thrown: unknown): Status {
  if (thrown instanceof StoreError || thrown instanceof GrpcError) return thrown;
  if (thrown instanceof ProtobufError) {
    return { code: grpcCode.internal, message: `grpc: error unmarshalling request: ${thrown.message}` };
  }
  return { code: grpcCode.unknown, message: messageOf(thrown) };
}

export function trailersOf({ code, message }: Status): HeaderField[] {
  const trailers: HeaderField[] = [{ name: 'grpc-status', value: String(code) }];
  if (message !== '') trailers.push({ name: 'grpc-message', value: encodeMessage(message), neverIndexed: true });
  return trailers;
}

/** Percent-encoding of everything but printable ASCII, and of the percent sign. */
export function encodeMessage(message: string): string {
  let encoded = '';
  for (const byte of Buffer.from(message, 'utf8')) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** Wrong encodings are left as they are. */
export function decodeMessage(encoded: string): string {
  if (!encoded.includes('%')) return encoded;
  const bytes = encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** The `grpc-timeout` header in milliseconds: up to eight digits and a unit. */
export function parseTimeoutMs(value: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value);
  const unit = MS_PER_UNIT[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

export function formatTimeout(timeoutMs: number): string {
  const whole = Math.max(1, Math.ceil(timeoutMs));
  return whole < 1e8 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
}
