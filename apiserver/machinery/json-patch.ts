/**
 * JSON patch (RFC 6902) and JSON merge patch (RFC 7386) on JSON values, with the liberties that kube-apiserver's library
 * takes: negative array indices count from the end, and `test` of a missing member against null holds.
 */
import { copyValue, equalValues, isRecord } from './copy-value.ts';
import { setOwn } from './typed-decode.ts';

/** An operation cannot be done on this document. The document may be half changed: throw it away. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

export interface JsonPatchOperation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/** Applies the operations to `document`, which is changed; answers the result. @throws PatchError */
export function applyJsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  const root: Record<string, unknown> = { document };
  for (const operation of operations) {
    const path = pointer(operation.path);
    switch (operation.op) {
      case 'add':
        add(root, path, copyValue(operation.value ?? null));
        break;
      case 'remove':
        remove(root, path);
        break;
      case 'replace':
        replace(root, path, copyValue(operation.value ?? null));
        break;
      case 'move': {
        const from = pointer(operation.from);
        const value = get(root, from);
        remove(root, from);
        add(root, path, value);
        break;
      }
      case 'copy':
        add(root, path, copyValue(get(root, pointer(operation.from))));
        break;
      case 'test':
        if (!equalValues(find(root, path) ?? null, operation.value ?? null)) {
          throw new PatchError(`testing value ${String(operation.path)} failed`);
        }
        break;
      default:
        throw new PatchError(`Unexpected kind: ${String(operation.op)}`);
    }
  }
  return root.document;
}

/** A JSON pointer's segments below an artificial root, so that '' can be replaced like any other. */
function pointer(path: unknown): string[] {
  if (typeof path !== 'string') throw new PatchError('missing path');
  if (path === '') return ['document'];
  if (!path.startsWith('/')) throw new PatchError(`operation path must start with a slash: ${path}`);
  return [
    'document',
    ...path
      .slice(1)
      .split('/')
      .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')),
  ];
}

function missing(path: readonly string[]): PatchError {
  return new PatchError(`missing path: /${path.slice(1).join('/')}`);
}

function child(value: unknown, segment: string): unknown {
  if (Array.isArray(value)) return value[indexOf(value, segment)];
  return isRecord(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
}

/** A position in an array; throws when it is none. */
function indexOf(list: readonly unknown[], segment: string): number {
  if (!/^-?(?:0|[1-9]\d*)$/.test(segment)) throw new PatchError(`invalid array index: ${segment}`);
  const index = Number(segment);
  const at = index < 0 ? index + list.length : index;
  if (at < 0 || at >= list.length) throw new PatchError(`Unable to access invalid index: ${segment}`);
  return at;
}

function container(root: unknown, path: readonly string[]): Record<string, unknown> | unknown[] {
  let value: unknown = root;
  for (let at = 0; at < path.length - 1; at++) value = child(value, path[at] ?? '');
  if (!isRecord(value) && !Array.isArray(value)) throw missing(path);
  return value;
}

function find(root: unknown, path: readonly string[]): unknown {
  return child(container(root, path), path[path.length - 1] ?? '');
}

function get(root: unknown, path: readonly string[]): unknown {
  const value = find(root, path);
  if (value === undefined) throw missing(path);
  return value;
}

function add(root: unknown, path: readonly string[], value: unknown): void {
  const parent = container(root, path);
  const segment = path[path.length - 1] ?? '';
  if (!Array.isArray(parent)) {
    setOwn(parent, segment, value);
    return;
  }
  if (segment === '-') {
    parent.push(value);
    return;
  }
  if (!/^-?(?:0|[1-9]\d*)$/.test(segment)) throw new PatchError(`invalid array index: ${segment}`);
  const index = Number(segment);
  const at = index < 0 ? index + parent.length + 1 : index;
  if (at < 0 || at > parent.length) throw new PatchError(`Unable to access invalid index: ${segment}`);
  parent.splice(at, 0, value);
}

function remove(root: unknown, path: readonly string[]): void {
  const parent = container(root, path);
  const segment = path[path.length - 1] ?? '';
  if (Array.isArray(parent)) parent.splice(indexOf(parent, segment), 1);
  else if (Object.hasOwn(parent, segment)) delete parent[segment];
  else throw new PatchError(`Unable to remove nonexistent key: ${segment}`);
}

function replace(root: unknown, path: readonly string[], value: unknown): void {
  const parent = container(root, path);
  const segment = path[path.length - 1] ?? '';
  if (Array.isArray(parent)) parent[indexOf(parent, segment)] = value;
  else if (Object.hasOwn(parent, segment)) setOwn(parent, segment, value);
  else throw missing(path);
}

/** The result of a merge patch; `target` is not changed, but shares parts with the result. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = {};
  const source = isRecord(target) ? target : {};
  for (const key in source) if (!Object.hasOwn(patch, key)) setOwn(result, key, source[key]);
  for (const key in patch) {
    const value = patch[key];
    if (value === null) continue;
    setOwn(result, key, applyMergePatch(Object.hasOwn(source, key) ? source[key] : undefined, value));
  }
  return result;
}
