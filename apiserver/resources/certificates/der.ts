/**
 * Just enough of DER (ITU-T X.690) to take a certification request apart: elements with a one-byte tag and a definite
 * length, as views of the bytes given.
 */

export interface DerElement {
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export const DER_BIT_STRING = 0x03;
export const DER_OBJECT_IDENTIFIER = 0x06;
export const DER_SEQUENCE = 0x30;

/** What is not DER. The message is Go's for the most common case. */
export class DerError extends Error {}

const MALFORMED = 'asn1: syntax error: data truncated';

/** All elements in a row. @throws DerError */
export function derElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const element = elementAt(bytes, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/** The elements inside a sequence. @throws DerError */
export function derSequence(element: DerElement | undefined): DerElement[] {
  if (element?.tag !== DER_SEQUENCE) throw new DerError('asn1: structure error: sequence expected');
  return derElements(element.content);
}

/** The dotted form of an object identifier. @throws DerError */
export function derOid(element: DerElement | undefined): string {
  const [first, ...rest] = element?.content ?? [];
  if (element?.tag !== DER_OBJECT_IDENTIFIER || first === undefined) {
    throw new DerError('asn1: structure error: object identifier expected');
  }
  const arcs = [Math.min(Math.floor(first / 40), 2)];
  arcs.push(first - (arcs[0] ?? 0) * 40);
  let arc = 0;
  for (const byte of rest) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  return arcs.join('.');
}

function elementAt(bytes: Uint8Array, at: number): DerElement {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new DerError(MALFORMED);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || first === 0x80) throw new DerError('asn1: syntax error: length too large');
  let length = lengthBytes === 0 ? first : 0;
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const start = at + 2 + lengthBytes;
  if (start + length > bytes.length) throw new DerError(MALFORMED);
  return { tag, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) };
}
