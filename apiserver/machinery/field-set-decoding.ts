/**
 * Sets of fields that clients send (`metadata.managedFields[].fieldsV1`): checked, and brought into the one form that
 * the operations on sets compare.
 */
import { isRecord } from './copy-value.ts';
import { emptySet, type FieldSet } from './field-set.ts';

/** undefined: it is no set. Path elements of kinds that nobody knows are left out, as upstream leaves them out. */
export function decodeFieldSet(value: unknown): FieldSet | undefined {
  if (value === null || value === undefined) return emptySet;
  if (!isRecord(value)) return undefined;
  const set: Record<string, FieldSet> = {};
  for (const [text, inner] of Object.entries(value)) {
    if (text === '.') {
      set['.'] = emptySet;
      continue;
    }
    const element = canonicalElement(text);
    if (element === 'invalid') return undefined;
    if (element === 'unknown') continue;
    const below = decodeFieldSet(inner);
    if (below === undefined) return undefined;
    Object.defineProperty(set, element, { value: below, enumerable: true, configurable: true, writable: true });
  }
  return set;
}

function canonicalElement(text: string): string {
  if (text[1] !== ':') return 'invalid';
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'i':
      return /^[+-]?\d+$/.test(rest) ? `i:${Number(rest)}` : 'invalid';
    case 'v':
    case 'k':
      break;
    default:
      return 'unknown';
  }
  let value: unknown;
  try {
    value = JSON.parse(rest);
  } catch {
    return 'invalid';
  }
  if (text[0] === 'v') return `v:${JSON.stringify(value)}`;
  if (!isRecord(value)) return 'invalid';
  const keys = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:{${keys.map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`).join(',')}}`;
}
