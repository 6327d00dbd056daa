/** JSON values out of a body, each as soon as it is complete, whether or not the body goes on. */
import type { Readable } from 'node:stream';
import { JsonSyntaxError, type JsonValue, parseJson } from './json-syntax.ts';

export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

export interface ReadValue {
  readonly value: JsonValue;
  /** In which the value is. */
  readonly text: string;
}

/**
 * Throws `JsonSyntaxError`, and `TooLargeError` where one value has more than `valueBytesMax`.
 *
 * A value is looked for when a body ends, or after a closing brace: that is how the requests end that are read here, so
 * one that arrives in pieces is not parsed anew with each of them.
 */
export async function* valuesOf(body: Readable, valueBytesMax: number): AsyncGenerator<ReadValue> {
  const decoder = new TextDecoder();
  let rest = '';
  // The connection that the body comes from goes on after it.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    const piece = decoder.decode(chunk as Uint8Array, { stream: true });
    rest += piece;
    if (piece.trimEnd().endsWith('}')) {
      for (let found = complete(rest); found !== undefined; found = complete(rest)) {
        yield { value: found, text: rest };
        rest = rest.slice(found.end);
      }
    }
    if (rest.length > valueBytesMax) {
      throw new TooLargeError(`grpc: received message larger than max (${rest.length} vs. ${valueBytesMax})`);
    }
  }
  rest += decoder.decode();
  for (let found = parseJson(rest); found !== undefined; found = parseJson(rest)) {
    yield { value: found, text: rest };
    rest = rest.slice(found.end);
  }
}

/** Undefined when there is none, or its end has not come. */
function complete(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError && thrown.message === 'unexpected EOF') return undefined;
    throw thrown;
  }
}
