/** What of a call's headers is refused before anything else is looked at, in grpc-go's words. */
import { grpcCode } from '../../errors.ts';
import { type HeaderField, headerValue } from '../http2/protocol.ts';
import { parseTimeoutMs, type Status } from './status.ts';

export interface Refusal {
  /** Of HTTP. */
  readonly httpStatus: number;
  readonly status: Status;
}

/** Undefined for headers that are right. Of several faults the last is told. */
export function headerRefusal(fields: readonly HeaderField[]): Refusal | undefined {
  let message: string | undefined;
  for (const { name, value } of fields) {
    if (name === 'grpc-timeout') message = timeoutFault(value) ?? message;
    else if (name.endsWith('-bin')) message = binaryFault(name, value) ?? message;
  }
  if (message !== undefined) return { httpStatus: 400, status: { code: grpcCode.internal, message } };
  const method = headerValue(fields, ':method') ?? '';
  if (method === 'POST') return undefined;
  const text = `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`;
  return { httpStatus: 405, status: { code: grpcCode.internal, message: text } };
}

const TIMEOUT_LENGTH_MAX = 9;

function timeoutFault(value: string): string | undefined {
  if (parseTimeoutMs(value) !== undefined) return undefined;
  const fault = (text: string): string => `malformed grpc-timeout: ${text}`;
  const quoted = JSON.stringify(value);
  if (value.length < 2) return fault(`transport: timeout string is too short: ${quoted}`);
  if (value.length > TIMEOUT_LENGTH_MAX) return fault(`transport: timeout string is too long: ${quoted}`);
  if (!/[HMSmun]$/.test(value)) return fault(`transport: timeout unit is not recognized: ${quoted}`);
  return fault(`strconv.ParseUint: parsing ${JSON.stringify(value.slice(0, -1))}: invalid syntax`);
}

/** Values of names that end in `-bin` are base64. */
function binaryFault(name: string, value: string): string | undefined {
  const at = illegalBase64At(value);
  if (at === undefined) return undefined;
  return `malformed binary metadata ${JSON.stringify(value)} in header ${JSON.stringify(name)}: illegal base64 data at input byte ${at}`;
}

/** Where a text stops to be base64, as Go counts; undefined where it is base64. Padding may be left out. */
function illegalBase64At(text: string): number | undefined {
  const letters = /^[A-Za-z0-9+/]*/.exec(text)?.[0].length ?? 0;
  const inQuantum = letters % 4;
  const rest = text.slice(letters);
  // Without padding only a lone letter at the end says nothing.
  if (text.length % 4 !== 0) {
    if (rest !== '') return letters;
    return inQuantum === 1 ? letters - 1 : undefined;
  }
  if (rest === '') return undefined;
  if (inQuantum < 2 || !rest.startsWith('=')) return letters;
  const padding = 4 - inQuantum;
  if (padding === 2 && rest.length === 1) return text.length;
  if (padding === 2 && rest[1] !== '=') return letters;
  return rest.length > padding ? letters + padding : undefined;
}
