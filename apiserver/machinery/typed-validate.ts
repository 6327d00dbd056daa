/**
 * Whether a configuration fits the schema that ownership is tracked by, in structured-merge-diff's words (TypedValue's
 * validation). It is coarser than decoding: numbers are numbers, null fits everywhere, keys of lists have to be there.
 */
import { elementOfItem, PathElementError } from './field-set.ts';
import { goSyntax, goType, goValue } from './go-value.ts';
import type { ListType, ScalarKind, TypeNode } from './type-nodes.ts';

/** What does not fit, one text for all; undefined when everything does. */
export function schemaComplaint(type: TypeNode, value: unknown): string | undefined {
  const complaints: string[] = [];
  walk(type, value, '', complaints);
  if (complaints.length < 2) return complaints[0];
  return `errors:\n${complaints.map((each) => `  ${each}`).join('\n')}`;
}

function walk(type: TypeNode, value: unknown, path: string, complaints: string[]): void {
  const complain = (text: string): void => {
    complaints.push(path === '' ? text : `${path}: ${text}`);
  };
  if (value === null || value === undefined) return;
  switch (type.kind) {
    case 'scalar': {
      const complaint = scalarComplaint(type.scalar, value);
      if (complaint !== undefined) complain(complaint);
      return;
    }
    case 'list':
      if (Array.isArray(value)) walkList(type, value, path, complaints, complain);
      else complain(`expected list, got &{${goValue(value)}}`);
      return;
    case 'map':
    case 'struct':
      if (typeof value !== 'object' || Array.isArray(value)) {
        complain(`expected map, got &{${goValue(value)}}`);
        return;
      }
      for (const [key, inner] of Object.entries(value)) {
        const at = `${path}.${key}`;
        if (type.kind === 'map') walk(type.value, inner, at, complaints);
        else {
          const field = type.fields.get(key);
          if (field !== undefined) walk(field.type, inner, at, complaints);
          else if (!type.keepsUnknown) complaints.push(`${at}: field not declared in schema`);
        }
      }
  }
}

function walkList(
  type: ListType,
  list: readonly unknown[],
  path: string,
  complaints: string[],
  complain: (text: string) => void,
): void {
  if (type.merge === 'atomic') {
    for (const [at, item] of list.entries()) walk(type.item, item, `${path}[${at}]`, complaints);
    return;
  }
  const seen = new Set<string>();
  for (const [at, item] of list.entries()) {
    let element: string;
    try {
      element = elementOfItem(type, item);
    } catch (error) {
      if (!(error instanceof PathElementError)) throw error;
      complain(`element ${at}: ${error.message}`);
      return;
    }
    const shown = printElement(element);
    if (seen.has(element)) complain(`duplicate entries for key ${shown}`);
    seen.add(element);
    walk(type.item, item, `${path}${shown}`, complaints);
  }
}

/** A path element of a list's item as messages have it: `[name="a"]`, `[="x"]`. */
export function printElement(element: string): string {
  if (!element.startsWith('k:')) return `[=${element.slice(2)}]`;
  const keys = JSON.parse(element.slice(2)) as Record<string, unknown>;
  const shown = Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${shown.join(',')}]`;
}

function scalarComplaint(scalar: ScalarKind, value: unknown): string | undefined {
  switch (scalar) {
    case 'any':
      return undefined;
    case 'int32':
    case 'int64':
    case 'double':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
    case 'bytes':
      return typeof value === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goValue(value)}}`;
    default:
      return typeof value === 'object' ? `expected any scalar, got &{${goValue(value)}}` : undefined;
  }
}
