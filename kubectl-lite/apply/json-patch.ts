/** JSON patches (RFC 6902) applied here, for `patch --dry-run=client`. */
import { deepEqual } from '../../base/deep-equal.ts';
import { Failure } from '../failure.ts';

interface Step {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export function applyJsonPatch(object: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new Failure('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  let whole: unknown = structuredClone(object);
  for (const step of patch as Step[]) {
    const path = pointer(step.path);
    switch (step.op) {
      case 'add':
        whole = put(whole, path, step.value, true);
        break;
      case 'replace':
        at(whole, path, step.path);
        whole = put(whole, path, step.value, false);
        break;
      case 'remove':
        at(whole, path, step.path);
        whole = drop(whole, path);
        break;
      case 'move':
      case 'copy': {
        const from = pointer(step.from ?? '');
        const value = structuredClone(at(whole, from, step.from ?? ''));
        if (step.op === 'move') whole = drop(whole, from);
        whole = put(whole, path, value, true);
        break;
      }
      case 'test':
        if (!deepEqual(at(whole, path, step.path), step.value))
          throw new Failure(`testing value ${step.path} failed: test failed`);
        break;
      default:
        throw new Failure(`Unexpected kind: ${step.op}`);
    }
  }
  return whole;
}

function pointer(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function at(whole: unknown, path: readonly string[], text: string): unknown {
  let value = whole;
  for (const key of path) {
    const present = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    if (!present) throw new Failure(`Object to be patched is missing field (${text})`);
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function put(whole: unknown, path: readonly string[], value: unknown, insert: boolean): unknown {
  const key = path.at(-1);
  if (key === undefined) return value;
  const parent = at(whole, path.slice(0, -1), `/${path.slice(0, -1).join('/')}`);
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    parent.splice(index, insert ? 0 : 1, value);
  } else (parent as Record<string, unknown>)[key] = value;
  return whole;
}

function drop(whole: unknown, path: readonly string[]): unknown {
  const key = path.at(-1);
  if (key === undefined) return null;
  const parent = at(whole, path.slice(0, -1), `/${path.slice(0, -1).join('/')}`);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete (parent as Record<string, unknown>)[key];
  return whole;
}
