/** Strategic and JSON merge patches applied here, for `--dry-run=client` and `--local`. */
import { strategyOf } from './merge-keys.ts';
import { isPlain, type Plain } from './three-way-patch.ts';

/** @param kind of a built-in object, whose lists merge by key; undefined: a JSON merge patch */
export function applyPatch(
  object: unknown,
  patch: Plain,
  kind: string | undefined,
  path: readonly string[] = [],
): unknown {
  const result: Plain = isPlain(object) ? { ...object } : {};
  const retain = patch.$retainKeys;
  if (Array.isArray(retain)) for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) {
      if (kind !== undefined) directive(result, key, value);
      continue;
    }
    const here = [...path, key];
    if (value === null) delete result[key];
    else if (isPlain(value)) {
      if (value.$patch === 'delete') delete result[key];
      else if (value.$patch === 'replace') {
        const { $patch: _directive, ...rest } = value;
        result[key] = rest;
      } else result[key] = applyPatch(result[key], value, kind, here);
    } else if (Array.isArray(value) && kind !== undefined) result[key] = patchedList(result[key], value, kind, here);
    else result[key] = value;
  }
  return result;
}

function directive(result: Plain, key: string, value: unknown): void {
  const [name, field = ''] = key.split('/');
  const present = result[field];
  if (name === '$deleteFromPrimitiveList' && Array.isArray(present) && Array.isArray(value))
    result[field] = present.filter((each) => !value.includes(each));
}

function patchedList(
  present: unknown,
  patch: readonly unknown[],
  kind: string,
  path: readonly string[],
): readonly unknown[] {
  const { mergeKey } = strategyOf(kind, path);
  const before = Array.isArray(present) ? present : [];
  if (mergeKey === undefined || patch.some((each) => isPlain(each) && each.$patch === 'replace'))
    return patch.filter((each) => !(isPlain(each) && each.$patch === 'replace'));
  if (mergeKey === '') return [...new Set([...before, ...patch])];
  let result: unknown[] = [...before];
  for (const element of patch) {
    if (!isPlain(element)) continue;
    const same = (each: unknown): boolean => isPlain(each) && String(each[mergeKey]) === String(element[mergeKey]);
    if (element.$patch === 'delete') result = result.filter((each) => !same(each));
    else {
      const at = result.findIndex(same);
      if (at < 0) result.push(element);
      else result[at] = applyPatch(result[at], element, kind, path);
    }
  }
  return result;
}
