/** Values as Go's `%v` prints them: `map[a:1 b:[x y]]`, `<nil>`, `true`. */
import { goFloat } from '../yaml/write.ts';
import { byCodePoints } from './objects.ts';

export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return goFloat(value);
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => byCodePoints(a, b));
    return `map[${entries.map(([key, inner]) => `${key}:${goValue(inner)}`).join(' ')}]`;
  }
  return String(value);
}
